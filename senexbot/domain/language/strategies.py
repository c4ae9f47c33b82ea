"""Strategies by name: which legs the words make of an underlying. What the words leave open is refused.

A listed vertical, condor or strangle is the same in whatever order its strikes stand: they say which is which.
Where the order would decide (ratio, diagonal), it is the order of the words.
"""

from __future__ import annotations

from senexbot.domain.language.legs import BUILD, ONE_RIGHT
from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.said import (
    AtStrike,
    Effect,
    Expiration,
    Spread,
    Strategy,
)
from senexbot.domain.language.shapes import CALL, HOW, named, one_right, shape
from senexbot.domain.language.strikes import Specs, StrikeSaid, exact_strike
from senexbot.domain.orders.terms import Side
from senexbot.domain.words import Word

_TWO_DATES = frozenset({Strategy.CALENDAR, Strategy.DIAGONAL})
_WITH_SHARES = frozenset({Strategy.COVERED_CALL, Strategy.COLLAR})
_EITHER_WAY = frozenset({Strategy.DIAGONAL, Strategy.RATIO, Strategy.COLLAR, Strategy.LEGS})
_WITHOUT_WIDTH = _TWO_DATES | _WITH_SHARES | {Strategy.STRANGLE, Strategy.STRADDLE, Strategy.SINGLE}


def spread_of(symbol: str, said: Specs, side: Side) -> Spread:
    """The legs that were said. Raises Misread for what is missing, too much or contradicts itself."""
    strategy = said.strategy or Strategy.SINGLE
    if strategy is not Strategy.SINGLE:
        _take_bare(said)
    _refuse_idle(said, strategy)
    legs, with_shares = BUILD[strategy](said, side)
    two = strategy in _TWO_DATES
    return Spread(
        symbol=symbol,
        strategy=strategy,
        legs=legs,
        expiration=None if two else _one_expiration(said, strategy),
        right=one_right(said, strategy) if strategy in ONE_RIGHT else None,
        with_shares=with_shares,
    )


def natural_effect(spread: Spread, side: Side) -> Effect | None:
    """What a price of it can only be; None where both can be, and the word has to be said."""
    if spread.strategy in _EITHER_WAY or _is_broken(spread):
        return None
    return Effect.CREDIT if side is Side.SELL else Effect.DEBIT


def _is_broken(spread: Spread) -> bool:
    """A butterfly whose wings are not equally wide can cost or bring."""
    if spread.strategy is not Strategy.BUTTERFLY:
        return False
    strikes = [leg.strike.strike for leg in spread.legs if isinstance(leg.strike, AtStrike)]
    return len(strikes) == 3 and strikes[1] - strikes[0] != strikes[2] - strikes[1]


def _take_bare(said: Specs) -> None:
    """Behind a strategy's name a number alone is a strike; its price stands behind @."""
    for piece, effect in said.bare:
        if effect is not None:
            raise misread(
                "{}: the price of a strategy stands behind @.",
                piece.word,
                f"Type @ {piece.text}.",
                Fix(f"@ {piece.text}", ((piece.word.place, f"@ {piece.text}"),)),
            )
        said.strikes.append(StrikeSaid(exact_strike(piece.text.lstrip("$"), piece.word), None, piece.word))
    said.strikes.sort(key=lambda s: s.at.place)
    said.bare = []


def _refuse_idle(said: Specs, strategy: Strategy) -> None:
    """Words that have no place in this strategy are never skipped."""
    idle: list[Word] = []
    if said.widths:
        idle += [word for _, word in said.widths[0 if strategy in _WITHOUT_WIDTH else 1 :]]
    if (
        said.right_at
        and strategy not in ONE_RIGHT
        and not (strategy is Strategy.COVERED_CALL and said.right is CALL)
    ):
        idle.append(said.right_at)
    if said.with_shares and strategy not in _WITH_SHARES:
        idle.append(said.with_shares)
    if idle:
        name = "a single option" if strategy is Strategy.SINGLE else named(strategy)
        raise misread(f"{{}} has no place in {name}.", idle[0], HOW[strategy])
    if said.ratio is not None and strategy is not Strategy.RATIO:
        raise shape(said, strategy, f"{named(strategy).capitalize()} has no ratio.")


def _one_expiration(said: Specs, strategy: Strategy) -> Expiration:
    if not said.expirations:
        raise Misread("The expiration is missing.", hint=f"Add one, such as 18DEC26 or 45d. {HOW[strategy]}")
    if len(said.expirations) > 1:
        raise misread("{}: the expiration was said already.", said.expirations[1][1], "Say it once.")
    return said.expirations[0][0]
