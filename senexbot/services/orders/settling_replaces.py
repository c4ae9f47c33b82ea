"""Settling replacements whose outcome is not proven, by reading. Never sends anything again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from senexbot.domain.errors import BrokerFault, NotConnected, Stale, StoreFault, Unreadable
from senexbot.domain.links import AccountRef
from senexbot.domain.orders.broker_orders import BrokerOrder, NotProven
from senexbot.domain.orders.children import with_replace
from senexbot.domain.orders.intents import Intent, NewsSource, Replace, ReplaceState
from senexbot.domain.orders.moving import replaced, settle_replace
from senexbot.domain.orders.settle_replace import ReplaceLook, looked, next_look_at, proves_nothing_came
from senexbot.ports import Clock, OrderDesk, Store
from senexbot.services.news.telling import tell_change
from senexbot.services.orders.following import Following
from senexbot.services.orders.handles import reachable_account
from senexbot.services.orders.replacing import flight_name
from senexbot.services.orders.settling import (
    ANSWER_BY,
    AT_ONCE,
    LOOK_BACK,
    PRESUME_AFTER_SECONDS,
    ROUND_SECONDS,
)

log = structlog.get_logger()
STOPPED = NotProven("the bot stopped before the answer came")


class SettlingReplaces:
    def __init__(
        self,
        *,
        store: Store,
        desk: OrderDesk,
        following: Following,
        clock: Clock,
        in_flight: Callable[[str], bool],
    ) -> None:
        self._store = store
        self._desk = desk
        self._following = following
        self._clock = clock
        self._in_flight = in_flight
        self._began: dict[str, float] = {}  # monotonic: since when this process looks for it
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.round()
            except StoreFault as fault:
                log.warning("settle_replaces.store", code=fault.code)
            await self._clock.sleep(ROUND_SECONDS)

    async def recover(self, *, alone: bool = True) -> int:
        """What was claimed and can have no answer any more is unknown (F78, F79); `alone` as for orders."""
        oldest = self._clock.now() - (timedelta(0) if alone else ANSWER_BY)
        async with self._store.read() as tx:
            intents = await tx.intents.with_open_replace()
        count = 0
        for intent in intents:
            wanted = intent.open_replace
            if wanted is None or wanted.state is not ReplaceState.CLAIMED or wanted.claimed_at > oldest:
                continue
            if self._in_flight(flight_name(intent, wanted.number)):
                continue
            after = replaced(intent, wanted.number, STOPPED, self._clock.now())
            if after is not None and await self._change(intent, after, "order.replace_lost"):
                count += 1
        return count

    async def round(self) -> None:
        """One turn: every replacement that is due is looked for."""
        await self.recover(alone=False)
        now = self._clock.now()
        async with self._store.read() as tx:
            intents = await tx.intents.with_open_replace()
        due = [i for i in intents if i.open_replace is not None and _is_due(i.open_replace, now)]
        await asyncio.gather(*(self._guarded(intent) for intent in due))
        for gone in self._began.keys() - {intent.id for intent in intents}:
            del self._began[gone]

    async def _guarded(self, intent: Intent) -> None:
        async with self._at_once:
            try:
                await self.look(intent)
            except (BrokerFault, NotConnected) as error:
                log.warning("settle_replaces.look_failed", intent=intent.id, code=error.code)
                await self._weigh(intent, ReplaceLook(self._clock.now(), complete=False, shows_old=False))
            except StoreFault as error:
                log.warning("settle_replaces.store", intent=intent.id, code=error.code)

    async def look(self, intent: Intent) -> None:
        """One read of the broker's lists, and of the new order where anything names it."""
        wanted = intent.open_replace
        if wanted is None:
            return
        async with self._store.read() as tx:
            account = await reachable_account(tx, intent)
        look = await self._desk.look(account, wanted.claimed_at - LOOK_BACK)
        for order in look.orders:
            await self._learn(order, account)
        still = (await self._current(intent)).open_replace
        if still is not None and still.new_id is not None:
            made = await self._desk.order(account, still.new_id)
            if made is not None:
                await self._learn(made, account)
        shows_old = any(order.id == wanted.old_id for order in look.orders)
        await self._weigh(await self._current(intent), ReplaceLook(look.at, look.complete, shows_old))

    async def _learn(self, order: BrokerOrder, account: AccountRef) -> None:
        try:
            await self._following.learn_of(order, NewsSource.SWEEP, account.environment)
        except Unreadable:
            log.warning("settle_replaces.unreadable", order=order.id)

    async def _current(self, intent: Intent) -> Intent:
        async with self._store.read() as tx:
            return await tx.intents.get(intent.id) or intent

    async def _weigh(self, intent: Intent, look: ReplaceLook) -> None:
        wanted = intent.open_replace
        if wanted is None or wanted.state is not ReplaceState.UNKNOWN:
            return
        now = self._clock.monotonic()
        passed = min(self._clock.now() - wanted.claimed_at, ANSWER_BY).total_seconds()
        began = self._began.setdefault(intent.id, now - max(passed, 0.0))
        if proves_nothing_came(wanted, look) and now - began >= PRESUME_AFTER_SECONDS:  # I67
            after = settle_replace(
                intent, ReplaceState.NOT_DONE, "the broker's lists do not show the new order"
            )
            await self._change(intent, after, "order.replace_not_done")
            return
        after = replace(with_replace(intent, looked(wanted, look)), version=intent.version + 1)
        await self._change(intent, after, "order.replace_look")

    async def _change(self, before: Intent, after: Intent, action: str) -> bool:
        try:
            async with self._store.begin() as tx:
                await tell_change(tx, before, after, by="bot", action=action, now=self._clock.now())
        except Stale:
            return False  # somebody else has news of it
        return True


def _is_due(wanted: Replace, now: datetime) -> bool:
    due = next_look_at(wanted)
    return due is not None and due <= now
