"""A plan to flatten as it is stored: a row before any of its orders is one, and what became of each step. Pure.

The plan is confirmed once, by its owner, for exactly the orders it shows. Each close then is an intent of its own,
whose id was given when the plan was made: whoever carries the plan out, however often, finds what was begun (I4).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from senexbot.domain.errors import AlreadyHandled, Expired
from senexbot.domain.halts.flatten import Left, Stage
from senexbot.domain.links import AccountRef
from senexbot.domain.orders.broker_orders import CancelWanted
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.terms import OrderTerms
from senexbot.domain.policy.verdict import Outcome

RESTARTED = "the bot was started again"
STOPPED = "stopped by you"
ASK_THERE = "press Ask for approval on its own card"


class PlanState(enum.StrEnum):
    PLANNED = "planned"  # waits for its owner's press
    RUNNING = "running"
    PAUSED = "paused"  # goes on only when its owner says so
    DONE = "done"
    LAPSED = "lapsed"  # nobody pressed in time


class StepState(enum.StrEnum):
    PLANNED = "planned"
    SENT = "sent"  # on its way, or it works
    ASKS = "asks"  # the policy wants another person's approval: asked on the order's own card
    DONE = "done"  # of a cancel: confirmed; of a close: filled
    FILLED = "filled"  # of a cancel: it filled meanwhile
    FAILED = "failed"
    UNKNOWN = "unknown"


_OVER = frozenset({StepState.DONE, StepState.FAILED, StepState.FILLED})


@dataclass(frozen=True, slots=True)
class CancelStep:
    """A working order that is cancelled. `intent_id`: ours, "" for one placed elsewhere."""

    account: AccountRef
    wanted: CancelWanted
    words: str
    intent_id: str = ""
    state: StepState = StepState.PLANNED
    why: str = ""


@dataclass(frozen=True, slots=True)
class CloseStep:
    """One order of the plan. `protection`: numbers of the working orders that hold what it closes, cancelled just
    before it is sent. `note`: what to know of it; `unchecked`: the broker's dry run comes when it is sent."""

    intent_id: str
    stage: Stage
    terms: OrderTerms
    protection: tuple[int, ...] = ()
    note: str = ""
    unchecked: bool = False
    state: StepState = StepState.PLANNED
    filled: Decimal = Decimal(0)
    why: str = ""


@dataclass(frozen=True, slots=True)
class LeftOver:
    account: AccountRef
    left: Left


@dataclass(frozen=True, slots=True)
class FlattenPlan:
    """`opening` is cancelled first, `protecting` step by step. `blocked`: why nothing of it may start now."""

    id: str
    team_id: str
    owner: str
    version: int
    state: PlanState
    accounts: tuple[AccountRef, ...]
    opening: tuple[CancelStep, ...]
    protecting: tuple[CancelStep, ...]
    closes: tuple[CloseStep, ...]
    left: tuple[LeftOver, ...]
    created_at: datetime
    expires_at: datetime
    handle: str
    blocked: str = ""
    closed_market: bool = False
    reason: str = ""  # why it rests or ended
    epoch: int | None = None  # of the lease under which it runs

    @property
    def sendable(self) -> tuple[CloseStep, ...]:
        if self.blocked:
            return ()
        return tuple(close for close in self.closes if close.state is StepState.PLANNED)

    @property
    def is_empty(self) -> bool:
        """There is nothing that a press could do."""
        return not self.opening and not self.sendable


# --- its owner's presses -------------------------------------------------------------------------


def confirmed(plan: FlattenPlan, now: datetime) -> FlattenPlan:
    """Raises AlreadyHandled on a second press, Expired when its time is over (I32)."""
    if plan.state is PlanState.LAPSED or (plan.state is PlanState.PLANNED and now >= plan.expires_at):
        raise Expired("The time to confirm this plan is over. Say flatten again.")
    if plan.state is not PlanState.PLANNED or plan.is_empty:
        raise AlreadyHandled(f"This plan is {plan.state.value} already.", code=f"plan_{plan.state.value}")
    closes = plan.closes
    if plan.blocked:
        closes = tuple(replace(close, state=StepState.FAILED, why="not sent") for close in closes)
    return _next(plan, state=PlanState.RUNNING, closes=closes, epoch=None)


def resumed(plan: FlattenPlan) -> FlattenPlan:
    if plan.state is not PlanState.PAUSED:
        raise AlreadyHandled("This plan does not rest.", code="not_paused")
    return _next(plan, state=PlanState.RUNNING, reason="", epoch=None)


def paused(plan: FlattenPlan, reason: str) -> FlattenPlan:
    """Nothing more of it starts; what was sent goes on."""
    if plan.state is not PlanState.RUNNING:
        raise AlreadyHandled(f"This plan is {plan.state.value}.", code=f"plan_{plan.state.value}")
    return _next(plan, state=PlanState.PAUSED, reason=reason)


def lapsed(plan: FlattenPlan) -> FlattenPlan:
    return _next(plan, state=PlanState.LAPSED)


def adopted(plan: FlattenPlan, epoch: int) -> FlattenPlan:
    return _next(plan, epoch=epoch)


def _next(plan: FlattenPlan, **changes: Any) -> FlattenPlan:
    return replace(plan, version=plan.version + 1, **changes)


# --- what is next --------------------------------------------------------------------------------


def ready(plan: FlattenPlan) -> tuple[CloseStep, ...]:
    """Closes that may be sent now: nothing of an earlier stage of their underlying is left unfilled. Those of the
    earliest stage only: what is short goes first, whatever its underlying."""
    free = [close for close in plan.sendable if not _before(plan, close)]
    first = min((close.stage for close in free), default=None)
    return tuple(close for close in free if close.stage is first)


def _before(plan: FlattenPlan, close: CloseStep) -> list[CloseStep]:
    return [
        other
        for other in plan.closes
        if other.stage < close.stage
        and other.terms.underlying == close.terms.underlying
        and _same_account(other, close)
        and other.state is not StepState.DONE
    ]


def _same_account(one: CloseStep, other: CloseStep) -> bool:
    a, b = one.terms.account, other.terms.account
    return (a.environment, a.number) == (b.environment, b.number)


def settled(plan: FlattenPlan) -> FlattenPlan:
    """The same plan, with closes that can never start any more named so, and ended when nothing is left to do. The
    version does not move: it is part of one step."""
    closes = tuple(
        replace(close, state=StepState.FAILED, why=_waited_for(plan, close))
        if close.state is StepState.PLANNED and _waited_for(plan, close)
        else close
        for close in plan.closes
    )
    plan = replace(plan, closes=closes)
    over = all(close.state in _OVER for close in closes) and _all_asked(plan.opening)
    return replace(plan, state=PlanState.DONE) if over and plan.state is PlanState.RUNNING else plan


def _waited_for(plan: FlattenPlan, close: CloseStep) -> str:
    failed = [other for other in _before(plan, close) if other.state is StepState.FAILED]
    return (
        "not sent: what goes before it was not closed; look there first, then say flatten again"
        if failed
        else ""
    )


def _all_asked(steps: Iterable[CancelStep]) -> bool:
    return all(step.state is not StepState.PLANNED for step in steps)


def learned(plan: FlattenPlan, find: Callable[[str], Intent | None]) -> FlattenPlan:
    """What has become of the orders that were sent; the same plan when nothing has changed. `find` by intent id."""
    closes = tuple(_learned(close, find(close.intent_id)) for close in plan.closes)
    return plan if closes == plan.closes else replace(plan, closes=closes)


def _learned(close: CloseStep, intent: Intent | None) -> CloseStep:
    if intent is None or close.state is StepState.FAILED:
        return close
    filled = intent.facts.filled if intent.facts else Decimal(0)
    state, why = _state_of(intent)
    return replace(close, state=state, filled=filled, why=why or (close.why if state is close.state else ""))


_WORKS = frozenset({IntentState.CLAIMED, IntentState.WORKING, IntentState.CANCEL_REQUESTED})
_ASKS = frozenset({IntentState.AWAITING_APPROVAL, IntentState.APPROVED})
_DOUBTED = frozenset({IntentState.UNKNOWN, IntentState.NEEDS_PERSON})


def _state_of(intent: Intent) -> tuple[StepState, str]:
    state = intent.state
    if state is IntentState.FILLED:
        return StepState.DONE, ""
    if state in _WORKS:
        return StepState.SENT, ""
    if state in _DOUBTED:
        return StepState.UNKNOWN, "not known whether the broker has it: it is never sent again by itself"
    if state is IntentState.PREVIEWED:
        if intent.verdict is not None and intent.verdict.outcome is Outcome.NEEDS_APPROVAL:
            return StepState.ASKS, ASK_THERE
        return StepState.PLANNED, ""  # stored, and not claimed yet
    if state in _ASKS:
        return StepState.ASKS, "it waits for its approval"
    words = state.value.replace("_", " ")
    return StepState.FAILED, f"{words}: {intent.reason}" if intent.reason else words


def with_close(plan: FlattenPlan, step: CloseStep) -> FlattenPlan:
    closes = tuple(step if one.intent_id == step.intent_id else one for one in plan.closes)
    return replace(plan, closes=closes)


def with_cancels(plan: FlattenPlan, steps: Iterable[CancelStep]) -> FlattenPlan:
    """The newest of each, wherever it stands."""
    new = {(step.account, step.wanted): step for step in steps}

    def newest(old: tuple[CancelStep, ...]) -> tuple[CancelStep, ...]:
        return tuple(new.get((step.account, step.wanted), step) for step in old)

    return replace(plan, opening=newest(plan.opening), protecting=newest(plan.protecting))


def protection_of(plan: FlattenPlan, close: CloseStep) -> tuple[CancelStep, ...]:
    return tuple(
        step
        for step in plan.protecting
        if step.wanted.number in close.protection and step.account == close.terms.account
    )
