"""Trading days of the exchange for moments in UTC. The zone comes in as an argument: reading it is I/O."""

from __future__ import annotations

from datetime import UTC as _UTC
from datetime import date, datetime, time, timedelta, tzinfo

_SATURDAY = 5
_OPENS, _CLOSES = time(9, 30), time(16)


def trading_day(moment: datetime, zone: tzinfo) -> date:
    """The exchange's date at an aware moment. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(zone).date()


def day_bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The day's first moment and the next day's, in UTC; 23 or 25 hours apart when clocks change."""
    start = datetime.combine(day, time(), tzinfo=zone)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return start.astimezone(_UTC), end.astimezone(_UTC)


def in_regular_hours(moment: datetime, zone: tzinfo) -> bool:
    """Whether the exchange's regular hours run, by weekday and clock; holidays are not known here."""
    local = moment.astimezone(zone)
    return local.weekday() < _SATURDAY and _OPENS <= local.time() < _CLOSES


def next_weekday(day: date) -> date:
    """The next Monday to Friday after `day`; holidays are not known here."""
    day += timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return day


def watch_until(moment: datetime, zone: tzinfo) -> datetime:
    """The end of the second weekday after the moment's day, in UTC.

    An identifier is watched until the end of the next session (I12); the second weekday leaves room for
    one holiday, which this table does not know.
    """
    day = next_weekday(next_weekday(trading_day(moment, zone)))
    return day_bounds(day, zone)[1]
