"""Orders placed elsewhere, in the broker's own apps, as the limits count them."""

from __future__ import annotations

from datetime import datetime, tzinfo
from decimal import Decimal

from senexbot.domain.calendar import trading_day
from senexbot.domain.instruments import InstrumentType, OptionContract
from senexbot.domain.links import AccountRef
from senexbot.domain.orders import BrokerLeg, BrokerOrder
from senexbot.domain.policy_measures import measure
from senexbot.domain.reservations import Hold, Reservation, opens, print_of
from senexbot.domain.terms import Action, Leg, OrderTerms, OrderType, TimeInForce

_LOTS = {InstrumentType.EQUITY_OPTION: Decimal(100)}


def placed_elsewhere(order: BrokerOrder, account: AccountRef, zone: tzinfo, read_at: datetime) -> Reservation:
    """What it holds. An action that is not ours to know counts as opening; what has filled has its price."""
    terms = OrderTerms(
        account=account,
        underlying=order.underlying,
        legs=tuple(_leg(leg) for leg in order.legs),
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
        exposure=measure(terms, None, None),
        at=at,
        day=trading_day(at, zone),
        hold=Hold.ENDED if ended else Hold.WORKING,
        share=_filled(order) if ended else Decimal(1),
        changed_at=at,
    )


def _leg(leg: BrokerLeg) -> Leg:
    try:
        action = Action(leg.action)
    except ValueError:
        action = Action.BUY_TO_OPEN
    size = _LOTS.get(leg.type, Decimal(100) if OptionContract.from_occ(leg.symbol) else Decimal(1))
    return Leg(leg.symbol, leg.type, action, leg.quantity, leg.symbol, size)


def _average(order: BrokerOrder) -> Decimal | None:
    """Of the fills: what a market order came to."""
    fills = [fill for leg in order.legs for fill in leg.fills]
    size = sum((fill.quantity for fill in fills), Decimal(0))
    return sum((fill.quantity * fill.price for fill in fills), Decimal(0)) / size if size else None


def _filled(order: BrokerOrder) -> Decimal:
    return min(order.filled / order.quantity, Decimal(1)) if order.quantity else Decimal(0)
