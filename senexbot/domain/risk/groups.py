"""Positions as trades: the options of an underlying that expire together, by the name that traders have for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from math import gcd

from senexbot.domain.instruments import InstrumentType, OptionContract, Right
from senexbot.domain.market import Position, Quote
from senexbot.domain.options.payoff import Held, Payoff, payoff

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Leg:
    """An option that is held; `quantity` signed."""

    contract: OptionContract
    position: Position

    @property
    def quantity(self) -> Decimal:
        return self.position.quantity

    @property
    def words(self) -> str:
        """`SPY 562p`."""
        strike = f"{self.contract.strike.normalize():f}"
        return f"{self.position.underlying} {strike}{self.contract.right.value.lower()}"


@dataclass(frozen=True, slots=True)
class Trade:
    """The options of one underlying and expiration, lowest strike first, and the shares that cover its short calls:
    `covered` of them, part of the position `cover`."""

    underlying: str
    expiration: date
    legs: tuple[Leg, ...]
    covered: Decimal = ZERO
    cover: Position | None = None

    @property
    def subject(self) -> str:
        return f"{self.underlying} {self.expiration.isoformat()}"

    @property
    def units(self) -> Decimal:
        """How often its smallest form; what is no whole number counts once."""
        sizes = [abs(leg.quantity) for leg in self.legs]
        if any(size != size.to_integral_value() for size in sizes):
            return Decimal(1)
        return Decimal(gcd(*(int(size) for size in sizes)))

    @property
    def credit(self) -> Decimal:
        """Dollars that opening brought (negative: cost), with the shares that cover it at what they cost."""
        shares = ZERO if self.cover is None else self.covered * self.cover.average_open_price
        return self.option_credit - shares

    @property
    def option_credit(self) -> Decimal:
        return -sum(
            (leg.quantity * leg.position.average_open_price * leg.position.multiplier for leg in self.legs),
            ZERO,
        )

    @property
    def pnl(self) -> Decimal | None:
        """Dollars, open, with those of the shares that cover it; None where a mark is missing."""
        total = ZERO
        if self.cover is not None:
            if self.cover.mark is None:
                return None
            total = (self.cover.mark - self.cover.average_open_price) * self.covered
        for leg in self.legs:
            own = leg.position.open_pnl
            if own is None:
                return None
            total += own
        return total

    @property
    def has_short(self) -> bool:
        return any(leg.quantity < 0 for leg in self.legs)

    @property
    def payoff(self) -> Payoff:
        """At expiration, with the shares that cover it."""
        held = [Held(leg.contract, leg.quantity * leg.position.multiplier) for leg in self.legs]
        return payoff(held, self.covered, self.credit)

    @property
    def bare_calls(self) -> Decimal:
        """Shares that its calls, taken together, are short of."""
        calls = [leg for leg in self.legs if leg.contract.right is Right.CALL]
        return max(-sum((leg.quantity * leg.position.multiplier for leg in calls), ZERO), ZERO)

    @property
    def name(self) -> str:
        """`Strangle ×2`, `Short put`, `Covered call`, `Collar`, `Iron condor ×3`, `5 legs`."""
        times = f" ×{self.units.normalize():f}" if self.units > 1 else ""
        name = _named(self.legs)
        if self.covered and self.covered == self.bare_calls:
            name = _COVERED.get(name, name)
            is_collar = len(self.legs) == 2 and self.legs[0].contract.right is not self.legs[1].contract.right
            name = "Collar" if name == "2 legs" and is_collar else name
        return f"{name}{times}"

    def market(self, quotes: Mapping[str, Quote]) -> tuple[Decimal, Decimal] | None:
        """(bid, ask) of one unit of the closing order, as positive prices: what buying back costs, or selling brings.

        None where a side is missing or the two sides are of different signs.
        """
        best = natural = ZERO
        for leg in self.legs:
            quote = quotes.get(leg.position.symbol)
            if quote is None or quote.bid is None or quote.ask is None:
                return None
            each = leg.quantity / self.units
            buy, sell = (quote.ask, quote.bid) if each < 0 else (quote.bid, quote.ask)
            natural += each * buy
            best += each * sell
        low, high = sorted((abs(natural), abs(best)))
        return None if natural * best < 0 else (low, high)


_COVERED = {
    "Short call": "Covered call",
    "Strangle": "Covered strangle",
    "Straddle": "Covered straddle",
}


def trades_of(positions: Iterable[Position]) -> tuple[Trade, ...]:
    """Options on shares and indices; the order is that of their names. Shares cover what expires first."""
    positions = tuple(positions)
    free = {p.symbol: p for p in positions if p.instrument_type is InstrumentType.EQUITY and p.quantity > 0}
    left = {symbol: position.quantity for symbol, position in free.items()}
    trades = []
    for trade in _option_trades(positions):
        covered = min(trade.bare_calls, left.get(trade.underlying, ZERO))
        if covered:
            left[trade.underlying] -= covered
            trade = replace(trade, covered=covered, cover=free[trade.underlying])
        trades.append(trade)
    return tuple(trades)


def _option_trades(positions: Iterable[Position]) -> tuple[Trade, ...]:
    found: dict[tuple[str, date], list[Leg]] = {}
    for position in positions:
        contract = OptionContract.from_occ(position.symbol)
        if (
            contract is None
            or position.instrument_type is not InstrumentType.EQUITY_OPTION
            or not position.quantity
        ):
            continue
        found.setdefault((position.underlying, contract.expiration), []).append(Leg(contract, position))
    return tuple(
        Trade(underlying, day, tuple(sorted(legs, key=lambda leg: (leg.contract.strike, leg.contract.right))))
        for (underlying, day), legs in sorted(found.items())
    )


def _named(legs: tuple[Leg, ...]) -> str:
    if len(legs) == 1:
        (leg,) = legs
        return f"{'Short' if leg.quantity < 0 else 'Long'} {leg.contract.right.word}"
    puts = [leg for leg in legs if leg.contract.right is Right.PUT]
    calls = [leg for leg in legs if leg.contract.right is Right.CALL]
    if len({abs(leg.quantity) for leg in legs}) == 1:
        shape = len(puts), len(calls)
        signs = [leg.quantity > 0 for leg in legs]
        if shape == (1, 1) and signs[0] == signs[1]:
            word = "straddle" if legs[0].contract.strike == legs[1].contract.strike else "strangle"
            return f"Long {word}" if signs[0] else word.capitalize()
        if shape in {(2, 0), (0, 2)} and signs[0] != signs[1]:
            return f"{legs[0].contract.right.word.capitalize()} spread"
        if shape == (2, 2) and _are_wings(puts, calls):
            inner = puts[1].contract.strike == calls[0].contract.strike
            return "Iron butterfly" if inner else "Iron condor"
    return f"{len(legs)} legs"


def _are_wings(puts: list[Leg], calls: list[Leg]) -> bool:
    """Long outside, short inside, no strike crossing the other side's."""
    return (
        puts[0].quantity > 0 > puts[1].quantity
        and calls[0].quantity < 0 < calls[1].quantity
        and puts[1].contract.strike <= calls[0].contract.strike
    )
