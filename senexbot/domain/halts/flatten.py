"""A planned way out of everything an account holds: which orders, in which order, at which limit. Pure.

The rules, in this order:
1. Nothing opens: each leg closes a position, all orders together no more of it than is held, and at most four legs
   stand in one order.
2. What is short goes first, together with the long options of the same underlying and expiration, so that a spread is
   closed as one and no short option is left alone by the plan. What covers it (later expirations, shares) waits until
   that has filled.
3. Every position is in an order, or is named with the reason why not.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from itertools import groupby
from math import gcd

from senexbot.domain.instruments import Instrument, OptionContract, Right, TickSize, tick_at
from senexbot.domain.market import Position, Quote, SessionState
from senexbot.domain.money import price_text, quantity_text
from senexbot.domain.orders.checks import TRADED
from senexbot.domain.orders.net import net_of, net_ticks, two_sided
from senexbot.domain.orders.rules import MOST_LEGS
from senexbot.domain.orders.terms import Action, Leg

THROUGH = Decimal(
    "0.01"
)  # of the market's own price: so far a limit goes past it, within the policy's collar
MOST_RATIO = 3  # legs of one order stand to one another as 1 to 3 at most


class Stage(enum.IntEnum):
    """What waits for what, within one underlying."""

    SHORT_OPTIONS = 1  # with the long ones of the same expiration
    SHORT_SHARES = 2
    LONG_OPTIONS = 3
    LONG_SHARES = 4


@dataclass(frozen=True, slots=True)
class Left:
    """A position, or a part of one, that the plan does not close: why, and what to do."""

    symbol: str
    quantity: Decimal  # signed
    words: str
    why: str
    underlying: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """One order of the plan before it has a price."""

    stage: Stage
    underlying: str
    legs: tuple[Leg, ...]
    instruments: tuple[Instrument, ...]


def closings(
    positions: Iterable[Position], instruments: Mapping[str, Instrument]
) -> tuple[tuple[Closing, ...], tuple[Left, ...]]:
    """The orders that close everything, in the order in which they are sent, and what they leave."""
    left: list[Left] = []
    closable: list[tuple[Instrument, Decimal]] = []
    held = list(positions)
    underlyings = {position.symbol: position.underlying for position in held}
    for symbol, quantity in sorted(_summed(held).items()):
        instrument, underlying = instruments.get(symbol), underlyings[symbol]
        whole = abs(quantity).to_integral_value(rounding=ROUND_FLOOR).copy_sign(quantity)
        why = _why_not(instrument, whole=whole == quantity)
        if instrument is None or why:
            words = symbol if instrument is None else instrument.words
            left.append(Left(symbol, quantity, words, why, underlying))
            continue
        if whole != quantity:
            why = f"a fraction is sold at the market only: say close {symbol} mkt"
            left.append(Left(symbol, quantity - whole, instrument.words, why, underlying))
        if whole:
            closable.append((instrument, whole))
    found = [*_options(closable), *_shares(closable)]
    return tuple(sorted(found, key=lambda one: (one.stage, one.underlying))), tuple(left)


def kept_back(
    orders: Iterable[Closing], left: Iterable[Left]
) -> tuple[tuple[Closing, ...], tuple[Left, ...]]:
    """Without what may cover a short that the plan leaves: it stays with it, and is named."""
    rest = list(left)
    exposed = {one.underlying for one in rest if one.quantity < 0}
    kept = []
    for order in orders:
        if order.underlying in exposed and (order.stage is not Stage.SHORT_OPTIONS or _excess(order.legs)):
            rest += left_of(order, "kept: it may cover what is short and not in this plan")
        else:
            kept.append(order)
    return tuple(kept), tuple(rest)


def left_of(order: Closing, why: str) -> list[Left]:
    """The positions of an order that is not sent after all."""
    return [
        Left(
            leg.symbol,
            leg.quantity if leg.action is Action.SELL_TO_CLOSE else -leg.quantity,
            leg.words,
            why,
            order.underlying,
        )
        for leg in order.legs
    ]


def _summed(positions: Iterable[Position]) -> dict[str, Decimal]:
    """Signed quantity by symbol; what is closed already is none."""
    held: dict[str, Decimal] = {}
    for position in positions:
        held[position.symbol] = held.get(position.symbol, Decimal(0)) + position.quantity
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


def _why_not(instrument: Instrument | None, *, whole: bool) -> str:
    if instrument is None:
        return "tastytrade does not tell what it is: close it in tastytrade's own app"
    if instrument.type not in TRADED:
        return "not traded here: close it in tastytrade's own app"
    if not instrument.active:
        return "it does not trade any more: ask tastytrade"
    if instrument.option is not None and not whole:
        return "not a whole number of contracts: ask tastytrade"
    return ""


def _options(closable: Sequence[tuple[Instrument, Decimal]]) -> Iterable[Closing]:
    options = [one for one in closable if one[0].option is not None]
    groups = [
        (key[0], list(group)) for key, group in groupby(sorted(options, key=_expiration), key=_expiration)
    ]
    for underlying, group in groups:
        alone = sum(other == underlying for other, _ in groups) == 1
        yield from _layers(underlying, group, alone=alone)


def _expiration(one: tuple[Instrument, Decimal]) -> tuple[str, str]:
    option = one[0].option
    assert option is not None
    return one[0].underlying, option.expiration.isoformat()


def _layers(
    underlying: str, group: Sequence[tuple[Instrument, Decimal]], *, alone: bool
) -> Iterable[Closing]:
    """One order where the legs are few and their numbers simple (a butterfly, a ratio), and no long option goes that
    may cover another expiration (`alone`: there is none). Else orders of equal number a leg, so that each is a plain
    spread: as many as all of its legs still have."""
    legs = tuple(_leg(instrument, quantity, abs(quantity)) for instrument, quantity in group)
    few = len(group) <= MOST_LEGS and _is_simple([abs(quantity) for _, quantity in group])
    if few and (alone or not _excess(legs)):
        short = any(quantity < 0 for _, quantity in group)
        stage = Stage.SHORT_OPTIONS if short else Stage.LONG_OPTIONS
        yield Closing(stage, underlying, legs, tuple(instrument for instrument, _ in group))
        return
    rest = {instrument.symbol: quantity for instrument, quantity in group}
    known = {instrument.symbol: instrument for instrument, _ in group}
    while any(rest.values()):
        chosen = _choose(rest, known)
        number = min(abs(rest[symbol]) for symbol in chosen)
        legs = tuple(_leg(known[symbol], rest[symbol], number) for symbol in chosen)
        short = any(rest[symbol] < 0 for symbol in chosen)
        for symbol in chosen:
            rest[symbol] -= number.copy_sign(rest[symbol])
        stage = Stage.SHORT_OPTIONS if short else Stage.LONG_OPTIONS
        yield Closing(stage, underlying, legs, tuple(known[symbol] for symbol in chosen))


def _excess(legs: Sequence[Leg]) -> bool:
    """More long than short options of one right."""
    longs = {right: Decimal(0) for right in Right}
    for leg in legs:
        contract = OptionContract.from_occ(leg.symbol)
        assert contract is not None
        longs[contract.right] += leg.quantity if leg.action is Action.SELL_TO_CLOSE else -leg.quantity
    return any(number > 0 for number in longs.values())


def _is_simple(numbers: Sequence[Decimal]) -> bool:
    unit = gcd(*(int(number) for number in numbers))
    return all(int(number) // unit <= MOST_RATIO for number in numbers)


def _choose(rest: Mapping[str, Decimal], known: Mapping[str, Instrument]) -> list[str]:
    """At most four: shorts, each with a long option of its own right. No more longs of a right than shorts go while
    any short of that right is left, for they cover it."""
    shorts = [symbol for symbol, quantity in rest.items() if quantity < 0]
    longs = [symbol for symbol, quantity in rest.items() if quantity > 0]
    if not shorts:
        return longs[:MOST_LEGS]
    chosen: list[str] = []
    free = list(longs)
    for short in shorts:
        pair = next((one for one in free if _right(known[one]) == _right(known[short])), None)
        more = [short] if pair is None else [short, pair]
        if len(chosen) + len(more) > MOST_LEGS:
            break
        chosen += more
        free = [one for one in free if one != pair]
    return chosen


def _right(instrument: Instrument) -> str:
    assert instrument.option is not None
    return instrument.option.right.value


def _shares(closable: Sequence[tuple[Instrument, Decimal]]) -> Iterable[Closing]:
    for instrument, quantity in closable:
        if instrument.option is None:
            stage = Stage.LONG_SHARES if quantity > 0 else Stage.SHORT_SHARES
            legs = (_leg(instrument, quantity, abs(quantity)),)
            yield Closing(stage, instrument.underlying, legs, (instrument,))


def _leg(instrument: Instrument, held: Decimal, number: Decimal) -> Leg:
    action = Action.SELL_TO_CLOSE if held > 0 else Action.BUY_TO_CLOSE
    return Leg(instrument.symbol, instrument.type, action, number, instrument.words, instrument.multiplier)


# --- its price -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Priced:
    """`price`: the signed limit per unit, None without one; then `why` says why not. `note`: what to know of it."""

    price: Decimal | None
    why: str = ""
    note: str = ""
    is_closed: bool = False  # the market is


def limit_for(closing: Closing, quotes: Sequence[Quote | None], collar: Decimal | None = None) -> Priced:
    """Marketable: the market's own price for all legs and a little through it, at least one step, never further than
    the collar allows (`collar`: percent, None without one).

    What nobody bids for is offered at the smallest step.
    """
    known = [quote for quote in quotes if quote is not None]
    if len(known) != len(closing.legs):
        return Priced(None, _no_market(closing, quotes))
    if any(quote.session is SessionState.CLOSED for quote in known):
        return Priced(None, "the market is closed", is_closed=True)
    if any(quote.halted for quote in known):
        return Priced(None, "its exchange has halted it: try again when it trades")
    net = net_of(closing.legs, known)
    if net is None:
        return Priced(None, _no_market(closing, quotes))
    ticks = net_ticks(closing.instruments)
    share = THROUGH if collar is None else min(THROUGH, collar / 100)
    price = _worse(net.natural, abs(net.natural) * share, ticks)
    if len(closing.legs) > 1:
        return Priced(price or -tick_at(ticks, Decimal(0)))
    if price <= 0 <= net.natural:
        least = tick_at(ticks, Decimal(0))
        note = "" if net.natural else f"nobody bids: offered at {price_text(least)}, it may not fill"
        return Priced(least, note=note)
    return Priced(price)


def _worse(natural: Decimal, through: Decimal, ticks: tuple[TickSize, ...]) -> Decimal:
    """On the grid, past the market's own price by at most so much, but by one step where that is less."""
    tick = tick_at(ticks, abs(natural))
    steps = max((through / tick).to_integral_value(rounding=ROUND_FLOOR), Decimal(1))
    return _on_grid(natural - steps * tick, ticks)


def _on_grid(price: Decimal, ticks: tuple[TickSize, ...]) -> Decimal:
    """The next step that is no better for us than `price`; across a threshold the step of the side it is on counts."""
    tick = tick_at(ticks, abs(price))
    return (price / tick).to_integral_value(rounding=ROUND_FLOOR) * tick


def _no_market(closing: Closing, quotes: Sequence[Quote | None]) -> str:
    missing = [leg.words for leg, quote in zip(closing.legs, quotes, strict=True) if two_sided(quote) is None]
    return f"no market for {', '.join(missing)}: say a price, close {closing.underlying} @ PRICE"


def closed_quantity(orders: Iterable[Closing]) -> dict[str, Decimal]:
    """Signed quantity that these orders take away of each position: what they sell is positive."""
    total: dict[str, Decimal] = {}
    for order in orders:
        for leg in order.legs:
            signed = leg.quantity if leg.action is Action.SELL_TO_CLOSE else -leg.quantity
            total[leg.symbol] = total.get(leg.symbol, Decimal(0)) + signed
    return total


def held_words(quantity: Decimal, words: str) -> str:
    """`100 AAPL long`, `2 SPY … short`."""
    return f"{quantity_text(abs(quantity))} {words} {'long' if quantity > 0 else 'short'}"
