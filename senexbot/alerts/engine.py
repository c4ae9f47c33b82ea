"""The running alert engine: ticks of one link's feed meet the rules that watch them.

In memory nothing advances before it is committed: while the store is away the feed conflates, with its
lows and highs, and no crossing is lost (I41, I55).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from senexbot.domain.alerts import Direction, PriceRule, QuietBand, RuleState, Tick, evaluate, quiet_band
from senexbot.domain.errors import Stale, StoreFault
from senexbot.domain.links import Link
from senexbot.domain.news import NoticeNews
from senexbot.ports import Clock, FeedBatch, Ids, Lease, MarketFeed, MarketFeeds, Outgoing, Store
from senexbot.services.firing import fire

log = structlog.get_logger()
RELOAD_SECONDS = 2.0
WATCHED = frozenset({RuleState.WAITING, RuleState.ARMED})


class LinkWatch:
    """The rules over one link and the feed that serves them."""

    def __init__(
        self, *, link: Link, feed: MarketFeed, store: Store, clock: Clock, ids: Ids, lease: Lease
    ) -> None:
        self._link = link
        self._feed = feed
        self._store = store
        self._clock = clock
        self._ids = ids
        self._lease = lease
        self._rules: dict[str, dict[str, PriceRule]] = {}
        self._bands: dict[str, QuietBand] = {}  # of the rules as they are; dropped when one changes
        self._new: list[PriceRule] = []
        self._announced: datetime | None = None

    def load(self, rules: tuple[PriceRule, ...]) -> None:
        """The whole set as stored; what is in memory of the same version keeps its finer state."""
        fresh: defaultdict[str, dict[str, PriceRule]] = defaultdict(dict)
        for rule in rules:
            known = self._rules.get(rule.streamer_symbol, {}).get(rule.id)
            same = known if known and known.version == rule.version else None
            fresh[rule.streamer_symbol][rule.id] = same or rule
            if same is None:
                self._new.append(rule)
        self._rules = dict(fresh)
        self._bands = {}
        self._feed.want(frozenset(self._rules))

    async def catch_up(self) -> None:
        """New rules meet the last print that came before they were loaded: a symbol may be silent for long."""
        new, self._new = self._new, []
        for rule in new:
            latest = self._feed.latest(rule.streamer_symbol)
            if latest is not None and rule.id in self._rules.get(rule.streamer_symbol, {}):
                # Only the print itself: its low and high are older than the rule.
                now = replace(latest, low=latest.last, high=latest.last)
                await self._evaluate((rule,), now, late=False)
                self._bands.pop(rule.streamer_symbol, None)

    async def run(self) -> None:
        """Evaluate until cancelled."""
        while True:
            batch = await self._feed.changes()
            await self._lines(batch)
            for tick in batch.ticks:
                await self.take(tick, late=batch.recovered_from is not None)

    async def take(self, tick: Tick, *, late: bool = False) -> None:
        """One tick against every rule of its symbol; one look for all of them when it crosses nothing."""
        rules = self._rules.get(tick.symbol)
        if not rules:
            return
        band = self._bands.get(tick.symbol)
        if band is None:
            band = self._bands[tick.symbol] = quiet_band(rules.values())
        if band.holds(tick):
            return
        try:
            await self._evaluate(tuple(rules.values()), tick, late=late)
        finally:
            self._bands.pop(tick.symbol, None)

    async def _evaluate(self, rules: tuple[PriceRule, ...], tick: Tick, *, late: bool) -> None:
        for rule in rules:
            after, fires = evaluate(rule, tick)
            if fires:
                await self._commit(rule, tick, late=late)
            elif after.state is not rule.state:
                await self._save(rule, after)
            elif rule.id in self._rules.get(tick.symbol, {}):
                self._rules[tick.symbol][rule.id] = after

    async def _commit(self, rule: PriceRule, tick: Tick, *, late: bool) -> None:
        """Durable before anybody is told; tried until the store is back."""
        firing_id = self._ids.row()
        # Beyond and back between two looks: what is told is the print that crossed, not the one after it.
        far = tick.high if rule.direction is Direction.ABOVE else tick.low
        told = tick.last if rule.beyond(tick.last) else far
        delay = 0.1
        while True:
            try:
                async with self._store.begin() as tx:
                    await tx.leases.check(self._lease)
                    await fire(tx, rule, price=told, now=self._clock.now(), firing_id=firing_id, late=late)
            except Stale:
                break  # edited or deleted meanwhile: the stored version decides
            except StoreFault as fault:
                log.warning("alert.store", rule=rule.id, code=fault.code)
                if fault.code == "fenced":
                    raise
                await self._clock.sleep(delay)
                delay = min(delay * 2, 5.0)
            else:
                break
        self._rules.get(tick.symbol, {}).pop(rule.id, None)

    async def _save(self, rule: PriceRule, after: PriceRule) -> None:
        try:
            async with self._store.begin() as tx:
                await tx.leases.check(self._lease)
                await tx.rules.save(after)
        except Stale:
            self._rules.get(rule.streamer_symbol, {}).pop(rule.id, None)
        except StoreFault as fault:
            if fault.code == "fenced":
                raise
            # Not advanced in memory either: the next tick tries again.
            log.warning("alert.store", rule=rule.id, code=fault.code)
        else:
            self._rules[rule.streamer_symbol][rule.id] = after

    async def _lines(self, batch: FeedBatch) -> None:
        """Blind times are told to the owner while rules wait: from when, and when it was over (I49)."""
        if batch.blind_since is not None and self._announced is None and self._rules:
            self._announced = batch.blind_since
            await self._tell("blind", batch.blind_since)
        elif batch.recovered_from is not None and self._announced is not None:
            since, self._announced = self._announced, None
            await self._tell("seen_again", since)

    async def _tell(self, kind: str, since: datetime) -> None:
        now = self._clock.now()
        params = (
            ("what", "Prices"),
            ("environment", self._link.environment.label),
            ("since", f"{since:%H:%M:%S} UTC"),
            ("until", f"{now:%H:%M:%S} UTC"),
        )
        try:
            async with self._store.begin() as tx:
                await tx.outbox.put(
                    Outgoing(
                        key=f"user:{self._link.user_id}",
                        news=NoticeNews(kind, params, now),
                        dedupe=f"{kind}:alerts:{self._link.id}:{since.isoformat()}",
                        to_user=self._link.user_id,
                    )
                )
        except StoreFault as fault:
            log.warning("alert.notice", code=fault.code)


class Engine:
    """One watch a link with live rules; follows what is set, deleted and unlinked."""

    def __init__(self, *, store: Store, feeds: MarketFeeds, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._feeds = feeds
        self._clock = clock
        self._ids = ids
        self._watches: dict[str, tuple[LinkWatch, asyncio.Task[None]]] = {}
        self._changed = asyncio.Event()

    def rules_changed(self) -> None:
        """A rule was set or deleted in this process: look at once instead of at the next round."""
        self._changed.set()

    async def run(self, lease: Lease) -> None:
        """Until cancelled, or until another owner has taken over (Fenced)."""
        try:
            while True:
                await self._round(lease)
                try:
                    async with asyncio.timeout(RELOAD_SECONDS):
                        await self._changed.wait()
                except TimeoutError:
                    continue
                self._changed.clear()
        finally:
            await self._stop(self._watches)

    async def _round(self, lease: Lease) -> None:
        async with self._store.read() as tx:
            rules = [rule for rule in await tx.rules.live() if rule.state in WATCHED]
            links = {link.id: link for link in await tx.links.all()}
        by_link: defaultdict[str, list[PriceRule]] = defaultdict(list)
        for rule in rules:
            if rule.link_id in links:
                by_link[rule.link_id].append(rule)
        await self._stop({k: v for k, v in self._watches.items() if k not in by_link or v[1].done()})
        for link_id, mine in by_link.items():
            if link_id not in self._watches:
                self._watches[link_id] = self._start(links[link_id], lease)
            watch = self._watches[link_id][0]
            watch.load(tuple(mine))
            await watch.catch_up()

    def _start(self, link: Link, lease: Lease) -> tuple[LinkWatch, asyncio.Task[None]]:
        feed = self._feeds.open(link)
        watch = LinkWatch(
            link=link, feed=feed, store=self._store, clock=self._clock, ids=self._ids, lease=lease
        )

        async def both() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(feed.run())
                group.create_task(watch.run())

        return watch, asyncio.create_task(both(), name=f"alerts-{link.id}")

    async def _stop(self, watches: Mapping[str, tuple[LinkWatch, asyncio.Task[None]]]) -> None:
        for link_id, (_, task) in dict(watches).items():
            task.cancel()
            results = await asyncio.gather(task, return_exceptions=True)
            for error in results:
                if isinstance(error, Exception):
                    log.warning("alerts.watch_ended", link=link_id, error=type(error).__name__)
            self._watches.pop(link_id, None)
