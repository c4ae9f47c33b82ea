"""Short ways to write down what a text has to say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from senexbot.domain.instruments import OptionContract, Right
from senexbot.domain.language.said import (
    AtDelta,
    AtStrike,
    AtTheMoney,
    Effect,
    InDays,
    LegSaid,
    Limit,
    OnDate,
    OrderSaid,
    Pegged,
    PercentOut,
    Reference,
    Shares,
    Spread,
    Standing,
    Strategy,
    Units,
    WideFrom,
)
from senexbot.domain.orders.terms import Side, TimeInForce

BUY, SELL = Side.BUY, Side.SELL
PUT, CALL = Right.PUT, Right.CALL
CREDIT, DEBIT = Effect.CREDIT, Effect.DEBIT
DEC18 = OnDate(date(2026, 12, 18))
JAN15 = OnDate(date(2027, 1, 15))
DAYS45 = InDays(45)
GTC = Standing(TimeInForce.GTC)
ATM = AtTheMoney()


def d(text: str | int) -> Decimal:
    return Decimal(text)


def at(text: str | int) -> AtStrike:
    return AtStrike(Decimal(text))


def delta(text: str | int) -> AtDelta:
    return AtDelta(Decimal(text))


def out(text: str | int) -> PercentOut:
    return PercentOut(Decimal(text))


def wide(text: str | int) -> WideFrom:
    return WideFrom(Decimal(text))


def limit(text: str | int, effect: Effect | None = None) -> Limit:
    return Limit(Decimal(text), effect)


def mid(effect: Effect | None = None, offset: str = "0") -> Pegged:
    return Pegged(Reference.MID, Decimal(offset), effect)


def occ(root: str, day: OnDate, right: Right, strike: str | int) -> OptionContract:
    return OptionContract(root, day.day, right, Decimal(strike))


def order(
    side: Side, count: int | Any, what: str | Any, pricing: Any, standing: Any = None, **more: Any
) -> OrderSaid:
    amount = Units(Decimal(count)) if isinstance(count, int) else count
    return OrderSaid(side, amount, Shares(what) if isinstance(what, str) else what, pricing, standing, **more)


def spread(
    strategy: Strategy,
    when: Any,
    *legs: LegSaid,
    right: Right | None = None,
    symbol: str = "SPY",
    **more: Any,
) -> Spread:
    return Spread(symbol, strategy, legs, when, right, **more)


def single(right: Right, strike: Any, when: Any = DEC18, symbol: str = "SPY") -> Spread:
    return spread(Strategy.SINGLE, when, LegSaid(strike, right), right=right, symbol=symbol)


def vertical(right: Right, near: Any, far: Any, when: Any = DEC18) -> Spread:
    return spread(Strategy.VERTICAL, when, LegSaid(near, right), LegSaid(far, right), right=right)


def strangle(put: Any, call: Any, when: Any = DEC18, strategy: Strategy = Strategy.STRANGLE) -> Spread:
    return spread(strategy, when, LegSaid(put, PUT), LegSaid(call, CALL))


def condor(
    put: Any,
    put_wing: Any,
    call: Any,
    call_wing: Any,
    when: Any = DEC18,
    strategy: Strategy = Strategy.IRON_CONDOR,
) -> Spread:
    legs = (LegSaid(put, PUT), LegSaid(put_wing, PUT), LegSaid(call, CALL), LegSaid(call_wing, CALL))
    return spread(strategy, when, *legs)


def butterfly(right: Right, low: Any, body: Any, high: Any, when: Any = DEC18) -> Spread:
    legs = (LegSaid(low, right), LegSaid(body, right, ratio=2), LegSaid(high, right))
    return spread(Strategy.BUTTERFLY, when, *legs, right=right)


def two_dates(strategy: Strategy, right: Right, near: tuple[Any, Any], far: tuple[Any, Any]) -> Spread:
    """Strike and expiration of each leg."""
    return spread(
        strategy, None, LegSaid(near[0], right, near[1]), LegSaid(far[0], right, far[1]), right=right
    )


def ratio(right: Right, near: Any, far: Any, counts: tuple[int, int], when: Any = DEC18) -> Spread:
    legs = (LegSaid(near, right, ratio=counts[0]), LegSaid(far, right, ratio=counts[1]))
    return spread(Strategy.RATIO, when, *legs, right=right)


def covered(strike: Any, when: Any = DEC18, *, with_shares: bool) -> Spread:
    return spread(Strategy.COVERED_CALL, when, LegSaid(strike, CALL), symbol="AAPL", with_shares=with_shares)


def collar(put: Any, call: Any, when: Any = DEC18, *, with_shares: bool = False) -> Spread:
    return spread(
        Strategy.COLLAR, when, LegSaid(put, PUT), LegSaid(call, CALL), symbol="AAPL", with_shares=with_shares
    )
