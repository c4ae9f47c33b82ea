"""Margin by the usual Regulation T rules, per underlying. Pure arithmetic over holdings and marks.

Good enough to be refused for the right reasons: shares, covered options, verticals and condors, naked
options, so many dollars for each future, and of these a part for an option on one. It is not the broker's risk engine
(no portfolio margin, no spreads of futures).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from senexsim.broker.market.model import Instrument, OptionTerms

ZERO = Decimal(0)
NAKED_STANDARD = Decimal("0.2")
NAKED_MINIMUM = Decimal("0.1")
NAKED_FLOOR = Decimal(250)


@dataclass(frozen=True)
class Rates:
    """Fractions of the value of shares; a cash account pays in full."""

    long_initial: Decimal = Decimal("0.5")
    short_initial: Decimal = Decimal("0.5")
    long_maintenance: Decimal = Decimal("0.25")
    short_maintenance: Decimal = Decimal("0.3")
    cash_secured: bool = False


REG_T = Rates()
CASH = Rates(Decimal(1), Decimal(1), Decimal(1), Decimal(1), cash_secured=True)


@dataclass(frozen=True)
class Holding:
    """A signed quantity of one instrument at a mark."""

    instrument: Instrument
    quantity: Decimal
    mark: Decimal

    @property
    def terms(self) -> OptionTerms:
        assert self.instrument.option is not None
        return self.instrument.option

    @property
    def value(self) -> Decimal:
        return self.quantity * self.mark * self.instrument.shares_per_contract


@dataclass
class Strategy:
    """One line of the margin report."""

    name: str
    initial: Decimal
    maintenance: Decimal
    entries: list[tuple[Holding, Decimal]] = field(default_factory=list)


@dataclass(frozen=True)
class Group:
    """What one underlying requires."""

    underlying: str
    strategies: list[Strategy]

    @property
    def initial(self) -> Decimal:
        return _condor(self.strategies, "initial")

    @property
    def maintenance(self) -> Decimal:
        return _condor(self.strategies, "maintenance")


def _condor(strategies: list[Strategy], key: str) -> Decimal:
    """Sum of all, except that of call and put spreads only the dearer side can lose."""
    sides = {"CALL_SPREAD": ZERO, "PUT_SPREAD": ZERO}
    total = ZERO
    for strategy in strategies:
        amount = getattr(strategy, key)
        if strategy.name in sides:
            sides[strategy.name] += amount
        else:
            total += amount
    return total + max(sides.values())


def groups_of(holdings: Iterable[Holding], rates: Rates, spots: dict[str, Decimal]) -> list[Group]:
    """Requirements per underlying; `spots` holds the underlyings' marks."""
    by_underlying: dict[str, list[Holding]] = defaultdict(list)
    for holding in holdings:
        if holding.quantity:
            by_underlying[holding.instrument.underlying_symbol].append(holding)
    return [
        Group(name, _strategies(rows, rates, spots.get(name, ZERO))) for name, rows in by_underlying.items()
    ]


def _strategies(rows: list[Holding], rates: Rates, spot: Decimal) -> list[Strategy]:
    shares = [row for row in rows if row.instrument.is_share]
    found = [_shares(row, rates) for row in shares]
    found += [_future(row) for row in rows if row.instrument.future is not None]
    held = sum((row.quantity for row in shares), ZERO)
    held += sum(
        (r.quantity * r.instrument.shares_per_contract for r in rows if r.instrument.future is not None), ZERO
    )
    for right in ("C", "P"):
        options = [r for r in rows if r.instrument.option is not None and r.terms.right == right]
        cover = max(held, ZERO) if right == "C" else max(-held, ZERO)
        found += _options(options, right, rates, spot, cover)
    return found


def _shares(row: Holding, rates: Rates) -> Strategy:
    value = abs(row.value)
    if row.quantity > 0:
        name, initial, maintenance = "LONG_UNDERLYING", rates.long_initial, rates.long_maintenance
    else:
        name, initial, maintenance = "SHORT_UNDERLYING", rates.short_initial, rates.short_maintenance
    return Strategy(name, value * initial, value * maintenance, [(row, row.quantity)])


def _future(row: Holding) -> Strategy:
    assert row.instrument.future is not None
    need = abs(row.quantity) * row.instrument.future.margin
    return Strategy("FUTURE", need, need, [(row, row.quantity)])


def _options(
    options: list[Holding], right: str, rates: Rates, spot: Decimal, cover: Decimal
) -> list[Strategy]:
    longs = {row.instrument.symbol: row.quantity for row in options if row.quantity > 0}
    rows = {row.instrument.symbol: row for row in options}
    found: list[Strategy] = []
    for short in (row for row in options if row.quantity < 0):
        left, per = -short.quantity, short.instrument.shares_per_contract
        candidates = sorted(
            (rows[s] for s in longs if rows[s].terms.expiration >= short.terms.expiration),
            key=lambda row: _width(short, row),
        )
        for long in candidates:
            paired = min(left, longs[long.instrument.symbol])
            if paired:
                longs[long.instrument.symbol] -= paired
                left -= paired
                need = max(_width(short, long), ZERO) * per * paired
                side = "CALL_SPREAD" if right == "C" else "PUT_SPREAD"
                found.append(Strategy(side, need, need, [(short, -paired), (long, paired)]))
        covered = min(left, cover // per)
        if covered:
            cover -= covered * per
            left -= covered
            found.append(Strategy("COVERED_OPTION", ZERO, ZERO, [(short, -covered)]))
        if left:
            need = _naked(short, rates, spot) * left
            found.append(Strategy("NAKED_OPTION", need, need, [(short, -left)]))
    for symbol, quantity in longs.items():
        if quantity:
            found.append(Strategy("LONG_OPTION", ZERO, ZERO, [(rows[symbol], quantity)]))
    return found


def _width(short: Holding, long: Holding) -> Decimal:
    """Greatest loss per share of the pair."""
    gap = long.terms.strike - short.terms.strike
    return gap if short.terms.right == "C" else -gap


def _naked(short: Holding, rates: Rates, spot: Decimal) -> Decimal:
    """Requirement of one naked contract, premium included.

    Of an option on a future: the future's margin less half of what is out of the money, at least half of it.
    """
    strike, per = short.terms.strike, short.instrument.shares_per_contract
    if rates.cash_secured and short.terms.right == "P":
        return strike * per
    out = max(strike - spot, ZERO) if short.terms.right == "C" else max(spot - strike, ZERO)
    if short.instrument.on_future is not None:
        margin = short.instrument.on_future.margin
        return short.mark * per + max(margin - out * per / 2, margin / 2)
    least = NAKED_MINIMUM * (spot if short.terms.right == "C" else strike)
    return short.mark * per + max((max(NAKED_STANDARD * spot - out, least)) * per, NAKED_FLOOR)
