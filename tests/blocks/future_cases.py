"""The cards of futures: what they stand for instead of a cost, all digits of their prices, their last days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from senexbot.blocks import accounts, orders, quotes
from senexbot.blocks.kit import Message
from senexbot.domain.instruments import FutureContract, Instrument, InstrumentType
from senexbot.domain.market import QuoteAnswer
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.intents import IntentState
from senexbot.domain.orders.terms import Action, Leg, OrderTerms, OrderType

from .builders import (
    NOW,
    D,
    account,
    ago,
    estimate,
    facts,
    fill,
    instrument,
    intent,
    link,
    quote,
    shares,
    terms,
    view,
)

S = IntentState
CHOICE = "/ES: /ESZ6, the broker's active month, last trade 18 Dec 26"
SOON = "/ESZ6 trades for the last time on 18 Dec 26; the next month is /ESH7"


def leg(
    symbol: str = "/ESZ6", action: Action = Action.BUY_TO_OPEN, quantity: str = "1", each: int = 50
) -> Leg:
    return Leg(symbol, InstrumentType.FUTURE, action, D(quantity), symbol, D(each))


def future_terms(one: Leg, price: str | None) -> OrderTerms:
    return replace(terms(one, price=price), underlying=one.symbol)


def es() -> Instrument:
    contract = FutureContract("/ES", last_trade=date(2026, 12, 18), active_month=True, rolls_to="/ESH7")
    return instrument("/ESZ6", "E Mini S&P", type=InstrumentType.FUTURE, multiplier=D(50), future=contract)


def future_cards() -> Mapping[str, Message]:
    margin = estimate(cost=None, fees=D("-2.95"), buying_power_after=D("60616.49"))
    market = view("6010", "6010.25", last=D("6010.25"), tick=D("0.25"))
    bought = future_terms(leg(), "-6010.25")
    sold = future_terms(leg(action=Action.SELL_TO_OPEN), None)
    bond = future_terms(leg("/ZBH7", each=1000), "-117.03125")
    closing = future_terms(leg(action=Action.SELL_TO_CLOSE), "6020")
    stop = replace(sold, type=OrderType.STOP, stop_trigger=D(5990))
    beside = {"estimate": margin, "price_view": market}
    done = facts(fill(1, "1", "6010.25"), status=BrokerStatus.FILLED, quantity="1")
    held = shares(
        "/ESZ6",
        "-2",
        instrument_type=InstrumentType.FUTURE,
        multiplier=D(50),
        average_open_price=D("6010.25"),
        close_price=D("5990"),
        mark=D("6004.125"),
    )
    euro = quote(
        instrument=replace(es(), symbol="/6EZ6", description="Euro FX Futures", multiplier=D(125_000)),
        bid=D("1.08500"),
        ask=D("1.08505"),
        last=D("1.08505"),
        prev_close=D("1.08720"),
        volume=D(64_000),
        iv_rank=None,
    )
    undated = replace(es(), future=FutureContract("/ES"))
    index = quote(instrument=undated, bid=D("6010"), ask=D("6010.25"), last=D("6010.25"), iv_rank=None)

    def order(of: OrderTerms, state: IntentState = S.PREVIEWED, **more: object) -> Message:
        made = intent(state, terms=of, **{**beside, **more})
        return orders.order_card(made, handle="h-card", now=NOW)

    return {
        "bought, the month chosen": order(bought, choices=(CHOICE,)),
        "sold at the market, near its end": order(sold, estimate=replace(margin, warnings=(SOON,))),
        "sold at the market, no quote": order(sold, price_view=None),
        "a stop": order(stop),
        "in thirty-seconds": order(
            bond,
            price_view=view(
                "117", "117.03125", last=D("117"), tick=D("0.03125"), lower=D(117), higher=D("117.0625")
            ),
        ),
        "to close": order(closing),
        "filled": order(bought, S.FILLED, claimed_at=ago(90), version=3, facts=done),
        "held": accounts.positions([(link(), account(), (held,))], now=NOW),
        "a quote": quotes.quote_card(QuoteAnswer((euro,)), now=NOW),
        "a quote, little known": quotes.quote_card(QuoteAnswer((index,)), now=NOW),
    }
