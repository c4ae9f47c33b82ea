from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.domain.errors import ParseError
from senexbot.domain.instruments import Right
from senexbot.domain.links import Environment
from senexbot.domain.order_words import order_text, order_words, terms_text
from senexbot.domain.parsing_order import parse_order
from senexbot.domain.parsing_symbol import NO_SYMBOLS
from senexbot.domain.terms import Action, OptionQuery, OrderDraft, OrderType, Side, TimeInForce
from senexbot.domain.verbs import find_verb

from .builders import PUT, TODAY, D, fit_to_show, option, terms

QUERY = OptionQuery("SPY", date(2026, 12, 18), Right.PUT, Decimal(590))
BUY = OrderDraft(Side.BUY, D(100), "AAPL", None, None, OrderType.LIMIT, D("187.50"), TimeInForce.DAY)


def read(text):
    return parse_order(text, TODAY)


def refused(text):
    with pytest.raises(ParseError) as caught:
        read(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "buy 100 AAPL @ 187.50",
        "BUY 100 aapl @187.5",
        "buy 100 AAPL 187.50",
        "buy 100 AAPL limit 187.50",
        "buy 100 AAPL lmt @ $187.50 day",
        "buy 100 AAPL day 187.50",
        "buy 100 AAPL at 187.50 today",
        "buy AAPL 100 @ 187.50",
    ],
)
def test_ways_to_say_one_order(text):
    assert read(text) == BUY


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        (
            "sell 1,000 AAPL @ 187.50 gtc",
            {"side": Side.SELL, "quantity": D(1000), "time_in_force": TimeInForce.GTC},
        ),
        ("buy 100 AAPL @ 187.50 in 0001", {"account_hint": "0001"}),
        ("buy 100 AAPL account 5wt00001 @ 187.50", {"account_hint": "5WT00001"}),
        ("buy 100 AAPL @ 187.50 in Practice", {"account_hint": "practice"}),
        ("buy 100 AAPL mkt", {"type": OrderType.MARKET, "price": None}),
        ("buy 100 AAPL @ mkt day", {"type": OrderType.MARKET, "price": None}),
        ("buy AAPL 100 at market", {"type": OrderType.MARKET, "price": None}),
        (
            "buy 2 SPY 18DEC26 590p @ 3.40",
            {"quantity": D(2), "symbol": "SPY", "option": QUERY, "price": D("3.4")},
        ),
        (
            "buy 2 SPY 18 dec 26 590 put 3.40",
            {"quantity": D(2), "symbol": "SPY", "option": QUERY, "price": D("3.4")},
        ),
        (
            "buy SPY 18DEC26 590p 2 @ 3.40",
            {"quantity": D(2), "symbol": "SPY", "option": QUERY, "price": D("3.4")},
        ),
        (
            "buy 2 SPY 261218P00590000 @ 3.40",
            {"quantity": D(2), "symbol": "SPY", "contract": PUT, "price": D("3.4")},
        ),
        ("buy 5 F 12 @ .5", None),
        ("buy 5 DAY @ 60 day", {"quantity": D(5), "symbol": "DAY", "price": D(60)}),
    ],
)
def test_what_is_understood(text, changes):
    if changes is None:
        assert "said already" in refused(text).message
    else:
        assert read(text) == replace(BUY, **changes)


@pytest.mark.parametrize(
    ("text", "word", "says"),
    [
        ("", None, "order for what"),
        ("by 100 AAPL @ 1", "by", "neither buy nor sell"),
        ("buy", "buy", "how many"),
        ("buy 100", "100", "symbol is missing"),
        ("buy 100 shares AAPL @ 1", "shares", "not a symbol"),
        ("buy 0 AAPL @ 1", "0", "at least 1"),
        ("buy -5 AAPL @ 1", "-5", "not a quantity"),
        ("buy 1.5 AAPL @ 1", "1.5", "whole shares"),
        ("buy 1000001 AAPL @ 1", "1000001", "more than the 1,000,000"),
        ("buy 10001 SPY 18DEC26 590p @ 1", "10001", "more than the 10,000 contracts"),
        ("buy 1e6 AAPL @ 1", "1e6", "not a quantity"),
        ("buy 100 AAPL", None, "price is missing"),
        ("buy 100 AAPL gtc", None, "price is missing"),
        ("buy 100 AAPL @", "@", "price is missing"),
        ("buy 100 AAPL @ 0", "0", "price of zero"),
        ("buy 100 AAPL @ -1", "-1", "not a price"),
        ("buy 100 AAPL @ NaN", "NaN", "not a price"),
        ("buy 100 AAPL @ 1e309", "1e309", "not a price"),
        ("buy 100 AAPL limit mkt", "mkt", "not a price"),
        ("buy 100 AAPL @ @ @ 1", "@", "not a price"),
        ("buy 100 AAPL mkt gtc", "gtc", "for today only"),
        ("buy 100 AAPL mkt 187.50", "187.50", "said already"),
        ("buy 100 AAPL 187.50 mkt", "mkt", "said already"),
        ("buy 100 AAPL @ 1 day gtc", "gtc", "said already"),
        ("buy 100 AAPL @ 1 in 01 in 02", "in", "said already"),
        ("buy 100 AAPL @ 1 in", "in", "account is missing"),
        ("buy 100 AAPL @ 1 in here", "here", "no account"),
        ("buy 100 AAPL @ 1 please", "please", "not understood"),
        ("buy AAPL @ 187.50", None, "quantity is missing"),
        ("buy AAPL", None, "quantity is missing"),
        ("buy AAPL 100", "100", "quantity or the price"),
        ("buy AAPL 100 187", "100", "quantity or the price"),
        ("buy 1 SPY 20NOV26 590p @ 1", "590p", "expired on 20 Nov 2026"),
        ("buy 1 SPY 590p @ 1", "590p", "expiration is missing"),
        ("buy 100 AAPL, @ 187.50", "AAPL,", "not a symbol"),
    ],
)
def test_what_is_refused(text, word, says):
    error = refused(text)
    assert says in error.message
    assert error.word == word
    assert error.hint


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("by 100 AAPL @ 1", ["order buy 100 AAPL @ 1.00"]),
        ("sel 50 AAPL mkrt", []),  # two faults: no repair of one reads as an order
        ("sell 50 AAPL mkrt", ["order sell 50 AAPL mkt", "order sell 50 AAPL mkt"]),
        ("buy 100 AAPL @ 1 gct", ["order buy 100 AAPL @ 1.00 gtc"]),
        ("buy 100 AAPL", ["order buy 100 AAPL mkt"]),
        ("buy 100 AAPL in 01", ["order buy 100 AAPL mkt in 01"]),
        ("buy 100 AAPL gtc", []),
        ("buy 100 AAPL mkt gtc", ["order buy 100 AAPL mkt"]),
        ("buy AAPL 100", ["order buy 100 AAPL mkt", "order buy 1 AAPL @ 100"]),
        ("buy AAPL 100 187", ["order buy 100 AAPL @ 187", "order buy 187 AAPL @ 100"]),
        (
            "buy 1 SPY 18DEC26 590 @ 3",
            ["order buy 1 SPY 18DEC26 590c @ 3", "order buy 1 SPY 18DEC26 590p @ 3"],
        ),
    ],
)
def test_suggestions_are_orders_that_read(text, commands):
    suggestions = [s.command for s in refused(text).suggestions]
    assert suggestions == list(dict.fromkeys(commands))
    for command in suggestions:
        verb, rest = find_verb(command)
        assert verb.name == "order"
        read(rest)


def test_an_option_of_today_is_not_past():
    assert read("buy 1 SPY 23NOV26 590p @ 1").option is not None


PRICES = st.decimals("0.0001", "999999999", places=4)
SYMBOLS = st.from_regex(r"[A-Z][A-Z0-9]{0,5}(/[A-Z]{1,2})?", fullmatch=True).filter(
    lambda s: s not in NO_SYMBOLS
)
FUTURE = st.dates(TODAY, date(2099, 12, 31))
STRIKES = st.decimals("0.001", "99999.999", places=3)


@st.composite
def drafts(draw):
    kind = draw(st.sampled_from(["share", "query", "contract"]))
    query = contract = None
    symbol = draw(SYMBOLS)
    quantity = draw(st.integers(1, 1_000_000 if kind == "share" else 10_000))
    if kind == "query":
        query = OptionQuery(symbol, draw(FUTURE), draw(st.sampled_from(Right)), draw(STRIKES))
    elif kind == "contract":
        symbol = draw(st.from_regex(r"[A-Z0-9]{1,6}", fullmatch=True))
        contract = replace(PUT, root=symbol, expiration=draw(FUTURE), strike=draw(STRIKES))
    price = draw(st.none() | PRICES)
    tif = TimeInForce.DAY if price is None else draw(st.sampled_from([TimeInForce.DAY, TimeInForce.GTC]))
    hint = draw(st.sampled_from(["", "0001", "5WT00001", *Environment]))
    kind_of = OrderType.MARKET if price is None else OrderType.LIMIT
    side = draw(st.sampled_from(Side))
    return OrderDraft(side, Decimal(quantity), symbol, query, contract, kind_of, price, tif, str(hint))


@given(drafts())
def test_the_normal_form_reads_back_to_the_same_order(draft):
    """Design decision 15, I75."""
    assert read(order_text(draft)) == draft


EDITS = st.sampled_from("0123456789.,@ pcsgtbuyAEL-$/")


@given(drafts(), st.data())
@settings(max_examples=200, deadline=None)
def test_a_one_character_edit_is_refused_or_visible(draft, data):
    """I75: the numbers of the reading stand in the edited text, digit for digit; nothing is skipped."""
    text = order_text(draft)
    at = data.draw(st.integers(0, len(text) - 1))
    how = data.draw(st.sampled_from(["replace", "delete", "insert"]))
    char = data.draw(EDITS)
    edited = text[:at] + {"replace": char, "delete": "", "insert": char + text[at]}[how] + text[at + 1 :]
    try:
        read_draft = read(edited)
    except ParseError:
        return
    normal = order_text(read_draft)
    assert read(normal) == read_draft
    # Every number and name of the reading is one written word (or glued part) of the edited text.
    glued = edited.lower().replace(",", "").replace("$", "").replace(" ", "").replace(".", "/", 0)
    assert f"{read_draft.quantity:f}" in glued
    assert glued.startswith(read_draft.side.value)
    if read_draft.price is not None:
        digits = f"{read_draft.price.normalize():f}".rstrip("0").removeprefix("0")
        assert digits in glued
    assert read_draft.symbol.lower().replace("/", "") in glued.replace("/", "").replace(".", "")
    # And nothing of the text is left out: what carries digits is in the normal form.
    assert sum(c.isdigit() and c != "0" for c in edited) == sum(c.isdigit() and c != "0" for c in normal)


@given(
    st.one_of(
        st.text(max_size=80),
        st.text(alphabet="buysel 0159AAPL@.mktgc,&;<>１\u202e", max_size=60),
        st.lists(
            st.sampled_from(
                [
                    "buy",
                    "sell",
                    "100",
                    "AAPL",
                    "SPY",
                    "@",
                    "187.50",
                    "mkt",
                    "gtc",
                    "day",
                    "in",
                    "0001",
                    "18DEC26",
                    "590p",
                    "590",
                    "p",
                    "-",
                    "🚀",
                ]
            ),
            max_size=10,
        ).map(" ".join),
    )
)
@settings(max_examples=200, deadline=None)
def test_hostile_text_only_raises_parse_error(text):
    """F117."""
    try:
        draft = read(text)
    except ParseError as error:
        fit_to_show(error)
    else:
        assert read(order_text(draft)) == draft
        assert draft.quantity > 0


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "buy 100 <!channel> @ 1", "buy １００ AAPL @ 1", "\x00", "buy\x1c1"]
)
def test_hostile_examples(text):
    refused(text)


def test_terms_in_words_and_as_text():
    put = option()
    cases = [
        (terms(), "Buy 100 AAPL, limit 187.50, today only", "buy 100 AAPL @ 187.50"),
        (
            terms(quantity=1000, tif=TimeInForce.GTC),
            "Buy 1,000 AAPL, limit 187.50, GTC",
            "buy 1000 AAPL @ 187.50 gtc",
        ),
        (terms(Action.SELL_TO_CLOSE, 50, None), "Sell 50 AAPL at the market, today only", "sell 50 AAPL mkt"),
        (
            terms(Action.SELL_TO_OPEN, 2, "3.4", instrument=put, tif=TimeInForce.GTC),
            "Sell 2 SPY 18 Dec 26 590 put for 3.40 credit, GTC",
            "sell 2 SPY261218P00590000 @ 3.40 gtc",
        ),
        (
            terms(Action.BUY_TO_CLOSE, 2, "-3.4", instrument=put),
            "Buy 2 SPY 18 Dec 26 590 put for 3.40 debit, today only",
            "buy 2 SPY261218P00590000 @ 3.40",
        ),
    ]
    for value, words, text in cases:
        assert order_words(value) == words
        assert terms_text(value) == text
        draft = read(text)
        leg = value.legs[0]
        assert (draft.contract.occ if draft.contract else draft.symbol) == leg.symbol
        assert (draft.side, draft.quantity) == (value.side, leg.quantity)
        assert len(f"PRACTICE · {words}") <= 90
