"""The broker's dry run answer as an Estimate, or as its refusal in words. Pure; it never places."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from senexbot.broker import faults, raw
from senexbot.broker.mapping import complex_parts
from senexbot.broker.rest import Answer
from senexbot.domain.errors import BrokerFault, Refused, Unavailable
from senexbot.domain.orders.terms import Estimate

CONTRACT_SIZE = {"Equity Option": Decimal(100)}
NO_FEES = "The broker gave no fees for this order."


def estimate_of(answer: Answer, at: datetime) -> Estimate:
    """Raises Refused with the broker's words, Unavailable when the answer proves nothing (pitfall 40)."""
    parsed = raw.mapping(answer.json())
    refused = faults.envelope(parsed)
    data = raw.mapping(parsed.get("data"))
    effect = raw.mapping(data.get("buying-power-effect"))
    if answer.status != 429 and answer.status < 500 and refused is not None:
        raise Refused(_with_margin(refused, effect), broker_code=refused.first_code, status=answer.status)
    if not answer.ok:
        raise answer.fault()
    if data.get("errors"):
        raise _blocked(data)
    before, after = raw.signed(effect, "current-buying-power"), raw.signed(effect, "new-buying-power")
    parts = orders_of(data)
    order = parts[0] if parts else {}
    if not order or before is None or after is None:
        raise Unavailable("The broker's dry run could not be read.")
    fees = raw.signed(raw.mapping(data.get("fee-calculation")), "total-fees")
    notes = (NO_FEES,) if fees is None else ()
    return Estimate(
        cost=cost_of(order),
        fees=Decimal(0) if fees is None else fees,
        buying_power_before=before,
        buying_power_after=after,
        warnings=faults.warnings(data) + notes,
        at=at,
    )


def orders_of(data: raw.Raw) -> list[raw.Raw]:
    """The order of an answer or of a body; of a complex order its parts, the trigger first."""
    whole = data.get("complex-order", data)
    if "orders" in raw.mapping(whole):
        return [raw.mapping(part) for part, _ in complex_parts(whole)]
    order = raw.mapping(data.get("order", data))
    return [order] if order.get("legs") else []


def check_echo(answer: Answer, body: bytes) -> None:
    """Raises Refused when the broker understood another action than we sent: it may turn a close without
    a position into an open (I19, pitfall 32), in spite of the strict flag."""
    ours = orders_of(raw.mapping(faults.load(body)))
    theirs = orders_of(raw.mapping(raw.mapping(answer.json()).get("data")))
    for mine, shown in zip(ours, theirs, strict=False):
        sent = {leg.get("symbol"): leg.get("action") for leg in _legs(mine)}
        for leg in _legs(shown):
            symbol, action = raw.text(leg.get("symbol"), 60), raw.text(leg.get("action"), 40)
            if action and sent.get(symbol, action) != action:
                words = f"The broker reads {symbol} as “{action}”, not as “{sent[symbol]}”; nothing was sent."
                raise Refused(words, broker_code="changed_action", status=answer.status)


def _legs(order: object) -> list[raw.Raw]:
    return raw.mappings(raw.mapping(order).get("legs"))


def _blocked(data: raw.Raw) -> BrokerFault:
    """A 2xx whose `errors` say that the order would be refused."""
    shown = {"error": {"code": "errors", "message": "The order would be refused.", "errors": data["errors"]}}
    found = faults.envelope(shown)
    if found is None:
        return Unavailable("The broker's dry run could not be read.")
    return Refused(found.words, broker_code=found.first_code, status=200)


def _with_margin(refused: faults.Envelope, effect: raw.Raw) -> str:
    """`margin_check_failed` comes with the figures beside the error: they belong to the words."""
    before, after = raw.signed(effect, "current-buying-power"), raw.signed(effect, "new-buying-power")
    if before is None or after is None:
        return refused.words
    return f"{refused.words} Buying power {_money(before)}, after it would be {_money(after)}."


def _money(value: Decimal) -> str:
    sign = "−" if value < 0 else ""
    return f"{sign}${abs(value):,.2f}"


def cost_of(order: raw.Raw) -> Decimal | None:
    """Value of the order without fees in dollars, signed like its price; None without a price (market), and of
    a future, which costs nothing but margin.

    Single legs: price times quantity times contract size; spreads are priced per unit of `size`; a notional
    order names its value.
    """
    price = raw.signed(order, "price")
    legs = _legs(order)
    if price is None and raw.positive(order.get("value")) is not None:
        return raw.signed(order, "value")
    units = raw.positive(legs[0].get("quantity")) if len(legs) == 1 else raw.positive(order.get("size"))
    if price is None or units is None or not legs:
        return None
    if any(raw.text(leg.get("instrument-type")) == "Future" for leg in legs):
        return None
    sizes = {CONTRACT_SIZE.get(raw.text(leg.get("instrument-type")), Decimal(1)) for leg in legs}
    return price * units * max(sizes)
