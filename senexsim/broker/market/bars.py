"""Candles of any period, from the history before the start and the minutes since. No wire."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from senexsim.broker.market.history import MINUTE, Bar, epoch_ms, midnight_ms

KEPT_MINUTES: Final = 3 * 24 * 60  # live minutes kept per symbol
KEPT_SECONDS: Final = 15 * 60
_CANDLE: Final = re.compile(r"([^{}]{1,40})\{=(\d{0,4})(mo|[smhdw])((?:,[a-zA-Z]{1,8}=[^,{}]{1,16}){0,6})\}")
_UNIT_MS: Final = {"s": 1000, "m": MINUTE, "h": 60 * MINUTE}


@dataclass(frozen=True, slots=True)
class CandleKey:
    """A parsed candle symbol: `base` in dxFeed's tongue, `count` units, attributes kept for the echo."""

    base: str
    count: int
    unit: str
    attributes: str

    @property
    def symbol(self) -> str:
        """The symbol in its normal form: a count of one is left out, as dxFeed does."""
        return f"{self.base}{{={self.count if self.count > 1 else ''}{self.unit}{self.attributes}}}"

    def bucket(self, time_ms: int) -> int:
        """Where the candle that holds this moment starts, epoch milliseconds."""
        if self.unit in _UNIT_MS:
            span = _UNIT_MS[self.unit] * self.count
            return time_ms - time_ms % span
        day = datetime.fromtimestamp(time_ms / 1000, UTC).date()
        return midnight_ms(_period_start(day, self.unit, self.count))


def _period_start(day: date, unit: str, count: int) -> date:
    if unit == "d":
        return date.fromordinal(day.toordinal() - day.toordinal() % count)
    if unit == "w":
        week = (day - timedelta(days=day.weekday())).toordinal() // 7
        return date.fromordinal((week - week % count) * 7 + 1)
    month = day.year * 12 + day.month - 1
    month -= month % count
    return date(month // 12, month % 12 + 1, 1)


def parse_candle(symbol: str) -> CandleKey | None:
    """`AAPL{=5m}`, `SPX{=d,tho=true}`; None for what is no candle symbol."""
    match = _CANDLE.fullmatch(symbol)
    if match is None:
        return None
    base, count, unit, attributes = match.groups()
    size = int(count or 1)
    if not size:
        return None
    ordered = "".join(f",{part}" for part in sorted(filter(None, attributes.split(","))))
    return CandleKey(base, size, unit, ordered)


def merge(key: CandleKey, bars: Iterable[Bar]) -> list[Bar]:
    """Bars of the key's period out of finer ones, both oldest first."""
    merged: list[Bar] = []
    for bar in bars:
        start = key.bucket(bar.time)
        if merged and merged[-1].time == start:
            last = merged[-1]
            last.high, last.low = max(last.high, bar.high), min(last.low, bar.low)
            last.close = bar.close
            last.volume += bar.volume
        else:
            merged.append(Bar(start, bar.open, bar.high, bar.low, bar.close, bar.volume))
    return merged


class LiveBars:
    """The minutes and seconds of one underlying since the simulator started, and its finished days."""

    def __init__(self, minutes: Iterable[Bar] = ()) -> None:
        self.minutes: deque[Bar] = deque(minutes, KEPT_MINUTES)
        self.seconds: deque[Bar] = deque(maxlen=KEPT_SECONDS)
        self.finished_days: list[Bar] = []

    def record(self, at: datetime, price: float, shares: int) -> None:
        """Add one price to the bars that hold this moment; a clock set back opens no older bar."""
        now = epoch_ms(at)
        _extend(self.minutes, now - now % MINUTE, price, shares)
        _extend(self.seconds, now - now % 1000, price, shares)


def _extend(bars: deque[Bar], start: int, price: float, shares: int) -> None:
    if bars and bars[-1].time >= start:
        bars[-1].add(price, shares)
    else:
        bars.append(Bar(start, price, price, price, price, shares))
