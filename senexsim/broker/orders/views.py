"""Orders in the broker's JSON: keys without a value are left out, quantities are numbers, prices strings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from senexsim.broker.orders.model import EDITABLE, ComplexOrder, Fill, Leg, Order
from senexsim.broker.wire import day, instant, money


def count(quantity: Decimal) -> int | str:
    """A quantity: a JSON integer when whole, else a string."""
    return int(quantity) if quantity == quantity.to_integral_value() else money(quantity)


def _fill(fill: Fill) -> dict[str, Any]:
    return {
        "ext-group-fill-id": fill.group_id,
        "ext-exec-id": fill.exec_id,
        "fill-id": fill.id,
        "quantity": count(fill.quantity),
        "fill-price": money(fill.price),
        "filled-at": instant(fill.at),
        "destination-venue": fill.venue,
    }


def _leg(leg: Leg) -> dict[str, Any]:
    view: dict[str, Any] = {
        "action": leg.action,
        "instrument-type": leg.instrument_type,
        "symbol": leg.symbol,
        "fills": [_fill(fill) for fill in leg.fills],
    }
    if leg.quantity is not None:
        view["quantity"] = count(leg.quantity)
        view["remaining-quantity"] = count(leg.remaining)
    return view


def _optional(order: Order) -> dict[str, Any]:
    """Keys that stand only where they have a value."""
    pairs = {
        "id": order.id,
        "size": order.size,
        "contingent-status": order.contingent_status,
        "price": None if order.price is None else money(order.price),
        "price-effect": order.price_effect if order.price is not None else None,
        "value": None if order.value is None else money(order.value),
        "value-effect": order.value_effect if order.value is not None else None,
        "stop-trigger": None if order.stop_trigger is None else money(order.stop_trigger),
        "gtc-date": order.gtc_date and day(order.gtc_date),
        "source": order.source,
        "external-identifier": order.external_identifier,
        "preflight-id": order.preflight_id,
        "partition-key": order.partition_key,
        "received-at": order.received_at and instant(order.received_at),
        "in-flight-at": order.in_flight_at and instant(order.in_flight_at),
        "live-at": order.live_at and instant(order.live_at),
        "cancelled-at": order.cancelled_at and instant(order.cancelled_at),
        "terminal-at": order.terminal_at and instant(order.terminal_at),
        "reject-reason": order.reject_reason,
        "replaces-order-id": order.replaces,
        "replacing-order-id": order.replacing,
        "complex-order-id": order.complex_id,
        "complex-order-tag": order.complex_tag,
        "rules": _rules(order),
    }
    if order.live_at is not None:
        pairs["ext-client-order-id"] = f"SIM{order.id:x}"
        pairs["ext-exchange-order-number"] = f"{order.id}00"
        pairs["ext-global-order-number"] = order.id
    return {key: value for key, value in pairs.items() if value is not None}


def _rules(order: Order) -> dict[str, Any] | None:
    rules: dict[str, Any] = {}
    if order.route_after:
        rules["route-after"] = instant(order.route_after)
    if order.cancel_at:
        rules["cancel-at"] = instant(order.cancel_at)
    if order.conditions or rules:
        rules["conditions"] = [dict(condition) for condition in order.conditions]
    return rules or None


def order_view(order: Order) -> dict[str, Any]:
    """The order object of REST answers and of stream notifications."""
    movable = order.status in EDITABLE
    return {
        "account-number": order.account,
        "cancellable": movable,
        "editable": movable,
        "edited": order.edited,
        "global-request-id": order.global_request_id,
        "order-type": order.order_type,
        "status": order.status,
        "time-in-force": order.time_in_force,
        "underlying-instrument-type": order.underlying_type,
        "underlying-symbol": order.underlying,
        "updated-at": order.updated_ms,
        **_optional(order),
        "legs": [_leg(leg) for leg in order.legs],
    }


def complex_view(complex_order: ComplexOrder) -> dict[str, Any]:
    """The complex order object with its trigger and children in full."""
    view: dict[str, Any] = {
        "account-number": complex_order.account,
        "type": complex_order.type,
        "orders": [order_view(order) for order in complex_order.orders],
    }
    if complex_order.id is not None:
        view["id"] = complex_order.id
    if complex_order.trigger is not None:
        view["trigger-order"] = order_view(complex_order.trigger)
    if complex_order.terminal_at is not None:
        view["terminal-at"] = instant(complex_order.terminal_at)
    return view
