from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.errors import ParseError
from senexbot.domain.instruments import OptionContract, Right
from senexbot.domain.orders.terms import OptionQuery
from senexbot.domain.parsing_quote import parse_quote
from senexbot.domain.parsing_symbol import term_text
from tests.domain.builders import PUT, fit_to_show

QUERY = OptionQuery("SPY", date(2026, 12, 18), Right.PUT, Decimal(590))
ROOTS = st.from_regex(r"[A-Z]{1,5}", fullmatch=True)
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))
STRIKES = st.decimals("0.001", "99999.999", places=3)
QUERIES = st.builds(
    OptionQuery,
    ROOTS.filter(
        lambda r: r not in {"OF", "MKT", "LIMIT", "LMT", "GTC", "BUY", "SELL", "PUT", "PUTS", "CALL"}
    ).filter(lambda r: r not in {"CALLS", "SHARE", "ABOVE", "BELOW", "OVER", "UNDER"}),
    DATES,
    st.sampled_from(Right),
    STRIKES,
)
CONTRACTS = st.builds(
    OptionContract, st.from_regex(r"[A-Z0-9]{1,6}", fullmatch=True), DATES, st.sampled_from(Right), STRIKES
)


@pytest.mark.parametrize(
    "text",
    [
        "SPY 18DEC26 590p",
        "spy 18dec2026 590P",
        "SPY 18 dec 26 590 put",
        "SPY 18 Dec 2026 590 puts",
        "SPY 12/18/26 590p",
        "SPY 12/18/2026 590 p",
        "SPY 590p 18DEC26",
        "SPY 590 put 2026-12-18",
        "SPY 2026-12-18 590.000p",
    ],
)
def test_one_option_in_words(text):
    assert parse_quote(text) == (QUERY,)


@pytest.mark.parametrize("text", ["SPY   261218P00590000", "SPY261218P00590000", "spy261218p00590000"])
def test_occ_symbols_padded_or_not(text):
    assert parse_quote(text) == (PUT,)


def test_several_terms_each_once():
    assert parse_quote("aapl SPY 18 dec 26 590 put C BRK.B brk/b SPX SPY261218P00590000 F") == (
        "AAPL",
        QUERY,
        "C",
        "BRK/B",
        "SPX",
        PUT,
        "F",
    )


@pytest.mark.parametrize(
    ("text", "word", "says"),
    [
        ("", None, "of what"),
        ("TOOLONGX", "TOOLONGX", "not a symbol"),
        ("AAPL 100", "100", "not a symbol"),
        ("AAPL ;", ";", "not a symbol"),
        ("SPY 590p", "590p", "expiration is missing"),
        ("SPY 590 p AAPL", "p", "expiration is missing"),
        ("SPY 18DEC26", "18DEC26", "strike is missing"),
        ("SPY 18DEC26 590", "590", "call or put"),
        ("SPY 18DEC26 0", "0", "call or put"),
        ("SPY 18DEC26 590x", "590x", "call or put"),
        ("SPY 18DEC26 AAPL", "AAPL", "not a strike"),
        ("SPY 18DEC26 0p", "0p", "strike of zero"),
        ("SPY 31FEB26 590p", "31FEB26", "no day of the calendar"),
        ("SPY 18 dec 590p", "dec", "year is missing"),
        ("SPY 18 dec", "dec", "year is missing"),
        ("SPY 18/12/26 590p", "18/12/26", "no such month"),
        ("SPY 10/12/26 590p", "10/12/26", "two days"),
        ("SPY 13/13/26 590p", "13/13/26", "no such month"),
        ("SPY 13/10/26 590p", "13/10/26", "no such month"),
        ("SPY 00/13/26 590p", "00/13/26", "no day"),
        ("SPY 261318P00590000", "261318P00590000", "no option symbol"),
        ("SPY261218P00000000", "SPY261218P00000000", "strike of zero"),
        ("SPY 261218P00000000", "261218P00000000", "strike of zero"),
        ("A B C D E F G H I J K", None, "at most 10"),
        ("buy", "buy", "not a symbol"),
    ],
)
def test_what_is_refused(text, word, says):
    with pytest.raises(ParseError, match=says) as caught:
        parse_quote(text)
    assert caught.value.word == word
    assert caught.value.hint


def test_call_or_put_offers_both():
    with pytest.raises(ParseError) as caught:
        parse_quote("SPY 18DEC26 590")
    assert [s.command for s in caught.value.suggestions] == [
        "quote SPY 18DEC26 590c",
        "quote SPY 18DEC26 590p",
    ]


def test_a_padded_occ_symbol_takes_two_words():
    assert parse_quote("F SPY 261218P00590000 AAPL") == ("F", PUT, "AAPL")


def test_two_days_are_named():
    with pytest.raises(ParseError) as caught:
        parse_quote("SPY 10/12/26 590p")
    assert caught.value.hint == "Type 12OCT26 or 10DEC26."
    assert parse_quote("SPY 12/12/26 590p")[0].expiration == date(2026, 12, 12)


@given(st.lists(st.one_of(QUERIES, CONTRACTS), min_size=1, max_size=10, unique=True))
def test_normal_form_reads_back(terms):
    assert parse_quote(" ".join(map(term_text, terms))) == tuple(terms)


@given(st.one_of(st.text(max_size=80), st.text(alphabet="SPY 18DEC/6590p-.@c\u202e１", max_size=40)))
def test_hostile_text_only_raises_parse_error(text):
    try:
        terms = parse_quote(text)
    except ParseError as error:
        fit_to_show(error)
    else:
        assert parse_quote(" ".join(map(term_text, terms))) == terms


def test_a_list_may_have_commas():
    assert parse_quote("aapl, spy,") == ("AAPL", "SPY")
