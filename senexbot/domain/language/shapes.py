"""What several strategies share: one right, two strikes by worth, a put's and a call's side."""

from __future__ import annotations

from decimal import Decimal

from senexbot.domain.instruments import Right
from senexbot.domain.language.misread import Fix, Misread
from senexbot.domain.language.said import (
    AtDelta,
    AtStrike,
    LegSaid,
    PercentOut,
    Strategy,
    Strike,
    WideFrom,
)
from senexbot.domain.language.strikes import Specs, StrikeSaid

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


def named(strategy: Strategy) -> str:
    return f"an {strategy}" if strategy.value.startswith("i") else f"a {strategy}"


def shape(said: Specs, strategy: Strategy, message: str, *fixes: Fix) -> Misread:
    return Misread(message, at=said.strategy_at, hint=HOW[strategy], fixes=fixes)


def one_right(said: Specs, strategy: Strategy) -> Right:
    """The one right of all legs, from a word or from the strikes."""
    rights = {s.right for s in said.strikes if s.right} | ({said.right} if said.right else set())
    if len(rights) > 1:
        raise shape(said, strategy, "Put or call? Both were said.")
    if not rights:
        at = said.strategy_at or said.strikes[0].at
        behind = said.strategy is None  # `590 put`, but `put vertical`
        texts = ((w, f"{at.text} {w}" if behind else f"{w} {at.text}") for w in ("put", "call"))
        fixes = tuple(Fix(label, ((at.place, text),)) for label, text in texts)
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


def ordered(
    said: Specs, strategy: Strategy, strikes: list[StrikeSaid], right: Right
) -> tuple[Strike, Strike]:
    """Two strikes said in the same way, the one worth more first."""
    first, second = sorted(strikes, key=lambda s: _worth(s.strike, right), reverse=True)
    if not _same_kind(strikes) or first.strike == second.strike:
        raise shape(said, strategy, f"The two strikes do not make {named(strategy)}.")
    return first.strike, second.strike


Legs = tuple[tuple[LegSaid, ...], bool]


def pair(said: Specs, strategy: Strategy, right: Right, *, sort: bool) -> tuple[Strike, Strike]:
    """Near and far strike of a vertical or ratio: two, or one and a width."""
    if len(said.strikes) == 1 and said.widths:
        return said.strikes[0].strike, WideFrom(said.widths[0][0])
    if len(said.strikes) != 2 or said.widths:
        raise shape(said, strategy, f"{named(strategy).capitalize()} has two strikes, or one and a width.")
    by_worth = ordered(said, strategy, said.strikes, right)
    return by_worth if sort else (said.strikes[0].strike, said.strikes[1].strike)


def sides(said: Specs, strategy: Strategy) -> tuple[Strike, Strike]:
    """The put's and the call's strike: two, or one distance for both."""
    strikes = said.strikes
    by_right = {s.right: s.strike for s in strikes}
    if len(strikes) == 1 and isinstance(strikes[0].strike, AtDelta | PercentOut) and strikes[0].right is None:
        return strikes[0].strike, strikes[0].strike
    if len(strikes) != 2:
        raise shape(
            said, strategy, f"{named(strategy).capitalize()} has two strikes, or one delta for both sides."
        )
    if set(by_right) == {PUT, CALL}:
        put, call = by_right[PUT], by_right[CALL]
    elif set(by_right) == {None}:
        put, call = _unnamed(said, strategy)
    else:
        raise shape(said, strategy, f"{named(strategy).capitalize()} has one put and one call.")
    if isinstance(put, AtStrike) and isinstance(call, AtStrike) and put.strike >= call.strike:
        raise shape(said, strategy, "The put has to lie below the call.")
    return put, call


def _unnamed(said: Specs, strategy: Strategy) -> tuple[Strike, Strike]:
    one, two = said.strikes
    if isinstance(one.strike, AtStrike) and isinstance(two.strike, AtStrike):
        low, high = sorted((one.strike, two.strike), key=lambda s: s.strike)
        return low, high
    if one.strike == two.strike:
        return one.strike, two.strike
    raise shape(said, strategy, "Which of the two is the put's?")
