"""Figures of an interleaved run, the rows made of them, and the table that is printed. Measures nothing itself."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

HEADINGS = ("measure", "ours", "beside it", "", "ratio", "goal", "met")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done. `quick` proves only that every benchmark still runs: its figures mean nothing."""

    quick: bool = False

    @property
    def rounds(self) -> int:
        return 1 if self.quick else 5

    def of(self, full: int, quick: int) -> int:
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Figures:
    """One figure a round, all in `unit`."""

    values: tuple[float, ...]
    unit: str

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def words(self) -> str:
        if len(set(self.values)) == 1:
            return f"{number(self.median)} {self.unit}"
        return f"{number(self.median)} [{number(min(self.values))}..{number(max(self.values))}] {self.unit}"


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound for the ratio ours / beside (or, with `absolute`, for our own median)."""

    bound: float
    at_least: bool
    absolute: bool = False
    note: str = ""

    def words(self) -> str:
        sign, times = ("≥" if self.at_least else "≤"), ("" if self.absolute else "x")
        return f"{sign} {self.bound:g}{times} {self.note}".rstrip()

    def met_by(self, row: Row) -> bool:
        figure = row.ours.median if self.absolute else row.ratio
        assert figure is not None
        return figure >= self.bound if self.at_least else figure <= self.bound


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Without `other` there is nothing to compare with."""

    measure: str
    ours: Figures
    other: Figures | None = None
    other_is: str = ""
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """Of the medians, ours / other."""
        if self.other is None or not self.other.median:
            return None
        return self.ours.median / self.other.median

    def cells(self) -> tuple[str, ...]:
        return (
            self.measure,
            self.ours.words(),
            self.other.words() if self.other else "",
            self.other_is,
            f"{number(self.ratio)}x" if self.ratio is not None else "",
            self.goal.words() if self.goal else "",
            "" if self.goal is None else "met" if self.goal.met_by(self) else "NOT MET",
        )


def number(value: float) -> str:
    """Three significant digits, thousands apart."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


async def interleaved(
    rounds: int, ours: Callable[[], Awaitable[float]], other: Callable[[], Awaitable[float]], unit: str
) -> tuple[Figures, Figures]:
    """A, B, A, B, …: both see the same moods of the machine. The figures of `ours`, then of `other`."""
    first: list[float] = []
    second: list[float] = []
    for _ in range(rounds):
        first.append(await ours())
        second.append(await other())
    return Figures(tuple(first), unit), Figures(tuple(second), unit)


async def side_by_side(rounds: int, unit: str, *works: Callable[[], Awaitable[float]]) -> tuple[Figures, ...]:
    """As `interleaved`, for any number of them."""
    values = [[await work() for work in works] for _ in range(rounds)]
    return tuple(Figures(tuple(row[place] for row in values), unit) for place in range(len(works)))


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` of all do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(part * len(ranked)))]


def table(rows: Sequence[Row]) -> str:
    """Columns as wide as their widest cell."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADINGS))]
    padded = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    ]
    return "\n".join([padded[0].rstrip(), "-" * len(padded[0]), *(line.rstrip() for line in padded[1:])])
