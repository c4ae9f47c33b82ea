"""Type, price and trigger from the words: signs from credit and debit, pegs from the market of all legs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from senexbot.domain.instruments import Instrument, TickSize
from senexbot.domain.language.said import (
    Effect,
    Limit,
    Market,
    Pegged,
    Pricing,
    Reference,
    Sentence,
    Stop,
    StopLimit,
)
from senexbot.domain.market import Quote
from senexbot.domain.money import credit_or_debit, price_text
from senexbot.domain.orders.net import Net, in_favour, net_of, net_ticks, two_sided
from senexbot.domain.orders.terms import Leg, OrderType, Side
from senexbot.domain.resolving.outcome import CannotResolve, Choice

_SIGN = {Effect.DEBIT: Decimal(-1), Effect.CREDIT: Decimal(1)}


@dataclass(frozen=True, slots=True)
class Priced:
    """`price` signed and per unit, `trigger` positive."""

    type: OrderType
    price: Decimal | None
    trigger: Decimal | None = None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """The legs as one thing to be priced. `instead` makes the sentence with another pricing."""

    legs: tuple[Leg, ...]
    instruments: tuple[Instrument, ...]
    quotes: tuple[Quote | None, ...]
    instead: Callable[[Pricing], Sentence]

    @property
    def ticks(self) -> tuple[TickSize, ...]:
        return net_ticks(self.instruments)

    @property
    def one_sided(self) -> Effect | None:
        """What the sides alone say: all bought is a debit, all sold a credit; None where it is mixed."""
        sides = {leg.action.side for leg in self.legs}
        if len(sides) != 1:
            return None
        return Effect.DEBIT if sides == {Side.BUY} else Effect.CREDIT

    @property
    def net(self) -> Net | None:
        return net_of(self.legs, self.quotes)

    def need_net(self) -> Net:
        """Raises CannotResolve naming each leg without a market."""
        net = self.net
        if net is not None:
            return net
        silent = [
            leg.words for leg, quote in zip(self.legs, self.quotes, strict=True) if two_sided(quote) is None
        ]
        raise CannotResolve("market_missing", f"no two-sided market for {', '.join(silent)}: say a price")


def price_of(said: Pricing, package: Package) -> Priced:
    """Raises CannotResolve."""
    match said:
        case Limit(price, effect):
            return Priced(OrderType.LIMIT, price * _SIGN[_effect(effect, price, said, package)])
        case StopLimit(trigger, price, effect):
            sign = _SIGN[_effect(effect, price, said, package)]
            return Priced(OrderType.STOP_LIMIT, price * sign, trigger)
        case Stop(trigger):
            return Priced(OrderType.STOP, None, trigger)
        case Market():
            if len(package.legs) > 1:
                mid = package.instead(Pegged(Reference.MID))
                raise CannotResolve("market_legs", "an order at the market has one leg", instead=(mid,))
            return Priced(OrderType.MARKET, None)
        case _:
            return _pegged(said, package)


def _effect(said: Effect | None, price: Decimal, pricing: Limit | StopLimit, package: Package) -> Effect:
    """Credit or debit, never guessed: by the sides where they agree, else as said and as the mids say."""

    def other(effect: Effect) -> Sentence:
        return package.instead(replace(pricing, effect=effect))

    market = _by_the_market(package)
    if said is None:
        if package.one_sided is not None:
            return package.one_sided
        both = (Effect.CREDIT, Effect.DEBIT) if market is not Effect.DEBIT else (Effect.DEBIT, Effect.CREDIT)
        words = f"{price_text(price)} credit or {price_text(price)} debit?"
        raise CannotResolve("effect_missing", words, instead=tuple(other(e) for e in both))
    if market is None or market is said:
        return said
    raise CannotResolve("credit_or_debit", _contradiction(said, price, package), instead=(other(market),))


def _by_the_market(package: Package) -> Effect | None:
    """What the legs are: by their sides, else by their mids; None where neither tells."""
    if package.one_sided is not None:
        return package.one_sided
    net = package.net
    if net is None or net.mid == 0:
        return None
    return Effect.CREDIT if net.mid > 0 else Effect.DEBIT


def _contradiction(said: Effect, price: Decimal, package: Package) -> str:
    other = Effect.DEBIT if said is Effect.CREDIT else Effect.CREDIT
    forms = f"say {price_text(price)} {other}, or turn the sides round for {price_text(price)} {said}"
    net = package.net
    if net is None:
        return f"these legs make a {other}: {forms}"
    return f"these legs are {credit_or_debit(net.mid)} at mid: {forms}"


def _pegged(said: Pegged, package: Package) -> Priced:
    """A limit at the package's mid, bid or ask, moved by the offset, on the grid in the person's favour."""
    net = package.need_net()
    effect = package.one_sided or (Effect.CREDIT if net.mid > 0 else Effect.DEBIT)
    if said.effect is not None and said.effect is not effect and net.mid != 0:
        words = _contradiction(said.effect, abs(net.mid), package)
        raise CannotResolve(
            "credit_or_debit", words, instead=(package.instead(replace(said, effect=effect)),)
        )
    sign = _SIGN[effect]
    value = sign * _reference(said.reference, net, effect) + said.offset
    price = in_favour(sign * value, package.ticks)
    if value <= 0 or price == 0:
        tick = package.ticks[0].value if package.ticks else Decimal("0.01")
        smallest = package.instead(Limit(tick, effect if len(package.legs) > 1 else None))
        raise CannotResolve(
            "price_zero", f"{_name(said)} is {price_text(value)}, which is no price", instead=(smallest,)
        )
    low, high = sorted((net.natural * sign, net.best * sign))
    shown = f"{_name(said)} of {price_text(low)} / {price_text(high)}: {credit_or_debit(price)}"
    return Priced(OrderType.LIMIT, price, choices=(Choice(shown),))


def _reference(reference: Reference, net: Net, effect: Effect) -> Decimal:
    """The signed price at mid, bid or ask of the package: a seller takes the bid, a buyer the ask."""
    if reference is Reference.MID:
        return net.mid
    takes = (reference is Reference.BID) == (effect is Effect.CREDIT)
    return net.natural if takes else net.best


def _name(said: Pegged) -> str:
    if not said.offset:
        return said.reference.value
    return f"{said.reference.value}{'+' if said.offset > 0 else '-'}{price_text(abs(said.offset))}"
