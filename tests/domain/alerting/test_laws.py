"""Laws of the alert language: what is written is read back, the normal form is stable, nothing is ignored."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.alerting.normal import text_of
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.terms import AlertTerms, Level, Side, Source, Sum, Weighted
from senexbot.domain.alerting.words import words_of
from senexbot.domain.errors import ParseError
from tests.domain.builders import fit_to_show

from .strategies import alert_terms
from .texts import CLAUSES, CONDITIONS, TODAY

TEXTS = [text for rows in (CONDITIONS, CLAUSES) for pairs in rows.values() for text, _ in pairs]


@pytest.mark.parametrize("symbol", ["/ESZ6", "/ES", "BRK/B", "AAPL"])
def test_a_sum_may_begin_with_what_is_subtracted(symbol: str) -> None:
    parts = (Weighted(Decimal(-1), Source(symbol)), Weighted(Decimal(1), Source("SPY")))
    terms = AlertTerms(Level(Sum(parts), Side.ABOVE, Decimal(0)))
    assert text_of(terms) == f"-{symbol} + SPY > 0.00"
    assert parse_alert(text_of(terms), TODAY) == terms


@given(alert_terms())
def test_what_is_written_is_read_back(terms: AlertTerms) -> None:
    text = text_of(terms)
    assert parse_alert(text, TODAY) == terms
    if "<" not in text:  # Slack's ids are in capitals
        assert parse_alert(text.lower(), TODAY) == terms


@given(alert_terms())
def test_the_words_say_what_differs(terms: AlertTerms) -> None:
    words = words_of(terms, {})
    assert words == words.strip()
    assert words
    assert "{" not in words


@pytest.mark.parametrize("text", TEXTS)
def test_no_word_is_ignored(text: str) -> None:
    """A word too many, wherever it stands, is refused or changes the meaning."""
    meaning = parse_alert(text, TODAY)
    words = text.split()
    for i in range(len(words) + 1):
        try:
            other = parse_alert(" ".join((*words[:i], "zzz", *words[i:])), TODAY)
        except ParseError:
            continue
        assert other != meaning, (text, i)


@given(
    st.one_of(
        st.text(max_size=80), st.text(alphabet="APLS QUYupfor <>=&;gtandco()0159.,%-+/１\u202e", max_size=60)
    )
)
def test_hostile_text_only_raises_parse_error(text: str) -> None:
    try:
        terms = parse_alert(text, TODAY)
    except ParseError as error:
        fit_to_show(error)
    else:
        assert parse_alert(text_of(terms), TODAY) == terms


WORDS = [
    *(
        "AAPL",
        "SPY",
        "QQQ",
        "18DEC26",
        "590p",
        "delta",
        "iv",
        "rank",
        ">",
        "<",
        "200",
        "195..205",
        "2%",
        "1",
        "-",
        "+",
    ),
    *(
        "/",
        "and",
        "or",
        "not",
        "(",
        ")",
        "for",
        "5m",
        "in",
        "crosses",
        "enters",
        "between",
        "up",
        "down",
        "moves",
    ),
    *(
        "trails",
        "from",
        "off",
        "the",
        "high",
        "low",
        "new",
        "52-week",
        "day",
        "gaps",
        "every",
        "time",
        "daily",
        "once",
    ),
    *(
        "a",
        "until",
        "friday",
        "18",
        "dec",
        "to",
        "C12345",
        "critical",
        "market",
        "hours",
        "rearm",
        "cooldown",
    ),
]


@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
def test_any_words_of_the_language_are_read_or_refused(text: str) -> None:
    try:
        terms = parse_alert(text, TODAY)
    except ParseError as error:
        fit_to_show(error)
    else:
        assert parse_alert(text_of(terms), TODAY) == terms
