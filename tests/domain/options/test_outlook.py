"""What an order changes: greeks with their units, position and delta before and after."""

from dataclasses import replace

import pytest

from senexbot.domain.instruments import InstrumentType
from senexbot.domain.market import Position
from senexbot.domain.options.chain import Greeks
from senexbot.domain.options.outlook import Change, NetGreeks, Outlook, outlook
from senexbot.domain.options.probability import Model
from senexbot.domain.orders.terms import Action, OrderType
from tests.domain.builders import NOW, D, option, share, terms
from tests.domain.options.test_payoff import CALL, PUT, contract, order

STRANGLE = order("3.46", (-2, 562, PUT), (-2, 630, CALL))
PUT_562, CALL_630 = (leg.symbol for leg in STRANGLE.legs)
FEED = {
    PUT_562: Greeks(D("-0.20"), D("0.004"), D("-0.11"), D("0.55"), D("0.20"), D("1.80"), NOW),
    CALL_630: Greeks(D("0.19"), D("0.005"), D("-0.09"), D("0.52"), D("0.14"), D("1.66"), NOW),
}


def held(symbol, quantity, kind=InstrumentType.EQUITY, multiplier=1, underlying="SPY"):
    return Position("5WT00001", symbol, kind, underlying, D(quantity), D(multiplier), D(1), None, None)


def option_held(symbol, quantity):
    return held(symbol, quantity, InstrumentType.EQUITY_OPTION, 100)


def of(made, **changed):
    known = {"greeks": FEED, "positions": (), "spot": D(600), "years": D("0.1")}
    return outlook(made, **known | changed)


def test_the_order_alone():
    """2 short strangles: delta −2·100·(−0.20 + 0.19), and so on."""
    found = of(STRANGLE)
    assert found.greeks == NetGreeks(D("2.00"), D("-1.800"), D("40.00"), D("-214.00"))
    assert found.positions == (Change(PUT_562, D(0), D(-2)), Change(CALL_630, D(0), D(-2)))
    assert found.delta == Change("SPY", D(0), D(2))
    assert found.model == Model(D(600), D("0.17"), D("0.1"))
    assert found.asked


def test_beside_what_is_held():
    """Shares count one each; positions of other underlyings not at all."""
    lines = (held("SPY", 100), option_held(PUT_562, -1), held("AAPL", 50, underlying="AAPL"))
    found = of(STRANGLE, positions=lines, shares=D(100))
    assert found.positions[0] == Change(PUT_562, D(-1), D(-3))
    assert found.delta == Change("SPY", D(120), D(122))
    assert found.model.shares == 100


def test_shares_alone_are_told_by_the_position():
    buy = terms(price="-600", instrument=share("SPY"), quantity="40")
    assert of(buy, positions=(held("SPY", 100),)) == Outlook((Change("SPY", D(100), D(140)),))
    beside = of(buy, positions=(held("SPY", 100), option_held(PUT_562, -1)))
    assert beside.delta == Change("SPY", D(120), D(160))
    assert beside.greeks is None
    assert not beside.asked


@pytest.mark.parametrize("symbol", [PUT_562, CALL_630])
def test_a_leg_without_its_delta_leaves_all_of_them_unknown(symbol):
    found = of(STRANGLE, greeks={symbol: FEED[symbol]})
    assert (found.greeks, found.delta, found.model) == (None, None, None)
    assert found.asked
    assert len(found.positions) == 2


def test_what_is_held_and_not_known_leaves_the_accounts_delta_unknown():
    other = contract(500, PUT).occ
    found = of(STRANGLE, positions=(option_held(other, 1),))
    assert found.greeks is not None
    assert found.delta is None
    future = of(STRANGLE, positions=(held("/ESZ6", 1, InstrumentType.FUTURE, 50),))
    assert future.delta is None
    assert of(STRANGLE, positions=None).positions == ()
    assert of(STRANGLE, positions=None).delta is None


def test_a_greek_that_the_feed_leaves_out():
    bare = {**FEED, PUT_562: replace(FEED[PUT_562], gamma=None, volatility=None)}
    found = of(STRANGLE, greeks=bare)
    assert found.greeks == NetGreeks(D("2.00"), None, D("40.00"), D("-214.00"))
    assert found.model is None


@pytest.mark.parametrize(
    ("spot", "years"), [(None, D("0.1")), (D(0), D("0.1")), (D(600), None), (D(600), D(0))]
)
def test_no_model_without_price_or_time(spot, years):
    assert of(STRANGLE, spot=spot, years=years).model is None


def test_closing_takes_its_greeks_away():
    close = terms(Action.BUY_TO_CLOSE, 2, "-1", instrument=option(contract(562, PUT)))
    found = of(close, positions=(option_held(PUT_562, -2),))
    assert found.positions == (Change(PUT_562, D(-2), D(0)),)
    assert found.delta == Change("SPY", D(40), D(0))


def test_dollars_say_nothing_of_a_quantity():
    spent = replace(terms(), type=OrderType.NOTIONAL_MARKET, value=D(-500), price=None)
    assert of(spent) == Outlook()
