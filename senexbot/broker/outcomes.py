"""What the answer to a create request proves (I8, I9): accepted, refused, or nothing. Pure.

The rule is one-sided: only the broker's own envelope with a code from the list below is a refusal, only
a readable order id is an acceptance; everything else leaves the outcome unknown.
"""

from __future__ import annotations

from senexbot.broker import faults, raw
from senexbot.broker.mapping import broker_order, complex_parts
from senexbot.domain.orders.broker_orders import (
    Accepted,
    BrokerOrder,
    NotProven,
    PlaceOutcome,
    RefusedByBroker,
)
from senexbot.domain.orders.identifiers import base_identifier

# The broker's codes that are given before an order exists, by HTTP status.
REFUSALS: dict[int, frozenset[str]] = {
    400: frozenset({"validation_error"}),
    401: frozenset({"unauthorized", "invalid_session", "token_invalid"}),
    403: frozenset({"not_permitted"}),
    404: frozenset({"record_not_found"}),
    406: frozenset({"406"}),
    422: frozenset({"preflight_check_failure", "validation_error"}),
}
TOO_LATE = "cannot_update_order"
NAMES_ITS_REASONS = {"preflight_check_failure", "validation_error"}
LOGIN_AGAIN = "The broker did not accept the login for this order. Nothing was placed; confirm it again."


def outcome_of(status: int, body: bytes, identifier: str = "", *, replaces: bool = False) -> PlaceOutcome:
    """`identifier`: ours; an answer that shows another order's proves nothing about this one.

    `replaces`: the answer to a replace request, which the broker also refuses when the order is over or on
    its way; its new order may still carry the identifier of the order it replaces.
    """
    answer = faults.load(body)
    if 200 <= status < 300:
        return _accepted(answer, base_identifier(identifier) if replaces else identifier)
    refused = faults.envelope(answer)
    known = REFUSALS.get(status, frozenset())
    if replaces and status == 422:
        known |= {TOO_LATE}
    vague = refused is None or refused.code not in known or _is_bare(answer, refused.code)
    if refused is None or vague or _order_id(answer) is not None:
        return NotProven(f"the broker answered {status} without a refusal we can rely on")
    if status == 401:
        return RefusedByBroker("unauthorized", LOGIN_AGAIN, status)
    return RefusedByBroker(refused.first_code, refused.words, status)


def _is_bare(answer: object, code: str) -> bool:
    """A check that failed always names what failed; one that names nothing was made elsewhere (F29)."""
    errors = raw.mapping(raw.mapping(answer).get("error")).get("errors")
    return code in NAMES_ITS_REASONS and not raw.mappings(errors)


def _orders(answer: object) -> tuple[list[raw.Raw], int | None]:
    """The orders of an answer, the one that counts first, and the number of a complex order.

    One order stands under `data.order`, or (as for a replace) is `data` itself; a complex order stands under
    `data.complex-order`, its trigger before its children.
    """
    data = raw.mapping(raw.mapping(answer).get("data"))
    whole = data.get("complex-order")
    if isinstance(whole, dict):
        return [raw.mapping(part) for part, _ in complex_parts(whole)], raw.whole(whole.get("id"))
    order = data.get("order")
    if isinstance(order, dict):
        return [order], None
    return [data] if "legs" in data or "order-type" in data else [], None


def _order_id(answer: object) -> int | None:
    orders, complex_id = _orders(answer)
    found = raw.whole(orders[0].get("id")) if orders else None
    return found or complex_id or None


def _accepted(answer: object, identifier: str) -> PlaceOutcome:
    orders, complex_id = _orders(answer)
    order_id = raw.whole(orders[0].get("id")) if orders else None
    if not order_id:
        return NotProven("the broker's answer names no order")
    named = orders[0].get("external-identifier")
    if identifier and isinstance(named, str) and identifier not in {named, base_identifier(named)}:
        return NotProven("the broker's answer is about another order")
    first, *others = [_readable(order, complex_id) for order in orders]
    children = tuple(child for child in others if child is not None)
    return Accepted(order_id, first, complex_id, children if len(children) == len(others) else ())


def _readable(order: raw.Raw, complex_id: int | None) -> BrokerOrder | None:
    mapped = broker_order(order, complex_id=complex_id)
    return mapped if mapped is not None and mapped.legs and mapped.status_word else None
