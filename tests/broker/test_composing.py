"""The body of an order: what it says, and that it is the same bytes each time (I6, I19)."""

import dataclasses
from datetime import date
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.broker.composing import compose, is_complex, plain
from senexbot.domain.errors import InvariantBroken
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.orders.terms import Action, ChildRole, ChildTerms, Group, OrderType, TimeInForce

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


def _leg(symbol="AAPL", action=Action.BUY_TO_OPEN, quantity: object = 10):
    return dataclasses.replace(terms(action, symbol=symbol).legs[0], quantity=Decimal(str(quantity)))


def _dollars(**changes):
    values = {
        "type": OrderType.NOTIONAL_MARKET,
        "price": None,
        "value": Decimal(-500),
        "legs": (_leg(quantity=0),),
        **changes,
    }
    return _with(**values)


def _exit(type_=OrderType.LIMIT, price=Decimal(210), action=Action.SELL_TO_CLOSE, **changes):
    return ChildTerms(ChildRole.TAKE_PROFIT, (_leg(action=action),), type_, price, TimeInForce.GTC, **changes)


def _stop(**changes):
    return _exit(OrderType.STOP, None, stop_trigger=Decimal(90), **changes)


def test_a_bracket_says_exactly_this():
    """I5: each part under its own identifier; prices and triggers only where they belong (pitfall 37)."""
    what = _with(group=Group.OTOCO, children=(_exit(), _stop()))
    body = compose(what, "sx1-p-1", source="senexbot/1")
    assert is_complex(body)

    def part(action, tag, kind, standing, **more):
        leg = {"action": action, "instrument-type": "Equity", "quantity": 10, "symbol": "AAPL"}
        said = {"external-identifier": tag, "legs": [leg], "order-type": kind, "time-in-force": standing}
        return {**said, "source": "senexbot/1", **more}

    strict = {"advanced-instructions": {"strict-position-effect-validation": True}}
    assert orjson.loads(body) == {
        "type": "OTOCO",
        "source": "senexbot/1",
        "trigger-order": part(
            "Buy to Open", "sx1-p-1", "Limit", "Day", **{"price": "100", "price-effect": "Debit"}
        ),
        "orders": [
            part(
                "Sell to Close",
                "sx1-p-1.1",
                "Limit",
                "GTC",
                **{"price": "210", "price-effect": "Credit"},
                **strict,
            ),
            part("Sell to Close", "sx1-p-1.2", "Stop", "GTC", **{"stop-trigger": "90"}, **strict),
        ],
    }


def test_an_oco_and_an_oto_say_which_is_which():
    sell = terms(Action.SELL_TO_CLOSE, price="210")
    oco = orjson.loads(compose(dataclasses.replace(sell, group=Group.OCO, children=(_stop(),)), "a"))
    assert (oco["type"], "trigger-order" in oco) == ("OCO", False)
    assert [one["external-identifier"] for one in oco["orders"]] == ["a", "a.1"]
    oto = orjson.loads(compose(_with(group=Group.OTO, children=(_exit(), _stop(), _exit())), "a"))
    assert oto["trigger-order"]["external-identifier"] == "a"
    assert [one["external-identifier"] for one in oto["orders"]] == ["a.1", "a.2", "a.3"]
    assert not is_complex(compose(terms(), "a"))


def test_every_type_has_what_it_needs_and_nothing_else():
    day = date(2026, 12, 18)
    stop = _with(type=OrderType.STOP, price=None, stop_trigger=Decimal("250.50"))
    body = orjson.loads(compose(stop, "x"))
    assert body["stop-trigger"] == "250.5"
    assert not {"price", "price-effect", "value", "gtc-date"} & body.keys()
    value = orjson.loads(compose(_dollars(), "x"))
    assert (value["value"], value["value-effect"]) == ("500", "Debit")
    assert "quantity" not in value["legs"][0]
    until = orjson.loads(compose(_with(time_in_force=TimeInForce.GTD, gtc_date=day), "x"))
    assert (until["time-in-force"], until["gtc-date"]) == ("GTD", "2026-12-18")


def test_a_ratio_spread_keeps_its_quantities_and_its_net():
    legs = (_leg("A", quantity=2), _leg("B", Action.SELL_TO_OPEN, 4))
    body = orjson.loads(compose(_with(legs=legs, price=Decimal("0.40")), "x"))
    assert [leg["quantity"] for leg in body["legs"]] == [2, 4]
    assert (body["price"], body["price-effect"]) == ("0.4", "Credit")


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
        _with(type=OrderType.STOP),
        _with(type=OrderType.STOP, price=None),
        _with(type=OrderType.STOP, price=None, stop_trigger=Decimal(0)),
        _with(type=OrderType.STOP, price=None, stop_trigger=Decimal("NaN")),
        _with(type=OrderType.STOP_LIMIT, price=None, stop_trigger=Decimal(90)),
        _with(stop_trigger=Decimal(90)),
        _with(value=Decimal(-500)),
        _with(type=OrderType.NOTIONAL_MARKET, price=None),
        _with(type=OrderType.NOTIONAL_MARKET, price=None, value=Decimal(-500)),  # with a quantity
        _dollars(value=Decimal(500)),  # a buy that brings money
        _dollars(value=Decimal(0)),
        _dollars(legs=(*_dollars().legs, _leg("MSFT", quantity=0))),
        _with(time_in_force=TimeInForce.GTD),
        _with(gtc_date=date(2026, 12, 18)),
        _with(legs=(_leg("A"), _leg("B")), price=Decimal(1)),  # two buys for a credit
        _with(legs=(_leg("A"), _leg("B", quantity="1.5"))),
        _with(legs=tuple(_leg(name) for name in "ABCDE")),
        _with(group=Group.OTO),
        _with(children=(_exit(),)),
        _with(group=Group.OTOCO, children=(_exit(),)),
        _with(group=Group.OTOCO, children=(_exit(), _exit())),  # pitfall 36
        _with(group=Group.OTOCO, children=(_exit(), _exit(OrderType.MARKET, None))),
        _with(group=Group.OTOCO, children=(_stop(), _exit(action=Action.SELL_TO_OPEN))),
        _with(group=Group.OCO, children=(_stop(),)),  # the first of the two opens
        _with(group=Group.OTO, children=(_exit(), _exit(), _exit(), _exit())),
        _with(group=Group.OTO, children=(_exit(price=Decimal(-210)),)),
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
