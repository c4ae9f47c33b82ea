"""Profit and loss at expiration as a picture: a PNG of 800 × 520, readable at the width of a phone."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from PIL import Image, ImageDraw, ImageFont

from senexbot.domain.money import dollars, price_text

SIZE = (800, 520)
_FINE = 2  # drawn larger and reduced: smooth lines and letters
_LEFT, _RIGHT, _TOP, _BOTTOM = 104, 24, 92, 102
_LABEL, _TITLE, _FOOT = 20, 28, 22  # a phone shows it at less than half its size

_PAPER, _INK, _SOFT, _GRID = "#ffffff", "#1d1c1d", "#616061", "#dddddd"
_GAIN, _LOSS = "#1a7f4b", "#c0392b"
_GAIN_AREA, _LOSS_AREA = "#d9efe3", "#f7dcd8"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PayoffChart:
    """`curve`: (price of the underlying, dollars won or lost then), rising in price, at least two, straight
    in between. `now`: the underlying's price at this moment, where known. `foot`: up to two lines below."""

    title: str
    curve: tuple[tuple[Decimal, Decimal], ...]
    now: Decimal | None = None
    break_evens: tuple[Decimal, ...] = ()
    foot: tuple[str, ...] = ()


def payoff_png(chart: PayoffChart) -> bytes:
    """The picture as PNG. Raises ValueError for a curve that is none."""
    if len(chart.curve) < 2 or any(a[0] >= b[0] for a, b in itertools.pairwise(chart.curve)):
        raise ValueError("a curve has at least two points, rising in price")
    image = Image.new("RGB", (SIZE[0] * _FINE, SIZE[1] * _FINE), _PAPER)
    _Drawing(ImageDraw.Draw(image), chart).draw()
    out = io.BytesIO()
    image.resize(SIZE, Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()


class _Drawing:
    """One picture in hand. Coordinates are of the finished picture; `_at` makes them fine ones."""

    def __init__(self, pen: ImageDraw.ImageDraw, chart: PayoffChart) -> None:
        self._pen = pen
        self._chart = chart
        self._curve: list[Point] = [(float(x), float(y)) for x, y in chart.curve]
        self._x = (self._curve[0][0], self._curve[-1][0])
        heights = [y for _, y in self._curve]
        low, high = min(*heights, 0.0), max(*heights, 0.0)
        room = (high - low or 1.0) * 0.08
        self._y = (low - room, high + room)

    def draw(self) -> None:
        self._areas()
        self._grid()
        self._line(self._crossed(), _INK, 2.4)
        self._marks()
        self._words()

    def _areas(self) -> None:
        """Green where it wins, red where it loses, from the line to zero."""
        points = self._crossed()
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            colour = _GAIN_AREA if y0 + y1 > 0 else _LOSS_AREA
            corners = [self._at(x0, 0.0), self._at(x0, y0), self._at(x1, y1), self._at(x1, 0.0)]
            self._pen.polygon(corners, fill=colour)

    def _crossed(self) -> list[Point]:
        """The curve with a point of its own wherever it passes through zero."""
        points: list[Point] = [self._curve[0]]
        for (x0, y0), (x1, y1) in itertools.pairwise(self._curve):
            if y0 * y1 < 0:
                points.append((x0 + (x1 - x0) * y0 / (y0 - y1), 0.0))
            points.append((x1, y1))
        return points

    def _grid(self) -> None:
        for value in _round_steps(*self._y):
            self._line([(self._x[0], value), (self._x[1], value)], _INK if value == 0 else _GRID, 1.0)
            x, y = self._at(self._x[0], value)
            self._text((x - 8 * _FINE, y), _short(value), _LABEL, _SOFT, "rm")
        for value in _round_steps(*self._x):
            x, y = self._at(value, self._y[0])
            self._text((x, y + 6 * _FINE), f"{value:g}", _LABEL, _SOFT, "ma")

    def _marks(self) -> None:
        for price in self._chart.break_evens:
            if self._x[0] <= float(price) <= self._x[1]:
                x, y = self._at(float(price), 0.0)
                r = 4 * _FINE
                self._pen.ellipse((x - r, y - r, x + r, y + r), fill=_PAPER, outline=_INK, width=2 * _FINE)
                self._text((x, y - 8 * _FINE), price_text(price), _LABEL, _INK, "md")
        now = self._chart.now
        if now is not None and self._x[0] <= float(now) <= self._x[1]:
            x, top = self._at(float(now), self._y[1])
            _, bottom = self._at(float(now), self._y[0])
            for start in range(int(top), int(bottom), 8 * _FINE):
                self._pen.line((x, start, x, start + 4 * _FINE), fill=_SOFT, width=_FINE)
            self._text((x, top - 2 * _FINE), f"now {price_text(now)}", _LABEL, _SOFT, "md")

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

    def _at(self, x: float, y: float) -> Point:
        across = (x - self._x[0]) / (self._x[1] - self._x[0])
        down = (self._y[1] - y) / (self._y[1] - self._y[0])
        width, height = SIZE[0] - _LEFT - _RIGHT, SIZE[1] - _TOP - _BOTTOM
        return (_LEFT + across * width) * _FINE, (_TOP + down * height) * _FINE


def _round_steps(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers between two, about so many: steps of 1, 2, 2.5 or 5 times a power of ten."""
    rough = (high - low) / about
    power = 10.0 ** len(str(int(rough))) / 10 if rough >= 1 else 1.0
    while power > rough:
        power /= 10
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough)
    first = -(-low // step)
    return [round((first + i) * step, 10) + 0.0 for i in range(int(high // step - first) + 1)]


def _short(value: float) -> str:
    """`-$1,500`, `$0`: whole dollars where they are."""
    text = dollars(Decimal(str(value)))
    return text.removesuffix(".00")
