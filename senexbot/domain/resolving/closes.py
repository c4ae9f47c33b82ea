"""`close AAPL`, `close half`, `close all SPY options`, `protect AAPL tp 210 sl 180`: from the positions held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from senexbot.domain.instruments import Instrument, InstrumentType, OptionContract, names_future
from senexbot.domain.language.normal import options_text
from senexbot.domain.language.said import (
    CloseSaid,
    Contract,
    Exits,
    Limit,
    OrderSaid,
    Part,
    Pegged,
    Pricing,
    Reference,
    Shares,
    StopLimit,
    Units,
    What,
)
from senexbot.domain.market import Position
from senexbot.domain.money import quantity_text
from senexbot.domain.orders.net import net_of, net_ticks, unit_ratios
from senexbot.domain.orders.terms import Group, Leg, OrderType, Side
from senexbot.domain.resolving.exits import Entry, exits_of
from senexbot.domain.resolving.known import Known, Lacking, Need
from senexbot.domain.resolving.legs import MOST_LEGS
from senexbot.domain.resolving.orders import markets, terms_of
from senexbot.domain.resolving.outcome import CannotResolve, Choice, Resolved
from senexbot.domain.resolving.positions import closing_action, part_of, part_words, terms_leg
from senexbot.domain.resolving.pricing import Package, Priced, price_of
from senexbot.domain.resolving.walks import walked

ALL = Part(1, 1)
_OPTIONS = frozenset({InstrumentType.EQUITY_OPTION, InstrumentType.FUTURE_OPTION})


@dataclass(frozen=True, slots=True)
class Closing:
    """A position and how much of it is closed."""

    position: Position
    quantity: Decimal
    instrument: Instrument

    @property
    def leg(self) -> Leg:
        return terms_leg(self.instrument, closing_action(self.position.quantity), self.quantity)


def resolve_close(said: CloseSaid, known: Known) -> tuple[Resolved, ...]:
    """One order, or several where the legs are too many for one or shares and options are both closed."""
    held = held_lines(said.symbol, known, options_only=said.options_only, contract=said.contract)
    for contract in said.beside:
        more = held_lines(said.symbol, known, contract=contract)
        if not more:
            raise CannotResolve("position_missing", f"you hold no {contract.words}")
        held = tuple(sorted((*held, *more), key=_order_of))
    if said.right is not None or said.expiration is not None:
        held = tuple(p for p in held if _is_named(p, said))
    if not held:
        name = said.contract.words if said.contract else said.symbol
        kind = f" {options_text(said)}" if said.options_only else ""
        raise CannotResolve("position_missing", f"you hold no {name}{kind}")
    quantities = closed_quantities(said, held)
    instruments = instruments_of(held, known)
    closing = [
        Closing(position, quantity, instrument)
        for position, quantity, instrument in zip(held, quantities, instruments, strict=True)
    ]
    orders = list(_orders(closing))
    shared = said.exits is not None or said.walk is not None or isinstance(said.pricing, Limit | StopLimit)
    if len(orders) > 1 and shared:
        what = "exits" if said.exits is not None else "one price"
        words = f"this closes in {len(orders)} orders, which cannot share {what}"
        raise CannotResolve(
            "several_orders", words, instead=(replace(said, pricing=None, exits=None, walk=None),)
        )
    known.quotes_of([c.instrument for c in closing])  # all of them are read at once
    return tuple(_close(said, order, known, alone=len(orders) == 1) for order in orders)


def held_lines(
    symbol: str, known: Known, *, options_only: bool = False, contract: OptionContract | None = None
) -> tuple[Position, ...]:
    """What is held of an underlying (or of one contract), options by expiration, right and strike."""
    lines = known.lines()
    if lines is None:
        raise CannotResolve("position_missing", "the positions could not be read")
    fitting = [
        p
        for p in lines
        if p.quantity
        and (
            p.symbol == contract.occ
            if contract is not None
            else _is_of(p, symbol) and not (options_only and p.instrument_type not in _OPTIONS)
        )
    ]
    return tuple(sorted(fitting, key=_order_of))


def _is_named(position: Position, said: CloseSaid) -> bool:
    """Of the right and the expiration that were said."""
    contract = OptionContract.from_occ(position.symbol)
    if contract is None:
        return False
    day = said.expiration.day if said.expiration is not None else contract.expiration
    return said.right in {None, contract.right} and contract.expiration == day


def _is_of(position: Position, symbol: str) -> bool:
    """`/ES` is every month of it that is held; options on futures are not traded here."""
    if symbol.startswith("/"):
        return position.instrument_type is InstrumentType.FUTURE and names_future(symbol, position.symbol)
    return position.underlying == symbol


def _order_of(position: Position) -> tuple[bool, str]:
    return position.instrument_type in _OPTIONS, position.symbol


def instruments_of(held: Sequence[Position], known: Known) -> tuple[Instrument, ...]:
    """All of them are asked for at once."""
    unasked = tuple(p.symbol for p in held if p.symbol not in known.instruments)
    if unasked:
        raise Lacking(Need(instruments=unasked))
    found = []
    for position in held:
        instrument = known.instrument(position.symbol)
        if instrument is None:
            symbol = position.symbol
            raise CannotResolve("unknown_symbol", f"tastytrade knows no {symbol} any more", about=symbol)
        found.append(instrument)
    return tuple(found)


def closed_quantities(said: CloseSaid, held: Sequence[Position]) -> tuple[Decimal, ...]:
    """Of each position. A number that was said must fit every one of them (I19)."""
    sizes = [abs(p.quantity) for p in held]
    if isinstance(said.amount, Units):
        number, least = said.amount.number, min(sizes)
        if number > least:
            words = f"you hold {quantity_text(least)}, not {quantity_text(number)}"
            raise CannotResolve("crosses_zero", words, instead=(replace(said, amount=Units(least)),))
        return tuple(number for _ in sizes)
    parts = [part_of(size, said.amount) for size in sizes]
    if any(part <= 0 for part in parts):
        words = f"{part_words(said.amount)} of {quantity_text(min(sizes))} is less than one"
        raise CannotResolve("part_too_small", words, instead=(replace(said, amount=ALL),))
    return tuple(parts)


def _orders(closing: Sequence[Closing]) -> Iterator[tuple[Closing, ...]]:
    """Shares alone; options of equal number together, an expiration at a time where they are too many."""
    shares = [c for c in closing if c.position.instrument_type not in _OPTIONS]
    yield from ((c,) for c in shares)
    options = sorted((c for c in closing if c.position.instrument_type in _OPTIONS), key=lambda c: c.quantity)
    for _, alike in groupby(options, key=lambda c: c.quantity):
        same = list(alike)
        if len(same) <= MOST_LEGS:
            yield tuple(same)
            continue
        for _, dated in groupby(same, key=_expiration):
            day = list(dated)
            for start in range(0, len(day), MOST_LEGS):
                yield tuple(day[start : start + MOST_LEGS])


def _expiration(closing: Closing) -> object:
    option = closing.instrument.option
    return option.expiration if option is not None else None


def _close(said: CloseSaid, closing: tuple[Closing, ...], known: Known, *, alone: bool) -> Resolved:
    legs = tuple(c.leg for c in closing)
    instruments = tuple(c.instrument for c in closing)
    quotes = known.quotes_of(instruments)
    underlying = closing[0].position.underlying
    seen = markets(instruments, quotes, known)
    chosen = _amount_words(closing)
    if said.exits is not None:
        protected = _protected(said, closing, known)
        walked(protected.terms, said.walk, net_ticks(instruments), lambda walk: replace(said, walk=walk))
        return protected

    def instead(pricing: Pricing) -> CloseSaid | OrderSaid:
        whole = replace(said, pricing=pricing)
        return whole if alone else _one_leg(said, closing, pricing) or whole

    priced = price_of(said.pricing or Pegged(Reference.MID), Package(legs, instruments, quotes, instead))
    plain = terms_of(known, underlying, legs, priced, said.standing)
    ticks = net_ticks(instruments)
    terms = walked(plain, said.walk, ticks, lambda walk: replace(said, walk=walk))
    return Resolved(terms, (*chosen, *priced.choices), seen)


def _one_leg(said: CloseSaid, closing: Sequence[Closing], pricing: Pricing) -> OrderSaid | None:
    """One leg of several orders as an order of its own."""
    if len(closing) != 1:
        return None
    (one,) = closing
    option = one.instrument.option
    what: What = Contract(option) if option is not None else Shares(one.instrument.symbol)
    side = Side.SELL if one.position.quantity > 0 else Side.BUY
    return OrderSaid(side, Units(one.quantity), what, pricing, said.standing, account_hint=said.account_hint)


def _amount_words(closing: Sequence[Closing]) -> tuple[Choice, ...]:
    named = ", ".join(
        f"{quantity_text(c.quantity)} of {quantity_text(abs(c.position.quantity))} {c.instrument.words}"
        + (" (long)" if c.position.quantity > 0 else " (short)")
        for c in closing
    )
    return (Choice(f"closes {named}"),)


def _protected(said: CloseSaid, closing: tuple[Closing, ...], known: Known) -> Resolved:
    """Exits on what is held: an OCO of both, or the one that was said as a plain order."""
    assert said.exits is not None
    legs = tuple(c.leg for c in closing)
    instruments = tuple(c.instrument for c in closing)
    ratios = unit_ratios(legs)
    opened = Decimal(0)
    for one, ratio in zip(closing, ratios, strict=True):
        paid = one.position.average_open_price * ratio
        opened += -paid if one.position.quantity > 0 else paid
    quotes = known.quotes_of(instruments)
    net = net_of(legs, quotes)
    entry = Entry(
        legs,
        credit=opened > 0,
        price=abs(opened),
        ticks=net_ticks(instruments),
        is_held=True,
        market=None if net is None else abs(net.mid),
    )

    def instead(exits: Exits) -> CloseSaid:
        return replace(said, exits=exits)

    children, lines = exits_of(said.exits, entry, instead)
    first, *rest = children
    priced = Priced(first.type, first.price, first.stop_trigger)
    terms = replace(
        terms_of(known, closing[0].position.underlying, legs, priced, None),
        time_in_force=first.time_in_force,
        gtc_date=first.gtc_date,
        group=Group.OCO if rest else None,
        children=tuple(rest),
    )
    assert first.type is OrderType.LIMIT or not rest
    return Resolved(terms, (*_amount_words(closing), *lines), markets(instruments, quotes, known))
