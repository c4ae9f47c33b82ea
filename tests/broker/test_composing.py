"""The body of an order: what it says, and that it is the same bytes each time (I6, I19)."""

import dataclasses
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.broker.composing import compose, plain
from senexbot.domain.errors import InvariantBroken
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.terms import Action, OrderType, TimeInForce

from .kit import terms


def test_a_limit_order_says_exactly_this():
    body = orjson.loads(compose(terms(price="187.50", quantity=100), "sx1-p-1", source="senexbot/1"))
    assert body == {
        "external-identifier": "sx1-p-1",
        "legs": [{"action": "Buy to Open", "instrument-type": "Equity", "quantity": 100, "symbol": "AAPL"}],
        "order-type": "Limit",
        "price": "187.5",
        "price-effect": "Debit",
        "source": "senexbot/1",
        "time-in-force": "Day",
    }


def test_market_orders_have_no_price_and_gtc_is_told():
    body = orjson.loads(compose(terms(price=None), "x"))
    assert "price" not in body
    assert "price-effect" not in body
    gtc = dataclasses.replace(terms(), time_in_force=TimeInForce.GTC)
    assert orjson.loads(compose(gtc, "x"))["time-in-force"] == "GTC"


@pytest.mark.parametrize("action", list(Action))
def test_closing_orders_are_strict(action):
    """I19: the broker must refuse a close without a position instead of opening one."""
    body = orjson.loads(compose(terms(action), "x"))
    strict = body.get("advanced-instructions", {}).get("strict-position-effect-validation", False)
    assert strict is action.closes
    assert body["price-effect"] == ("Debit" if action.value.startswith("Buy") else "Credit")


@given(st.decimals("0.0001", "99999", places=4), st.integers(1, 10**6))
def test_the_same_terms_give_the_same_bytes(price, quantity):
    """I6, also when a store gives the price back with other zeros."""
    one = compose(terms(price=str(price), quantity=quantity), "id")
    two = compose(terms(price=f"{price}0", quantity=quantity), "id")
    assert one == two
    assert Decimal(orjson.loads(one)["price"]) == price
    assert "behavior" not in orjson.loads(one)


def _with(**changes):
    return dataclasses.replace(terms(), **changes)


@pytest.mark.parametrize(
    "wrong",
    [
        _with(price=Decimal(0)),
        _with(price=Decimal("NaN")),
        _with(price=Decimal(100)),  # a buy for a credit
        _with(price=None),
        _with(type=OrderType.MARKET),
        _with(legs=()),
        _with(legs=terms().legs * 2),
        terms(quantity=0),
        terms(quantity=-1),
    ],
)
def test_terms_that_could_be_understood_otherwise_are_a_bug(wrong):
    with pytest.raises(InvariantBroken):
        compose(wrong, "id")


def test_no_identifier_is_a_bug():
    with pytest.raises(InvariantBroken):
        compose(terms(), "")


def test_fractions_and_options():
    option = terms(Action.SELL_TO_CLOSE, symbol="SPY   261218P00590000", kind=InstrumentType.EQUITY_OPTION)
    body = orjson.loads(compose(option, "x"))
    assert body["legs"][0]["instrument-type"] == "Equity Option"
    assert plain(Decimal("1E+2")) == "100"
    assert plain(Decimal("0.500")) == "0.5"
