"""When an alert's instruments trade: what is silent then is no trouble, what is silent otherwise is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from senexbot.domain.alerting.evaluating import begin
from senexbot.domain.alerting.hours import is_open, trades
from senexbot.domain.alerting.rules import Watched
from senexbot.domain.alerting.terms import AlertTerms, Hours, Repeat
from senexbot.domain.market import SessionState

from .laws import above
from .test_evaluating import stored

ZONE = ZoneInfo("America/New_York")
UNKNOWN, OPEN, CLOSED = SessionState.UNKNOWN, SessionState.OPEN, SessionState.CLOSED


def at(text: str) -> datetime:
    """November 2026: the 23rd is a Monday."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def rule(symbol: str, hours: Hours = Hours.ALL):
    made = stored(above(1), Repeat(), begin(AlertTerms(above(1))))
    watched = (Watched(symbol, symbol, symbol, symbol),)
    return replace(made, instruments=watched, terms=AlertTerms(above(1), hours=hours))


@pytest.mark.parametrize(
    ("symbol", "when", "session", "expected"),
    [
        ("AAPL", "23 03:59", UNKNOWN, False),
        ("AAPL", "23 04:00", UNKNOWN, True),
        ("AAPL", "23 20:00", UNKNOWN, False),
        ("AAPL", "28 12:00", UNKNOWN, False),
        ("AAPL", "26 12:00", CLOSED, False),  # a holiday, as the broker knows
        ("AAPL", "26 12:00", SessionState.PRE_MARKET, True),
        ("/ESZ6", "23 03:00", CLOSED, True),
        ("/ESZ6", "23 17:30", UNKNOWN, False),
        ("/ESZ6", "27 16:59", UNKNOWN, True),
        ("/ESZ6", "27 18:30", UNKNOWN, False),
        ("./ESZ6 E3AX6", "28 12:00", UNKNOWN, False),
        ("/ESZ6", "29 17:59", UNKNOWN, False),
        ("/ESZ6", "29 18:00", UNKNOWN, True),
        ("BTC/USD", "28 03:00", CLOSED, True),
    ],
)
def test_each_kind_has_its_hours(symbol, when, session, expected):
    assert trades(rule(symbol), session, at(when), ZONE) is expected


def test_market_hours_are_the_brokers_or_the_tables():
    kept = rule("AAPL", Hours.REGULAR)
    assert trades(kept, UNKNOWN, at("23 09:30"), ZONE)
    assert not trades(kept, UNKNOWN, at("23 09:29"), ZONE)
    assert not trades(kept, CLOSED, at("26 12:00"), ZONE)
    assert is_open(OPEN, at("28 03:00"), ZONE)
