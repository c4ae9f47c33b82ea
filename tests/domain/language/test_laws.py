"""The laws of the language by generated sentences; `make proof` runs 100,000 of them with 1,000,000 edits."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from senexbot.domain.errors import ParseError
from senexbot.domain.instruments import Right
from senexbot.domain.language import GRAMMAR, parse, said_text, said_words
from senexbot.domain.language.parsing import read
from senexbot.domain.language.said import Contract, Limit, Market, OrderSaid, Shares, Standing, Units, What
from senexbot.domain.links import Environment
from senexbot.domain.orders.terms import OptionQuery, Side, TimeInForce
from senexbot.domain.orders.words import compact_occ, query_text
from senexbot.domain.parsing_symbol import NO_SYMBOLS
from tests.domain.builders import PUT, TODAY, fit_to_show

from .generated import edited, sentence
from .laws import holds_round_trip, holds_visibility, money_of
from .saying import OnDate, at, single
from .test_orders import ACCEPTED as ORDERS
from .test_pasted import PASTED
from .test_positions import ACCEPTED as POSITIONS
from .test_strategies import ACCEPTED as STRATEGIES

RANDOMS = st.randoms(use_true_random=False)
TEXTS = [text for table in (ORDERS, POSITIONS, PASTED, STRATEGIES) for text, _ in table]
slow = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(RANDOMS)
@slow
def test_the_normal_form_reads_back_to_the_same_sentence(random):
    """Issue 3, law 1; design decision 15."""
    assert holds_round_trip(sentence(random))


@given(RANDOMS)
@slow
def test_no_edit_of_one_character_changes_money_unseen(random):
    """Issue 3, law 2; I75."""
    made = sentence(random)
    text = said_text(made)
    for _ in range(5):
        assert holds_visibility(made, edited(random, text)) is not False


@pytest.mark.parametrize("text", TEXTS)
def test_no_edit_of_a_typed_text_changes_money_unseen(text):
    """Law 2, for texts as people type and paste them."""
    random, made = Random(text), parse(text, TODAY)
    for _ in range(10):
        assert holds_visibility(made, edited(random, text)) is not False


def test_a_slash_more_or_less_in_a_name_is_seen():
    """Found by the proof: both have the contract of one root."""
    for one, other in (
        ("close BRK/B 18DEC26 480c", "close BRKB 18DEC26 480c"),
        ("close SPY 18DEC26 590p", "close S/PY 18DEC26 590p"),
    ):
        assert holds_visibility(parse(one, TODAY), other)
        assert said_words(parse(one, TODAY)) != said_words(parse(other, TODAY))


@given(RANDOMS)
@slow
def test_the_first_line_fits_and_names_the_essentials(random):
    made = sentence(random)
    words = said_words(made)
    assert len(words) <= 90
    assert words[0].isupper()
    assert words.isprintable()
    if isinstance(made, OrderSaid):
        assert words.startswith(made.side.value.capitalize())
        effect = getattr(made.pricing, "effect", None)
        assert effect is None or effect.value in words


SYMBOLS = st.from_regex(r"[A-Z][A-Z0-9]{0,5}(/[A-Z]{1,2})?", fullmatch=True).filter(
    lambda s: s not in NO_SYMBOLS
)
FUTURE = st.dates(TODAY, date(2099, 12, 31))
STRIKES = st.decimals("0.001", "99999.999", places=3)
PRICES = st.decimals("0.0001", "999999999", places=4)
HINTS = st.sampled_from(["", "0001", "5WT00001", *(one.value for one in Environment)])


@st.composite
def of_the_first_version(draw: st.DrawFn) -> tuple[str, OrderSaid]:
    """An order's words as the first version stored them, written out here, and what they say."""
    symbol, contract, right = draw(SYMBOLS), PUT, draw(st.sampled_from(Right))
    what: What
    match draw(st.sampled_from(["shares", "in words", "occ"])):
        case "shares":
            name, what, most = symbol, Shares(symbol), 1_000_000
        case "in words":
            query = OptionQuery(symbol, draw(FUTURE), right, draw(STRIKES))
            name, most = query_text(query), 10_000
            what = replace(
                single(right, at(str(query.strike)), OnDate(query.expiration), symbol), right=right
            )
        case _:
            root = draw(st.from_regex(r"[A-Z0-9]{1,6}", fullmatch=True))
            contract = replace(PUT, root=root, right=right, expiration=draw(FUTURE), strike=draw(STRIKES))
            name, what, most = compact_occ(contract), Contract(contract), 10_000
    quantity, side, hint = draw(st.integers(1, most)), draw(st.sampled_from(Side)), draw(HINTS)
    price = draw(st.none() | PRICES)
    lasting = price is not None and draw(st.booleans())
    paid = "mkt" if price is None else f"@ {price:f}"
    text = f"{side} {quantity} {name} {paid}{' gtc' if lasting else ''}{f' in {hint}' if hint else ''}"
    pricing = Market() if price is None else Limit(price)
    standing = Standing(TimeInForce.GTC) if lasting else None
    return text, OrderSaid(side, Units(Decimal(quantity)), what, pricing, standing, account_hint=hint)


@given(of_the_first_version())
@slow
def test_what_the_first_version_stored_is_read_with_the_same_meaning(order):
    """Grammar 1 stays readable; its own words are read as the same order."""
    text, said = order
    assert GRAMMAR == 2
    assert read(text, TODAY) == said


OLDER = {
    "buy 100 AAPL @ 187.50": "buy 100 AAPL @ 187.50",
    "BUY 100 aapl @187.5": "buy 100 AAPL @ 187.50",
    "buy 100 AAPL 187.50": "buy 100 AAPL @ 187.50",
    "buy 100 AAPL limit 187.50": "buy 100 AAPL @ 187.50",
    "buy 100 AAPL lmt @ $187.50 day": "buy 100 AAPL @ 187.50",
    "buy 100 AAPL day 187.50": "buy 100 AAPL @ 187.50",
    "buy 100 AAPL at 187.50 today": "buy 100 AAPL @ 187.50",
    "buy AAPL 100 @ 187.50": "buy 100 AAPL @ 187.50",
    "buy 100 AAPL @ @ 1": "buy 100 AAPL @ 1.00",
    "buy 100 AAPL limit limit 1": "buy 100 AAPL @ 1.00",
    "buy 100 AAPL @ limit 1": "buy 100 AAPL @ 1.00",
    "sell 1,000 AAPL @ 187.50 gtc": "sell 1000 AAPL @ 187.50 gtc",
    "buy 100 AAPL @ 187.50 in 0001": "buy 100 AAPL @ 187.50 in 0001",
    "buy 100 AAPL account 5wt00001 @ 187.50": "buy 100 AAPL @ 187.50 in 5WT00001",
    "buy 100 AAPL @ 187.50 in Practice": "buy 100 AAPL @ 187.50 in practice",
    "buy 100 AAPL mkt": "buy 100 AAPL mkt",
    "buy 100 AAPL @ mkt day": "buy 100 AAPL mkt",
    "buy AAPL 100 at market": "buy 100 AAPL mkt",
    "buy 100 AAPL in 01 mkt": "buy 100 AAPL mkt in 01",
    "buy 2 SPY 18DEC26 590p @ 3.40": "buy 2 SPY 18DEC26 590p @ 3.40",
    "buy 2 SPY 18 dec 26 590 put 3.40": "buy 2 SPY 18DEC26 590p @ 3.40",
    "buy SPY 18DEC26 590p 2 @ 3.40": "buy 2 SPY 18DEC26 590p @ 3.40",
    "buy 2 SPY 590p 18DEC26 @ 3.40": "buy 2 SPY 18DEC26 590p @ 3.40",
    "buy 2 SPY 261218P00590000 @ 3.40": "buy 2 SPY261218P00590000 @ 3.40",
    "buy SPY261218P00590000 2 @ 3": "buy 2 SPY261218P00590000 @ 3.00",
    "buy 2 SPY 2026-12-18 590c gtc 3": "buy 2 SPY 18DEC26 590c @ 3.00 gtc",
    "buy 1 SPY 12/18/26 590p @ 1": "buy 1 SPY 18DEC26 590p @ 1.00",
    "buy 1 SPY 590 puts 18dec2026 mkt": "buy 1 SPY 18DEC26 590p mkt",
    "buy 1 SPY 23NOV26 590p @ 1": "buy 1 SPY 23NOV26 590p @ 1.00",  # of today: not past
    "buy 5 DAY @ 60 day": "buy 5 DAY @ 60.00",
    "buy 1 TP @ 5 in 0001": "buy 1 TP @ 5.00 in 0001",
    "sell 5 ALL @ 190": "sell 5 ALL @ 190.00",
    "sell 3 BRK.B @ .5": "sell 3 BRK/B @ 0.50",
}


@pytest.mark.parametrize(("text", "normal"), OLDER.items())
def test_other_ways_of_the_first_grammar(text, normal):
    assert said_text(parse(text, TODAY)) == normal


STRICTER = {
    "buy $100 AAPL @ 187.50": "dollars are an amount now, not a way to write a number of shares",
    "buy ALL 100 @ 190": "all is a part of a position now; buy 100 ALL @ 190 is read",
}


@pytest.mark.parametrize("text", STRICTER)
def test_what_is_stricter_than_the_first_grammar(text):
    with pytest.raises(ParseError):
        parse(text, TODAY)


WORDS = [
    "buy", "sell", "close", "protect", "roll", "replace", "all", "half", "100", "$500", "25%", "-1", "+1", "AAPL", "SPY",
    "/ESZ6", "/ES", "18DEC26", "45d", "monthly", "friday", "16Δ", "590p", "590", "580/575", "1/2", "5", "wide", "1x2", "2x",
    "put", "iron", "condor", "vertical", "calendar", "ratio", "covered", "call", "collar", "with", "shares", "@",
    "1.20", "mid", "mid-0.05", "mkt", "stop", "limit", "gtc", "ext", "until", "in", "0001", "tp", "sl", "exits",
    "then", "and", "walk", "0.01", "every", "20s", "to", "3.40", "same", "delta", "SPY261218P00590000", "credit",
    "[TO", "CLOSE]", "CALL/PUT", "CALL/SPY", "(Weeklys)", "LMT", "STP", "MARK", "options", "12345", "-", "🚀", "１",
]  # fmt: skip


@given(
    st.one_of(
        st.text(max_size=80),
        st.text(alphabet="buysel 0159AAPL@.mktgc,&;<>１\u202e", max_size=60),
        st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
        st.lists(st.sampled_from(WORDS), max_size=10).map(lambda w: " ".join(["sell", "-1", *w])),
        st.lists(st.sampled_from(WORDS), max_size=10).map(lambda w: " ".join(["buy", "1", "SPY", *w])),
    )
)
@settings(max_examples=300, deadline=None)
def test_hostile_text_only_raises_parse_error(text):
    """F117: one reading or none, and what is offered instead reads as a whole sentence."""
    try:
        said = parse(text, TODAY)
    except ParseError as error:
        fit_to_show(error)
        for suggestion in error.suggestions:
            assert suggestion.command.startswith("order ")
            parse(suggestion.command.removeprefix("order "), TODAY)
            assert 0 < len(suggestion.label) <= 80
    else:
        assert money_of(parse(said_text(said), TODAY)) == money_of(said)
