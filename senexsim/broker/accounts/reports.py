"""Slower views of an account: margin report and projection, limits, effective rates, net-liq history."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from senexsim.broker.accounts.balances import Worth, balance_view, rates_of, worth
from senexsim.broker.accounts.book import Account, trading_day
from senexsim.broker.accounts.customer_views import calculation_type
from senexsim.broker.accounts.fees import paid, signed
from senexsim.broker.accounts.margin import NAKED_FLOOR, NAKED_MINIMUM, NAKED_STANDARD, Group, Holding
from senexsim.broker.accounts.prices import EQUITY, FUTURE, Prices, mark
from senexsim.broker.wire import day, instant, money

RISK_FREE_RATE: Final = Decimal("0.0365")
SPANS: Final = {
    "1d": (timedelta(days=1), timedelta(minutes=5)),
    "1w": (timedelta(days=7), timedelta(minutes=30)),
    "1m": (timedelta(days=30), timedelta(hours=4)),
    "3m": (timedelta(days=91), timedelta(days=1)),
    "6m": (timedelta(days=182), timedelta(days=1)),
    "1y": (timedelta(days=365), timedelta(days=1)),
    "all": (timedelta(days=730), timedelta(days=1)),
}


def position_limit(account: Account) -> dict[str, Any]:
    return {
        "account-number": account.number,
        "equity-order-size": 50_000,
        "equity-option-order-size": 10_000,
        "future-order-size": 2_500,
        "future-option-order-size": 2_500,
        "underlying-opening-order-limit": 500,
        "equity-position-size": 500_000,
        "equity-option-position-size": 20_000,
        "future-position-size": 5_000,
        "future-option-position-size": 5_000,
    }


def effective_requirements(account: Account, symbol: str) -> dict[str, str]:
    """Margin rates of one underlying for that account."""
    rates = rates_of(account)
    return {
        "underlying-symbol": symbol,
        "long-equity-initial": money(rates.long_initial),
        "short-equity-initial": money(rates.short_initial),
        "long-equity-maintenance": money(rates.long_maintenance),
        "short-equity-maintenance": money(rates.short_maintenance),
        "naked-option-standard": money(NAKED_STANDARD),
        "naked-option-minimum": money(NAKED_MINIMUM),
        "naked-option-floor": money(NAKED_FLOOR),
    }


def _needs(initial: Decimal, maintenance: Decimal) -> dict[str, str]:
    return {
        **paid("margin-requirement", round(initial, 6)),
        **paid("initial-requirement", round(initial, 6)),
        **paid("maintenance-requirement", round(maintenance, 6)),
        **signed("buying-power", round(initial, 6)),
    }


def _entry(holding: Holding, quantity: Decimal, prices: Prices) -> dict[str, Any]:
    quote = prices.quote(holding.instrument.symbol)
    entry: dict[str, Any] = {
        "instrument-symbol": holding.instrument.symbol,
        "instrument-type": holding.instrument.kind,
        "quantity": money(quantity),
        "average-open-price": "NaN",
        "close-price": money(quote.prev_close if quote else Decimal(0)),
        "fixing-price": "NaN",
    }
    if holding.instrument.option is not None:
        entry["strike-price"] = money(holding.terms.strike)
        entry["option-type"] = holding.terms.right
        entry["deliverable-quantity"] = money(abs(quantity) * holding.instrument.shares_per_contract)
        entry["expiration-date"] = day(holding.terms.expiration)
    return entry


def _type_of(underlying: str) -> str:
    return FUTURE if underlying.startswith("/") else EQUITY


def _group(group: Group, kind: str, prices: Prices) -> dict[str, Any]:
    return {
        "description": group.underlying,
        "code": group.underlying,
        "underlying-symbol": group.underlying,
        "underlying-type": _type_of(group.underlying),
        "expected-price-range-up-percent": "0.3",
        "expected-price-range-down-percent": "0.3",
        "point-of-no-return-percent": "1.01",
        "margin-calculation-type": kind,
        **_needs(group.initial, group.maintenance),
        "groups": [
            {
                "description": strategy.name,
                **_needs(strategy.initial, strategy.maintenance),
                "includes-working-order": False,
                "position-entries": [_entry(h, quantity, prices) for h, quantity in strategy.entries],
            }
            for strategy in group.strategies
        ],
        "price-increase-percent": "1.0",
        "price-decrease-percent": "-1.0",
    }


def margin_report(account: Account, state: Worth, prices: Prices, when: datetime) -> dict[str, Any]:
    """The whole report; `fixing-price` is the string NaN, as the broker sends it."""
    kind = calculation_type(account)
    needs = _needs(state.initial, state.maintenance)
    return {
        "account-number": account.number,
        "description": "Total",
        "margin-calculation-type": kind,
        "option-level": account.options_level,
        **{key: value for key, value in needs.items() if not key.startswith("buying-power")},
        **signed("margin-equity", round(state.margin_equity, 6)),
        **signed("option-buying-power", round(state.excess, 6)),
        **paid("reg-t-margin-requirement", round(state.initial, 6)),
        **signed("reg-t-option-buying-power", round(state.excess, 6)),
        **signed("maintenance-excess", round(state.margin_equity - state.maintenance, 6)),
        "groups": [_group(group, kind, prices) for group in state.groups],
        "last-state-timestamp": int(when.timestamp() * 1000),
    }


def net_liq_history(
    account: Account, prices: Prices, now: datetime, span: str, start: datetime | None
) -> list[dict[str, str]]:
    """A walk that ends at today's value, the same on each call. Raises KeyError for an unknown span."""
    reach, step = SPANS[span]
    if start is not None:
        reach = max(now - start, step)
        step = max(reach / 500, timedelta(minutes=5))
    count = max(1, min(int(reach / step), 1500))
    draw = random.Random(f"{account.number}:{span}")
    value, rows = worth(account, prices).net_liq, []
    for index in range(count):
        before = round(value * Decimal(1 + draw.gauss(0, 0.0015)), 3)
        rows.append(_bar(before, round(value, 3), now - step * index))
        value = before
    return rows[::-1]


def _bar(opened: Decimal, closed: Decimal, when: datetime) -> dict[str, str]:
    values = {"open": opened, "high": max(opened, closed), "low": min(opened, closed), "close": closed}
    bar = {key: money(value) for key, value in values.items()}
    bar |= {f"pending-cash-{key}": "0.0" for key in values}
    bar |= {f"total-{key}": money(value) for key, value in values.items()}
    return {**bar, "time": when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S+00")}


def snapshots(
    account: Account, prices: Prices, now: datetime, *, days: list[datetime], time_of_day: str
) -> list[dict[str, Any]]:
    """Balances at the given days' ends; before the simulator started an account stood as it opened.

    Without days: yesterday's and the current balance.
    """
    current = balance_view(account, prices, now)
    if not days:
        yesterday = now - timedelta(days=1)
        opening = {
            **account.opening,
            "snapshot-date": day(trading_day(yesterday)),
            "time-of-day": time_of_day,
        }
        return [opening, current]
    return [
        {**account.opening, "snapshot-date": day(trading_day(when)), "time-of-day": time_of_day}
        for when in days
    ]


def projection(
    state: Worth, before: Worth, underlying: str, prices: Prices, when: datetime
) -> dict[str, Any]:
    """One results object of the margin dry run: the underlying's group inside a whole account."""
    group = next((g for g in state.groups if g.underlying == underlying), Group(underlying, []))
    return {
        "code": underlying,
        "description": underlying,
        "entity-count": len(group.strategies),
        "underlying-symbol": underlying,
        "underlying-type": _type_of(underlying),
        "underlying-price": money(mark(prices, underlying)),
        **paid("margin-requirement", round(group.initial, 6)),
        **paid("maintenance-requirement", round(group.maintenance, 6)),
        **signed("buying-power-impact", round(state.excess - before.excess, 6)),
        **paid("base-margin-requirement", round(group.initial, 6)),
        "margin-calculation-type": "Reg T",
        **signed("cash-adjustment", round(state.cash - before.cash, 6)),
        **paid("working-margin", Decimal(0)),
        **paid("position-margin", round(group.initial, 6)),
        **signed("position-equity-adjustment", Decimal(0)),
        **signed("cash-settlement-value", Decimal(0)),
        **signed("long-equity-value", round(state.long_equity, 6)),
        **signed("short-equity-value", round(-state.short_equity, 6)),
        "long-derivative-value": money(round(state.long_derivative, 6)),
        "short-derivative-value": money(round(state.short_derivative, 6)),
        "long-cryptocurrency-value": "0.0",
        "short-cryptocurrency-value": "0.0",
        "group-results": [_strategy_result(s.name, s.initial, s.maintenance) for s in group.strategies],
        "order-ids": [],
        "calculated-at": instant(when),
        "marks": {underlying: money(mark(prices, underlying))},
    }


def _strategy_result(name: str, initial: Decimal, maintenance: Decimal) -> Mapping[str, Any]:
    return {
        "group": {"margin-strategy": name},
        "margin": money(round(initial, 6)),
        **paid("maintenance-requirement", round(maintenance, 6)),
    }
