"""Orders placed elsewhere, in the broker's own apps, as the limits count them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType

from senexbot.domain.calendar import trading_day
from senexbot.domain.instruments import InstrumentType, OptionContract
from senexbot.domain.links import AccountRef
from senexbot.domain.orders.broker_orders import BrokerLeg, BrokerOrder
from senexbot.domain.orders.terms import Action, Leg, OrderTerms, OrderType, TimeInForce
from senexbot.domain.policy.measures import measure
from senexbot.domain.policy.reservations import Hold, Reservation, opens, print_of

_NONE: Mapping[str, Decimal] = MappingProxyType({})
_LOTS = {InstrumentType.EQUITY_OPTION: Decimal(100)}
_NETTED = {"Buy": Action.BUY_TO_OPEN, "Sell": Action.SELL_TO_OPEN}  # of a future: it may open


def placed_elsewhere(
    order: BrokerOrder,
    account: AccountRef,
    zone: tzinfo,
    read_at: datetime,
    multipliers: Mapping[str, Decimal] = _NONE,
) -> Reservation:
    """What it holds. An action that is not ours to know counts as opening; what has filled has its price.

    `multipliers`: of futures, by symbol; the order of one that is not known has no measure.
    """
    unknown = any(leg.type is InstrumentType.FUTURE and leg.symbol not in multipliers for leg in order.legs)
    terms = OrderTerms(
        account=account,
        underlying=order.underlying,
        legs=tuple(_leg(leg, multipliers) for leg in order.legs),
        type=OrderType.MARKET if order.price is None else OrderType.LIMIT,
        price=order.price if order.price is not None else _average(order),
        time_in_force=TimeInForce.DAY,
    )
    at = order.received_at or read_at
    ended = order.status.is_terminal
    return Reservation(
        intent_id="",
        environment=account.environment,
        account=account.number,
        owner="",
        underlying=order.underlying,
        opens=opens(terms),
        print=f"{order.id}: {print_of(terms)}",
        exposure=measure(replace(terms, price=None) if unknown else terms, None, None),
        at=at,
        day=trading_day(at, zone),
        hold=Hold.ENDED if ended else Hold.WORKING,
        share=_filled(order) if ended else Decimal(1),
        changed_at=at,
    )


def _leg(leg: BrokerLeg, multipliers: Mapping[str, Decimal]) -> Leg:
    try:
        action = Action(leg.action)
    except ValueError:
        netted = _NETTED if leg.type is InstrumentType.FUTURE else {}
        action = netted.get(leg.action, Action.BUY_TO_OPEN)
    lot = _LOTS.get(leg.type, Decimal(100) if OptionContract.from_occ(leg.symbol) else Decimal(1))
    size = multipliers.get(leg.symbol, lot)
    return Leg(leg.symbol, leg.type, action, leg.quantity, leg.symbol, size)


def _average(order: BrokerOrder) -> Decimal | None:
    """Of the fills: what a market order came to."""
    fills = [fill for leg in order.legs for fill in leg.fills]
    size = sum((fill.quantity for fill in fills), Decimal(0))
    return sum((fill.quantity * fill.price for fill in fills), Decimal(0)) / size if size else None


def _filled(order: BrokerOrder) -> Decimal:
    return min(order.filled / order.quantity, Decimal(1)) if order.quantity else Decimal(0)
