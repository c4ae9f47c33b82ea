"""Critical alerts that nobody has in time are told to whoever is asked next, once: as the rule says, else the desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from senexbot.blocks import alert_posts
from senexbot.blocks.alert_posts import Face
from senexbot.blocks.kit import Message
from senexbot.domain.errors import Gone, MessengerFault
from senexbot.domain.links import Role
from senexbot.domain.news import EscalatedNews, EscalationDueNews
from senexbot.domain.routing.entry import Entry, Place
from senexbot.domain.routing.escalation import Escalation, of
from senexbot.domain.routing.raised import rank
from senexbot.ports import AuditEntry, Clock, Messenger, OutboxRow, Store, Tx
from senexbot.services.alerts.routing import to_place
from senexbot.services.news.admins import operators_of


async def escalate_later(tx: Tx, place: str, told: Sequence[Entry], now: datetime) -> None:
    """An appointment for what of these is critical and just told; one for each time that their rules say."""
    waiting = [entry for entry in told if entry.is_open]
    if not waiting:
        return
    desk = await tx.alerts.desk_escalation(waiting[0].alert.team_id)
    alike: defaultdict[datetime, list[Entry]] = defaultdict(list)
    for entry in waiting:
        alike[now + of(entry.alert.escalate, desk).wait].append(entry)
    for at, entries in alike.items():
        first = entries[0]
        key = f"escalate:{place}:{first.ts}:{first.number}"
        news = EscalationDueNews(place, first.channel, first.ts, tuple(entry.number for entry in entries))
        await tx.outbox.put(replace(to_place(place, news, key=key, dedupe=key), not_before=at))


class AlertEscalation:
    """`admin_channel`: asked first, "" when there is none; then everybody with role risk, then the operators."""

    def __init__(self, *, store: Store, messenger: Messenger, clock: Clock, admin_channel: str) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._admin_channel = admin_channel

    async def due(self, row: OutboxRow, news: EscalationDueNews) -> None:
        """The appointment; it ends the row."""
        async with self._store.read() as tx:
            asked = await self._asked(tx, await _open_of(tx, news))
        shut = {to for to in asked if Place(to).is_room and await self._is_shut(to)}
        now = self._clock.now()
        async with self._store.begin() as tx:
            alike: defaultdict[str, list[Entry]] = defaultdict(list)
            for to, entries in (await self._asked(tx, await _open_of(tx, news))).items():
                alike["" if to in shut else to].extend(entries)
            for to, entries in alike.items():
                await self._escalate(tx, news, to, entries, now)
            await tx.outbox.sent(row.id, now, attempt=row.attempts)

    async def _asked(self, tx: Tx, waiting: Sequence[Entry]) -> dict[str, list[Entry]]:
        """What was never passed on, by what is said of whom to ask."""
        alike: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in waiting:
            if entry.escalated_at is None:
                desk = await tx.alerts.desk_escalation(entry.alert.team_id)
                alike[of(entry.alert.escalate, desk).to].append(entry)
        return dict(alike)

    async def _is_shut(self, channel: str) -> bool:
        """A channel that may not be told any more (I35): then the usual ones are asked."""
        try:
            facts = await self._messenger.channel(channel)
        except Gone:
            return True
        return facts.has_outsiders or facts.is_archived or not facts.bot_is_member

    async def _escalate(
        self, tx: Tx, news: EscalationDueNews, to: str, waiting: list[Entry], now: datetime
    ) -> None:
        await tx.alerts.save([replace(entry, escalated_at=now) for entry in waiting])
        owners = {entry.alert.owner for entry in waiting}
        numbers = tuple(entry.number for entry in waiting)
        for target in await self._targets(tx, news.place, to, owners):
            told = EscalatedNews(news.place, waiting[0].channel, waiting[0].ts, now, numbers)
            dedupe = f"escalated:{news.channel}:{news.ts}:{waiting[0].number}:{target}"
            kind = "channel" if Place(target).is_room else "user"
            await tx.outbox.put(to_place(target, told, key=f"{kind}:{target}", dedupe=dedupe))
            await tx.audit(AuditEntry("bot", "alert.escalate", waiting[0].alert.id, "ok", (("to", target),)))

    async def _targets(self, tx: Tx, place: str, to: str, owners: set[str]) -> list[str]:
        known = owners | {place}
        role = Escalation(to).role
        if role is not None:
            named = sorted(await _holders(tx, role) - known)
            if named:
                return named
        elif to and to != place:
            return [to]
        if self._admin_channel and self._admin_channel != place:
            return [self._admin_channel]
        # Nobody else is there to ask: then those it concerns once more.
        risk = sorted(await _holders(tx, Role.RISK) - known)
        return risk or sorted(await operators_of(tx) - known) or sorted(owners)

    async def message(self, row: OutboxRow, news: EscalatedNews) -> Message | None:
        """None: somebody has them by now."""
        async with self._store.read() as tx:
            entries = await _open_of(tx, news)
        if not entries:
            return None
        where = ""
        if Place(news.place).is_room:
            try:
                where = await self._messenger.permalink(entries[0].channel, entries[0].ts)
            except MessengerFault:
                where = ""
        now = self._clock.now()
        since = min((entry.told_at for entry in entries if entry.told_at), default=now)
        face = Face(now, reader=row.to_user, maybe_repeat=row.maybe_sent)
        return alert_posts.escalated(entries, face, since=since, where=where)


async def _open_of(tx: Tx, news: EscalationDueNews | EscalatedNews) -> Sequence[Entry]:
    """Those that nobody has yet, the most urgent first."""
    if not news.numbers:
        return await tx.alerts.open_critical(news.channel, news.ts)
    entries = [entry for entry in await tx.alerts.numbered(news.numbers) if entry.is_open]
    return sorted(entries, key=lambda entry: rank(entry.alert))


async def _holders(tx: Tx, role: Role) -> set[str]:
    return {user for _, user, held in await tx.roles.all() if held is role}
