"""`roll SPY 45d same delta`: one order that closes the legs held and opens them at a later expiration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from senexbot.domain.instruments import Instrument, Right
from senexbot.domain.language.said import (
    AtDelta,
    AtStrike,
    CloseSaid,
    Expiration,
    Pegged,
    Pricing,
    Reference,
    RollSaid,
    SameDelta,
    SameStrike,
    Sentence,
    Strike,
)
from senexbot.domain.market import Position
from senexbot.domain.resolving.closes import closed_quantities, held_lines, instruments_of
from senexbot.domain.resolving.expirations import Picked, pick_expiration
from senexbot.domain.resolving.known import Known
from senexbot.domain.resolving.legs import MOST_LEGS
from senexbot.domain.resolving.orders import markets, terms_of
from senexbot.domain.resolving.outcome import CannotResolve, Choice, Resolved
from senexbot.domain.resolving.positions import closing_action, terms_leg
from senexbot.domain.resolving.pricing import Package, price_of
from senexbot.domain.resolving.strikes import Money, Place, Struck, delta_words, number, strike_of
from senexbot.domain.terms import Action, Leg

_OPENS = {Action.BUY_TO_CLOSE: Action.SELL_TO_OPEN, Action.SELL_TO_CLOSE: Action.BUY_TO_OPEN}


def resolve_roll(said: RollSaid, known: Known) -> Resolved:
    """Raises CannotResolve, or Lacking for what has to be read first."""
    held = _held(said, known)
    quantities = closed_quantities(
        CloseSaid(said.amount, said.symbol, options_only=True, account_hint=said.account_hint), held
    )
    old = instruments_of(held, known)
    picked = _later(said, old, known)
    chain = known.chain(said.symbol)
    money = Money(known, known.instrument(chain.underlying), chain.underlying)
    struck = [_strike(said, contract, picked, known, money) for contract in old]
    legs: list[Leg] = []
    for position, contract, quantity, new in zip(held, old, quantities, struck, strict=True):
        action = closing_action(position.quantity)
        legs.append(terms_leg(contract, action, quantity))
        _never_both_ways(new.contract, _OPENS[action], known)
        legs.append(terms_leg(new.contract, _OPENS[action], quantity))
    instruments = tuple(i for pair in zip(old, struck, strict=True) for i in (pair[0], pair[1].contract))
    quotes = known.quotes_of(instruments)

    def instead(pricing: Pricing) -> Sentence:
        return replace(said, pricing=pricing)

    package = Package(tuple(legs), instruments, quotes, instead)
    priced = price_of(said.pricing or Pegged(Reference.MID), package)
    terms = terms_of(known, held[0].underlying, tuple(legs), priced, said.standing, strategy="roll")
    choices = (_words(picked, old, struck), *priced.choices)
    return Resolved(terms, choices, markets(instruments, quotes, known), money.quote)


def _held(said: RollSaid, known: Known) -> tuple[Position, ...]:
    """At most two options, as each takes two legs of the order."""
    lines = held_lines(said.symbol, known, options_only=True)
    held = tuple(p for p in lines if said.right is None or _right(p) == said.right.value)
    if not held:
        kind = f"{said.right.word}s" if said.right else "options"
        raise CannotResolve("position_missing", f"you hold no {said.symbol} {kind}")
    if len(held) * 2 > MOST_LEGS:
        words = f"you hold {len(held)} {said.symbol} options; one order rolls at most two"
        raise CannotResolve("roll_shape", words, instead=_one_right(said, held))
    return held


def _right(position: Position) -> str:
    return position.symbol[12:13]  # of a padded OCC symbol


def _one_right(said: RollSaid, held: Sequence[Position]) -> tuple[Sentence, ...]:
    """Only the puts or only the calls, where that is few enough."""
    counts = {right: sum(_right(p) == right.value for p in held) for right in Right}
    return tuple(replace(said, right=right) for right, count in counts.items() if 0 < count * 2 <= MOST_LEGS)


def _later(said: RollSaid, old: Sequence[Instrument], known: Known) -> Picked:
    chain = known.chain(said.symbol)

    def instead(expiration: Expiration) -> Sentence:
        return replace(said, expiration=expiration)

    picked = pick_expiration(said.expiration, chain, said.symbol, known.today, instead)
    latest = max(c.option.expiration for c in old if c.option is not None)
    if picked.expiration.day <= latest:
        words = f"{picked.expiration.words} is not later than what you hold ({latest.day} {latest:%b %y})"
        raise CannotResolve("roll_shape", words)
    return picked


def _strike(said: RollSaid, held: Instrument, picked: Picked, known: Known, money: Money) -> Struck:
    assert held.option is not None

    def instead(strike: Strike) -> Sentence:
        if isinstance(strike, AtStrike | AtDelta | SameDelta | SameStrike):
            return replace(said, strike=strike)
        return said

    place = Place(known, picked.expiration, held.option.right, money, None, instead)
    match said.strike:
        case SameStrike():
            return strike_of(AtStrike(held.option.strike), place)
        case SameDelta():
            now = known.greeks_of((held,)).get(held.symbol)
            if now is None:
                raise CannotResolve("greeks_missing", f"the delta of {held.words} could not be read")
            found = strike_of(AtDelta(abs(now.delta) * 100), place)
            return Struck(found.contract, f"{found.why}, nearest to {delta_words(now.delta)}")
        case AtDelta() | AtStrike():
            return strike_of(said.strike, place)


def _never_both_ways(contract: Instrument, action: Action, known: Known) -> None:
    """Opening against a position in the same contract would close it instead."""
    held = known.held(contract.symbol)
    if held and (held > 0) != (action is Action.BUY_TO_OPEN):
        raise CannotResolve("roll_shape", f"you hold {contract.words} the other way round already")


def _words(picked: Picked, old: Sequence[Instrument], struck: Sequence[Struck]) -> Choice:
    moves = ", ".join(
        f"{o.words} to {number(s.contract.option.strike)} {s.why}".rstrip()
        for o, s in zip(old, struck, strict=True)
        if s.contract.option is not None
    )
    why = f" ({picked.why})" if picked.why else ""
    return Choice(f"{picked.expiration.words}{why}: {moves}")
