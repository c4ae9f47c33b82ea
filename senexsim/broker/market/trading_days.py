"""The New York exchange's calendar: trading days, holidays, early closes and session times. No clock here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

NEW_YORK: Final = ZoneInfo("America/New_York")
PRE_OPEN: Final = time(8, 15)
OPEN: Final = time(9, 30)
CLOSE: Final = time(16, 0)
EARLY_CLOSE: Final = time(13, 0)
EXTENDED_CLOSE: Final = time(20, 0)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day's times, aware UTC. `start` is when orders are taken before the open."""

    day: date
    start: datetime
    open: datetime
    close: datetime
    close_extended: datetime


def at(day: date, when: time) -> datetime:
    """That New York wall time as aware UTC."""
    return datetime.combine(day, when, NEW_YORK).astimezone(UTC)


def new_york_date(when: datetime) -> date:
    return when.astimezone(NEW_YORK).date()


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """The exchange's full holidays in that year (rule 7.2 of NYSE: weekend ones move, New Year not back)."""
    new_year = date(year, 1, 1)
    days = {
        _weekday_of_month(year, 1, 0, 3),
        _weekday_of_month(year, 2, 0, 3),
        _easter(year) - 2 * _DAY,
        _last_monday_of_may(year),
        _observed(date(year, 6, 19)),
        _observed(date(year, 7, 4)),
        _weekday_of_month(year, 9, 0, 1),
        _weekday_of_month(year, 11, 3, 4),
        _observed(date(year, 12, 25)),
    }
    if new_year.weekday() != 5:
        days.add(_observed(new_year))
    return frozenset(days)


@lru_cache(maxsize=64)
def half_days(year: int) -> frozenset[date]:
    """Days that close at 13:00: the eve of 4 July, the day after Thanksgiving, Christmas Eve."""
    candidates = (date(year, 7, 3), _weekday_of_month(year, 11, 3, 4) + _DAY, date(year, 12, 24))
    return frozenset(day for day in candidates if is_trading_day(day))


def is_trading_day(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def next_trading_day(day: date) -> date:
    """The first trading day after `day`."""
    day += _DAY
    while not is_trading_day(day):
        day += _DAY
    return day


def previous_trading_day(day: date) -> date:
    """The last trading day before `day`."""
    day -= _DAY
    while not is_trading_day(day):
        day -= _DAY
    return day


def session(day: date) -> Session:
    """The times of that trading day."""
    close = EARLY_CLOSE if day in half_days(day.year) else CLOSE
    extended = time(17, 0) if close == EARLY_CLOSE else EXTENDED_CLOSE
    return Session(day, at(day, PRE_OPEN), at(day, OPEN), at(day, close), at(day, extended))


def third_friday(year: int, month: int) -> date:
    """The monthly expiration; the day before where that Friday is a holiday."""
    day = _weekday_of_month(year, month, 4, 3)
    return day if is_trading_day(day) else previous_trading_day(day)


def _weekday_of_month(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


def _observed(day: date) -> date:
    return day - _DAY if day.weekday() == 5 else day + _DAY if day.weekday() == 6 else day


def _easter(year: int) -> date:
    """Gregorian Easter Sunday (Meeus, Jones and Butcher)."""
    golden, century, rest = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)
