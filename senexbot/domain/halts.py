"""The desk's brake: what may still start while it is on. Cancels are never asked here: they always pass."""

from __future__ import annotations

import enum

from senexbot.domain.errors import Reason
from senexbot.domain.terms import OrderTerms


class HaltState(enum.StrEnum):
    ACTIVE = "active"  # trading as usual
    REDUCING = "reducing"  # only orders that make a position smaller
    HALTED = "halted"  # no create or replace starts


def allows(state: HaltState, terms: OrderTerms) -> Reason | None:
    """None when an order with these terms may start; else why not (I25)."""
    match state:
        case HaltState.HALTED:
            return Reason("halted", "the desk is halted: no order starts, cancels work")
        case HaltState.REDUCING if not terms.closes:
            return Reason("reducing", "the desk is reducing: only orders that close a position start")
        case _:
            return None
