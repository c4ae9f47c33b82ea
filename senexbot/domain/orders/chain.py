"""One order under several numbers: what the reports of a replaced order and of its replacement prove together.

A replace is a cancel and a new order (pitfalls 47 to 49): late news of the old number follows, a fill in between
drops the new order. Fills of every number belong to the same intent; the status is that of the order that counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from senexbot.domain.orders.broker_orders import BrokerOrder, BrokerStatus
from senexbot.domain.orders.facts import learn, newer, with_fills
from senexbot.domain.orders.identifiers import base_identifier, order_identifier
from senexbot.domain.orders.intents import NewsSource, OrderFacts, Replace, ReplaceState
from senexbot.domain.orders.terms import Besides

# Contingent until the exchange has confirmed the cancel of the old order: anything further proves that it is gone.
_PAST_WAITING = frozenset(
    {BrokerStatus.ROUTED, BrokerStatus.IN_FLIGHT, BrokerStatus.LIVE, BrokerStatus.FILLED}
)


@dataclass(frozen=True, slots=True)
class Chained:
    """What is known after a report: facts of the order that counts, its newest replacement, the numbers it had."""

    facts: OrderFacts
    replacing: Replace
    chain: tuple[int, ...]

    @property
    def moved(self) -> bool:
        """The replacing order is the one that counts."""
        return self.facts.order_id != self.replacing.old_id

    @property
    def price(self) -> Decimal | None:
        """The limit that holds now."""
        return self.replacing.price if self.moved else self.replacing.old_price

    @property
    def besides(self) -> Besides | None:
        """What else holds now; None where the replacement does not touch it."""
        return self.replacing.besides if self.moved else self.replacing.old_besides


def belongs(known: Chained, order: BrokerOrder) -> bool:
    """Whether the report is of a number that a replacement of ours has made, or of one that came before."""
    return is_successor(known.replacing, order) or order.id in known.chain or order.id == known.facts.order_id


def is_successor(wanted: Replace, order: BrokerOrder) -> bool:
    """The order that this replacement has made: by its identifier; or, when the broker lost that, as what
    replaces the old order with just these terms. An edit in the broker's own app is none (F43)."""
    if order.replaces not in {None, wanted.old_id}:
        return False
    if order.identifier == wanted.identifier:
        return True
    if order.identifier and order.identifier != order_identifier(wanted.identifier):
        return False
    made = order.id == wanted.new_id or (order.replaces == wanted.old_id and wanted.state.is_open)
    return made and _has_its_terms(wanted, order)


def _has_its_terms(wanted: Replace, order: BrokerOrder) -> bool:
    besides = wanted.besides
    if besides is not None and (besides.stop_trigger, besides.time_in_force.value) != (
        order.stop_trigger,
        order.time_in_force,
    ):
        return False
    return order.price == wanted.price


def lost_sight_of(own: str, known: Chained | None, order: BrokerOrder) -> bool:
    """A replacement of ours that was taken for not done, while another one counts: two may be live (I14).

    `own`: the identifier of the order or child that it was to replace.
    """
    named = order.identifier
    ours = named != own and own in {order_identifier(named), base_identifier(named)}
    if known is None:
        return ours
    counts = order.id == known.facts.order_id  # also while the next replacement of it is on its way
    return ours and named != known.replacing.identifier and not counts and order.id not in known.chain


def follow(known: Chained, order: BrokerOrder, source: NewsSource) -> Chained:
    """Take in a report that `belongs` to the order of which this is known."""
    facts, wanted = known.facts, known.replacing
    if is_successor(wanted, order):
        return _successor(known, order, source)
    if order.id == facts.order_id:
        return _standing(known, order, source)
    if order.id == wanted.old_id:
        weighed = newer(wanted.old_status, wanted.old_updated_at, order)
        wanted = replace(wanted, old_status=weighed[0], old_updated_at=weighed[1])
    return replace(known, facts=with_fills(facts, order, source), replacing=wanted)


# --- the new order -------------------------------------------------------------------------------


def _successor(known: Chained, order: BrokerOrder, source: NewsSource) -> Chained:
    facts, wanted = known.facts, replace(known.replacing, new_id=order.id)
    if order.status in _PAST_WAITING and not wanted.old_status.is_terminal:
        wanted = replace(wanted, old_status=BrokerStatus.CANCELLED)
    if facts.order_id == order.id:
        grown = learn(facts, order, source)
        ended = grown.status.is_terminal and grown.status is not BrokerStatus.FILLED
        if ended and not wanted.old_status.is_terminal:
            return _back_to_old(replace(known, facts=grown), wanted, order)
        if ended and wanted.old_status is BrokerStatus.FILLED:
            grown = replace(grown, status=BrokerStatus.FILLED)
        return replace(known, facts=grown, replacing=wanted)
    filled = with_fills(facts, order, source)
    if filled.filled == filled.quantity:  # the old order was filled: the new one is dropped by the broker
        chain = _with(known.chain, order.id, without=facts.order_id)
        return replace(known, facts=filled, replacing=replace(wanted, state=_dropped(wanted)), chain=chain)
    ended = order.status.is_terminal and order.status is not BrokerStatus.FILLED
    if ended and not wanted.old_status.is_terminal:
        return _back_to_old(replace(known, facts=filled), wanted, order)
    counts = replace(
        filled,
        order_id=order.id,
        status=BrokerStatus.FILLED if ended and wanted.old_status is BrokerStatus.FILLED else order.status,
        updated_at=order.updated_at,
        reject_reason=order.reject_reason,
        found_by_sweep=source is NewsSource.SWEEP,
    )
    done = replace(wanted, state=ReplaceState.DONE, reason="")
    return Chained(counts, done, _with(known.chain, wanted.old_id, without=order.id))


def _dropped(wanted: Replace) -> ReplaceState:
    return ReplaceState.DROPPED if wanted.state.is_open else wanted.state


def _back_to_old(known: Chained, wanted: Replace, order: BrokerOrder) -> Chained:
    """The new order ended before the old one did: the old one counts (again)."""
    facts = known.facts
    if facts.order_id != wanted.old_id:
        facts = replace(
            facts, order_id=wanted.old_id, status=wanted.old_status, updated_at=wanted.old_updated_at
        )
    dropped = replace(
        wanted, state=ReplaceState.DROPPED, reason=order.reject_reason or "the broker dropped the new order"
    )
    chain = _with(known.chain, order.id, without=wanted.old_id)
    return Chained(replace(facts, reject_reason=""), dropped, chain)


def _with(chain: tuple[int, ...], number: int, *, without: int) -> tuple[int, ...]:
    return (*(one for one in chain if one not in {number, without}), number)


# --- the old order, while it counts --------------------------------------------------------------


def _standing(known: Chained, order: BrokerOrder, source: NewsSource) -> Chained:
    """The order that counts. While its replacement is open its end is held: the new one may go on."""
    facts, wanted = known.facts, known.replacing
    grown = learn(facts, order, source)
    if not wanted.state.is_open:
        return replace(known, facts=grown)
    if order.replaced_by is not None:
        wanted = replace(wanted, new_id=order.replaced_by)
    weighed = newer(wanted.old_status, wanted.old_updated_at, order)
    wanted = replace(wanted, old_status=weighed[0], old_updated_at=weighed[1])
    if grown.filled == grown.quantity:
        wanted = replace(wanted, state=ReplaceState.DROPPED, reason="the order filled before")
    elif grown.status.is_terminal and grown.status is not BrokerStatus.FILLED:
        grown = replace(grown, status=facts.status, updated_at=facts.updated_at)
    return replace(known, facts=grown, replacing=wanted)


def settled(
    facts: OrderFacts, wanted: Replace, state: ReplaceState, reason: str
) -> tuple[OrderFacts, Replace]:
    """The replacement came to nothing: what the old order's reports said in the meantime counts now."""
    if wanted.old_status.is_terminal and not facts.status.is_terminal:
        facts = replace(facts, status=wanted.old_status, updated_at=wanted.old_updated_at)
    return facts, replace(wanted, state=state, reason=reason)
