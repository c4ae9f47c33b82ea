"""What is watched of the account as a whole: money, margin, greeks, orders, restrictions.

Each answers with readings; None: what it needs is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from senexbot.domain.instruments import InstrumentType
from senexbot.domain.market import Position
from senexbot.domain.options.outlook import NetGreeks, net_greeks
from senexbot.domain.orders.broker_orders import BrokerOrder, BrokerStatus
from senexbot.domain.policy.measures import position_value
from senexbot.domain.risk.reading import Figures, Reading, of_account, of_trade
from senexbot.domain.risk.view import BENCHMARK, HUNDRED, RiskView

ZERO = Decimal(0)
Readings = Sequence[Reading] | None


def day_loss(view: RiskView) -> Readings:
    """Dollars under the beginning of the day; a gain is negative."""
    if view.balances is None or view.balances.day_change is None:
        return None
    loss = -view.balances.day_change
    return [of_account(view, loss, max(loss, ZERO))]


def drawdown(view: RiskView) -> Readings:
    """Percent under the day's highest."""
    if view.balances is None or view.peak is None or view.peak <= 0:
        return None
    lost = view.peak - view.balances.net_liquidating_value
    return [of_account(view, lost / view.peak * HUNDRED, max(lost, ZERO))]


def floor(view: RiskView) -> Readings:
    if view.balances is None:
        return None
    return [of_account(view, view.balances.net_liquidating_value)]


def buying_power(view: RiskView) -> Readings:
    """Percent of net liquidation that is not free for options any more."""
    worth = view.net_liq
    if view.balances is None or worth is None:
        return None
    used = worth - view.balances.derivative_buying_power
    return [of_account(view, max(used, ZERO) / worth * HUNDRED)]


def cushion(view: RiskView) -> Readings:
    worth = view.net_liq
    if view.balances is None or worth is None or view.balances.maintenance_requirement is None:
        return None
    spare = worth - view.balances.maintenance_requirement
    return [of_account(view, spare / worth * HUNDRED)]


def margin_call(view: RiskView) -> Readings:
    if view.status is None:
        return None
    return [of_account(view, Decimal(view.status.is_in_margin_call))]


def restricted(view: RiskView) -> Readings:
    if view.status is None:
        return None
    flags = (
        (view.status.is_closed, "closed"),
        (view.status.is_frozen, "frozen"),
        (view.status.is_closing_only, "closing only"),
    )
    said = ", ".join(words for is_set, words in flags if is_set)
    return [of_account(view, Decimal(bool(said)), extra=said)]


def size(view: RiskView) -> Readings:
    """Percent of net liquidation that a trade can still lose; one without a cap has no such figure, and one that
    shares cover is theirs: they count in the concentration."""
    worth, trades = view.net_liq, view.trades
    if worth is None or trades is None:
        return None
    capped = [(trade, trade.payoff.greatest_loss) for trade in trades if not trade.covered]
    return [of_trade(view, trade, most / worth * HUNDRED) for trade, most in capped if most is not None]


def concentration(view: RiskView) -> Readings:
    """Percent of net liquidation in one underlying."""
    worth = view.net_liq
    if worth is None or view.positions is None:
        return None
    by_underlying: dict[str, list[Position]] = {}
    for position in view.positions:
        by_underlying.setdefault(position.underlying, []).append(position)
    readings = []
    for underlying, held in sorted(by_underlying.items()):
        values = [position_value(position) for position in held]
        known = [value for value in values if value is not None]
        total = sum(known, ZERO) if len(known) == len(values) else None
        share = None if total is None else total / worth * HUNDRED
        figures = Figures(what=underlying, underlying=underlying, spot=view.price(underlying), net_liq=worth)
        readings.append(Reading(underlying, share, figures, at_stake=total))
    return readings


def beta_delta(view: RiskView) -> Readings:
    """Shares of the benchmark that the account moves like, whatever the side; `extra` says which."""
    total = weighted_delta(view)
    if view.positions is None:
        return None
    if total is None:
        return [of_account(view, None)]
    return [of_account(view, abs(total), extra=_side(total))]


def weighted_delta(view: RiskView) -> Decimal | None:
    """Signed; None where a delta, a beta or a price is missing. Futures are not counted here: not known with one."""
    base = view.price(BENCHMARK)
    if view.positions is None:
        return None
    if not view.positions:
        return ZERO
    if not base:
        return None
    total = ZERO
    for underlying in {position.underlying for position in view.positions}:
        net = _net(view, [p for p in view.positions if p.underlying == underlying])
        metrics, price = view.metrics.get(underlying), view.price(underlying)
        beta = Decimal(1) if underlying == BENCHMARK else None if metrics is None else metrics.beta
        if net is None or beta is None or price is None:
            return None
        total += net.delta * price * beta / base
    return total


def theta(view: RiskView) -> Readings:
    """Dollars a day, whatever the sign."""
    return _greek(view, "theta")


def vega(view: RiskView) -> Readings:
    """Dollars for a point of volatility, whatever the sign."""
    return _greek(view, "vega")


def _greek(view: RiskView, name: str) -> Readings:
    if view.positions is None:
        return None
    if not any(p.instrument_type is InstrumentType.EQUITY_OPTION for p in view.positions):
        return [of_account(view, ZERO)]
    net = _net(view, [p for p in view.positions if p.instrument_type is InstrumentType.EQUITY_OPTION])
    value: Decimal | None = None if net is None else getattr(net, name)
    if value is None:
        return [of_account(view, None)]
    return [of_account(view, abs(value), extra=_side(value))]


def _net(view: RiskView, held: Sequence[Position]) -> NetGreeks | None:
    return net_greeks(((p.symbol, p.instrument_type, p.multiplier, p.quantity) for p in held), view.greeks)


def _side(value: Decimal) -> str:
    return "short" if value < 0 else "long"


def rejected(view: RiskView) -> Readings:
    """Orders of today that another desk placed; ours are told by their own cards."""
    if view.orders is None:
        return None
    return [
        _of_order(order, Decimal(1), order.reject_reason)
        for order in view.orders
        if order.status is BrokerStatus.REJECTED and order.id not in view.ours
    ]


def part_filled(view: RiskView) -> Readings:
    """Minutes since an order that still works was last filled in part."""
    if view.orders is None:
        return None
    readings = []
    for order in view.orders:
        if order.status.is_terminal or not _is_part_filled(order):
            continue
        times = [fill.at for leg in order.legs for fill in leg.fills if fill.at is not None]
        last = max(times, default=order.received_at)
        minutes = None if last is None else Decimal(int((view.at - last).total_seconds())) / 60
        readings.append(_of_order(order, minutes, ""))
    return readings


def _is_part_filled(order: BrokerOrder) -> bool:
    some = any(leg.filled for leg in order.legs)
    return some and any(leg.filled < leg.quantity for leg in order.legs)


def _of_order(order: BrokerOrder, value: Decimal | None, why: str) -> Reading:
    name = f"{order.filled.normalize():f} of {order.quantity.normalize():f} filled"
    figures = Figures(name=name, what=order.underlying, underlying=order.underlying, extra=why)
    return Reading(str(order.id), value, figures)
