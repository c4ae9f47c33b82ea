"""When an alert would have fired, as a picture: a PNG of 800 × 520, readable at the width of a phone.

Nights and weekends take no room: candle stands beside candle.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from senexbot.domain.money import price_text
from senexbot.pictures.sheet import (
    FINE,
    GRID,
    INK,
    LABEL,
    LEFT,
    PAPER,
    RIGHT,
    SIZE,
    SOFT,
    Pen,
    Point,
    Sheet,
    png,
    round_steps,
)

_TOP = 66
_DAYS = 5  # labels below, about
_RANGE, _LEVEL, _MARK = "#c3d3ea", "#1264a3", "#c0392b"


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the value did in one candle's time: its low, high and close. `at`: when it began, aware."""

    at: datetime
    low: Decimal
    high: Decimal
    close: Decimal


@dataclass(frozen=True, slots=True)
class Mark:
    """A firing. `is_sure`: False where the candle does not tell whether it fired (drawn hollow)."""

    at: datetime
    value: Decimal
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class HistoryChart:
    """`stretches`: oldest first, at least two. `levels`: what the value is measured against, where it is a fixed
    one. `zone`: whose days stand below. `foot`: up to two lines."""

    title: str
    stretches: tuple[Stretch, ...]
    zone: tzinfo
    levels: tuple[Decimal, ...] = ()
    marks: tuple[Mark, ...] = ()
    foot: tuple[str, ...] = ()


def history_png(chart: HistoryChart) -> bytes:
    """The picture as PNG. Raises ValueError for fewer than two stretches, or when they are not in order."""
    if len(chart.stretches) < 2 or any(a.at >= b.at for a, b in itertools.pairwise(chart.stretches)):
        raise ValueError("a history has at least two stretches, oldest first")
    return png(lambda pen: _Drawing(pen, chart).draw())


class _Drawing(Sheet):
    """One picture in hand."""

    def __init__(self, pen: Pen, chart: HistoryChart) -> None:
        self._chart = chart
        self._times = [one.at for one in chart.stretches]
        low = float(min(one.low for one in chart.stretches))
        high = float(max(one.high for one in chart.stretches))
        span = (high - low) or abs(high) * 0.02 or 1.0
        # a level is shown where it leaves the price legible; one that is farther is named at the edge
        near = [float(v) for v in chart.levels if low - span <= float(v) <= high + span]
        low, high = min([low, *near]), max([high, *near])
        room = ((high - low) or span) * 0.08
        super().__init__(pen, x=(0.0, 1.0), y=(low - room, high + room), top=_TOP)

    def draw(self) -> None:
        self._grid()
        self._days()
        self._prices()
        self._levels()
        self._marks()
        self.words(self._chart.title, self._chart.foot)

    def _grid(self) -> None:
        steps = round_steps(*self.y)
        places = _places(steps)
        for value in steps:
            self.line([(0.0, value), (1.0, value)], GRID, 1.0)
            x, y = self.at(0.0, value)
            self.text((x - 8 * FINE, y), f"{value:.{places}f}", LABEL, SOFT, "rm")

    def _days(self) -> None:
        """A label below where a day begins, and a fine line there."""
        days = [time.astimezone(self._chart.zone).date() for time in self._times]
        begins = [i for i, day in enumerate(days) if i == 0 or day != days[i - 1]]
        whole = begins[1:] if len(begins) > _DAYS else begins  # the first one is seldom whole
        for i in whole[:: max(-(-len(whole) // _DAYS), 1)]:
            across = self._across(i)
            self.line([(across, self.y[0]), (across, self.y[1])], GRID, 1.0)
            x, y = self.at(across, self.y[0])
            anchor = "la" if across < 0.06 else "ra" if across > 0.94 else "ma"
            self.text((x, y + 6 * FINE), f"{days[i].day} {days[i]:%b}", LABEL, SOFT, anchor)

    def _prices(self) -> None:
        """Low to high of each column in a light tone, the closes as a line on it."""
        columns = (SIZE[0] - LEFT - RIGHT) // 2
        group = max(-(-len(self._times) // columns), 1)
        closes: list[Point] = []
        for i in range(0, len(self._times), group):
            some = self._chart.stretches[i : i + group]
            x = self._across(i + (len(some) - 1) / 2)
            low, high = float(min(s.low for s in some)), float(max(s.high for s in some))
            self.line([(x, low), (x, high)], _RANGE, max(672 / len(self._times) * group * 0.8, 1.5))
            closes.append((x, float(some[-1].close)))
        self.line(closes, INK, 2.0)

    def _levels(self) -> None:
        for level in self._chart.levels:
            value, words = float(level), price_text(level)
            if self.y[0] <= value <= self.y[1]:
                (left, y), (right, _) = self.at(0.0, value), self.at(1.0, value)
                for start in range(int(left), int(right), 14 * FINE):
                    end = min(start + 8 * FINE, right)
                    self.pen.line((start, y, end, y), fill=_LEVEL, width=2 * FINE)
                self.text((right, y - 4 * FINE), words, LABEL, _LEVEL, "rd")
            else:
                above = value > self.y[1]
                x, y = self.at(1.0, self.y[1] if above else self.y[0])
                side = "above" if above else "below"
                shift = 4 * FINE if above else -4 * FINE
                self.text((x, y + shift), f"{words} is {side} this", LABEL, _LEVEL, "ra" if above else "rd")

    def _marks(self) -> None:
        for mark in self._chart.marks:
            i = bisect_right(self._times, mark.at) - 1
            value = min(max(float(mark.value), self.y[0]), self.y[1])
            x, y = self.at(self._across(max(i, 0)), value)
            r = 9 * FINE
            self.pen.ellipse((x - r, y - r, x + r, y + r), fill=PAPER)
            r = 7 * FINE
            inside = _MARK if mark.is_sure else PAPER
            self.pen.ellipse((x - r, y - r, x + r, y + r), fill=inside, outline=_MARK, width=3 * FINE)

    def _across(self, index: float) -> float:
        """0 to 1, from the first candle to the last."""
        return index / (len(self._times) - 1)


def _places(steps: Sequence[float]) -> int:
    """So many digits behind the point that no step is told short."""
    return max((len(f"{value:.6f}".rstrip("0").partition(".")[2]) for value in steps), default=0)
