"""What an account is worth and may spend, from its books and the market, and how REST shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from senexsim.broker.accounts.book import Account, trading_day
from senexsim.broker.accounts.margin import CASH, REG_T, Group, Holding, Rates, groups_of
from senexsim.broker.accounts.prices import Prices, mark
from senexsim.broker.market.model import Instrument
from senexsim.broker.wire import day, instant, money

ZERO = Decimal(0)


def rates_of(account: Account) -> Rates:
    return REG_T if account.is_margin else CASH


@dataclass(frozen=True)
class Worth:
    """An account at one moment; amounts in dollars, short values positive."""

    cash: Decimal
    long_equity: Decimal
    short_equity: Decimal
    long_derivative: Decimal
    short_derivative: Decimal
    groups: list[Group]
    long_future_options: Decimal = ZERO
    short_future_options: Decimal = ZERO
    futures_gain: Decimal = ZERO  # open profit or loss of futures, which counts like cash

    @property
    def net_liq(self) -> Decimal:
        derivative = self.long_derivative - self.short_derivative
        return self.margin_equity + derivative + self.long_future_options - self.short_future_options

    @property
    def margin_equity(self) -> Decimal:
        return self.cash + self.futures_gain + self.long_equity - self.short_equity

    @property
    def futures_margin(self) -> Decimal:
        """Of futures and of the options on them, a group of these alone."""
        return sum((group.initial for group in self.groups if group.underlying.startswith("/")), ZERO)

    @property
    def initial(self) -> Decimal:
        return sum((group.initial for group in self.groups), ZERO)

    @property
    def maintenance(self) -> Decimal:
        return sum((group.maintenance for group in self.groups), ZERO)

    @property
    def excess(self) -> Decimal:
        """What may still back new requirements: derivative buying power before working orders."""
        return self.margin_equity - self.initial


@dataclass(frozen=True)
class Change:
    """One leg's effect, for asking what an account would be worth after an order."""

    instrument: Instrument
    quantity: Decimal
    price: Decimal


def worth(
    account: Account,
    prices: Prices,
    *,
    changes: tuple[Change, ...] = (),
    cost: Decimal = ZERO,
    marks: Mapping[str, Decimal] | None = None,
) -> Worth:
    """The account's worth; with `changes` as if these had been traded, `cost` being fees paid."""
    marks = marks or {}
    quantities = {p.symbol: (p.instrument, p.quantity) for p in account.open_positions()}
    cash = account.cash - cost
    gain = sum(
        (
            (_at(p.symbol, prices, marks) - p.average_open_price) * p.quantity * p.multiplier
            for p in account.open_positions()
            if p.instrument.future is not None
        ),
        ZERO,
    )
    for change in changes:
        instrument = change.instrument
        before = quantities.get(instrument.symbol, (instrument, ZERO))[1]
        quantities[instrument.symbol] = (instrument, before + change.quantity)
        per = instrument.shares_per_contract
        if instrument.future is not None:
            gain += (_at(instrument.symbol, prices, marks) - change.price) * change.quantity * per
        else:
            cash -= change.quantity * change.price * per
    holdings = [
        Holding(instrument, quantity, _at(symbol, prices, marks))
        for symbol, (instrument, quantity) in quantities.items()
    ]
    return replace(_worth(cash, holdings, rates_of(account), prices, marks), futures_gain=gain)


def _at(symbol: str, prices: Prices, marks: Mapping[str, Decimal]) -> Decimal:
    return marks.get(symbol, mark(prices, symbol))


def isolated(
    account: Account, prices: Prices, changes: tuple[Change, ...], marks: Mapping[str, Decimal]
) -> Worth:
    """What the order's own legs would require in an empty account."""
    holdings = [Holding(c.instrument, c.quantity, marks.get(c.instrument.symbol, c.price)) for c in changes]
    return _worth(ZERO, holdings, rates_of(account), prices, marks)


def _worth(
    cash: Decimal, holdings: list[Holding], rates: Rates, prices: Prices, marks: Mapping[str, Decimal]
) -> Worth:
    names = {h.instrument.underlying_symbol for h in holdings}
    spots = {name: marks.get(name, mark(prices, name)) for name in names}
    shares = [h.value for h in holdings if h.instrument.is_share]
    options = [h for h in holdings if h.instrument.option is not None]
    listed = [h.value for h in options if h.instrument.on_future is None]
    on_futures = [h.value for h in options if h.instrument.on_future is not None]
    return Worth(
        cash=cash,
        long_equity=sum((v for v in shares if v > 0), ZERO),
        short_equity=-sum((v for v in shares if v < 0), ZERO),
        long_derivative=sum((v for v in listed if v > 0), ZERO),
        short_derivative=-sum((v for v in listed if v < 0), ZERO),
        long_future_options=sum((v for v in on_futures if v > 0), ZERO),
        short_future_options=-sum((v for v in on_futures if v < 0), ZERO),
        groups=groups_of(holdings, rates, spots),
    )


def reserved(account: Account, leaving_out: int | None = None) -> Decimal:
    """Buying power held back by orders that wait or work; one order may be left out (it is replaced)."""
    return sum(
        (
            order.reserved
            for order in account.orders.values()
            if not order.is_terminal and not order.waits_for_trigger and order.id != leaving_out
        ),
        ZERO,
    )


def buying_power(account: Account, prices: Prices, leaving_out: int | None = None) -> Decimal:
    """Derivative buying power: excess less what working orders hold back."""
    return worth(account, prices).excess - reserved(account, leaving_out)


NOUGHTS = (
    "bond-margin-requirement",
    "cash-settle-balance",
    "cryptocurrency-margin-requirement",
    "day-equity-call-value",
    "day-trading-call-value",
    "equity-offering-margin-requirement",
    "fixed-income-security-margin-requirement",
    "long-bond-value",
    "long-cryptocurrency-value",
    "long-fixed-income-security-value",
    "long-futures-value",
    "margin-settle-balance",
    "pending-cash",
    "pending-margin-interest",
    "reg-t-call-value",
    "short-cryptocurrency-value",
    "short-futures-value",
    "special-memorandum-account-apex-adjustment",
    "buying-power-adjustment",
    "effective-cryptocurrency-buying-power",
    "total-pending-liquidity-pool-rebate",
    "unsettled-cryptocurrency-fiat-amount",
)


def balance_view(account: Account, prices: Prices, when: datetime) -> dict[str, Any]:
    """The balance object of `/accounts/{n}/balances/USD`; amounts carry their own sign."""
    now = worth(account, prices)
    held = reserved(account)
    free = now.excess - held
    excess = now.margin_equity - now.maintenance
    spend = free * 2 if account.is_margin else free
    withdraw = max(min(free, account.cash), ZERO)
    amounts = {
        "available-trading-funds": max(free, ZERO),
        "cash-available-to-withdraw": withdraw,
        "cash-balance": now.cash,
        "closed-loop-available-balance": withdraw,
        "day-trade-excess": free,
        "day-trading-buying-power": ZERO,
        "derivative-buying-power": free,
        "equity-buying-power": spend,
        "futures-intraday-margin-requirement": ZERO,
        "futures-margin-requirement": now.futures_margin,
        "futures-overnight-margin-requirement": now.futures_margin,
        "long-derivative-value": now.long_derivative,
        "long-equity-value": now.long_equity,
        "long-futures-derivative-value": now.long_future_options,
        "long-margineable-value": now.long_equity if account.is_margin else ZERO,
        "maintenance-call-value": max(-excess, ZERO),
        "maintenance-excess": excess,
        "maintenance-requirement": now.maintenance,
        "margin-equity": now.margin_equity,
        "net-liquidating-value": now.net_liq,
        "reg-t-margin-requirement": now.initial,
        "short-derivative-value": now.short_derivative,
        "short-equity-value": now.short_equity,
        "short-futures-derivative-value": now.short_future_options,
        "short-margineable-value": now.short_equity if account.is_margin else ZERO,
        "sma-equity-option-buying-power": free,
        "special-memorandum-account-value": max(free, ZERO),
        "total-settle-balance": now.cash,
        "used-derivative-buying-power": now.initial + held,
    }
    return {
        "account-number": account.number,
        "currency": "USD",
        **{key: money(round(value, 6)) for key, value in amounts.items()},
        **dict.fromkeys(NOUGHTS, "0.0"),
        "pending-cash-effect": "None",
        "buying-power-adjustment-effect": "None",
        "unsettled-cryptocurrency-fiat-effect": "None",
        "snapshot-date": day(trading_day(when)),
        "updated-at": instant(when),
    }
