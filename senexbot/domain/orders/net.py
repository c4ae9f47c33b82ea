"""The market of several legs as one: what the package costs or brings, and the steps its price moves in.

Signs follow the SDK: negative is a debit, positive a credit, per unit of the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from math import gcd

from senexbot.domain.instruments import Instrument, TickSize, tick_at
from senexbot.domain.market import Quote
from senexbot.domain.orders.terms import Leg, Side

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Net:
    """`natural`: taking each leg's other side of the market; `best`: each leg at its own side."""

    natural: Decimal
    mid: Decimal
    best: Decimal


def two_sided(quote: Quote | None) -> tuple[Decimal, Decimal] | None:
    """Bid and ask of a market that can be priced from; a bid of zero is one."""
    if quote is None or quote.bid is None or quote.ask is None:
        return None
    bid, ask = quote.bid, quote.ask
    if not bid.is_finite() or not ask.is_finite() or not 0 <= bid <= ask or ask == 0:
        return None
    return bid, ask


def unit_ratios(legs: Sequence[Leg]) -> tuple[int, ...]:
    """Contracts of each leg in one unit: the quantities over their greatest common divisor."""
    if any(leg.quantity != leg.quantity.to_integral_value() or leg.quantity <= 0 for leg in legs):
        return tuple(1 for _ in legs)
    counts = [int(leg.quantity) for leg in legs]
    common = gcd(*counts)
    return tuple(count // common for count in counts)


def net_of(legs: Sequence[Leg], quotes: Sequence[Quote | None]) -> Net | None:
    """None when a leg has no two-sided market."""
    natural = mid = best = Decimal(0)
    for leg, ratio, quote in zip(legs, unit_ratios(legs), quotes, strict=True):
        market = two_sided(quote)
        if market is None:
            return None
        bid, ask = market
        middle = (bid + ask) / 2
        if leg.action.side is Side.SELL:
            natural, mid, best = natural + ratio * bid, mid + ratio * middle, best + ratio * ask
        else:
            natural, mid, best = natural - ratio * ask, mid - ratio * middle, best - ratio * bid
    return Net(natural, mid, best)


def net_ticks(instruments: Sequence[Instrument]) -> tuple[TickSize, ...]:
    """One leg: its own table. Several: the smallest step that any of them has."""
    if len(instruments) == 1:
        return instruments[0].tick_sizes
    steps = [tick.value for instrument in instruments for tick in instrument.tick_sizes]
    return (TickSize(min(steps, default=_CENT)),)


def in_favour(signed: Decimal, ticks: tuple[TickSize, ...]) -> Decimal:
    """On to the grid, never worse than said: a debit is rounded down, a credit up."""
    tick = tick_at(ticks, abs(signed))
    return (signed / tick).to_integral_value(rounding=ROUND_CEILING) * tick


def on_grid(signed: Decimal, ticks: tuple[TickSize, ...]) -> bool:
    """Whether a signed price is one of the steps."""
    return in_favour(signed, ticks) == signed
