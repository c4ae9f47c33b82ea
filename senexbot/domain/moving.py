"""Moving the price of a working order, as changes of its intent: the claim, the answer, and what came to nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from senexbot.domain.errors import AlreadyHandled
from senexbot.domain.lifecycle import absorb_chained, move, moved_on, trigger_for
from senexbot.domain.order_chain import Chained, settled
from senexbot.domain.orders import (
    Accepted,
    BrokerStatus,
    Intent,
    IntentState,
    NewsSource,
    NotSent,
    PlaceOutcome,
    RefusedByBroker,
    Replace,
    ReplaceState,
    WalkState,
)
from senexbot.domain.walking import MOVED_BY_HAND, stepped

WALK = "walk"  # who asks for a step of a walk, instead of a person


def claim_replace(intent: Intent, wanted: Replace, handle: str) -> Intent:
    """The intent with the right to send one replacement stored; its buttons carry the new handle.

    Raises AlreadyHandled unless the order works, and no other replacement is open.
    """
    confirmed = intent.confirmed_price if intent.confirmed_price is not None else wanted.old_price
    by_walk = wanted.by == WALK
    walk = intent.walk
    if by_walk and (walk is None or walk.state is not WalkState.RUNNING or wanted.price < walk.terms.to):
        raise AlreadyHandled("This walk was stopped.", code="no_walk")
    if walk is not None and walk.state is not WalkState.ENDED:
        by_hand = replace(walk, state=WalkState.ENDED, reason=MOVED_BY_HAND)
        walk = stepped(walk, wanted.claimed_at) if by_walk else by_hand
    if intent.has_open_replace:
        raise AlreadyHandled("Its price is being moved already.", code="moving")
    if intent.state is not IntentState.WORKING or intent.facts is None:
        words = intent.state.value.replace("_", " ")
        raise AlreadyHandled(f"This order is {words}: its price cannot be moved.", code=intent.state.value)
    return replace(
        intent,
        version=intent.version + 1,
        terms_version=intent.terms_version + 1,
        handle=handle,
        replacing=wanted,
        walk=walk,
        confirmed_price=confirmed if by_walk else min(confirmed, wanted.price),
    )


def replaced(intent: Intent, number: int, outcome: PlaceOutcome, now: datetime) -> Intent | None:
    """The intent after the answer to its replace request with this number; None when news had it already."""
    wanted, known = intent.replacing, intent.facts
    if wanted is None or known is None or wanted.number != number:
        return None
    if isinstance(outcome, Accepted):
        if outcome.order is not None:
            named = replace(outcome.order, identifier=wanted.identifier)
            return absorb_chained(intent, known, wanted, named, NewsSource.ANSWER)
        if not wanted.state.is_open:
            return None
        bare = replace(known, order_id=outcome.order_id, status=BrokerStatus.RECEIVED, updated_at=0)
        done = replace(wanted, state=ReplaceState.DONE, new_id=outcome.order_id)
        return moved_on(
            intent, Chained(bare, done, (*intent.chain, wanted.old_id), wanted.price), {"facts": bare}
        )
    if not wanted.state.is_open:
        return None
    if isinstance(outcome, NotSent):
        return settle_replace(intent, ReplaceState.NOT_SENT, outcome.why)
    if isinstance(outcome, RefusedByBroker):
        return settle_replace(intent, ReplaceState.REFUSED, outcome.words)
    doubted = replace(wanted, state=ReplaceState.UNKNOWN, reason=outcome.why, unknown_since=now)
    return replace(intent, version=intent.version + 1, replacing=doubted)


def settle_replace(intent: Intent, state: ReplaceState, reason: str) -> Intent:
    """The open replacement came to nothing; the order stands as the reports of it say."""
    assert intent.facts is not None, "an order that was replaced is at the broker"
    assert intent.replacing is not None, "a replacement is settled"
    facts, wanted = settled(intent.facts, intent.replacing, state, reason)
    if facts == intent.facts:
        return replace(intent, version=intent.version + 1, replacing=wanted)
    return move(intent, trigger_for(intent, facts), facts=facts, replacing=wanted)
