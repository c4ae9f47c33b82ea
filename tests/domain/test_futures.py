"""Futures: their names, their last days, what they are worth against the limits, who may trade them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from senexbot.domain.alerting.normal import text_of
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.errors import ParseError
from senexbot.domain.halts.halts import HaltState
from senexbot.domain.instruments import InstrumentType, names_future, product_of
from senexbot.domain.market import TradingStatus
from senexbot.domain.orders.broker_orders import BrokerLeg
from senexbot.domain.orders.checks import check_preview
from senexbot.domain.orders.ending import ending
from senexbot.domain.orders.terms import Action, OrderType, TimeInForce
from senexbot.domain.orders.words import order_words
from senexbot.domain.parsing_quote import parse_quote
from senexbot.domain.policy.elsewhere import placed_elsewhere
from senexbot.domain.policy.measures import OrderMarket, measure
from tests.domain.builders import ACCOUNT, NOW, TODAY, D, facts, future, order, quote, terms
from tests.domain.policy.cases import ZONE

ES = future()
APPROVED = TradingStatus(futures_enabled=True)


def es(action=Action.BUY_TO_OPEN, quantity=1, price="-6010.25", **more):
    return terms(action, quantity, price, instrument=ES, **more)


def es_facts(order_terms=None, **changes):
    seen = quote(ES, bid=D("6010"), ask=D("6010.25"), last=D("6010.25"))
    given = {"instrument": ES, "terms": order_terms or es(), "quote": seen, "trading_status": APPROVED}
    return facts(**given | changes)


@pytest.mark.parametrize(
    ("symbol", "product"),
    [
        ("/ESZ6", "/ES"),
        ("/ESZ26", "/ES"),
        ("/6EH7", "/6E"),
        ("/M2KU6", "/M2K"),
        ("/ES", ""),
        ("ESZ6", ""),
        ("AAPL", ""),
    ],
)
def test_the_product_of_a_month(symbol, product):
    assert product_of(symbol) == product


@pytest.mark.parametrize(
    ("said", "symbol", "same"),
    [
        ("/ES", "/ESZ6", True),
        ("/ESZ6", "/ESZ6", True),
        ("/ESZ26", "/ESZ6", True),
        ("/ESZ6", "/ESZ26", True),
        ("/ESZ36", "/ESZ26", False),
        ("/ESH6", "/ESZ6", False),
        ("/MES", "/ESZ6", False),
        ("/ES", "AAPL", False),
    ],
)
def test_how_a_person_may_name_what_is_held(said, symbol, same):
    assert names_future(said, symbol) is same


def test_a_future_of_an_approved_account_is_clear():
    assert check_preview(es_facts()).denials == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"trading_status": TradingStatus()}, "futures_off"),
        ({"trading_status": replace(APPROVED, futures_closing_only=True)}, "account_closing_only"),
        ({"order_terms": es(price="-6010.10")}, "off_tick"),
        ({"order_terms": es(quantity="1.5")}, "quantity"),
        ({"order_terms": es(tif=TimeInForce.EXT)}, "extended_shares"),
        ({"order_terms": es(price=None, tif=TimeInForce.GTC)}, "market_gtc"),
        ({"instrument": replace(ES, is_closing_only=True)}, "instrument_closing_only"),
        ({"position_quantity": D(-1)}, "opposite_position"),
        ({"order_terms": es(Action.SELL_TO_CLOSE, 2, "6010"), "position_quantity": D(1)}, "over_position"),
        ({"halt": HaltState.REDUCING}, "reducing"),
    ],
)
def test_what_is_denied(changes, code):
    """I19, I22, I25."""
    assert [reason.code for reason in check_preview(es_facts(**changes)).denials] == [code]


def test_one_that_can_only_be_closed_names_the_next_month():
    (no,) = check_preview(es_facts(instrument=replace(ES, is_closing_only=True))).denials
    assert no.words == "/ESZ6 can only be closed; the next month is /ESH7"


def test_what_only_closes_passes_an_account_that_may_only_close():
    closing = es(Action.SELL_TO_CLOSE, 1, "6010")
    only = replace(APPROVED, futures_closing_only=True)
    assert check_preview(es_facts(closing, trading_status=only, position_quantity=D(1))).denials == ()


def test_a_price_between_the_steps_names_its_neighbours():
    (no,) = check_preview(es_facts(es(price="-6010.10"))).denials
    assert no.prices == (D("6010.00"), D("6010.25"))


# --- its last days -------------------------------------------------------------------------------


def test_the_nearest_of_its_last_days_is_told():
    assert list(ending(ES, TODAY)) == []
    near = date(2026, 12, 14)
    assert list(ending(ES, near)) == ["/ESZ6 trades for the last time on 18 Dec 26; the next month is /ESH7"]
    oil = replace(ES.future, closing_only=date(2026, 12, 16))
    words = list(ending(replace(ES, future=oil), near))
    assert words == ["/ESZ6 can only be closed from 16 Dec 26; the next month is /ESH7"]
    bond = replace(ES.future, first_notice=near + timedelta(3), closing_only=None, rolls_to="")
    words = list(ending(replace(ES, future=bond), near))
    assert words == ["/ESZ6 has its first notice of delivery on 17 Dec 26"]
    assert list(ending(replace(ES, future=None), near)) == []


def test_it_is_among_the_warnings_of_the_preview():
    late = es_facts(today=date(2026, 12, 17))
    assert check_preview(late).warnings == (
        "/ESZ6 trades for the last time on 18 Dec 26; the next month is /ESH7",
    )


# --- what it is worth ----------------------------------------------------------------------------


def test_a_future_counts_with_its_multiplier():
    bought = measure(es(quantity=2), None, None)
    assert (bought.notional, bought.greatest_loss) == (D(601_025), D(601_025))
    assert (bought.uncapped, bought.contracts, bought.shares) == (False, D(2), D(0))
    sold = measure(es(Action.SELL_TO_OPEN, 2, "6010.25"), None, None)
    assert (sold.notional, sold.greatest_loss, sold.uncapped_contracts) == (D(601_025), None, D(2))
    assert measure(es(Action.SELL_TO_CLOSE, 2, "6010.25"), None, None).notional == 0


def test_at_the_market_it_counts_at_the_markets_price():
    market = OrderMarket(D(6010), D("6010.25"), None, usable=True)
    assert measure(es(price=None), market, None).notional == D("300512.5")
    stop = replace(es(price=None), type=OrderType.STOP, stop_trigger=D(6100))
    assert measure(stop, market, None).notional == D(305_000)


def test_one_placed_elsewhere_counts_with_the_brokers_multiplier():
    leg = BrokerLeg("/ESZ6", InstrumentType.FUTURE, "Sell", D(2), D(2))
    other = order(legs=(leg,), price=D(6000), underlying="/ESZ6")
    held = placed_elsewhere(other, ACCOUNT, ZONE, NOW, {"/ESZ6": D(50)})
    assert (held.exposure.notional, held.exposure.uncapped_contracts, held.opens) == (D(600_000), D(2), True)
    unknown = placed_elsewhere(other, ACCOUNT, ZONE, NOW)
    assert unknown.exposure.notional is None


# --- words ---------------------------------------------------------------------------------------


def test_its_limit_is_neither_credit_nor_debit():
    assert order_words(es()) == "Buy 1 /ESZ6, limit 6010.25, today only"
    assert order_words(es(price=None)) == "Buy 1 /ESZ6 at the market, today only"


def test_quotes_and_alerts_name_futures():
    assert parse_quote("/esz6 /ES AAPL") == ("/ESZ6", "/ES", "AAPL")
    terms = parse_alert("/ESZ6 > 6000", TODAY)
    assert text_of(terms) == "/ESZ6 > 6000.00"
    with pytest.raises(ParseError, match="options on futures"):
        parse_quote("/ESZ6 18DEC26 5900p")
    with pytest.raises(ParseError):
        parse_quote("/")
