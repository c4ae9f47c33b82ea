"""What an order changes: its own greeks, and the account's position and delta before and after it.

Delta is in shares of the underlying, gamma in shares for a dollar of it, theta in dollars a day, vega in dollars
for a point (a hundredth) of implied volatility. What is not known is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from senexbot.domain.instruments import InstrumentType
from senexbot.domain.market import Position
from senexbot.domain.options.chain import Greeks
from senexbot.domain.options.probability import Model, volatility_of
from senexbot.domain.orders.terms import OrderTerms, Side

ZERO = Decimal(0)
_OPTIONS = frozenset({InstrumentType.EQUITY_OPTION})
_COUNTED = frozenset({InstrumentType.EQUITY, *_OPTIONS})


@dataclass(frozen=True, slots=True)
class NetGreeks:
    delta: Decimal
    gamma: Decimal | None
    theta: Decimal | None
    vega: Decimal | None


@dataclass(frozen=True, slots=True)
class Change:
    """Something of the account, before the order and once all of it is filled. `symbol`: the broker's."""

    symbol: str
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Outlook:
    """`positions`: of each leg's instrument, signed; empty when they could not be read. `delta`: of the whole
    underlying in the account, where an option is among it. `model`: behind the chance of profit. `asked`: the
    order has options, so that greeks are missed where there are none."""

    positions: tuple[Change, ...] = ()
    greeks: NetGreeks | None = None
    delta: Change | None = None
    model: Model | None = None
    asked: bool = False


def outlook(
    terms: OrderTerms,
    *,
    greeks: Mapping[str, Greeks],
    positions: Sequence[Position] | None,
    spot: Decimal | None,
    years: Decimal | None,
    shares: Decimal = ZERO,
) -> Outlook:
    """`greeks`: by symbol, of the legs and of what is held. `years`: to the one expiration, None for several.
    `shares`: held ones that the payoff counts with the order (of a covered call, a collar)."""
    moved = [
        (leg.symbol, leg.type, leg.multiplier, _signed(leg.quantity, leg.action.side)) for leg in terms.legs
    ]
    if terms.value is not None:  # dollars: how many shares is not known before the fill
        return Outlook()
    asked = any(kind in _OPTIONS for _, kind, _, _ in moved)
    own = net_greeks(moved, greeks)
    held = None
    if positions is not None:
        held = [p for p in positions if terms.underlying in (p.underlying, p.symbol)]
    return Outlook(
        positions=()
        if positions is None
        else tuple(_change(symbol, n, positions) for symbol, _, _, n in moved),
        greeks=own if asked else None,
        delta=None if held is None else _delta(terms.underlying, held, own, greeks, asked=asked),
        model=_model(terms, greeks, spot, years, shares),
        asked=asked,
    )


Line = tuple[str, InstrumentType, Decimal, Decimal]
"""Symbol, type, shares that a unit stands for, signed units."""


def net_greeks(lines: Iterable[Line], greeks: Mapping[str, Greeks]) -> NetGreeks | None:
    """Together; None when a delta is not known. A share has a delta of one and nothing else."""
    delta = ZERO
    others: list[Decimal | None] = [ZERO, ZERO, ZERO]
    for symbol, kind, multiplier, units in lines:
        if kind not in _COUNTED:
            return None
        shares = units * multiplier
        if kind is InstrumentType.EQUITY:
            delta += shares
            continue
        known = greeks.get(symbol)
        if known is None:
            return None
        delta += shares * known.delta
        each = (known.gamma, known.theta, known.vega)
        others = [
            None if total is None or one is None else total + shares * one
            for total, one in zip(others, each, strict=True)
        ]
    return NetGreeks(delta, *others)


def _signed(quantity: Decimal, side: Side) -> Decimal:
    return quantity if side is Side.BUY else -quantity


def _change(symbol: str, moved: Decimal, positions: Sequence[Position]) -> Change:
    before = sum((p.quantity for p in positions if p.symbol == symbol), ZERO)
    return Change(symbol, before, before + moved)


def _delta(
    underlying: str,
    held: Sequence[Position],
    own: NetGreeks | None,
    greeks: Mapping[str, Greeks],
    *,
    asked: bool,
) -> Change | None:
    if not asked and all(p.instrument_type not in _OPTIONS for p in held):
        return None  # shares alone: the position says it
    lines = [(p.symbol, p.instrument_type, p.multiplier, p.quantity) for p in held]
    before = net_greeks(lines, greeks)
    if before is None or own is None:
        return None
    return Change(underlying, before.delta, before.delta + own.delta)


def _model(
    terms: OrderTerms,
    greeks: Mapping[str, Greeks],
    spot: Decimal | None,
    years: Decimal | None,
    shares: Decimal,
) -> Model | None:
    volatility = volatility_of(terms, greeks)
    if volatility is None or not spot or spot <= 0 or not years or years <= 0:
        return None
    return Model(spot, volatility, years, shares)
