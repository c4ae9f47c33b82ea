"""Which working orders protect, and which may add to a position: what a halt cancels and what it leaves alone.

An order protects when it provably only reduces what is held: every leg closes, and no leg is larger than the
position it closes. Where the positions are not known it is said so, and the order counts as opening.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from senexbot.domain.orders.broker_orders import BrokerOrder
from senexbot.domain.orders.intents import Intent, IntentState, OrderFacts
from senexbot.domain.orders.terms import Leg, Side

Held = Mapping[str, Decimal]  # signed quantity by symbol; what is missing is not held
_AT_WORK = frozenset({IntentState.WORKING, IntentState.CANCEL_REQUESTED})


class Kind(enum.StrEnum):
    OPENS = "opens"
    PROTECTS = "protects"
    NOT_KNOWN = "not known"  # it only closes, but what it closes could not be read: counted as opening


@dataclass(frozen=True, slots=True)
class Part:
    """What is left of one leg at the broker."""

    symbol: str
    side: Side
    closes: bool
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """Working orders by what they do; `not_known` are among the opening ones."""

    opening: tuple[Intent, ...] = ()
    protecting: tuple[Intent, ...] = ()
    not_known: int = 0

    @property
    def all(self) -> tuple[Intent, ...]:
        return self.opening + self.protecting


def split(orders: Iterable[tuple[Intent, Held | None]]) -> Split:
    """Each order with what its account holds (None: it could not be read)."""
    sorted_ = [(intent, kind_of(parts_of(intent), held)) for intent, held in orders]
    return Split(
        opening=tuple(intent for intent, kind in sorted_ if kind is not Kind.PROTECTS),
        protecting=tuple(intent for intent, kind in sorted_ if kind is Kind.PROTECTS),
        not_known=sum(kind is Kind.NOT_KNOWN for _, kind in sorted_),
    )


def kind_of(parts: Iterable[Part], held: Held | None) -> Kind:
    """Of one order, or of one with all that hangs on it. An order of which nothing is known may open."""
    known = tuple(parts)
    if not known or not all(part.closes for part in known):
        return Kind.OPENS
    if held is None:
        return Kind.NOT_KNOWN
    return Kind.PROTECTS if all(_reduces(part, held) for part in known) else Kind.OPENS


def _reduces(part: Part, held: Held) -> bool:
    have = held.get(part.symbol, Decimal(0))
    return part.quantity <= (have if part.side is Side.SELL else -have)


def parts_of(intent: Intent) -> tuple[Part, ...]:
    """What the broker may still work on: the order with its children, or the children that outlive it."""
    own = _parts(intent.terms.legs, intent.facts) if _is_at_work(intent) else ()
    children: list[Part] = []
    for number, terms in enumerate(intent.terms.children):
        child = intent.children[number] if number < len(intent.children) else None
        if _is_at_work(intent) or (child is not None and child.is_open):
            children += _parts(terms.legs, child.facts if child else None)
    return (*own, *children)


def _is_at_work(intent: Intent) -> bool:
    return intent.state in _AT_WORK or intent.state.is_unresolved


def _parts(legs: tuple[Leg, ...], facts: OrderFacts | None) -> tuple[Part, ...]:
    return tuple(
        Part(
            leg.symbol,
            leg.action.side,
            leg.action.closes,
            leg.quantity - (facts.filled_of(leg.symbol) if facts else Decimal(0)),
        )
        for leg in legs
    )


def parts_of_order(order: BrokerOrder) -> tuple[Part, ...]:
    """Of an order as the broker shows it, also one that was placed elsewhere."""
    return tuple(
        Part(
            leg.symbol,
            Side.BUY if leg.action.startswith("Buy") else Side.SELL,
            leg.action.endswith("Close"),
            leg.remaining or leg.quantity,
        )
        for leg in order.legs
    )
