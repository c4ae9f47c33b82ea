"""Every order type and every standing in words, and in the normal form."""

from dataclasses import replace
from datetime import date

import pytest

from senexbot.domain.language import parse
from senexbot.domain.orders.terms import Action, ChildRole, ChildTerms, Group, OrderType, TimeInForce
from senexbot.domain.orders.words import child_words, order_words, terms_text
from senexbot.domain.resolving.back import said_of
from tests.domain.builders import CALL, PUT, TODAY, D, bracket, leg, option, strangle, terms

T = OrderType
SELL = terms(Action.SELL_TO_CLOSE, 50, None)
STOP = replace(SELL, type=T.STOP, stop_trigger=D(180), time_in_force=TimeInForce.GTC)
STOP_LIMIT = replace(STOP, type=T.STOP_LIMIT, price=D("179.5"))
UNTIL = replace(terms(), time_in_force=TimeInForce.GTD, gtc_date=date(2026, 12, 18))
DOLLARS = replace(terms(quantity=0, price=None), type=T.NOTIONAL_MARKET, value=D(-1500))
LEGS = strangle(1, legs=(leg(PUT, quantity=1), leg(CALL, Action.BUY_TO_OPEN, 1)), strategy="", price="1.2")
OPTION_STOP = replace(
    terms(Action.BUY_TO_CLOSE, 2, None, instrument=option()),
    type=T.STOP_LIMIT,
    stop_trigger=D(5),
    price=D(-5),
)


@pytest.mark.parametrize(
    ("what", "words", "text"),
    [
        (terms(), "Buy 100 AAPL, limit 187.50, today only", "buy 100 AAPL @ 187.50"),
        (SELL, "Sell 50 AAPL at the market, today only", "sell 50 AAPL mkt"),
        (STOP, "Sell 50 AAPL, stop 180.00, GTC", "sell 50 AAPL stop 180.00 gtc"),
        (
            STOP_LIMIT,
            "Sell 50 AAPL, stop 180.00 limit 179.50, GTC",
            "sell 50 AAPL stop 180.00 @ 179.50 gtc",
        ),
        (
            OPTION_STOP,
            "Buy 2 SPY 18 Dec 26 590 put, stop 5.00 for 5.00 debit, today only",
            "buy 2 SPY261218P00590000 stop 5.00 @ 5.00",
        ),
        (UNTIL, "Buy 100 AAPL, limit 187.50, until 18 Dec 26", "buy 100 AAPL @ 187.50 until 18DEC26"),
        (DOLLARS, "Buy $1,500.00 of AAPL at the market, today only", "buy $1500.00 AAPL mkt"),
        (
            strangle(),
            "Sell 2 SPY strangles for 3.46 credit ($692), GTC",
            "sell 2 SPY261218P00590000 + sell 2 SPY261218C00640000 @ 3.46 credit gtc",
        ),
        (
            replace(strangle(1, price="-2.015"), strategy="iron butterfly"),
            "Buy 1 SPY iron butterfly for 2.015 debit ($201.50), GTC",
            "sell 1 SPY261218P00590000 + sell 1 SPY261218C00640000 @ 2.015 debit gtc",
        ),
        (
            replace(strangle(3, price="-2"), strategy="butterfly"),
            "Buy 3 SPY butterflies for 2.00 debit ($600), GTC",
            "sell 3 SPY261218P00590000 + sell 3 SPY261218C00640000 @ 2.00 debit gtc",
        ),
        (
            LEGS,
            "Sell 1 SPY 18 Dec 26 590 put and buy 1 SPY 18 Dec 26 640 call for 1.20 credit ($120), GTC",
            "sell 1 SPY261218P00590000 + buy 1 SPY261218C00640000 @ 1.20 credit gtc",
        ),
        (
            bracket(),
            "Buy 100 AAPL, limit 187.50, today only",
            (
                "buy 100 AAPL @ 187.50; otoco; take profit: sell 100 AAPL @ 210.00 gtc; "
                "stop loss: sell 100 AAPL stop 180.00 gtc"
            ),
        ),
    ],
)
def test_words_and_normal_form(what, words, text):
    assert order_words(what) == words
    assert terms_text(what) == text


@pytest.mark.parametrize(
    ("standing", "words", "text"),
    [
        (TimeInForce.DAY, "today only", ""),
        (TimeInForce.GTC, "GTC", " gtc"),
        (TimeInForce.EXT, "today with extended hours", " ext"),
        (TimeInForce.GTC_EXT, "GTC with extended hours", " gtc ext"),
        (TimeInForce.EXT_OVERNIGHT, "today and overnight", " overnight"),
        (TimeInForce.GTC_EXT_OVERNIGHT, "GTC, also overnight", " gtc overnight"),
        (TimeInForce.IOC, "immediate or cancel", " ioc"),
    ],
)
def test_each_standing_has_words_of_its_own(standing, words, text):
    what = replace(terms(), time_in_force=standing)
    assert order_words(what) == f"Buy 100 AAPL, limit 187.50, {words}"
    assert terms_text(what) == f"buy 100 AAPL @ 187.50{text}"


def _child(role=ChildRole.STOP_LOSS, legs=None, **changes):
    values = {"type": T.LIMIT, "price": None, "time_in_force": TimeInForce.GTC, **changes}
    return ChildTerms(role, legs or terms(Action.SELL_TO_CLOSE).legs, **values)


@pytest.mark.parametrize(
    ("child", "words"),
    [
        (_child(ChildRole.TAKE_PROFIT, price=D(210)), "take profit at 210.00"),
        (_child(stop_trigger=D(180)), "stop loss, stop 180.00"),
        (_child(stop_trigger=D(180), price=D("179.5")), "stop loss, stop 180.00, limit 179.50"),
        (_child(), "stop loss at the market"),
        (_child(ChildRole.TAKE_PROFIT, legs=strangle().legs, price=D("-1.73")), "take profit at 1.73 debit"),
        (_child(ChildRole.THEN, price=D(190)), "then sell 100 AAPL at 190.00"),
    ],
)
def test_children_in_words(child, words):
    assert child_words(child) == words


def test_children_count_units_and_have_a_side():
    child = _child(ChildRole.TAKE_PROFIT, legs=strangle(3).legs, price=D("-1.73"))
    assert (child.units, child.side.value) == (3, "buy")
    assert replace(bracket(), group=Group.OTO, children=()).group.value == "OTO"


@pytest.mark.parametrize(
    ("what", "words", "text"),
    [
        (terms(), "Buy 100 AAPL, limit 187.50, today only", "buy 100 AAPL @ 187.50"),
        (terms(quantity=1000, tif=TimeInForce.GTC), "Buy 1,000 AAPL, limit 187.50, GTC", "buy 1000 AAPL @ 187.50 gtc"),
        (SELL, "Sell 50 AAPL at the market, today only", "sell 50 AAPL mkt"),
        (
            terms(Action.SELL_TO_OPEN, 2, "3.4", instrument=option(), tif=TimeInForce.GTC),
            "Sell 2 SPY 18 Dec 26 590 put for 3.40 credit, GTC",
            "sell 2 SPY261218P00590000 @ 3.40 gtc",
        ),
        (
            terms(Action.BUY_TO_CLOSE, 2, "-3.4", instrument=option()),
            "Buy 2 SPY 18 Dec 26 590 put for 3.40 debit, today only",
            "buy 2 SPY261218P00590000 @ 3.40",
        ),
    ],
)  # fmt: skip
def test_the_normal_form_of_terms_is_read_as_the_same_order(what, words, text):
    assert (order_words(what), terms_text(what)) == (words, text)
    assert len(f"PRACTICE · {words}") <= 90
    assert parse(text, TODAY) == said_of(what)
