"""Critical alerts that nobody has within five minutes are told to whoever is asked next, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from senexbot.blocks import alert_posts
from senexbot.blocks.alert_posts import Face
from senexbot.blocks.kit import Message
from senexbot.domain.errors import MessengerFault
from senexbot.domain.links import Role
from senexbot.domain.news import EscalatedNews, EscalationDueNews
from senexbot.domain.routing.entry import Entry, Place
from senexbot.ports import AuditEntry, Clock, Messenger, OutboxRow, Store, Tx
from senexbot.services.admins import operators_of
from senexbot.services.alert_routing import to_place


class AlertEscalation:
    """`admin_channel`: asked first, "" when there is none; then everybody with role risk, then the operators."""

    def __init__(self, *, store: Store, messenger: Messenger, clock: Clock, admin_channel: str) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._admin_channel = admin_channel

    async def due(self, row: OutboxRow, news: EscalationDueNews) -> None:
        """The appointment; it ends the row."""
        now = self._clock.now()
        async with self._store.begin() as tx:
            entries = await tx.alerts.open_critical(news.channel, news.ts)
            waiting = [entry for entry in entries if entry.escalated_at is None]
            if waiting:
                await self._escalate(tx, news, waiting, now)
            await tx.outbox.sent(row.id, now, attempt=row.attempts)

    async def _escalate(self, tx: Tx, news: EscalationDueNews, waiting: list[Entry], now: datetime) -> None:
        await tx.alerts.save([replace(entry, escalated_at=now) for entry in waiting])
        owners = {entry.alert.owner for entry in waiting}
        for target in await self._targets(tx, news.place, owners):
            told = EscalatedNews(news.place, news.channel, news.ts, now)
            dedupe = f"escalated:{news.channel}:{news.ts}:{waiting[0].number}:{target}"
            kind = "channel" if Place(target).is_room else "user"
            await tx.outbox.put(to_place(target, told, key=f"{kind}:{target}", dedupe=dedupe))
            await tx.audit(AuditEntry("bot", "alert.escalate", waiting[0].alert.id, "ok", (("to", target),)))

    async def _targets(self, tx: Tx, place: str, owners: set[str]) -> list[str]:
        if self._admin_channel and self._admin_channel != place:
            return [self._admin_channel]
        risk = {user for _, user, role in await tx.roles.all() if role is Role.RISK}
        known = owners | {place}
        # Nobody else is there to ask: then those it concerns once more.
        return sorted(risk - known) or sorted(await operators_of(tx) - known) or sorted(owners)

    async def message(self, row: OutboxRow, news: EscalatedNews) -> Message | None:
        """None: somebody has them by now."""
        async with self._store.read() as tx:
            entries = await tx.alerts.open_critical(news.channel, news.ts)
        if not entries:
            return None
        where = ""
        if Place(news.place).is_room:
            try:
                where = await self._messenger.permalink(news.channel, news.ts)
            except MessengerFault:
                where = ""
        now = self._clock.now()
        since = min((entry.told_at for entry in entries if entry.told_at), default=now)
        face = Face(now, reader=row.to_user, maybe_repeat=row.maybe_sent)
        return alert_posts.escalated(entries, face, since=since, where=where)
