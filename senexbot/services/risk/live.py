"""Following the market of what watched accounts hold, between two looks by REST: one user of the shared connection each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import structlog

from senexbot.domain.alerting.terms import Field
from senexbot.domain.errors import Fenced, NotConnected, StoreFault
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import AccountRef
from senexbot.domain.risk.live import Tick, with_live
from senexbot.domain.risk.view import RiskView
from senexbot.ports import Clock, Store
from senexbot.ports.values import Key, Quiet, Span, Spans, ValueFeed, ValueFeeds

log = structlog.get_logger()
TICK_SECONDS = 0.25  # between two evaluations of one account; what comes meanwhile is conflated
MOST_FOLLOWED = 300  # instruments of one account: what is beyond is looked at by REST only
PRICES = (Field.BID, Field.ASK, Field.LAST)
GREEKS = (Field.DELTA, Field.GAMMA, Field.THETA, Field.VEGA)
EVERYTHING = Quiet(1.0, 0.0)  # no band: every change concerns somebody
AccountKey = tuple[str, str]  # environment, account
OnTick = Callable[[AccountKey, tuple[RiskView, ...]], Awaitable[None]]
"""What was seen since the last tick: how low and how high it went, where it went further than it stands, and last the
present view."""


@dataclass(slots=True)
class _Followed:
    link_id: str
    feed: ValueFeed
    task: asyncio.Task[None]
    view: RiskView
    names: Mapping[str, str] = field(default_factory=dict)  # streamer symbols by symbol

    def want(self, view: RiskView) -> None:
        """What is held, its underlyings and the benchmark; an unanswered look changes nothing of it."""
        self.view = view
        names = {
            s: q.instrument.streamer_symbol for s, q in view.quotes.items() if q.instrument.streamer_symbol
        }
        if not names or names == self.names:
            return
        self.names = dict(list(names.items())[:MOST_FOLLOWED])
        options = {
            p.symbol for p in view.positions or () if p.instrument_type is InstrumentType.EQUITY_OPTION
        }
        keys = [Key(name, one) for name in self.names.values() for one in PRICES]
        keys += [Key(name, one) for s, name in self.names.items() if s in options for one in GREEKS]
        self.feed.want(dict.fromkeys(keys, EVERYTHING))

    def views(self, spans: Spans) -> Iterator[RiskView]:
        moved = {span.key: span for span in spans.spans}
        for end in (_low, _high):
            if any(end(span) != span.last for span in spans.spans):
                yield with_live(self.view, self._newest(moved, end))
        yield with_live(self.view, self._newest({}, _low))

    def _newest(
        self, moved: Mapping[Key, Span], end: Callable[[Span], Decimal]
    ) -> Callable[[str, Field], Tick | None]:
        def newest(symbol: str, wanted: Field) -> Tick | None:
            key = Key(self.names.get(symbol, ""), wanted)
            span = moved.get(key)
            if span is not None:
                return Tick(end(span), span.at)
            known = self.feed.latest(key)
            return None if known is None else Tick(known.last, known.at)

        return newest


def _low(span: Span) -> Decimal:
    return span.low


def _high(span: Span) -> Decimal:
    return span.high


class RiskLive:
    def __init__(self, *, store: Store, feeds: ValueFeeds, clock: Clock, on_tick: OnTick) -> None:
        self._store = store
        self._feeds = feeds
        self._clock = clock
        self._on_tick = on_tick
        self._followed: dict[AccountKey, _Followed] = {}

    async def follow(self, key: AccountKey, ref: AccountRef, view: RiskView) -> None:
        """From this look on: begun, widened, or ended when nothing is held any more."""
        if view.positions is not None and not view.positions:
            await self.forget({key})
            return
        known = self._followed.get(key)
        if known is not None and (known.link_id != ref.link_id or known.task.done()):
            await self.forget({key})
            known = None
        if known is None:
            async with self._store.read() as tx:
                link = await tx.links.get(ref.link_id)
            if link is None or not view.positions:
                return
            feed = self._feeds.open(link)
            task = asyncio.create_task(self._run(key, feed), name=f"risk-{link.id}")
            known = self._followed[key] = _Followed(link.id, feed, task, view)
        known.want(view)

    def check(self) -> None:
        """Raises Fenced when a tick found that the lease is another's."""
        for one in self._followed.values():
            if one.task.done() and not one.task.cancelled() and isinstance(one.task.exception(), Fenced):
                raise Fenced("risk")

    async def keep(self, keys: Collection[AccountKey]) -> None:
        await self.forget(self._followed.keys() - keys)

    async def forget(self, keys: Collection[AccountKey]) -> None:
        for key in list(keys):
            one = self._followed.pop(key, None)
            if one is not None:
                one.task.cancel()
                await asyncio.gather(one.task, return_exceptions=True)
                one.feed.close()

    async def close(self) -> None:
        await self.forget(tuple(self._followed))

    async def _run(self, key: AccountKey, feed: ValueFeed) -> None:
        while True:
            try:
                spans = await feed.changes()
            except NotConnected:
                return  # the link is gone for good: the next look sees it
            if spans.blind_since is None and spans.spans:
                try:
                    await self._on_tick(key, tuple(self._followed[key].views(spans)))
                except StoreFault as fault:
                    log.warning("risk.store", code=fault.code)
            await self._clock.sleep(TICK_SECONDS)
