"""The one way out for news: claim a row, render it from what is true now, post it, record it.

Rows of one key go out strictly in sequence; a slow or closed channel delays only itself (I44).
An answer that was lost makes the next try a marked repeat (I42); what can never be delivered ends
in the dead letters and somebody is told (I48).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import structlog

from senexbot.blocks import notices
from senexbot.blocks import orders as order_blocks
from senexbot.blocks.external import external_reminder
from senexbot.blocks.kit import Message, repeated
from senexbot.domain.errors import Gone, MessengerFault, MessengerRateLimited, Stale, StoreFault, Transient
from senexbot.domain.news import (
    UNREADABLE,
    AlertEditNews,
    AlertNews,
    AlertsDueNews,
    AlertsNews,
    BuzzNews,
    CardDoubtNews,
    EscalatedNews,
    EscalationDueNews,
    NoticeNews,
    ReminderNews,
    StoryNews,
)
from senexbot.ports import CardPlace, Clock, Messenger, OutboxRow, Store
from senexbot.services.alerts.escalation import AlertEscalation
from senexbot.services.alerts.firing import raised_before
from senexbot.services.alerts.routing import raise_alert, wake
from senexbot.services.alerts.tally import AlertTally
from senexbot.services.alerts.telling import AlertTelling
from senexbot.services.news.admins import tell_of_dead_letter
from senexbot.services.news.card_edits import CardEdits
from senexbot.services.news.delivery import Pace, back_off
from senexbot.services.news.faces import Shown, external_key
from senexbot.services.rules import DeskRules

log = structlog.get_logger()
BATCH = 20
IDLE_SECONDS = 0.5
WORK_SECONDS = 50.0  # less than a claim lasts: a row is never in two hands
END_SECONDS = 3.0


class Relay:
    """Drains the outbox. Several may run on PostgreSQL: rows are claimed, never shared."""

    def __init__(
        self,
        *,
        store: Store,
        messenger: Messenger,
        clock: Clock,
        rules: DeskRules,
        owner: str,
        tally: AlertTally | None = None,
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._rules = rules
        self._owner = owner
        self._pace = Pace(clock)
        self._cards = CardEdits(store=store, messenger=messenger, clock=clock, post=self._post)
        self._alerts = AlertTelling(
            store=store, messenger=messenger, clock=clock, pace=self._pace, tally=tally or AlertTally()
        )
        self._escalation = AlertEscalation(
            store=store, messenger=messenger, clock=clock, admin_channel=rules.admin_channel
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: set[int] = set()  # a row that waits long for its turn is not begun twice

    async def run(self) -> None:
        """Until cancelled. Each claimed row is worked on by a task of its own, so that keys do not wait."""
        self._store.hand_to(self._owner, self._begin)
        try:
            while True:
                try:
                    if not await self.drain():
                        await self._store.outbox_ready(IDLE_SECONDS)
                except StoreFault as fault:  # the rows in hand go on
                    log.warning("outbox.store", fault=fault.code)
                    await self._clock.sleep(IDLE_SECONDS)
        finally:
            await self._end()

    async def _end(self) -> None:
        """What is being posted gets a moment to be marked as sent: else it would be told twice (I42)."""
        self._store.hand_to(self._owner, None)
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=END_SECONDS)
        for task in self._tasks:
            task.cancel()
        await self.settle()

    async def drain(self) -> int:
        """Start work on whatever is due; how many rows were claimed."""
        async with self._store.begin() as tx:
            rows = await tx.outbox.claim(self._owner, BATCH, self._clock.now())
        for row in rows:
            self._begin(row)
        return len(rows)

    def _begin(self, row: OutboxRow) -> None:
        """Claimed: from now on it is worked on."""
        if row.id in self._in_hand:
            return
        self._in_hand.add(row.id)
        task = asyncio.create_task(self._work(row), name=f"outbox-{row.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait for the rows in hand (shutdown, tests)."""
        while self._tasks:
            await asyncio.gather(*tuple(self._tasks), return_exceptions=True)

    async def _work(self, row: OutboxRow) -> None:
        try:
            async with asyncio.timeout(WORK_SECONDS):
                await self._deliver(row)
        except MessengerRateLimited as limited:
            await self._again(row, limited.after, maybe_sent=row.maybe_sent)
        except Transient:
            await self._again(row, back_off(row.attempts), maybe_sent=row.maybe_sent)
        except Gone as gone:
            await self._bury(row, gone.reason)
        except (MessengerFault, TimeoutError):
            await self._again(row, back_off(row.attempts), maybe_sent=True)
        except StoreFault as fault:
            log.warning("outbox.store", row=row.id, fault=fault.code)
        except Exception:
            # A row that cannot be rendered must not stop the others (I66): set aside after three tries.
            log.exception("outbox.unforeseen", row=row.id)
            if row.attempts >= 3:
                await self._bury(row, "unforeseen")
            else:
                await self._again(row, back_off(row.attempts), maybe_sent=row.maybe_sent)
        finally:
            self._cards.forget(row)
            self._in_hand.discard(row.id)

    async def _deliver(self, row: OutboxRow) -> None:
        news = row.news
        if isinstance(news, Shown):
            await self._cards.show(row, news)
            return
        match news:
            case CardDoubtNews() as doubt:
                await self._cards.look_again(row, doubt)
                return
            case AlertsNews() as alerts:
                await self._alerts.tell(row, alerts)
                return
            case EscalationDueNews() as due:
                await self._escalation.due(row, due)
                return
            case StoryNews() as story:
                await self._story(row, story)
            case BuzzNews() as buzz:
                await self._buzz(row, buzz)
            case AlertEditNews() as edit:
                await self._alerts.edit(row, edit)
            case AlertsDueNews(place=place):
                async with self._store.begin() as tx:
                    await wake(tx, place)
            case EscalatedNews() as escalated:
                message = await self._escalation.message(row, escalated)
                if message is not None:
                    await self._post(row, message)
            case AlertNews() as alert:
                # Stored by an earlier version: it goes the way of all alerts.
                async with self._store.begin() as tx:
                    raised = raised_before(alert, channel=row.channel, team_id=self._rules.team_id)
                    await raise_alert(tx, raised, now=self._clock.now())
            case ReminderNews() as reminder:
                await self._reminder(row, reminder)
            case NoticeNews(kind=kind) if kind == UNREADABLE:
                raise Gone(UNREADABLE)
            case NoticeNews() as notice:
                message = notices.notice(notice.kind, dict(notice.params))
                await self._post(row, _marked(message, row))
        await self._done(row)

    async def _story(self, row: OutboxRow, story: StoryNews) -> None:
        async with self._store.read() as tx:
            place = await tx.cards.place(story.intent_id)
        message = order_blocks.story(story.line)
        if place is None:
            return  # the card itself was never posted: its first version tells all
        await self._post(row, _marked(message, row), place=place)

    async def _buzz(self, row: OutboxRow, buzz: BuzzNews) -> None:
        async with self._store.read() as tx:
            intent = await tx.intents.get(buzz.intent_id)
            place = await tx.cards.place(buzz.intent_id)
        if intent is None:
            return
        link = await self._link(place) if place else ""
        message = order_blocks.order_buzz(intent, buzz.buzz, link=link)
        await self._post(row, _marked(message, row))

    async def _reminder(self, row: OutboxRow, reminder: ReminderNews) -> None:
        """Once, and only while the reason is still to come."""
        async with self._store.read() as tx:
            known = await tx.externals.get(reminder.external_id)
            place = await tx.cards.place(external_key(reminder.external_id))
        if known is None or known.reason:
            return
        link = await self._link(place) if place else ""
        await self._post(row, _marked(external_reminder(known, link=link), row))

    async def _link(self, place: CardPlace) -> str:
        """A buzz without its link is better than none: the person may have deleted the card (F18)."""
        try:
            return await self._messenger.permalink(place.channel, place.ts)
        except MessengerFault:
            return ""

    async def _post(
        self, row: OutboxRow, message: Message, *, place: CardPlace | None = None
    ) -> tuple[str, str]:
        if place is not None:
            channel, thread = place.channel, place.ts
        else:
            channel, thread = row.channel or await self._messenger.open_direct(row.to_user), None
        return channel, await self._say(channel, message, thread=thread)

    async def _say(self, channel: str, message: Message, *, thread: str | None = None) -> str:
        await self._pace.wait(channel)
        try:
            return await self._messenger.post(channel, message, thread_ts=thread)
        except MessengerRateLimited as limited:
            self._pace.pause(channel, limited.after)
            raise

    async def _done(self, row: OutboxRow) -> None:
        async with self._store.begin() as tx:
            await tx.outbox.sent(row.id, self._clock.now(), attempt=row.attempts)

    async def _again(self, row: OutboxRow, seconds: float, *, maybe_sent: bool) -> None:
        not_before = self._clock.now() + timedelta(seconds=seconds)
        try:
            async with self._store.begin() as tx:
                await tx.outbox.retry(
                    row.id, not_before=not_before, maybe_sent=maybe_sent, attempt=row.attempts
                )
        except Stale:
            await self._lost(row)
        except StoreFault as fault:
            # its claim lapses and it is tried again
            log.warning("outbox.store", row=row.id, fault=fault.code)

    async def _lost(self, row: OutboxRow) -> None:
        """We were taken for dead, and another worker has the row: it repeats what we did not see the end of."""
        log.info("outbox.overtaken", row=row.id)
        try:
            await self._cards.overtaken(row)
        except StoreFault as fault:
            log.warning("outbox.store", row=row.id, fault=fault.code)  # who took it over looks again too

    async def _bury(self, row: OutboxRow, reason: str) -> None:
        """Dead-letter, and tell by another way: an alert goes to its owner, all else to the admins."""
        log.warning("outbox.dead", row=row.id, key=row.key, reason=reason)
        try:
            await self._put_aside(row, reason)
        except StoreFault as fault:
            log.warning("outbox.store", row=row.id, fault=fault.code)  # its claim lapses, then once more

    async def _put_aside(self, row: OutboxRow, reason: str) -> None:
        now = self._clock.now()
        async with self._store.begin() as tx:
            moved = None
            if isinstance(row.news, AlertsNews | AlertEditNews):
                moved = await self._alerts.put_aside(tx, row, reason, now)
                if moved is None and not _is_resent(row):
                    await tx.outbox.sent(row.id, now, attempt=row.attempts)
                    return
            await tx.outbox.bury(row.id, reason, now, attempt=row.attempts, news=moved)
            if not _is_about_the_dead(row):
                owner_knows = moved is not None and bool(row.channel)
                letter = row if moved is None else replace(row, news=moved)
                channel = self._rules.admin_channel
                await tell_of_dead_letter(tx, channel, letter, reason, self._clock, owner_knows=owner_knows)


def _is_resent(row: OutboxRow) -> bool:
    """A dead letter that somebody sent again stays one when it fails again."""
    return isinstance(row.news, AlertsNews) and bool(row.news.numbers)


def _is_about_the_dead(row: OutboxRow) -> bool:
    """A report of an undeliverable message that is undeliverable itself: no report of reports."""
    return isinstance(row.news, NoticeNews) and row.news.kind == "dead_letter"


def _marked(message: Message, row: OutboxRow) -> Message:
    """As it is, or marked as a possible repeat when an earlier try ended without a proof (I42)."""
    return repeated(message) if row.maybe_sent else message
