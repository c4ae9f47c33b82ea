"""The lowest and highest of a value within a sliding window, in bounded buckets. Holds state, knows no clock.

A window is cut into BUCKETS; what fell into a bucket that still reaches into the window counts, so it looks back at
most one bucket farther than its length: an alert on a move is never too late for that, at most one bucket early.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from senexbot.domain.alerting.looks import Look, Range, worth
from senexbot.domain.alerting.terms import Condition, Move, Source, Value
from senexbot.domain.alerting.trees import sources_of, tests_of

BUCKETS = 60


def bucket_width(window: timedelta) -> timedelta:
    return max(window / BUCKETS, timedelta(seconds=1))


class Window:
    """Two monotone queues of at most BUCKETS + 1 entries: the lows that may become the lowest, and the highs."""

    __slots__ = ("_highs", "_length", "_lows", "_width")

    def __init__(self, length: timedelta) -> None:
        self._width = bucket_width(length).total_seconds()
        self._length = -(-length.total_seconds() // self._width)
        self._lows: deque[tuple[int, Decimal]] = deque()
        self._highs: deque[tuple[int, Decimal]] = deque()

    def add(self, at: datetime, low: Decimal, high: Decimal) -> None:
        """What the value was since the add before, all of it counted at `at`."""
        bucket = int(at.timestamp() // self._width)
        while self._lows and self._lows[-1][1] >= low:
            self._lows.pop()
        if (
            not self._lows or self._lows[-1][0] != bucket
        ):  # one that ends with it, and is lower, stands for it
            self._lows.append((bucket, low))
        while self._highs and self._highs[-1][1] <= high:
            self._highs.pop()
        if not self._highs or self._highs[-1][0] != bucket:
            self._highs.append((bucket, high))
        self._trim(bucket)

    def range(self, at: datetime) -> Range | None:
        """Within the window that ends at `at`; None when nothing was added in it."""
        self._trim(int(at.timestamp() // self._width))
        if not self._lows or not self._highs:
            return None
        return Range(self._lows[0][1], self._highs[0][1])

    def __len__(self) -> int:
        return len(self._lows) + len(self._highs)

    def _trim(self, bucket: int) -> None:
        oldest = bucket - self._length
        for queue in (self._lows, self._highs):
            while queue and queue[0][0] < oldest:
                queue.popleft()


def windows_in(condition: Condition) -> tuple[tuple[Value, timedelta], ...]:
    """The windows that its moves need, each once."""
    moves = (test for test in tests_of(condition) if isinstance(test, Move))
    return tuple(dict.fromkeys((move.value, move.window) for move in moves))


Asked = tuple[Value, timedelta]


class Ranges(Mapping[Asked, Range]):
    """What some windows hold at one moment, read when it is asked for."""

    def __init__(self, windows: Mapping[Asked, Window], at: datetime) -> None:
        self._windows = windows
        self._at = at

    def __getitem__(self, asked: Asked) -> Range:
        found = self._windows[asked].range(self._at)
        if found is None:
            raise KeyError(asked)
        return found

    def __iter__(self) -> Iterator[Asked]:
        return (asked for asked, window in self._windows.items() if window.range(self._at) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Windows:
    """The windows of some conditions, shared by all that ask for the same one."""

    def __init__(self) -> None:
        self._windows: dict[Asked, Window] = {}
        self._of: dict[Source, list[Asked]] = {}

    def __len__(self) -> int:
        return len(self._windows)

    def want(self, condition: Condition) -> None:
        for asked in windows_in(condition):
            if asked not in self._windows:
                self._windows[asked] = Window(asked[1])
                for source in dict.fromkeys(sources_of(asked[0])):
                    self._of.setdefault(source, []).append(asked)

    def keep(self, wanted: Collection[Asked]) -> None:
        """Forget all others."""
        self._windows = {asked: window for asked, window in self._windows.items() if asked in wanted}
        kept = {source: [asked for asked in found if asked in wanted] for source, found in self._of.items()}
        self._of = {source: found for source, found in kept.items() if found}

    def sources(self) -> frozenset[Source]:
        """What has to be told to `add`."""
        return frozenset(self._of)

    def width(self) -> timedelta | None:
        """Of the narrowest bucket: as often they want to be told, even of what moves quietly."""
        return min((bucket_width(length) for _, length in self._windows), default=None)

    def ranges(self, at: datetime) -> Ranges:
        """For Look.ranges, before `add` of that look."""
        return Ranges(self._windows, at)

    def add(self, look: Look, touched: Iterable[Source] | None = None) -> None:
        """A look that was evaluated: its values are of the past from here on. `touched`: of which alone it tells."""
        sources = self._of if touched is None else touched
        for value, length in dict.fromkeys(asked for one in sources for asked in self._of.get(one, ())):
            window = self._windows[value, length]
            if isinstance(value, Source):
                seen = look.values.get(value)
                if seen is not None:
                    window.add(look.at, seen.low, seen.high)
                continue
            now = worth(value, lambda source: _last(look, source))
            if now is not None:
                window.add(look.at, now, now)


def _last(look: Look, source: Source) -> Decimal | None:
    seen = look.values.get(source)
    return None if seen is None else seen.last
