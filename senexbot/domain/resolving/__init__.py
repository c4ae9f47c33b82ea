"""What an order's words mean on the live market: a sentence and snapshots in, terms and choices out. Pure.

Nothing is guessed: what the words leave to the market is chosen by a fixed rule and told as a `Choice`;
what has no one meaning is a `CannotResolve` that offers the nearest sentences instead.
"""

from __future__ import annotations

from dataclasses import replace

from senexbot.domain.language.said import CloseSaid, OrderSaid, RollSaid, Shares, Spread
from senexbot.domain.resolving.closes import resolve_close
from senexbot.domain.resolving.known import Known, Lacking, Need
from senexbot.domain.resolving.orders import resolve_order
from senexbot.domain.resolving.outcome import (
    RESOLVING_CODES,
    CannotResolve,
    Choice,
    LegMarket,
    Resolved,
)
from senexbot.domain.resolving.rolls import resolve_roll

__all__ = [
    "RESOLVING_CODES",
    "CannotResolve",
    "Choice",
    "Known",
    "LegMarket",
    "Need",
    "Resolvable",
    "Resolved",
    "first_need",
    "resolve",
]

Resolvable = OrderSaid | CloseSaid | RollSaid


def resolve(said: Resolvable, known: Known) -> tuple[Resolved, ...] | Need:
    """The orders that the words mean (nearly always one), or what has to be read before that is known.

    Raises CannotResolve, or Denied of the position rules (checks.resolve_action).
    """
    try:
        if isinstance(said, CloseSaid):
            return tuple(_with_greeks(one, known) for one in resolve_close(said, known))
        one = resolve_order(said, known) if isinstance(said, OrderSaid) else resolve_roll(said, known)
        return (_with_greeks(one, known),)
    except Lacking as lacking:
        return lacking.need


def _with_greeks(resolved: Resolved, known: Known) -> Resolved:
    """What was read on the way is not asked for again."""
    read = ((leg.instrument.symbol, known.greeks.get(leg.instrument.symbol)) for leg in resolved.legs)
    return replace(resolved, greeks={symbol: greeks for symbol, greeks in read if greeks is not None})


def first_need(said: Resolvable) -> Need:
    """What is surely needed, so that it is read side by side before anything is resolved."""
    if isinstance(said, CloseSaid):
        return Need(positions=True)
    if isinstance(said, RollSaid):
        return Need(instruments=(said.symbol,), chains=(said.symbol,), positions=True)
    if isinstance(said.what, Spread):
        return Need(instruments=(said.what.symbol,), chains=(said.what.symbol,), positions=True)
    symbol = said.what.symbol if isinstance(said.what, Shares) else said.what.contract.occ
    return Need(instruments=(symbol,), positions=True)
