"""The exchange calendar against the SDK's own, and the simulated clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tastytrade.utils import NYSE, get_third_friday

from senexsim.broker.clock import SimClock
from senexsim.broker.market.trading_days import is_trading_day, session, third_friday


@pytest.mark.filterwarnings("ignore:Series.dt.weekday is deprecated")  # inside the calendar library
def test_trading_days_and_times_are_the_exchanges() -> None:
    schedule = NYSE.schedule(start_date="2025-01-10", end_date="2027-12-31")
    theirs = {
        row.Index.date(): (row.market_open.to_pydatetime(), row.market_close.to_pydatetime())
        for row in schedule.itertuples()
    }
    day = date(2025, 1, 10)
    while day <= date(2027, 12, 31):
        assert is_trading_day(day) == (day in theirs), day
        if day in theirs:
            assert (session(day).open, session(day).close) == theirs[day], day
        day += timedelta(days=1)


@pytest.mark.parametrize("month", range(1, 13))
def test_monthly_expirations_are_the_sdks(month: int) -> None:
    assert third_friday(2027, month) == get_third_friday(date(2027, month, 1))


def test_the_clock_runs_at_its_speed_and_is_moved() -> None:
    real = [100.0]
    start = datetime(2026, 11, 23, 15, tzinfo=UTC)
    clock = SimClock(start=start, speed=10.0, monotonic=lambda: real[0])
    real[0] += 6
    assert clock.now() == start + timedelta(seconds=60)
    clock.speed = 1.0
    real[0] += 5
    assert clock.now() == start + timedelta(seconds=65)
    clock.advance(-5)
    assert clock.now() == start + timedelta(seconds=60)
    clock.set(start)
    assert clock.now() == start
    with pytest.raises(ValueError, match="zone"):
        clock.set(datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="above zero"):
        clock.speed = 0
