"""Order bodies into orders: required keys, known words, numbers. Unknown keys are ignored, as the broker does.

It checks form only; whether the account may trade so is the business of the preflight checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn

from senexsim.broker.accounts.prices import EQUITY, FUTURE, FUTURES, OPTIONS
from senexsim.broker.orders.model import PRICED, STOPS, ComplexOrder, Leg, Order
from senexsim.broker.wire import Refusal, invalid

ORDER_TYPES: Final = frozenset(
    {"Limit", "Market", "Marketable Limit", "Stop", "Stop Limit", "Notional Market"}
)
TIMES_IN_FORCE: Final = frozenset(
    {"Day", "GTC", "GTD", "Ext", "GTC Ext", "Ext Overnight", "GTC Ext Overnight", "IOC"}
)
ACTIONS: Final = frozenset({"Buy to Open", "Sell to Open", "Buy to Close", "Sell to Close"})
NETTING: Final = frozenset({"Buy", "Sell"})  # outright futures alone: neither open nor close is said
INSTRUMENT_TYPES: Final = frozenset({"Equity", "Equity Option", "Future", "Future Option"})
UNTRADED: Final = frozenset({"Cryptocurrency"})
MOST_DIGITS: Final = 12
Body = Mapping[str, Any]


def as_body(value: object, domain: str = "body") -> Body:
    if not isinstance(value, Mapping):
        raise invalid(domain, "is invalid")
    return value


def _bad(domain: str) -> NoReturn:
    raise invalid(domain, "does not have a valid value")


def number(body: Body, key: str) -> Decimal | None:
    """A number above nought or nought, given as JSON number or string; None when absent."""
    raw = body.get(key)
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        _bad(key)
    text = str(raw)
    try:
        value = Decimal(text)
    except InvalidOperation:
        _bad(key)
    if not text.isascii() or "_" in text:
        _bad(key)
    if not value.is_finite() or value < 0 or value.adjusted() > MOST_DIGITS:
        _bad(key)
    return value


def _word(body: Body, key: str, allowed: frozenset[str]) -> str:
    raw = body.get(key)
    if raw is None:
        raise invalid(key, "is missing")
    if not isinstance(raw, str) or raw not in allowed:
        _bad(key)
    return raw


def _text(body: Body, key: str) -> str | None:
    raw = body.get(key)
    return None if raw is None else str(raw)


def _when(body: Body, key: str) -> datetime | None:
    raw = body.get(key)
    if raw is None:
        return None
    try:
        when = datetime.fromisoformat(str(raw))
    except ValueError:
        _bad(key)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _date(body: Body, key: str) -> date | None:
    raw = body.get(key)
    try:
        return None if raw is None else date.fromisoformat(str(raw))
    except ValueError:
        _bad(key)


def leg_of(raw: object, *, notional: bool) -> Leg:
    body = as_body(raw, "legs")
    if str(body.get("instrument-type")) in UNTRADED:
        raise Refusal(422, "preflight_check_failure", "One or more preflight checks failed", [_UNTRADED])
    quantity = number(body, "quantity")
    if quantity == 0 or (quantity is None and not notional):
        raise invalid("quantity", "is missing" if quantity is None else "does not have a valid value")
    if notional and quantity is not None:
        raise invalid("quantity", "must not be given for a notional order")
    symbol = _text(body, "symbol")
    if not symbol:
        raise invalid("symbol", "is missing")
    kind = _word(body, "instrument-type", INSTRUMENT_TYPES)
    if kind != "Equity" and quantity is not None and quantity % 1:
        _bad("quantity")
    return Leg(
        instrument_type=kind,
        symbol=symbol,
        action=_word(body, "action", ACTIONS | NETTING if kind == "Future" else ACTIONS),
        quantity=quantity,
        remaining=quantity or Decimal(0),
    )


_UNTRADED: Final = {
    "code": "instrument_type_not_tradeable",
    "message": "This instrument type cannot be traded through the API at this time.",
}


def _legs(body: Body, *, notional: bool) -> list[Leg]:
    raw = body.get("legs")
    if not isinstance(raw, list) or not raw:
        raise invalid("legs", "is missing" if raw is None else "does not have a valid value")
    legs = [leg_of(item, notional=notional) for item in raw]
    if len({leg.symbol for leg in legs}) != len(legs):
        raise invalid("legs", "must have distinct symbols")
    kinds = {leg.instrument_type for leg in legs}
    alone = len(kinds) > 1 or not kinds <= OPTIONS
    if len(legs) > 4 or (alone and len(legs) > 1):
        raise invalid("legs", "has too many legs for the instrument type")
    return legs


def _pricing(body: Body, order_type: str) -> dict[str, Any]:
    """Price, value and trigger with their effects: each needed or forbidden by the order type."""
    wanted = {
        "price": order_type in PRICED,
        "value": order_type == "Notional Market",
        "stop-trigger": order_type in STOPS,
    }
    found: dict[str, Any] = {}
    for key, needed in wanted.items():
        value = number(body, key)
        if needed and value is None:
            raise invalid(key, "is missing")
        if value is not None and not needed:
            raise invalid(key, f"is not allowed for order type {order_type}")
        if needed and key == "stop-trigger" and not value:
            _bad(key)
        found[key.replace("-", "_")] = value
    for key in ("price", "value"):
        effect = body.get(f"{key}-effect")
        if wanted[key]:
            found[f"{key}_effect"] = _word(body, f"{key}-effect", frozenset({"Debit", "Credit"}))
        elif effect is not None and effect not in ("None", ""):
            raise invalid(f"{key}-effect", f"is not allowed for order type {order_type}")
    return found


def _conditions(rules: Body) -> list[dict[str, Any]]:
    raw = rules.get("conditions") or rules.get("order-conditions") or []
    if not isinstance(raw, list):
        _bad("rules")
    found = []
    for index, item in enumerate(raw, start=1):
        body = as_body(item, "conditions")
        found.append(
            {
                "id": index,
                "action": _word(body, "action", frozenset({"route", "cancel"})),
                "symbol": _text(body, "symbol") or "",
                "instrument-type": _word(body, "instrument-type", INSTRUMENT_TYPES | {"Index"}),
                "indicator": _word(body, "indicator", frozenset({"last", "nat"})),
                "comparator": _word(body, "comparator", frozenset({"gte", "lte"})),
                "threshold": str(number(body, "threshold") or Decimal(0)),
                "is-threshold-based-on-notional": bool(body.get("is-threshold-based-on-notional", False)),
                "price-components": list(body.get("price-components") or []),
            }
        )
    return found


def terms_of(body: Body) -> dict[str, Any]:
    """Everything of an order but its legs, as fields of `Order`; used by place, replace and edit."""
    order_type = _word(body, "order-type", ORDER_TYPES)
    time_in_force = _word(body, "time-in-force", TIMES_IN_FORCE)
    gtc_date = _date(body, "gtc-date")
    if time_in_force == "GTD" and gtc_date is None:
        raise invalid("gtc-date", "is missing")
    rules = as_body(body.get("rules") or {}, "rules")
    instructions = as_body(body.get("advanced-instructions") or {}, "advanced-instructions")
    return {
        "order_type": order_type,
        "time_in_force": time_in_force,
        "gtc_date": gtc_date if time_in_force == "GTD" else None,
        **_pricing(body, order_type),
        "source": _text(body, "source"),
        "external_identifier": _text(body, "external-identifier"),
        "preflight_id": _text(body, "preflight-id"),
        "partition_key": _text(body, "partition-key"),
        "strict": instructions.get("strict-position-effect-validation") is True,
        "conditions": _conditions(rules),
        "route_after": _when(rules, "route-after"),
        "cancel_at": _when(rules, "cancel-at"),
    }


def order_of(account: str, raw: object) -> Order:
    """An order from a body. Raises Refusal with a `validation_error`."""
    body = as_body(raw)
    terms = terms_of(body)
    notional = terms["order_type"] == "Notional Market"
    legs = _legs(body, notional=notional)
    extended = "Ext" in terms["time_in_force"]
    if notional and legs[0].instrument_type != "Equity":
        raise invalid("legs", "must be one equity for a notional order")
    if extended and (len(legs) > 1 or legs[0].instrument_type != "Equity"):
        raise invalid("time-in-force", "is only allowed for a single equity leg")
    kind = FUTURE if legs[0].instrument_type in FUTURES else EQUITY
    return Order(
        account=account, legs=legs, underlying=legs[0].symbol.split()[0], underlying_type=kind, **terms
    )


def complex_of(account: str, raw: object) -> ComplexOrder:
    """A complex order from a body; which types may stand together is checked in preflight."""
    body = as_body(raw)
    kind = _word(body, "type", frozenset({"OCO", "OTOCO", "OTO"}))
    children = body.get("orders")
    if not isinstance(children, list):
        raise invalid("orders", "is missing")
    most = 3 if kind == "OTO" else 2
    if not (1 if kind == "OTO" else 2) <= len(children) <= most:
        _bad("orders")
    if (body.get("trigger-order") is None) != (kind == "OCO"):
        raise invalid("trigger-order", "is not allowed" if kind == "OCO" else "is missing")
    trigger = None if kind == "OCO" else order_of(account, body["trigger-order"])
    found = ComplexOrder(account, kind, [order_of(account, item) for item in children], trigger)
    for index, part in enumerate(found.parts):
        part.preflight_id = index
        part.source = part.source or _text(body, "source")
    return found
