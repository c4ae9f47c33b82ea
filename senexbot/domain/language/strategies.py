"""Strategies by name: which legs the words make of an underlying. What the words leave open is refused.

A listed vertical, condor or strangle is the same in whatever order its strikes stand: they say which is which.
Where the order would decide (ratio, diagonal), it is the order of the words.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from senexbot.domain.instruments import Right
from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.said import (
    AtDelta,
    AtStrike,
    AtTheMoney,
    Effect,
    Expiration,
    InDays,
    LegSaid,
    Monthly,
    OnDate,
    PercentOut,
    SameStrike,
    Spread,
    Strategy,
    Strike,
    WideFrom,
)
from senexbot.domain.language.strikes import Specs, StrikeSaid, exact_strike
from senexbot.domain.terms import Side
from senexbot.domain.words import Word

PUT, CALL = Right.PUT, Right.CALL

HOW = {
    Strategy.SINGLE: "Say it like SPY 18DEC26 590p, or SPY put 45d 16Δ.",
    Strategy.VERTICAL: "Say it like SPY 18DEC26 580/575 put vertical, or 45d 30Δ 5 wide put vertical.",
    Strategy.STRANGLE: "Say it like SPY strangle 45d 16Δ, or SPY 18DEC26 562/630 strangle.",
    Strategy.STRADDLE: "Say it like SPY 18DEC26 590 straddle, or SPY straddle 45d atm.",
    Strategy.IRON_CONDOR: "Say it like SPY 18DEC26 575/580/625/630 iron condor, or iron condor 45d 16Δ 5 wide.",
    Strategy.IRON_BUTTERFLY: "Say it like SPY 18DEC26 580/590/600 iron butterfly, or 45d atm 10 wide.",
    Strategy.BUTTERFLY: "Say it like SPY 18DEC26 580/590/600 call butterfly, or 45d atm 10 wide.",
    Strategy.CALENDAR: "Say it like SPY 18DEC26/15JAN27 590 call calendar, or 30d/60d atm call calendar.",
    Strategy.DIAGONAL: "Say it like SPY 18DEC26/15JAN27 600/590 call diagonal.",
    Strategy.RATIO: "Say it like SPY 18DEC26 580/570 1x2 put ratio.",
    Strategy.COVERED_CALL: "Say it like AAPL covered call 45d 30Δ, or AAPL 18DEC26 195 covered call.",
    Strategy.COLLAR: "Say it like AAPL 18DEC26 180/195 collar, or AAPL collar 45d 25Δ.",
}


def spread_of(symbol: str, said: Specs, side: Side) -> Spread:
    """The legs that were said. Raises Misread for what is missing, too much or contradicts itself."""
    strategy = said.strategy or Strategy.SINGLE
    if strategy is not Strategy.SINGLE:
        _take_bare(said)
    _refuse_idle(said, strategy)
    legs, with_shares = _BUILD[strategy](said, side)
    two = strategy in {Strategy.CALENDAR, Strategy.DIAGONAL}
    return Spread(
        symbol=symbol,
        strategy=strategy,
        legs=legs,
        expiration=None if two else _one_expiration(said, strategy),
        right=_right(said, strategy) if strategy in _ONE_RIGHT else None,
        with_shares=with_shares,
    )


def natural_effect(spread: Spread, side: Side) -> Effect | None:
    """What a price of it can only be; None where both can be, and the word has to be said."""
    if spread.strategy in {Strategy.DIAGONAL, Strategy.RATIO, Strategy.COLLAR, Strategy.LEGS} or _is_broken(
        spread
    ):
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
    if strategy in {
        Strategy.STRANGLE,
        Strategy.STRADDLE,
        Strategy.CALENDAR,
        Strategy.DIAGONAL,
        Strategy.SINGLE,
    } or (strategy in {Strategy.COVERED_CALL, Strategy.COLLAR}):
        idle += [word for _, word in said.widths]
    idle += [word for _, word in said.widths[1:]]
    if (
        said.right_at
        and strategy not in _ONE_RIGHT
        and not (strategy is Strategy.COVERED_CALL and said.right is CALL)
    ):
        idle.append(said.right_at)
    if said.with_shares and strategy not in {Strategy.COVERED_CALL, Strategy.COLLAR}:
        idle.append(said.with_shares)
    if idle:
        name = "a single option" if strategy is Strategy.SINGLE else _a(strategy)
        raise misread(f"{{}} has no place in {name}.", idle[0], HOW[strategy])
    if said.ratio is not None and strategy is not Strategy.RATIO:
        raise _shape(said, strategy, f"{_a(strategy).capitalize()} has no ratio.")


def _a(strategy: Strategy) -> str:
    return f"an {strategy}" if strategy.value.startswith("i") else f"a {strategy}"


def _shape(said: Specs, strategy: Strategy, message: str, *fixes: Fix) -> Misread:
    return Misread(message, at=said.strategy_at, hint=HOW[strategy], fixes=fixes)


def _one_expiration(said: Specs, strategy: Strategy) -> Expiration:
    if not said.expirations:
        raise Misread("The expiration is missing.", hint=f"Add one, such as 18DEC26 or 45d. {HOW[strategy]}")
    if len(said.expirations) > 1:
        raise misread("{}: the expiration was said already.", said.expirations[1][1], "Say it once.")
    return said.expirations[0][0]


def _right(said: Specs, strategy: Strategy) -> Right:
    """The one right of all legs, from a word or from the strikes."""
    rights = {s.right for s in said.strikes if s.right} | ({said.right} if said.right else set())
    if len(rights) > 1:
        raise _shape(said, strategy, "Put or call? Both were said.")
    if not rights:
        fixes: tuple[Fix, ...] = ()
        at = said.strategy_at or (said.strikes[0].at if said.strikes else None)
        if at:
            order = ("{} put", "{} call") if said.strategy is None else ("put {}", "call {}")
            fixes = tuple(Fix(f.split()[f.startswith("{")], ((at.place, f.format(at.text)),)) for f in order)
        raise Misread("Put or call?", at=at, hint=HOW[strategy], fixes=fixes)
    return rights.pop()


def _same_kind(strikes: list[StrikeSaid]) -> bool:
    return len({type(s.strike) for s in strikes}) == 1


def _worth(strike: Strike, right: Right) -> Decimal:
    """A rank by worth among strikes said in the same way: the nearer to the money, the more."""
    if isinstance(strike, AtStrike):
        return strike.strike if right is PUT else -strike.strike
    if isinstance(strike, AtDelta):
        return strike.delta
    return -strike.percent if isinstance(strike, PercentOut) else Decimal(0)


def _ordered(
    said: Specs, strategy: Strategy, strikes: list[StrikeSaid], right: Right
) -> tuple[Strike, Strike]:
    """Two strikes said in the same way, the one worth more first."""
    first, second = sorted(strikes, key=lambda s: _worth(s.strike, right), reverse=True)
    if not _same_kind(strikes) or first.strike == second.strike:
        raise _shape(said, strategy, f"The two strikes do not make {_a(strategy)}.")
    return first.strike, second.strike


Legs = tuple[tuple[LegSaid, ...], bool]


def _pair(said: Specs, strategy: Strategy, right: Right, *, sort: bool) -> tuple[Strike, Strike]:
    """Near and far strike of a vertical or ratio: two, or one and a width."""
    if len(said.strikes) == 1 and said.widths:
        return said.strikes[0].strike, WideFrom(said.widths[0][0])
    if len(said.strikes) != 2 or said.widths:
        raise _shape(said, strategy, f"{_a(strategy).capitalize()} has two strikes, or one and a width.")
    ordered = _ordered(said, strategy, said.strikes, right)
    return ordered if sort else (said.strikes[0].strike, said.strikes[1].strike)


def _single(said: Specs, side: Side) -> Legs:
    del side
    if len(said.strikes) != 1:
        many = said.strikes[1].at if len(said.strikes) > 1 else None
        if many:
            raise misread(
                "{}: a second strike, and no strategy.", many, "Name the strategy, such as put vertical."
            )
        raise Misread("The strike is missing.", hint=HOW[Strategy.SINGLE])
    return (LegSaid(said.strikes[0].strike, _right(said, Strategy.SINGLE)),), False


def _vertical(said: Specs, side: Side) -> Legs:
    del side
    right = _right(said, Strategy.VERTICAL)
    near, far = _pair(said, Strategy.VERTICAL, right, sort=True)
    return (LegSaid(near, right), LegSaid(far, right)), False


def _ratio(said: Specs, side: Side) -> Legs:
    del side
    if said.ratio is None:
        raise _shape(said, Strategy.RATIO, "Which ratio?")
    right = _right(said, Strategy.RATIO)
    near, far = _pair(said, Strategy.RATIO, right, sort=False)
    return (LegSaid(near, right, ratio=said.ratio[0]), LegSaid(far, right, ratio=said.ratio[1])), False


def _sides(said: Specs, strategy: Strategy) -> tuple[Strike, Strike]:
    """The put's and the call's strike: two, or one distance for both."""
    strikes = said.strikes
    by_right = {s.right: s.strike for s in strikes}
    if len(strikes) == 1 and isinstance(strikes[0].strike, AtDelta | PercentOut) and strikes[0].right is None:
        return strikes[0].strike, strikes[0].strike
    if len(strikes) != 2:
        raise _shape(
            said, strategy, f"{_a(strategy).capitalize()} has two strikes, or one delta for both sides."
        )
    if set(by_right) == {PUT, CALL}:
        put, call = by_right[PUT], by_right[CALL]
    elif set(by_right) == {None}:
        put, call = _unnamed(said, strategy)
    else:
        raise _shape(said, strategy, f"{_a(strategy).capitalize()} has one put and one call.")
    if isinstance(put, AtStrike) and isinstance(call, AtStrike) and put.strike >= call.strike:
        raise _shape(said, strategy, "The put has to lie below the call.")
    return put, call


def _unnamed(said: Specs, strategy: Strategy) -> tuple[Strike, Strike]:
    one, two = said.strikes
    if isinstance(one.strike, AtStrike) and isinstance(two.strike, AtStrike):
        low, high = sorted((one.strike, two.strike), key=lambda s: s.strike)
        return low, high
    if one.strike == two.strike:
        return one.strike, two.strike
    raise _shape(said, strategy, "Which of the two is the put's?")


def _strangle(said: Specs, side: Side) -> Legs:
    del side
    put, call = _sides(said, Strategy.STRANGLE)
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
        raise _shape(said, Strategy.STRADDLE, "A straddle has one strike, or atm.", *fixes)
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
            raise _shape(said, strategy, "An iron condor has four different strikes.")
        return _four(exact[1], exact[0], exact[2], exact[3])
    if said.widths and said.strikes:
        put, call = _sides(said, strategy)
        wing = WideFrom(said.widths[0][0])
        return _four(put, wing, call, wing)
    if len(said.strikes) == 2 and not any(s.right or isinstance(s.strike, AtStrike) for s in said.strikes):
        near, far = _ordered(said, strategy, said.strikes, PUT)
        return _four(near, far, near, far)
    raise _shape(said, strategy, "An iron condor has four strikes, or a delta and a width.")


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
        raise _shape(
            said, Strategy.IRON_BUTTERFLY, "An iron butterfly has three strikes, or one (or atm) and a width."
        )
    wing = WideFrom(said.widths[0][0])
    return _four(body, wing, body, wing)


def _butterfly(said: Specs, side: Side) -> Legs:
    del side
    right = _right(said, Strategy.BUTTERFLY)
    exact = sorted({s.strike.strike for s in said.strikes if isinstance(s.strike, AtStrike)})
    if len(exact) == len(said.strikes) == 3 and not said.widths:
        strikes: list[Strike] = [AtStrike(s) for s in exact]
    elif len(said.strikes) == 1 and said.widths:
        wing = WideFrom(said.widths[0][0])
        strikes = [wing, said.strikes[0].strike, wing]
    else:
        raise _shape(said, Strategy.BUTTERFLY, "A butterfly has three strikes, or its middle and a width.")
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
        raise _shape(said, strategy, f"{_a(strategy).capitalize()} has two expirations.")
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
    right = _right(said, Strategy.CALENDAR)
    near, far = _two_expirations(said, Strategy.CALENDAR)
    if len(said.strikes) != 1:
        raise _shape(said, Strategy.CALENDAR, "A calendar has one strike.")
    strike = said.strikes[0].strike
    same: Strike = strike if isinstance(strike, AtStrike) else SameStrike()
    return (LegSaid(strike, right, near), LegSaid(same, right, far)), False


def _diagonal(said: Specs, side: Side) -> Legs:
    """The near leg first; the first strike said belongs to the first expiration said."""
    del side
    right = _right(said, Strategy.DIAGONAL)
    near, far = _two_expirations(said, Strategy.DIAGONAL)
    if len(said.strikes) != 2 or said.strikes[0].strike == said.strikes[1].strike:
        raise _shape(said, Strategy.DIAGONAL, "A diagonal has two different strikes.")
    pairs = {e: s.strike for (e, _), s in zip(said.expirations, said.strikes, strict=True)}
    return (LegSaid(pairs[near], right, near), LegSaid(pairs[far], right, far)), False


def _covered_call(said: Specs, side: Side) -> Legs:
    """Bought with its shares; sold against shares that are held."""
    if len(said.strikes) != 1 or said.strikes[0].right is PUT:
        raise _shape(said, Strategy.COVERED_CALL, "A covered call has one strike, of a call.")
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
        raise _shape(said, Strategy.COLLAR, "A collar is bought: the put is bought and the call sold.")
    put, call = _sides(said, Strategy.COLLAR)
    return (LegSaid(put, PUT), LegSaid(call, CALL)), said.with_shares is not None


_BUILD: dict[Strategy, Callable[[Specs, Side], Legs]] = {
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
_ONE_RIGHT = frozenset(
    {
        Strategy.SINGLE,
        Strategy.VERTICAL,
        Strategy.BUTTERFLY,
        Strategy.CALENDAR,
        Strategy.DIAGONAL,
        Strategy.RATIO,
    }
)
__all__ = ["HOW", "Monthly", "natural_effect", "spread_of"]
