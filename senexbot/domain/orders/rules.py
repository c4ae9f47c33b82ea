"""What the broker's forms allow of an order: legs, type, time in force, price steps, and what hangs on it.

Told before the dry run, each with a published code; the dry run does not look at price steps at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from senexbot.domain.errors import Reason
from senexbot.domain.instruments import InstrumentType, TickSize
from senexbot.domain.money import nearest_ticks, on_tick, price_text
from senexbot.domain.orders.terms import ChildTerms, Group, Leg, OrderTerms, OrderType, Side, TimeInForce

MOST_LEGS = 4
LASTING = frozenset({TimeInForce.GTC, TimeInForce.GTD, TimeInForce.GTC_EXT, TimeInForce.GTC_EXT_OVERNIGHT})
EXTENDED = frozenset(
    {
        TimeInForce.EXT,
        TimeInForce.GTC_EXT,
        TimeInForce.EXT_OVERNIGHT,
        TimeInForce.GTC_EXT_OVERNIGHT,
    }
)
AT_MARKET = frozenset({OrderType.MARKET, OrderType.NOTIONAL_MARKET})
PRICED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})
_CHILDREN = {Group.OCO: range(1, 2), Group.OTOCO: range(2, 3), Group.OTO: range(1, 4)}

Part = OrderTerms | ChildTerms


def order_rules(terms: OrderTerms, ticks: tuple[TickSize, ...], today: date) -> Iterator[Reason]:
    """All rules of an order and of what hangs on it. `ticks`: the steps of its net price."""
    yield from _part(terms, ticks, today)
    symbols = {leg.symbol for leg in terms.legs}
    for child in terms.children:
        same = symbols == {leg.symbol for leg in child.legs}
        yield from _part(child, ticks if same else None, today)
    yield from _group(terms)


def _part(terms: Part, ticks: tuple[TickSize, ...] | None, today: date) -> Iterator[Reason]:
    yield from _legs(terms.legs)
    yield from _quantities(terms)
    yield from _times(terms, today)
    yield from _prices(terms, ticks)


def _legs(legs: Sequence[Leg]) -> Iterator[Reason]:
    if not 1 <= len(legs) <= MOST_LEGS:
        yield Reason("leg_count", f"one order has one to {MOST_LEGS} legs")
    if len({leg.symbol for leg in legs}) != len(legs):
        yield Reason("leg_twice", "two legs are of the same symbol")
    if len(legs) > 1 and any(leg.type is not InstrumentType.EQUITY_OPTION for leg in legs):
        yield Reason("legs_mixed", "an order of several legs has options only: trade the shares on their own")


def _quantities(terms: Part) -> Iterator[Reason]:
    if terms.type is OrderType.NOTIONAL_MARKET:
        value = terms.value if isinstance(terms, OrderTerms) else None
        one_share = len(terms.legs) == 1 and terms.legs[0].type is InstrumentType.EQUITY
        if not value or not one_share:
            yield Reason("notional_shape", "an order in dollars names an amount and one share")
        return
    for leg in terms.legs:
        if leg.quantity <= 0 or leg.quantity != leg.quantity.to_integral_value():
            yield Reason("quantity", "the quantity must be a whole number above zero")


def _times(terms: Part, today: date) -> Iterator[Reason]:
    opens = not all(leg.action.closes for leg in terms.legs)
    tif = terms.time_in_force
    if terms.type in AT_MARKET:
        if tif in LASTING:
            yield Reason("market_gtc", "a market order stands for today only")
        if len(terms.legs) > 1:
            yield Reason("market_legs", "a market order has one leg; name a price for several")
    if terms.type is OrderType.STOP and tif in LASTING and opens:
        yield Reason("stop_gtc", "a stop order that opens stands for today only")
    shares = len(terms.legs) == 1 and terms.legs[0].type is InstrumentType.EQUITY
    if tif in EXTENDED and not (shares and terms.type is OrderType.LIMIT):
        yield Reason("extended_shares", "outside regular hours only a limit order for shares trades")
    if tif is TimeInForce.GTD and (terms.gtc_date is None or terms.gtc_date < today):
        yield Reason("gtd_date", "the day until which it stands is missing or over")


def _prices(terms: Part, ticks: tuple[TickSize, ...] | None) -> Iterator[Reason]:
    if terms.type in PRICED:
        if not terms.price:
            yield Reason("price_missing", "a limit order needs a price above zero")
        elif ticks is not None:
            yield from _on_grid("off_tick", abs(terms.price), ticks)
    if terms.type in STOPS:
        if terms.stop_trigger is None or terms.stop_trigger <= 0:
            yield Reason("trigger_missing", "a stop order needs a trigger above zero")
        elif ticks is not None:
            yield from _on_grid("trigger_off_tick", terms.stop_trigger, ticks)
    if len(terms.legs) == 1 and terms.price and (terms.price < 0) != (_side(terms) is Side.BUY):
        yield Reason("price_sign", "what is bought costs a debit, what is sold brings a credit")


def _side(terms: Part) -> Side:
    return terms.legs[0].action.side


def _on_grid(code: str, price: Decimal, ticks: tuple[TickSize, ...]) -> Iterator[Reason]:
    if on_tick(price, ticks):
        return
    near = tuple(p for p in nearest_ticks(price, ticks) if p > 0)
    named = " or ".join(price_text(p) for p in near)
    yield Reason(code, f"{price_text(price)} is not a price for this order; nearest: {named}", near)


def _group(terms: OrderTerms) -> Iterator[Reason]:
    """OCO and the two children of an OTOCO: closing orders, one a limit and the other a stop (pitfall 36)."""
    if terms.group is None:
        if terms.children:
            yield Reason("group_shape", "orders hang on this one without a bond")
        return
    if len(terms.children) not in _CHILDREN[terms.group]:
        yield Reason(
            "group_shape", f"{terms.group.value} does not have {len(terms.children)} orders beside it"
        )
        return
    if terms.group is Group.OTO:
        return
    pair: tuple[Part, ...] = terms.children if terms.group is Group.OTOCO else (terms, *terms.children)
    kinds = sorted(part.type in STOPS for part in pair)
    closes = all(leg.action.closes for part in pair for leg in part.legs)
    if kinds != [False, True] or OrderType.LIMIT not in {part.type for part in pair} or not closes:
        yield Reason(
            "group_shape", "orders that cancel each other both close: one with a limit, one with a stop"
        )
