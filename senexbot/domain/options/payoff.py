"""What options and shares come to at expiration: greatest loss and profit, break-evens, and ten per cent away.

Exact, from intrinsic values alone. Where legs expire at different times, what the later ones are worth at
the nearer expiration is not known: long ones count as at least their intrinsic value; where a later leg is
short, the nearer legs are not counted on. Then only the greatest loss is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from senexbot.domain.instruments import OptionContract, Right
from senexbot.domain.orders.net import unit_ratios
from senexbot.domain.orders.terms import OrderTerms, OrderType, Side

ZERO = Decimal(0)
TENTH = Decimal("0.1")


Gain = tuple[Decimal, Decimal | None]
"""A stretch of prices of the underlying, from and to; None: without end."""


@dataclass(frozen=True, slots=True)
class Held:
    """A contract, and signed how many shares it stands for altogether (2 short contracts: -200)."""

    contract: OptionContract
    shares: Decimal

    def value(self, spot: Decimal) -> Decimal:
        strike = self.contract.strike
        if (spot > strike) is not (self.contract.right is Right.CALL):
            return ZERO
        return (spot - strike if spot > strike else strike - spot) * self.shares


@dataclass(frozen=True, slots=True)
class Payoff:
    """Dollars at expiration with what was paid or received. `greatest_*` positive; None: no cap.

    `mixed`: legs expire at different times, so only the greatest loss is known. `up`, `down`: with the
    underlying ten per cent away; None where its price is not known.
    """

    greatest_loss: Decimal | None
    greatest_profit: Decimal | None
    break_evens: tuple[Decimal, ...] = ()
    up: Decimal | None = None
    down: Decimal | None = None
    mixed: bool = False

    def shifted(self, dollars: Decimal) -> Payoff:
        """As if the entry had brought so much more. Break-evens need the legs and are not told any more."""
        loss, profit = self.greatest_loss, self.greatest_profit
        return Payoff(
            None if loss is None else max(loss - dollars, ZERO),
            None if profit is None else max(profit + dollars, ZERO),
            () if dollars else self.break_evens,
            None if self.up is None else self.up + dollars,
            None if self.down is None else self.down + dollars,
            self.mixed,
        )


def payoff(
    options: Sequence[Held], shares: Decimal, cash: Decimal, *, shares_at: Decimal = ZERO,
    spot: Decimal | None = None,
) -> Payoff:  # fmt: skip
    """`cash`: signed, what the entry brought (credit) or cost (debit). `shares`: signed and held already,
    counted from `shares_at`, their price now."""
    base = cash - shares * shares_at
    days = {h.contract.expiration for h in options}
    if len(days) > 1:
        return Payoff(_mixed_loss(options, shares, base), None, mixed=True)
    return _Curve(tuple(options), shares, base).told(spot)


def payoff_of_terms(
    terms: OrderTerms,
    *,
    spot: Decimal | None = None,
    held_shares: Decimal = ZERO,
    entry: Decimal | None = None,
) -> Payoff | None:
    """Of an order that only opens, filled at its price (`entry`, signed and per unit, where it has none).

    `held_shares` of the underlying count as far as short calls or long puts stand against them, from today's
    price.
    None where it is not known: a closing leg, no price, dollars instead of a quantity, a future.
    """
    parts = _parts(terms, spot, held_shares, entry)
    if parts is None:
        return None
    options, shares, cash, shares_at = parts
    return payoff(options, shares, cash, shares_at=shares_at, spot=spot)


def loss_of_terms(terms: OrderTerms, *, entry: Decimal | None = None) -> tuple[Decimal | None] | None:
    """The greatest loss of payoff_of_terms alone, which the policy asks for: (None,) where nothing caps it, None
    where it is not known."""
    parts = _parts(terms, None, ZERO, entry)
    if parts is None:
        return None
    options, shares, cash, _ = parts
    if len({h.contract.expiration for h in options}) > 1:
        return (_mixed_loss(options, shares, cash),)
    low = _Curve(tuple(options), shares, cash).lowest()
    return (None if low is None else max(-low, ZERO),)


def curve_of_terms(terms: OrderTerms, *, spot: Decimal | None = None) -> tuple[tuple[Decimal, Decimal], ...]:
    """(price of the underlying, dollars then) at expiration, for a picture: the corners, and as much room beside
    them and the price now. Empty where it is not known, or where legs expire on different days."""
    parts = _parts(terms, spot, ZERO, None)
    if parts is None:
        return ()
    options, shares, cash, _ = parts
    if len({h.contract.expiration for h in options}) > 1:
        return ()
    curve = _Curve(tuple(options), shares, cash)
    # never empty: options have strikes, shares alone the price at which they were bought
    marks = sorted({*curve.corners(), *curve.zeros(), *((spot,) if spot else ())} - {ZERO})
    room = max(marks[-1] - marks[0], marks[-1] * TENTH) / 2
    low, high = max(marks[0] - room, ZERO), marks[-1] + room
    points = sorted({low, high, *(c for c in curve.corners() if low < c < high)})
    return tuple((point, curve.at(point)) for point in points)


def gains_of_terms(
    terms: OrderTerms, *, spot: Decimal | None = None, held_shares: Decimal = ZERO
) -> tuple[Gain, ...] | None:
    """Where the order makes money at expiration, rising, its break-evens apart; None where it is not known, or
    where legs expire on different days. Arguments as for payoff_of_terms."""
    parts = _parts(terms, spot, held_shares, None)
    if parts is None:
        return None
    options, shares, cash, shares_at = parts
    if len({h.contract.expiration for h in options}) > 1:
        return None
    return _Curve(tuple(options), shares, cash - shares * shares_at).gains()


_Parts = tuple[list[Held], Decimal, Decimal, Decimal]


def _parts(
    terms: OrderTerms, spot: Decimal | None, held_shares: Decimal, entry: Decimal | None
) -> _Parts | None:
    """Options, shares, cash, and the price that the shares count from."""
    price = terms.price if terms.price is not None else entry
    if (
        price is None
        or terms.type is OrderType.NOTIONAL_MARKET
        or any(leg.action.closes for leg in terms.legs)
    ):
        return None
    options: list[Held] = []
    bought = ZERO
    for leg in terms.legs:
        signed = leg.quantity * leg.multiplier * (1 if leg.action.side is Side.BUY else -1)
        contract = OptionContract.from_occ(leg.symbol)
        if contract is not None:
            options.append(Held(contract, signed))
        elif leg.multiplier == 1:
            bought += signed
        else:
            return None
    first, ratio = terms.legs[0], unit_ratios(terms.legs)[0]
    cash = price * first.quantity / ratio * first.multiplier
    if not options:
        return [], bought, cash, ZERO
    covering = min(max(held_shares, ZERO), _covered(options))
    if covering and spot is None:
        return None
    return options, covering, cash, spot or ZERO


def uncapped_contracts(terms: OrderTerms) -> Decimal:
    """Calls sold that no bought one stands against: of those that expire first to last, each only by one that
    lives at least as long."""
    calls = [
        (contract.expiration, leg.quantity if leg.action.side is Side.BUY else -leg.quantity)
        for leg in terms.legs
        if not leg.action.closes
        and (contract := OptionContract.from_occ(leg.symbol)) is not None
        and contract.right is Right.CALL
    ]
    free = bare = ZERO
    for _, number in sorted(calls, key=lambda call: (-call[0].toordinal(), -call[1])):
        if number > 0:
            free += number
        else:
            covered = min(free, -number)
            free -= covered
            bare += -number - covered
    return bare


def _covered(options: Sequence[Held]) -> Decimal:
    """How many shares the order's options stand against: short calls, or long puts."""
    calls = sum((-h.shares for h in options if h.contract.right is Right.CALL), ZERO)
    puts = sum((h.shares for h in options if h.contract.right is Right.PUT), ZERO)
    return max(calls, puts, ZERO)


@dataclass(frozen=True, slots=True)
class _Curve:
    """A piecewise straight line over the underlying's price from zero upwards."""

    options: tuple[Held, ...]
    shares: Decimal
    base: Decimal

    def at(self, spot: Decimal) -> Decimal:
        total = self.base + self.shares * spot
        for held in self.options:
            total += held.value(spot)
        return total

    def corners(self) -> tuple[Decimal, ...]:
        return tuple(sorted({ZERO, *(h.contract.strike for h in self.options)}))

    def slope_beyond(self) -> Decimal:
        """Dollars for each dollar above the highest strike."""
        calls = (h.shares for h in self.options if h.contract.right is Right.CALL)
        return self.shares + sum(calls, ZERO)

    def lowest(self) -> Decimal | None:
        """None where there is no lowest value."""
        return None if self.slope_beyond() < 0 else min(map(self.at, self.corners()))

    def extremes(self) -> tuple[Decimal | None, Decimal | None]:
        """The lowest and the highest value; None where there is none."""
        values = [self.at(corner) for corner in self.corners()]
        beyond = self.slope_beyond()
        return (None if beyond < 0 else min(values)), (None if beyond > 0 else max(values))

    def zeros(self) -> tuple[Decimal, ...]:
        """Where the line crosses zero, rising; a stretch at zero is named by its ends."""
        corners = self.corners()
        found: set[Decimal] = {c for c in corners if c > 0 and self.at(c) == 0}
        for low, high in pairwise(corners):
            left, right = self.at(low), self.at(high)
            if left * right < 0:
                found.add(low + (high - low) * left / (left - right))
        last, beyond = self.at(corners[-1]), self.slope_beyond()
        if last * beyond < 0:
            found.add(corners[-1] - last / beyond)
        return tuple(sorted(found))

    def gains(self) -> tuple[Gain, ...]:
        """The stretches above zero; two that only touch are one."""
        marks = sorted({*self.corners(), *self.zeros()})
        ends: list[Decimal | None] = [*marks[1:], None]
        found: list[Gain] = []
        for low, high in zip(marks, ends, strict=True):
            if self.at((low + high) / 2 if high is not None else low + 1) <= 0:
                continue
            if found and found[-1][1] == low:
                low = found.pop()[0]
            found.append((low, high))
        return tuple(found)

    def told(self, spot: Decimal | None) -> Payoff:
        low, high = self.extremes()
        return Payoff(
            None if low is None else max(-low, ZERO),
            None if high is None else max(high, ZERO),
            self.zeros(),
            None if spot is None else self.at(spot * (1 + TENTH)),
            None if spot is None else self.at(spot * (1 - TENTH)),
        )


def _mixed_loss(options: Sequence[Held], shares: Decimal, base: Decimal) -> Decimal | None:
    """A bound that is never too small, where legs expire at different times."""
    nearest = min(h.contract.expiration for h in options)
    later = [h for h in options if h.contract.expiration > nearest]
    near = [h for h in options if h.contract.expiration == nearest]
    if all(h.shares > 0 for h in later):
        return _loss(options, shares, base)
    losses = [_loss(near, ZERO, ZERO), _loss(later, shares, base)]
    return None if None in losses else _total(losses)


def _loss(options: Iterable[Held], shares: Decimal, base: Decimal) -> Decimal | None:
    low = _Curve(tuple(options), shares, base).lowest()
    return None if low is None else -low


def _total(losses: Iterable[Decimal | None]) -> Decimal:
    return max(sum((loss for loss in losses if loss is not None), ZERO), ZERO)
