"""Each benchmark still runs, with tiny sizes: nothing is said about how long anything takes."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.__main__ import BENCHMARKS
from benchmarks.figures import Figures, Goal, Row, Sizes, interleaved, table


@pytest.mark.parametrize("name", BENCHMARKS)
def test_it_runs(name: str) -> None:
    rows = asyncio.run(BENCHMARKS[name](Sizes(quick=True)))
    assert rows
    is_time = name not in {"slow_consumer", "bursts"}  # bytes that did not grow, and waits that are none
    assert all(value > 0 or not is_time for row in rows for value in row.ours.values)
    assert all(row.measure in table(rows) for row in rows)


async def test_the_two_sides_take_turns() -> None:
    turns: list[str] = []

    async def one(side: str) -> float:
        turns.append(side)
        return float(len(turns))

    ours, other = await interleaved(5, lambda: one("a"), lambda: one("b"), "s")
    assert turns == ["a", "b"] * 5
    assert (ours.values, other.values) == ((1, 3, 5, 7, 9), (2, 4, 6, 8, 10))


def test_a_row_tells_its_ratio_and_whether_the_goal_is_met() -> None:
    ours, other = Figures((2, 6, 4), "ms"), Figures((10, 20, 30), "ms")
    assert Row("m", ours, other, "x", Goal(0.2, at_least=False)).cells() == (
        "m",
        "4 [2..6] ms",
        "20 [10..30] ms",
        "x",
        "0.2x",
        "≤ 0.2x",
        "met",
    )
    assert Row("m", ours, other, "x", Goal(1.5, at_least=True)).cells()[-1] == "NOT MET"
    assert Row("m", ours, goal=Goal(5, at_least=False, absolute=True)).cells()[-1] == "met"
    assert Row("m", ours).cells() == ("m", "4 [2..6] ms", "", "", "", "", "")
