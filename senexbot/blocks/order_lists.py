"""What is said about orders beside their cards: buzzes, the list, results of a cancel, the meaning of unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from senexbot.blocks import approvals, figures, trades
from senexbot.blocks.actions import ActionId, SayButton, say_buttons
from senexbot.blocks.kit import (
    FIRST_LINE_LIMIT,
    Block,
    Message,
    button,
    card,
    context,
    cut_mrkdwn,
    esc,
    fit,
    link,
    section,
    when,
)
from senexbot.domain.news import Buzz
from senexbot.domain.orders.broker_orders import BrokerOrder, BrokerStatus, CancelOutcome
from senexbot.domain.orders.external import ExternalOrder
from senexbot.domain.orders.facts import state_for
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.move_words import Moved, moved_words, newest_replace

ROWS_SHOWN = 12
EXTERNAL_SHOWN = 8
BUZZ_REASON = 50


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One intent in the list. `link`: permalink of its card, "" when it has none; `handle`: for Cancel,
    "" when it cannot be cancelled."""

    intent: Intent
    link: str
    handle: str = ""


@dataclass(frozen=True, slots=True)
class ExternalRow:
    """An order at the broker that did not come from here. `handle`: for Cancel, "" when it cannot be."""

    order: BrokerOrder
    handle: str = ""
    asked: ExternalOrder | None = None  # when its owner was asked for a reason


# --- buzzes --------------------------------------------------------------------------------------


def order_buzz(intent: Intent, buzz: Buzz, *, link: str) -> Message:
    """One short line that links to the card: all that a phone needs to show."""
    return _one_line(f"{intent.environment.label} · {_BUZZES[buzz](intent)}", link, "Card")


def _one_line(words: str, url: str, label: str) -> Message:
    message = card(cut_mrkdwn(words, FIRST_LINE_LIMIT))
    there = _link(url, label)
    if not there:
        return message
    text = str(message.blocks[0]["text"]["text"])
    return Message(message.text, (section(f"{text} · {there}"),))


def _link(url: str, label: str) -> str:
    return link(url, label) if url else ""


def _done_or_words(intent: Intent) -> str:
    return trades.done(intent) or trades.what_short(intent.terms)


def _filled_words(intent: Intent) -> str:
    amount = trades.amount_done(intent).removesuffix(" before fees")
    return f"Filled: {_done_or_words(intent)}" + (f", {amount}" if amount else "")


def _reason(intent: Intent) -> str:
    facts = intent.facts
    reason = intent.reason or (facts.reject_reason if facts else "")
    return esc(reason, BUZZ_REASON) or "no reason given"


def _part_end(intent: Intent) -> str:
    state = "Expired" if intent.state is IntentState.EXPIRED else "Cancelled"
    done = trades.done(intent)
    return f"{state}, but {done}" if done else f"{state}: {trades.what_short(intent.terms)}"


def _exit(intent: Intent, *states: IntentState) -> str:
    """`Take profit filled, 100 of 100 at 210.00`: the exit that came to this."""
    for child in intent.children:
        if child.facts is not None and state_for(child.facts) in states:
            return figures.raised(trades.exit_words(child))
    return _done_or_words(intent)


def _walk_reason(intent: Intent) -> str:
    reason = "" if intent.walk is None else esc(intent.walk.reason, BUZZ_REASON)
    return reason or "no reason given"


def _moved(intent: Intent) -> Moved:
    """What was asked for last of the order or of an exit."""
    wanted = newest_replace(intent)
    return Moved("price", "", "") if wanted is None else moved_words(intent, wanted)


def _move_failed(intent: Intent) -> str:
    wanted, said = newest_replace(intent), _moved(intent)
    reason = "" if wanted is None else esc(wanted.reason, BUZZ_REASON)
    return f"{figures.raised(said.subject)} not moved{_to(said)}: {reason or 'no reason given'}"


def _to(said: Moved) -> str:
    return f" to {said.new}" if said.new else ""


def _move_in_doubt(intent: Intent) -> str:
    said = _moved(intent)
    return f"the {said.subject} moved{_to(said)}"


_BUZZES: Mapping[Buzz, Callable[[Intent], str]] = {
    Buzz.FILLED: _filled_words,
    Buzz.PART_FILLED_END: _part_end,
    Buzz.REFUSED: lambda i: f"Refused by the broker: {_reason(i)}",
    Buzz.REJECTED: lambda i: f"Rejected by the broker: {_reason(i)}",
    Buzz.UNKNOWN: lambda _: "Not known whether the broker has your order. Do not repeat it.",
    Buzz.NEEDS_PERSON: lambda i: f"Needs you: still not known: {trades.what_short(i.terms)}",
    Buzz.FOUND: lambda i: f"Found at the broker: {_done_or_words(i)}",
    Buzz.FOUND_LATE: lambda i: f"Correction: the broker does have it: {_done_or_words(i)}",
    Buzz.PRESUMED_NOT_PLACED: lambda i: f"Not found at the broker, check there: {trades.what_short(i.terms)}",
    Buzz.NOT_SENT: lambda i: f"Not sent: {trades.what_short(i.terms)}",
    Buzz.MOVE_FAILED: _move_failed,
    Buzz.MOVE_UNKNOWN: lambda i: f"Not known whether {_move_in_doubt(i)}. Do not repeat it.",
    Buzz.MOVE_NEEDS_PERSON: lambda i: f"Needs you: still not known whether {_move_in_doubt(i)}",
    Buzz.WALK_PAUSED: lambda i: f"Walk paused: {_walk_reason(i)}",
    Buzz.WALK_ENDED: lambda i: f"Walk ended, not filled: {_walk_reason(i)}",
    Buzz.EXIT_FILLED: lambda i: _exit(i, IntentState.FILLED),
    Buzz.EXIT_PART_FILLED_END: lambda i: _exit(i, IntentState.CANCELLED, IntentState.EXPIRED),
    Buzz.EXIT_REJECTED: lambda i: _exit(i, IntentState.REJECTED),
    Buzz.APPROVED: approvals.buzz,
    Buzz.DECLINED: lambda i: f"Not approved: {_reason(i)}",
    Buzz.HELD: lambda i: f"Not sent, needs you: {_reason(i)}",
    Buzz.QUESTION: lambda i: f"Asked back: {approvals.question(i) or 'answered since'}",
}


# --- the list ------------------------------------------------------------------------------------


def orders_list(
    rows: Sequence[OrderRow],
    external: Sequence[ExternalRow],
    *,
    now: datetime,
    environment_labels: Mapping[str, str] | None = None,
    failed: Sequence[tuple[str, str]] = (),
    says: Sequence[SayButton] = (),
) -> Message:
    """Waiting previews, open and today's orders, then those placed elsewhere.

    `environment_labels`: account number -> "live" or "LIVE" for external orders; `failed`: (account, why) of accounts
    whose list could not be read.
    """
    troubles = "; ".join(f"{esc(name, 40)} not read: {esc(why, 100)}" for name, why in failed[:5])
    if not rows and not external:
        title = "No orders to be seen" if failed else "No orders today, and none waiting for you"
        step = "Place one: `/order buy 1 SPY @ 600` (a preview comes first)"
        return card(title, troubles, step, buttons=say_buttons(says))
    ordered = sorted(rows, key=lambda row: (_rank(row.intent), -row.intent.created_at.timestamp()))
    blocks = [_row(row, now) for row in ordered[:ROWS_SHOWN]]
    blocks += _more(len(ordered) - ROWS_SHOWN)
    blocks += [_external_row(row, environment_labels or {}) for row in external[:EXTERNAL_SHOWN]]
    blocks += _more(len(external) - EXTERNAL_SHOWN)
    return card(_summary(rows, external), troubles, rows=blocks, buttons=say_buttons(says))


def _rank(intent: Intent) -> int:
    """What needs the owner first, what is over last."""
    if intent.state in {IntentState.UNKNOWN, IntentState.NEEDS_PERSON, IntentState.PRESUMED_NOT_PLACED}:
        return 0
    if intent.state in {IntentState.PREVIEWED, IntentState.AWAITING_APPROVAL, IntentState.APPROVED}:
        return 1
    return 2 if intent.state.is_open or intent.has_open_children else 3


def _summary(rows: Sequence[OrderRow], external: Sequence[ExternalRow]) -> str:
    counts = [sum(_rank(row.intent) == rank for row in rows) for rank in range(4)]
    words = ("not known", "waiting for you", "open", "done today")
    parts = [f"{count} {word}" for count, word in zip(counts, words, strict=True) if count]
    if external:
        parts.append(f"{len(external)} placed elsewhere")
    return f"Orders: {', '.join(parts)}"


def _row(row: OrderRow, now: datetime) -> Block:
    intent = row.intent
    head = f"*{intent.environment.label} · {state_words(intent)}* · {trades.what(intent.terms)}"
    there = _link(row.link, "Card")
    tail = f"{esc(intent.account.masked, 8)} · {figures.span(now - intent.created_at)} ago"
    if intent.state is IntentState.PREVIEWED:
        tail += f" · ends {when(intent.expires_at, now)}"
    cancel = button("Cancel order", ActionId.ORDER_CANCEL, row.handle) if _cancellable(row) else None
    return section(f"{head}\n{tail}{' · ' if there else ''}{there}", accessory=cancel)


def _cancellable(row: OrderRow) -> bool:
    works = row.intent.state in {IntentState.WORKING, IntentState.CANCEL_REQUESTED}
    return bool(row.handle) and (works or row.intent.has_open_children)


STATE_WORDS = {
    IntentState.PREVIEWED: "Waits for your Confirm",
    IntentState.AWAITING_APPROVAL: "Waits for approval",
    IntentState.APPROVED: "Approved",
    IntentState.DECLINED: "Declined",
    IntentState.DENIED: "Denied",
    IntentState.DISCARDED: "Discarded",
    IntentState.LAPSED: "Preview ended",
    IntentState.CLAIMED: "Sending",
    IntentState.NOT_SENT: "Not sent",
    IntentState.REFUSED: "Refused by the broker",
    IntentState.UNKNOWN: "Not known",
    IntentState.NEEDS_PERSON: "Not known, needs you",
    IntentState.PRESUMED_NOT_PLACED: "Not found at the broker",
    IntentState.WORKING: "Working",
    IntentState.CANCEL_REQUESTED: "Cancel asked",
    IntentState.FILLED: "Filled",
    IntentState.CANCELLED: "Cancelled",
    IntentState.EXPIRED: "Expired",
    IntentState.REJECTED: "Rejected by the broker",
    IntentState.CLOSED_BY_OWNER: "Closed by you",
}


def state_words(intent: Intent) -> str:
    """`Working, 1 of 2 filled`."""
    words = STATE_WORDS[intent.state]
    facts = intent.facts
    if intent.has_open_children and not intent.state.is_open:
        return f"{words}, its exits work"
    if facts is None or not facts.filled or facts.filled >= facts.quantity:
        return words
    return f"{words}, {figures.quantity(facts.filled)} of {figures.quantity(facts.quantity)} filled"


def _external_row(row: ExternalRow, labels: Mapping[str, str]) -> Block:
    order = row.order
    where = esc(labels.get(order.account, "").upper(), 12)
    head = f"{where} · Placed elsewhere" if where else "Placed elsewhere"
    filled = f", {figures.quantity(order.filled)} of {figures.quantity(order.quantity)} filled"
    state = esc(order.status_word or order.status.value, 30)
    words = f"*{head}, {state}{filled if order.filled else ''}* · {trades.broker_order(order)}"
    tail = f"{esc('…' + order.account[-4:], 8)} · broker's order {order.id}{_reason_of(row)}"
    cancel = button("Cancel order", ActionId.EXTERNAL_CANCEL, row.handle) if row.handle else None
    return section(f"{words}\n{tail}", accessory=cancel)


def _reason_of(row: ExternalRow) -> str:
    if row.asked is None:
        return ""
    return f" · reason: “{esc(row.asked.reason, 80)}”" if row.asked.reason else " · *a reason is asked for*"


def _more(count: int) -> list[Block]:
    return [context(f"… and {count} more")] if count > 0 else []


# --- answers -------------------------------------------------------------------------------------


def continued(link: str, words: str) -> Message:
    """The answer in a channel to what goes on in the direct message. `words`: what it is about, or ""."""
    about = f": {esc(words, 60)}" if words else ""
    return _one_line(f"Continued in your messages{about}", link, "Go there")


def cancel_result(
    subject: Intent | BrokerOrder, outcome: CancelOutcome, *, environment_label: str = ""
) -> Message:
    """What the broker's list said after the cancel (I18). `environment_label`: for an order placed elsewhere."""
    if isinstance(subject, Intent):
        where, order_words = subject.environment.label, trades.what(subject.terms)
    else:
        where, order_words = environment_label, trades.broker_order(subject)
    title, next_step = _cancel_words(outcome)
    return card(f"{where.upper()} · {title}" if where else title, order_words, next_step)


def _cancel_words(outcome: CancelOutcome) -> tuple[str, str]:
    order, words = outcome.order, esc(outcome.words, 160)
    if order is None:
        why = f": {words}" if words else ""
        return f"Not known whether it is cancelled{why}", "It may still fill. Look at `/orders` in a minute"
    filled = f"{figures.quantity(order.filled)} of {figures.quantity(order.quantity)} filled"
    if order.status is BrokerStatus.FILLED:
        return "Too late to cancel: it has filled", "The fill is on its card"
    if order.status in {BrokerStatus.CANCELLED, BrokerStatus.REMOVED, BrokerStatus.PARTIALLY_REMOVED}:
        if order.filled:
            return f"Cancelled, but {filled} before", "What filled is in your positions"
        return "Cancelled, nothing filled", "Read back from the broker"
    state = esc(order.status_word or order.status.value, 30)
    if order.status.is_terminal:
        return f"Too late to cancel: the broker says {state}", words or figures.raised(filled)
    if outcome.too_late:
        return f"Not cancelled: the broker says {state}", words or "It can still fill. Try again: `/orders`"
    return (
        "Cancel asked, not confirmed yet",
        f"The broker says {state}, {filled}; it can still fill. Look again: `/orders`",
    )


def unknown_explained() -> Message:
    """Behind "What this means"."""
    return card(
        "Not known: the order was sent once, and the answer got lost on the way",
        "The broker may or may not have it. Repeating it could fill twice, so the desk never repeats it",
        "The desk keeps reading the broker's own list; once your order shows there, its card goes on",
        "Not settled within 5 minutes: you are called, and look in tastytrade's own app",
        "What stands there counts. Only when it is not there, close it here and order again",
    )


def story(text: str) -> Message:
    """One line for the thread of a card."""
    line = esc(text, 400)
    return fit(Message(line, (section(line),)))
