"""Settling what is not proven: look, judge, tell; call a person in time. Never sends anything again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

import structlog

from senexbot.domain.calendar import in_regular_hours, watch_until
from senexbot.domain.errors import BrokerFault, NotConnected, SenexError, Stale, StoreFault, Unreadable
from senexbot.domain.links import AccountRef, Actor
from senexbot.domain.news import Buzz, BuzzNews
from senexbot.domain.orders.broker_orders import BrokerOrder, OrdersLook
from senexbot.domain.orders.identifiers import base_identifier
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource
from senexbot.domain.orders.lifecycle import Trigger, move
from senexbot.domain.orders.settle import (
    PRESUME_AFTER,
    LookFacts,
    VerdictKind,
    judge,
    looked,
    muted,
    near_match,
    next_look_at,
    next_reminder_at,
    reminded,
)
from senexbot.ports import AuditEntry, Clock, OrderDesk, Outgoing, Store
from senexbot.services.news.telling import tell_change
from senexbot.services.orders.following import Following
from senexbot.services.orders.handles import owned_intent, reachable_account

log = structlog.get_logger()
ROUND_SECONDS = 0.5
LOOK_BACK = timedelta(minutes=5)
ANSWER_BY = timedelta(seconds=45)  # longer than a create request may take, and than its record is retried
PRESUME_AFTER_SECONDS = PRESUME_AFTER.total_seconds()
AT_ONCE = 8
NUDGE_EVERY = timedelta(seconds=3)
DOUBTFUL = (IntentState.UNKNOWN, IntentState.NEEDS_PERSON)


class Settling:
    def __init__(
        self,
        *,
        store: Store,
        desk: OrderDesk,
        following: Following,
        clock: Clock,
        exchange_zone: tzinfo,
        in_flight: Callable[[str], bool],
    ) -> None:
        self._store = store
        self._desk = desk
        self._following = following
        self._clock = clock
        self._zone = exchange_zone
        self._in_flight = in_flight
        self._looks: dict[str, list[LookFacts]] = {}
        self._began: dict[str, float] = {}  # monotonic: since when this process looks for it
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._nudged: set[str] = set()
        following.on_account_news(self._nudged.add)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.round()
            except StoreFault as fault:
                log.warning("settle.store", code=fault.code)
            await self._clock.sleep(ROUND_SECONDS)

    async def recover(self, *, alone: bool = True) -> int:
        """What was claimed and can have no answer any more is unknown (F78, F79). How many there were.

        `alone`: no other process sends for this database, so at a start every claim is an orphan. Else a
        claim may be another process's: only one older than any answer can be is.
        """
        oldest = self._clock.now() - (timedelta(0) if alone else ANSWER_BY)
        async with self._store.read() as tx:
            claimed = await tx.intents.in_states((IntentState.CLAIMED,))
        lost = [
            intent
            for intent in claimed
            if not self._in_flight(intent.id) and (intent.claimed_at or intent.created_at) <= oldest
        ]
        for intent in lost:
            now = self._clock.now()
            after = move(
                intent,
                Trigger.LOSE,
                reason="the bot stopped before the answer came",
                reason_code="unknown",
                unknown_since=now,
            )
            try:
                async with self._store.begin() as tx:
                    await tell_change(tx, intent, after, by="bot", action="order.lose", now=now)
            except Stale:
                continue
        return len(lost)

    async def round(self) -> None:
        """One turn: everything that is due is looked for, everybody who is due is reminded."""
        now = self._clock.now()
        async with self._store.read() as tx:
            doubtful = (*await tx.intents.in_states(DOUBTFUL), *await tx.intents.watched(now))
        nudged, self._nudged = self._nudged, set()
        # side by side: a broker that stalls for one must not keep the others from their person (I11)
        await asyncio.gather(
            *(self._attend(intent, now, nudged=intent.account.number in nudged) for intent in doubtful)
        )
        known = {intent.id for intent in doubtful}
        for memory in (self._looks, self._began):
            for gone in memory.keys() - known:
                del memory[gone]
        await self._orphans()

    async def _attend(self, intent: Intent, now: datetime, *, nudged: bool) -> None:
        due = next_look_at(intent, now)
        if nudged and intent.last_look_at is not None and now - intent.last_look_at < NUDGE_EVERY:
            self._nudged.add(intent.account.number)  # later: a talkative stream must not take up all reads
            nudged = False
        if due is not None and (due <= now or nudged):
            async with self._at_once:
                await self._guarded_look(intent)
        await self._remind(intent)

    async def look_now(self, actor: Actor, handle_value: str) -> Intent:
        """The owner asks to look at once. Returns the newest state."""
        async with self._store.read() as tx:
            _, intent = await owned_intent(tx, actor, handle_value)
        if intent.state in DOUBTFUL or intent.state is IntentState.PRESUMED_NOT_PLACED:
            with contextlib.suppress(Stale):  # others look too: the newest state is shown
                await self.look(intent)
        async with self._store.read() as tx:
            return await tx.intents.get(intent.id) or intent

    async def on_it(self, actor: Actor, handle_value: str) -> Intent:
        """The owner takes care: no reminders for four hours."""
        async with self._store.begin() as tx:
            _, intent = await owned_intent(tx, actor, handle_value)
            after = muted(intent, self._clock.now())
            await tell_change(
                tx, intent, after, by=actor.user_id, action="order.on_it", now=self._clock.now()
            )
        return after

    async def close(self, actor: Actor, handle_value: str) -> Intent:
        """The owner closes an unsettled one on the broker's evidence; it stays watched (I11)."""
        async with self._store.begin() as tx:
            _, intent = await owned_intent(tx, actor, handle_value)
            now = self._clock.now()
            after = move(intent, Trigger.OWNER_CLOSE, watch_until=watch_until(now, self._zone))
            await tell_change(tx, intent, after, by=actor.user_id, action="order.close", now=now)
        return after

    async def _guarded_look(self, intent: Intent) -> None:
        try:
            try:
                await self.look(intent)
            except (BrokerFault, NotConnected) as error:
                log.warning("settle.look_failed", intent=intent.id, code=error.code)
                await self._weigh(intent, LookFacts(self._clock.now(), complete=False))
        except Stale:
            return  # somebody else has news of it
        except StoreFault as error:
            log.warning("settle.store", intent=intent.id, code=error.code)

    async def look(self, intent: Intent) -> None:
        """One read of the broker's lists for one unsettled intent, and what follows from it."""
        async with self._store.read() as tx:
            account = await reachable_account(tx, intent)
        since = (intent.claimed_at or intent.created_at) - LOOK_BACK
        look = await self._desk.look(account, since)
        facts = await self._facts(intent, account, look)
        await self._weigh(intent, facts)
        for order in look.orders:
            if order is not facts.found:
                await self._learn(order, account)

    async def _learn(self, order: BrokerOrder, account: AccountRef) -> None:
        try:
            await self._following.learn_of(order, NewsSource.SWEEP, account.environment)
        except Unreadable:
            log.warning("settle.unreadable", order=order.id)  # another's row: this one goes on (I66)

    async def _facts(self, intent: Intent, account: AccountRef, look: OrdersLook) -> LookFacts:
        ours = [o for o in look.orders if base_identifier(o.identifier) == intent.identifier]
        # a child alone is a proof too: the broker took at least a part of it (F41)
        found = next((o for o in ours if o.identifier == intent.identifier), ours[0] if ours else None)
        near = next((o for o in look.orders if near_match(intent, o)), None)
        return LookFacts(
            at=look.at,
            complete=look.complete,
            found=found,
            near_match=near,
            list_is_fresh=await self._is_fresh(intent, account, look.orders),
        )

    async def _is_fresh(self, intent: Intent, account: AccountRef, orders: tuple[BrokerOrder, ...]) -> bool:
        """Proven current: it holds an order that we know and that is older, or one younger than the claim."""
        claimed = intent.claimed_at or intent.created_at
        if any(o.received_at is not None and o.received_at > claimed for o in orders):
            return True
        async with self._store.read() as tx:
            for order in orders:
                if await tx.intents.by_order(account.environment, account.number, order.id) is not None:
                    return True
        return False

    async def _weigh(self, intent: Intent, facts: LookFacts) -> None:
        looks = self._looks.setdefault(intent.id, [])
        looks.append(facts)
        del looks[:-50]
        now = self._clock.now()
        began = self._began.setdefault(intent.id, self._claimed(intent, now))
        if (
            intent.state in {IntentState.PRESUMED_NOT_PLACED, IntentState.CLOSED_BY_OWNER}
            and facts.found is None
        ):
            await self._save_look(intent, facts)
            return
        verdict = judge(intent, looks, now)
        match verdict.kind:
            case VerdictKind.FOUND if verdict.order is not None:
                await self._following.learn_of(verdict.order, NewsSource.SWEEP, intent.environment)
            case VerdictKind.PRESUME_NOT_PLACED if self._clock.monotonic() - began < PRESUME_AFTER_SECONDS:
                # by the clock that never jumps, too (I67)
                await self._save_look(intent, facts)
            case VerdictKind.PRESUME_NOT_PLACED:
                seen = looked(intent, facts)
                after = move(
                    intent,
                    Trigger.PRESUME,
                    watch_until=watch_until(now, self._zone),
                    looks=seen.looks,
                    last_look_at=seen.last_look_at,
                )
                await self._change(intent, after, "order.presume")
            case VerdictKind.HAND_OVER:
                seen = looked(intent, facts)
                after = move(intent, Trigger.HAND_OVER, looks=seen.looks, last_look_at=seen.last_look_at)
                await self._change(intent, after, "order.hand_over")
            case _:
                await self._save_look(intent, facts)

    def _claimed(self, intent: Intent, now: datetime) -> float:
        """When it was claimed by the clock that never jumps, so far as the wall clock can be believed."""
        passed = min(now - (intent.claimed_at or intent.created_at), ANSWER_BY)
        return self._clock.monotonic() - max(passed.total_seconds(), 0.0)

    async def _change(self, before: Intent, after: Intent, action: str) -> None:
        async with self._store.begin() as tx:
            await tell_change(tx, before, after, by="bot", action=action, now=self._clock.now())

    async def _save_look(self, intent: Intent, facts: LookFacts) -> None:
        await self._change(intent, looked(intent, facts), "order.look")

    async def _remind(self, intent: Intent) -> None:
        now = self._clock.now()
        due = next_reminder_at(intent, in_session=in_regular_hours(now, self._zone))
        if due is None or due > now:
            return
        try:
            async with self._store.begin() as tx:
                current = await tx.intents.get(intent.id)
                if current is None or current.reminded != intent.reminded:
                    return
                due = next_reminder_at(current, in_session=in_regular_hours(now, self._zone))
                if due is None or due > now:
                    return
                after = reminded(current, now)
                await tx.intents.save(after)
                await tx.outbox.put(
                    Outgoing(
                        key=f"card:{after.id}",
                        news=BuzzNews(after.id, Buzz.NEEDS_PERSON, now),
                        dedupe=f"remind:{after.id}:{after.reminded}",
                        to_user=after.owner,
                    )
                )
                await tx.audit(AuditEntry("bot", "order.remind", after.id, "ok"))
        except StoreFault:
            return

    async def _orphans(self) -> None:
        """A claim whose answer could not be stored, or whose task died: its outcome is not proven."""
        try:
            await self.recover(alone=False)
        except SenexError as error:
            log.warning("settle.recover", code=error.code)
