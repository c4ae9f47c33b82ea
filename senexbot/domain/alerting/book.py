"""The hot structure: for every number that is watched, the band in which it concerns no alert at all. Holds state,
knows no clock.

Each alert says for each of its numbers within which bounds it has nothing to say (quiet.py). Per number two heaps keep
the bounds, the nearest on top, and their tops are its band: a tick within costs two comparisons, however many alerts
there are, and one without costs what it wakes. A bound that was given up stays in its heap until it surfaces, or
until most of the heap is such.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

from senexbot.domain.alerting.quiet import ALL, Interval

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")
_FAR = math.inf
_SPARE = 64  # given-up bounds that are let be in any heap


class Place(Generic[K, R]):
    """One alert at one number. `serial`: of the bounds that hold; 0 when it was woken or given up."""

    __slots__ = ("key", "rule", "serial")

    def __init__(self, rule: R, key: K) -> None:
        self.rule = rule
        self.key = key
        self.serial = 0


class Line(Generic[K, R]):
    """The bounds at one number. `floor` and `ceiling`: its band, both ends included."""

    __slots__ = ("_downs", "_ups", "ceiling", "floor", "live")

    def __init__(self) -> None:
        self.floor, self.ceiling = ALL
        self.live = 0
        self._ups: list[tuple[float, int, Place[K, R]]] = []
        self._downs: list[
            tuple[float, int, Place[K, R]]
        ] = []  # of the negated bound, so that the highest is on top

    def add(self, place: Place[K, R], interval: Interval, serial: int) -> None:
        low, high = interval
        place.serial = serial
        self.live += 1
        if high < _FAR:
            heappush(self._ups, (high, serial, place))
            self.ceiling = min(self.ceiling, high)
        if low > -_FAR:
            heappush(self._downs, (-low, serial, place))
            self.floor = max(self.floor, low)

    def drop(self, place: Place[K, R]) -> None:
        if place.serial:
            place.serial = 0
            self.live -= 1

    def woken(self, low: float, high: float) -> list[Place[K, R]]:
        """Those whose bounds the number has left; their bounds hold no more."""
        found: list[Place[K, R]] = []
        if high > self.ceiling:
            self._pop(self._ups, high, found)
        if low < self.floor:
            self._pop(self._downs, -low, found)
        self.settle()
        return found

    def settle(self) -> None:
        """Sort out what was given up; makes the band anew. Called after drops."""
        ups, downs = self._swept(self._ups), self._swept(self._downs)
        self._ups, self._downs = ups, downs
        self.ceiling = ups[0][0] if ups else _FAR
        self.floor = -downs[0][0] if downs else -_FAR

    def _pop(
        self, heap: list[tuple[float, int, Place[K, R]]], beyond: float, found: list[Place[K, R]]
    ) -> None:
        while heap and heap[0][0] < beyond:
            _, serial, place = heappop(heap)
            if place.serial == serial:
                place.serial = 0
                self.live -= 1
                found.append(place)

    def _swept(self, heap: list[tuple[float, int, Place[K, R]]]) -> list[tuple[float, int, Place[K, R]]]:
        while heap and heap[0][2].serial != heap[0][1]:
            heappop(heap)
        if len(heap) > 2 * self.live + _SPARE:
            heap = [one for one in heap if one[2].serial == one[1]]
            heapify(heap)
        return heap

    def __len__(self) -> int:
        return len(self._ups) + len(self._downs)


class Book(Generic[K, R]):
    """All lines. `changed`: the numbers whose band may be another than when it was last emptied."""

    def __init__(self) -> None:
        self.lines: dict[K, Line[K, R]] = {}
        self.changed: set[K] = set()
        self._serial = 0
        self._last: tuple[K | None, Line[K, R]] = (None, Line())  # a burst puts many at one number

    def put(self, place: Place[K, R], interval: Interval) -> None:
        """The bounds of one alert at one number, in place of those it had there."""
        key = place.key
        line = self._last[1] if key is self._last[0] else self._line(key)
        floor, ceiling = line.floor, line.ceiling
        if place.serial:
            line.drop(place)
            line.settle()
        self._serial += 1
        line.add(place, interval, self._serial)
        if line.floor != floor or line.ceiling != ceiling:
            self.changed.add(key)

    def _line(self, key: K) -> Line[K, R]:
        line = self.lines.get(key)
        if line is None:
            line = self.lines[key] = Line()
            self.changed.add(key)
        self._last = key, line
        return line

    def drop(self, place: Place[K, R]) -> None:
        """Give the alert up at this number; a number that nobody watches any more has no line."""
        key = place.key
        line = self.lines.get(key)
        if line is None:
            return
        line.drop(place)
        if line.live:
            line.settle()
        else:
            del self.lines[key]
            self._last = None, line
        self.changed.add(key)

    def woken(self, key: K, low: float, high: float) -> list[R]:
        """The alerts that have something to say to what the number did; each is to be placed again, or dropped."""
        line = self.lines.get(key)
        if line is None or (low >= line.floor and high <= line.ceiling):
            return []
        self.changed.add(key)
        return [place.rule for place in line.woken(low, high)]

    def band(self, key: K) -> Interval:
        line = self.lines.get(key)
        return ALL if line is None else Interval(line.floor, line.ceiling)
