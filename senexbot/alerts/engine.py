"""The running alert engine: ticks of one link's feed meet the rules that watch them.

In memory nothing advances before it is committed: while the store is away the feed conflates, with its
lows and highs, and no crossing is lost (I41, I55).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import structlog

from senexbot.alerts.standing import Standing
from senexbot.domain.alerting.rules import RuleState, is_over
from senexbot.domain.alerts import (
    Direction,
    PriceRule,
    QuietBand,
    Tick,
    evaluate,
    price_rule,
    quiet_band,
)
from senexbot.domain.errors import Fenced, Stale, StoreFault
from senexbot.domain.links import Link
from senexbot.domain.news import NoticeNews
from senexbot.ports import (
    BrokerReads,
    Clock,
    FeedBatch,
    Ids,
    Lease,
    MarketFeed,
    MarketFeeds,
    Outgoing,
    Store,
    Tx,
)
from senexbot.services.firing import fire, save_step

log = structlog.get_logger()
RELOAD_SECONDS = 2.0
WATCHED = frozenset({RuleState.WAITING, RuleState.ARMED})


@dataclass(frozen=True, slots=True)
class Owed:
    """A crossing that was seen and is not stored yet."""

    rule: PriceRule
    price: Decimal
    firing_id: str
    trade: str  # the handle of its message's Trade button
    late: bool


class LinkWatch:
    """The rules over one link and the feed that serves them.

    `owed`: crossings by rule, kept by the engine, so that they outlive this watch when it is stopped while
    the store is away.
    """

    def __init__(
        self,
        *,
        link: Link,
        feed: MarketFeed,
        reads: BrokerReads,
        store: Store,
        clock: Clock,
        ids: Ids,
        lease: Lease,
        owed: dict[str, Owed] | None = None,
    ) -> None:
        self._owed = {} if owed is None else owed
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
        self.standing = Standing(link=link, reads=reads, clock=clock, watch=self, tell=self._notify)

    def rules_of(self, streamer_symbol: str) -> tuple[PriceRule, ...]:
        return tuple(self._rules.get(streamer_symbol, {}).values())

    def latest(self, streamer_symbol: str) -> Tick | None:
        return self._feed.latest(streamer_symbol)

    def load(self, rules: tuple[PriceRule, ...]) -> None:
        """The whole set as stored; what is in memory of the same version keeps its finer state, and of a newer
        one (it was stored after the set was read) stays."""
        fresh: defaultdict[str, dict[str, PriceRule]] = defaultdict(dict)
        for rule in rules:
            known = self._rules.get(rule.streamer_symbol, {}).get(rule.id)
            same = known if known and known.version >= rule.version else None
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
            blind = batch.recovered_from is not None or batch.blind_since is not None
            for tick in batch.ticks:
                await self.take(tick, late=blind or tick.symbol in batch.late)
            self.standing.heard(batch.still)

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
        for one in rules:
            rule = self._rules.get(tick.symbol, {}).get(one.id)
            if rule is None:
                continue  # deleted while another one was stored
            after, fires = evaluate(rule, tick)
            if fires:
                await self._commit(rule, tick, late=late)
            elif after.state is not rule.state:
                await self._save(rule, after)
            else:
                self._keep(after)

    async def _commit(self, rule: PriceRule, tick: Tick, *, late: bool) -> None:
        """Durable before anybody is told; tried until the store is back."""
        # Beyond and back between two looks: what is told is the print that crossed, not the one after it.
        far = tick.high if rule.direction is Direction.ABOVE else tick.low
        told = tick.last if rule.beyond(tick.last) else far
        owed = self._owed[rule.id] = Owed(rule, told, self._ids.row(), self._ids.handle(), late)
        await pay(owed, self._store, self._clock, self._lease)
        self._owed.pop(rule.id, None)
        self._drop(rule)

    async def _save(self, rule: PriceRule, after: PriceRule) -> None:
        """Tried until the store is back, too: a rule that does not arm would miss the next crossing."""
        if await durable(lambda tx: save_step(tx, after), self._store, self._clock, self._lease):
            self._keep(after)
        else:
            self._drop(rule)

    def _keep(self, rule: PriceRule) -> None:
        """Unless it was deleted, or a newer version was loaded, meanwhile."""
        known = self._rules.get(rule.streamer_symbol, {}).get(rule.id)
        if known is not None and known.version <= rule.version:
            self._rules[rule.streamer_symbol][rule.id] = rule

    def _drop(self, rule: PriceRule) -> None:
        known = self._rules.get(rule.streamer_symbol, {}).get(rule.id)
        if known is not None and known.version <= rule.version:
            del self._rules[rule.streamer_symbol][rule.id]

    async def _lines(self, batch: FeedBatch) -> None:
        """Blind times are told to the owner while rules wait: from when, and when it was over (I49)."""
        if batch.blind_since is not None and self._announced is None and self._rules:
            self._announced = batch.blind_since
            await self._tell("blind", batch.blind_since)
        elif batch.recovered_from is not None and (self._announced is not None or self._rules):
            since, self._announced = self._announced or batch.recovered_from, None
            await self._tell("seen_again", since)

    async def _tell(self, kind: str, since: datetime) -> None:
        params = (
            ("what", "Prices"),
            ("since", f"{since:%H:%M:%S} UTC"),
            ("until", f"{self._clock.now():%H:%M:%S} UTC"),
        )
        await self._notify(kind, self._link.user_id, params, since.isoformat())

    async def _notify(self, kind: str, user: str, params: tuple[tuple[str, str], ...], dedupe: str) -> None:
        """`dedupe`: what makes it one of its kind for this person and link."""
        where = ("environment", self._link.environment.label)
        notice = Outgoing(
            key=f"user:{user}",
            news=NoticeNews(kind, (*params, where), self._clock.now()),
            dedupe=f"{kind}:alerts:{self._link.id}:{user}:{dedupe}",
            to_user=user,
        )
        await durable(lambda tx: tx.outbox.put(notice), self._store, self._clock, self._lease)


async def durable(write: Callable[[Tx], Awaitable[object]], store: Store, clock: Clock, lease: Lease) -> bool:
    """Write once, tried until the store is back. False: the row has moved on. Raises Fenced."""
    delay = 0.1
    while True:
        try:
            async with store.begin() as tx:
                await tx.leases.check(lease)
                await write(tx)
        except Stale:
            return False
        except Fenced:
            raise
        except StoreFault as fault:
            log.warning("alert.store", code=fault.code)
            await clock.sleep(delay)
            delay = min(delay * 2, 5.0)
        else:
            return True


async def pay(owed: Owed, store: Store, clock: Clock, lease: Lease) -> None:
    """Fire what was seen; a rule that was edited or deleted meanwhile tells nothing: the stored version decides."""

    async def write(tx: Tx) -> None:
        await fire(
            tx,
            owed.rule,
            price=owed.price,
            now=clock.now(),
            firing_id=owed.firing_id,
            trade=owed.trade,
            late=owed.late,
        )

    await durable(write, store, clock, lease)


class Engine:
    """One watch a link with live rules; follows what is set, deleted and unlinked."""

    def __init__(
        self, *, store: Store, feeds: MarketFeeds, reads: BrokerReads, clock: Clock, ids: Ids
    ) -> None:
        self._store = store
        self._reads = reads
        self._feeds = feeds
        self._clock = clock
        self._ids = ids
        self._watches: dict[str, tuple[LinkWatch, asyncio.Task[None]]] = {}
        self._owed: dict[str, Owed] = {}
        self._changed = asyncio.Event()

    def rules_changed(self) -> None:
        """A rule was set or deleted in this process: look at once instead of at the next round."""
        self._changed.set()

    async def run(self, lease: Lease) -> None:
        """Until cancelled, or until another owner has taken over (Fenced)."""
        for rule_id, owed in tuple(self._owed.items()):  # seen before the last lease was lost (I41)
            await pay(replace(owed, late=True), self._store, self._clock, lease)
            del self._owed[rule_id]
        try:
            while True:
                try:
                    await self._round(lease)
                except StoreFault as fault:
                    log.warning("alerts.store", code=fault.code)  # what is watched is watched on
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
            now = self._clock.now()
            live = (
                rule for rule in await tx.rules.live() if rule.state in WATCHED and not is_over(rule, now)
            )
            rules = [rule for rule in map(price_rule, live) if rule is not None]
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
            link=link,
            feed=feed,
            reads=self._reads,
            store=self._store,
            clock=self._clock,
            ids=self._ids,
            lease=lease,
            owed=self._owed,
        )

        async def side_by_side() -> None:
            async with asyncio.TaskGroup() as group:
                for work in (feed.run(), watch.run(), watch.standing.run()):
                    group.create_task(work)

        return watch, asyncio.create_task(side_by_side(), name=f"alerts-{link.id}")

    async def _stop(self, watches: Mapping[str, tuple[LinkWatch, asyncio.Task[None]]]) -> None:
        for link_id, (_, task) in dict(watches).items():
            task.cancel()
            results = await asyncio.gather(task, return_exceptions=True)
            for error in results:
                if isinstance(error, Exception):
                    log.warning("alerts.watch_ended", link=link_id, error=type(error).__name__)
            self._watches.pop(link_id, None)
