"""The rule for replacements whose outcome is not proven: when to look, and what the looks prove (I7 to I12).

The order itself works all the while, at the old price or the new one. Nothing here can send anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from senexbot.domain.orders.intents import Replace, ReplaceState
from senexbot.domain.orders.settle import (
    LOOK_AFTER,
    LOOK_EVERY,
    LOOKS_NEEDED,
    PRESUME_AFTER,
    SETTLE_WITHIN,
)


@dataclass(frozen=True, slots=True)
class ReplaceLook:
    """One read of the broker's lists that did not show the new order. `shows_old`: the order that was to be
    replaced is in it, which proves the list to be current."""

    at: datetime
    complete: bool
    shows_old: bool


def next_look_at(wanted: Replace) -> datetime | None:
    """When to look next; None unless the outcome is unknown."""
    if wanted.state is not ReplaceState.UNKNOWN:
        return None
    began = wanted.unknown_since or wanted.claimed_at
    if wanted.last_look_at is None:
        return began
    passed = wanted.last_look_at - began
    coming = next((after for after in LOOK_AFTER if after > passed), None)
    return began + coming if coming is not None else wanted.last_look_at + LOOK_EVERY


def proves_nothing_came(wanted: Replace, look: ReplaceLook) -> bool:
    """At least three complete looks, the last 120 s after the claim and in a list that shows the old order (I12)."""
    if not (look.complete and look.shows_old):
        return False
    return wanted.looks + 1 >= LOOKS_NEEDED and look.at - wanted.claimed_at >= PRESUME_AFTER


def looked(wanted: Replace, look: ReplaceLook) -> Replace:
    """After a look that settled nothing; a person is called once, 5 minutes after the doubt began (I11)."""
    began = wanted.unknown_since or wanted.claimed_at
    return replace(
        wanted,
        looks=wanted.looks + (1 if look.complete else 0),
        last_look_at=look.at,
        told=wanted.told or look.at - began >= SETTLE_WITHIN,
    )
