"""Which listed strike a person means: exact, at the money, by delta, by percent, or a wing's width away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from senexbot.domain.instruments import Instrument, Right
from senexbot.domain.language.said import (
    AtDelta,
    AtStrike,
    AtTheMoney,
    PercentOut,
    Sentence,
    Strike,
    WideFrom,
)
from senexbot.domain.market import Quote
from senexbot.domain.options.chain import ListedExpiration
from senexbot.domain.resolving.known import Known
from senexbot.domain.resolving.outcome import CannotResolve

OFFERED = 2
MOST_ASKED = 240  # strikes of one right whose deltas are asked for: those nearest to the money
BEYOND = 12  # strikes on the other side of the money that are asked for too
_HALF = Decimal(50)


@dataclass(frozen=True, slots=True)
class Struck:
    """A contract, and in words why this strike: "" when it was named, else `Δ −0.20`, `5 % out`."""

    contract: Instrument
    why: str = ""


@dataclass(frozen=True, slots=True)
class Money:
    """The underlying's price, read only when a strike is measured from it. Raises CannotResolve."""

    known: Known
    underlying: Instrument | None
    symbol: str

    @property
    def quote(self) -> Quote | None:
        if self.underlying is None:
            return None
        return self.known.quotes_of((self.underlying,))[0]

    @property
    def price(self) -> Decimal:
        quote = self.quote
        price = (quote.mid or quote.last) if quote is not None else None
        if price is None or price <= 0:
            raise CannotResolve("spot_missing", f"the price of {self.symbol} could not be read")
        return price


@dataclass(frozen=True, slots=True)
class Place:
    """Where a strike is looked for. `before`: the strike of the leg before it in the same right."""

    known: Known
    expiration: ListedExpiration
    right: Right
    money: Money
    before: Decimal | None
    instead: Callable[[Strike], Sentence]

    @property
    def outwards(self) -> int:
        """The direction that leads out of the money."""
        return 1 if self.right is Right.CALL else -1

    @property
    def words(self) -> str:
        return f"{self.right.word}s of {self.expiration.words}"

    def contract(self, strike: Decimal) -> Instrument:
        found = self.expiration.contract(strike, self.right)
        if found is None:
            raise self.not_listed(strike, f"{number(strike)} is not listed among the {self.words}")
        return found

    def strikes(self) -> tuple[Decimal, ...]:
        listed = self.expiration.listed(self.right)
        if not listed:
            raise CannotResolve("strike_not_listed", f"no {self.words} are listed")
        return listed

    def not_listed(self, strike: Decimal, words: str) -> CannotResolve:
        near = sorted(self.strikes(), key=lambda s: (abs(s - strike), -s * self.outwards))[:OFFERED]
        named = " or ".join(number(s) for s in sorted(near))
        return CannotResolve(
            "strike_not_listed",
            f"{words}; nearest: {named}",
            instead=tuple(self.instead(AtStrike(s)) for s in near),
        )

    def outermost(self, strikes: tuple[Decimal, ...], target: Decimal) -> Decimal:
        """The nearest to a target; a tie goes further out of the money."""
        return min(strikes, key=lambda s: (abs(s - target), -s * self.outwards))


def strike_of(said: Strike, place: Place) -> Struck:
    """The contract of a strike as said. Raises CannotResolve, or Lacking for what has to be read first."""
    match said:
        case AtStrike(strike):
            return Struck(place.contract(strike))
        case AtTheMoney():
            spot = place.money.price
            strike = min(place.strikes(), key=lambda s: (abs(s - spot), s))
            return Struck(place.contract(strike), f"at the money ({number(spot)})")
        case PercentOut(percent):
            spot = place.money.price
            target = spot * (1 + place.outwards * percent / 100)
            strike = place.outermost(place.strikes(), target)
            off = abs(strike - spot) / spot * 100
            return Struck(place.contract(strike), f"{off:.1f} % out, nearest to {number(percent)}")
        case WideFrom(width):
            if place.before is None:
                raise CannotResolve("legs_shape", "a width needs a strike that it is counted from")
            strike = place.before + place.outwards * width
            if place.expiration.contract(strike, place.right) is None:
                words = f"no strike {number(width)} away from {number(place.before)} among the {place.words}"
                raise place.not_listed(strike, words)
            return Struck(place.contract(strike))
        case AtDelta(delta):
            return by_delta(delta, place)
        case _:
            raise CannotResolve("legs_shape", "the same delta or strike belongs to a roll")


def by_delta(delta: Decimal, place: Place) -> Struck:
    """The strike whose absolute delta is nearest; a tie goes further out of the money."""
    asked = [place.contract(s) for s in _candidates(delta, place)]
    told = place.known.greeks_of(asked)
    if not told:
        raise CannotResolve("greeks_missing", f"the deltas of the {place.words} could not be read")
    best = min(
        (c for c in asked if c.symbol in told),
        key=lambda c: (abs(abs(told[c.symbol].delta) * 100 - delta), -_strike(c) * place.outwards),
    )
    return Struck(best, delta_words(told[best.symbol].delta))


def ask_deltas(known: Known, wanted: Iterable[tuple[Strike, Place]]) -> None:
    """Asks for the deltas of all legs at once, so that they are one question and not one for each leg."""
    asked = [
        place.contract(strike)
        for said, place in wanted
        if isinstance(said, AtDelta)
        for strike in _candidates(said.delta, place)
    ]
    known.greeks_of(list({contract.symbol: contract for contract in asked}.values()))


def _candidates(delta: Decimal, place: Place) -> tuple[Decimal, ...]:
    """Strikes worth asking for: the side of the money on which that delta lies, and a few beyond it."""
    spot, out = place.money.price, place.outwards
    away = sorted(place.strikes(), key=lambda s: (s - spot) * out)  # deep in the money first
    inside = [s for s in away if (s - spot) * out < 0]
    outside = away[len(inside) :]
    if delta <= _HALF:
        return (*inside[-BEYOND:], *outside[:MOST_ASKED])
    return (*inside[-MOST_ASKED:], *outside[:BEYOND])


def _strike(contract: Instrument) -> Decimal:
    assert contract.option is not None
    return contract.option.strike


def delta_words(delta: Decimal) -> str:
    """`Δ −0.20`, `Δ 0.19`."""
    rounded = f"{abs(delta):.2f}"
    return f"Δ −{rounded}" if delta < 0 else f"Δ {rounded}"


def number(value: Decimal) -> str:
    return f"{value.normalize():f}"
