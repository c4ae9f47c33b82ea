"""I68, F89."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from senexbot.domain.calendar import day_bounds, in_regular_hours, next_weekday, trading_day, watch_until

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-23T04:59:59", "2026-11-22"),  # winter: five hours behind
        ("2026-11-23T05:00:00", "2026-11-23"),
        ("2026-07-01T03:59:59", "2026-06-30"),  # summer: four
        ("2026-07-01T04:00:00", "2026-07-01"),
    ],
)
def test_the_day_is_new_yorks(moment, day):
    assert trading_day(datetime.fromisoformat(moment).replace(tzinfo=UTC), NEW_YORK) == date.fromisoformat(
        day
    )


def test_a_naive_moment_has_no_day():
    with pytest.raises(ValueError, match="zone"):
        trading_day(datetime(2026, 11, 23), NEW_YORK)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-23", 24)])
def test_days_when_clocks_change(day, hours):
    start, end = day_bounds(date.fromisoformat(day), NEW_YORK)
    assert end - start == timedelta(hours=hours)
    assert trading_day(start, NEW_YORK) == date.fromisoformat(day)
    assert trading_day(end - timedelta(microseconds=1), NEW_YORK) == date.fromisoformat(day)
    assert trading_day(end, NEW_YORK) == date.fromisoformat(day) + timedelta(days=1)


def test_the_watch_lasts_over_the_next_session_a_holiday_between_or_not():
    """I12: Friday's is watched until Tuesday's end."""
    assert next_weekday(date(2026, 11, 20)) == date(2026, 11, 23)
    friday = datetime(2026, 11, 20, 20, tzinfo=UTC)
    assert watch_until(friday, NEW_YORK) == datetime(2026, 11, 25, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (datetime(2026, 11, 23, 14, 30, tzinfo=UTC), True),  # Monday 9:30 in New York
        (datetime(2026, 11, 23, 14, 29, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 20, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 21, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 6, 13, 30, tzinfo=UTC), True),  # the same hour in summer
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), False),  # Sunday
    ],
)
def test_i68_regular_hours_follow_the_exchanges_clock(moment: datetime, open_: bool) -> None:
    assert in_regular_hours(moment, NEW_YORK) is open_
