"""The laws of the language by generated sentences; `make proof` runs 100,000 of them with 1,000,000 edits."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from senexbot.domain.errors import ParseError
from senexbot.domain.language import GRAMMAR, parse, said_text, said_words
from senexbot.domain.language.parsing import read
from senexbot.domain.language.said import OrderSaid
from senexbot.domain.order_words import order_text
from senexbot.domain.parsing_order import parse_order
from tests.domain.builders import TODAY, fit_to_show
from tests.domain.test_parsing_order import drafts

from .generated import edited, sentence
from .laws import holds_round_trip, holds_visibility, money_of
from .older import as_sentence
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


@given(drafts())
@slow
def test_what_the_first_grammar_read_is_read_with_the_same_meaning(draft):
    """Grammar 1 stays readable: every order of parse_order is an order here, and the same one."""
    assert GRAMMAR == 2
    assert read(order_text(draft), TODAY) == as_sentence(draft)


OLDER = [
    "buy 100 AAPL @ 187.50", "BUY 100 aapl @187.5", "buy 100 AAPL limit 187.50", "buy 100 AAPL lmt @ $187.50 day",
    "buy 100 AAPL day 187.50", "buy 100 AAPL at 187.50 today", "buy AAPL 100 @ 187.50", "buy 100 AAPL @ @ 1",
    "buy 100 AAPL limit limit 1", "buy 100 AAPL @ limit 1", "sell 1,000 AAPL @ 187.50 gtc", "buy 100 AAPL 187.50",
    "buy 100 AAPL account 5wt00001 @ 187.50", "buy 100 AAPL @ 187.50 in Practice", "buy 100 AAPL mkt",
    "buy 100 AAPL @ mkt day", "buy AAPL 100 at market", "buy 2 SPY 18 dec 26 590 put 3.40", "buy 100 AAPL in 01 mkt",
    "buy SPY 18DEC26 590p 2 @ 3.40", "buy 2 SPY 590p 18DEC26 @ 3.40", "buy 2 SPY 261218P00590000 @ 3.40",
    "buy 5 DAY @ 60 day", "buy SPY261218P00590000 2 @ 3", "buy 2 SPY 2026-12-18 590c gtc 3", "sell 3 BRK.B @ .5",
    "buy 1 SPY 12/18/26 590p @ 1", "buy 1 SPY 590 puts 18dec2026 mkt", "sell 5 ALL @ 190", "buy 1 TP @ 5 in 0001",
]  # fmt: skip


@pytest.mark.parametrize("text", OLDER)
def test_other_ways_of_the_first_grammar(text):
    assert read(text, TODAY) == as_sentence(parse_order(text, TODAY))


STRICTER = {
    "buy $100 AAPL @ 187.50": "dollars are an amount now, not a way to write a number of shares",
    "buy ALL 100 @ 190": "all is a part of a position now; buy 100 ALL @ 190 is read",
}


@pytest.mark.parametrize("text", STRICTER)
def test_what_is_stricter_than_the_first_grammar(text):
    parse_order(text, TODAY)
    with pytest.raises(ParseError):
        read(text, TODAY)


WORDS = [
    "buy", "sell", "close", "protect", "roll", "replace", "all", "half", "100", "$500", "25%", "-1", "+1", "AAPL", "SPY",
    "/ESZ6", "18DEC26", "45d", "monthly", "friday", "16Δ", "590p", "590", "580/575", "1/2", "5", "wide", "1x2", "2x",
    "put", "iron", "condor", "vertical", "calendar", "ratio", "covered", "call", "collar", "with", "shares", "@",
    "1.20", "mid", "mid-0.05", "mkt", "stop", "limit", "gtc", "ext", "until", "in", "0001", "tp", "sl", "exits",
    "then", "and", "walk", "0.01", "every", "20s", "to", "3.40", "same", "delta", "SPY261218P00590000", "credit",
    "[TO", "CLOSE]", "CALL/PUT", "CALL/SPY", "(Weeklys)", "LMT", "STP", "MARK", "options", "12345", "-", "🚀", "１",
]  # fmt: skip


@given(
    st.one_of(
        st.text(max_size=60),
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
