"""A month of candles and what it says of an alert: how often, when, at what value, and what it cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from senexbot.domain.alerting import backtest as module
from senexbot.domain.alerting.backtest import Backtest, as_every_time, backtest, untold
from senexbot.domain.alerting.candle_days import DayBook
from senexbot.domain.alerting.candle_paths import stations
from senexbot.domain.alerting.candle_steps import History
from senexbot.domain.alerting.terms import (
    AlertTerms,
    All,
    Amount,
    Any,
    Band,
    Condition,
    Direction,
    Extreme,
    Field,
    Gap,
    Held,
    Hours,
    Level,
    Move,
    Not,
    Often,
    Period,
    Ratio,
    Reach,
    Repeat,
    Side,
    Source,
    Trail,
    Way,
)
from senexbot.domain.calendar import in_regular_hours
from senexbot.domain.candles import Candle

ZONE = ZoneInfo("America/New_York")
MONDAY = date(2026, 11, 2)
FIVE = timedelta(minutes=5)
AAPL, SPY = Source("AAPL"), Source("SPY")
ABOVE_100 = Level(AAPL, Side.ABOVE, Decimal(100))
EVERY = Repeat(Often.EVERY)
Row = tuple[float, float, float, float]


def candles(*rows: Row, day: date = MONDAY, at: time = time(10)) -> list[Candle]:
    """(open, high, low, close), five minutes each, from an hour of New York on."""
    start = datetime.combine(day, at, tzinfo=ZONE).astimezone(UTC)
    return [
        Candle(start + FIVE * i, *(Decimal(str(price)) for price in row), Decimal(1))
        for i, row in enumerate(rows)
    ]


def daily(*rows: Row, until: date = MONDAY) -> list[Candle]:
    """One a day, the last on the day before `until`."""
    found = []
    for i, row in enumerate(rows):
        day = until - timedelta(days=len(rows) - i)
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        found.append(Candle(at, *(Decimal(str(price)) for price in row), Decimal(1)))
    return found


def flat(*prices: float) -> list[Row]:
    return [(price, price, price, price) for price in prices]


def told(
    condition: Condition,
    repeat: Repeat = EVERY,
    *,
    days: dict[str, Sequence[Candle]] | None = None,
    hours: Hours = Hours.ALL,
    **by_symbol: Sequence[Candle],
) -> Backtest:
    history = History(by_symbol, FIVE, ZONE, lambda moment: in_regular_hours(moment, ZONE), days=days or {})
    return backtest(AlertTerms(condition, repeat, hours=hours), history)


def said(found: Backtest) -> tuple[int, int | None, list[tuple[str, str, bool]]]:
    moments = [(f"{m.at.astimezone(ZONE):%d %H:%M}", f"{m.value}", m.is_sure) for m in found.moments]
    return found.least, found.most, moments


def test_it_says_when_and_at_what_value() -> None:
    rows = candles((99, 99.2, 98.9, 99.1), (99.9, 100.1, 99.9, 100.05), *flat(99.5, 100.5))
    assert said(told(ABOVE_100, AAPL=rows)) == (
        2,
        2,
        [("02 10:05", "100.1", True), ("02 10:15", "100.5", True)],
    )


def test_once_fires_once_and_is_asked_how_often_its_moment_came() -> None:
    terms = AlertTerms(ABOVE_100, Repeat(rearm=Amount(Decimal("0.4"))))
    asked = as_every_time(terms)
    assert (asked.repeat.often, asked.repeat.rearm) == (Often.EVERY, terms.repeat.rearm)
    assert as_every_time(asked) is asked
    rows = candles(*flat(99, 101, 99, 101))
    assert told(ABOVE_100, Repeat(), AAPL=rows).most == 1
    assert told(ABOVE_100, EVERY, AAPL=rows).most == 2
    assert told(ABOVE_100, Repeat(Often.DAILY), AAPL=rows).most == 1


def test_a_candle_that_spans_the_level_and_its_band_may_hide_more() -> None:
    found = told(ABOVE_100, AAPL=candles((99, 101, 99, 99.5), *flat(99.5)))
    assert (found.least, found.most) == (1, None)


def test_two_orders_that_differ_make_a_range() -> None:
    """Beyond at first: whether it came back by its band before or after the new high is not told."""
    rows = candles((99, 99, 99, 99), (100.5, 100.5, 100.5, 100.5), (99.8, 100.2, 99.7, 99.9), *flat(99.9))
    found = told(ABOVE_100, Repeat(Often.EVERY, cooldown=timedelta(minutes=5)), AAPL=rows)
    assert (found.least, found.most) == (1, 2)
    assert not all(moment.is_sure for moment in found.moments)


def test_what_no_candle_tells_is_named_and_refused() -> None:
    bid = Level(Source("AAPL", Field.BID), Side.ABOVE, Decimal(1))
    delta = Level(Source("AAPL", Field.DELTA), Side.ABOVE, Decimal(1))
    assert untold(Any((All((bid, ABOVE_100)), Not(delta), bid))) == (Field.BID, Field.DELTA)
    assert untold(ABOVE_100) == ()
    with pytest.raises(ValueError, match="do not tell"):
        told(bid, AAPL=[])


def test_without_candles_nothing_fired() -> None:
    assert said(told(ABOVE_100)) == (0, 0, [])


def test_market_hours_leave_the_night_out() -> None:
    rows = candles(*flat(99, 101), at=time(18)) + candles(*flat(99, 101), day=date(2026, 11, 3))
    assert told(ABOVE_100, AAPL=rows).most == 2
    assert [m.at.day for m in told(ABOVE_100, hours=Hours.REGULAR, AAPL=rows).moments] == [3]


def test_what_holds_for_a_time_is_told_from_the_minutes_it_stood() -> None:
    held = Held(ABOVE_100, timedelta(minutes=10))
    rows = candles(*flat(99, 101, 101, 101, 99))
    assert said(told(held, AAPL=rows))[:2] == (1, 1)
    short = candles(*flat(99, 101, 99))
    assert said(told(held, AAPL=short))[:2] == (0, 0)
    open_end = candles(*flat(99, 101, 101), (101, 101, 99, 99))
    assert said(told(held, AAPL=open_end))[:2] == (0, 1)
    assert not told(Held(All((ABOVE_100, ABOVE_100)), FIVE), AAPL=rows).is_proven


def test_a_move_within_its_window_and_a_trail() -> None:
    move = Move(AAPL, Direction.UP, Amount(Decimal(2), is_percent=True), timedelta(minutes=30))
    assert told(move, AAPL=candles(*flat(*([100.0] * 3), 101, 102.5, 102.5))).least == 1
    slow = candles(*flat(*(100 + i / 10 for i in range(30))))
    assert said(told(move, AAPL=slow))[:2] == (0, 0)
    trail = Trail(AAPL, Reach.HIGH, Amount(Decimal(1)))
    assert told(trail, Repeat(), AAPL=candles(*flat(100, 105, 104.5, 103.9))).least == 1


def test_a_gap_needs_the_day_before_and_the_open() -> None:
    gap = Gap("AAPL", Direction.UP, Amount(Decimal(3), is_percent=True))
    before = {"AAPL": daily((99, 101, 98, 100))}
    early = candles(*flat(104), at=time(8))
    day = candles(*flat(104, 104.5), at=time(9, 30))
    found = told(gap, Repeat(Often.DAILY), days=before, AAPL=candles(*flat(100), at=time(7)) + early + day)
    assert said(found)[2] == [("02 09:30", "104", True)]
    small = told(gap, days=before, AAPL=candles(*flat(100), at=time(7)) + candles(*flat(102), at=time(9, 30)))
    assert small.most == 0
    known = {"AAPL": [*daily((99, 101, 98, 100)), *daily((104, 105, 103, 104), until=date(2026, 11, 3))]}
    assert told(gap, days=known, AAPL=candles(*flat(100), at=time(7)) + day).most == 1
    later = (
        candles(*flat(100), at=time(7))
        + candles(*flat(104), at=time(15, 55))
        + candles(*flat(104), at=time(17))
    )
    assert told(gap, days=before, AAPL=later).most == 1
    assert told(gap, AAPL=early + day).most == 0, "the day before is not known"


def test_a_new_high_of_the_day_and_of_52_weeks() -> None:
    of_day = Extreme("AAPL", Reach.HIGH, Period.DAY)
    rows = candles(*flat(100, 101, 100, 102), at=time(9, 30))
    assert told(of_day, Repeat(Often.DAILY), AAPL=rows).least == 1
    of_weeks = Extreme("AAPL", Reach.LOW, Period.WEEKS_52)
    year = {"AAPL": daily(*[(110.0, 112.0, 99.5, 110.0)] * 3)}
    assert told(of_weeks, Repeat(Often.DAILY), days=year, AAPL=candles(*flat(100, 99, 98.5))).least == 1
    assert told(of_weeks, Repeat(Often.DAILY), days=year, AAPL=candles(*flat(101, 100, 99.6))).most == 0


def test_two_symbols_are_told_from_the_closes_they_share() -> None:
    both = All((ABOVE_100, Level(SPY, Side.BELOW, Decimal(590))))
    found = told(both, AAPL=candles(*flat(99, 101, 101)), SPY=candles(*flat(595, 595, 589)))
    assert said(found) == (1, None, [("02 10:10", "101", True)])
    assert found.is_proven
    assert told(Not(both), AAPL=[], SPY=[]).is_proven
    held = told(Held(both, FIVE), AAPL=candles(*flat(99, 101)), SPY=candles(*flat(595, 589)))
    assert not held.is_proven
    ratio = Level(Ratio(AAPL, SPY), Side.ABOVE, Decimal("0.17"))
    assert told(ratio, AAPL=candles(*flat(99, 101)), SPY=candles(*flat(590, 590))).least == 1
    spread = Move(Ratio(AAPL, SPY), Direction.UP, Amount(Decimal(2), is_percent=True), timedelta(minutes=15))
    assert told(spread, AAPL=candles(*flat(99, 102)), SPY=candles(*flat(590, 590))).least == 1
    gap = All(
        (Gap("AAPL", Direction.UP, Amount(Decimal(3), is_percent=True)), Level(SPY, Side.ABOVE, Decimal(1)))
    )
    before = {"AAPL": daily((99, 101, 98, 100))}
    early = candles(*flat(100), at=time(9))
    opened = candles(*flat(104), at=time(9, 30))
    assert told(gap, days=before, AAPL=early + opened, SPY=early + opened).least == 1


def test_a_band_may_be_jumped_over_or_printed_in() -> None:
    band = Band(AAPL, Way.ENTERS, Decimal(100), Decimal(101))
    found = told(band, AAPL=candles(*flat(103), (103, 103, 98, 98)))
    assert (found.least, found.moments[0].is_sure) == (0, False)
    assert stations(ABOVE_100, EVERY) == ()
    assert Decimal("100.5") in stations(band, EVERY)
    move = Move(AAPL, Direction.UP, Amount(Decimal(2)), FIVE)
    assert stations(All((ABOVE_100, move)), EVERY)[0] < 100


def test_more_states_than_are_followed_are_not_called_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_STATES", 1)
    rows = candles(*flat(99), (100.5, 100.6, 99.2, 99.9), (99.9, 100.2, 99.5, 100.1))
    assert not told(ABOVE_100, AAPL=rows).is_proven


def test_a_day_without_a_candle_has_not_opened_though_its_open_is_known() -> None:
    days = {"AAPL": [*daily((99, 101, 98, 100)), *daily((104, 105, 103, 104), until=date(2026, 11, 3))]}
    book = DayBook(Gap("AAPL", Direction.UP, Amount(Decimal(1))), days, ZONE, lambda _: True)
    facts = book.at(candles(*flat(1))[0].at)["AAPL"]
    assert (facts.day_open, facts.previous_close, facts.high_52_week) == (None, Decimal(100), Decimal(101))


def test_an_answer_takes_a_bounded_number_of_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LOOKS", 5)
    rows = candles(*[(99, 101, 99, 99)] * 4)
    found = told(ABOVE_100, Repeat(Often.EVERY), AAPL=rows)
    assert not found.is_proven
    assert found.least >= 1
