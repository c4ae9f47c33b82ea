"""The legs of a spread: each one's contract, then side and ratio as the strategy's name gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import gcd

from senexbot.domain.instruments import Instrument, OptionContract, Right
from senexbot.domain.language.said import (
    AtStrike,
    Expiration,
    LegSaid,
    SameStrike,
    Sentence,
    Spread,
    Strategy,
    Strike,
    What,
    WideFrom,
)
from senexbot.domain.options.chain import OptionChain
from senexbot.domain.orders.terms import Side
from senexbot.domain.resolving.expirations import Picked, pick_expiration
from senexbot.domain.resolving.known import Known
from senexbot.domain.resolving.outcome import CannotResolve, Choice
from senexbot.domain.resolving.strikes import Money, Place, Struck, ask_deltas, number, strike_of

MOST_LEGS = 4
Rebuild = Callable[[What], Sentence]

_OPPOSITE = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


def opposite(side: Side) -> Side:
    return _OPPOSITE[side]


@dataclass(frozen=True, slots=True)
class PickedLeg:
    """`ratio`: contracts in one unit of the strategy."""

    contract: Instrument
    side: Side
    ratio: int
    why: str = ""

    @property
    def option(self) -> OptionContract:
        assert self.contract.option is not None
        return self.contract.option


@dataclass(frozen=True, slots=True)
class PickedSpread:
    legs: tuple[PickedLeg, ...]
    choices: tuple[Choice, ...]
    money: Money


def pick_legs(said: Spread, side: Side, known: Known, rebuild: Rebuild) -> PickedSpread:
    """Raises CannotResolve, or Lacking for what has to be read first."""
    if not 1 <= len(said.legs) <= MOST_LEGS:
        raise CannotResolve("too_many_legs", f"one order has at most {MOST_LEGS} legs")
    chain = known.chain(said.symbol)
    picked = _expirations(said, chain, known, rebuild)
    money = Money(known, known.instrument(chain.underlying), chain.underlying)
    struck = _strikes(said, picked, known, money, rebuild)
    legs = [
        PickedLeg(s.contract, leg.side or side, leg.ratio, s.why)
        for s, leg in zip(struck, said.legs, strict=True)
    ]
    if len({leg.contract.symbol for leg in legs}) != len(legs):
        raise CannotResolve(
            "legs_shape", f"two legs would both be the {legs[0].option.words.split(' ', 1)[1]}"
        )
    legs = _sided(said, side, legs)
    common = gcd(*(leg.ratio for leg in legs))
    if common > 1:
        shape = "x".join(str(leg.ratio // common) for leg in legs)
        raise CannotResolve("legs_shape", f"say the ratio as {shape}, and the number of units before it")
    return PickedSpread(tuple(legs), _choices(picked, legs, chain), money)


def _expirations(said: Spread, chain: OptionChain, known: Known, rebuild: Rebuild) -> list[Picked]:
    """One for each leg, in order; the order's own where a leg names none."""

    def whole(expiration: Expiration) -> Sentence:
        return rebuild(replace(said, expiration=expiration))

    def of_leg(at: int) -> Callable[[Expiration], Sentence]:
        return lambda expiration: rebuild(_with_leg(said, at, replace(said.legs[at], expiration=expiration)))

    return [
        pick_expiration(leg.expiration, chain, said.symbol, known.today, of_leg(at))
        if leg.expiration is not None
        else pick_expiration(said.expiration, chain, said.symbol, known.today, whole)
        for at, leg in enumerate(said.legs)
    ]


def _with_leg(said: Spread, at: int, leg: LegSaid) -> Spread:
    return replace(said, legs=(*said.legs[:at], leg, *said.legs[at + 1 :]))


def _strikes(
    said: Spread, picked: Sequence[Picked], known: Known, money: Money, rebuild: Rebuild
) -> list[Struck]:
    """In the order of the words, as a width counts from the strike before it in the same right.

    A butterfly's width counts both ways from its middle, and `same strike` is that of the leg before.
    """
    found: dict[int, Struck] = {}
    before: dict[Right, Decimal] = {}

    def place(at: int, base: Decimal | None = None) -> Place:
        leg = said.legs[at]
        right = leg.right or said.right
        if right is None:
            raise CannotResolve("legs_shape", f"leg {at + 1}: call or put?")

        def instead(strike: Strike) -> Sentence:
            return rebuild(_with_leg(said, at, replace(leg, strike=strike)))

        return Place(known, picked[at].expiration, right, money, base, instead)

    ask_deltas(known, [(leg.strike, place(at)) for at, leg in enumerate(said.legs)])
    for at in _order(said):
        leg = said.legs[at]
        right = place(at).right
        base = _middle(found) if _is_centred(said) else before.get(right)
        strike = leg.strike
        if isinstance(strike, SameStrike) and base is not None:
            strike = AtStrike(base)
        elif isinstance(strike, WideFrom) and _is_centred(said):
            upwards = 1 if right is Right.CALL else -1  # the first leg below the middle, the last above
            strike = WideFrom(strike.width * upwards * (1 if at else -1))
        struck = strike_of(strike, place(at, base))
        assert struck.contract.option is not None
        before[right] = struck.contract.option.strike
        found[at] = struck
    return [found[at] for at in range(len(said.legs))]


def _is_centred(said: Spread) -> bool:
    """A butterfly by its middle and a width: the wings stand before and behind it."""
    first = said.legs[0].strike
    return said.strategy is Strategy.BUTTERFLY and len(said.legs) == 3 and isinstance(first, WideFrom)


def _order(said: Spread) -> tuple[int, ...]:
    return (1, 0, 2) if _is_centred(said) else tuple(range(len(said.legs)))


def _middle(found: Mapping[int, Struck]) -> Decimal | None:
    option = found[1].contract.option if found else None
    return None if option is None else option.strike


# -- sides and ratios by the strategy's name ----------------------------------------------------------


def _sided(said: Spread, side: Side, legs: list[PickedLeg]) -> list[PickedLeg]:
    """Sides and ratios that the name gives; a side that a leg names itself stands as it is."""
    signs = _SHAPES[said.strategy](legs)
    found = []
    for leg, own, (same, ratio) in zip(legs, said.legs, signs, strict=True):
        given = side if same else opposite(side)
        found.append(replace(leg, side=own.side or given, ratio=ratio))
    return found


_Shape = list[tuple[bool, int]]  # for each leg: on the order's own side?, ratio


def _need(condition: bool, words: str) -> None:
    if not condition:
        raise CannotResolve("legs_shape", words)


def _one_expiration(legs: Sequence[PickedLeg], name: str) -> None:
    _need(len({leg.option.expiration for leg in legs}) == 1, f"a {name} has one expiration")


def _rights(legs: Sequence[PickedLeg]) -> set[Right]:
    return {leg.option.right for leg in legs}


def _as_said(legs: Sequence[PickedLeg]) -> _Shape:
    return [(True, leg.ratio) for leg in legs]


def _vertical(legs: Sequence[PickedLeg]) -> _Shape:
    _need(len(legs) == 2 and len(_rights(legs)) == 1, "a vertical has two legs of one right")
    _one_expiration(legs, "vertical")
    return [(True, legs[0].ratio), (False, legs[1].ratio)]


def _ratio(legs: Sequence[PickedLeg]) -> _Shape:
    _need(len(legs) == 2 and len(_rights(legs)) == 1, "a ratio has two legs of one right")
    _one_expiration(legs, "ratio")
    _need(legs[0].ratio != legs[1].ratio, "a ratio has more contracts on one leg: 1x2")
    return [(True, legs[0].ratio), (False, legs[1].ratio)]


def _pair(name: str, *, same_strike: bool) -> Callable[[Sequence[PickedLeg]], _Shape]:
    def shape(legs: Sequence[PickedLeg]) -> _Shape:
        _need(len(legs) == 2 and len(_rights(legs)) == 2, f"a {name} has a put and a call")
        _one_expiration(legs, name)
        put, call = sorted(legs, key=lambda leg: leg.option.right is Right.CALL)
        if same_strike:
            _need(put.option.strike == call.option.strike, f"the legs of a {name} share one strike")
        else:
            _need(put.option.strike < call.option.strike, f"the put of a {name} is below its call")
        return _as_said(legs)

    return shape


def _wings(name: str, *, body: bool) -> Callable[[Sequence[PickedLeg]], _Shape]:
    """Iron condor and iron butterfly: inside on the order's side, the wings opposite."""

    def shape(legs: Sequence[PickedLeg]) -> _Shape:
        puts = sorted((leg for leg in legs if leg.option.right is Right.PUT), key=lambda p: -p.option.strike)
        calls = sorted((leg for leg in legs if leg.option.right is Right.CALL), key=lambda c: c.option.strike)
        _need(len(puts) == len(calls) == 2, f"an {name} has two puts and two calls")
        _one_expiration(legs, name)
        inner = puts[0].option.strike, calls[0].option.strike
        if body:
            _need(inner[0] == inner[1], f"the inner legs of an {name} share one strike")
        else:
            _need(inner[0] < inner[1], f"the puts of an {name} are below its calls")
        inside = {puts[0].contract.symbol, calls[0].contract.symbol}
        return [(leg.contract.symbol in inside, leg.ratio) for leg in legs]

    return shape


def _butterfly(legs: Sequence[PickedLeg]) -> _Shape:
    _need(len(legs) == 3 and len(_rights(legs)) == 1, "a butterfly has three strikes of one right")
    _one_expiration(legs, "butterfly")
    middle = sorted(legs, key=lambda leg: leg.option.strike)[1]
    plain = all(leg.ratio == 1 for leg in legs)
    return [(leg is not middle, 2 if plain and leg is middle else leg.ratio) for leg in legs]


def _in_time(name: str, *, same_strike: bool) -> Callable[[Sequence[PickedLeg]], _Shape]:
    """Calendar and diagonal: the later leg on the order's side, the nearer opposite."""

    def shape(legs: Sequence[PickedLeg]) -> _Shape:
        _need(len(legs) == 2 and len(_rights(legs)) == 1, f"a {name} has two legs of one right")
        near, far = sorted(legs, key=lambda leg: leg.option.expiration)
        _need(near.option.expiration < far.option.expiration, f"a {name} has two expirations")
        if same_strike:
            _need(near.option.strike == far.option.strike, f"the legs of a {name} share one strike")
        return [(leg is far, leg.ratio) for leg in legs]

    return shape


def _covered_call(legs: Sequence[PickedLeg]) -> _Shape:
    """The call on the order's side: it is sold against shares (what buys the shares too is refused before)."""
    _need(len(legs) == 1 and _rights(legs) == {Right.CALL}, "a covered call has one call")
    return _as_said(legs)


def _collar(legs: Sequence[PickedLeg]) -> _Shape:
    """Around shares that are held: buys the put and sells the call."""
    _need(len(legs) == 2 and len(_rights(legs)) == 2, "a collar has a put and a call")
    return [(leg.option.right is Right.PUT, leg.ratio) for leg in legs]


def _single(legs: Sequence[PickedLeg]) -> _Shape:
    _need(len(legs) == 1, "a single option has one leg")
    return _as_said(legs)


_SHAPES: dict[Strategy, Callable[[Sequence[PickedLeg]], _Shape]] = {
    Strategy.SINGLE: _single,
    Strategy.VERTICAL: _vertical,
    Strategy.STRANGLE: _pair("strangle", same_strike=False),
    Strategy.STRADDLE: _pair("straddle", same_strike=True),
    Strategy.IRON_CONDOR: _wings("iron condor", body=False),
    Strategy.IRON_BUTTERFLY: _wings("iron butterfly", body=True),
    Strategy.BUTTERFLY: _butterfly,
    Strategy.CALENDAR: _in_time("calendar", same_strike=True),
    Strategy.DIAGONAL: _in_time("diagonal", same_strike=False),
    Strategy.RATIO: _ratio,
    Strategy.COVERED_CALL: _covered_call,
    Strategy.COLLAR: _collar,
    Strategy.LEGS: _as_said,
}


# -- what was chosen, in words -----------------------------------------------------------------------


def _choices(picked: Sequence[Picked], legs: Sequence[PickedLeg], chain: OptionChain) -> tuple[Choice, ...]:
    """A line for each expiration where something was left to the market:
    `8 Jan 27 (46 days, nearest to 45): 562 put Δ −0.20, 630 call Δ 0.19`."""
    lines: list[Choice] = []
    for expiration in dict.fromkeys(p.expiration for p in picked):
        own = [leg for p, leg in zip(picked, legs, strict=True) if p.expiration == expiration]
        why = next((p.why for p in picked if p.expiration == expiration and p.why), "")
        if why or any(leg.why for leg in own):
            named = ", ".join(f"{_leg(leg)} {leg.why}".strip() for leg in own)
            lines.append(
                Choice(f"{expiration.words} ({why}): {named}" if why else f"{expiration.words}: {named}")
            )
        others = {e.root for e in chain.expirations if e.day == expiration.day} - {expiration.root}
        if others:
            settled = "in the morning" if expiration.settlement == "AM" else "at the close"
            other = ", ".join(sorted(others))
            lines.append(Choice(f"{expiration.root} settles {settled}; {other} expires that day too"))
    return tuple(lines)


def _leg(leg: PickedLeg) -> str:
    return f"{number(leg.option.strike)} {leg.option.right.word}"
