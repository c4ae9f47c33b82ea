"""Last trades alone, as the alert engine reads them: one user of the shared connection."""

from __future__ import annotations

import asyncio
import math

from senexbot.broker.value_feed import Follower, SharedConnections
from senexbot.domain.alerting.terms import Field
from senexbot.domain.alerts import Tick
from senexbot.domain.links import Link
from senexbot.ports import FeedBatch, Key, Quiet, Span

EVERY_CHANGE = Quiet(math.inf, -math.inf)


class LastTrades:
    """Implements ports.MarketFeed."""

    def __init__(self, feed: Follower) -> None:
        self._feed = feed

    def want(self, streamer_symbols: frozenset[str]) -> None:
        self._feed.want({Key(name, Field.LAST): EVERY_CHANGE for name in streamer_symbols})

    async def run(self) -> None:
        """The connection is looked after elsewhere; with this its user goes."""
        try:
            await asyncio.Event().wait()
        finally:
            self._feed.close()

    async def changes(self) -> FeedBatch:
        told = await self._feed.changes()
        return FeedBatch(
            tuple(_tick(span) for span in told.spans),
            blind_since=told.blind_since,
            recovered_from=told.recovered_from,
            still=told.still,
            late=told.late,
        )

    def latest(self, streamer_symbol: str) -> Tick | None:
        span = self._feed.latest(Key(streamer_symbol, Field.LAST))
        return None if span is None else _tick(span)


class LastTradeFeeds:
    """Implements ports.MarketFeeds."""

    def __init__(self, feeds: SharedConnections) -> None:
        self._feeds = feeds

    def open(self, link: Link) -> LastTrades:
        return LastTrades(self._feeds.open(link))


def _tick(span: Span) -> Tick:
    return Tick(span.key.streamer_symbol, span.last, span.low, span.high, span.at, confirmed=True)
