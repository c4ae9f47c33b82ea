"""The children of a complex order, each followed on its own: which one a report is about, and what it changes.

A child can be replaced as the order itself can (F40, F43); its fills and its status never are the intent's own.
"""

from __future__ import annotations

from dataclasses import replace

from senexbot.domain.errors import InvariantBroken
from senexbot.domain.orders.broker_orders import BrokerOrder, BrokerStatus
from senexbot.domain.orders.chain import Chained, belongs, follow, is_successor, lost_sight_of
from senexbot.domain.orders.facts import facts_for, learn
from senexbot.domain.orders.identifiers import child_identifier, order_identifier
from senexbot.domain.orders.intents import ChildOrder, Intent, NewsSource, Replace
from senexbot.domain.orders.terms import Besides, ChildTerms


def children_of(intent: Intent) -> tuple[ChildOrder, ...]:
    """As stored with the claim, or as they would be."""
    return intent.children or tuple(
        ChildOrder(child.role, child_identifier(intent.identifier, number))
        for number, child in enumerate(intent.terms.children, 1)
    )


def child_number(intent: Intent, order: BrokerOrder) -> int | None:
    """Which child the report is about, counted from 1: by its identifier or one of its numbers at the broker."""
    for number, child in enumerate(children_of(intent), 1):
        seen = child.facts.order_id if child.facts is not None else None
        named = order_identifier(order.identifier) == child.identifier
        if named or order.id == seen or order.id in child.chain:
            return number
        if child.replacing is not None and is_successor(child.replacing, order):
            return number
    return None


def child_told(intent: Intent, number: int, order: BrokerOrder, source: NewsSource) -> Intent | None:
    """The intent with what the report says of this child; its own state and version stay. None: nothing new.

    Raises InvariantBroken for a replacement of ours that was taken for not done.
    """
    child = children_of(intent)[number - 1]
    chained = chain_of(child)
    if lost_sight_of(child.identifier, chained, order):
        raise InvariantBroken(f"order {order.id} is a replacement that was taken for not done")
    if chained is not None and belongs(chained, order):
        after = follow(chained, order, source)
        return None if after == chained else with_chained(intent, number, after)
    known = child.facts
    if known is not None and known.order_id != order.id:
        if order.replaces != known.order_id:
            return None  # late news of one that was replaced
        known = replace(known, order_id=order.id, status=BrokerStatus.RECEIVED, updated_at=0)
    legs = intent.terms.children[number - 1].legs
    facts = learn(known or facts_for(order.id, legs), order, source)
    return None if facts is child.facts else with_child(intent, number, replace(child, facts=facts))


def chain_of(child: ChildOrder) -> Chained | None:
    """None for a child that was never replaced by us."""
    if child.facts is None or child.replacing is None:
        return None
    return Chained(child.facts, child.replacing, child.chain)


def with_child(intent: Intent, number: int, child: ChildOrder) -> Intent:
    children = list(children_of(intent))
    children[number - 1] = child
    return replace(intent, children=tuple(children))


def with_chained(intent: Intent, number: int, after: Chained) -> Intent:
    """The child with the order that counts now; what it asks for goes with it."""
    child = children_of(intent)[number - 1]
    child = replace(child, facts=after.facts, replacing=after.replacing, chain=after.chain)
    terms = list(intent.terms.children)
    terms[number - 1] = _priced(terms[number - 1], after)
    return with_child(replace(intent, terms=replace(intent.terms, children=tuple(terms))), number, child)


def _priced(terms: ChildTerms, after: Chained) -> ChildTerms:
    besides = after.besides or Besides(terms.stop_trigger, terms.time_in_force, terms.gtc_date)
    return replace(
        terms,
        price=after.price,
        stop_trigger=besides.stop_trigger,
        time_in_force=besides.time_in_force,
        gtc_date=besides.gtc_date,
    )


def with_replace(intent: Intent, wanted: Replace) -> Intent:
    """The intent with the newest replacement of the part that it is of; version and state stay."""
    if not wanted.part:
        return replace(intent, replacing=wanted)
    return with_child(intent, wanted.part, replace(children_of(intent)[wanted.part - 1], replacing=wanted))
