"""What one preset sees: a value for each subject, and the figures that its card tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from senexbot.domain.risk.groups import Trade
from senexbot.domain.risk.view import RiskView

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Figures:
    """For the card, as they were when the value was read. `what`: the contract, order or underlying in words.
    `pnl`, `credit` (negative: a debit) in dollars; `bid`, `ask`: of closing one unit; `symbols`: what closing closes.
    `spot`: the underlying's price; `days` to `day`; `right`: "put" or "call" of the short option it is about."""

    name: str = ""
    what: str = ""
    underlying: str = ""
    expiration: date | None = None
    pnl: Decimal | None = None
    credit: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    symbols: tuple[str, ...] = ()
    spot: Decimal | None = None
    days: int | None = None
    day: date | None = None
    right: str = ""
    pays: bool = False  # closing costs, rather than brings
    extra: str = ""
    net_liq: Decimal | None = None
    iv_rank: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """`subject` tells one of several apart within an account; "" is the account itself. `value` None: not known.
    `matters` False: whatever the value, nothing is wrong (the option is not in the money). `at_stake`: dollars."""

    subject: str
    value: Decimal | None
    figures: Figures
    matters: bool = True
    at_stake: Decimal | None = None


def of_account(
    view: RiskView, value: Decimal | None, at_stake: Decimal | None = None, extra: str = ""
) -> Reading:
    figures = Figures(net_liq=view.net_liq, extra=extra)
    return Reading("", value, figures, at_stake=at_stake)


def of_trade(
    view: RiskView, trade: Trade, value: Decimal | None, *, matters: bool = True, day: date | None = None
) -> Reading:
    """`day`: of what it is about, where that is another one than the expiration."""
    return Reading(trade.subject, value, figures_of(view, trade, day=day), matters, _at_stake(trade))


def figures_of(view: RiskView, trade: Trade, *, day: date | None = None) -> Figures:
    market = trade.market(view.quotes)
    about = day or trade.expiration
    metrics = view.metrics.get(trade.underlying)
    return Figures(
        name=trade.name,
        what=f"{trade.underlying} {trade.expiration.day} {trade.expiration:%b}",
        underlying=trade.underlying,
        expiration=trade.expiration,
        pnl=trade.pnl,
        credit=trade.credit,
        bid=None if market is None else market[0],
        ask=None if market is None else market[1],
        symbols=tuple(leg.position.symbol for leg in trade.legs),
        spot=view.price(trade.underlying),
        days=(about - view.today).days,
        day=about,
        pays=_pays(trade),
        net_liq=view.net_liq,
        iv_rank=None if metrics is None else metrics.iv_rank,
    )


def _pays(trade: Trade) -> bool:
    """Whether closing costs, by the marks; by how it was opened where one is missing."""
    total = ZERO
    for leg in trade.legs:
        mark = leg.position.mark
        if mark is None:
            return trade.option_credit > 0
        total += mark * leg.quantity
    return total < 0


def _at_stake(trade: Trade) -> Decimal:
    """What closing now would lose, or what could still be lost where that is known; at least zero."""
    most = trade.payoff.greatest_loss
    if most is not None:
        return most
    pnl = trade.pnl
    return max(ZERO, -pnl) if pnl is not None else ZERO
