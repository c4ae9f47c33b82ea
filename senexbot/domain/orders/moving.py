"""Moving a working order or one of its exits, as changes of the intent: the claim, the answer, what came to nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from senexbot.domain.errors import AlreadyHandled
from senexbot.domain.orders.broker_orders import (
    Accepted,
    BrokerStatus,
    NotSent,
    PlaceOutcome,
    RefusedByBroker,
)
from senexbot.domain.orders.chain import Chained, settled
from senexbot.domain.orders.children import chain_of, with_chained, with_replace
from senexbot.domain.orders.intents import (
    Intent,
    IntentState,
    NewsSource,
    Replace,
    ReplaceState,
    Walk,
    WalkState,
)
from senexbot.domain.orders.lifecycle import absorb, moved_on
from senexbot.domain.orders.walking import MOVED_BY_HAND, stepped

WALK = "walk"  # who asks for a step of a walk, instead of a person


def claim_replace(intent: Intent, wanted: Replace, handle: str) -> Intent:
    """The intent with the right to send one replacement stored; its buttons carry the new handle.

    Raises AlreadyHandled unless that order works, and no other replacement is open.
    """
    if intent.has_open_replace:
        raise AlreadyHandled("It is being moved already.", code="moving")
    claimed = _claim_exit(intent, wanted) if wanted.part else _claim_order(intent, wanted)
    return replace(claimed, version=intent.version + 1, terms_version=intent.terms_version + 1, handle=handle)


def _claim_order(intent: Intent, wanted: Replace) -> Intent:
    confirmed = intent.confirmed_price if intent.confirmed_price is not None else wanted.old_price
    by_walk = wanted.by == WALK
    walk = intent.walk
    if by_walk and (walk is None or not _may_step(walk, wanted.price)):
        raise AlreadyHandled("This walk was stopped.", code="no_walk")
    if walk is not None and walk.state is not WalkState.ENDED:
        by_hand = replace(walk, state=WalkState.ENDED, reason=MOVED_BY_HAND)
        walk = stepped(walk, wanted.claimed_at) if by_walk else by_hand
    if intent.state is not IntentState.WORKING or intent.facts is None:
        words = intent.state.value.replace("_", " ")
        raise AlreadyHandled(f"This order is {words}: it cannot be moved.", code=intent.state.value)
    if confirmed is not None and wanted.price is not None and not by_walk:
        confirmed = min(confirmed, wanted.price)
    return replace(intent, replacing=wanted, walk=walk, confirmed_price=confirmed)


def _may_step(walk: Walk, price: Decimal | None) -> bool:
    return walk.state is WalkState.RUNNING and price is not None and price >= walk.terms.to


_WITH_EXITS = frozenset({IntentState.WORKING, IntentState.FILLED, IntentState.CANCELLED, IntentState.EXPIRED})
_LEAVING = frozenset({BrokerStatus.CANCEL_REQUESTED, BrokerStatus.REPLACE_REQUESTED})


def _claim_exit(intent: Intent, wanted: Replace) -> Intent:
    """Of a child: while it works or waits, and nobody has asked to cancel the whole."""
    child = intent.children[wanted.part - 1]
    facts = child.facts
    if facts is None or not child.is_open or facts.status in _LEAVING or intent.state not in _WITH_EXITS:
        word = "not at the broker" if facts is None else facts.status.value.lower()
        raise AlreadyHandled(
            f"This {child.role.value} is {word}: it cannot be moved.", code="exit_not_working"
        )
    return with_replace(intent, wanted)


def replaced(intent: Intent, number: int, outcome: PlaceOutcome, now: datetime) -> Intent | None:
    """The intent after the answer to its replace request with this number; None when news had it already."""
    wanted = next((one for one in intent.replacings if one.number == number), None)
    known = None if wanted is None else _known(intent, wanted)
    if wanted is None or known is None:
        return None
    if isinstance(outcome, Accepted):
        if outcome.order is not None:
            named = replace(outcome.order, identifier=wanted.identifier)
            return absorb(intent, named, NewsSource.ANSWER, now)
        return _accepted_bare(intent, known, outcome.order_id) if wanted.state.is_open else None
    if not wanted.state.is_open:
        return None
    if isinstance(outcome, NotSent):
        return settle_replace(intent, ReplaceState.NOT_SENT, outcome.why)
    if isinstance(outcome, RefusedByBroker):
        return settle_replace(intent, ReplaceState.REFUSED, outcome.words)
    doubted = replace(wanted, state=ReplaceState.UNKNOWN, reason=outcome.why, unknown_since=now)
    return replace(with_replace(intent, doubted), version=intent.version + 1)


def _known(intent: Intent, wanted: Replace) -> Chained | None:
    """What is known of the order that this replacement is of."""
    if wanted.part:
        return chain_of(intent.children[wanted.part - 1])
    return None if intent.facts is None else Chained(intent.facts, wanted, intent.chain)


def _accepted_bare(intent: Intent, known: Chained, order_id: int) -> Intent:
    """Only the new number could be read of the answer."""
    wanted = known.replacing
    facts = replace(known.facts, order_id=order_id, status=BrokerStatus.RECEIVED, updated_at=0)
    done = replace(wanted, state=ReplaceState.DONE, new_id=order_id)
    return _with(intent, Chained(facts, done, (*known.chain, wanted.old_id)))


def settle_replace(intent: Intent, state: ReplaceState, reason: str) -> Intent:
    """The open replacement came to nothing; the order stands as the reports of it say."""
    wanted = intent.open_replace
    assert wanted is not None, "a replacement is settled"
    known = _known(intent, wanted)
    assert known is not None, "an order that was replaced is at the broker"
    facts, wanted = settled(known.facts, wanted, state, reason)
    return _with(intent, Chained(facts, wanted, known.chain))


def _with(intent: Intent, after: Chained) -> Intent:
    if after.replacing.part:
        return replace(with_chained(intent, after.replacing.part, after), version=intent.version + 1)
    return moved_on(intent, after, {"facts": after.facts})
