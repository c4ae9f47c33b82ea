"""Price history before the simulator started: days back more than a year, minutes of any of those days.

Everything follows from the seed, the listing and the date; nothing is stored but what was asked for.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from senexsim.broker.market.catalog import Listing
from senexsim.broker.market.trading_days import previous_trading_day, session

DAYS_BACK: Final = 420  # trading days
MINUTE_DAYS: Final = 23  # trading days for which minutes are told: above 30 calendar days
MINUTE: Final = 60_000


@dataclass(slots=True)
class Bar:
    """Open, high, low, close in dollars and shares over one span that starts at `time` (epoch ms)."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: int

    def add(self, price: float, shares: int) -> None:
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.close = price
        self.volume += shares


def rounded(time: int, prices: tuple[float, float, float, float], volume: int) -> Bar:
    """A bar whose open, high, low and close are whole cents."""
    opened, high, low, close = (round(price, 2) for price in prices)
    return Bar(time, opened, high, low, close, volume)


def epoch_ms(when: datetime) -> int:
    return int(when.timestamp() * 1000)


def midnight_ms(day: date) -> int:
    """Where dxFeed puts a daily candle: midnight UTC of its date."""
    return epoch_ms(datetime(day.year, day.month, day.day, tzinfo=UTC))


class History:
    """The past of one market: `closes` are the prices at which it starts, on the day before `today`."""

    def __init__(self, seed: int, today: date, closes: dict[str, float]) -> None:
        self._seed = seed
        self._today = today
        self._closes = closes
        self._days: dict[str, tuple[tuple[date, Bar], ...]] = {}

    def days(self, listing: Listing) -> tuple[tuple[date, Bar], ...]:
        """Daily bars before today, oldest first."""
        found = self._days.get(listing.symbol)
        if found is None:
            found = self._days[listing.symbol] = tuple(reversed(self._backwards(listing)))
        return found

    def _backwards(self, listing: Listing) -> list[tuple[date, Bar]]:
        draw = random.Random(f"{self._seed}:{listing.symbol}:days")
        day, close = self._today, self._closes[listing.symbol]
        daily = listing.volatility / math.sqrt(252)
        bars = []
        for _ in range(DAYS_BACK):
            day = previous_trading_day(day)
            opened = close * math.exp(-daily * 0.85 * draw.gauss(0.0, 1.0))
            up, down = (abs(draw.gauss(0.0, 0.35)) * daily for _ in range(2))
            high, low = max(opened, close) * math.exp(up), min(opened, close) * math.exp(-down)
            volume = int(listing.volume * math.exp(draw.gauss(0.0, 0.25)))
            bars.append((day, rounded(midnight_ms(day), (opened, high, low, close), volume)))
            gap = daily * 0.5 * draw.gauss(0.0, 1.0)
            pull = 0.004 * math.log(close / listing.price)  # so that a year back is the same order of price
            close = opened * math.exp(-gap - pull)
        return bars

    def minutes(self, listing: Listing, first_ms: int) -> list[Bar]:
        """Minute bars of the last trading days before today that start at or after `first_ms`."""
        found: list[Bar] = []
        for day, bar in self.days(listing)[-MINUTE_DAYS:]:
            if bar.time + 36 * 3600 * 1000 >= first_ms:
                found.extend(
                    minute
                    for minute in bridged_day(self._seed, listing, day, _frozen(bar))
                    if minute.time >= first_ms
                )
        return found


def _frozen(bar: Bar) -> tuple[float, float, float, float, int]:
    return bar.open, bar.high, bar.low, bar.close, bar.volume


@lru_cache(maxsize=256)
def bridged_day(
    seed: int, listing: Listing, day: date, bar: tuple[float, float, float, float, int]
) -> tuple[Bar, ...]:
    """One whole session in minutes that add up to its daily bar."""
    times = session(day)
    count = int((times.close - times.open).total_seconds() // 60)
    return tuple(bridge(f"{seed}:{listing.symbol}:{day}", epoch_ms(times.open), count, bar))


def bridge(key: str, start_ms: int, count: int, bar: tuple[float, float, float, float, int]) -> list[Bar]:
    """`count` minute bars from the bar's open to its close that touch its high and low; the caller's own."""
    return [
        Bar(minute.time, minute.open, minute.high, minute.low, minute.close, minute.volume)
        for minute in _bridged(key, start_ms, count, bar)
    ]


@lru_cache(maxsize=256)  # a market with the same past is opened again and again in tests
def _bridged(
    key: str, start_ms: int, count: int, bar: tuple[float, float, float, float, int]
) -> tuple[Bar, ...]:
    opened, high, low, close, volume = bar
    draw = random.Random(key)
    walk = [0.0]
    for _ in range(count):
        walk.append(walk[-1] + draw.gauss(0.0, 1.0))
    spread = max(max(walk) - min(walk), 1e-9)
    scale = (high - low) / spread
    points = []
    for step, height in enumerate(walk):
        share = step / count
        bridged = opened + (close - opened) * share + scale * (height - walk[-1] * share)
        points.append(round(min(max(bridged, low), high), 2))
    points[0], points[-1] = opened, close
    bars = [
        Bar(start_ms + index * MINUTE, left, max(left, right), min(left, right), right, volume // count)
        for index, (left, right) in enumerate(pairwise(points))
    ]
    top = max(range(count), key=lambda index: bars[index].high)
    bottom = min(range(count), key=lambda index: bars[index].low)
    bars[top].high, bars[bottom].low = high, low
    return tuple(bars)
