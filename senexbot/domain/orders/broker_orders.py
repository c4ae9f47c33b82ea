"""What the broker says: its orders and their states, the answer to a request, a look at its lists. Shapes only."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from senexbot.domain.instruments import InstrumentType


class BrokerStatus(enum.StrEnum):
    """tastytrade's words; a word we do not know is read as UNKNOWN and never as an end."""

    RECEIVED = "Received"
    ROUTED = "Routed"
    IN_FLIGHT = "In Flight"
    CONTINGENT = "Contingent"
    LIVE = "Live"
    CANCEL_REQUESTED = "Cancel Requested"
    REPLACE_REQUESTED = "Replace Requested"
    FILLED = "Filled"
    CANCELLED = "Cancelled"
    EXPIRED = "Expired"
    REJECTED = "Rejected"
    REMOVED = "Removed"
    PARTIALLY_REMOVED = "Partially Removed"
    UNKNOWN = "?"

    @property
    def is_terminal(self) -> bool:
        return self in {
            BrokerStatus.FILLED,
            BrokerStatus.CANCELLED,
            BrokerStatus.EXPIRED,
            BrokerStatus.REJECTED,
            BrokerStatus.REMOVED,
            BrokerStatus.PARTIALLY_REMOVED,
        }


@dataclass(frozen=True, slots=True)
class Fill:
    """Only `id` is unique (pitfall 44). `price` is per share, positive."""

    id: str
    symbol: str
    quantity: Decimal
    price: Decimal
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BrokerLeg:
    symbol: str
    type: InstrumentType
    action: str
    quantity: Decimal
    remaining: Decimal
    fills: tuple[Fill, ...] = ()

    @property
    def filled(self) -> Decimal:
        return sum((f.quantity for f in self.fills), Decimal(0))


@dataclass(frozen=True, slots=True)
class BrokerOrder:
    """One order as the broker shows it, read tolerantly from raw JSON. `price` is signed."""

    id: int
    account: str
    status: BrokerStatus
    status_word: str
    identifier: str  # "" when the order has none
    underlying: str
    type: str
    time_in_force: str
    price: Decimal | None
    legs: tuple[BrokerLeg, ...]
    received_at: datetime | None
    updated_at: int  # epoch milliseconds, 0 in a dry run
    reject_reason: str = ""
    cancellable: bool = False
    replaces: int | None = None
    replaced_by: int | None = None
    source: str = ""
    stop_trigger: Decimal | None = None
    complex_id: int | None = None

    @property
    def quantity(self) -> Decimal:
        """Units: the greatest common divisor of the legs' quantities; of one leg its quantity."""
        if len(self.legs) < 2:
            return self.legs[0].quantity if self.legs else Decimal(0)
        return Decimal(math.gcd(*(int(leg.quantity) for leg in self.legs)))

    @property
    def filled(self) -> Decimal:
        """Units for which every leg's fills are in (pitfall 43: Filled may come before the fills)."""
        if len(self.legs) < 2:
            return self.legs[0].filled if self.legs else Decimal(0)
        units = self.quantity
        return min(leg.filled * units // leg.quantity for leg in self.legs) if units else Decimal(0)


@dataclass(frozen=True, slots=True)
class NotSent:
    """Proven: no byte of the request left this machine."""

    why: str
    grant_expired: bool = False


@dataclass(frozen=True, slots=True)
class RefusedByBroker:
    """The broker's own envelope with a code on the allow-list."""

    code: str
    words: str
    status: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """2xx with an order id. `order` is None when the rest could not be read (format changed).

    Of a complex order `order` is the trigger (of an OCO the first), `children` the others in their order.
    """

    order_id: int
    order: BrokerOrder | None
    complex_id: int | None = None
    children: tuple[BrokerOrder, ...] = ()


@dataclass(frozen=True, slots=True)
class NotProven:
    """Anything else: time-out, reset, 5xx, unreadable answer, a 4xx outside the allow-list."""

    why: str


PlaceOutcome = NotSent | RefusedByBroker | Accepted | NotProven


@dataclass(frozen=True, slots=True)
class CancelWanted:
    """By its own number, or a complex order by the number of the whole (pitfall 38)."""

    number: int
    is_complex: bool = False


@dataclass(frozen=True, slots=True)
class CancelOutcome:
    """What was read back after a cancel. `order` None: it could not be read back; `words` says why.

    Of a complex order `order` is the part that decides what is said, `parts` are all of them.
    """

    order: BrokerOrder | None
    too_late: bool = False
    words: str = ""
    parts: tuple[BrokerOrder, ...] = ()


@dataclass(frozen=True, slots=True)
class OrdersLook:
    """A read of the broker's lists. Incomplete proves nothing."""

    orders: tuple[BrokerOrder, ...]
    complete: bool
    at: datetime
    why_incomplete: str = ""
