"""An order as the broker keeps it, with its legs and fills. State is changed by the engine only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from math import gcd
from typing import Any, Final

ZERO = Decimal(0)

PRICED: Final = frozenset({"Limit", "Marketable Limit", "Stop Limit"})
STOPS: Final = frozenset({"Stop", "Stop Limit"})
TERMINAL: Final = frozenset({"Filled", "Cancelled", "Expired", "Rejected"})
AT_EXCHANGE: Final = frozenset({"Live", "Cancel Requested", "Replace Requested"})
UNROUTED: Final = frozenset({"Received", "Contingent"})
EDITABLE: Final = frozenset({"Received", "Contingent", "Live"})


@dataclass(frozen=True)
class Fill:
    """One execution. `exec_id` is shared by the fills of one match; only `id` is unique."""

    id: str
    quantity: Decimal
    price: Decimal
    at: datetime
    venue: str
    group_id: str
    exec_id: str


@dataclass
class Leg:
    """`remaining` counts down with each execution; `held` are fills the world is told of a little later."""

    instrument_type: str
    symbol: str
    action: str
    quantity: Decimal | None
    remaining: Decimal = ZERO
    fills: list[Fill] = field(default_factory=list)
    held: list[Fill] = field(default_factory=list)

    @property
    def sign(self) -> int:
        """+1 buys, -1 sells."""
        return 1 if self.action.startswith("Buy") else -1

    @property
    def opens(self) -> bool:
        return self.action.endswith("to Open")

    @property
    def closes(self) -> bool:
        return self.action.endswith("to Close")

    @property
    def filled(self) -> Decimal:
        return sum((f.quantity for f in (*self.fills, *self.held)), ZERO)


@dataclass
class Order:
    """Prices are unsigned with the effect beside them, as on the wire."""

    account: str
    order_type: str
    time_in_force: str
    legs: list[Leg]
    underlying: str
    underlying_type: str = "Equity"
    id: int | None = None
    status: str = "Received"
    contingent_status: str | None = None
    price: Decimal | None = None
    price_effect: str | None = None
    value: Decimal | None = None
    value_effect: str | None = None
    stop_trigger: Decimal | None = None
    gtc_date: date | None = None
    source: str | None = None
    external_identifier: str | None = None
    preflight_id: int | str | None = None
    partition_key: str | None = None
    strict: bool = False
    conditions: list[dict[str, Any]] = field(default_factory=list)
    route_after: datetime | None = None
    cancel_at: datetime | None = None
    received_at: datetime | None = None
    in_flight_at: datetime | None = None
    live_at: datetime | None = None
    cancelled_at: datetime | None = None
    terminal_at: datetime | None = None
    updated_ms: int = 0
    reject_reason: str | None = None
    edited: bool = False
    replaces: int | None = None
    replacing: int | None = None
    complex_id: int | None = None
    complex_tag: str | None = None
    waits_for_trigger: bool = False
    triggered: bool = False
    reserved: Decimal = ZERO
    listed_from: float = 0.0
    global_request_id: str = ""

    @property
    def size(self) -> int | None:
        """Units of the order: the greatest common divisor of the legs' whole quantities."""
        whole = [leg.quantity for leg in self.legs if leg.quantity and leg.quantity % 1 == 0]
        if len(whole) != len(self.legs):
            return None
        return reduce(gcd, (int(q) for q in whole))

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL

    @property
    def unit_price(self) -> Decimal | None:
        """Signed price per unit, the customer's view: negative pays, positive receives."""
        if self.price is None:
            return None
        return self.price if self.price_effect == "Credit" else -self.price

    @property
    def remaining(self) -> Decimal:
        return sum((leg.remaining for leg in self.legs), ZERO)


@dataclass
class ComplexOrder:
    """OCO, OTOCO or OTO: a trigger, if any, and the orders it holds back."""

    account: str
    type: str
    orders: list[Order]
    trigger: Order | None = None
    id: int | None = None
    terminal_at: datetime | None = None
    listed_from: float = 0.0

    @property
    def parts(self) -> list[Order]:
        return [*([self.trigger] if self.trigger else []), *self.orders]

    def bind(self, number: int) -> None:
        """Give the parts this number and their tags; all of them wait."""
        tags = {"OTOCO": "OTOCO::oco-1-order"}
        for part in self.parts:
            child = tags.get(self.type, f"{self.type}::order")
            part.complex_id = number
            part.complex_tag = f"{self.type}::trigger-order" if part is self.trigger else child
            part.status, part.contingent_status = "Contingent", "Pending Order"

    def siblings(self, order: Order) -> list[Order]:
        """The orders that one execution cancels: the other side of an OCO, bracket children included."""
        if self.type == "OTO" or order is self.trigger:
            return []
        return [other for other in self.orders if other is not order]
