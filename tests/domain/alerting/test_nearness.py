"""Whether a condition is true at a moment, and how far it is from being so."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from senexbot.domain.alerting.nearness import distance_of, truth_of
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.terms import Field, Source

from .texts import TODAY

D = Decimal
NOW: Mapping[Source, Decimal] = {
    Source("AAPL"): D(200),
    Source("SPY"): D(600),
    Source("QQQ"): D(500),
    Source("ZERO"): D(0),
    Source("AAPL", Field.BID): D(199),
}


def now(source: Source) -> Decimal | None:
    return NOW.get(source)


@pytest.mark.parametrize(
    ("text", "is_true"),
    [
        ("AAPL > 199", True),
        ("AAPL > 200", False),
        ("AAPL < 200", False),
        ("AAPL bid < 200", True),
        ("AAPL ask < 200", None),
        ("not AAPL > 200", True),
        ("not AAPL ask > 200", None),
        ("AAPL > 199 for 5m", True),
        ("AAPL > 199 and SPY > 599", True),
        ("AAPL > 199 and SPY > 600", False),
        ("AAPL > 199 and IWM > 1", None),
        ("AAPL > 200 and IWM > 1", False),
        ("AAPL > 200 or IWM > 1", None),
        ("AAPL > 199 or IWM > 1", True),
        ("AAPL > 200 or SPY > 600", False),
        ("AAPL between 190 and 210", True),
        ("AAPL crosses 200", False),
        ("AAPL enters 190..210", False),
        ("AAPL new day high", False),
        ("AAPL trails 5% from high", False),
        ("AAPL moves 2% in 1h", None),
        ("AAPL gaps 2%", None),
        ("SPY - QQQ > 99", True),
        ("SPY - IWM > 99", None),
        ("SPY / QQQ > 1.19", True),
        ("SPY / IWM > 1.19", None),
        ("IWM / SPY > 1.19", None),
        ("SPY / ZERO > 1.19", None),
    ],
)
def test_truth_is_told_as_far_as_it_is_known(text: str, is_true: bool | None) -> None:
    assert truth_of(parse_alert(text, TODAY).condition, now) is is_true


@pytest.mark.parametrize(
    ("text", "away", "percent"),
    [
        ("AAPL > 210", "10", "5"),
        ("AAPL < 190", "10", "5"),
        ("AAPL > 150", "0", "0"),
        ("not AAPL > 150", "50", "25"),
        ("not AAPL > 250", "0", "0"),
        ("AAPL crosses 210", "10", "5"),
        ("AAPL enters 210..220", "10", "5"),
        ("AAPL leaves 190..220", "10", "5"),
        ("AAPL between 210 and 220", "10", "5"),
        ("AAPL outside 190..220", "10", "5"),
        ("AAPL > 210 and SPY > 660", "60", "10"),
        ("AAPL > 210 or SPY > 660", "10", "5"),
        ("not (AAPL > 190 and SPY > 540)", "10", "5"),
        ("not (AAPL > 190 or SPY > 540)", "60", "10"),
        ("AAPL > 210 or IWM > 1", "10", "5"),
        ("AAPL > 210 for 5m", "10", "5"),
        ("AAPL trails 5% from high", "10", "5"),
        ("AAPL 20 off the high", "20", "10"),
        ("AAPL up 2% from low", "4", "2"),
        ("SPY - QQQ > 105", "5", "5"),
        ("SPY / QQQ > 1.26", "0.06", "5"),
        ("ZERO > 5", "5", None),
    ],
)
def test_a_distance_is_to_where_it_turns_true(text: str, away: str, percent: str | None) -> None:
    found = distance_of(parse_alert(text, TODAY).condition, now)
    assert found is not None
    assert (found.away, found.percent) == (D(away), None if percent is None else D(percent))
    assert found.key == (D("Infinity") if percent is None else D(percent))


@pytest.mark.parametrize(
    "text",
    [
        "IWM > 1",
        "AAPL > 210 and IWM > 1",
        "IWM > 1 or IWM < 0.5",
        "AAPL enters 190..210",  # it has to leave first
        "AAPL moves 2% in 1h",
        "AAPL gaps 2%",
        "AAPL new day high",
    ],
)
def test_a_distance_that_is_not_known_is_none(text: str) -> None:
    assert distance_of(parse_alert(text, TODAY).condition, now) is None


def test_a_trail_is_measured_from_its_mark() -> None:
    condition = parse_alert("AAPL trails 5% from high", TODAY).condition
    found = distance_of(condition, now, D(208))
    assert found is not None
    assert found.away == D("2.4")
