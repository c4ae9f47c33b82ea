"""Dividends and earnings of the simulated companies: dates and amounts derived from the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zlib import crc32

from senexsim.broker.market.catalog import Listing
from senexsim.broker.market.trading_days import is_trading_day, next_trading_day

_PRICE_TO_EARNINGS: Final = {"Technology": 34.0, "Financial Services": 15.0, "Energy": 14.0}


@dataclass(frozen=True, slots=True)
class Dividend:
    """One payment in dollars per share; `ex_day` is the first day without it."""

    ex_day: date
    pay_day: date
    amount: Decimal
    per_year: int


@dataclass(frozen=True, slots=True)
class Earnings:
    """One quarterly report: what it covers, when it comes, dollars per share."""

    quarter_end: date
    report_day: date
    eps: Decimal
    before_open: bool


def _quarter_days(listing: Listing, year: int, offset: int) -> list[date]:
    """Four days of a year, a quarter apart, at a place of the quarter that belongs to the listing."""
    shift = crc32(f"{listing.symbol}:{offset}".encode()) % 40
    days = (date(year, month, 1) + timedelta(days=offset + shift) for month in (1, 4, 7, 10))
    return [day if is_trading_day(day) else next_trading_day(day) for day in days]


@lru_cache(maxsize=256)
def dividends(listing: Listing, until: date) -> tuple[Dividend, ...]:
    """Payments that went ex on or before `until`, newest first, five years back; none where none is paid."""
    if not listing.dividend_yield:
        return ()
    paid = []
    for year in range(until.year, until.year - 5, -1):
        grown = listing.price * listing.dividend_yield / 4 * 0.96 ** (until.year - year)
        amount = Decimal(str(round(grown, 2))) or Decimal("0.01")
        for day in reversed(_quarter_days(listing, year, 25)):
            if day <= until:
                paid.append(Dividend(day, day + timedelta(days=5), amount, 4))
    return tuple(paid)


def dividend_of(listing: Listing, today: date) -> Dividend | None:
    """The latest dividend, None where none is paid."""
    paid = dividends(listing, today)
    return paid[0] if paid else None


def next_dividend(listing: Listing, today: date) -> Dividend | None:
    """The payment after today."""
    later = [
        dividend for dividend in dividends(listing, today + timedelta(days=130)) if dividend.ex_day > today
    ]
    return later[-1] if later else None


def earnings_per_share(listing: Listing) -> float:
    """Dollars per share over a year; zero for what reports none (funds, indices)."""
    if listing.kind != "share":
        return 0.0
    return round(listing.price / _PRICE_TO_EARNINGS.get(listing.sector, 22.0), 2)


@lru_cache(maxsize=256)
def earnings(listing: Listing, first_year: int, last_year: int) -> tuple[Earnings, ...]:
    """Quarterly reports of those years, oldest first; none for funds and indices."""
    if listing.kind != "share":
        return ()
    yearly, reports = earnings_per_share(listing), []
    morning = crc32(listing.symbol.encode()) % 2 == 0
    for year in range(first_year, last_year + 1):
        for day in _quarter_days(listing, year, 12):
            end = date(day.year, (day.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)
            swing = (crc32(f"{listing.symbol}:{end}".encode()) % 200 - 100) / 1000
            eps = Decimal(str(round(yearly / 4 * 0.94 ** (last_year - year) * (1 + swing), 2)))
            reports.append(Earnings(end, day, eps, morning))
    return tuple(reports)
