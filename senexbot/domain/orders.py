"""What a person wants to trade, what the broker says of it, and the states an intent walks through.

Shapes only; the transition table is in lifecycle.py. Signs follow the SDK: a negative price or
amount is a debit, a positive one a credit.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from senexbot.domain.instruments import InstrumentType, OptionContract, Right
from senexbot.domain.links import AccountRef, Environment


class Side(enum.StrEnum):
    BUY = "buy"
    SELL = "sell"


class Action(enum.StrEnum):
    """tastytrade's own words."""

    BUY_TO_OPEN = "Buy to Open"
    SELL_TO_OPEN = "Sell to Open"
    BUY_TO_CLOSE = "Buy to Close"
    SELL_TO_CLOSE = "Sell to Close"

    @property
    def side(self) -> Side:
        return Side.BUY if self.value.startswith("Buy") else Side.SELL

    @property
    def closes(self) -> bool:
        return self.value.endswith("Close")


class OrderType(enum.StrEnum):
    LIMIT = "Limit"
    MARKET = "Market"


class TimeInForce(enum.StrEnum):
    DAY = "Day"
    GTC = "GTC"


@dataclass(frozen=True, slots=True)
class OptionQuery:
    """An option as a person names it. `expiration` exact; the chain decides whether it is listed."""

    underlying: str
    expiration: date
    right: Right
    strike: Decimal


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as understood from a text, before anything was looked up.

    `symbol` is an equity symbol, or `option` names a contract (an OCC symbol is read into `contract`).
    `price` is per share and positive, None for a market order. `quantity` is a positive whole number.
    """

    side: Side
    quantity: Decimal
    symbol: str
    option: OptionQuery | None
    contract: OptionContract | None
    type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    account_hint: str = ""  # last digits of an account, when named

    @property
    def is_option(self) -> bool:
        return self.option is not None or self.contract is not None


@dataclass(frozen=True, slots=True)
class Leg:
    """`symbol` is tastytrade's; `words` is how a trader says it; `multiplier` shares a unit stands for."""

    symbol: str
    type: InstrumentType
    action: Action
    quantity: Decimal
    words: str
    multiplier: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What would be sent: complete, resolved, ours to confirm. `price` is signed and per unit."""

    account: AccountRef
    underlying: str
    legs: tuple[Leg, ...]
    type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce

    @property
    def environment(self) -> Environment:
        return self.account.environment

    @property
    def closes(self) -> bool:
        """Every leg closes: with strict position-effect validation it can only reduce."""
        return all(leg.action.closes for leg in self.legs)

    @property
    def side(self) -> Side:
        return self.legs[0].action.side


@dataclass(frozen=True, slots=True)
class Estimate:
    """The broker's own dry run. Dollars, signed (negative: leaves the account)."""

    cost: Decimal | None  # value of the order without fees; None when the broker gives none (market order)
    fees: Decimal
    buying_power_before: Decimal
    buying_power_after: Decimal
    warnings: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PriceView:
    """The market beside the order when it was previewed."""

    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    at: datetime
    delayed: bool
    session_open: bool
    tick: Decimal  # one price step at the order's price
    lower: Decimal | None = None  # the price one step down, None when there is none above zero
    higher: Decimal | None = None
    closed_at: datetime | None = None  # with the session closed: the moment the prices are of, where known


class IntentState(enum.StrEnum):
    """States only move forward; the table is lifecycle.TRANSITIONS."""

    PREVIEWED = "previewed"  # waits for Confirm
    DENIED = "denied"  # our no
    DISCARDED = "discarded"  # the owner's no
    LAPSED = "lapsed"  # nobody confirmed in time
    CLAIMED = "claimed"  # the right to send once is stored; an answer is awaited
    NOT_SENT = "not_sent"  # proven: nothing left this machine
    REFUSED = "refused"  # the broker's own refusal to the create request
    UNKNOWN = "unknown"  # sent, outcome not proven
    NEEDS_PERSON = "needs_person"  # unknown for 5 minutes
    PRESUMED_NOT_PLACED = "presumed_not_placed"  # by the evidence rule (I12); still watched
    WORKING = "working"  # the broker has it: received to live
    CANCEL_REQUESTED = "cancel_requested"
    FILLED = "filled"
    CANCELLED = "cancelled"  # may have fills
    EXPIRED = "expired"  # at the broker, day's end; may have fills
    REJECTED = "rejected"  # by the exchange or broker, after it was accepted
    CLOSED_BY_OWNER = "closed_by_owner"  # unknown, settled by its owner on evidence

    @property
    def is_unresolved(self) -> bool:
        return self in {IntentState.CLAIMED, IntentState.UNKNOWN, IntentState.NEEDS_PERSON}

    @property
    def is_open(self) -> bool:
        """The broker may still work on it."""
        return self.is_unresolved or self in {IntentState.WORKING, IntentState.CANCEL_REQUESTED}


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


class NewsSource(enum.StrEnum):
    """How we learned of it. What only the sweep found says so."""

    ANSWER = "answer"
    STREAM = "stream"
    SWEEP = "sweep"


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

    @property
    def quantity(self) -> Decimal:
        return max((leg.quantity for leg in self.legs), default=Decimal(0))

    @property
    def filled(self) -> Decimal:
        """Units for which every leg's fills are in (pitfall 43: Filled may come before the fills)."""
        return min(
            (sum((f.quantity for f in leg.fills), Decimal(0)) for leg in self.legs), default=Decimal(0)
        )


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What is proven about an intent's order at the broker; grows only (lifecycle.learn)."""

    order_id: int
    status: BrokerStatus
    quantity: Decimal
    fills: tuple[Fill, ...] = ()
    updated_at: int = 0
    reject_reason: str = ""
    found_by_sweep: bool = False

    @property
    def filled(self) -> Decimal:
        return sum((f.quantity for f in self.fills), Decimal(0))

    @property
    def average_price(self) -> Decimal | None:
        if not self.filled:
            return None
        return sum((f.quantity * f.price for f in self.fills), Decimal(0)) / self.filled


@dataclass(frozen=True, slots=True)
class Intent:
    """One order one person wants. The row is written before any request; `version` moves with every change.

    `terms_version` counts edits of the terms: a button made for one belongs to that one only.
    """

    id: str
    identifier: str
    team_id: str
    owner: str
    version: int
    terms_version: int
    state: IntentState
    terms: OrderTerms
    text: str  # normal form; parses back to the same order
    created_at: datetime
    expires_at: datetime
    estimate: Estimate | None = None
    price_view: PriceView | None = None
    checks_missing: tuple[str, ...] = ()  # named on the card (I22)
    reason: str = ""  # of a denial, refusal, rejection or doubt, in words
    reason_code: str = ""
    claimed_at: datetime | None = None
    unknown_since: datetime | None = None
    looks: int = 0  # complete looks for an unknown one
    last_look_at: datetime | None = None
    reminded: int = 0
    reminded_at: datetime | None = None
    muted_until: datetime | None = None
    watch_until: datetime | None = None
    facts: OrderFacts | None = None
    handle: str = ""  # what this version's buttons carry
    repeats: str = ""  # id of the unresolved intent this one was confirmed in spite of
    grammar: int = 1

    @property
    def account(self) -> AccountRef:
        return self.terms.account

    @property
    def environment(self) -> Environment:
        return self.terms.environment


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
    """2xx with an order id. `order` is None when the rest could not be read (format changed)."""

    order_id: int
    order: BrokerOrder | None


@dataclass(frozen=True, slots=True)
class NotProven:
    """Anything else: time-out, reset, 5xx, unreadable answer, a 4xx outside the allow-list."""

    why: str


PlaceOutcome = NotSent | RefusedByBroker | Accepted | NotProven


@dataclass(frozen=True, slots=True)
class CancelOutcome:
    """What was read back after a cancel. `order` None: it could not be read back; `words` says why."""

    order: BrokerOrder | None
    too_late: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class OrdersLook:
    """A read of the broker's lists. Incomplete proves nothing."""

    orders: tuple[BrokerOrder, ...]
    complete: bool
    at: datetime
    why_incomplete: str = ""
