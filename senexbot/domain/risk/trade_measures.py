"""What is watched of each trade: tested strikes, profit and loss reached, time, assignment, dividends, earnings.

Each answers with readings; None: the positions are not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from senexbot.domain.instruments import Right
from senexbot.domain.risk.groups import Leg, Trade
from senexbot.domain.risk.reading import Reading, of_trade
from senexbot.domain.risk.view import HUNDRED, Metrics, RiskView

ZERO = Decimal(0)
Readings = Sequence[Reading] | None


def _legs(view: RiskView, *, short: bool) -> Iterator[tuple[Trade, Leg]]:
    for trade in view.trades or ():
        for leg in trade.legs:
            if (leg.quantity < 0) is short:
                yield trade, leg


def _of_leg(
    view: RiskView,
    trade: Trade,
    leg: Leg,
    value: Decimal | None,
    *,
    matters: bool = True,
    day: date | None = None,
) -> Reading:
    about = of_trade(view, trade, value, matters=matters, day=day)
    figures = replace(about.figures, what=leg.words, right=leg.contract.right.word)
    return replace(about, subject=leg.position.symbol, figures=figures)


def _inside(view: RiskView, leg: Leg) -> Decimal | None:
    """Dollars that the option is in the money (negative: out of it), for one share."""
    spot = view.price(leg.position.underlying)
    if spot is None:
        return None
    strike = leg.contract.strike
    return spot - strike if leg.contract.right is Right.CALL else strike - spot


def tested(view: RiskView) -> Readings:
    """Percent of the price that a short strike is away; negative: the price is through."""
    if view.positions is None:
        return None
    readings = []
    for trade, leg in _legs(view, short=True):
        inside, spot = _inside(view, leg), view.price(trade.underlying)
        away = None if inside is None or not spot else -inside / spot * HUNDRED
        readings.append(_of_leg(view, trade, leg, away))
    return readings


def short_delta(view: RiskView) -> Readings:
    """Size of the delta of each short option."""
    if view.positions is None:
        return None
    readings = []
    for trade, leg in _legs(view, short=True):
        known = view.greeks.get(leg.position.symbol)
        readings.append(_of_leg(view, trade, leg, None if known is None else abs(known.delta)))
    return readings


def profit(view: RiskView) -> Readings:
    """Percent of the most that a trade can make; one without a cap has no such figure."""
    return _share(view, "greatest_profit", 1)


def max_loss(view: RiskView) -> Readings:
    """Percent of the most that a trade can lose."""
    return _share(view, "greatest_loss", -1)


def _share(view: RiskView, most: str, sign: int) -> Readings:
    if view.positions is None:
        return None
    readings = []
    for trade in view.trades or ():
        whole: Decimal | None = getattr(trade.payoff, most)
        if not whole:
            continue
        pnl = trade.pnl
        readings.append(of_trade(view, trade, None if pnl is None else sign * pnl / whole * HUNDRED))
    return readings


def loss(view: RiskView) -> Readings:
    """How many times its credit a trade has lost; a gain is negative."""
    if view.positions is None:
        return None
    readings = []
    for trade in view.trades or ():
        if trade.credit <= 0:
            continue
        pnl = trade.pnl
        readings.append(of_trade(view, trade, None if pnl is None else -pnl / trade.credit))
    return readings


def dte(view: RiskView) -> Readings:
    """Days to expiration of what has short options."""
    if view.positions is None:
        return None
    return [of_trade(view, t, _days(view, t.expiration)) for t in view.trades or () if t.has_short]


def _days(view: RiskView, day: date) -> Decimal:
    return Decimal((day - view.today).days)


def assignment(view: RiskView) -> Readings:
    return _expires_inside(view, short=True)


def exercise(view: RiskView) -> Readings:
    return _expires_inside(view, short=False)


def _expires_inside(view: RiskView, *, short: bool) -> Readings:
    """Days to expiration; it matters in the money only. Without a price it is not known once it could matter."""
    if view.positions is None:
        return None
    readings = []
    for trade, leg in _legs(view, short=short):
        inside = _inside(view, leg)
        value = None if inside is None else _days(view, trade.expiration)
        readings.append(_of_leg(view, trade, leg, value, matters=inside is None or inside > 0))
    return readings


def dividend(view: RiskView) -> Readings:
    """Days to the ex-dividend day of short calls in the money whose value beyond the money is less than the dividend:
    whoever holds them does better to take the shares."""
    if view.positions is None:
        return None
    readings = []
    for trade, leg in _legs(view, short=True):
        if leg.contract.right is Right.PUT:
            continue
        metrics = view.metrics.get(trade.underlying)
        if metrics is None:
            readings.append(_of_leg(view, trade, leg, None))
        elif _coming(view, metrics.ex_dividend, trade.expiration):
            readings.append(_before_dividend(view, trade, leg, metrics))
    return readings


def _coming(view: RiskView, day: date | None, last: date) -> bool:
    return day is not None and view.today <= day <= last


def _before_dividend(view: RiskView, trade: Trade, leg: Leg, metrics: Metrics) -> Reading:
    assert metrics.ex_dividend is not None
    inside, mark = _inside(view, leg), leg.position.mark
    if inside is None or mark is None or metrics.dividend is None:
        return _of_leg(view, trade, leg, None, day=metrics.ex_dividend)
    beyond = max(mark - inside, ZERO)
    matters = inside > 0 and beyond < metrics.dividend
    reading = _of_leg(
        view, trade, leg, _days(view, metrics.ex_dividend), matters=matters, day=metrics.ex_dividend
    )
    words = f"{beyond.quantize(Decimal('0.01'))} beyond its value, the dividend is {metrics.dividend.normalize():f}"
    return replace(reading, figures=replace(reading.figures, extra=words))


def earnings(view: RiskView) -> Readings:
    return _before_day(view, "earnings", short_only=False)


def ex_dividend(view: RiskView) -> Readings:
    return _before_day(view, "ex_dividend", short_only=True)


def _before_day(view: RiskView, name: str, *, short_only: bool) -> Readings:
    """Days to the next one that comes before a trade expires."""
    if view.positions is None:
        return None
    readings = []
    for trade in view.trades or ():
        if short_only and not trade.has_short:
            continue
        metrics = view.metrics.get(trade.underlying)
        day: date | None = None if metrics is None else getattr(metrics, name)
        if metrics is None:
            readings.append(of_trade(view, trade, None))
        elif day is not None and _coming(view, day, trade.expiration):
            readings.append(of_trade(view, trade, _days(view, day), day=day))
    return readings
