"""Plans out of an account and their owner's presses, stored. Nothing is sent here; carrying one out is
services/halts/flatten_running.py's.

Only the person whose link reaches an account plans and confirms its orders (I28, I36); the roles that may halt
somebody else cannot trade in their place.
"""

from __future__ import annotations

from collections.abc import Sequence

from senexbot.domain.errors import (
    NotFound,
    NotPermitted,
    StoreFault,
)
from senexbot.domain.halts.flatten_plan import (
    STOPPED,
    FlattenPlan,
    confirmed,
    lapsed,
    paused,
    resumed,
)
from senexbot.domain.halts.halts import DESK, account_scope, user_scope
from senexbot.domain.links import AccountRef, Actor
from senexbot.domain.news import PlanNews
from senexbot.ports import AuditEntry, Clock, Handle, Store, Tx
from senexbot.services.accounts import Accounts
from senexbot.services.halts.flatten_planning import FlattenPlanning
from senexbot.services.news.faces import plan_key
from senexbot.services.news.telling import tell_card
from senexbot.services.orders.handles import owned_handle

KIND = "flatten_plan"
ASK_KIND = "flatten"


class Flattening:
    def __init__(self, *, store: Store, accounts: Accounts, planning: FlattenPlanning, clock: Clock) -> None:
        self._store = store
        self._accounts = accounts
        self._planning = planning
        self._clock = clock

    # --- the plan ------------------------------------------------------------------------------

    async def plan(self, actor: Actor, hint: str = "") -> FlattenPlan:
        """A stored plan whose card is on its way. `hint`: an account, `all`, or "" for the default one.

        Raises ParseError, NotConnected, Unavailable when what is held cannot be read.
        """
        if hint.strip().lower() == "all":
            return await self._plan(actor, await self._own(actor))
        return await self._plan(actor, (await self._accounts.pick(actor, hint.strip()),))

    async def plan_for(self, actor: Actor, handle_value: str) -> FlattenPlan:
        """The button beside a halt: the person's own accounts within its scope."""
        async with self._store.read() as tx:
            handle = await owned_handle(tx, actor, handle_value, ASK_KIND)
        scope = handle.subject
        accounts = tuple(
            one
            for one in await self._own(actor)
            if scope in {DESK, user_scope(actor.user_id), account_scope(one.environment, one.number)}
        )
        if not accounts:
            raise NotPermitted("Only the person who has linked an account can flatten it.")
        return await self._plan(actor, accounts)

    async def _own(self, actor: Actor) -> tuple[AccountRef, ...]:
        return tuple(
            AccountRef(link.id, account.number, link.environment)
            for link in await self._accounts.links(actor)
            for account in link.accounts
            if not account.is_closed
        )

    async def _plan(self, actor: Actor, refs: Sequence[AccountRef]) -> FlattenPlan:
        plan = await self._planning.planned(actor, refs)
        async with self._store.begin() as tx:
            await tx.flatten.add(plan)
            await tx.handles.issue(Handle(plan.handle, KIND, plan.id, 1, actor.user_id))
            await tell_plan(tx, plan, by=actor.user_id, action="flatten.plan")
        return plan

    # --- its owner's presses -------------------------------------------------------------------

    async def confirm(self, actor: Actor, handle_value: str) -> FlattenPlan:
        """Begin to carry it out; a second press finds it begun (I4, I33)."""
        async with self._store.begin() as tx:
            plan = await self._of(tx, actor, handle_value)
            after = confirmed(plan, self._clock.not_before())
            await save_plan(tx, after, by=actor.user_id, action="flatten.confirm")
        return after

    async def stop(self, actor: Actor, handle_value: str) -> FlattenPlan:
        async with self._store.begin() as tx:
            after = paused(await self._of(tx, actor, handle_value), STOPPED)
            await save_plan(tx, after, by=actor.user_id, action="flatten.stop")
        return after

    async def go_on(self, actor: Actor, handle_value: str) -> FlattenPlan:
        async with self._store.begin() as tx:
            after = resumed(await self._of(tx, actor, handle_value))
            await save_plan(tx, after, by=actor.user_id, action="flatten.go_on")
        return after

    async def _of(self, tx: Tx, actor: Actor, handle_value: str) -> FlattenPlan:
        handle = await owned_handle(tx, actor, handle_value, KIND)
        plan = await tx.flatten.get(handle.subject)
        if plan is None or plan.owner != actor.user_id or plan.team_id != actor.team_id:
            raise NotFound("This plan is not known here any more.")
        return plan

    async def lapse_due(self) -> int:
        """Plans whose time is over say so."""
        async with self._store.read() as tx:
            due = await tx.flatten.lapsing(self._clock.not_before())
        for plan in due:
            try:
                async with self._store.begin() as tx:
                    await save_plan(tx, lapsed(plan), by="bot", action="flatten.lapse")
            except StoreFault:
                continue  # somebody was faster, or the next round does it
        return len(due)


async def save_plan(tx: Tx, plan: FlattenPlan, *, by: str, action: str) -> None:
    """The row, its audit entry and its card's edit, in the transaction in hand (I39)."""
    await tx.flatten.save(plan)
    await tell_plan(tx, plan, by=by, action=action)


async def tell_plan(tx: Tx, plan: FlattenPlan, *, by: str, action: str) -> None:
    await tell_card(tx, plan_key(plan.id), PlanNews(plan.id), plan.version, plan.owner)
    params = (("state", plan.state.value), ("version", str(plan.version)), ("closes", str(len(plan.closes))))
    await tx.audit(AuditEntry(by, action, plan.id, "ok", params))
