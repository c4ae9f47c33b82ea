"""What a phone shows of a fired alert, for each kind of condition; and where its level moves."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from senexbot.domain.alerting.rules import AlertRule, RuleState, Watched
from senexbot.domain.alerting.terms import (
    AlertTerms,
    All,
    Amount,
    Band,
    Condition,
    Cross,
    Direction,
    Extreme,
    Field,
    Gap,
    Held,
    Level,
    Move,
    Period,
    Ratio,
    Reach,
    Side,
    Source,
    Sum,
    Trail,
    Way,
    Weighted,
)
from senexbot.domain.routing.headline import headline
from senexbot.domain.routing.moving import moved, single_level
from tests.domain.routing.builders import NOON

SPY, AAPL, PUT = Source("SPY"), Source("AAPL"), Source("SPY 18DEC26 590p")
D = Decimal


def rule(condition: Condition, text: str = "its text") -> AlertRule:
    watched = tuple(
        Watched(source.symbol, source.symbol, source.symbol, words)
        for source, words in ((SPY, "SPY"), (AAPL, "AAPL"), (PUT, "SPY 18 Dec 26 590 put"))
    )
    return AlertRule(
        "R1", 1, "T1", "U1", "link1", AlertTerms(condition), text, watched, "", RuleState.ARMED, 1, NOON
    )


def spy(field: Field) -> Source:
    return Source("SPY", field)


UNDER = Level(SPY, Side.BELOW, D(590))


@pytest.mark.parametrize(
    ("condition", "value", "said"),
    [
        (UNDER, "589.8", "SPY 589.80, under 590"),
        (Held(UNDER, timedelta(minutes=2)), "589.80", "SPY 589.80, under 590 for 2 min"),
        (Held(UNDER, timedelta(seconds=90)), "589.80", "SPY 589.80, under 590 for 90 s"),
        (Held(UNDER, timedelta(days=1)), "589.80", "SPY 589.80, under 590 for 1 day"),
        (Held(UNDER, timedelta(days=2)), "589.80", "SPY 589.80, under 590 for 2 days"),
        (Level(spy(Field.BID), Side.ABOVE, D("600.5")), "600.51", "SPY bid 600.51, over 600.50"),
        (Level(spy(Field.IV), Side.ABOVE, D(30)), "31.26", "SPY IV 31.3 %, over 30 %"),
        (Level(spy(Field.IV_RANK), Side.BELOW, D(20)), "19", "SPY IV rank 19 %, under 20 %"),
        (Level(Source(PUT.symbol, Field.DELTA), Side.BELOW, D("-0.35")), "-0.3604", "SPY 18 Dec 26 590 put delta -0.36, under -0.35"),
        (Level(spy(Field.VOLUME), Side.ABOVE, D(1_000_000)), "1000001", "SPY volume 1,000,001, over 1,000,000"),
        (Cross(SPY, Side.ABOVE, D(600)), "600.02", "SPY 600.02, crossed up through 600"),
        (Cross(SPY, Side.BELOW, D(600)), "599.98", "SPY 599.98, crossed down through 600"),
        (Band(SPY, Way.ENTERS, D(580), D(590)), "585", "SPY 585.00, entered 580 to 590"),
        (Band(SPY, Way.LEAVES, D(580), D(590)), "590.01", "SPY 590.01, left 580 to 590"),
        (Move(SPY, Direction.UP, Amount(D(2), True), timedelta(hours=1)), "602", "SPY 602.00, up 2 % within 1 h"),
        (Move(SPY, Direction.DOWN, Amount(D(5)), timedelta(minutes=5)), "602", "SPY 602.00, down 5 within 5 min"),
        (Move(SPY, Direction.EITHER, Amount(D(5)), timedelta(minutes=5)), "602", "SPY 602.00, moved 5 within 5 min"),
        (Trail(SPY, Reach.HIGH, Amount(D(3), True)), "600", "SPY 600.00, 3 % under its high"),
        (Trail(SPY, Reach.LOW, Amount(D(3))), "600", "SPY 600.00, 3 over its low"),
        (Gap("SPY", Direction.UP, Amount(D(1), True)), "600", "SPY 600.00, opened with a gap up of 1 % or more"),
        (Gap("SPY", Direction.DOWN, Amount(D(1), True)), "600", "SPY 600.00, opened with a gap down of 1 % or more"),
        (Gap("SPY", Direction.EITHER, Amount(D(1), True)), "600", "SPY 600.00, opened with a gap of 1 % or more"),
        (Extreme("SPY", Reach.HIGH, Period.WEEKS_52), "700", "SPY 700.00, new 52-week high"),
        (Extreme("AAPL", Reach.LOW, Period.DAY), "190", "AAPL 190.00, new day low"),
        (Level(Ratio(SPY, AAPL), Side.ABOVE, D(3)), "3.00012", "SPY / AAPL 3.0001, over 3"),
        (Level(Sum((Weighted(D(1), SPY), Weighted(D(-2), AAPL))), Side.ABOVE, D(200)), "200.125", "SPY − 2 AAPL 200.125, over 200"),
        (Level(Sum((Weighted(D(-1), PUT), Weighted(D(1), AAPL))), Side.ABOVE, D(2)), "2.5", "−SPY 18 Dec 26 590 put + AAPL 2.50, over 2"),
    ],
)  # fmt: skip
def test_the_first_line_says_the_value_and_what_it_did(condition: Condition, value: str, said: str) -> None:
    assert headline(rule(condition), D(value), ()) == said


def test_of_several_parts_it_says_the_values_and_the_text() -> None:
    both = rule(All((UNDER, Level(AAPL, Side.ABOVE, D(200)))), "SPY < 590 and AAPL > 200")
    values = ((SPY, D("589.8")), (AAPL, D("200.5")))
    assert headline(both, D("589.8"), values) == "SPY 589.80, AAPL 200.50: SPY < 590 and AAPL > 200"
    assert headline(both, D("589.8"), ()) == "SPY < 590 and AAPL > 200"


def test_a_symbol_that_no_instrument_names_stands_for_itself() -> None:
    assert headline(rule(Level(Source("QQQ"), Side.ABOVE, D(1))), D(2), ()) == "QQQ 2.00, over 1"


@pytest.mark.parametrize(
    ("test", "value", "level"),
    [
        (UNDER, "589.8", "584"),  # a percent farther, to a round step
        (Level(SPY, Side.ABOVE, D(600)), "600.10", "606"),
        (Level(SPY, Side.BELOW, D(590)), "595", "585"),  # it came back: beyond the level
        (Cross(AAPL, Side.ABOVE, D("12.5")), "12.51", "12.6"),
        (Level(spy(Field.IV), Side.ABOVE, D(30)), "31", "34"),
        (Level(Source(PUT.symbol, Field.DELTA), Side.BELOW, D("-0.35")), "-0.36", "-0.39"),
        (Level(Sum((Weighted(D(1), SPY), Weighted(D(-1), AAPL))), Side.ABOVE, D(0)), "0", "0.01"),
        (Level(Ratio(SPY, AAPL), Side.ABOVE, D(3)), "3.01", "3.04"),
    ],
)
def test_a_level_moves_a_round_step_beyond(test: Level | Cross, value: str, level: str) -> None:
    after = moved(AlertTerms(test), D(value))
    assert after is not None
    found = single_level(after.condition)
    assert found is not None
    assert found.level == D(level)
    assert found.side is test.side


def test_a_level_under_for_moves_and_stays_for() -> None:
    after = moved(AlertTerms(Held(UNDER, timedelta(minutes=2))), D("589.80"))
    assert after is not None
    assert after.condition == Held(Level(SPY, Side.BELOW, D(584)), timedelta(minutes=2))


def test_what_has_no_one_level_is_not_moved() -> None:
    assert moved(AlertTerms(All((UNDER, UNDER))), D(1)) is None
