"""What is known of one account at a moment. None, or missing from a mapping: not known, and never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from senexbot.domain.market import Balances, Position, Quote, TradingStatus
from senexbot.domain.options.chain import Greeks
from senexbot.domain.orders.broker_orders import BrokerOrder
from senexbot.domain.risk.groups import Trade, trades_of

BENCHMARK = "SPY"
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Of one underlying. `beta` against the market; `iv_rank` 0..1; the next report and ex-dividend day, and what is
    paid for a share; a day that is None is not announced."""

    beta: Decimal | None = None
    iv_rank: Decimal | None = None
    earnings: date | None = None
    ex_dividend: date | None = None
    dividend: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RiskView:
    """`today`: the exchange's. `peak`: the highest net liquidation seen today. `quotes`, `greeks` by symbol, `metrics`
    by underlying. `orders`: of today; `ours`: the numbers of those that this desk placed and tells of itself."""

    at: datetime
    today: date
    balances: Balances | None = None
    peak: Decimal | None = None
    status: TradingStatus | None = None
    positions: tuple[Position, ...] | None = None
    quotes: Mapping[str, Quote] = field(default_factory=dict)
    greeks: Mapping[str, Greeks] = field(default_factory=dict)
    metrics: Mapping[str, Metrics] = field(default_factory=dict)
    orders: tuple[BrokerOrder, ...] | None = None
    ours: frozenset[int] = frozenset()

    @property
    def net_liq(self) -> Decimal | None:
        """None when it is nothing that a percentage could be taken of."""
        if self.balances is None or self.balances.net_liquidating_value <= 0:
            return None
        return self.balances.net_liquidating_value

    @property
    def trades(self) -> tuple[Trade, ...] | None:
        return None if self.positions is None else trades_of(self.positions)

    def price(self, symbol: str) -> Decimal | None:
        """The middle where both sides are quoted, else the last trade."""
        quote = self.quotes.get(symbol)
        return None if quote is None else quote.mid or quote.last
