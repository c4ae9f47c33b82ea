"""A request to approve one order, and what each decision makes of it. Pure: who may decide is approvers.py.

An approval covers exactly one envelope (I31). `envelope_version` counts its changes: a button that was made for
an earlier one has no effect. One person decides once; a request that is over never opens again.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from senexbot.domain.approval.envelopes import ApprovalMark, Envelope, narrowed
from senexbot.domain.errors import AlreadyHandled, Expired, ParseError
from senexbot.domain.money import quantity_text
from senexbot.domain.options.payoff import Payoff
from senexbot.domain.orders.terms import OrderTerms, PriceView
from senexbot.domain.policy.verdict import ApprovalNeed

COVER = timedelta(minutes=15)  # an approval given in the last second can still be used
CLOCKS_DIFFER = timedelta(minutes=1)  # of several processes
MOST_TEXT = 300
R = TypeVar("R", bound="Request")


class RequestState(enum.StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"  # nobody decided in time
    WITHDRAWN = "withdrawn"  # by the requester


class Choice(enum.StrEnum):
    APPROVE = "approve"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Decision:
    """`quantity`: of an approval, up to how many units; `reason`: of a decline."""

    person: str
    choice: Choice
    at: datetime
    quantity: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """`handle` stands behind the buttons of this person's message, for the present envelope."""

    person: str
    handle: str


@dataclass(frozen=True, slots=True)
class Question:
    by: str
    text: str
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What others are asked to decide on: an order (ApprovalRequest) or a mandate (mandates.py).

    `requester`: whom it is for. `breaks`: the limits that made it necessary, in words; `later`: who is asked from
    `widen_at` on.
    """

    id: str
    team_id: str
    requester: str
    state: RequestState
    version: int
    envelope_version: int
    need: ApprovalNeed
    breaks: tuple[str, ...] = ()
    reason: str
    asked_at: datetime
    expires_at: datetime
    asked: tuple[Asked, ...] = ()
    later: tuple[str, ...] = ()
    widen_at: datetime | None = None
    decisions: tuple[Decision, ...] = ()
    questions: tuple[Question, ...] = ()
    ended_at: datetime | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Who has approved; one person counts once."""
        return tuple(d.person for d in self.decisions if d.choice is Choice.APPROVE)

    @property
    def declined(self) -> Decision | None:
        return next((d for d in self.decisions if d.choice is Choice.DECLINE), None)

    @property
    def open_question(self) -> Question | None:
        return next((q for q in self.questions if not q.answer), None)

    def handle_of(self, person: str) -> str:
        return next((a.handle for a in self.asked if a.person == person), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest(Request):
    """The request to approve one order."""

    intent_id: str
    envelope: Envelope
    terms: OrderTerms
    view: PriceView | None = None  # the market when it was previewed
    payoff: Payoff | None = None


def mark(request: ApprovalRequest) -> ApprovalMark:
    """What the requester's card shows of it."""
    question, declined = request.open_question, request.declined
    return ApprovalMark(
        request_id=request.id,
        needed=request.need.count,
        given=request.given,
        expires_at=request.expires_at,
        envelope=request.envelope,
        declined_by=declined.person if declined else "",
        question=question.text if question else "",
        question_by=question.by if question else "",
    )


def decide(request: ApprovalRequest, decision: Decision) -> ApprovalRequest:
    """The request after one person's decision. That this person may decide was checked in the same transaction.

    Raises Expired, AlreadyHandled (it is over, or this person has decided), ParseError (a reason or number is missing).
    """
    _may_be_decided(request, decision)
    if decision.choice is Choice.DECLINE:
        return _with_no(request, decision)
    quantity = request.envelope.greatest_quantity if decision.quantity is None else decision.quantity
    if (
        quantity <= 0
        or quantity != quantity.to_integral_value()
        or quantity > request.envelope.greatest_quantity
    ):
        most = quantity_text(request.envelope.greatest_quantity)
        raise ParseError("That is not a number to approve.", hint=f"Say a whole number from 1 to {most}.")
    after = _with_yes(request, replace(decision, quantity=quantity))
    if quantity == request.envelope.greatest_quantity:
        return after
    envelope = narrowed(request.envelope, quantity)
    return replace(after, envelope=envelope, envelope_version=request.envelope_version + 1)


def decide_whole(request: R, decision: Decision) -> R:
    """The same for a request that is approved as it is or not at all. Raises as `decide`."""
    _may_be_decided(request, decision)
    if decision.choice is Choice.DECLINE:
        return _with_no(request, decision)
    return _with_yes(request, decision)


def _may_be_decided(request: Request, decision: Decision) -> None:
    _still_open(request, decision.at)
    if any(d.person == decision.person for d in request.decisions):
        raise AlreadyHandled("You have decided on this already.", code="decided")


def _with_no(request: R, decision: Decision) -> R:
    reason = one_text(decision.reason, "Say why: the requester reads it.")
    return _with(request, replace(decision, reason=reason), RequestState.DECLINED)


def _with_yes(request: R, decision: Decision) -> R:
    enough = len({*request.given, decision.person}) >= request.need.count
    return _with(request, decision, RequestState.APPROVED if enough else RequestState.OPEN)


def _with(request: R, decision: Decision, state: RequestState) -> R:
    ended = None if state is RequestState.OPEN else decision.at
    return replace(_next(request), state=state, decisions=(*request.decisions, decision), ended_at=ended)


def _next(request: R) -> R:
    return replace(request, version=request.version + 1)


def _still_open(request: Request, now: datetime) -> None:
    """I32: the moment of expiry itself is too late, also before anybody has noted it."""
    if request.state is RequestState.EXPIRED or (
        request.state is RequestState.OPEN and _is_over(request, now)
    ):
        raise Expired("The time to decide on this is over: it has declined itself.")
    if request.state is not RequestState.OPEN:
        raise AlreadyHandled(f"This is {request.state.value} already.", code=request.state.value)


def _is_over(request: Request, now: datetime) -> bool:
    """Past its end, or long before it was asked: then the wall clock was set back while no bot ran (I67)."""
    return now >= request.expires_at or now < request.asked_at - CLOCKS_DIFFER


def same_envelope(request: Request, version: int) -> None:
    """Raises AlreadyHandled when the envelope was changed after a button was made for it (I31)."""
    if request.envelope_version != version:
        raise AlreadyHandled(
            "What is to be approved was changed since. Use the newest message.", code="older_request"
        )


def expire(request: R, now: datetime) -> R | None:
    """The request when its time is over; None while it is not, or when it is decided."""
    if request.state is not RequestState.OPEN or not _is_over(request, now):
        return None
    return replace(_next(request), state=RequestState.EXPIRED, ended_at=now)


def withdraw(request: R, now: datetime) -> R:
    """By its requester, whatever was approved of it so far. Raises AlreadyHandled when it is over."""
    if request.state is not RequestState.OPEN:
        raise AlreadyHandled(f"This is {request.state.value} already.", code=request.state.value)
    return replace(_next(request), state=RequestState.WITHDRAWN, ended_at=now)


def widen(request: R, now: datetime) -> R | None:
    """Nobody on the rota has decided in half the time: all others are asked too. The caller gives them handles."""
    if request.state is not RequestState.OPEN or not request.later:
        return None
    if request.widen_at is None or now < request.widen_at:
        return None
    more = tuple(Asked(person, "") for person in request.later)
    return replace(_next(request), asked=(*request.asked, *more), later=(), widen_at=None)


def ask_back(request: ApprovalRequest, person: str, text: str, now: datetime) -> ApprovalRequest:
    """One question at a time. Raises Expired, AlreadyHandled, ParseError."""
    _still_open(request, now)
    if request.open_question is not None:
        raise AlreadyHandled("A question waits for its answer already.", code="question_waits")
    question = Question(person, one_text(text, "Say what you want to know."))
    return replace(_next(request), questions=(*request.questions, question))


def answer(request: ApprovalRequest, text: str, now: datetime) -> ApprovalRequest:
    """The requester's answer to the question that waits. Raises Expired, AlreadyHandled, ParseError."""
    _still_open(request, now)
    if request.open_question is None:
        raise AlreadyHandled("No question waits for an answer.", code="answered")
    *earlier, last = request.questions
    said = one_text(text, "Say the answer.")
    return replace(_next(request), questions=(*earlier, replace(last, answer=said)))


def seen_anew(request: ApprovalRequest, view: PriceView | None) -> ApprovalRequest:
    """With the market as it is now; what is decided on stays as it was. Raises AlreadyHandled when it is over."""
    if request.state is not RequestState.OPEN:
        raise AlreadyHandled(f"This is {request.state.value} already.", code=request.state.value)
    return replace(_next(request), view=view)


def one_text(text: str, hint: str) -> str:
    """What somebody wrote, as one line of bounded length. Raises ParseError when nothing is left of it."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MOST_TEXT]
    if not line:
        raise ParseError("Something is missing.", hint=hint)
    return line
