"""The one card of an order: each state of an intent as the owner reads it. Words only, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from senexbot.blocks import approvals, figures, mandates, order_moves, outlooks, trades
from senexbot.blocks.actions import ActionId, SayButton, say_buttons
from senexbot.blocks.kit import Block, Message, button, card, esc, headline, when
from senexbot.domain.lifecycle import REPLACED_ELSEWHERE
from senexbot.domain.order_words import standing_words
from senexbot.domain.orders import BrokerStatus, Intent, IntentState, OrderFacts
from senexbot.domain.payoff import payoff_of_terms
from senexbot.domain.terms import TimeInForce

PERSON_AFTER = timedelta(minutes=5)  # I11: an unknown outcome is handed to a person after this
REASON_LIMIT = 160
CARD_KEY = "order.v"  # what the id of every block of a card begins with


@dataclass(frozen=True, slots=True)
class _Face:
    """What one state shows: the first line without the environment, lines, and buttons."""

    title: str
    lines: tuple[str, ...] = ()
    buttons: tuple[Block, ...] = ()
    names_account: bool = False
    fine: str = ""


def order_card(intent: Intent, *, handle: str, now: datetime, says: Sequence[SayButton] = ()) -> Message:
    """The card in its present state. `handle` stands behind each of its buttons; terminal ones have none."""
    face = _FACES[intent.state](intent, handle, now)
    return card(
        f"{intent.environment.label} · {face.title}",
        *_legs_and_exits(intent),
        *face.lines,
        foot="" if face.names_account else _foot(intent),
        fine=face.fine,
        buttons=(*face.buttons, *say_buttons(says)),
        key=f"{CARD_KEY}{intent.version}",
    )


def _legs_and_exits(intent: Intent) -> tuple[str, str, str]:
    """What stands behind a common name, the orders that hang on this one with their states, and its walk."""
    if intent.state in _NEVER_PLACED:
        return "", "", ""
    return trades.legs(intent.terms), trades.exits(intent), trades.walk(intent)


_NEVER_PLACED = {
    IntentState.DENIED,
    IntentState.DISCARDED,
    IntentState.LAPSED,
    IntentState.NOT_SENT,
    IntentState.REFUSED,
    IntentState.CLOSED_BY_OWNER,
}


def _foot(intent: Intent) -> str:
    """Which account, which order, and how the last news came."""
    parts = [_account(intent)]
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


def _account(intent: Intent) -> str:
    return f"Account {esc(intent.account.masked, 8)}"


# --- before it is sent ---------------------------------------------------------------------------


def _previewed(intent: Intent, handle: str, now: datetime) -> _Face:
    if now >= intent.expires_at:
        return _lapsed(intent, handle, now)
    lines = outlooks.fitted(
        len([line for line in _legs_and_exits(intent) if line]),
        outlooks.chosen(intent.choices),
        outlooks.at_expiry(
            intent.payoff, intent.terms.underlying, outlooks.chance(intent.terms, intent.outlook)
        )
        or trades.risk_of_future(intent.terms),
        _estimate(intent),
        trades.market(intent.price_view, intent.terms, now)
        if intent.price_view
        else "No quote to be had: check the price yourself",
        approvals.needed(intent) or mandates.covered(intent.mandate, now),
        _cautions(intent),
        f"{_account(intent)}{_rules(intent)} · nothing is sent before you confirm · this preview ends {when(intent.expires_at, now)}",
    )
    share = intent.verdict.concentration if intent.verdict else None
    return _Face(
        trades.what(intent.terms),
        lines,
        _preview_buttons(intent, handle),
        names_account=True,
        fine=outlooks.ahead(intent.terms, intent.outlook, share),
    )


def _estimate(intent: Intent) -> str:
    if intent.estimate is None:
        return "The broker gave no estimate of cost and buying power"
    money = trades.cost(intent.estimate, intent.terms, intent.price_view)
    return f"{money} · {trades.buying_power(intent.estimate)}"


def _rules(intent: Intent) -> str:
    """What the desk's policy says of it; previews that were made before there was one say nothing."""
    if intent.verdict is None:
        return ""
    return f" · rules: {'covered by a mandate' if intent.mandate else intent.verdict.outcome.value}"


def _cautions(intent: Intent) -> str:
    """Warnings, the broker's and the desk's, and the checks that could not be made, on one line."""
    warnings = [
        w for w in (intent.estimate.warnings if intent.estimate else ()) if not _said_above(w, intent)
    ]
    said = "; ".join(esc(w, REASON_LIMIT).rstrip(".") for w in warnings[:2])
    if len(warnings) > 2:
        said += f"; and {len(warnings) - 2} more"
    parts = [_SECOND_OF_ITS_KIND] if intent.repeats else []
    parts += [f"Careful: {said}"] if said else []
    if intent.checks_missing:
        named = "; ".join(esc(words, 80) for words in intent.checks_missing[:4])
        parts.append(f"Not checked, passes since it only closes: {named}")
    return " · ".join(parts)


def _said_above(warning: str, intent: Intent) -> bool:
    """The line with the price says already that the market is closed, or the quote delayed."""
    view, words = intent.price_view, warning.lower()
    if view is None:
        return False
    closed = not view.session_open and words.startswith(_OF_A_CLOSED_MARKET)
    return closed or (view.delayed and words.startswith("the quote is delayed"))


_OF_A_CLOSED_MARKET = ("the market is closed", "your order will begin working during next valid session")
_SECOND_OF_ITS_KIND = "An earlier order like this is still not known: if the broker has it, this makes two"


def _preview_buttons(intent: Intent, handle: str) -> tuple[Block, ...]:
    asks = approvals.needed(intent)
    return (
        button("Ask for approval", ActionId.ORDER_ASK, handle)
        if asks
        else button("Confirm", ActionId.ORDER_CONFIRM, handle),
        *_steps(intent, handle),
        button("Edit", ActionId.TICKET_OPEN, handle),
        button("Discard", ActionId.ORDER_DISCARD, handle),
        *((button("Picture of the risk", ActionId.ORDER_PICTURE, handle),) if has_picture(intent) else ()),
    )


def has_picture(intent: Intent) -> bool:
    """Options of one expiration, on their own: with shares beside them the order alone tells too little."""
    known = intent.payoff
    if known is None or known.mixed:
        return False
    alone = payoff_of_terms(intent.terms)
    return alone is not None and alone.break_evens == known.break_evens


def _steps(intent: Intent, handle: str) -> tuple[Block, ...]:
    """One price step down and up, labelled with the prices."""
    view, price = intent.price_view, intent.terms.price
    if view is None or price is None:
        return ()
    limit, tick = abs(price), view.tick
    higher = view.higher or limit + tick
    lower = view.lower or limit - tick
    up = button(figures.price(higher), ActionId.ORDER_STEP_UP, handle)
    if lower <= 0:
        return (up,)
    return (button(figures.price(lower), ActionId.ORDER_STEP_DOWN, handle), up)


def _awaiting(intent: Intent, handle: str, now: datetime) -> _Face:
    return _Face(
        f"Asked for approval: {trades.what_short(intent.terms)}",
        approvals.waiting(intent, now),
        (
            *((button("Answer", ActionId.ORDER_ANSWER, handle),) if approvals.question(intent) else ()),
            button("Discard", ActionId.ORDER_DISCARD, handle),
        ),
    )


def _approved(intent: Intent, handle: str, now: datetime) -> _Face:
    if now >= intent.expires_at:
        return _lapsed(intent, handle, now)
    if not intent.reason:
        return _Face(f"Approved, sending: {trades.what_short(intent.terms)}", approvals.approved(intent, now))
    title, rest = headline(*approvals.held(intent))
    return _Face(
        title,
        (rest, _order_line(intent), *approvals.approved(intent, now)),
        (
            *approvals.held_buttons(intent, handle),
            button("Ask again", ActionId.ORDER_AGAIN, handle),
            button("Discard", ActionId.ORDER_DISCARD, handle),
        ),
    )


def _declined(intent: Intent, handle: str, _now: datetime) -> _Face:
    title, rest = headline("Declined, nothing sent", esc(intent.reason) or "no reason given")
    return _Face(
        title,
        (rest, _order_line(intent), approvals.declined(intent)),
        (button("Preview again", ActionId.ORDER_AGAIN, handle),),
    )


def _lapsed(intent: Intent, handle: str, now: datetime) -> _Face:
    again = button("Preview again", ActionId.ORDER_AGAIN, handle)
    return _Face(
        f"Not sent: this preview ended {when(intent.expires_at, now)}",
        (_order_line(intent), "Prices move on: a new preview asks the broker again"),
        (again,),
    )


def _discarded(intent: Intent, _handle: str, _now: datetime) -> _Face:
    return _Face(f"Discarded, nothing sent: {trades.what_short(intent.terms)}", (_order_line(intent),))


def _denied(intent: Intent, _handle: str, _now: datetime) -> _Face:
    return _Face(*_because("Denied, nothing sent", intent, "This is the desk's own no, not the broker's"))


def _because(state: str, intent: Intent, *more: str) -> tuple[str, tuple[str, ...]]:
    """Title with the reason; below the order, and what else is to say."""
    reason = esc(intent.reason)
    title, rest = headline(state, reason) if reason else (state, "")
    return title, (rest, _order_line(intent), *more)


def _order_line(intent: Intent) -> str:
    return f"Order: {_inside(intent)}"


def _inside(intent: Intent) -> str:
    """The order in words, inside a sentence."""
    return figures.lowered(trades.what(intent.terms))


# --- on its way, and in doubt --------------------------------------------------------------------


def _claimed(intent: Intent, _handle: str, now: datetime) -> _Face:
    at = f" at {when(intent.claimed_at, now, seconds=True)}" if intent.claimed_at else ""
    return _Face(
        f"Sending: {_inside(intent)}",
        (f"Handed to the broker once{at}; its answer is awaited. Do not repeat it",),
    )


def _unknown(intent: Intent, handle: str, now: datetime) -> _Face:
    until = _since(intent) + PERSON_AFTER
    return _Face(
        "Not known whether the broker has your order. Do not repeat it.",
        (
            _sent_line(intent, now),
            f"{_looked(intent, now)}; if still open at {when(until, now)} a person is called",
        ),
        (_look(handle), _explain(handle)),
    )


def _needs_person(intent: Intent, handle: str, now: datetime) -> _Face:
    quiet = ""
    if intent.muted_until is not None and intent.muted_until > now:
        quiet = f"You are on it: quiet until {when(intent.muted_until, now)}"
    return _Face(
        "Needs you: not known whether the broker has your order. Do not repeat it.",
        (
            _sent_line(intent, now),
            f"{_looked(intent, now)}. The desk goes on looking and never sends it again",
            "Look in tastytrade's own app: if it is there, leave it, the desk finds it; if not, close it here",
            quiet,
        ),
        (
            _look(handle),
            *(() if quiet else (button("I am on it", ActionId.ORDER_ON_IT, handle),)),
            button("Close: not at the broker", ActionId.ORDER_CLOSE, handle),
            _explain(handle),
        ),
    )


def _presumed(intent: Intent, handle: str, now: datetime) -> _Face:
    watched = "Still watched"
    if intent.watch_until is not None:
        watched += f" until {when(intent.watch_until, now)}"
    return _Face(
        "Not found at the broker. Check there before you repeat it.",
        (
            _sent_line(intent, now),
            f"{_looked(intent, now)}. {watched}: should it turn up, you hear of it at once",
        ),
        (_look(handle), _explain(handle)),
    )


def _since(intent: Intent) -> datetime:
    return intent.unknown_since or intent.claimed_at or intent.created_at


def _sent_line(intent: Intent, now: datetime) -> str:
    sent = when(intent.claimed_at or _since(intent), now, seconds=True)
    why = esc(intent.reason, REASON_LIMIT) or "the answer was lost"
    return f"{trades.what(intent.terms)}; sent {sent}, {_sentence(why)}"


def _sentence(words: str) -> str:
    return figures.lowered(words.rstrip("."))


def _looked(intent: Intent, now: datetime) -> str:
    if not intent.looks or intent.last_look_at is None:
        return "Looking at the broker's list now"
    return (
        f"Looked {figures.times(intent.looks)}, last {when(intent.last_look_at, now, seconds=True)}, not seen"
    )


def _look(handle: str) -> Block:
    return button("Look now", ActionId.ORDER_LOOK, handle)


def _explain(handle: str) -> Block:
    return button("What this means", ActionId.ORDER_EXPLAIN, handle)


# --- at the broker -------------------------------------------------------------------------------

_ON_THE_WAY = {BrokerStatus.RECEIVED, BrokerStatus.ROUTED, BrokerStatus.IN_FLIGHT}


def _working(intent: Intent, handle: str, now: datetime) -> _Face:
    facts = intent.facts
    buttons = (*order_moves.moves(intent, handle), *order_moves.walk_buttons(intent, handle), _cancel(handle))
    moving = order_moves.moving(intent)
    if moving:
        return _Face(
            moving,
            (_order_line(intent), _rest(intent, now), *order_moves.doubt_of_move(intent, now)),
            buttons,
        )
    state, where = "Working", order_moves.not_moved(intent)
    if facts is not None and facts.fills:
        state = f"{figures.raised(trades.done(intent))}, rest working"
        if intent.terms.price is not None and intent.confirmed_price is not None:
            state = (
                f"{figures.raised(trades.done(intent))}, asking {order_moves.at(intent, intent.terms.price)}"
            )
        return _Face(state, (where, _order_line(intent), _rest(intent, now)), buttons)
    if facts is None or facts.status in _ON_THE_WAY:
        state, where = "Accepted", where or "The broker has it and is passing it on"
    elif facts.status is BrokerStatus.CONTINGENT:
        held = "The broker holds it back until its condition is met"
        where = where or ("The new price is on its way to the exchange" if intent.chain else held)
    return _Face(f"{state}: {_inside(intent)}", (where, _rest(intent, now)), buttons)


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


def _cancel_requested(intent: Intent, handle: str, _now: datetime) -> _Face:
    return _Face(
        f"Cancel asked: {_inside(intent)}",
        (trades.progress(intent), "It can still fill until the broker says cancelled"),
        (_cancel(handle, "Cancel again"),),
    )


def _filled(intent: Intent, handle: str, _now: datetime) -> _Face:
    done = trades.done(intent)
    if not done:
        line = "The broker says filled; its fills with the prices are still to come"
        return _Face(f"Filled: {_inside(intent)}", (line,))
    lines = (figures.raised(trades.amount_done(intent)), _order_line(intent))
    return _Face(f"Filled: {done}", lines, _cancel_exits(intent, handle))


def _cancel_exits(intent: Intent, handle: str) -> tuple[Block, ...]:
    """The exits of an order that is over: cancelled together, by the number of the whole."""
    can = intent.has_open_children and intent.complex_id is not None
    return (_cancel(handle, "Cancel exits"),) if can else ()


def _cancelled(intent: Intent, _handle: str, _now: datetime) -> _Face:
    reason = figures.raised(esc(intent.reason, REASON_LIMIT))
    if intent.reason_code == REPLACED_ELSEWHERE:
        return _ended("Replaced elsewhere", intent, f"{reason}: this desk does not follow that one")
    return _ended("Cancelled", intent, f"Reason: {reason}" if reason else "")


def _expired(intent: Intent, _handle: str, _now: datetime) -> _Face:
    return _ended("Expired", intent)


def _ended(state: str, intent: Intent, *more: str) -> _Face:
    """Over before it was filled, or after a part."""
    done = trades.done(intent)
    if not done:
        return _Face(
            f"{state}, nothing filled: {trades.what_short(intent.terms)}", (*more, _order_line(intent))
        )
    amount = trades.amount_done(intent)
    rest = trades.progress(intent).replace("remaining", "not filled")
    amount = " · ".join(part for part in (rest, amount) if part)
    return _Face(f"{state}, but {done}", (*more, amount, _order_line(intent)))


def _rejected(intent: Intent, _handle: str, _now: datetime) -> _Face:
    facts = intent.facts
    reason = intent.reason or (facts.reject_reason if facts else "")
    said = esc(reason, REASON_LIMIT) or "no reason given"
    if trades.done(intent):
        return _ended("Rejected by the broker", intent, f"Reason: {said}")
    title, rest = headline("Rejected by the broker", said)
    return _Face(
        title,
        (rest, _order_line(intent), "Nothing filled. Change what it names, then order again"),
    )


def _not_sent(intent: Intent, _handle: str, _now: datetime) -> _Face:
    return _Face(*_because("Not sent", intent, "Nothing left this desk: you can order again safely"))


def _refused(intent: Intent, _handle: str, _now: datetime) -> _Face:
    more = "No order was placed. Change what it names, then order again"
    return _Face(*_because("Refused by the broker", intent, more))


def _closed(intent: Intent, _handle: str, now: datetime) -> _Face:
    return _Face(
        f"Closed by you, not at the broker: {trades.what_short(intent.terms)}",
        (
            _sent_line(intent, now),
            f"{_looked(intent, now)}. Should it turn up after all, you hear of it at once",
        ),
    )


_FACES = {
    IntentState.PREVIEWED: _previewed,
    IntentState.AWAITING_APPROVAL: _awaiting,
    IntentState.APPROVED: _approved,
    IntentState.DECLINED: _declined,
    IntentState.DENIED: _denied,
    IntentState.DISCARDED: _discarded,
    IntentState.LAPSED: _lapsed,
    IntentState.CLAIMED: _claimed,
    IntentState.NOT_SENT: _not_sent,
    IntentState.REFUSED: _refused,
    IntentState.UNKNOWN: _unknown,
    IntentState.NEEDS_PERSON: _needs_person,
    IntentState.PRESUMED_NOT_PLACED: _presumed,
    IntentState.WORKING: _working,
    IntentState.CANCEL_REQUESTED: _cancel_requested,
    IntentState.FILLED: _filled,
    IntentState.CANCELLED: _cancelled,
    IntentState.EXPIRED: _expired,
    IntentState.REJECTED: _rejected,
    IntentState.CLOSED_BY_OWNER: _closed,
}
