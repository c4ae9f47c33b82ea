"""The values of the model: what is stored, what is so in the world, what a process is at; and what is varied.

A world is the stored rows, the surroundings and what each process is at. Rows and operations hold the domain's own values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from senexbot.domain.approval.approvals import COVER, ApprovalRequest
from senexbot.domain.approval.envelopes import units, used_buying_power
from senexbot.domain.halts.halts import HaltState
from senexbot.domain.links import Role
from senexbot.domain.orders.broker_orders import Accepted, NotProven, NotSent, PlaceOutcome, RefusedByBroker
from senexbot.domain.orders.intents import Intent
from senexbot.domain.orders.terms import Action, Estimate, OrderTerms
from senexbot.domain.policy.assess import assess
from senexbot.domain.policy.input import PolicyInput
from senexbot.domain.policy.measures import OrderMarket
from senexbot.domain.policy.reservations import Reservation, reserve
from senexbot.domain.policy.rules import DESK, Approvers, Limit, Policy, RuleName, Subject
from senexbot.domain.policy.verdict import Exposure, PolicyVerdict
from tests.domain import builders as b

V = TypeVar("V")
OWNER = "U1"
MINUTES = timedelta(minutes=30)
CONFIRM = timedelta(seconds=120)
# Soon after the preview; the preview is over; a request of the first moment is over; so is its approval.
TIMES = (b.after(1), b.after(120), b.after(1) + MINUTES, b.after(1) + MINUTES + COVER)
TERMS = b.terms(Action.SELL_TO_OPEN, 2, "3.46", instrument=b.option())
OTHER = b.terms(Action.SELL_TO_OPEN, 2, "2.10", instrument=b.option())
MOST = Decimal(3)  # contracts of all orders together; each of the two orders has 2

PRESSES = ("edit", "ask", "approve", "fewer", "decline", "discard", "send", "send_fewer")
SWEEPS = ("expire", "run_due", "lapse", "recover", "look")
HAPPENS = ("halt", "reduce", "resume", "lose_role", "drift", "time", "other order")


class Broken(AssertionError):
    """An invariant does not hold."""


class Op(NamedTuple):
    """What one process is at: a transaction that has read and not committed yet, or a claim on its way.

    `phase`: what happens to it next. `seen`: the version of the terms, or of the envelope, on the message whose button
    was pressed. `now`: when it read.
    """

    what: str
    phase: str  # commit, post, record
    before: Intent
    after: Intent
    request_before: ApprovalRequest | None = None
    request_after: ApprovalRequest | None = None
    owner: bool = False  # the claim was begun by the owner's click on these terms
    seen: int = 0
    now: datetime = b.NOW
    used: Decimal | None = None  # of the buying power, by the dry run that the claim rests on
    outcome: PlaceOutcome | None = None
    who: str = ""  # whose press of one of the owner's buttons it was

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for equal ones, and for no others: rows stand for themselves (`kept`)."""
        rows = (self.before, self.after, self.request_before, self.request_after)
        return (*self[:2], *map(id, rows), *self[6:10], OUTCOME_NAMES[self.outcome], self.who)

    def is_late_beside(self, other: Op) -> bool:
        """Whether this sweep can only happen while the other process is frozen with its claim in hand."""
        if self.what == "recover":
            return other.phase in {"post", "record"}
        return self.what == "presume" and other.phase == "post"


class Shown(NamedTuple):
    """What stood on the card: the terms, and how much of the buying power the broker's dry run said they take."""

    terms: OrderTerms
    used: Decimal | None

    @classmethod
    def of(cls, intent: Intent) -> Shown:
        return kept(cls(intent.terms, used_buying_power(intent.estimate)))


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """What is stored, and what the judge knows beside it."""

    intent: Intent
    request: ApprovalRequest | None = None
    attempts: tuple[OrderTerms, ...] = ()
    created: tuple[OrderTerms, ...] = ()  # the judge: every create request that began
    at_broker: bool = False
    shown: tuple[Shown, ...] = ()  # by version of the terms
    confirmed: frozenset[int] = frozenset()  # versions of the terms that the owner has confirmed
    claims: int = 0

    @property
    def key(self) -> tuple[Any, ...]:
        ids = tuple(tuple(map(id, one)) for one in (self.attempts, self.created, self.shown))
        return (id(self.intent), id(self.request), ids, self.at_broker, self.confirmed, self.claims)


class Around(NamedTuple):
    """What is so beside the order itself."""

    halt: HaltState = HaltState.ACTIVE
    lost: frozenset[str] = frozenset()  # the approvers who have lost the role
    drifted: bool = False  # margins have grown: one unit fits, two do not
    time: int = 0
    other: bool = False  # another order has been claimed, and holds its part of the limit

    @property
    def now(self) -> datetime:
        return TIMES[self.time]

    def seen_by(self, what: str) -> Around:
        """What a transaction of this name reads of it; the rest is not told to it."""
        match what:
            case "edit" | "send" | "run_due" | "claim" | "send_fewer":
                return self
            case "approve" | "fewer" | "decline":
                return Around(lost=self.lost, time=self.time)
            case _:
                return Around(time=self.time)


@dataclass(frozen=True)
class Rules:
    """How the world is set up; what is broken on purpose, to see that the judge sees it. `need` 0: the policy asks
    nobody, and the owner's confirmation is enough. `every_pair`: nothing is left out for being like another (explorer.py).
    """

    approvers: tuple[str, ...] = ("U2",)
    need: int = 1
    faults: int = 3
    processes: int = 2
    presses: tuple[str, ...] = PRESSES
    sweeps: tuple[str, ...] = SWEEPS
    happens: tuple[str, ...] = HAPPENS
    breaks: str = ""
    every_pair: bool = False

    def verdict(self, terms: OrderTerms, *, beside: bool = False) -> PolicyVerdict:
        """The policy's own (domain/policy/assess.py). `beside`: the other order holds its part of the limit."""
        return _assessed(terms, self.need, beside=beside and self.breaks != "no reservation")


OUTCOMES: tuple[tuple[str, PlaceOutcome, bool], ...] = (
    ("accepted", Accepted(7, None), True),
    ("refused", RefusedByBroker("no", "no", 422), False),
    ("not sent", NotSent("no connection"), False),
    ("answer lost, order there", NotProven("lost"), True),
    ("answer lost, no order", NotProven("lost"), False),
)
OUTCOME_NAMES: dict[PlaceOutcome | None, str] = {outcome: name for name, outcome, _ in OUTCOMES} | {None: ""}

_KEPT: dict[object, Any] = {}


def kept(value: V) -> V:
    """The one object that stands for all equal ones: values are told apart by identity, which is quick."""
    return cast("V", _KEPT.setdefault(value, value))


@cache
def _assessed(terms: OrderTerms, need: int, *, beside: bool) -> PolicyVerdict:
    """Any contract needs an approval (when `need`), more than MOST together are denied."""
    policy = Policy().with_setting(RuleName.CONTRACTS, DESK, Limit(Decimal(0) if need else None, MOST))
    policy = policy.with_setting(RuleName.APPROVERS, DESK, Approvers(need or 1))
    market = OrderMarket(Decimal("3.40"), Decimal("3.50"), Decimal("3.45"), usable=True)
    held = reserved(b.intent(terms=OTHER, id="other"))
    facts = PolicyInput(
        terms=terms,
        subject=Subject(OWNER, frozenset({Role.TRADER}), terms.account),
        now=b.NOW,
        local=b.NOW,
        market=market,
        balances=None,
        positions=(),
        ours=(held,) if beside else (),
        estimate=dry_run(terms, drifted=False),
        estimated=True,
    )
    return assess(policy, facts)


def reserved(intent: Intent) -> Reservation:
    return reserve(intent, Exposure(contracts=units(intent.terms)), b.NOW, b.TODAY)


def dry_run(terms: OrderTerms, *, drifted: bool) -> Estimate:
    each = Decimal(12_850) if drifted else Decimal(9_600)
    before = Decimal(100_000)
    return Estimate(Decimal(1), Decimal(0), before, before - each * units(terms), (), b.NOW)


def start(rules: Rules) -> Rows:
    """A preview with nothing pressed yet."""
    terms = kept(TERMS)
    intent = b.intent(terms=terms, estimate=dry_run(terms, drifted=False), verdict=rules.verdict(terms))
    return Rows(kept(intent), shown=(Shown.of(intent),))
