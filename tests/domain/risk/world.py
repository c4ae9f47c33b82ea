"""An account to look at: a short strangle in SPY on an ordinary day, changed by each test."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from senexbot.domain.instruments import InstrumentType, OptionContract, Right
from senexbot.domain.market import Balances, Position, Quote, TradingStatus
from senexbot.domain.options.chain import Greeks
from senexbot.domain.orders.broker_orders import BrokerLeg, BrokerOrder, BrokerStatus, Fill
from senexbot.domain.risk.view import Metrics, RiskView
from tests.domain.builders import option, share

NOW = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 30)
EXPIRY = date(2027, 1, 8)
D = Decimal


def contract(strike: int | str, right: str = "P", *, day: date = EXPIRY, root: str = "SPY") -> OptionContract:
    return OptionContract(root, day, Right(right), D(strike))


PUT, CALL = contract(562), contract(630, "C")


def held(
    what: OptionContract | str, quantity: int | str, average: str, mark: str | None = None, **more: Any
) -> Position:
    symbol = what if isinstance(what, str) else what.occ
    kind = InstrumentType.EQUITY if isinstance(what, str) else InstrumentType.EQUITY_OPTION
    values: dict[str, Any] = {
        "account": "5WT00001",
        "symbol": symbol,
        "instrument_type": kind,
        "underlying": what if isinstance(what, str) else what.root,
        "quantity": D(quantity),
        "multiplier": D(1) if isinstance(what, str) else D(100),
        "average_open_price": D(average),
        "close_price": None,
        "mark": None if mark is None else D(mark),
    }
    return Position(**values | more)


def quoted(what: OptionContract | str, bid: str | None, ask: str | None, last: str | None = None) -> Quote:
    instrument = share(what) if isinstance(what, str) else option(what)
    numbers = (None if one is None else D(one) for one in (bid, ask, last))
    return Quote(instrument, NOW, *numbers)


def greeks(delta: str, theta: str | None = "-0.10", vega: str | None = "0.50") -> Greeks:
    parts = (None if one is None else D(one) for one in (theta, vega))
    return Greeks(D(delta), D("0.01"), *parts, D("0.2"), None, NOW)


def balances(**changes: Any) -> Balances:
    values: dict[str, Any] = {
        "account": "5WT00001",
        "net_liquidating_value": D(50_000),
        "cash": D(50_000),
        "equity_buying_power": D(60_000),
        "derivative_buying_power": D(30_000),
        "day_change": D(-400),
        "maintenance_requirement": D(20_000),
        "at": NOW,
    }
    return Balances(**values | changes)


STRANGLE = (held(PUT, -2, "1.80", "2.90"), held(CALL, -2, "1.66", "2.60"))


def view(*positions: Position, **changes: Any) -> RiskView:
    """The strangle unless others are given: 3.46 credit for each, now 5.50."""
    values: dict[str, Any] = {
        "at": NOW,
        "today": TODAY,
        "balances": balances(),
        "peak": D(51_000),
        "status": TradingStatus(),
        "positions": positions or STRANGLE,
        "quotes": {
            "SPY": quoted("SPY", "599.99", "600.01"),
            PUT.occ: quoted(PUT, "2.86", "2.94"),
            CALL.occ: quoted(CALL, "2.56", "2.64"),
        },
        "greeks": {PUT.occ: greeks("-0.36"), CALL.occ: greeks("0.19")},
        "metrics": {"SPY": Metrics(D(1))},
        "orders": (),
    }
    return RiskView(**values | changes)


def an_order(
    status: BrokerStatus = BrokerStatus.LIVE, *filled: str, minutes: float | None = 10, **changes: Any
) -> BrokerOrder:
    """Two contracts of the put, filled so many minutes ago in these parts."""
    at = None if minutes is None else NOW - timedelta(minutes=minutes)
    fills = tuple(Fill(f"f{n}", PUT.occ, D(size), D("1.80"), at) for n, size in enumerate(filled))
    leg = BrokerLeg(PUT.occ, InstrumentType.EQUITY_OPTION, "Sell to Open", D(2), D(2), fills)
    values: dict[str, Any] = {
        "id": 77,
        "account": "5WT00001",
        "status": status,
        "status_word": status.value,
        "identifier": "",
        "underlying": "SPY",
        "type": "Limit",
        "time_in_force": "Day",
        "price": D("1.80"),
        "legs": (leg,),
        "received_at": NOW - timedelta(hours=1),
        "updated_at": 1,
    }
    return BrokerOrder(**values | changes)
