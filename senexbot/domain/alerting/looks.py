"""What one look at the market sees: every value that a condition names, newest and extremes since the look before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol

from senexbot.domain.alerting.terms import Field, Ratio, Source, Value

_ANY_SIGN = frozenset({Field.DELTA, Field.GAMMA, Field.THETA, Field.VEGA, Field.RHO})
_FROM_ZERO = frozenset({Field.VOLUME, Field.IV, Field.IV_RANK})


class Seen(NamedTuple):
    """One value since the look before: the newest, the lowest and highest on the way. Unchanged: thrice the same."""

    last: Decimal
    low: Decimal
    high: Decimal


class Range(NamedTuple):
    low: Decimal
    high: Decimal


class Day(Protocol):
    """The figures of one exchange day of one instrument (ports.values.DayFigures is one). None: not known."""

    @property
    def day_open(self) -> Decimal | None: ...
    @property
    def day_high(self) -> Decimal | None: ...
    @property
    def day_low(self) -> Decimal | None: ...
    @property
    def previous_close(self) -> Decimal | None: ...
    @property
    def high_52_week(self) -> Decimal | None: ...
    @property
    def low_52_week(self) -> Decimal | None: ...
    @property
    def day_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Look:
    """A moment at which conditions are looked at.

    `values`: of every source that is known, changed or not; a missing one is unknown. `days`: by symbol. `ranges`:
    for each Move the extremes of its window up to the look before (windows.py keeps them). `day`: the exchange's.
    `is_open`: whether the regular session runs.
    """

    at: datetime
    day: date
    values: Mapping[Source, Seen]
    days: Mapping[str, Day] = field(default_factory=dict)
    ranges: Mapping[tuple[Value, timedelta], Range] = field(default_factory=dict)
    is_open: bool = True


def is_sound(source: Source, seen: Seen) -> bool:
    """Whether these can be values of that field; nonsense never makes a condition true (I54)."""
    last, low, high = seen
    if not last.is_finite():
        return False
    if not (low is last and high is last):
        if not (low.is_finite() and high.is_finite()):
            return False
        if not low <= last <= high:
            return False
    if low > 0 or source.field in _ANY_SIGN:
        return True
    return low == 0 and source.field in _FROM_ZERO


Get = Callable[[Source], Decimal | None]


def worth(value: Value, get: Get) -> Decimal | None:
    """The exact number; None while a part is unknown, and for a ratio under zero."""
    if isinstance(value, Source):
        return get(value)
    if isinstance(value, Ratio):
        above, below = get(value.over), get(value.under)
        return None if above is None or not below else above / below
    total = Decimal(0)
    for part in value.parts:
        one = get(part.source)
        if one is None:
            return None
        total += part.weight * one
    return total
