"""A walk: the price of a working order moves by itself, within what its owner confirmed, and stops when in doubt.

Pure: what to do now is decided here; each step is a replacement with a claim of its own (I7).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from senexbot.domain.errors import AlreadyHandled
from senexbot.domain.instruments import TickSize
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.intents import Intent, IntentState, ReplaceState, Walk, WalkState
from senexbot.domain.orders.net import in_favour
from senexbot.domain.orders.terms import OrderType, WalkTerms

LEAST_SECONDS = 5  # between two steps
OFFERED_SECONDS = 20
RESTARTED = "the bot was started again"
SESSION_OVER = "the session is over"
STOPPED = "stopped by you"
MOVED_BY_HAND = "you changed the order yourself"
_STANDS = frozenset({BrokerStatus.LIVE, BrokerStatus.RECEIVED})
_NOT_UNDERSTOOD = frozenset(
    {ReplaceState.NOT_SENT, ReplaceState.REFUSED, ReplaceState.DROPPED, ReplaceState.NOT_DONE}
)


class Todo(enum.StrEnum):
    STEP = "step"
    WAIT = "wait"
    PAUSE = "pause"
    END = "end"


@dataclass(frozen=True, slots=True)
class Decision:
    """`price`: of the step. `reason`: why it pauses or ends, in words."""

    todo: Todo
    price: Decimal | None = None
    reason: str = ""


def is_possible(terms: WalkTerms, price: Decimal | None) -> bool:
    """Whether a walk from this signed price says anything: positive steps, a limit that is dearer, of one sign."""
    if price is None or terms.step <= 0 or terms.every_seconds < LEAST_SECONDS:
        return False
    return terms.to < price and bool(terms.to) and (terms.to < 0) == (price < 0)


def walk_offer(intent: Intent) -> WalkTerms | None:
    """The walk that a card offers: in single price steps, every 20 s, to the other side of the market as it stood
    beside this price; of several legs to what taking the other side of each comes to. None where that is no walk."""
    view, price = intent.price_view, intent.terms.price
    if view is None or price is None or intent.terms.group is not None or intent.has_open_replace:
        return None
    if intent.terms.type is not OrderType.LIMIT:
        return None
    if intent.walk is not None and intent.walk.state is not WalkState.ENDED:
        return None
    if len(intent.terms.legs) > 1:
        to = None if view.natural is None else in_favour(view.natural, (TickSize(view.tick),))
    else:
        other = view.ask if price < 0 else view.bid
        to = None if other is None else other.copy_sign(price)
    if to is None:
        return None
    offer = WalkTerms(view.tick, OFFERED_SECONDS, to)
    return offer if is_possible(offer, price) else None


def begun(terms: WalkTerms, now: datetime) -> Walk:
    return Walk(terms, WalkState.RUNNING, now + timedelta(seconds=terms.every_seconds))


def resumed(intent: Intent, now: datetime) -> Intent:
    """Its owner says go on. Raises AlreadyHandled unless it is paused."""
    walk = intent.walk
    if walk is None or walk.state is not WalkState.PAUSED or intent.state is not IntentState.WORKING:
        raise AlreadyHandled("This walk is not paused.", code="not_paused")
    return _with(intent, replace(begun(walk.terms, now), steps=walk.steps))


def halted(intent: Intent, state: WalkState, reason: str) -> Intent:
    """The walk after a pause or an end. Raises AlreadyHandled when it is over."""
    walk = intent.walk
    if walk is None or walk.state is WalkState.ENDED:
        raise AlreadyHandled("No walk is under way.", code="no_walk")
    return _with(intent, replace(walk, state=state, reason=reason))


def adopted(intent: Intent, epoch: int) -> Intent:
    """The walk as it runs under this lease from now on."""
    assert intent.walk is not None, "only what walks is adopted"
    return _with(intent, replace(intent.walk, epoch=epoch))


def stepped(walk: Walk, now: datetime) -> Walk:
    """After a step was claimed."""
    return replace(walk, steps=walk.steps + 1, next_at=now + timedelta(seconds=walk.terms.every_seconds))


def _with(intent: Intent, walk: Walk) -> Intent:
    return replace(intent, version=intent.version + 1, walk=walk)


def decide(intent: Intent, walk: Walk, *, in_session: bool, now: datetime) -> Decision:
    """What a running walk does now. Anything not understood pauses it; nothing is tried twice."""
    price, wanted = intent.terms.price, intent.replacing
    if intent.state is not IntentState.WORKING:
        return Decision(Todo.END, reason=f"the order is {intent.state.value.replace('_', ' ')}")
    if wanted is not None and wanted.state is ReplaceState.UNKNOWN:
        return Decision(Todo.PAUSE, reason="it is not known whether the last step was taken")
    if wanted is not None and walk.steps and wanted.state in _NOT_UNDERSTOOD:
        return Decision(Todo.PAUSE, reason=wanted.reason or "the last step was not taken")
    if price is None or price <= walk.terms.to:
        return Decision(Todo.END, reason="it reached its limit")
    if not in_session:
        return Decision(Todo.END, reason=SESSION_OVER)
    stands = intent.facts is not None and intent.facts.status in _STANDS
    if now < walk.next_at or not stands or intent.has_open_replace:
        return Decision(Todo.WAIT)
    return Decision(Todo.STEP, max(price - walk.terms.step, walk.terms.to))
