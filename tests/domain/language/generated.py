"""Sentences made at random, all of which the language can say. Built from values, never by reading texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import gcd
from random import Random
from typing import Any

from senexbot.domain.instruments import OptionContract, Right
from senexbot.domain.language import said_words
from senexbot.domain.language.said import (
    AtDelta,
    AtMultiple,
    AtPercent,
    AtPrice,
    AtStrike,
    AtTheMoney,
    CloseSaid,
    Contract,
    Effect,
    Exits,
    InDays,
    LegSaid,
    Limit,
    Market,
    Monthly,
    Notional,
    OnDate,
    OrderSaid,
    Part,
    Pegged,
    PercentOut,
    Reference,
    ReplaceSaid,
    RollSaid,
    SameDelta,
    SameStrike,
    Shares,
    Spread,
    Standing,
    Stop,
    StopLimit,
    Strategy,
    Units,
    Walk,
    WideFrom,
)
from senexbot.domain.orders.terms import Side, TimeInForce
from senexbot.domain.parsing_symbol import NO_SYMBOLS

TODAY = date(2026, 11, 23)
PUT, CALL = Right.PUT, Right.CALL
T = TimeInForce
SYMBOLS = (
    "AAPL",
    "SPY",
    "F",
    "BRK/B",
    "DAY",
    "GTC1",
    "SPX",
    "MID",
    "ALL",
    "A",
    "THEN",
    "PUTW",
    "TP",
    "IN",
    "ON",
)
ROOTS = ("AAPL", "SPY", "SPXW", "1AB")
HINTS = ("", "", "", "0001", "5WT00001", "practice", "live")


def money(r: Random, low: str = "0.0001", high: str = "99999") -> Decimal:
    """A price; often with few digits, as people type them."""
    if r.random() < 0.7:
        return Decimal(r.randint(1, 99_999)) / 100
    top, bottom = (int(Decimal(x) * 10_000) for x in (high, low))
    return Decimal(r.randint(bottom, top)) / 10_000


def symbol(r: Random) -> str:
    if r.random() < 0.7:
        return r.choice([s for s in SYMBOLS if s not in NO_SYMBOLS])
    while True:
        letters = "".join(r.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(r.randint(1, 5)))
        if letters not in NO_SYMBOLS and letters.lower() not in {"fly", "flies", "ratio", "ratios"}:
            return letters


def future_symbol(r: Random) -> str:
    """A month of a product by one digit of the year or two, or the product alone."""
    product = r.choice(["ES", "MES", "NQ", "CL", "GC", "ZB", "6E", "M2K", "10Y", "F", "Z", "ZZ"])
    month = r.choice(["", *(f"{code}{year}" for code in "FGHJKMNQUVXZ" for year in ("6", "7", "26", "27"))])
    return f"/{product}{month if r.random() < 0.8 else ''}"


def day(r: Random) -> date:
    return TODAY + timedelta(r.choice([0, 1, 4, 25, 53, 300, r.randint(0, 26_000)]))


def expiration(r: Random) -> Any:
    kind = r.randint(0, 9)
    if kind < 5:
        return OnDate(day(r))
    if kind < 8:
        return InDays(r.choice([0, 7, 30, 45, 1100, r.randint(0, 1100)]))
    month = r.randint(1, 12)
    year = r.randint(2027, 2099)
    return r.choice([Monthly(), Monthly(None, month), Monthly(year, month)])


def strike(r: Random) -> AtStrike:
    return AtStrike(
        Decimal(r.randint(1, 99_999_999)) / 1000 if r.random() < 0.2 else Decimal(r.randint(1, 9_999))
    )


def strikes(r: Random, count: int) -> list[AtStrike]:
    """Different ones, sorted."""
    found: set[Decimal] = set()
    while len(found) < count:
        found.add(strike(r).strike)
    return [AtStrike(s) for s in sorted(found)]


def delta(r: Random) -> AtDelta:
    return AtDelta(Decimal(r.randint(1, 99)) if r.random() < 0.8 else Decimal(r.randint(1, 9999)) / 100)


def distance(r: Random) -> AtDelta | PercentOut:
    return delta(r) if r.random() < 0.7 else PercentOut(Decimal(r.randint(1, 999)) / 10)


def width(r: Random) -> WideFrom:
    return WideFrom(r.choice([Decimal(5), Decimal(10), Decimal("2.5"), money(r)]))


def _single(r: Random) -> tuple[Any, ...]:
    return (r.choice([strike(r), distance(r), AtTheMoney()]),)


def _near_far(r: Random, right: Right) -> tuple[Any, Any]:
    kind = r.randint(0, 3)
    if kind == 0:
        low, high = strikes(r, 2)
        return (high, low) if right is PUT else (low, high)
    if kind == 1:
        return r.choice([strike(r), distance(r), AtTheMoney()]), width(r)
    return _two_distances(r)


def _two_distances(r: Random) -> tuple[Any, Any]:
    while True:
        one, two = (
            (delta(r), delta(r))
            if r.random() < 0.6
            else (
                PercentOut(Decimal(r.randint(1, 99))),
                PercentOut(Decimal(r.randint(1, 99))),
            )
        )
        if isinstance(one, AtDelta) and isinstance(two, AtDelta) and one.delta != two.delta:
            return (one, two) if one.delta > two.delta else (two, one)
        if isinstance(one, PercentOut) and isinstance(two, PercentOut) and one.percent != two.percent:
            return (one, two) if one.percent < two.percent else (two, one)


def _sides(r: Random) -> tuple[Any, Any]:
    kind = r.randint(0, 2)
    if kind == 0:
        low, high = strikes(r, 2)
        return low, high
    one = distance(r)
    return (one, one) if kind == 1 else (distance(r), distance(r))


def _two_expirations(r: Random) -> tuple[Any, Any]:
    near, far = TODAY + timedelta(r.randint(0, 400)), TODAY + timedelta(r.randint(401, 900))
    months = (r.randint(2027, 2098), r.randint(1, 12))
    return r.choice(
        [
            (OnDate(near), OnDate(far)),
            (InDays(r.randint(0, 40)), InDays(r.randint(41, 1100))),
            (Monthly(*months), Monthly(months[0] + 1, r.randint(1, 12))),
        ]
    )


def spread(r: Random, strategy: Strategy, side: Side) -> Spread:
    name, right, when = symbol(r), r.choice(list(Right)), expiration(r)
    match strategy:
        case Strategy.SINGLE:
            return Spread(name, strategy, (LegSaid(*_single(r), right),), when, right)
        case Strategy.VERTICAL:
            return Spread(name, strategy, tuple(LegSaid(s, right) for s in _near_far(r, right)), when, right)
        case Strategy.RATIO:
            near, far = _near_far(r, right)
            if r.random() < 0.3 and not isinstance(far, WideFrom):
                near, far = far, near
            first, second = r.choice([(1, 2), (1, 3), (2, 3), (3, 4), (1, 10), (4, 9)])
            legs = (LegSaid(near, right, ratio=first), LegSaid(far, right, ratio=second))
            return Spread(name, strategy, legs, when, right)
        case Strategy.STRANGLE | Strategy.COLLAR:
            put, call = _sides(r)
            shares = strategy is Strategy.COLLAR and r.random() < 0.5
            return Spread(name, strategy, (LegSaid(put, PUT), LegSaid(call, CALL)), when, None, shares)
        case Strategy.STRADDLE:
            one = r.choice([strike(r), AtTheMoney()])
            return Spread(name, strategy, (LegSaid(one, PUT), LegSaid(one, CALL)), when)
        case Strategy.IRON_CONDOR:
            return Spread(name, strategy, _condor(r), when)
        case Strategy.IRON_BUTTERFLY:
            low, body, high = strikes(r, 3)
            wing = width(r)
            one = r.choice([strike(r), AtTheMoney()])
            picked: Any = r.choice([(body, low, body, high), (one, wing, one, wing)])
            rights = (PUT, PUT, CALL, CALL)
            return Spread(name, strategy, tuple(map(LegSaid, picked, rights)), when)
        case Strategy.BUTTERFLY:
            wing = width(r)
            picked = r.choice([tuple(strikes(r, 3)), (wing, *_single(r), wing)])
            legs3 = tuple(LegSaid(s, right, ratio=n) for s, n in zip(picked, (1, 2, 1), strict=True))
            return Spread(name, strategy, legs3, when, right)
        case Strategy.CALENDAR:
            near, far = _two_expirations(r)
            (one,) = _single(r)
            other = one if isinstance(one, AtStrike) else SameStrike()
            return Spread(
                name, strategy, (LegSaid(one, right, near), LegSaid(other, right, far)), None, right
            )
        case Strategy.DIAGONAL:
            near, far = _two_expirations(r)
            one, two = r.choice([strikes(r, 2), list(_two_distances(r))])
            return Spread(name, strategy, (LegSaid(one, right, near), LegSaid(two, right, far)), None, right)
        case Strategy.COVERED_CALL:
            return Spread(name, strategy, (LegSaid(*_single(r), CALL),), when, None, side is Side.BUY)
        case Strategy.LEGS:
            raise ValueError(strategy)


def _condor(r: Random) -> tuple[LegSaid, ...]:
    kind = r.randint(0, 2)
    if kind == 0:
        a, b, c, d = strikes(r, 4)
        picked: Any = (b, a, c, d)
    elif kind == 1:
        near, far = _two_distances(r)
        picked = (near, far, near, far)
    else:
        put, call = _sides(r)
        wing = width(r)
        picked = (put, wing, call, wing)
    return tuple(map(LegSaid, picked, (PUT, PUT, CALL, CALL)))


def listed(r: Random) -> tuple[Side, Units, Spread]:
    """Any legs; their numbers without a common divisor make one unit."""
    count = r.randint(2, 4)
    one = expiration(r) if r.random() < 0.7 else None
    while True:
        ratios = [r.randint(1, 4) for _ in range(count)]
        legs = tuple(
            LegSaid(
                *_single(r), r.choice(list(Right)), None if one else expiration(r), r.choice(list(Side)), n
            )
            for n in ratios
        )
        same = {(leg.strike, leg.right, leg.expiration) for leg in legs}
        dates = {leg.expiration for leg in legs}
        if gcd(*ratios) == 1 and len(same) == count and (one or len(dates) > 1):
            break
    assert legs[0].side is not None
    return legs[0].side, Units(Decimal(r.randint(1, 9))), Spread(symbol(r), Strategy.LEGS, legs, one)


def contract(r: Random) -> OptionContract:
    return OptionContract(r.choice(ROOTS), day(r), r.choice(list(Right)), strike(r).strike)


def part(r: Random) -> Part:
    if r.random() < 0.6:
        return r.choice([Part(1, 1), Part(1, 2), Part(1, 3), Part(2, 3), Part(1, 4), Part(3, 4)])
    fraction = Fraction(r.randint(1, 1000), 1000)
    return Part(fraction.numerator, fraction.denominator)


def standing(r: Random, *, extended: bool) -> Standing | None:
    kinds = [None, None, T.GTC, T.GTD, T.IOC]
    kind = r.choice([*kinds, T.EXT, T.GTC_EXT, T.EXT_OVERNIGHT, T.GTC_EXT_OVERNIGHT] if extended else kinds)
    if kind is None:
        return None
    return Standing(kind, day(r) if kind is T.GTD else None)


def level(r: Random, *, pays: bool, gains: bool, entry: Decimal | None) -> Any:
    up = pays is gains
    kinds = ["price", "percent", "multiple"]
    kind = r.choice(kinds)
    if kind == "percent":
        return AtPercent(Decimal(r.randint(1, 99)))
    if kind == "multiple":
        return AtMultiple(Decimal(r.randint(2, 9)) if up else Decimal(r.randint(1, 99)) / 100)
    if entry is None:
        return AtPrice(Decimal(r.randint(1000, 2000) if up else r.randint(1, 999)))
    if up:
        return AtPrice(entry + money(r))
    if entry <= Decimal("0.0002"):
        return AtMultiple(Decimal("0.5"))
    return AtPrice(entry - Decimal("0.0001") if r.random() < 0.5 else Decimal("0.0001"))


def exits(r: Random, *, pays: bool, entry: Decimal | None, prices_only: bool) -> Exits:
    while True:
        take = level(r, pays=pays, gains=True, entry=entry)
        stop = level(r, pays=pays, gains=False, entry=entry)
        which = r.randint(0, 2)
        if any(isinstance(x, AtPrice) and x.price == entry for x in (take, stop)):
            continue
        if not prices_only or all(isinstance(x, AtPrice) for x in (take, stop)):
            break
    about = r.choice([None, None, Standing(T.GTC), Standing(T.DAY), Standing(T.GTD, day(r))])
    return Exits(take if which != 1 else None, stop if which != 2 else None, about)


def walk(r: Random, *, pays: bool | None, entry: Decimal | None) -> Walk | None:
    step = r.choice([Decimal("0.01"), Decimal("0.05"), Decimal("0.0001")])
    every = timedelta(seconds=r.choice([5, 20, 60, 90, 3600, r.randint(5, 3600)]))
    if entry is None:
        return Walk(step, every, money(r))
    up = r.random() < 0.5 if pays is None else pays
    to = entry + step * r.randint(1, 20) * (1 if up else -1)
    return Walk(step, every, to) if to > 0 else None


_OPEN = {Strategy.DIAGONAL, Strategy.RATIO, Strategy.COLLAR, Strategy.LEGS}


def is_broken(what: Any) -> bool:
    if not isinstance(what, Spread) or what.strategy is not Strategy.BUTTERFLY:
        return False
    exact = [leg.strike.strike for leg in what.legs if isinstance(leg.strike, AtStrike)]
    return len(exact) == 3 and exact[1] - exact[0] != exact[2] - exact[1]


def entry_order(r: Random) -> OrderSaid:
    side = r.choice(list(Side))
    kind = r.randint(0, 9)
    amount: Any = Units(Decimal(r.choice([1, 2, 100, 1000, r.randint(1, 10_000)])))
    what: Any
    if kind < 3:
        future = r.random() < 0.25
        what = Shares(future_symbol(r) if future else symbol(r))
        if r.random() < 0.15 and not future:
            return replace(_notional(r, side), what=what)
        if r.random() < 0.2 and side is Side.SELL:
            amount = part(r)
    elif kind == 3:
        what = Contract(contract(r))
        if r.random() < 0.2 and side is Side.SELL:
            amount = part(r)
    elif kind == 4:
        side, amount, what = listed(r)
    else:
        strategy = r.choice([s for s in Strategy if s is not Strategy.LEGS])
        side = Side.BUY if strategy is Strategy.COLLAR else side
        what = spread(r, strategy, side)
    return _priced(r, side, amount, what)


def _notional(r: Random, side: Side) -> OrderSaid:
    dollars = Decimal(r.randint(1, 1_000_000)) / r.choice([1, 100])
    when = r.choice([None, Standing(T.IOC)])
    return OrderSaid(side, Notional(dollars), Shares("AAPL"), Market(), when, account_hint=r.choice(HINTS))


def _priced(r: Random, side: Side, amount: Any, what: Any) -> OrderSaid:
    legs = len(what.legs) + what.with_shares if isinstance(what, Spread) else 1
    effect: Effect | None = None
    pays: bool | None = side is Side.BUY
    if legs > 1:
        effect = Effect.DEBIT if side is Side.BUY else Effect.CREDIT
        if is_broken(what) or what.strategy in _OPEN:
            effect = r.choice(list(Effect))
            pays = effect is Effect.DEBIT
    shares = isinstance(what, Shares) and not what.symbol.startswith("/")
    price = money(r)
    offset = r.choice([Decimal(0), money(r), -money(r)])
    kind = r.randint(0, 9)
    pricing: Any = Limit(price, effect)
    if kind in {6, 7}:
        pricing = Pegged(r.choice(list(Reference)), offset, effect)
    elif kind == 8:
        pricing = StopLimit(money(r), price, effect)
    elif kind == 9 and legs == 1:
        pricing = r.choice([Market(), Stop(money(r))])
    limit = isinstance(pricing, Limit | Pegged)
    when = standing(r, extended=shares and limit)
    if isinstance(pricing, Market) and when and when.time_in_force in {T.GTC, T.GTD}:
        when = None
    if isinstance(pricing, Stop) and when and when.time_in_force is T.IOC:
        when = None
    order = OrderSaid(side, amount, what, pricing, when, account_hint=r.choice(HINTS))
    entry = price if isinstance(pricing, Limit) else None
    extra = r.random()
    if extra < 0.25:
        order = replace(
            order,
            exits=exits(
                r, pays=bool(pays), entry=entry, prices_only=not limit and not isinstance(pricing, StopLimit)
            ),
        )
    elif extra < 0.4 and limit and not (when and when.time_in_force is T.IOC):
        order = replace(order, walk=walk(r, pays=pays, entry=entry))
    return order


def order(r: Random) -> OrderSaid:
    head = entry_order(r)
    if head.exits is None and r.random() < 0.2:
        then = []
        for _ in range(r.randint(1, 3)):
            follower = entry_order(r)
            then.append(replace(follower, exits=None, walk=None, account_hint=""))
        head = replace(head, then=tuple(then))
    return head


def close(r: Random) -> CloseSaid:
    amount: Any = r.choice([Part(1, 1), part(r), Units(Decimal(r.randint(1, 500)))])
    held = contract(r) if r.random() < 0.4 else None
    name = held.root if held else future_symbol(r) if r.random() < 0.15 else symbol(r)
    if held and r.random() < 0.3:
        held, name = replace(held, root="BRKB"), r.choice(["BRK/B", "BRKB"])
    if r.random() < 0.4:
        out = exits(r, pays=r.random() < 0.5, entry=None, prices_only=False)
        beside = ()
        if held and r.random() < 0.4:
            others = {
                replace(held, right=r.choice(list(Right)), strike=strike(r).strike)
                for _ in range(r.randint(1, 3))
            }
            beside = tuple(sorted(others - {held}, key=lambda c: c.occ))
        said = CloseSaid(amount, name, held, exits=out, account_hint=r.choice(HINTS), beside=beside)
        return said if len(said_words(said)) <= 90 else replace(said, beside=())
    future = name.startswith("/")
    options = held is None and not future and amount == Part(1, 1) and r.random() < 0.5
    pricing = r.choice(
        [
            None,
            Limit(money(r)),
            Pegged(r.choice(list(Reference))),
            Market(),
            Stop(money(r)),
            StopLimit(money(r), money(r)),
        ]
    )
    when = standing(
        r,
        extended=held is None
        and not future
        and not options
        and (pricing is None or isinstance(pricing, Limit | Pegged)),
    )
    if when and when.time_in_force in {T.GTC, T.GTD, T.IOC} and isinstance(pricing, Market | Stop):
        when = None
    moving = None
    if (
        isinstance(pricing, Limit | Pegged | None)
        and r.random() < 0.3
        and not (when and when.time_in_force is T.IOC)
    ):
        moving = walk(r, pays=None, entry=pricing.price if isinstance(pricing, Limit) else None)
    said = CloseSaid(amount, name, held, options, pricing, when, walk=moving, account_hint=r.choice(HINTS))
    if options and r.random() < 0.6:
        right, expires = r.choice([None, *Right]), r.choice([None, OnDate(day(r))])
        said = replace(said, right=right, expiration=expires)
    return said


def roll(r: Random) -> RollSaid:
    pricing = r.choice(
        [
            None,
            Limit(money(r), r.choice(list(Effect))),
            Pegged(r.choice(list(Reference)), Decimal(0), r.choice([None, *Effect])),
        ]
    )
    where: Any = r.choice([SameDelta(), SameStrike(), delta(r), strike(r)])
    amount: Any = r.choice([Part(1, 1), part(r), Units(Decimal(r.randint(1, 500)))])
    when = standing(r, extended=False)
    return RollSaid(
        symbol(r), expiration(r), where, r.choice([None, *Right]), amount, pricing, when, r.choice(HINTS)
    )


def replacement(r: Random) -> ReplaceSaid:
    pricing: Any = r.choice(
        [None, Limit(money(r), r.choice([None, *Effect])), Pegged(Reference.MID), Stop(money(r))]
    )
    when = r.choice([None, Standing(T.GTC), Standing(T.DAY), Standing(T.GTD, day(r)), Standing(T.EXT)])
    if isinstance(pricing, Stop) and when == Standing(T.EXT):
        when = None
    moving = None
    if isinstance(pricing, Limit | Pegged | None) and r.random() < 0.3:
        moving = walk(r, pays=None, entry=pricing.price if isinstance(pricing, Limit) else None)
    if pricing is None and when is None and moving is None:
        when = Standing(T.GTC)
    return ReplaceSaid(r.randint(1, 10**9), pricing, when, moving)


def sentence(r: Random) -> Any:
    """Any sentence whose first line fits."""
    while True:
        made = r.choices([order, close, roll, replacement], [7, 2, 1, 1])[0](r)
        if len(said_words(made)) <= 90:
            return made


ALPHABET = "0123456789.,@-+/$% ΔpcxdsmwABEFHKLMNPSTYZaeghilnortuvy"


def edited(r: Random, text: str) -> str:
    """One character replaced, left out or put in."""
    at = r.randrange(len(text))
    how = r.randint(0, 2)
    put = "" if how == 0 else r.choice(ALPHABET)
    return text[:at] + put + text[at + (how < 2) :]
