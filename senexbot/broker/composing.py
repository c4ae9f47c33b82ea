"""The exact bytes of an order request, built from stored terms only: the same terms, the same bytes.

We build the JSON ourselves: the SDK's model adds a field of another vendor's paper API to each order.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson

from senexbot.broker.sdk import user_agent
from senexbot.domain.errors import InvariantBroken
from senexbot.domain.terms import Leg, OrderTerms, OrderType, Side

MOST_LEGS = 4


def compose(terms: OrderTerms, identifier: str, *, source: str = "") -> bytes:
    """The request body of these terms; sorted keys, prices as unsigned strings beside their effect.

    Raises InvariantBroken for terms that could be understood otherwise than they were meant (pitfalls
    30, 31): no identifier, no legs, a price of zero or with the wrong sign, a market order with a price.
    """
    _check(terms, identifier)
    body: dict[str, Any] = {
        "external-identifier": identifier,
        "legs": [_leg(leg) for leg in terms.legs],
        "order-type": terms.type.value,
        "source": source or user_agent(),
        "time-in-force": terms.time_in_force.value,
    }
    if terms.price is not None:
        body["price"] = plain(abs(terms.price))
        body["price-effect"] = "Debit" if terms.price < 0 else "Credit"
    if any(leg.action.closes for leg in terms.legs):
        # without it the broker silently turns a close without a position into an open (I19)
        body["advanced-instructions"] = {"strict-position-effect-validation": True}
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def plain(value: Decimal) -> str:
    """Digits without exponent or idle zeros: the same text for 187.5 and 187.50."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _check(terms: OrderTerms, identifier: str) -> None:
    if not identifier:
        raise InvariantBroken("an order without an identifier")
    if not 1 <= len(terms.legs) <= MOST_LEGS or len({leg.symbol for leg in terms.legs}) != len(terms.legs):
        raise InvariantBroken("an order with no legs, too many, or two of one symbol")
    if any(not leg.quantity.is_finite() or leg.quantity <= 0 for leg in terms.legs):
        raise InvariantBroken("a leg without a positive quantity")
    if (terms.type is OrderType.LIMIT) != (terms.price is not None):
        raise InvariantBroken("a limit order needs a price, a market order has none")
    if terms.price is None:
        return
    if not terms.price.is_finite() or terms.price == 0:
        raise InvariantBroken("a limit price of zero or none")
    if len(terms.legs) == 1 and (terms.price < 0) != (terms.side is Side.BUY):
        raise InvariantBroken("the sign of the price contradicts the side")


def _leg(leg: Leg) -> dict[str, Any]:
    whole = leg.quantity == leg.quantity.to_integral_value()
    return {
        "action": leg.action.value,
        "instrument-type": leg.type.value,
        "quantity": int(leg.quantity) if whole else plain(leg.quantity),
        "symbol": leg.symbol,
    }
