"""Raw order JSON to BrokerOrder: tolerant, pure. What cannot be read is left empty, never guessed."""

from __future__ import annotations

from decimal import Decimal

from senexbot.broker import faults, raw
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.orders.broker_orders import BrokerLeg, BrokerOrder, BrokerStatus, Fill

MOST_LEGS = 8
MOST_FILLS = 10_000


def broker_order(source: object, *, complex_id: int | None = None) -> BrokerOrder | None:
    """One order as the broker shows it; None when it has no id (a dry run, or no order at all).

    `complex_id`: of the whole that showed it, for a part that does not name it.
    """
    order = raw.mapping(source)
    order_id = raw.whole(order.get("id"))
    if order_id is None:
        return None
    word = raw.text(order.get("status"), 40)
    return BrokerOrder(
        id=order_id,
        account=raw.text(order.get("account-number"), 40),
        status=status_of(word),
        status_word=word,
        identifier=raw.text(order.get("external-identifier")),
        underlying=raw.text(order.get("underlying-symbol"), 40),
        type=raw.text(order.get("order-type"), 40),
        time_in_force=raw.text(order.get("time-in-force"), 40),
        price=raw.signed(order, "price"),
        legs=tuple(_leg(leg) for leg in raw.mappings(order.get("legs"))[:MOST_LEGS]),
        received_at=raw.moment(order.get("received-at")),
        updated_at=raw.whole(order.get("updated-at")) or 0,
        reject_reason=faults.clean(raw.text(order.get("reject-reason"), 500)),
        cancellable=raw.flag(order.get("cancellable")),
        replaces=raw.whole(order.get("replaces-order-id")),
        replaced_by=raw.whole(order.get("replacing-order-id")),
        source=raw.text(order.get("source")),
        stop_trigger=raw.number(order.get("stop-trigger")),
        complex_id=raw.whole(order.get("complex-order-id")) or complex_id,
    )


def complex_parts(source: object) -> list[tuple[object, int | None]]:
    """The orders of a complex order, trigger first, each with the number of the whole."""
    whole = raw.mapping(source)
    number = raw.whole(whole.get("id"))
    trigger = whole.get("trigger-order")
    parts = [*([trigger] if trigger is not None else []), *raw.rows(whole.get("orders"))]
    return [(part, number) for part in parts]


def status_of(word: str) -> BrokerStatus:
    """A word we do not know is UNKNOWN: never an end."""
    try:
        return BrokerStatus(word)
    except ValueError:
        return BrokerStatus.UNKNOWN


def instrument_type(word: object) -> InstrumentType | None:
    try:
        return InstrumentType(raw.text(word))
    except ValueError:
        return None


def _size(value: object) -> Decimal | None:
    read = raw.number(value)
    return read if read is not None and read >= 0 else None


def _leg(source: raw.Raw) -> BrokerLeg:
    fills = tuple(
        fill for row in raw.mappings(source.get("fills"))[:MOST_FILLS] if (fill := _fill(row, source))
    )
    quantity = _size(source.get("quantity"))
    remaining = _size(source.get("remaining-quantity"))
    filled = sum((f.quantity for f in fills), Decimal(0))
    if quantity is None:
        quantity = filled + (remaining or Decimal(0))
    return BrokerLeg(
        symbol=raw.text(source.get("symbol"), 40),
        type=instrument_type(source.get("instrument-type")) or InstrumentType.EQUITY,
        action=raw.text(source.get("action"), 40),
        quantity=quantity,
        remaining=max(quantity - filled, Decimal(0)) if remaining is None else remaining,
        fills=fills,
    )


def _fill(source: raw.Raw, leg: raw.Raw) -> Fill | None:
    """None without an id, a quantity or a price: a fill we cannot count once is not counted."""
    fill_id = raw.text(source.get("fill-id"))
    quantity = raw.positive(source.get("quantity"))
    price = raw.number(source.get("fill-price"))
    if not fill_id or quantity is None or price is None or price < 0:
        return None
    at = raw.moment(source.get("filled-at"))
    return Fill(fill_id, raw.text(leg.get("symbol"), 40), quantity, price, at)
