"""The market by hand, at the port ports.values: it tells what left its band, conflates what did not, and cuts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from senexbot.domain.alerting.terms import Field
from senexbot.domain.links import Link
from senexbot.ports.values import DayFigures, Key, Quiet, Span, Spans
from tests.stores import NOON


@dataclass
class HandFeed:
    """ports.values.ValueFeed. `at`: when the next tick comes; each is a millisecond after the one before."""

    link: Link | None = None
    at: datetime = NOON

    def __post_init__(self) -> None:
        self.wanted: dict[Key, Quiet] = {}
        self.wanted_days: frozenset[str] = frozenset()
        self.known: dict[Key, Span] = {}
        self.open: dict[Key, Span] = {}  # since the last cut
        self.loud: set[Key] = set()
        self.figures: dict[str, DayFigures] = {}
        self.new_figures: dict[str, DayFigures] = {}
        self.line: list[Spans] = []
        self.still: dict[str, datetime] = {}
        self.told = 0
        self.reads = 0
        self.quietened = 0
        self.is_closed = False
        self._something = asyncio.Event()

    # What the test does ----------------------------------------------------------------------------------------------

    def tick(self, *prices: object, symbol: str = "AAPL", field: Field = Field.LAST) -> None:
        for price in prices:
            self._take(Key(symbol, field), Decimal(str(price)))

    def day(self, streamer_symbol: str) -> DayFigures | None:
        return self.figures.get(streamer_symbol)

    def tell_day(self, symbol: str, figures: DayFigures) -> None:
        self.figures[symbol] = self.new_figures[symbol] = figures
        self._something.set()

    def tell(self, spans: Spans) -> None:
        """The state of the line, or spans as they are."""
        self.line.append(spans)
        self._something.set()

    @property
    def is_idle(self) -> bool:
        """Everything told was taken, and its reader waits."""
        return not (self.line or self.loud or self.new_figures) and self.reads > self.told

    # ports.values.ValueFeed ------------------------------------------------------------------------------------------

    def want(self, keys: Mapping[Key, Quiet], days: frozenset[str] = frozenset()) -> None:
        self.wanted, self.wanted_days = dict(keys), days
        self.open = {key: span for key, span in self.open.items() if key in keys}
        self.loud &= set(keys)
        for key, quiet in keys.items():
            self._band(key, quiet)

    def quieten(self, key: Key, quiet: Quiet) -> None:
        assert key in self.wanted
        self.quietened += 1
        self.wanted[key] = quiet
        self._band(key, quiet)

    async def changes(self) -> Spans:
        self.reads += 1
        while not (self.line or self.loud or self.new_figures):
            self._something.clear()
            await self._something.wait()
        self.told += 1
        line = self.line.pop(0) if self.line else Spans(())
        spans = (*line.spans, *self.cut(tuple(self.loud)))
        days, self.new_figures = {**line.days, **self.new_figures}, {}
        return replace(line, spans=spans, days=days, still=line.still or self.still)

    def cut(self, keys: Sequence[Key]) -> tuple[Span, ...]:
        found = [self.open.pop(key) for key in keys if key in self.open]
        self.loud -= set(keys)
        return tuple(found)

    def latest(self, key: Key) -> Span | None:
        return self.known.get(key)

    def close(self) -> None:
        self.is_closed = True

    def _take(self, key: Key, price: Decimal) -> None:
        self.at += timedelta(milliseconds=1)
        self.known[key] = Span(key, price, price, price, self.at)
        if key not in self.wanted:
            return
        before = self.open.get(key)
        low = price if before is None else min(before.low, price)
        high = price if before is None else max(before.high, price)
        self.open[key] = Span(key, price, low, high, self.at)
        quiet = self.wanted[key]
        if not quiet.floor <= float(price) <= quiet.ceiling:
            self.loud.add(key)
            self._something.set()

    def _band(self, key: Key, quiet: Quiet) -> None:
        known = self.known.get(key)
        if known is not None and not quiet.floor <= float(known.last) <= quiet.ceiling:
            self.open.setdefault(key, known)
            self.loud.add(key)
            self._something.set()


class HandFeeds:
    """ports.values.ValueFeeds. A feed that was put into `next` is given out first."""

    def __init__(self) -> None:
        self.opened: list[HandFeed] = []
        self.next: list[HandFeed] = []

    def open(self, link: Link) -> HandFeed:
        self.opened.append(self.next.pop(0) if self.next else HandFeed(link))
        return self.opened[-1]

    async def run(self) -> None:
        await asyncio.Event().wait()
