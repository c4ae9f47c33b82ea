"""The lowest and highest of a sliding window over candles: surely within it, or possibly. Holds state, no clock."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from decimal import Decimal

from senexbot.domain.alerting.candle_paths import Path
from senexbot.domain.alerting.looks import Range
from senexbot.domain.alerting.moments import amount_of
from senexbot.domain.alerting.terms import Condition, Move, Value
from senexbot.domain.alerting.trees import tests_of
from senexbot.domain.alerting.windows import bucket_width, windows_in
from senexbot.domain.candles import Candle


class Ranges:
    """For the moves of a condition whose values are one source. `take` each candle once it is of the past."""

    def __init__(self, condition: Condition, period: timedelta) -> None:
        self._moves = tuple(test for test in tests_of(condition) if isinstance(test, Move))
        self._windows = windows_in(condition)
        self._period = period
        self._longest = max((window for _, window in self._windows), default=timedelta()) * 2
        self._candles: deque[Candle] = deque()

    def take(self, candle: Candle) -> None:
        if not self._moves:
            return
        self._candles.append(candle)
        while self._candles[0].at < candle.at - self._longest - self._period:
            self._candles.popleft()

    def at(self, at: datetime, so_far: Path, *, wide: bool) -> dict[tuple[Value, timedelta], Range]:
        """For Look.ranges. `wide`: with the candle in which the window begins, though its extremes may be older."""
        found: dict[tuple[Value, timedelta], Range] = {}
        for value, window in self._windows:
            low, high = self._extremes(at, window, wide=wide)
            prices = [point.value for point in so_far if point.at >= at - window]
            lows, highs = [*low, *prices], [*high, *prices]
            if lows:
                found[value, window] = Range(min(lows), max(highs))
        return found

    def may_move(self, candle: Candle) -> bool:
        """Whether any move may be as large as it has to be, in or up to this candle."""
        for move in self._moves:
            low, high = self._extremes(candle.at + self._period, move.window, wide=True)
            lowest, highest = min([*low, candle.low]), max([*high, candle.high])
            needed = amount_of(move.by, lowest)
            if needed is not None and highest - lowest >= needed:
                return True
        return False

    def _extremes(
        self, at: datetime, window: timedelta, *, wide: bool
    ) -> tuple[list[Decimal], list[Decimal]]:
        begins = at - window - self._period - bucket_width(window) if wide else at - window
        lows, highs = [], []
        for candle in reversed(self._candles):
            if candle.at < begins:
                break
            lows.append(candle.low)
            highs.append(candle.high)
        return lows, highs
