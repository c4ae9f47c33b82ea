"""What a condition is worth at one moment of a look, in three values: true, false, and None for not known. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from senexbot.domain.alerting.bands import rearm_band
from senexbot.domain.alerting.looks import Day, Look, Range, Seen, worth
from senexbot.domain.alerting.terms import (
    All,
    Amount,
    Any,
    Band,
    Condition,
    Cross,
    Direction,
    Extreme,
    Gap,
    Held,
    Level,
    Move,
    Not,
    Period,
    Reach,
    Repeat,
    Side,
    Source,
    Trail,
    Value,
    Way,
)
from senexbot.domain.alerting.trees import sources_in


class Reached(NamedTuple):
    """The extreme of a period so far, and the exchange's day (days since 1970) on which it was last looked at."""

    day_id: int | None
    value: Decimal


Node = bool | Decimal | int | Reached | datetime | None
"""What one part remembers. Cross: whether it was beyond; Band: whether it was inside; Trail: its extreme; Gap: the day
last seen; Extreme: Reached; Held: since when. None: nothing yet. A Level and a Move remember nothing."""
Nodes = tuple[Node, ...]


def first_nodes(condition: Condition, mark: Decimal | None = None) -> Nodes:
    """Before the first look. `mark`: the stored extreme, for a trail."""
    return tuple(mark if isinstance(part, Trail) else None for part in remembering(condition))


def remembering(condition: Condition) -> Iterator[Condition]:
    """The parts that remember something, in the order of their nodes: a whole before its parts."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from remembering(part)
        case Not(part):
            yield from remembering(part)
        case Held(part, _):
            yield condition
            yield from remembering(part)
        case Cross() | Band() | Trail() | Gap() | Extreme():
            yield condition
        case _:
            return


class Moment(NamedTuple):
    """One source at an extreme and the others at their newest; or now (`source` None).

    `dawn`: before the day's figures came, on a day that is new.
    """

    source: Source | None = None
    value: Decimal | None = None
    dawn: bool = False


NOW = Moment()


class Walk:
    """One look at one condition. Ask for each of `moments` in order; `NOW` is the last one, and makes `after`.

    `loose`: also asked for with its levels moved by the re-arm band, so that it takes more to be false.
    """

    def __init__(self, condition: Condition, nodes: Nodes, look: Look, repeat: Repeat) -> None:
        self._condition = condition
        self._nodes = nodes
        self._look = look
        self._repeat = repeat
        self._is_alone = isinstance(condition, Cross | Band)
        self._slot = 0
        self._other = [False] * len(nodes)  # the opposite side was seen at an earlier moment of this look
        self.after: list[Node] = list(nodes)
        self.happened = False  # something is true now that only this look sees: the next one tells it is over
        self.moved = False  # a move is there now, which the end of its window alone may end
        self._moment = NOW
        self._loose = 0

    def moments(self) -> list[Moment]:
        """Of this look, now last."""
        found: list[Moment] = []
        if self._nodes and self._is_new_day():
            found.append(Moment(dawn=True))
        for source in sources_in(self._condition):
            seen = self._look.values.get(source)
            if seen is not None and seen.low != seen.high:
                found += [Moment(source, at) for at in (seen.low, seen.high) if at != seen.last]
        found.append(NOW)
        return found

    def truth(self, moment: Moment) -> bool | None:
        self._moment, self._slot, self._loose = moment, 0, 0
        return self._of(self._condition)

    def loose(self, moment: Moment) -> bool | None:
        """Asked before `truth` of the same moment; changes nothing."""
        self._moment, self._slot, self._loose = moment, 0, 1
        return self._of(self._condition)

    def at(self, moment: Moment) -> None:
        """`get` answers for this moment from here on."""
        self._moment = moment

    def day_open(self, gap: Gap) -> Decimal | None:
        day = self._look.days.get(gap.symbol)
        return None if day is None else day.day_open

    def get(self, source: Source) -> Decimal | None:
        """A source's value at the moment that was asked for last."""
        if source == self._moment.source:
            return self._moment.value
        seen = self._look.values.get(source)
        return None if seen is None else seen.last

    def _is_new_day(self) -> bool:
        for part, node in zip(remembering(self._condition), self._nodes, strict=True):
            if isinstance(part, Gap) and node is not None:
                day = self._look.days.get(part.symbol)
                if day is not None and day.day_id is not None and day.day_id != node:
                    return True
        return False

    def _of(self, condition: Condition) -> bool | None:
        match condition:
            case Level():
                return self._level(condition)
            case All(parts):
                return _all([self._of(part) for part in parts])
            case Any(parts):
                return _negated(_all([_negated(self._of(part)) for part in parts]))
            case Not(part):
                self._loose = -self._loose
                inner = self._of(part)
                self._loose = -self._loose
                return _negated(inner)
            case Held():
                return self._held(condition)
            case Move():
                return self._move(condition)
            case Cross():
                return self._cross(condition)
            case Band():
                return self._band(condition)
            case Trail():
                return self._trail(condition)
            case Gap():
                return self._gap(condition)
            case _:
                return self._extreme(condition)

    def _take(self) -> int:
        self._slot += 1
        return self._slot - 1

    def _slack(self, test: Level | Cross | Band | Move | Extreme, at: Decimal) -> Decimal:
        """How far a level at `at` is moved; zero unless asked for `loose`."""
        return self._loose * rearm_band(test, at, self._repeat) if self._loose else Decimal(0)

    def _level(self, test: Level | Cross) -> bool | None:
        value = worth(test.value, self.get)
        if value is None:
            return None
        slack = self._slack(test, test.level)
        return value > test.level - slack if test.side is Side.ABOVE else value < test.level + slack

    def _event(self, slot: int, is_there: bool | None) -> bool | None:
        """Whether it came there at this moment, from where it was not. One that stands alone is true while it is
        there: that an alert fires at the edge makes it the same, and lets it wait while it is there already."""
        if is_there is None or self._is_alone:
            return is_there
        was = self._nodes[slot]
        came = is_there and was is False
        if self._moment is NOW:
            came = is_there and (was is False or (was is True and self._other[slot]))
            self.after[slot] = is_there
            self.happened = self.happened or came
        elif not is_there:
            self._other[slot] = True
        return came

    def _cross(self, test: Cross) -> bool | None:
        slot, beyond = self._take(), self._level(test)
        return beyond if self._loose else self._event(slot, beyond)

    def _band(self, test: Band) -> bool | None:
        slot, value = self._take(), worth(test.value, self.get)
        if value is None:
            return None
        low, high = band_ends(test, self._repeat, self._loose)
        there = (low <= value <= high) == (test.way is Way.ENTERS)
        return there if self._loose else self._event(slot, there)

    def _move(self, test: Move) -> bool | None:
        value = worth(test.value, self.get)
        if value is None:
            return None
        known = self._look.ranges.get((test.value, test.window))
        low, high = (value, value) if known is None else known
        if self._moment is NOW:
            seen = self._extremes(test.value, value)
            low, high = min(low, seen.low), max(high, seen.high)
        ups = (value - low, low) if test.direction is not Direction.DOWN else None
        downs = (high - value, high) if test.direction is not Direction.UP else None
        moved = any(self._moved(test, *way) for way in (ups, downs) if way is not None)
        self.moved = self.moved or (moved and self._moment is NOW)
        return moved

    def _moved(self, test: Move, by: Decimal, start: Decimal) -> bool:
        needed = move_needed(test, start, self._repeat, self._loose)
        return needed is not None and by >= needed

    def _extremes(self, value: Value, now: Decimal) -> Range:
        """What a value was in this look, `now` included: of several sources, only that."""
        if not isinstance(value, Source):
            return Range(now, now)
        seen = self._look.values[value]
        return Range(seen.low, seen.high)

    def _trail(self, test: Trail) -> bool | None:
        slot, value = self._take(), worth(test.value, self.get)
        if value is None:
            return None
        mark = self._nodes[slot]
        assert mark is None or isinstance(mark, Decimal)
        mark = value if mark is None else mark
        outer = max if test.reach is Reach.HIGH else min
        if self._moment is NOW:
            seen = self._extremes(test.value, value)
            mark = outer(mark, seen.high if test.reach is Reach.HIGH else seen.low)
            if not self._loose:
                self.after[slot] = mark
        else:
            mark = outer(mark, value)
        by = amount_of(test.by, mark)
        back = mark - value if test.reach is Reach.HIGH else value - mark
        return by is not None and back >= by

    def _gap(self, test: Gap) -> bool | None:
        slot, day = self._take(), self._look.days.get(test.symbol)
        if self._moment.dawn:
            return False
        if day is None or day.previous_close is None:
            return None
        if self._moment is NOW and not self._loose:
            self.after[slot] = day.day_id
        if day.day_open is None:
            return False  # the day has not opened
        by = amount_of(test.by, day.previous_close)
        if by is None:
            return None
        gap = day.day_open - day.previous_close
        ways = {Direction.UP: gap >= by, Direction.DOWN: -gap >= by, Direction.EITHER: abs(gap) >= by}
        return ways[test.direction]

    def _extreme(self, test: Extreme) -> bool | None:
        slot, source = self._take(), Source(test.symbol)
        seen = self._look.values.get(source)
        known = self._nodes[slot]
        assert known is None or isinstance(known, Reached)
        reached = None if seen is None else self._reached(test, known, seen)
        if seen is None or reached is None:
            return None
        high = test.reach is Reach.HIGH
        value = self.get(source)
        assert value is not None
        slack = self._slack(test, reached)
        if self._moment is NOW and not self._loose:
            day = self._look.days.get(test.symbol)
            outer = max(reached, seen.high) if high else min(reached, seen.low)
            self.after[slot] = Reached(None if day is None else day.day_id, outer)
            self.happened = self.happened or outer != reached
        return value > reached - slack if high else value < reached + slack

    def _reached(self, test: Extreme, known: Reached | None, seen: Seen) -> Decimal | None:
        """The extreme before this look: our own, for the feed's may be told before the trade that made it.

        The feed's figure begins it: before the first look, and with a new day, whose first trade is no extreme.
        """
        day = self._look.days.get(test.symbol)
        figures = _figures(day, test)
        high = test.reach is Reach.HIGH
        outer = max if high else min
        if known is None:
            return outer(figures, default=None)
        if day is None or day.day_id is None or known.day_id in {None, day.day_id}:
            return known.value
        if test.period is Period.DAY:
            return outer((*figures, seen.high if high else seen.low))
        return outer((known.value, *figures[:1]))

    def _held(self, condition: Held) -> bool | None:
        slot = self._take()
        inner = self._of(condition.part)
        if self._loose:
            return inner
        since = self._nodes[slot]
        assert since is None or isinstance(since, datetime)
        if inner is not True:
            self._other[slot] = True
        if self._moment is NOW:
            if inner is not True:
                since = None
            elif since is None or self._other[slot]:
                since = self._look.at
            self.after[slot] = since
        if inner is not True:
            return inner
        return since is not None and self._look.at - since >= condition.time


def amount_of(by: Amount, start: Decimal) -> Decimal | None:
    """In the value's units, measured from `start`; None where a percentage of nothing is asked for."""
    if not by.is_percent:
        return by.value
    return abs(start) * by.value / 100 if start else None


def band_ends(test: Band, repeat: Repeat, sign: int) -> tuple[Decimal, Decimal]:
    """`sign`: 0 as written; 1 so that it takes more to be out of what is waited for, -1 the other way round."""
    if not sign:
        return test.low, test.high
    enters = test.way is Way.ENTERS
    room = (test.high - test.low) / 4  # made narrower by more than this it would hardly be a band
    slack = sign * min(rearm_band(test, test.low if enters else test.high, repeat), room)
    slack = slack if enters else -slack
    return test.low - slack, test.high + slack


def move_needed(test: Move, start: Decimal, repeat: Repeat, sign: int) -> Decimal | None:
    """How far from `start` it has to be; None where a percentage of nothing is asked for. `sign` as in band_ends."""
    needed = amount_of(test.by, start)
    if needed is None or not sign:
        return needed
    return needed - sign * min(rearm_band(test, start, repeat), needed / 2)


def _figures(day: Day | None, test: Extreme) -> tuple[Decimal, ...]:
    """The feed's extremes of the period; none where that of 52 weeks is not known."""
    high = test.reach is Reach.HIGH
    if day is None:
        return ()
    today = day.day_high if high else day.day_low
    found: tuple[Decimal | None, ...] = (today,)
    if test.period is Period.WEEKS_52:
        weeks = day.high_52_week if high else day.low_52_week
        found = () if weeks is None else (weeks, today)
    return tuple(one for one in found if one is not None)


def _all(values: list[bool | None]) -> bool | None:
    if False in values:
        return False
    return None if None in values else True


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value
