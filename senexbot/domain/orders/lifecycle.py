"""The states of an intent and what moves them: one table, and what the broker's news does to an intent.

The rules of the table:
1. Forward only. CLAIMED is entered once, from PREVIEWED or APPROVED, and nothing leads back to any of them.
2. What is not proven is UNKNOWN; nothing here sends, and nothing here sends again.
3. An order seen at the broker with our identifier wins over whatever we believed (FIND, FIND_LATE).
4. Facts only grow: the status by rank and time, the fills as a set by id. CANCELLED, EXPIRED and
   REJECTED may still turn out FILLED when late fills complete the order; FILLED is the last word.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from senexbot.domain.errors import AlreadyHandled, InvariantBroken
from senexbot.domain.orders.broker_orders import (
    Accepted,
    BrokerOrder,
    BrokerStatus,
    NotSent,
    PlaceOutcome,
    RefusedByBroker,
)
from senexbot.domain.orders.chain import Chained, belongs, follow, lost_sight_of
from senexbot.domain.orders.children import child_number, child_told, children_of
from senexbot.domain.orders.facts import facts_for, learn, state_for
from senexbot.domain.orders.identifiers import base_identifier
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource, OrderFacts
from senexbot.domain.orders.story import buzz_for, story_line
from senexbot.domain.orders.terms import OrderType
from senexbot.domain.orders.walking import begun

__all__ = [
    "TRANSITIONS",
    "Trigger",
    "absorb",
    "answered",
    "buzz_for",
    "learn",
    "move",
    "state_for",
    "story_line",
]


REPLACED_ELSEWHERE = "replaced_elsewhere"  # the reason's code


class Trigger(enum.StrEnum):
    """What can happen to an intent. `by hand` the owner, `by us` the program, the rest the broker."""

    EDIT = "edit"  # by hand: another price on the waiting preview, fewer of what was approved
    ASK = "ask"  # by hand: these terms are confirmed and others are asked to approve them
    COUNT = "count"  # by another: one of several approvals, fewer, a question; or its answer
    APPROVE = "approve"  # by another: the last approval that was needed
    DECLINE = "decline"  # by another, or by us when the time to decide is over
    HOLD = "hold"  # by us: approved and not sent, for it lies outside or the desk says no
    CONFIRM = "confirm"  # by hand, or by us once it is approved: the claim
    DISCARD = "discard"  # by hand
    LAPSE = "lapse"  # by us: nobody confirmed in time
    DENY = "deny"  # by us: a check said no
    NOT_SENT = "not_sent"  # proven: nothing left this machine
    REFUSE = "refuse"  # the broker's own refusal of the request
    ACCEPT = "accept"  # the broker has it: the answer, or its news before the answer (F52)
    LOSE = "lose"  # the outcome is not proven
    FIND = "find"  # an unknown one is seen at the broker
    FIND_LATE = "find_late"  # one we took for not placed is seen at the broker
    PRESUME = "presume"  # by us: the evidence rule (I12)
    HAND_OVER = "hand_over"  # by us: not settled in 5 minutes
    OWNER_CLOSE = "owner_close"  # by hand: on the broker's evidence
    CANCEL_ASK = "cancel_ask"  # by hand
    CANCEL_PENDING = "cancel_pending"  # the broker says a cancel is under way
    CANCEL_FAIL = "cancel_fail"  # the cancel came to nothing, the order works on
    WORK = "work"  # other news of a working order, also a part fill
    PART = "part"  # more is known of an ended order: late fills
    FILL = "fill"
    CANCEL = "cancel"
    EXPIRE = "expire"
    REJECT = "reject"


_S, _T = IntentState, Trigger
_Row = Mapping[Trigger, IntentState]

_ENDS: _Row = {
    _T.FILL: _S.FILLED,
    _T.CANCEL: _S.CANCELLED,
    _T.EXPIRE: _S.EXPIRED,
    _T.REJECT: _S.REJECTED,
}
# The answer to the create request: a proof also when it comes after we gave it up (a sender that was frozen).
_ANSWERED: _Row = {_T.NOT_SENT: _S.NOT_SENT, _T.REFUSE: _S.REFUSED, _T.ACCEPT: _S.WORKING}
_SEEN: _Row = {_T.CANCEL_PENDING: _S.CANCEL_REQUESTED, **_ENDS}
_LATE: _Row = {_T.FIND_LATE: _S.WORKING, **_SEEN}

_CELLS: Mapping[IntentState, _Row] = {
    _S.PREVIEWED: {
        _T.EDIT: _S.PREVIEWED,
        _T.ASK: _S.AWAITING_APPROVAL,
        _T.CONFIRM: _S.CLAIMED,
        _T.DISCARD: _S.DISCARDED,
        _T.LAPSE: _S.LAPSED,
        _T.DENY: _S.DENIED,
        **_LATE,  # only after a database was put back from a copy: it must never be confirmed again
    },
    _S.AWAITING_APPROVAL: {
        _T.COUNT: _S.AWAITING_APPROVAL,
        _T.APPROVE: _S.APPROVED,
        _T.DECLINE: _S.DECLINED,
        _T.DISCARD: _S.DISCARDED,
        **_LATE,
    },
    _S.APPROVED: {
        _T.HOLD: _S.APPROVED,
        _T.EDIT: _S.APPROVED,
        _T.CONFIRM: _S.CLAIMED,
        _T.DISCARD: _S.DISCARDED,
        _T.LAPSE: _S.LAPSED,
        **_LATE,
    },
    _S.DECLINED: _LATE,
    _S.DENIED: _LATE,
    _S.DISCARDED: _LATE,
    _S.LAPSED: _LATE,
    _S.CLAIMED: {
        **_ANSWERED,
        _T.LOSE: _S.UNKNOWN,
        **_SEEN,
    },
    _S.NOT_SENT: _LATE,
    _S.REFUSED: _LATE,  # F29: a refusal although the order was placed
    _S.UNKNOWN: {
        **_ANSWERED,
        _T.FIND: _S.WORKING,
        _T.PRESUME: _S.PRESUMED_NOT_PLACED,
        _T.HAND_OVER: _S.NEEDS_PERSON,
        **_SEEN,
    },
    _S.NEEDS_PERSON: {
        **_ANSWERED,
        _T.FIND: _S.WORKING,
        _T.PRESUME: _S.PRESUMED_NOT_PLACED,
        _T.OWNER_CLOSE: _S.CLOSED_BY_OWNER,
        **_SEEN,
    },
    _S.PRESUMED_NOT_PLACED: _LATE,
    _S.CLOSED_BY_OWNER: _LATE,
    _S.WORKING: {_T.WORK: _S.WORKING, _T.CANCEL_ASK: _S.CANCEL_REQUESTED, **_SEEN},
    _S.CANCEL_REQUESTED: {_T.CANCEL_FAIL: _S.WORKING, **_SEEN},
    _S.CANCELLED: {_T.PART: _S.CANCELLED, _T.FILL: _S.FILLED},
    _S.EXPIRED: {_T.PART: _S.EXPIRED, _T.FILL: _S.FILLED},
    _S.REJECTED: {_T.PART: _S.REJECTED, _T.FILL: _S.FILLED},
    _S.FILLED: {_T.PART: _S.FILLED},
}

TRANSITIONS: Mapping[tuple[IntentState, Trigger], IntentState] = {
    (state, trigger): target for state, row in _CELLS.items() for trigger, target in row.items()
}

_TRIGGER_OF_END: Mapping[IntentState, Trigger] = {target: trigger for trigger, target in _ENDS.items()}


def move(intent: Intent, trigger: Trigger, **changes: Any) -> Intent:
    """The intent after `trigger`, version + 1, with `changes` to other fields.

    Raises AlreadyHandled (its `code` is the present state) where the table has no cell.
    """
    target = TRANSITIONS.get((intent.state, trigger))
    if target is None:
        words = intent.state.value.replace("_", " ")
        raise AlreadyHandled(f"This order is {words} already.", code=intent.state.value)
    if trigger is Trigger.CONFIRM:
        changes.setdefault(
            "children", children_of(intent)
        )  # stored before the request that carries them (I5)
        if intent.terms.walk is not None and "claimed_at" in changes:
            changes.setdefault("walk", begun(intent.terms.walk, changes["claimed_at"]))
    return replace(intent, state=target, version=intent.version + 1, **changes)


# --- news --------------------------------------------------------------------------------------


def trigger_for(intent: Intent, facts: OrderFacts) -> Trigger:
    target = state_for(facts)
    if intent.state in _TRIGGER_OF_END and target is not IntentState.FILLED:
        return Trigger.PART  # an end stays that end, whatever other end is named later
    if target in _TRIGGER_OF_END:
        return Trigger.PART if target is intent.state else _TRIGGER_OF_END[target]
    if target is IntentState.CANCEL_REQUESTED:
        return Trigger.CANCEL_PENDING
    match intent.state:
        case IntentState.CLAIMED:
            return Trigger.ACCEPT
        case IntentState.UNKNOWN | IntentState.NEEDS_PERSON:
            return Trigger.FIND
        case IntentState.WORKING:
            return Trigger.WORK
        case IntentState.CANCEL_REQUESTED:
            # We asked; other news of a working order does not unask. The broker's own step back does.
            known = intent.facts
            acknowledged = known is not None and known.status is BrokerStatus.CANCEL_REQUESTED
            return Trigger.CANCEL_FAIL if acknowledged else Trigger.CANCEL_PENDING
        case _:
            return Trigger.FIND_LATE


def absorb(intent: Intent, order: BrokerOrder, source: NewsSource, now: datetime) -> Intent | None:
    """The intent after a report of its order, or of a child's, at the broker; None when it changes nothing.

    Takes every state: the answer's own order, news before the answer (F52), an unknown one found, a late
    sighting (F33). A replacement made elsewhere under another id is external and changes nothing here.
    Raises InvariantBroken for a second order under one identifier, or a foreign identifier.
    """
    number = child_number(intent, order)
    if number is not None:
        return _absorb_child(intent, number, order, source)
    if base_identifier(order.identifier) not in {"", intent.identifier}:
        raise InvariantBroken(f"order {order.id} belongs to another intent")
    known = intent.facts
    chained = None
    if known is not None and intent.replacing is not None:
        chained = Chained(known, intent.replacing, intent.chain)
    if lost_sight_of(intent.identifier, chained, order):
        raise InvariantBroken(f"order {order.id} is a replacement that was taken for not done")
    if chained is not None and belongs(chained, order):
        return _absorb_chained(intent, chained, order, source)
    if known is not None and known.order_id != order.id and order.replaces is not None:
        return None
    facts = learn(known or _first_facts(intent, order.id), order, source)
    if facts is known:
        return None
    changes = _changes(intent, facts, order)
    if known is None and source is NewsSource.SWEEP:
        changes["facts"] = replace(facts, found_by_sweep=True)
        changes["last_look_at"] = now
    return move(intent, trigger_for(intent, facts), **changes)


def _changes(intent: Intent, facts: OrderFacts, order: BrokerOrder) -> dict[str, Any]:
    changes: dict[str, Any] = {"facts": facts, "watch_until": None, "muted_until": None}
    if intent.complex_id is None:
        changes["complex_id"] = order.complex_id
    if facts.reject_reason and not intent.reason:
        changes["reason"] = facts.reject_reason
    elif order.id == facts.order_id and facts.status.is_terminal and _replaced_elsewhere(intent, order):
        changes["reason"] = f"replaced outside of this bot by order {order.replaced_by}"
        changes["reason_code"] = REPLACED_ELSEWHERE
    return changes


def _replaced_elsewhere(intent: Intent, order: BrokerOrder) -> bool:
    ours = intent.replacing.new_id if intent.replacing is not None else None
    return order.replaced_by is not None and order.replaced_by != ours


def _absorb_chained(intent: Intent, known: Chained, order: BrokerOrder, source: NewsSource) -> Intent | None:
    """A report of one of the numbers that replacements of ours gave the order."""
    after = follow(known, order, source)
    if after == known:
        return None
    return moved_on(intent, after, _changes(intent, after.facts, order))


def moved_on(intent: Intent, after: Chained, changes: dict[str, Any]) -> Intent:
    """The intent with the order that counts now; what it asks for and the market beside it go with it."""
    terms, besides = intent.terms, after.besides
    if besides is not None:
        terms = replace(
            terms,
            stop_trigger=besides.stop_trigger,
            time_in_force=besides.time_in_force,
            gtc_date=besides.gtc_date,
        )
    if terms.price != after.price:
        view = after.replacing.view if after.moved else None
        changes["price_view"] = view or intent.price_view
    changes |= {
        "terms": replace(terms, price=after.price),
        "replacing": after.replacing,
        "chain": after.chain,
    }
    if intent.state in {IntentState.WORKING, IntentState.CANCEL_REQUESTED} and after.facts == intent.facts:
        return replace(intent, version=intent.version + 1, **changes)
    return move(intent, trigger_for(intent, after.facts), **changes)


def _first_facts(intent: Intent, order_id: int) -> OrderFacts:
    terms = intent.terms
    return facts_for(order_id, terms.legs, by_value=terms.type is OrderType.NOTIONAL_MARKET)


# --- the children of a complex order -----------------------------------------------------------


def _absorb_child(intent: Intent, number: int, order: BrokerOrder, source: NewsSource) -> Intent | None:
    """A child's report. It proves that the broker has the whole; else the intent's own state stays."""
    after = child_told(intent, number, order, source)
    if after is None:
        return None
    if after.complex_id is None:
        after = replace(after, complex_id=order.complex_id)
    trigger = _TRIGGER_BEFORE.get(after.state)
    if trigger is None:
        return replace(after, version=intent.version + 1)
    return move(after, trigger, watch_until=None, muted_until=None)


_TRIGGER_BEFORE: Mapping[IntentState, Trigger] = {
    **{state: trigger for state, trigger in TRANSITIONS if trigger is Trigger.FIND_LATE},
    IntentState.CLAIMED: Trigger.ACCEPT,
    IntentState.UNKNOWN: Trigger.FIND,
    IntentState.NEEDS_PERSON: Trigger.FIND,
}


# --- the answer --------------------------------------------------------------------------------


def answered(intent: Intent, outcome: PlaceOutcome, now: datetime) -> Intent | None:
    """The intent after the answer to its create request; None when the broker's news had it already.

    A crash between claim and answer is `NotProven` too (F78). Unless the broker has shown the order, the
    intent must be CLAIMED, or in doubt when the answer is a proof; raises AlreadyHandled otherwise.
    """
    if isinstance(outcome, Accepted):
        return _accepted(intent, outcome, now)
    if intent.facts is not None or any(child.facts for child in intent.children):
        return None
    if isinstance(outcome, NotSent):
        return move(intent, Trigger.NOT_SENT, reason=outcome.why, reason_code="not_sent")
    if isinstance(outcome, RefusedByBroker):
        return move(intent, Trigger.REFUSE, reason=outcome.words, reason_code=outcome.code)
    return move(intent, Trigger.LOSE, reason=outcome.why, reason_code="unknown", unknown_since=now)


def _accepted(intent: Intent, outcome: Accepted, now: datetime) -> Intent | None:
    """One change for all that the answer shows; a child without its identifier is known by its place."""
    after = intent
    if outcome.order is not None:
        after = absorb(after, outcome.order, NewsSource.ANSWER, now) or after
    elif after.facts is None:
        trigger = Trigger.WORK if after.state is IntentState.WORKING else Trigger.ACCEPT
        after = move(after, trigger, facts=_first_facts(after, outcome.order_id))
    for child, order in zip(children_of(after), outcome.children, strict=False):
        named = order if order.identifier else replace(order, identifier=child.identifier)
        after = absorb(after, named, NewsSource.ANSWER, now) or after
    if after is intent:
        return None
    whole = after.complex_id or outcome.complex_id
    return replace(after, version=intent.version + 1, complex_id=whole)
