"""Price steps of shares and options, and rounding on to them. Tables of the exchanges' penny programme."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

from senexsim.broker.market.catalog import Listing
from senexsim.broker.market.model import TickSize

SHARE: Final = (TickSize(Decimal("0.0001"), Decimal("1.0")), TickSize(Decimal("0.01")))
INDEX: Final = (TickSize(Decimal("0.01")),)
PENNY_ALWAYS: Final = (TickSize(Decimal("0.01")),)
PENNY: Final = (TickSize(Decimal("0.01"), Decimal("3.0")), TickSize(Decimal("0.05")))
NICKEL: Final = (TickSize(Decimal("0.05"), Decimal("3.0")), TickSize(Decimal("0.1")))
ALWAYS_A_PENNY: Final = frozenset({"SPY", "QQQ", "IWM"})


def share_ticks(listing: Listing) -> tuple[TickSize, ...]:
    return INDEX if listing.is_index else SHARE


def option_ticks(listing: Listing) -> tuple[TickSize, ...]:
    """The steps of a listing's options; none where it has no options."""
    if listing.cycle == "none":
        return ()
    if listing.symbol in ALWAYS_A_PENNY:
        return PENNY_ALWAYS
    return NICKEL if listing.is_index else PENNY


def step_at(ticks: tuple[TickSize, ...], price: Decimal) -> Decimal:
    """The step that holds at that price: an entry holds below its threshold, the last one above."""
    for tick in ticks:
        if tick.threshold is None or price < tick.threshold:
            return tick.value
    return ticks[-1].value


def floor_cents(ticks: tuple[TickSize, ...], cents: float) -> int:
    """The highest price on the grid not above `cents`, in whole cents, never below zero."""
    if cents <= 0:
        return 0
    step = _step_cents(ticks, cents)
    return math.floor(cents / step + 1e-9) * step


def ceil_cents(ticks: tuple[TickSize, ...], cents: float) -> int:
    """The lowest price on the grid not below `cents`, at least one step."""
    step = _step_cents(ticks, max(cents, 0.0))
    return max(math.ceil(cents / step - 1e-9), 1) * step


def _step_cents(ticks: tuple[TickSize, ...], cents: float) -> int:
    for tick in ticks:
        if tick.threshold is None or cents < float(tick.threshold) * 100:
            return int(tick.value * 100)
    return int(ticks[-1].value * 100)
