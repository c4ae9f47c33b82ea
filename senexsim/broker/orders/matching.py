"""When and at what price a working order trades against the quotes. Decides; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from senexsim.broker.accounts.prices import EQUITY, FUTURE, FUTURE_OPTION, OPTION, Prices, tick_at, ticks
from senexsim.broker.market.model import Quote
from senexsim.broker.orders.model import STOPS, Leg, Order

ZERO = Decimal(0)
UNLIMITED = Decimal(10**9)
MOST_SLICES = 4
DEPTH = 5
LEAST_DEPTH = {EQUITY: Decimal(1000), OPTION: Decimal(100), FUTURE: Decimal(50), FUTURE_OPTION: Decimal(50)}


@dataclass(frozen=True)
class Match:
    """So many units of the order, a price per leg, and how a single leg is cut into fills."""

    units: Decimal
    prices: tuple[Decimal, ...]
    slices: tuple[Decimal, ...]


def ratio(order: Order, leg: Leg) -> Decimal:
    """Quantity of that leg in one unit of the order."""
    if leg.quantity is None or order.size is None:
        return Decimal(1)
    return leg.quantity / order.size


def units_left(order: Order) -> Decimal:
    leg = order.legs[0]
    return leg.remaining / ratio(order, leg)


def stop_reached(prices: Prices, order: Order) -> bool:
    """A stop is set off by the last trade: at or above the trigger for a buy, at or below for a sell."""
    if order.order_type not in STOPS or order.triggered:
        return True
    quote = prices.quote(order.legs[0].symbol)
    if quote is None or order.stop_trigger is None:
        return False
    last = quote.last or quote.mid
    return last >= order.stop_trigger if order.legs[0].sign > 0 else last <= order.stop_trigger


def match(prices: Prices, order: Order, most: Decimal) -> Match | None:
    """What trades now, at most `most` units; None when the market has not reached the order."""
    quotes = [prices.quote(leg.symbol) for leg in order.legs]
    found = [q for q in quotes if q is not None and not q.halted]
    if len(found) != len(order.legs) or most <= 0:
        return None
    touches = tuple(_touch(q, leg) for q, leg in zip(found, order.legs, strict=True))
    if min(touches) <= 0:  # no book, or a bad print
        return None
    at_market = order.order_type in ("Market", "Notional Market", "Stop")
    if at_market:
        return Match(most, touches, _slices(most, _size(found[0], order.legs[0])))
    net = -sum((leg.sign * ratio(order, leg) * p for leg, p in zip(order.legs, touches, strict=True)), ZERO)
    if order.unit_price is None or net < order.unit_price:
        return None
    shown = min(
        _size(q, leg) // ratio(order, leg) or Decimal(1) for q, leg in zip(found, order.legs, strict=True)
    )
    units = min(most, shown)
    return Match(units, touches, (units,))


def _touch(quote: Quote, leg: Leg) -> Decimal:
    return quote.ask if leg.sign > 0 else quote.bid


def _size(quote: Quote, leg: Leg) -> Decimal:
    """What can be had at once: several times the size shown, as there is depth behind the best quote."""
    shown = quote.ask_size if leg.sign > 0 else quote.bid_size
    return max(Decimal(shown) * DEPTH, LEAST_DEPTH[leg.instrument_type]) if shown else UNLIMITED


def _slices(units: Decimal, shown: Decimal) -> tuple[Decimal, ...]:
    """Fills of a market order: as much as is shown at a time, the rest in the last one."""
    found: list[Decimal] = []
    left = units
    while left > shown and len(found) < MOST_SLICES - 1:
        found.append(shown)
        left -= shown
    return (*found, left)


def off_tick(prices: Prices, order: Order) -> Decimal | None:
    """The step a single-leg order's price or trigger misses; None when it is on the grid."""
    if len(order.legs) != 1:
        return None
    instrument = prices.instrument(order.legs[0].symbol)
    if instrument is None:
        return None
    for price in (order.price, order.stop_trigger):
        if price is None:
            continue
        step = tick_at(ticks(prices, instrument), price)
        if step and price % step:
            return step
    return None


def conditions_met(prices: Prices, order: Order, action: str) -> bool:
    """Whether all the order's conditions of that action hold; false when it has none."""
    mine = [condition for condition in order.conditions if condition["action"] == action]
    return bool(mine) and all(_holds(prices, condition) for condition in mine)


def _holds(prices: Prices, condition: Mapping[str, Any]) -> bool:
    quote = prices.quote(str(condition["symbol"]))
    if quote is None:
        return False
    value = quote.last if condition["indicator"] == "last" else quote.mid
    threshold = Decimal(condition["threshold"])
    return value >= threshold if condition["comparator"] == "gte" else value <= threshold
