"""`roll SPY 45d same delta`: one order that closes the legs held and opens them at a later expiration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from senexbot.domain.instruments import Instrument, Right
from senexbot.domain.language.said import (
    AtDelta,
    AtStrike,
    CloseSaid,
    Expiration,
    OnDate,
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
from senexbot.domain.orders.terms import Action, Leg
from senexbot.domain.resolving.closes import closed_quantities, held_lines, instruments_of
from senexbot.domain.resolving.expirations import OFFERED, Picked, pick_expiration
from senexbot.domain.resolving.known import Known
from senexbot.domain.resolving.legs import MOST_LEGS
from senexbot.domain.resolving.orders import markets, terms_of
from senexbot.domain.resolving.outcome import CannotResolve, Choice, Resolved
from senexbot.domain.resolving.positions import closing_action, terms_leg
from senexbot.domain.resolving.pricing import Package, price_of
from senexbot.domain.resolving.strikes import Money, Place, Struck, ask_deltas, delta_words, number, strike_of

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
    struck = _strikes(said, old, picked, known, money)
    if len({new.contract.symbol for new in struck}) != len(struck):
        raise CannotResolve("roll_shape", "two legs would become one contract: roll them one by one")
    legs: list[Leg] = []
    for position, contract, quantity, new in zip(held, old, quantities, struck, strict=True):
        action = closing_action(position.quantity)
        legs.append(terms_leg(contract, action, quantity))
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

    latest = max(c.option.expiration for c in old if c.option is not None)
    later = latest + timedelta(days=1)
    if isinstance(said.expiration, OnDate) and said.expiration.day < later:
        words = f"{said.expiration.day:%d %b %y} is not later than what you hold ({latest:%d %b %y})"
        offers = sorted({e.day for e in chain.standard() if e.day >= later})[:OFFERED]
        raise CannotResolve("roll_shape", words, instead=tuple(instead(OnDate(day)) for day in offers))
    return pick_expiration(said.expiration, chain, said.symbol, known.today, instead, since=later)


def _strikes(
    said: RollSaid, old: Sequence[Instrument], picked: Picked, known: Known, money: Money
) -> list[Struck]:
    """The new contract of each leg: at its own strike or delta, or at the one that was said."""

    def instead(strike: Strike) -> Sentence:
        # only exact strikes are offered
        return replace(said, strike=strike) if isinstance(strike, AtStrike) else said

    now = known.greeks_of(old) if isinstance(said.strike, SameDelta) else {}
    wanted: list[tuple[Strike, Place]] = []
    for contract in old:
        assert contract.option is not None
        strike: Strike = said.strike
        if isinstance(strike, SameStrike):
            strike = AtStrike(contract.option.strike)
        elif isinstance(strike, SameDelta):
            if contract.symbol not in now:
                raise CannotResolve("greeks_missing", f"the delta of {contract.words} could not be read")
            strike = AtDelta(abs(now[contract.symbol].delta) * 100)
        place = Place(known, picked.expiration, contract.option.right, money, None, instead)
        wanted.append((strike, place))
    ask_deltas(known, wanted)
    found = [strike_of(strike, place) for strike, place in wanted]
    return [
        replace(new, why=f"{new.why}, nearest to {delta_words(now[o.symbol].delta)}") if now else new
        for new, o in zip(found, old, strict=True)
    ]


def _words(picked: Picked, old: Sequence[Instrument], struck: Sequence[Struck]) -> Choice:
    moves = ", ".join(
        f"{o.words} to {number(s.contract.option.strike)} {s.why}".rstrip()
        for o, s in zip(old, struck, strict=True)
        if s.contract.option is not None
    )
    why = f" ({picked.why})" if picked.why else ""
    return Choice(f"{picked.expiration.words}{why}: {moves}")
