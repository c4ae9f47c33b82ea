"""How an alert is said to people: the value, what it does, how often, when and until when."""

from __future__ import annotations

import pytest

from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.words import words_of

from .texts import TODAY


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "SPY < 590 for 2m once a day market hours until 18 dec",
            "SPY last under 590.00 for 2 min, once a day, regular hours, to Fri 18 Dec",
        ),
        ("AAPL > 200 or enters 150..160", "AAPL last above 200.00 or enters 150.00 to 160.00, once"),
        ("AAPL > 200 and moves 2% in 15m", "AAPL last above 200.00 and moves 2 % within 15 min, once"),
        (
            "AAPL trails 5% from high every time cooldown 30m",
            "AAPL last 5 % off its high since it was set, every time, at most every 30 min",
        ),
        ("SPY - QQQ > 80 critical", "SPY - QQQ last above 80.00, once, critical"),
        ("SPY / QQQ crosses 1.2", "SPY / QQQ last crosses 1.20 either way, once"),
        (
            "AAPL gaps 2% or new 52-week high",
            "AAPL gaps 2 % at the open or AAPL at a new 52-week high, once",
        ),
        (
            "not (AAPL > 200 or SPY < 590)",
            "not (AAPL last above 200.00 or SPY last under 590.00), once",
        ),
        ("AAPL outside 180..200", "AAPL last outside 180.00 to 200.00, once"),
        ("AAPL iv rank > 60", "AAPL IV rank above 60 %, once"),
    ],
)
def test_an_alert_in_words(text: str, words: str) -> None:
    assert words_of(parse_alert(text, TODAY), {}) == words
