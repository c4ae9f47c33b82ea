"""A person's quiet hours, over midnight and over the change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from senexbot.domain.errors import ParseError
from senexbot.domain.routing.quiet_hours import QuietHours, read_quiet_hours

NEW_YORK = ZoneInfo("America/New_York")
NIGHT = QuietHours(22 * 60, 7 * 60, "America/New_York")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("22:00-07:00", "22:00–07:00"),
        ("22-7", "22:00–07:00"),
        ("9:30 to 16", "09:30–16:00"),
        ("0-24", None),
        ("23-24", "23:00–00:00"),
    ],
)
def test_hours_are_read(said: str, words: str | None) -> None:
    if words is None:
        with pytest.raises(ParseError):
            read_quiet_hours(said, "UTC")
        return
    hours = read_quiet_hours(said, "UTC")
    assert hours is not None
    assert hours.words == words


@pytest.mark.parametrize("said", ["off", " OFF ", "none"])
def test_off_is_none(said: str) -> None:
    assert read_quiet_hours(said, "UTC") is None


@pytest.mark.parametrize(
    "said", ["", "22", "22:00", "24:00-7", "22:60-7", "7-7", "7-25", "22-7:75", "ten to six"]
)
def test_what_is_no_time_from_and_to_is_refused_with_what_to_type(said: str) -> None:
    with pytest.raises(ParseError) as refused:
        read_quiet_hours(said, "UTC")
    assert "alerts quiet 22-7" in refused.value.hint


@pytest.mark.parametrize(
    ("hour", "minute", "quiet"),
    [(21, 59, False), (22, 0, True), (3, 0, True), (6, 59, True), (7, 0, False), (12, 0, False)],
)
def test_the_end_is_not_quiet_any_more(hour: int, minute: int, quiet: bool) -> None:
    assert NIGHT.covers(datetime(2026, 11, 23, hour, minute, tzinfo=NEW_YORK), NEW_YORK) is quiet


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (datetime(2026, 11, 23, 23, 0, tzinfo=NEW_YORK), datetime(2026, 11, 24, 12, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 1, 0, tzinfo=NEW_YORK), datetime(2026, 11, 24, 12, 0, tzinfo=UTC)),
        # The clocks went back in the night of 1 November, and go forward in that of 14 March.
        (datetime(2026, 10, 31, 23, 0, tzinfo=NEW_YORK), datetime(2026, 11, 1, 12, 0, tzinfo=UTC)),
        (datetime(2027, 3, 13, 23, 0, tzinfo=NEW_YORK), datetime(2027, 3, 14, 11, 0, tzinfo=UTC)),
    ],
)
def test_they_end_by_the_clock_on_the_wall(now: datetime, over: datetime) -> None:
    assert NIGHT.over_at(now, NEW_YORK) == over


def test_an_hour_that_comes_twice_ends_later_than_now() -> None:
    hours = QuietHours(0, 90, "America/New_York")
    second = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)  # 01:10 for the second time
    assert hours.covers(second, NEW_YORK)
    assert hours.over_at(second, NEW_YORK) > second
