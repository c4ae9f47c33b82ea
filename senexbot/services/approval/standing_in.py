"""Deputies and the rota: who may decide in place of whom, and who is asked first on which weekday."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from senexbot.domain.approval.approvers import WEEKDAYS, Deputy
from senexbot.domain.approval.parsing_deputy import DeputySaid, RotaSaid
from senexbot.domain.calendar import day_bounds
from senexbot.domain.errors import NotFound, NotPermitted
from senexbot.domain.links import Actor, Role
from senexbot.domain.news import NoticeNews
from senexbot.ports import AuditEntry, Clock, Messenger, Outgoing, Store, Tx
from senexbot.services.approval.eligibility import directory
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.orders.checking import roles_of

MAY_NAME = frozenset({Role.APPROVER, Role.RISK})
MAY_SET_ROTA = frozenset({Role.RISK, Role.OPERATOR})


class StandingIn:
    def __init__(self, *, store: Store, messenger: Messenger, clock: Clock) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock

    async def name(self, actor: Actor, said: DeputySaid) -> Deputy | None:
        """The deputy from now to the end of that day; None when this one is a deputy no more.

        A deputy decides as the one who named them may, for as long as they may: nothing is passed on further.
        """
        if said.person == actor.user_id:
            raise NotPermitted("You cannot be your own deputy.")
        who = (await directory(self._messenger, (said.person,))).get(said.person)
        if said.until is not None and (who is None or not who.is_full_member):
            raise NotPermitted(
                "A deputy is a full member of this workspace: no guest, no bot, nobody from outside."
            )
        async with self._store.begin() as tx:
            await _require(tx, actor, MAY_NAME, "Only who may approve can name a deputy.")
            now = self._clock.now()
            if said.until is None:
                if not await tx.deputies.remove(actor.team_id, actor.user_id, said.person):
                    raise NotFound("You have not named them as your deputy.")
                deputy = None
            else:
                until = day_bounds(said.until, EXCHANGE_ZONE)[1]
                deputy = Deputy(actor.user_id, said.person, until)
                await tx.deputies.put(actor.team_id, deputy)
            await self._tell(tx, actor, said, deputy, now)
        return deputy

    async def deputies(self, actor: Actor) -> tuple[Deputy, ...]:
        async with self._store.read() as tx:
            return await tx.deputies.all(actor.team_id, self._clock.now())

    async def set_rota(self, actor: Actor, said: RotaSaid) -> None:
        async with self._store.begin() as tx:
            await _require(tx, actor, MAY_SET_ROTA, "Only the roles risk and operator set the rota.")
            await tx.deputies.set_rota(actor.team_id, said.weekday, said.people)
            params = (("weekday", said.weekday), ("people", " ".join(said.people)))
            await tx.audit(AuditEntry(actor.user_id, "approval.rota", said.weekday, "ok", params))

    async def rota(self, actor: Actor) -> Mapping[str, tuple[str, ...]]:
        """Each weekday that has one."""
        async with self._store.read() as tx:
            days = {day: await tx.deputies.rota(actor.team_id, day) for day in WEEKDAYS}
        return {day: people for day, people in days.items() if people}

    async def _tell(
        self, tx: Tx, actor: Actor, said: DeputySaid, deputy: Deputy | None, now: datetime
    ) -> None:
        """The deputy hears of it; the audit keeps it."""
        until = deputy.until.isoformat() if deputy else ""
        params = (("by", actor.user_id), ("until", f"{said.until:%A, %d %b}" if said.until else ""))
        await tx.audit(AuditEntry(actor.user_id, "approval.deputy", said.person, "ok", (("until", until),)))
        news = NoticeNews("deputy", params, now)
        dedupe = f"deputy:{actor.user_id}:{said.person}:{now.timestamp():.3f}"
        await tx.outbox.put(
            Outgoing(key=f"user:{said.person}", news=news, dedupe=dedupe, to_user=said.person)
        )


async def _require(tx: Tx, actor: Actor, roles: frozenset[Role], words: str) -> None:
    """Read in the transaction that makes the change (I29)."""
    if not (actor.is_full_member and roles & await roles_of(tx, actor)):
        raise NotPermitted(words)
