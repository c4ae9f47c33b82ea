"""The ways a price may have gone through one candle: which extreme came first, what was printed on the way, and when.

A candle says open, high, low and close, not their order. Every real path has these four among its prints, in one of
the orders tried here; what it did besides lies between its low and its high. Pure.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from senexbot.domain.alerting.bands import rearm_band
from senexbot.domain.alerting.terms import Band, Condition, Cross, Level, Repeat
from senexbot.domain.alerting.trees import tests_of
from senexbot.domain.candles import Candle

_MOMENT = timedelta(microseconds=1)
_MOST_VIA = 9


class Point(NamedTuple):
    at: datetime
    value: Decimal


Path = tuple[Point, ...]


class Paths(NamedTuple):
    """`plain`: each order of the extremes once. `swung`: the whole range there and back again, which is the least
    that a candle can hide: where this makes an alert fire oftener, nobody can say how often it would have."""

    plain: tuple[Path, ...]
    swung: tuple[Path, ...]


def stations(condition: Condition, repeat: Repeat) -> tuple[Decimal, ...]:
    """Prices at and between the levels of a condition of several, rising: whether one was printed on the way from
    one extreme to the other decides there. None for a condition of one level, of which the extremes tell all."""
    levels: set[Decimal] = set()
    tests = tuple(tests_of(condition))
    for test in tests:
        if isinstance(test, Level | Cross):
            levels |= _with_band([test.level], rearm_band(test, test.level, repeat))
        elif isinstance(test, Band):
            room = (test.high - test.low) / 4
            levels |= _with_band(
                [test.low, test.high],
                min(rearm_band(test, test.low, repeat), room),
                min(rearm_band(test, test.high, repeat), room),
            )
    if len(tests) == 1 and not isinstance(tests[0], Band):
        return ()
    rising = sorted(levels)
    between = [(a + b) / 2 for a, b in itertools.pairwise(rising)]
    return tuple(sorted([*rising, *between]))


def _with_band(levels: Iterable[Decimal], *bands: Decimal) -> set[Decimal]:
    return {level + side * band for level in levels for band in bands for side in (-1, 0, 1)}


def within(values: Sequence[Decimal], candle: Candle) -> tuple[Decimal, ...]:
    """Those strictly between its low and its high; a few of them stand for many."""
    found = [value for value in values if candle.low < value < candle.high]
    step = -(-len(found) // _MOST_VIA) or 1
    return tuple(found[::step])


def paths_of(
    candle: Candle,
    period: timedelta,
    via: Sequence[Decimal],
    *,
    times_matter: bool,
    only_evident: bool = False,
) -> Paths:
    """`via`: of `within`. `times_matter`: also when in the candle each print came, for what holds for a time.
    `only_evident`: an extreme that is the open's or the close's own print did not come a second time."""
    low, high = candle.low, candle.high
    if low == high:
        orders: list[tuple[Decimal, ...]] = [(candle.open, candle.close)]
        swings: list[tuple[Decimal, ...]] = []
    else:
        both = ((low, high), (high, low))
        orders = [
            way for ends in (_evident(candle) if only_evident else both) for way in _ways(candle, ends, via)
        ]
        swings = [
            _through((candle.open, *ends, *ends, candle.close), via) for ends in ((low, high), (high, low))
        ]
    first, last = candle.at, candle.at + period - _MOMENT
    plain: dict[Path, None] = {}
    # an extreme may be the open's or the close's own print, or come a second time
    again = () if only_evident else orders
    for order in dict.fromkeys([*(_once(order) for order in orders), *again]):
        for early in range(len(order) + 1) if times_matter else (1,):
            plain[_placed(order, early, first, last)] = None
    return Paths(tuple(plain), tuple(_spread(order, first, last) for order in swings))


def _evident(candle: Candle) -> tuple[tuple[Decimal, Decimal], ...]:
    low, high = candle.low, candle.high
    falls = candle.open == high or candle.close == low
    rises = candle.open == low or candle.close == high
    if falls is rises:
        return ((low, high), (high, low))
    return ((high, low),) if falls else ((low, high),)


def _once(values: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    return tuple(value for i, value in enumerate(values) if i == 0 or value != values[i - 1])


def _ways(candle: Candle, ends: tuple[Decimal, Decimal], via: Sequence[Decimal]) -> list[tuple[Decimal, ...]]:
    """Each of the three stretches jumped over, or printed on the way."""
    corners = (candle.open, *ends, candle.close)
    if not via:
        return [corners]
    found: list[tuple[Decimal, ...]] = []
    for printed in itertools.product((False, True), repeat=3):
        way: list[Decimal] = [corners[0]]
        for (start, end), is_printed in zip(itertools.pairwise(corners), printed, strict=True):
            way += [*(_between(start, end, via) if is_printed else ()), end]
        found.append(tuple(way))
    return list(dict.fromkeys(found))


def _through(corners: Sequence[Decimal], via: Sequence[Decimal]) -> tuple[Decimal, ...]:
    way = [corners[0]]
    for start, end in itertools.pairwise(corners):
        way += [*_between(start, end, via), end]
    return tuple(way)


def _between(start: Decimal, end: Decimal, via: Sequence[Decimal]) -> list[Decimal]:
    """Those on the way, in the order in which they are passed."""
    passed = [value for value in via if min(start, end) < value < max(start, end)]
    return passed if start < end else passed[::-1]


def _placed(values: tuple[Decimal, ...], early: int, first: datetime, last: datetime) -> Path:
    """So many of them at the candle's first moment, the others at its last."""
    return tuple(Point(first if i < early else last, value) for i, value in enumerate(values))


def _spread(values: tuple[Decimal, ...], first: datetime, last: datetime) -> Path:
    step = (last - first) / (len(values) - 1)
    return tuple(Point(first + step * i, value) for i, value in enumerate(values))
