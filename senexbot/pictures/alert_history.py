"""When an alert would have fired, as a picture: a PNG of 800 × 520, readable at the width of a phone.

Nights and weekends take no room: candle stands beside candle.
"""

from __future__ import annotations

import io
import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal

from PIL import Image, ImageDraw, ImageFont

from senexbot.domain.money import price_text

SIZE = (800, 520)
_FINE = 2  # drawn larger and reduced: smooth lines and letters
_LEFT, _RIGHT, _TOP, _BOTTOM = 104, 24, 66, 102
_LABEL, _TITLE, _FOOT = 20, 28, 22  # a phone shows it at less than half its size
_DAYS = 5  # labels below, about

_PAPER, _INK, _SOFT, _GRID = "#ffffff", "#1d1c1d", "#616061", "#dddddd"
_RANGE, _LEVEL, _MARK = "#c3d3ea", "#1264a3", "#c0392b"

Point = tuple[float, float]


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
    image = Image.new("RGB", (SIZE[0] * _FINE, SIZE[1] * _FINE), _PAPER)
    _Drawing(ImageDraw.Draw(image), chart).draw()
    out = io.BytesIO()
    image.resize(SIZE, Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


class _Drawing:
    """One picture in hand. Coordinates are of the finished picture; `_at` makes them fine ones."""

    def __init__(self, pen: ImageDraw.ImageDraw, chart: HistoryChart) -> None:
        self._pen = pen
        self._chart = chart
        self._times = [one.at for one in chart.stretches]
        low = float(min(one.low for one in chart.stretches))
        high = float(max(one.high for one in chart.stretches))
        span = (high - low) or abs(high) * 0.02 or 1.0
        # a level is shown where it leaves the price legible; one that is farther is named at the edge
        near = [float(v) for v in chart.levels if low - span <= float(v) <= high + span]
        low, high = min([low, *near]), max([high, *near])
        room = ((high - low) or span) * 0.08
        self._y = (low - room, high + room)

    def draw(self) -> None:
        self._grid()
        self._days()
        self._prices()
        self._levels()
        self._marks()
        self._words()

    def _grid(self) -> None:
        steps = _round_steps(*self._y)
        places = _places(steps)
        for value in steps:
            self._line([(0.0, value), (1.0, value)], _GRID, 1.0)
            x, y = self._at(0.0, value)
            self._text((x - 8 * _FINE, y), f"{value:.{places}f}", _LABEL, _SOFT, "rm")

    def _days(self) -> None:
        """A label below where a day begins, and a fine line there."""
        days = [time.astimezone(self._chart.zone).date() for time in self._times]
        begins = [i for i, day in enumerate(days) if i == 0 or day != days[i - 1]]
        whole = begins[1:] if len(begins) > _DAYS else begins  # the first one is seldom whole
        for i in whole[:: max(-(-len(whole) // _DAYS), 1)]:
            across = self._across(i)
            self._line([(across, self._y[0]), (across, self._y[1])], _GRID, 1.0)
            x, y = self._at(across, self._y[0])
            anchor = "la" if across < 0.06 else "ra" if across > 0.94 else "ma"
            self._text((x, y + 6 * _FINE), f"{days[i].day} {days[i]:%b}", _LABEL, _SOFT, anchor)

    def _prices(self) -> None:
        """Low to high of each column in a light tone, the closes as a line on it."""
        columns = (SIZE[0] - _LEFT - _RIGHT) // 2
        group = max(-(-len(self._times) // columns), 1)
        closes: list[Point] = []
        for i in range(0, len(self._times), group):
            some = self._chart.stretches[i : i + group]
            x = self._across(i + (len(some) - 1) / 2)
            low, high = float(min(s.low for s in some)), float(max(s.high for s in some))
            self._line([(x, low), (x, high)], _RANGE, max(672 / len(self._times) * group * 0.8, 1.5))
            closes.append((x, float(some[-1].close)))
        self._line(closes, _INK, 2.0)

    def _levels(self) -> None:
        for level in self._chart.levels:
            value, words = float(level), price_text(level)
            if self._y[0] <= value <= self._y[1]:
                (left, y), (right, _) = self._at(0.0, value), self._at(1.0, value)
                for start in range(int(left), int(right), 14 * _FINE):
                    end = min(start + 8 * _FINE, right)
                    self._pen.line((start, y, end, y), fill=_LEVEL, width=2 * _FINE)
                self._text((right, y - 4 * _FINE), words, _LABEL, _LEVEL, "rd")
            else:
                above = value > self._y[1]
                x, y = self._at(1.0, self._y[1] if above else self._y[0])
                side = "above" if above else "below"
                shift = 4 * _FINE if above else -4 * _FINE
                self._text((x, y + shift), f"{words} is {side} this", _LABEL, _LEVEL, "ra" if above else "rd")

    def _marks(self) -> None:
        for mark in self._chart.marks:
            i = bisect_right(self._times, mark.at) - 1
            value = min(max(float(mark.value), self._y[0]), self._y[1])
            x, y = self._at(self._across(max(i, 0)), value)
            r = 9 * _FINE
            self._pen.ellipse((x - r, y - r, x + r, y + r), fill=_PAPER)
            r = 7 * _FINE
            inside = _MARK if mark.is_sure else _PAPER
            self._pen.ellipse((x - r, y - r, x + r, y + r), fill=inside, outline=_MARK, width=3 * _FINE)

    def _words(self) -> None:
        self._text((16 * _FINE, 14 * _FINE), self._chart.title, _TITLE, _INK, "la")
        for line, words in enumerate(self._chart.foot[:2]):
            y = SIZE[1] - 64 + 30 * line
            self._text((16 * _FINE, y * _FINE), words, _FOOT, _INK, "la")

    def _line(self, points: Sequence[Point], colour: str, width: float) -> None:
        self._pen.line(
            [self._at(x, y) for x, y in points], fill=colour, width=round(width * _FINE), joint="curve"
        )

    def _text(self, at: Point, words: str, size: int, colour: str, anchor: str) -> None:
        font = ImageFont.load_default(size * _FINE)
        room = (SIZE[0] - 32) * _FINE
        if anchor == "la" and (width := font.getlength(words)) > room:
            font = ImageFont.load_default(size * _FINE * room / width)
        # a rim of paper keeps letters readable where they cross a line
        self._pen.text(
            at, words, font=font, fill=colour, anchor=anchor, stroke_width=2 * _FINE, stroke_fill=_PAPER
        )

    def _across(self, index: float) -> float:
        """0 to 1, from the first candle to the last."""
        return index / (len(self._times) - 1)

    def _at(self, across: float, value: float) -> Point:
        down = (self._y[1] - value) / (self._y[1] - self._y[0])
        width, height = SIZE[0] - _LEFT - _RIGHT, SIZE[1] - _TOP - _BOTTOM
        return (_LEFT + across * width) * _FINE, (_TOP + down * height) * _FINE


def _round_steps(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers between two, about so many: steps of 1, 2, 2.5 or 5 times a power of ten."""
    rough = (high - low) / about
    power = 1.0
    while power > rough:
        power /= 10
    while power * 10 <= rough:
        power *= 10
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough)
    first = -(-low // step)
    return [round((first + i) * step, 10) + 0.0 for i in range(int(high // step - first) + 1)]


def _places(steps: Sequence[float]) -> int:
    """So many digits behind the point that no step is told short."""
    return max((len(f"{value:.6f}".rstrip("0").partition(".")[2]) for value in steps), default=0)
