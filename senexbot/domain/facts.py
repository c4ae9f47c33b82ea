"""Merging the broker's reports of one order: what is known only grows, in whatever order it comes (I16)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from senexbot.domain.errors import InvariantBroken
from senexbot.domain.orders import BrokerOrder, BrokerStatus, Fill, IntentState, NewsSource, OrderFacts

_SUBMITTED = (BrokerStatus.RECEIVED, BrokerStatus.CONTINGENT, BrokerStatus.ROUTED, BrokerStatus.IN_FLIGHT)
_ORDER_OF_STATUS = (
    *_SUBMITTED,
    BrokerStatus.UNKNOWN,  # a word we do not know is news of a working order, never an end
    BrokerStatus.LIVE,
    BrokerStatus.REPLACE_REQUESTED,
    BrokerStatus.CANCEL_REQUESTED,
    BrokerStatus.REMOVED,
    BrokerStatus.PARTIALLY_REMOVED,
    BrokerStatus.REJECTED,
    BrokerStatus.EXPIRED,
    BrokerStatus.CANCELLED,
    BrokerStatus.FILLED,
)


def _weight(status: BrokerStatus, updated_at: int) -> tuple[int, int, int]:
    """Rank first (terminal > working > submitted), then the broker's time, then a fixed order."""
    rank = 2 if status.is_terminal else 0 if status in _SUBMITTED else 1
    return rank, updated_at, _ORDER_OF_STATUS.index(status)


def _merge_fills(known: tuple[Fill, ...], news: Iterable[Fill], quantity: Decimal) -> tuple[Fill, ...]:
    """The set of both by fill id, in order of id; what would exceed the ordered quantity is left out (I17)."""
    by_id = {fill.id: fill for fill in news if fill.quantity > 0}
    by_id.update((fill.id, fill) for fill in known)
    if by_id.keys() == {fill.id for fill in known}:
        return known
    kept = list(known)
    room = quantity - sum((fill.quantity for fill in known), Decimal(0))
    for fill in sorted(by_id.values(), key=lambda f: f.id):
        if fill not in known and fill.quantity <= room:
            kept.append(fill)
            room -= fill.quantity
    return tuple(sorted(kept, key=lambda f: f.id))


def learn(facts: OrderFacts | None, order: BrokerOrder, source: NewsSource) -> OrderFacts:
    """What is known after one more report. Repeats, old and reordered reports change nothing (I16).

    Raises InvariantBroken for a report of another order, or of one with several legs (we send none).
    """
    if len(order.legs) > 1:
        raise InvariantBroken(f"order {order.id} has {len(order.legs)} legs, ours have one")
    if facts is None:
        facts = OrderFacts(order.id, BrokerStatus.RECEIVED, order.quantity)
    elif facts.order_id != order.id:
        raise InvariantBroken(f"news of order {order.id} for an intent whose order is {facts.order_id}")
    grown = replace(
        facts,
        fills=_merge_fills(facts.fills, (f for leg in order.legs for f in leg.fills), facts.quantity),
        reject_reason=facts.reject_reason or order.reject_reason,
    )
    if _weight(order.status, order.updated_at) > _weight(facts.status, facts.updated_at):
        grown = replace(grown, status=order.status, updated_at=order.updated_at)
    if grown == facts:
        return facts
    return replace(grown, found_by_sweep=source is NewsSource.SWEEP)


def state_for(facts: OrderFacts) -> IntentState:
    """The state these facts prove. `Filled` counts only when the fills add up (pitfall 43)."""
    if facts.quantity > 0 and facts.filled == facts.quantity:
        return IntentState.FILLED
    match facts.status:
        case BrokerStatus.CANCELLED | BrokerStatus.REMOVED | BrokerStatus.PARTIALLY_REMOVED:
            return IntentState.CANCELLED
        case BrokerStatus.EXPIRED:
            return IntentState.EXPIRED
        case BrokerStatus.REJECTED:
            return IntentState.REJECTED
        case BrokerStatus.CANCEL_REQUESTED:
            return IntentState.CANCEL_REQUESTED
        case _:
            return IntentState.WORKING
