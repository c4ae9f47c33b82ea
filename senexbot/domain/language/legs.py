"""The legs of each strategy: one function a strategy, from what was said to its legs in their order.

Each gives the legs, and whether shares are part of the order.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.said import (
    AtStrike,
    AtTheMoney,
    Expiration,
    InDays,
    LegSaid,
    OnDate,
    SameStrike,
    Strategy,
    Strike,
    WideFrom,
)
from senexbot.domain.language.shapes import (
    CALL,
    HOW,
    PUT,
    Legs,
    named,
    one_right,
    ordered,
    pair,
    shape,
    sides,
)
from senexbot.domain.language.strikes import Specs
from senexbot.domain.orders.terms import Side
from senexbot.domain.words import Word


def _single(said: Specs, side: Side) -> Legs:
    del side
    if len(said.strikes) != 1:
        many = said.strikes[1].at if len(said.strikes) > 1 else None
        if many:
            raise misread(
                "{}: a second strike, and no strategy.", many, "Name the strategy, such as put vertical."
            )
        raise Misread("The strike is missing.", hint=HOW[Strategy.SINGLE])
    return (LegSaid(said.strikes[0].strike, one_right(said, Strategy.SINGLE)),), False


def _vertical(said: Specs, side: Side) -> Legs:
    del side
    right = one_right(said, Strategy.VERTICAL)
    near, far = pair(said, Strategy.VERTICAL, right, sort=True)
    return (LegSaid(near, right), LegSaid(far, right)), False


def _ratio(said: Specs, side: Side) -> Legs:
    del side
    if said.ratio is None:
        raise shape(said, Strategy.RATIO, "Which ratio?")
    right = one_right(said, Strategy.RATIO)
    near, far = pair(said, Strategy.RATIO, right, sort=False)
    return (LegSaid(near, right, ratio=said.ratio[0]), LegSaid(far, right, ratio=said.ratio[1])), False


def _strangle(said: Specs, side: Side) -> Legs:
    del side
    put, call = sides(said, Strategy.STRANGLE)
    return (LegSaid(put, PUT), LegSaid(call, CALL)), False


def _straddle(said: Specs, side: Side) -> Legs:
    del side
    strikes = {s.strike for s in said.strikes}
    if (
        len(strikes) != 1
        or any(s.right for s in said.strikes)
        or not isinstance(min(strikes, key=str), AtStrike | AtTheMoney)
    ):
        fixes: tuple[Fix, ...] = ()
        if len(said.strikes) == 2 and said.strategy_at:
            fixes = (Fix("strangle", ((said.strategy_at.place, "strangle"),)),)
        raise shape(said, Strategy.STRADDLE, "A straddle has one strike, or atm.", *fixes)
    strike = strikes.pop()
    return (LegSaid(strike, PUT), LegSaid(strike, CALL)), False


def _four(put: Strike, put_wing: Strike, call: Strike, call_wing: Strike) -> Legs:
    return (LegSaid(put, PUT), LegSaid(put_wing, PUT), LegSaid(call, CALL), LegSaid(call_wing, CALL)), False


def _exact(said: Specs) -> list[AtStrike]:
    """All strikes sorted, when all are exact and lie as puts below calls where they name a right; else none."""
    exact = sorted(
        ((s.strike.strike, s.right) for s in said.strikes if isinstance(s.strike, AtStrike)),
        key=lambda s: s[0],
    )
    half = len(exact) / 2
    fits = all(right in {None, PUT if i < half else CALL} for i, (_, right) in enumerate(exact))
    return [AtStrike(strike) for strike, _ in exact] if fits and len(exact) == len(said.strikes) else []


def _iron_condor(said: Specs, side: Side) -> Legs:
    del side
    strategy = Strategy.IRON_CONDOR
    exact = _exact(said)
    if len(exact) == 4 and not said.widths:
        if len(set(exact)) < 4:
            raise shape(said, strategy, "An iron condor has four different strikes.")
        return _four(exact[1], exact[0], exact[2], exact[3])
    if said.widths and said.strikes:
        put, call = sides(said, strategy)
        wing = WideFrom(said.widths[0][0])
        return _four(put, wing, call, wing)
    if len(said.strikes) == 2 and not any(s.right or isinstance(s.strike, AtStrike) for s in said.strikes):
        near, far = ordered(said, strategy, said.strikes, PUT)
        return _four(near, far, near, far)
    raise shape(said, strategy, "An iron condor has four strikes, or a delta and a width.")


def _body(said: Specs) -> Strike | None:
    """One strike and a width."""
    one = said.strikes[0] if len(said.strikes) == 1 and said.widths else None
    return one.strike if one and isinstance(one.strike, AtStrike | AtTheMoney) else None


def _iron_butterfly(said: Specs, side: Side) -> Legs:
    del side
    exact = [] if said.widths else _exact(said)
    if len(exact) == 4 and exact[1] == exact[2]:
        exact.pop(1)
    if len(exact) == 3 and len(set(exact)) == 3:
        return _four(exact[1], exact[0], exact[1], exact[2])
    body = _body(said)
    if body is None:
        raise shape(
            said, Strategy.IRON_BUTTERFLY, "An iron butterfly has three strikes, or one (or atm) and a width."
        )
    wing = WideFrom(said.widths[0][0])
    return _four(body, wing, body, wing)


def _butterfly(said: Specs, side: Side) -> Legs:
    del side
    right = one_right(said, Strategy.BUTTERFLY)
    exact = sorted({s.strike.strike for s in said.strikes if isinstance(s.strike, AtStrike)})
    if len(exact) == len(said.strikes) == 3 and not said.widths:
        strikes: list[Strike] = [AtStrike(s) for s in exact]
    elif len(said.strikes) == 1 and said.widths:
        wing = WideFrom(said.widths[0][0])
        strikes = [wing, said.strikes[0].strike, wing]
    else:
        raise shape(said, Strategy.BUTTERFLY, "A butterfly has three strikes, or its middle and a width.")
    return tuple(LegSaid(s, right, ratio=n) for s, n in zip(strikes, (1, 2, 1), strict=True)), False


def _when(expiration: Expiration, word: Word) -> Decimal:
    """A rank in time, among expirations said in the same way."""
    if isinstance(expiration, OnDate):
        return Decimal(expiration.day.toordinal())
    if isinstance(expiration, InDays):
        return Decimal(expiration.days)
    if expiration.year is None or expiration.month is None:
        raise misread("{}: which of the two is the nearer?", word, "Name both by date or by days.")
    return Decimal(expiration.year * 12 + expiration.month)


def _two_expirations(said: Specs, strategy: Strategy) -> list[Expiration]:
    found = said.expirations
    if len(found) != 2:
        raise shape(said, strategy, f"{named(strategy).capitalize()} has two expirations.")
    if type(found[0][0]) is not type(found[1][0]):
        raise misread(
            "{}: name both expirations in the same way.", found[1][1], "Both by date, or both by days."
        )
    ranks = [_when(*pair) for pair in found]
    if ranks[0] == ranks[1]:
        raise misread("{}: the two expirations are one.", found[1][1], HOW[strategy])
    return [e for e, _ in (found if ranks[0] < ranks[1] else reversed(found))]


def _calendar(said: Specs, side: Side) -> Legs:
    """The near leg first. One strike for both: where it is looked up, the near leg's counts."""
    del side
    right = one_right(said, Strategy.CALENDAR)
    near, far = _two_expirations(said, Strategy.CALENDAR)
    if len(said.strikes) != 1:
        raise shape(said, Strategy.CALENDAR, "A calendar has one strike.")
    strike = said.strikes[0].strike
    same: Strike = strike if isinstance(strike, AtStrike) else SameStrike()
    return (LegSaid(strike, right, near), LegSaid(same, right, far)), False


def _diagonal(said: Specs, side: Side) -> Legs:
    """The near leg first; the first strike said belongs to the first expiration said."""
    del side
    right = one_right(said, Strategy.DIAGONAL)
    near, far = _two_expirations(said, Strategy.DIAGONAL)
    if len(said.strikes) != 2 or said.strikes[0].strike == said.strikes[1].strike:
        raise shape(said, Strategy.DIAGONAL, "A diagonal has two different strikes.")
    pairs = {e: s.strike for (e, _), s in zip(said.expirations, said.strikes, strict=True)}
    return (LegSaid(pairs[near], right, near), LegSaid(pairs[far], right, far)), False


def _covered_call(said: Specs, side: Side) -> Legs:
    """Bought with its shares; sold against shares that are held."""
    if len(said.strikes) != 1 or said.strikes[0].right is PUT:
        raise shape(said, Strategy.COVERED_CALL, "A covered call has one strike, of a call.")
    if said.with_shares and side is Side.SELL:
        raise misread(
            "{}: sold, it is a call against shares that are held.",
            said.with_shares,
            "Leave it out, or buy it.",
        )
    return (LegSaid(said.strikes[0].strike, CALL),), side is Side.BUY


def _collar(said: Specs, side: Side) -> Legs:
    """A put bought and a call sold around shares: those held, or bought with it."""
    if side is Side.SELL:
        raise shape(said, Strategy.COLLAR, "A collar is bought: the put is bought and the call sold.")
    put, call = sides(said, Strategy.COLLAR)
    return (LegSaid(put, PUT), LegSaid(call, CALL)), said.with_shares is not None


BUILD: dict[Strategy, Callable[[Specs, Side], Legs]] = {
    Strategy.SINGLE: _single,
    Strategy.VERTICAL: _vertical,
    Strategy.STRANGLE: _strangle,
    Strategy.STRADDLE: _straddle,
    Strategy.IRON_CONDOR: _iron_condor,
    Strategy.IRON_BUTTERFLY: _iron_butterfly,
    Strategy.BUTTERFLY: _butterfly,
    Strategy.CALENDAR: _calendar,
    Strategy.DIAGONAL: _diagonal,
    Strategy.RATIO: _ratio,
    Strategy.COVERED_CALL: _covered_call,
    Strategy.COLLAR: _collar,
}
ONE_RIGHT = frozenset(
    {
        Strategy.SINGLE,
        Strategy.VERTICAL,
        Strategy.BUTTERFLY,
        Strategy.CALENDAR,
        Strategy.DIAGONAL,
        Strategy.RATIO,
    }
)
