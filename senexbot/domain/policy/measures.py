"""What an order is worth against the limits: shares, contracts, notional, greatest loss. Never less than it is.

For one leg the greatest loss is known: what it costs, the strike of a short put, nothing that caps it for
a short call or a future that is sold. A future counts with its multiplier: what it stands for, not its margin. Several legs bring theirs from the payoff (`Risk`); without it the sum of the legs bounds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from math import gcd

from senexbot.domain.instruments import InstrumentType, OptionContract, Right
from senexbot.domain.market import Position
from senexbot.domain.orders.terms import Estimate, Leg, OrderTerms, Side
from senexbot.domain.policy.verdict import Exposure

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderMarket:
    """The market for one unit of the whole order; None where nobody quotes. `usable`: fresh, or the closing one."""

    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    usable: bool


@dataclass(frozen=True, slots=True)
class Risk:
    """Of the order as a whole, in dollars: from the payoff of its legs. None: without a cap."""

    greatest_loss: Decimal | None
    uncapped_contracts: Decimal = ZERO


def units(terms: OrderTerms) -> Decimal:
    """How many times the order's smallest form: what a person calls its quantity."""
    quantities = [int(leg.quantity) for leg in terms.legs]
    return Decimal(reduce(gcd, quantities))


def scaled(terms: OrderTerms, to: Decimal) -> OrderTerms:
    """The same order `to` units large, its children with it."""
    ratio = to / units(terms)

    def legs(some: tuple[Leg, ...]) -> tuple[Leg, ...]:
        return tuple(replace(leg, quantity=leg.quantity * ratio) for leg in some)

    children = tuple(replace(child, legs=legs(child.legs)) for child in terms.children)
    return replace(terms, legs=legs(terms.legs), children=children)


def buying_power_taken(estimate: Estimate | None) -> Decimal | None:
    """What the broker's dry run takes of the buying power; 0 when the order frees some."""
    if estimate is None:
        return None
    return max(estimate.buying_power_before - estimate.buying_power_after, ZERO)


def measure(
    terms: OrderTerms, market: OrderMarket | None, estimate: Estimate | None, risk: Risk | None = None
) -> Exposure:
    """The exposure of the legs that open; an order that only closes takes nothing."""
    parts = [
        (tuple(leg for leg in legs if not leg.action.closes), price) for legs, price in _orders(terms, market)
    ]
    opening = [leg for legs, _ in parts for leg in legs]
    if not opening:
        return Exposure(notional=ZERO, buying_power=ZERO, greatest_loss=ZERO)
    losses = [_losses(legs, price) for legs, price in parts]
    uncapped = sum((_uncapped(legs) for legs, _ in parts), ZERO)
    loss = _total(losses)
    notional = _value(terms) if terms.value is not None else loss
    if risk is not None:
        uncapped, loss = risk.uncapped_contracts, risk.greatest_loss
        notional = notional if risk.greatest_loss is None or notional is None else risk.greatest_loss
    return Exposure(
        notional=notional,
        buying_power=buying_power_taken(estimate),
        greatest_loss=None if uncapped else loss,
        uncapped=uncapped > 0,
        shares=max((leg.quantity for leg in opening if leg.type is InstrumentType.EQUITY), default=ZERO),
        contracts=max(
            (leg.quantity for leg in opening if leg.type is not InstrumentType.EQUITY), default=ZERO
        ),
        uncapped_contracts=uncapped,
    )


def _value(terms: OrderTerms) -> Decimal | None:
    return None if terms.value is None else abs(terms.value)


def _orders(
    terms: OrderTerms, market: OrderMarket | None
) -> Iterator[tuple[tuple[Leg, ...], Decimal | None]]:
    """The order and those that follow it, each with the price per unit that it may come to."""
    yield terms.legs, _price(terms, market)
    for child in terms.children:
        price = child.price if child.price is not None else child.stop_trigger
        yield child.legs, None if price is None else abs(price)


def _price(terms: OrderTerms, market: OrderMarket | None) -> Decimal | None:
    if terms.price is not None:
        return abs(terms.price)
    quoted = None
    if market is not None:
        quoted = (market.ask if terms.side is Side.BUY else market.bid) or market.last
    known = [p for p in (quoted, terms.stop_trigger) if p is not None]
    return max(known, default=None)


def _losses(legs: tuple[Leg, ...], price: Decimal | None) -> Decimal | None:
    """At most this much: long legs cost the price, short puts their strike, shares sold their price.

    A short call counts with its strike, which is what delivering the shares is worth; its loss has no cap.
    """
    if not legs:
        return ZERO
    total = ZERO
    for leg in legs:
        contract = OptionContract.from_occ(leg.symbol)
        if contract is not None and leg.action.side is Side.SELL:
            total += contract.strike * leg.multiplier * leg.quantity
    paid = [leg for leg in legs if not _is_short_option(leg)]
    if not paid:
        return total
    if price is None:
        return None
    largest = max(leg.quantity * leg.multiplier for leg in paid)
    return total + price * largest


def _is_short_option(leg: Leg) -> bool:
    return leg.action.side is Side.SELL and OptionContract.from_occ(leg.symbol) is not None


def _uncapped(legs: tuple[Leg, ...]) -> Decimal:
    """Short calls, futures sold and shares sold short for which no long call or share of the same order stands in."""
    short = long = ZERO
    for leg in legs:
        contract = OptionContract.from_occ(leg.symbol)
        if contract is not None and contract.right is Right.PUT:
            continue
        size = leg.quantity if leg.type is InstrumentType.FUTURE else leg.quantity * leg.multiplier / 100
        short, long = (short + size, long) if leg.action.side is Side.SELL else (short, long + size)
    return max(short - long, ZERO)


def position_value(position: Position) -> Decimal | None:
    """What one position puts into its underlying, in dollars: a short option by its strike."""
    contract = OptionContract.from_occ(position.symbol)
    price = position.mark or position.close_price or position.average_open_price
    if contract is not None and position.quantity < 0:
        price = contract.strike
    return None if not price else abs(price * position.quantity * position.multiplier)


def _total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total
