"""The desk's halt: committed first, told afterwards; it survives a restart and never lifts itself."""

from __future__ import annotations

from dataclasses import dataclass

from senexbot.domain.errors import AlreadyHandled, NotPermitted
from senexbot.domain.links import Actor, Role
from senexbot.domain.news import NoticeNews
from senexbot.domain.orders import Intent, IntentState
from senexbot.ports import AuditEntry, Clock, HaltRow, Store, Tx
from senexbot.services.admins import tell_admins
from senexbot.services.rules import DeskRules

DESK = "desk"
HOST = "host"  # the command line on the machine itself


@dataclass(frozen=True, slots=True)
class HaltAnswer:
    """`on_the_way`: claimed before the halt committed; `working`: the broker has them; cancels still work."""

    row: HaltRow
    on_the_way: tuple[Intent, ...]
    working: tuple[Intent, ...]


async def desk_state(tx: Tx) -> str:
    """One of active, reducing, halted; read in the transaction that acts on it."""
    row = await tx.halts.get(DESK)
    return row.state if row else "active"


async def desk_status(store: Store, clock: Clock) -> HaltAnswer:
    """The state as it stands, and what is open. A desk that was never halted has version 0."""
    async with store.read() as tx:
        row = await tx.halts.get(DESK)
        on_the_way, working = await _open_intents(tx)
    row = row or HaltRow(DESK, "active", "", "", clock.now(), 0)
    return HaltAnswer(row, on_the_way, working)


class Halts:
    def __init__(self, *, store: Store, clock: Clock, rules: DeskRules) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules

    async def status(self) -> HaltAnswer:
        return await desk_status(self._store, self._clock)

    async def halt(self, by: Actor | str, reason: str = "", *, state: str = "halted") -> HaltAnswer:
        """Committed when this returns: no create or replace starts any more (I25, I26).

        `by`: a person, whose rights are read in the transaction that halts (I29), or HOST.
        """
        return await self._set(by, state, reason)

    async def resume(self, by: Actor | str, reason: str = "") -> HaltAnswer:
        return await self._set(by, "active", reason)

    async def may_resume(self, actor: Actor) -> None:
        """Raises NotPermitted; for showing the button. `resume` asks again."""
        async with self._store.read() as tx:
            await _may_resume(tx, actor)

    async def _set(self, by: Actor | str, state: str, reason: str) -> HaltAnswer:
        now = self._clock.now()
        async with self._store.begin() as tx:
            before = await tx.halts.get(DESK)
            if isinstance(by, Actor):
                was_halted = before is not None and before.state == "halted"
                lifts = state == "active" or (state == "reducing" and was_halted)
                await (_may_resume if lifts else _may_halt)(tx, by)
                by = by.user_id
            if (before.state if before else "active") == state:
                raise AlreadyHandled(f"The desk is {state} already.", code=f"already_{state}")
            row = HaltRow(DESK, state, by, reason[:200], now, (before.version if before else 0) + 1)
            await tx.halts.put(row)
            await tx.audit(
                AuditEntry(
                    actor=by,
                    action=f"desk.{state}",
                    subject=DESK,
                    result="ok",
                    params=(("reason", reason[:200]),),
                )
            )
            kind = "resumed" if state == "active" else "halted"
            news = NoticeNews(kind, (("by", by), ("state", state), ("reason", reason[:200])), now)
            await tell_admins(tx, self._rules.admin_channel, news, dedupe=f"halt:{row.version}", doer=by)
            on_the_way, working = await _open_intents(tx)
        return HaltAnswer(row, on_the_way, working)


async def _may_halt(tx: Tx, actor: Actor) -> None:
    """Anybody who trades here, and the roles risk and operator, may stop the desk."""
    roles = await tx.roles.of(actor.team_id, actor.user_id)
    links = await tx.links.of_user(actor.team_id, actor.user_id)
    if not (roles & {Role.RISK, Role.OPERATOR, Role.TRADER} or (links and actor.is_full_member)):
        raise NotPermitted("To halt the desk you need a linked account here, or the role risk or operator.")


async def _may_resume(tx: Tx, actor: Actor) -> None:
    """Lifting a halt, also in part: "reducing" after "halted" lets orders start again (I26)."""
    roles = await tx.roles.of(actor.team_id, actor.user_id)
    if not (roles & {Role.RISK, Role.OPERATOR} and actor.is_full_member):
        raise NotPermitted("Only a person with the role risk or operator may resume the desk.")


async def _open_intents(tx: Tx) -> tuple[tuple[Intent, ...], tuple[Intent, ...]]:
    on_the_way = await tx.intents.in_states(
        (IntentState.CLAIMED, IntentState.UNKNOWN, IntentState.NEEDS_PERSON)
    )
    working = await tx.intents.in_states((IntentState.WORKING, IntentState.CANCEL_REQUESTED))
    exits = await tx.intents.with_open_children()  # of orders that are over themselves
    working += tuple(intent for intent in exits if intent not in working)
    return on_the_way, working
