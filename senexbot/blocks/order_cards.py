"""The one card of an order: each state of an intent as the owner reads it. Words only, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from senexbot.blocks import doubt_faces, figures, order_moves, preview_faces, trades
from senexbot.blocks.actions import ActionId, SayButton, say_buttons
from senexbot.blocks.doubt_faces import looked, sent_line
from senexbot.blocks.kit import Block, Message, button, card, esc, headline, when
from senexbot.blocks.order_face import (
    REASON_LIMIT,
    Face,
    account,
    because,
    inside,
    legs_and_exits,
    order_line,
)
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.intents import Intent, IntentState, OrderFacts
from senexbot.domain.orders.lifecycle import REPLACED_ELSEWHERE
from senexbot.domain.orders.terms import TimeInForce
from senexbot.domain.orders.words import standing_words

CARD_KEY = "order.v"  # what the id of every block of a card begins with


def order_card(intent: Intent, *, handle: str, now: datetime, says: Sequence[SayButton] = ()) -> Message:
    """The card in its present state. `handle` stands behind each of its buttons; terminal ones have none."""
    face = _FACES[intent.state](intent, handle, now)
    return card(
        f"{intent.environment.label} · {face.title}",
        *legs_and_exits(intent),
        *face.lines,
        foot="" if face.names_account else _foot(intent),
        fine=face.fine,
        buttons=(*face.buttons, *say_buttons(says)),
        key=f"{CARD_KEY}{intent.version}",
    )


def _foot(intent: Intent) -> str:
    """Which account, which order, and how the last news came."""
    parts = [account(intent)]
    if intent.facts is not None:
        before = f", in place of {intent.chain[-1]}" if intent.chain else ""
        parts.append(f"broker's order {intent.facts.order_id}{before}")
        exits = [str(c.facts.order_id) for c in intent.children if c.facts is not None and c.is_open]
        if exits:
            parts.append(f"{'exits' if len(exits) > 1 else 'exit'} {', '.join(exits)}")
        if any(facts.found_by_sweep for facts in (intent.facts, *_exit_facts(intent))):
            parts.append("found by reading the broker's list, not by its news")
    if intent.reason_code and intent.state in {IntentState.DENIED, IntentState.REFUSED}:
        parts.append(f"code {esc(intent.reason_code, 40)}")
    return " · ".join(parts)


def _exit_facts(intent: Intent) -> tuple[OrderFacts, ...]:
    return tuple(child.facts for child in intent.children if child.facts is not None)


# --- at the broker -------------------------------------------------------------------------------

_ON_THE_WAY = {BrokerStatus.RECEIVED, BrokerStatus.ROUTED, BrokerStatus.IN_FLIGHT}


def _working(intent: Intent, handle: str, now: datetime) -> Face:
    facts = intent.facts
    buttons = (*order_moves.moves(intent, handle), *order_moves.walk_buttons(intent, handle), _cancel(handle))
    moving = order_moves.moving(intent)
    if moving:
        return Face(
            moving,
            (order_line(intent), _rest(intent, now), *order_moves.doubt_of_move(intent, now)),
            buttons,
        )
    state, where = "Working", order_moves.not_moved(intent)
    if facts is not None and facts.fills:
        state = f"{figures.raised(trades.done(intent))}, rest working"
        if intent.terms.price is not None and intent.confirmed_price is not None:
            state = (
                f"{figures.raised(trades.done(intent))}, asking {order_moves.at(intent, intent.terms.price)}"
            )
        return Face(state, (where, order_line(intent), _rest(intent, now)), buttons)
    if facts is None or facts.status in _ON_THE_WAY:
        state, where = "Accepted", where or "The broker has it and is passing it on"
    elif facts.status is BrokerStatus.CONTINGENT:
        held = "The broker holds it back until its condition is met"
        where = where or ("The new price is on its way to the exchange" if intent.chain else held)
    return Face(f"{state}: {inside(intent)}", (where, _rest(intent, now)), buttons)


def _rest(intent: Intent, now: datetime) -> str:
    parts = [trades.progress(intent)]
    if intent.claimed_at is not None:
        parts.append(f"confirmed {when(intent.claimed_at, now, seconds=True)}")
    parts.append(_STANDS.get(intent.terms.time_in_force) or f"works {standing_words(intent.terms)}")
    return figures.raised(" · ".join(part for part in parts if part))


_STANDS = {
    TimeInForce.DAY: "ends with today's session",
    TimeInForce.GTC: "works until you cancel it",
    TimeInForce.IOC: "what does not fill at once is cancelled",
}


def _cancel(handle: str, label: str = "Cancel order") -> Block:
    return button(label, ActionId.ORDER_CANCEL, handle)


def _cancel_requested(intent: Intent, handle: str, _now: datetime) -> Face:
    return Face(
        f"Cancel asked: {inside(intent)}",
        (trades.progress(intent), "It can still fill until the broker says cancelled"),
        (_cancel(handle, "Cancel again"),),
    )


def _filled(intent: Intent, handle: str, _now: datetime) -> Face:
    done = trades.done(intent)
    if not done:
        line = "The broker says filled; its fills with the prices are still to come"
        return Face(f"Filled: {inside(intent)}", (line,))
    lines = (figures.raised(trades.amount_done(intent)), order_line(intent))
    return Face(f"Filled: {done}", lines, _cancel_exits(intent, handle))


def _cancel_exits(intent: Intent, handle: str) -> tuple[Block, ...]:
    """The exits of an order that is over: cancelled together, by the number of the whole."""
    can = intent.has_open_children and intent.complex_id is not None
    return (_cancel(handle, "Cancel exits"),) if can else ()


def _cancelled(intent: Intent, _handle: str, _now: datetime) -> Face:
    reason = figures.raised(esc(intent.reason, REASON_LIMIT))
    if intent.reason_code == REPLACED_ELSEWHERE:
        return _ended("Replaced elsewhere", intent, f"{reason}: this desk does not follow that one")
    return _ended("Cancelled", intent, f"Reason: {reason}" if reason else "")


def _expired(intent: Intent, _handle: str, _now: datetime) -> Face:
    return _ended("Expired", intent)


def _ended(state: str, intent: Intent, *more: str) -> Face:
    """Over before it was filled, or after a part."""
    done = trades.done(intent)
    if not done:
        return Face(
            f"{state}, nothing filled: {trades.what_short(intent.terms)}", (*more, order_line(intent))
        )
    amount = trades.amount_done(intent)
    rest = trades.progress(intent).replace("remaining", "not filled")
    amount = " · ".join(part for part in (rest, amount) if part)
    return Face(f"{state}, but {done}", (*more, amount, order_line(intent)))


def _rejected(intent: Intent, _handle: str, _now: datetime) -> Face:
    facts = intent.facts
    reason = intent.reason or (facts.reject_reason if facts else "")
    said = esc(reason, REASON_LIMIT) or "no reason given"
    if trades.done(intent):
        return _ended("Rejected by the broker", intent, f"Reason: {said}")
    title, rest = headline("Rejected by the broker", said)
    return Face(
        title,
        (rest, order_line(intent), "Nothing filled. Change what it names, then order again"),
    )


def _not_sent(intent: Intent, _handle: str, _now: datetime) -> Face:
    return Face(*because("Not sent", intent, "Nothing left this desk: you can order again safely"))


def _refused(intent: Intent, _handle: str, _now: datetime) -> Face:
    more = "No order was placed. Change what it names, then order again"
    return Face(*because("Refused by the broker", intent, more))


def _closed(intent: Intent, _handle: str, now: datetime) -> Face:
    return Face(
        f"Closed by you, not at the broker: {trades.what_short(intent.terms)}",
        (
            sent_line(intent, now),
            f"{looked(intent, now)}. Should it turn up after all, you hear of it at once",
        ),
    )


_FACES = {
    IntentState.PREVIEWED: preview_faces.previewed,
    IntentState.AWAITING_APPROVAL: preview_faces.awaiting,
    IntentState.APPROVED: preview_faces.approved,
    IntentState.DECLINED: preview_faces.declined,
    IntentState.DENIED: preview_faces.denied,
    IntentState.DISCARDED: preview_faces.discarded,
    IntentState.LAPSED: preview_faces.lapsed,
    IntentState.CLAIMED: doubt_faces.claimed,
    IntentState.NOT_SENT: _not_sent,
    IntentState.REFUSED: _refused,
    IntentState.UNKNOWN: doubt_faces.unknown,
    IntentState.NEEDS_PERSON: doubt_faces.needs_person,
    IntentState.PRESUMED_NOT_PLACED: doubt_faces.presumed,
    IntentState.WORKING: _working,
    IntentState.CANCEL_REQUESTED: _cancel_requested,
    IntentState.FILLED: _filled,
    IntentState.CANCELLED: _cancelled,
    IntentState.EXPIRED: _expired,
    IntentState.REJECTED: _rejected,
    IntentState.CLOSED_BY_OWNER: _closed,
}
