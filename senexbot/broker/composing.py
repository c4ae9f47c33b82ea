"""The exact bytes of an order request, built from stored terms only: the same terms, the same bytes.

We build the JSON ourselves: the SDK's model adds a field of another vendor's paper API to each order.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import orjson

from senexbot.broker import raw
from senexbot.broker.sdk import user_agent
from senexbot.domain.errors import InvariantBroken
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.orders.identifiers import child_identifier
from senexbot.domain.orders.terms import ChildTerms, Group, Leg, OrderTerms, OrderType, Side, TimeInForce

MOST_LEGS = 4
_PRICED = {OrderType.LIMIT, OrderType.STOP_LIMIT}
_TRIGGERED = {OrderType.STOP, OrderType.STOP_LIMIT}
_CHILDREN = {None: range(1), Group.OTO: range(1, 4), Group.OCO: range(1, 2), Group.OTOCO: range(2, 3)}


def compose(terms: OrderTerms, identifier: str, *, source: str = "") -> bytes:
    """The request body of these terms; sorted keys, prices as unsigned strings beside their effect.

    Terms with a group make a complex order, whose children carry identifiers of their own (I5).
    Raises InvariantBroken for terms that could be understood otherwise than they were meant (pitfalls
    30, 31, 36, 37): no identifier, no legs, a price of zero or with the wrong sign, a market order with a
    price, an OCO of two limits.
    """
    if not identifier:
        raise InvariantBroken("an order without an identifier")
    _check_group(terms)
    source = source or user_agent()
    first = _order(terms, identifier, source, value=terms.value)
    if terms.group is None:
        return _bytes(first)
    children = [
        _order(child, child_identifier(identifier, number), source)
        for number, child in enumerate(terms.children, 1)
    ]
    body: dict[str, Any] = {"type": terms.group.value, "source": source}
    if terms.group is Group.OCO:
        return _bytes({**body, "orders": [first, *children]})
    return _bytes({**body, "trigger-order": first, "orders": children})


def compose_replacement(terms: OrderTerms, identifier: str, *, source: str = "") -> bytes:
    """The body that puts these terms in the place of a working order: all of the order but its legs, which cannot
    change. `identifier`: the replacement's own (I5)."""
    if not identifier:
        raise InvariantBroken("an order without an identifier")
    if terms.price is None and terms.stop_trigger is None:
        raise InvariantBroken("only a price or a stop can be replaced")
    body = _order(terms, identifier, source or user_agent())
    del body["legs"]
    return _bytes(body)


def is_complex(body: bytes) -> bool:
    """Whether these bytes are a complex order, which has a path of its own."""
    return "orders" in raw.mapping(orjson.loads(body))


def _bytes(body: dict[str, Any]) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def _order(
    terms: OrderTerms | ChildTerms, identifier: str, source: str, *, value: Decimal | None = None
) -> dict[str, Any]:
    _check(terms, value)
    body: dict[str, Any] = {
        "external-identifier": identifier,
        "legs": [_leg(leg, by_value=value is not None) for leg in terms.legs],
        "order-type": terms.type.value,
        "source": source,
        "time-in-force": terms.time_in_force.value,
    }
    if terms.gtc_date is not None:
        body["gtc-date"] = terms.gtc_date.isoformat()
    if terms.stop_trigger is not None:
        body["stop-trigger"] = plain(terms.stop_trigger)
    for name, amount in (("price", terms.price), ("value", value)):
        if amount is not None:
            body[name] = plain(abs(amount))
            body[f"{name}-effect"] = "Debit" if amount < 0 else "Credit"
    if any(leg.action.closes for leg in terms.legs):
        # without it the broker silently turns a close without a position into an open (I19)
        body["advanced-instructions"] = {"strict-position-effect-validation": True}
    return body


def plain(value: Decimal) -> str:
    """Digits without exponent or idle zeros: the same text for 187.5 and 187.50."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- what could be understood otherwise ----------------------------------------------------------


def _check_group(terms: OrderTerms) -> None:
    if len(terms.children) not in _CHILDREN[terms.group]:
        raise InvariantBroken("a group with too few children or too many")
    pair: Sequence[OrderTerms | ChildTerms] = ()
    if terms.group is Group.OCO:
        pair = (terms, *terms.children)
    elif terms.group is Group.OTOCO:
        pair = terms.children
    if pair and (
        sum(one.type is OrderType.LIMIT for one in pair) != 1
        or sum(one.type in _TRIGGERED for one in pair) != 1
        or not all(leg.action.closes for one in pair for leg in one.legs)
    ):
        raise InvariantBroken("an OCO is one limit and one stop, and both close")


def _check(terms: OrderTerms | ChildTerms, value: Decimal | None) -> None:
    legs = terms.legs
    if not 1 <= len(legs) <= MOST_LEGS or len({leg.symbol for leg in legs}) != len(legs):
        raise InvariantBroken("an order with no legs, too many, or two of one symbol")
    by_value = terms.type is OrderType.NOTIONAL_MARKET
    if by_value != (value is not None):
        raise InvariantBroken("a value belongs to a notional order and to no other")
    if len(legs) > 1 and any(leg.type is InstrumentType.FUTURE for leg in legs):
        raise InvariantBroken("a future stands alone")
    if by_value and (len(legs) != 1 or legs[0].quantity != 0):
        raise InvariantBroken("a notional order has one leg, without a quantity")
    if not by_value and any(not leg.quantity.is_finite() or leg.quantity <= 0 for leg in legs):
        raise InvariantBroken("a leg without a positive quantity")
    if len(legs) > 1 and any(leg.quantity % 1 for leg in legs):
        raise InvariantBroken("several legs are counted in whole numbers")
    if (terms.type in _PRICED) != (terms.price is not None):
        raise InvariantBroken("a limit order needs a price, other orders have none")
    if (terms.type in _TRIGGERED) != (terms.stop_trigger is not None):
        raise InvariantBroken("a stop order needs a trigger, other orders have none")
    if terms.stop_trigger is not None and not (terms.stop_trigger.is_finite() and terms.stop_trigger > 0):
        raise InvariantBroken("a stop trigger of zero or none")
    if (terms.time_in_force is TimeInForce.GTD) != (terms.gtc_date is not None):
        raise InvariantBroken("a date belongs to GTD and to no other")
    for amount in (terms.price, value):
        if amount is not None:
            _check_amount(legs, amount)


def _check_amount(legs: Sequence[Leg], amount: Decimal) -> None:
    if not amount.is_finite() or amount == 0:
        raise InvariantBroken("a price of zero or none")
    sides = {leg.action.side for leg in legs}
    if len(sides) == 1 and (amount < 0) != (Side.BUY in sides):
        raise InvariantBroken("the sign of the price contradicts the side")


def _action(leg: Leg) -> str:
    """A future is bought or sold. One that closes says so, so that strict validation keeps it a close (I19)."""
    if leg.type is InstrumentType.FUTURE and not leg.action.closes:
        return leg.action.side.value.capitalize()
    return leg.action.value


def _leg(leg: Leg, *, by_value: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "action": _action(leg),
        "instrument-type": leg.type.value,
        "symbol": leg.symbol,
    }
    if not by_value:
        whole = leg.quantity == leg.quantity.to_integral_value()
        said["quantity"] = int(leg.quantity) if whole else plain(leg.quantity)
    return said
