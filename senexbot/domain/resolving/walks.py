"""`walk 0.01 every 20s to 3.40`: how far and how fast a limit may move by itself, as part of what is confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from senexbot.domain.instruments import TickSize, tick_at
from senexbot.domain.language.said import Sentence, Walk
from senexbot.domain.money import price_text
from senexbot.domain.orders.net import on_grid
from senexbot.domain.orders.terms import OrderTerms, OrderType, WalkTerms
from senexbot.domain.orders.walking import LEAST_SECONDS, is_possible
from senexbot.domain.resolving.outcome import CannotResolve


def walked(
    terms: OrderTerms,
    said: Walk | None,
    ticks: tuple[TickSize, ...],
    instead: Callable[[Walk | None], Sentence],
) -> OrderTerms:
    """The terms with their walk, which begins when the order is sent. Raises CannotResolve."""
    if said is None:
        return terms
    if terms.type is not OrderType.LIMIT or terms.price is None or terms.group is not None:
        raise CannotResolve(
            "walk_shape",
            "a walk moves a limit order that has no other orders beside it",
            instead=(instead(None),),
        )
    seconds = int(said.every.total_seconds())
    if seconds < LEAST_SECONDS:
        words = f"between two steps there are at least {LEAST_SECONDS} s"
        raise CannotResolve("walk_shape", words, instead=(instead(None),))
    walk = WalkTerms(said.step, seconds, said.to.copy_sign(terms.price))
    if said.step % tick_at(ticks, said.to) or not on_grid(walk.to, ticks):
        words = f"a walk goes in steps of {price_text(tick_at(ticks, said.to))} to one of them"
        raise CannotResolve("walk_shape", words, instead=(instead(None),))
    if not is_possible(walk, terms.price):
        side = "below" if terms.price > 0 else "above"
        words = f"a walk from {price_text(abs(terms.price))} goes towards a fill: to a price {side} it"
        raise CannotResolve("walk_shape", words, instead=(instead(None),))
    return replace(terms, walk=walk)
