"""Orders on their way: the states an intent walks through, and what is proven of one.

Shapes only; the transition table is in lifecycle.py, what one wants to trade in terms.py, what the broker says in
broker_orders.py. Signs follow the SDK: a negative price or amount is a debit, a positive one a credit.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from senexbot.domain.approval.envelopes import ApprovalMark
from senexbot.domain.approval.mandates_terms import MandateMark
from senexbot.domain.links import AccountRef, Environment
from senexbot.domain.options.outlook import Outlook
from senexbot.domain.options.payoff import Payoff
from senexbot.domain.orders.broker_orders import BrokerStatus, Fill
from senexbot.domain.orders.terms import Besides, ChildRole, Estimate, OrderTerms, PriceView, Side, WalkTerms
from senexbot.domain.policy.verdict import PolicyVerdict


class IntentState(enum.StrEnum):
    """States only move forward; the table is lifecycle.TRANSITIONS."""

    PREVIEWED = "previewed"  # waits for Confirm, or for the question whether it may be approved
    AWAITING_APPROVAL = "awaiting_approval"  # asked of others; its owner has confirmed these terms by asking
    APPROVED = (
        "approved"  # ready: sent at once when it lies inside what was approved, else it waits for its owner
    )
    DECLINED = "declined"  # another person's no, or nobody's yes in time
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


class NewsSource(enum.StrEnum):
    """How we learned of it. What only the sweep found says so."""

    ANSWER = "answer"
    STREAM = "stream"
    SWEEP = "sweep"


@dataclass(frozen=True, slots=True)
class LegShare:
    """One of several legs: `ratio`: how many of it one unit of the order has."""

    symbol: str
    ratio: Decimal
    side: Side


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What is proven about an order of ours at the broker; grows only (facts.learn).

    `quantity` and `filled` count units. `shares`: the legs, where there are several. `by_value`: a notional
    order, whose quantity only the broker's reports tell.
    """

    order_id: int
    status: BrokerStatus
    quantity: Decimal
    fills: tuple[Fill, ...] = ()
    updated_at: int = 0
    reject_reason: str = ""
    found_by_sweep: bool = False
    shares: tuple[LegShare, ...] = ()
    by_value: bool = False

    @property
    def filled(self) -> Decimal:
        """Units that are filled on every leg."""
        if not self.shares:
            return sum((f.quantity for f in self.fills), Decimal(0))
        return min(self.filled_of(share.symbol) // share.ratio for share in self.shares)

    def filled_of(self, symbol: str) -> Decimal:
        return sum((f.quantity for f in self.fills if f.symbol == symbol), Decimal(0))

    @property
    def is_even(self) -> bool:
        """Every leg is filled as far as the others: no leg's fills are still to come."""
        return all(self.filled_of(s.symbol) == self.filled * s.ratio for s in self.shares)

    @property
    def average_price(self) -> Decimal | None:
        """Of one leg per share and positive; of several net per unit and signed. None before the first fill."""
        if not self.filled:
            return None
        if not self.shares:
            return _average(self.fills)
        net = Decimal(0)
        for share in self.shares:
            price = _average(tuple(f for f in self.fills if f.symbol == share.symbol))
            net += share.ratio * (price if share.side is Side.SELL else -price)
        return net


def _average(fills: tuple[Fill, ...]) -> Decimal:
    quantity = sum((f.quantity for f in fills), Decimal(0))
    return sum((f.quantity * f.price for f in fills), Decimal(0)) / quantity


@dataclass(frozen=True, slots=True)
class ChildOrder:
    """A child of a complex order. `identifier`: its own, stored with the claim (I5); `facts` as for the order itself,
    None until the broker has shown it; `replacing` and `chain` too."""

    role: ChildRole
    identifier: str
    facts: OrderFacts | None = None
    replacing: Replace | None = None
    chain: tuple[int, ...] = ()

    @property
    def is_open(self) -> bool:
        """The broker has it and may still work on it."""
        facts = self.facts
        return facts is not None and not facts.status.is_terminal and facts.filled != facts.quantity


class WalkState(enum.StrEnum):
    RUNNING = "running"
    PAUSED = "paused"  # goes on only when its owner says so
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Walk:
    """A confirmed walk of a working order's price, within `terms`. `epoch`: of the lease under which it runs;
    under another one it pauses (a restart). `reason`: why it paused or ended."""

    terms: WalkTerms
    state: WalkState
    next_at: datetime
    steps: int = 0
    epoch: int | None = None
    reason: str = ""


class ReplaceState(enum.StrEnum):
    """Of one replacement. Forward only; what is not proven is unknown (I7, I8)."""

    CLAIMED = "claimed"  # the right to send it once is stored; an answer is awaited
    UNKNOWN = "unknown"  # sent, outcome not proven
    DONE = "done"  # the broker has the new order
    NOT_SENT = "not_sent"  # proven: nothing left this machine
    REFUSED = "refused"  # the broker's own refusal
    DROPPED = "dropped"  # the old order filled or stood, and the new one was dropped
    NOT_DONE = "not_done"  # by the evidence rule: the old order stands unreplaced

    @property
    def is_open(self) -> bool:
        return self in {ReplaceState.CLAIMED, ReplaceState.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Replace:
    """One replacement of an order at other terms: a claim of its own with an identifier of its own.

    `part`: which order of the intent, 0 itself, else the child with this number, counted from 1. `old_price` and
    `price` are the limits, None of a stop order; `old_besides` and `besides` what else it changes, None: nothing.

    `old_status`, `old_updated_at`: the newest known of the order it replaces, once the new one counts or while
    the outcome is open. `new_id`: the new order, as soon as anything names it. `view`: the market beside
    the new price. `by`: who asked, "walk" for a step of a confirmed walk.
    """

    number: int
    identifier: str
    state: ReplaceState
    old_id: int
    old_price: Decimal | None
    price: Decimal | None
    by: str
    claimed_at: datetime
    view: PriceView | None = None
    new_id: int | None = None
    old_status: BrokerStatus = BrokerStatus.LIVE
    old_updated_at: int = 0
    reason: str = ""
    unknown_since: datetime | None = None
    looks: int = 0
    last_look_at: datetime | None = None
    told: bool = False  # a person was called (I11)
    part: int = 0
    old_besides: Besides | None = None
    besides: Besides | None = None


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
    children: tuple[ChildOrder, ...] = ()  # as terms.children; empty before the claim
    complex_id: int | None = None  # the broker's number of the whole, for cancelling it (pitfall 38)
    choices: tuple[str, ...] = ()  # what the words left to the market and what was taken, for the card
    payoff: Payoff | None = None  # what the legs come to at expiration; None: not known, or it closes
    outlook: Outlook | None = None  # what it changes, as of the preview; None: not looked at
    approval: ApprovalMark | None = None
    verdict: PolicyVerdict | None = None  # the policy's, of the preview, then of the claim
    mandate: MandateMark | None = None  # what clears it although the policy asks for an approval
    uncovered: str = ""  # why a mandate that is about such orders does not cover this one

    chain: tuple[int, ...] = ()  # the broker's numbers this order had before, and of dropped replacements
    replacing: Replace | None = None  # the newest replacement, also when it is settled
    together: int = 0  # how many orders the press that asked for its cancel was about; 0 or 1: it alone
    walk: Walk | None = None
    confirmed_price: Decimal | None = None  # the dearest price its owner has confirmed, once it was moved

    @property
    def replacings(self) -> tuple[Replace, ...]:
        """The newest replacement of the order and of each child, where there was one."""
        newest = (self.replacing, *(child.replacing for child in self.children))
        return tuple(one for one in newest if one is not None)

    @property
    def open_replace(self) -> Replace | None:
        """The one whose outcome is not settled: there is at most one, of the order or of a child."""
        return next((one for one in self.replacings if one.state.is_open), None)

    @property
    def has_open_replace(self) -> bool:
        return self.open_replace is not None

    @property
    def has_open_children(self) -> bool:
        return any(child.is_open for child in self.children)

    @property
    def account(self) -> AccountRef:
        return self.terms.account

    @property
    def environment(self) -> Environment:
        return self.terms.environment
