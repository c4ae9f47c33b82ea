"""Whether a condition is true at one moment, and how far it is from being so. For setting and listing, not for watching.

`values` answers a source's newest value, None when it is not known. What needs a history (a move, a trail, a gap, a
record) is not known from values alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from senexbot.domain.alerting.terms import (
    All,
    Any,
    Band,
    Condition,
    Cross,
    Extreme,
    Held,
    Level,
    Not,
    Ratio,
    Reach,
    Side,
    Source,
    Trail,
    Value,
    Way,
)

Values = Callable[[Source], Decimal | None]


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a value is from where its test turns true. `percent` of its size, None where it has none (at zero)."""

    value: Value
    now: Decimal
    away: Decimal
    percent: Decimal | None

    @property
    def key(self) -> Decimal:
        """Sorts the nearest first."""
        return Decimal("Infinity") if self.percent is None else self.percent


def number_of(value: Value, values: Values) -> Decimal | None:
    """A spread, a ratio or a plain number now; None when a part is not known, or is divided by zero."""
    if isinstance(value, Source):
        return values(value)
    if isinstance(value, Ratio):
        over, under = values(value.over), values(value.under)
        return None if over is None or not under else over / under
    total = Decimal(0)
    for part in value.parts:
        number = values(part.source)
        if number is None:
            return None
        total += part.weight * number
    return total


def is_beyond(side: Side, level: Decimal, number: Decimal) -> bool:
    """The level itself is not beyond."""
    return number > level if side is Side.ABOVE else number < level


def truth_of(condition: Condition, values: Values) -> bool | None:
    """True, False, or None for not known. A moment (a crossing, a band entered, a record) is not now.

    A condition that has to hold is true here when it could have held already.
    """
    if isinstance(condition, Level):
        number = number_of(condition.value, values)
        return None if number is None else is_beyond(condition.side, condition.level, number)
    if isinstance(condition, Cross | Band | Extreme | Trail):
        return False  # a trail begins where it is set
    if isinstance(condition, Not):
        part = truth_of(condition.part, values)
        return None if part is None else not part
    if isinstance(condition, Held):
        return truth_of(condition.part, values)
    if isinstance(condition, All | Any):
        parts = [truth_of(part, values) for part in condition.parts]
        decisive = isinstance(condition, Any)
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    return None


def distance_of(
    condition: Condition, values: Values, mark: Decimal | None = None, *, turned: bool = False
) -> Distance | None:
    """To where it turns true; of several the farthest of all, the nearest of any. None when it is not known.

    `mark`: what a trail is measured from. `turned`: to where it turns false instead.
    """
    if isinstance(condition, Not):
        return distance_of(condition.part, values, mark, turned=not turned)
    if isinstance(condition, Held):
        return distance_of(condition.part, values, mark, turned=turned)
    if isinstance(condition, All | Any):
        found = [distance_of(part, values, mark, turned=turned) for part in condition.parts]
        known = [one for one in found if one is not None]
        if isinstance(condition, All) is not turned:
            return max(known, key=lambda d: d.key) if len(known) == len(found) else None
        return min(known, key=lambda d: d.key, default=None)
    if isinstance(condition, Level | Cross | Band | Trail):
        now = number_of(condition.value, values)
        if now is None:
            return None
        away = _away(condition, now, mark, turned=turned)
        if away is None:
            return None
        return Distance(condition.value, now, away, away / abs(now) * 100 if now else None)
    return None


def _away(
    test: Level | Cross | Band | Trail, now: Decimal, mark: Decimal | None, *, turned: bool
) -> Decimal | None:
    if isinstance(test, Level):
        is_there = is_beyond(test.side, test.level, now) is not turned
        return Decimal(0) if is_there else abs(test.level - now)
    if isinstance(test, Cross):
        return abs(test.level - now)
    if isinstance(test, Band):
        inside = test.low <= now <= test.high
        if test.way is Way.ENTERS and inside:
            return None  # it has to leave first
        return min(abs(test.low - now), abs(test.high - now))
    if mark is None:
        mark = now
    by = abs(mark) * test.by.value / 100 if test.by.is_percent else test.by.value
    target = mark - by if test.reach is Reach.HIGH else mark + by
    return abs(target - now)
