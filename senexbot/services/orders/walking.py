"""Walks: the price of a working order moves by itself, under the lease, one claimed replacement a step.

A walk survives a restart and then rests: it goes on only when its owner says so.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from senexbot.domain.errors import (
    AlreadyHandled,
    Fenced,
    SenexError,
    Stale,
    StoreFault,
)
from senexbot.domain.links import Actor
from senexbot.domain.market import SessionState
from senexbot.domain.orders.changes import priced
from senexbot.domain.orders.intents import Intent, IntentState, Walk, WalkState
from senexbot.domain.orders.moving import WALK
from senexbot.domain.orders.terms import WalkTerms
from senexbot.domain.orders.walking import (
    RESTARTED,
    STOPPED,
    Todo,
    adopted,
    begun,
    decide,
    halted,
    is_possible,
    resumed,
    walk_offer,
)
from senexbot.ports import Clock, Lease, Store, Tx
from senexbot.services.news.telling import tell_change
from senexbot.services.orders.handles import owned_intent, same_terms
from senexbot.services.orders.market_facts import MarketReader
from senexbot.services.orders.replacing import Replacing

log = structlog.get_logger()
ROUND_SECONDS = 1.0


class Walking:
    def __init__(self, *, store: Store, replacing: Replacing, market: MarketReader, clock: Clock) -> None:
        self._store = store
        self._replacing = replacing
        self._market = market
        self._clock = clock

    # --- its owner's taps ----------------------------------------------------------------------

    async def start(self, actor: Actor, handle_value: str, terms: WalkTerms | None = None) -> Intent:
        """Begin a walk of a working order; without `terms` the one that its card offers.

        The tap, which named the limits, is the confirmation of every price up to `to`.
        """
        async with self._store.begin() as tx:
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
            return await self.begin(tx, actor, intent, terms or walk_offer(intent))

    async def begin(self, tx: Tx, actor: Actor, intent: Intent, wanted: WalkTerms | None) -> Intent:
        """The same in a transaction in hand, for an intent whose owner and version were checked in it."""
        if intent.state is not IntentState.WORKING or wanted is None:
            raise AlreadyHandled("This order cannot walk now.", code="no_walk")
        if not is_possible(wanted, intent.terms.price):
            raise AlreadyHandled(
                "A walk needs a step, at least 5 s between two steps, and a limit dearer than the price.",
                code="no_walk",
            )
        now = self._clock.now()
        known = intent.confirmed_price if intent.confirmed_price is not None else intent.terms.price
        after = replace(
            intent,
            version=intent.version + 1,
            walk=begun(wanted, now),
            confirmed_price=wanted.to if known is None else min(known, wanted.to),
        )
        await tell_change(tx, intent, after, by=actor.user_id, action="order.walk", now=now)
        return after

    async def stop(self, actor: Actor, handle_value: str) -> Intent:
        """At once: a step that is claimed already is on its way, no other one follows."""
        async with self._store.begin() as tx:
            _, intent = await owned_intent(tx, actor, handle_value)
            after = halted(intent, WalkState.ENDED, STOPPED)
            await tell_change(
                tx, intent, after, by=actor.user_id, action="order.walk_stop", now=self._clock.now()
            )
        return after

    async def resume(self, actor: Actor, handle_value: str) -> Intent:
        async with self._store.begin() as tx:
            _, intent = await owned_intent(tx, actor, handle_value)
            now = self._clock.now()
            after = resumed(intent, now)
            await tell_change(tx, intent, after, by=actor.user_id, action="order.walk_resume", now=now)
        return after

    # --- the steps -----------------------------------------------------------------------------

    async def run(self, lease: Lease) -> None:
        """Until cancelled, or until the lease is somebody else's."""
        while True:
            try:
                await self.round(lease)
            except Fenced:
                raise
            except StoreFault as fault:
                log.warning("walk.store", code=fault.code)
            await self._clock.sleep(ROUND_SECONDS)

    async def round(self, lease: Lease) -> None:
        """One turn: every walk that runs is looked at; one that fails does not stop the others (I66)."""
        async with self._store.read() as tx:
            walking = await tx.intents.walking()
        for intent in walking:
            try:
                await self._turn(intent, lease)
            except Fenced:
                raise
            except (StoreFault, Stale) as fault:
                log.warning("walk.store", intent=intent.id, code=fault.code)
            except Exception as error:
                log.exception("walk.unforeseen", intent=intent.id)
                await self._halt(
                    intent, WalkState.PAUSED, f"unforeseen trouble ({type(error).__name__})", lease
                )

    async def _turn(self, intent: Intent, lease: Lease) -> None:
        walk = intent.walk
        if walk is None or walk.state is not WalkState.RUNNING:
            return
        if walk.epoch is None:
            await self._save(intent, adopted(intent, lease.epoch), "order.walk_adopted", lease)
            return
        if walk.epoch != lease.epoch:
            await self._halt(intent, WalkState.PAUSED, RESTARTED, lease)
            return
        todo = decide(intent, walk, in_session=True, now=self._clock.now())
        if todo.todo is Todo.STEP:
            await self._step(intent, walk, lease)
        elif todo.todo is not Todo.WAIT:
            ends = todo.todo is Todo.END
            await self._halt(intent, WalkState.ENDED if ends else WalkState.PAUSED, todo.reason, lease)

    async def _step(self, intent: Intent, walk: Walk, lease: Lease) -> None:
        try:
            facts = await self._market.facts(intent.terms)
            in_session = facts.quote is None or facts.quote.session is SessionState.OPEN
            todo = decide(intent, walk, in_session=in_session, now=self._clock.now())
            if todo.todo is not Todo.STEP or todo.price is None:
                await self._halt(intent, WalkState.ENDED, todo.reason, lease)
                return
            owner = Actor(team_id=intent.team_id, user_id=intent.owner, home_team_id=intent.team_id)

            async def fenced(tx: Tx) -> None:
                await tx.leases.check(lease)

            change = priced(intent.terms, todo.price)
            await self._replacing.move(owner, intent, change, facts, by=WALK, guard=fenced)
        except (Fenced, Stale, StoreFault):
            raise
        except SenexError as refusal:
            if refusal.code == "stopping":
                return  # the next start says that it rests
            await self._halt(intent, WalkState.PAUSED, refusal.message, lease)

    async def _halt(self, intent: Intent, state: WalkState, reason: str, lease: Lease) -> None:
        async with self._store.begin() as tx:
            await tx.leases.check(lease)
            current = await tx.intents.get(intent.id)
            if current is None or current.walk is None or current.walk.state is not WalkState.RUNNING:
                return
            after = halted(current, state, reason)
            await tell_change(
                tx, current, after, by="bot", action=f"order.walk_{state.value}", now=self._clock.now()
            )

    async def _save(self, before: Intent, after: Intent, action: str, lease: Lease) -> None:
        async with self._store.begin() as tx:
            await tx.leases.check(lease)
            await tell_change(tx, before, after, by="bot", action=action, now=self._clock.now())
