"""Merging the broker's reports of one order: what is known only grows, in whatever order it comes (I16)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from senexbot.domain.errors import InvariantBroken
from senexbot.domain.orders.broker_orders import BrokerOrder, BrokerStatus, Fill
from senexbot.domain.orders.intents import IntentState, LegShare, NewsSource, OrderFacts
from senexbot.domain.orders.terms import Leg, units_of

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


def facts_for(order_id: int, legs: Sequence[Leg], *, by_value: bool = False) -> OrderFacts:
    """Of an order of ours with these confirmed legs, before anything else is known of it."""
    units = units_of(legs)
    shares: tuple[LegShare, ...] = ()
    if len(legs) > 1:
        shares = tuple(LegShare(leg.symbol, leg.quantity / units, leg.action.side) for leg in legs)
    return OrderFacts(order_id, BrokerStatus.RECEIVED, units, shares=shares, by_value=by_value)


def _merge_fills(facts: OrderFacts, news: Iterable[Fill]) -> tuple[Fill, ...]:
    """The set of both by fill id, in order of id; what would exceed the ordered quantity of its leg is
    left out (I17)."""
    known = facts.fills
    by_id = {fill.id: fill for fill in news if fill.quantity > 0}
    by_id.update((fill.id, fill) for fill in known)
    if by_id.keys() == {fill.id for fill in known}:
        return known
    kept = list(known)
    room = {"": facts.quantity - facts.filled}
    if facts.shares:
        room = {s.symbol: facts.quantity * s.ratio - facts.filled_of(s.symbol) for s in facts.shares}
    for fill in sorted(by_id.values(), key=lambda f: f.id):
        leg = fill.symbol if facts.shares else ""
        if fill not in known and fill.quantity <= room[leg]:
            kept.append(fill)
            room[leg] -= fill.quantity
    return tuple(sorted(kept, key=lambda f: f.id))


def learn(facts: OrderFacts, order: BrokerOrder, source: NewsSource) -> OrderFacts:
    """What is known after one more report. Repeats, old and reordered reports change nothing (I16).

    Raises InvariantBroken for a report of another order, or of one with other legs than ours.
    """
    if facts.order_id != order.id:
        raise InvariantBroken(f"news of order {order.id} for an intent whose order is {facts.order_id}")
    ours = {share.symbol for share in facts.shares}
    if len(order.legs) > 1 and not {leg.symbol for leg in order.legs} <= ours:
        raise InvariantBroken(f"order {order.id} has other legs than the one that was confirmed")
    known = replace(facts, quantity=max(facts.quantity, order.quantity)) if facts.by_value else facts
    grown = replace(
        known,
        fills=_merge_fills(known, (f for leg in order.legs for f in leg.fills)),
        reject_reason=facts.reject_reason or order.reject_reason,
    )
    status, updated_at = newer(facts.status, facts.updated_at, order)
    grown = replace(grown, status=status, updated_at=updated_at)
    if grown == facts:
        return facts
    return replace(grown, found_by_sweep=source is NewsSource.SWEEP)


def newer(status: BrokerStatus, updated_at: int, order: BrokerOrder) -> tuple[BrokerStatus, int]:
    """Status and time after a report: the weightier of the two."""
    if _weight(order.status, order.updated_at) > _weight(status, updated_at):
        return order.status, order.updated_at
    return status, updated_at


def with_fills(facts: OrderFacts, order: BrokerOrder, source: NewsSource) -> OrderFacts:
    """The fills of another number of the same order; its status says nothing of the one that counts."""
    fills = _merge_fills(facts, (f for leg in order.legs for f in leg.fills))
    if fills == facts.fills:
        return facts
    return replace(facts, fills=fills, found_by_sweep=source is NewsSource.SWEEP)


def state_for(facts: OrderFacts) -> IntentState:
    """The state these facts prove. `Filled` counts only when the fills of every leg add up (pitfall 43);
    of an order by value they add up by definition, so that the broker has to say it too."""
    adds_up = facts.quantity > 0 and facts.filled == facts.quantity
    if adds_up and (not facts.by_value or facts.status is BrokerStatus.FILLED):
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
