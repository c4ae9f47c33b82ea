"""Profit and loss at expiration as a picture: a PNG of 800 × 520, readable at the width of a phone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from decimal import Decimal

from senexbot.domain.money import dollars, price_text
from senexbot.pictures.sheet import (
    FINE,
    GRID,
    INK,
    LABEL,
    PAPER,
    SOFT,
    Pen,
    Point,
    Sheet,
    png,
    round_steps,
)

_TOP = 92
_GAIN, _LOSS = "#1a7f4b", "#c0392b"
_GAIN_AREA, _LOSS_AREA = "#d9efe3", "#f7dcd8"


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
    return png(lambda pen: _Drawing(pen, chart).draw())


class _Drawing(Sheet):
    """One picture in hand."""

    def __init__(self, pen: Pen, chart: PayoffChart) -> None:
        self._chart = chart
        self._curve: list[Point] = [(float(x), float(y)) for x, y in chart.curve]
        heights = [y for _, y in self._curve]
        low, high = min(*heights, 0.0), max(*heights, 0.0)
        room = (high - low or 1.0) * 0.08
        super().__init__(
            pen, x=(self._curve[0][0], self._curve[-1][0]), y=(low - room, high + room), top=_TOP
        )

    def draw(self) -> None:
        self._areas()
        self._grid()
        self.line(self._crossed(), INK, 2.4)
        self._marks()
        self.words(self._chart.title, self._chart.foot)

    def _areas(self) -> None:
        """Green where it wins, red where it loses, from the line to zero."""
        points = self._crossed()
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            colour = _GAIN_AREA if y0 + y1 > 0 else _LOSS_AREA
            corners = [self.at(x0, 0.0), self.at(x0, y0), self.at(x1, y1), self.at(x1, 0.0)]
            self.pen.polygon(corners, fill=colour)

    def _crossed(self) -> list[Point]:
        """The curve with a point of its own wherever it passes through zero."""
        points: list[Point] = [self._curve[0]]
        for (x0, y0), (x1, y1) in itertools.pairwise(self._curve):
            if y0 * y1 < 0:
                points.append((x0 + (x1 - x0) * y0 / (y0 - y1), 0.0))
            points.append((x1, y1))
        return points

    def _grid(self) -> None:
        for value in round_steps(*self.y):
            self.line([(self.x[0], value), (self.x[1], value)], INK if value == 0 else GRID, 1.0)
            x, y = self.at(self.x[0], value)
            self.text((x - 8 * FINE, y), _short(value), LABEL, SOFT, "rm")
        for value in round_steps(*self.x):
            x, y = self.at(value, self.y[0])
            self.text((x, y + 6 * FINE), f"{value:g}", LABEL, SOFT, "ma")

    def _marks(self) -> None:
        for price in self._chart.break_evens:
            if self.x[0] <= float(price) <= self.x[1]:
                x, y = self.at(float(price), 0.0)
                r = 4 * FINE
                self.pen.ellipse((x - r, y - r, x + r, y + r), fill=PAPER, outline=INK, width=2 * FINE)
                self.text((x, y - 8 * FINE), price_text(price), LABEL, INK, "md")
        now = self._chart.now
        if now is not None and self.x[0] <= float(now) <= self.x[1]:
            x, top = self.at(float(now), self.y[1])
            _, bottom = self.at(float(now), self.y[0])
            for start in range(int(top), int(bottom), 8 * FINE):
                self.pen.line((x, start, x, start + 4 * FINE), fill=SOFT, width=FINE)
            self.text((x, top - 2 * FINE), f"now {price_text(now)}", LABEL, SOFT, "md")


def _short(value: float) -> str:
    """`-$1,500`, `$0`: whole dollars where they are."""
    text = dollars(Decimal(str(value)))
    return text.removesuffix(".00")
