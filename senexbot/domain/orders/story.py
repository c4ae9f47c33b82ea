"""What an intent's change means to people: one line for the thread, and whether it buzzes.

Plain text with the broker's own words in it; escaping is the renderer's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from senexbot.domain.money import credit_or_debit, price_text, quantity_text
from senexbot.domain.news import Buzz
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.facts import state_for
from senexbot.domain.orders.intents import Intent, IntentState, OrderFacts, Replace, ReplaceState, WalkState
from senexbot.domain.orders.move_words import moved_words
from senexbot.domain.orders.walking import MOVED_BY_HAND, STOPPED
from senexbot.domain.orders.words import order_words, walk_words

_S = IntentState
_AT_BROKER = frozenset({_S.WORKING, _S.CANCEL_REQUESTED, _S.FILLED, _S.CANCELLED, _S.EXPIRED, _S.REJECTED})
_DOUBTED = frozenset({_S.UNKNOWN, _S.NEEDS_PERSON})
_ENDED_OPEN = frozenset({_S.CANCELLED, _S.EXPIRED, _S.REJECTED})

_BUZZ_OF: Mapping[IntentState, Buzz] = {
    _S.FILLED: Buzz.FILLED,
    _S.REFUSED: Buzz.REFUSED,
    _S.REJECTED: Buzz.REJECTED,
    _S.UNKNOWN: Buzz.UNKNOWN,
    _S.NEEDS_PERSON: Buzz.NEEDS_PERSON,
    _S.PRESUMED_NOT_PLACED: Buzz.PRESUMED_NOT_PLACED,
    _S.NOT_SENT: Buzz.NOT_SENT,
    _S.APPROVED: Buzz.APPROVED,
    _S.DECLINED: Buzz.DECLINED,
}


def _fills(intent: Intent) -> int:
    """How many are known; of several legs one may be filled before a whole unit is."""
    return len(intent.facts.fills) if intent.facts else 0


def buzz_for(before: Intent, after: Intent) -> Buzz | None:
    """Whether this change makes a new line that buzzes (design decision 6); None: a silent edit."""
    return (
        _buzz_of_order(before, after)
        or _buzz_of_children(before, after)
        or _buzz_of_walk(before, after)
        or _buzz_of_moves(before, after)
    )


def _moves(before: Intent, after: Intent) -> Iterator[tuple[Replace, Replace]]:
    """Each replacement that both know, as it was and as it is."""
    known = {one.number: one for one in before.replacings}
    yield from ((known[one.number], one) for one in after.replacings if one.number in known)


def _buzz_of_moves(before: Intent, after: Intent) -> Buzz | None:
    """Of the order itself a fill says more; of an exit its own fill does."""
    for was, now in _moves(before, after):
        told = _buzz_of_move(was, now)
        if told is not None and (now.part or after.state is not _S.FILLED):
            return told
    return None


def _buzz_of_move(before: Replace, after: Replace) -> Buzz | None:
    """What was not moved, or of which it is not known; what moved is a silent edit."""
    if after.told and not before.told:
        return Buzz.MOVE_NEEDS_PERSON
    return _BUZZ_OF_MOVE.get(after.state) if after.state is not before.state else None


def _buzz_of_walk(before: Intent, after: Intent) -> Buzz | None:
    """A walk that needs its owner; what its owner did, or a fill, says the rest."""
    if after.walk is None or before.walk is None or before.walk.state is after.walk.state:
        return None
    if after.walk.state is WalkState.PAUSED:
        return Buzz.WALK_PAUSED
    unasked = after.walk.state is WalkState.ENDED and after.walk.reason not in {STOPPED, MOVED_BY_HAND}
    return Buzz.WALK_ENDED if unasked and after.state is _S.WORKING else None


def _walk_line(before: Intent, after: Intent) -> str:
    walk, was = after.walk, before.walk
    if walk is None or (was is not None and was.state is walk.state):
        return ""
    if walk.state is WalkState.RUNNING:
        return f"Walking: {walk_words(walk.terms, legs=len(after.terms.legs))}."
    word = "paused" if walk.state is WalkState.PAUSED else "ended"
    return f"Walk {word}: {walk.reason}."


_BUZZ_OF_MOVE: Mapping[ReplaceState, Buzz] = {
    ReplaceState.UNKNOWN: Buzz.MOVE_UNKNOWN,
    ReplaceState.NOT_SENT: Buzz.MOVE_FAILED,
    ReplaceState.REFUSED: Buzz.MOVE_FAILED,
    ReplaceState.DROPPED: Buzz.MOVE_FAILED,
    ReplaceState.NOT_DONE: Buzz.MOVE_FAILED,
}


def _move_line(intent: Intent, before: Replace, after: Replace) -> str:
    if before.state is after.state:
        return ""
    said = moved_words(intent, after)
    subject = f"{said.subject[:1].upper()}{said.subject[1:]}"
    match after.state:
        case ReplaceState.DONE:
            return (
                f"{subject} moved from {said.old} to {said.new}: "
                f"order {after.new_id} in place of {after.old_id}."
            )
        case ReplaceState.UNKNOWN:
            return (
                f"Not known whether the {said.subject} moved from {said.old} to {said.new}; "
                "it is never sent again by itself."
            )
        case _:
            return _with_reason(f"{subject} not moved to {said.new}, it stays {said.old}", after.reason)


def _buzz_of_children(before: Intent, after: Intent) -> Buzz | None:
    """An exit that filled, ended with a part, or was rejected: then nothing protects any more."""
    known = {child.identifier: child.facts for child in before.children}
    for child in after.children:
        facts, was = child.facts, known.get(child.identifier)
        if facts is None or (was is not None and state_for(was) is state_for(facts)):
            continue
        state = state_for(facts)
        if state in _ENDED_OPEN and facts.fills:
            return Buzz.EXIT_PART_FILLED_END
        if state in _BUZZ_OF_CHILD:
            return _BUZZ_OF_CHILD[state]
    return None


_BUZZ_OF_CHILD: Mapping[IntentState, Buzz] = {_S.FILLED: Buzz.EXIT_FILLED, _S.REJECTED: Buzz.EXIT_REJECTED}


def _buzz_of_order(before: Intent, after: Intent) -> Buzz | None:
    if after.state not in _AT_BROKER:
        return (
            _BUZZ_OF.get(after.state) if after.state is not before.state else _buzz_of_approval(before, after)
        )
    if before.state is not _S.CLAIMED and before.state not in _AT_BROKER | _DOUBTED:
        return Buzz.FOUND_LATE
    if (
        after.state in _ENDED_OPEN
        and _fills(after)
        and (after.state is not before.state or _fills(after) > _fills(before))
    ):
        return Buzz.PART_FILLED_END
    if after.state is before.state:
        return None
    if before.state in _DOUBTED:
        return _BUZZ_OF.get(after.state, Buzz.FOUND)
    return _BUZZ_OF.get(after.state)


def _buzz_of_approval(before: Intent, after: Intent) -> Buzz | None:
    """A question that is asked back, and an approved order that was held."""
    if _question(after) and _question(after) != _question(before):
        return Buzz.QUESTION
    if after.state is _S.APPROVED and after.reason and after.reason != before.reason:
        return Buzz.HELD
    return None


def _question(intent: Intent) -> str:
    return intent.approval.question if intent.approval else ""


_PLAIN_LINES: Mapping[IntentState, str] = {
    _S.AWAITING_APPROVAL: "Confirmed, and asked to be approved.",
    _S.DISCARDED: "Discarded. Nothing was sent.",
    _S.LAPSED: "Its time ran out. Nothing was sent.",
    _S.CLAIMED: "Confirmed: on its way to the broker.",
    _S.NEEDS_PERSON: "Still not known after 5 minutes: a person has to look at the broker.",
    _S.PRESUMED_NOT_PLACED: "Not found at the broker; check before repeating. Still watched.",
    _S.CLOSED_BY_OWNER: "Closed by its owner on the broker's evidence.",
    _S.CANCEL_REQUESTED: "Cancel asked of the broker; it may still fill.",
}
_REASONED_LINES: Mapping[IntentState, str] = {
    _S.APPROVED: "Approved",
    _S.DECLINED: "Not approved, nothing was sent",
    _S.DENIED: "Denied by the desk's own checks, nothing was sent",
    _S.NOT_SENT: "Not sent: nothing left this machine",
    _S.REFUSED: "Refused by the broker",
    _S.UNKNOWN: "Not known whether the broker has it",
    _S.REJECTED: "Rejected after it was accepted",
    _S.CANCELLED: "Cancelled",
    _S.EXPIRED: "Expired at the day's end",
}
_STATUS_WORDS: Mapping[BrokerStatus, str] = {
    BrokerStatus.RECEIVED: "received",
    BrokerStatus.CONTINGENT: "held for its condition",
    BrokerStatus.ROUTED: "routed to the exchange",
    BrokerStatus.IN_FLIGHT: "in flight to the exchange",
    BrokerStatus.LIVE: "live at the exchange",
    BrokerStatus.REPLACE_REQUESTED: "being replaced",
    BrokerStatus.FILLED: "filled, the fills are still coming in",
    BrokerStatus.UNKNOWN: "in a status this bot does not know",
}


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _with_reason(words: str, reason: str) -> str:
    reason = _one_line(reason)
    return f"{words}: {reason}" if reason else f"{words}."


def _fill_words(before: OrderFacts | None, facts: OrderFacts) -> str:
    """`Filled 40 at 187.49, 60 left`; of several legs in units, once the fills of each are in (pitfall 43)."""
    known = before.fills if before is not None else ()
    new = facts.filled - (before.filled if before is not None else 0)
    if not new:
        return ""
    at = ""
    if not facts.shares:
        fills = [fill for fill in facts.fills if fill not in known]
        price = sum((fill.quantity * fill.price for fill in fills), Decimal(0)) / new
        at = f" at {price_text(price.quantize(_PLACES))}"
    elif facts.is_even and (price_all := facts.average_price) is not None:
        price = price_all * facts.filled
        if before is not None and before.average_price is not None:
            price -= before.average_price * before.filled
        at = f" at {credit_or_debit((price / new).quantize(_PLACES))}"
    text = f"Filled {quantity_text(new)}{at}"
    left = facts.quantity - facts.filled
    return f"{text}, {quantity_text(left)} left" if left else f"{text}, all {quantity_text(facts.quantity)}"


_PLACES = Decimal("0.0001")


def _child_lines(before: Intent, after: Intent) -> list[str]:
    """What has happened to the children: fills, ends, and when one begins to work."""
    known = {child.identifier: child.facts for child in before.children}
    lines: list[str] = []
    for child in after.children:
        facts, was = child.facts, known.get(child.identifier)
        if facts is None or facts == was:
            continue
        name = child.role.value.capitalize()
        if fills := _fill_words(was, facts):
            lines.append(f"{name}: {fills[0].lower()}{fills[1:]}.")
        if was is None or was.status is not facts.status:
            words = _CHILD_WORDS.get(facts.status, "")
            reason = facts.reject_reason if facts.status is BrokerStatus.REJECTED else ""
            lines += [_with_reason(f"{name} {words}", reason)] if words else []
    return lines


_CHILD_WORDS: Mapping[BrokerStatus, str] = {
    BrokerStatus.LIVE: "is live at the exchange",
    BrokerStatus.CANCELLED: "cancelled",
    BrokerStatus.REMOVED: "removed by the broker",
    BrokerStatus.PARTIALLY_REMOVED: "removed in part by the broker",
    BrokerStatus.EXPIRED: "expired",
    BrokerStatus.REJECTED: "rejected",
}


def _working_words(facts: OrderFacts) -> str:
    words = _STATUS_WORDS.get(facts.status, "working")
    return f"Order {facts.order_id} is {words}."


def story_line(before: Intent | None, after: Intent) -> str:
    """One line for the thread of the card: what has happened between two versions of an intent.

    "" when there is nothing to tell: a look that found nothing, or the milliseconds on the way to the exchange.
    """
    if before is None:
        return f"Previewed: {order_words(after.terms)}."
    parts: list[str] = []
    facts = after.facts
    if before.state is not _S.CLAIMED and before.state not in _AT_BROKER and after.state in _AT_BROKER:
        parts.append("Found at the broker." if before.state in _DOUBTED else "Found at the broker after all.")
    if facts is not None and (fills := _fill_words(before.facts, facts)):
        parts.append(f"{fills}.")
    moved = " ".join(filter(None, (_move_line(after, was, now) for was, now in _moves(before, after))))
    parts += [line for line in (moved, _walk_line(before, after)) if line]
    edited = after.terms_version != before.terms_version and after.replacings == before.replacings
    if after.state is before.state and edited:
        parts.append(f"Changed: {order_words(after.terms)}.")
    elif after.state is not before.state and _is_told_together(after):
        pass
    elif after.state is not before.state and after.state in _REASONED_LINES:
        parts.append(_with_reason(_REASONED_LINES[after.state], after.reason))
    elif after.state is not before.state and after.state in _PLAIN_LINES:
        parts += [_PLAIN_LINES[after.state], _mandate_line(before, after)]
    elif after.state in _APPROVING:
        parts.append(_approval_line(before, after))
    elif after.state is _S.WORKING and facts is not None and not moved and _status_moved(before, facts):
        parts.append(_working_words(facts))
    lines = _child_lines(before, after)
    parts += lines
    swept = facts is not None and facts.found_by_sweep and before.facts != facts
    silent = not parts and _is_told_together(after)
    if not silent and (swept or (lines and _children_swept(before, after))):
        parts.append("(Seen by a check of the broker's list, not by its stream.)")
    return " ".join(part for part in parts if part)


MANY = 5  # orders cancelled by one press: so many have a line each


def _is_told_together(after: Intent) -> bool:
    """One of many that one press has cancelled: the answer to it tells of all of them at once, and hundreds of threads
    would keep everything else waiting for minutes. Its card shows it, and what filled has its line."""
    return after.together > MANY and after.state in {_S.CANCEL_REQUESTED, _S.CANCELLED}


def _mandate_line(before: Intent, after: Intent) -> str:
    mark = after.mandate
    if mark is None or not mark.taken or (before.mandate is not None and before.mandate.taken):
        return ""
    used = f"{quantity_text(mark.used)} of {quantity_text(mark.count)}"
    return f"Covered by a mandate: {used} used today, this order's included."


_APPROVING = frozenset({_S.AWAITING_APPROVAL, _S.APPROVED})


def _approval_line(before: Intent, after: Intent) -> str:
    if _question(after) and _question(after) != _question(before):
        return f"Asked back: {_one_line(_question(after))}"
    if _question(before) and not _question(after):
        return "Answered."
    if after.state is _S.APPROVED and after.reason != before.reason:
        return _with_reason("Not sent", after.reason)
    if before.approval and after.approval and before.approval.given != after.approval.given:
        return f"{len(after.approval.given)} of {after.approval.needed} have approved."
    return ""


def _children_swept(before: Intent, after: Intent) -> bool:
    news = (child.facts for child in after.children if child not in before.children)
    return any(facts is not None and facts.found_by_sweep for facts in news)


def _status_moved(before: Intent, facts: OrderFacts) -> bool:
    if facts.status in {BrokerStatus.ROUTED, BrokerStatus.IN_FLIGHT}:
        return False
    return before.facts is None or before.facts.status is not facts.status or before.state is not _S.WORKING
