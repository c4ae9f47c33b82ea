"""Which option contracts are listed: expirations and strikes of an underlying, computed when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from senexsim.broker.market.catalog import LISTINGS, Listing
from senexsim.broker.market.model import OptionTerms, Right
from senexsim.broker.market.symbols import OptionKey
from senexsim.broker.market.trading_days import (
    at,
    is_trading_day,
    new_york_date,
    next_trading_day,
    previous_trading_day,
    session,
    third_friday,
)

DAILY_AHEAD: Final = 10  # trading days
WEEKS_AHEAD: Final = 7
MONTHS_AHEAD: Final = 11
REMEMBERED: Final = timedelta(days=45)  # how long an expired contract is still known

Settlement = Literal["AM", "PM"]
ExpirationType = Literal["Regular", "Weekly"]


@dataclass(frozen=True, slots=True)
class Expiration:
    """One expiration of one root. `expires_at` is when the value is struck, aware UTC."""

    root: str
    day: date
    type: ExpirationType
    settlement: Settlement

    @property
    def expires_at(self) -> datetime:
        return _expires_at(self.day, self.settlement)

    @property
    def stops_trading_at(self) -> datetime:
        """The close of the last day on which it trades: the day before for a morning settlement."""
        if self.settlement == "PM":
            return self.expires_at
        return session(previous_trading_day(self.day)).close


@lru_cache(maxsize=4096)
def _expires_at(day: date, settlement: Settlement) -> datetime:
    return at(day, time(9, 30)) if settlement == "AM" else session(day).close


def roots(listing: Listing) -> tuple[str, ...]:
    """The OCC roots of a listing's options: an index has its monthly root and the weekly one."""
    if listing.cycle == "none":
        return ()
    return (listing.root, f"{listing.root}W") if listing.is_index else (listing.root,)


BY_ROOT: Final[dict[str, Listing]] = {root: listing for listing in LISTINGS for root in roots(listing)}


def expirations(listing: Listing, root: str, now: datetime) -> tuple[Expiration, ...]:
    """What is listed and not yet expired at `now`, nearest first."""
    listed = _listed(listing, root, new_york_date(now))
    return tuple(expiration for expiration in listed if expiration.expires_at > now)


@lru_cache(maxsize=512)
def _listed(listing: Listing, root: str, today: date) -> tuple[Expiration, ...]:
    monthly = _monthlies(today)
    if listing.is_index and root == listing.root:
        return tuple(Expiration(root, day, "Regular", "AM") for day in monthly)
    days = _weeklies(today) if listing.cycle != "monthly" else set()
    if listing.cycle == "daily":
        days |= _dailies(today)
    regular = set() if listing.is_index else set(monthly)
    return tuple(
        Expiration(root, day, "Regular" if day in regular else "Weekly", "PM")
        for day in sorted(days | set(monthly))
    )


def _monthlies(today: date) -> tuple[date, ...]:
    months = ((today.month - 1 + ahead) for ahead in range(MONTHS_AHEAD + 1))
    days = (third_friday(today.year + month // 12, month % 12 + 1) for month in months)
    return tuple(day for day in days if day >= today)


def _weeklies(today: date) -> set[date]:
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    fridays = (friday + timedelta(weeks=week) for week in range(WEEKS_AHEAD))
    days = {day if is_trading_day(day) else previous_trading_day(day) for day in fridays}
    return {day for day in days if day >= today}


def _dailies(today: date) -> set[date]:
    day = today if is_trading_day(today) else next_trading_day(today)
    days = {day}
    while len(days) < DAILY_AHEAD:
        day = next_trading_day(day)
        days.add(day)
    return days


@lru_cache(maxsize=64)
def strikes(listing: Listing) -> tuple[Decimal, ...]:
    """The strikes of every expiration, rising: fine around the listing's usual price, coarse outside."""
    fine, coarse, band = _steps(listing)
    price = Decimal(str(listing.price))
    near = _grid(price * (1 - band), price * (1 + band), fine)
    far = _grid(price * Decimal("0.4"), price * 2, coarse)
    return tuple(sorted(near | {strike for strike in far if not min(near) < strike < max(near)}))


@lru_cache(maxsize=64)
def strike_set(listing: Listing) -> frozenset[Decimal]:
    return frozenset(strikes(listing))


def _steps(listing: Listing) -> tuple[Decimal, Decimal, Decimal]:
    """Fine step, coarse step, and the fine band as a fraction of the price."""
    price = listing.price
    if listing.is_index:
        return Decimal(5), Decimal(50), Decimal("0.12")
    if price < 30:
        return Decimal("0.5"), Decimal(1), Decimal("0.35")
    if listing.is_etf:
        return Decimal(1), Decimal(5 if price < 200 else 10), Decimal("0.12" if price > 200 else "0.2")
    if price < 75:
        return Decimal(1), Decimal("2.5"), Decimal("0.25")
    return Decimal("2.5"), Decimal(5 if price < 250 else 10), Decimal("0.3" if price < 250 else "0.15")


def _grid(low: Decimal, high: Decimal, step: Decimal) -> set[Decimal]:
    first, last = int(low // step) + 1, int(high // step)
    return {(step * count).normalize() + Decimal(0) for count in range(first, last + 1)}


def contract(key: OptionKey, now: datetime) -> tuple[Listing, Expiration, OptionTerms] | None:
    """The listed contract of a parsed symbol, also one that expired lately; None when there is none."""
    root, day, right, strike = key
    listing = BY_ROOT.get(root)
    if listing is None or strike not in strike_set(listing):
        return None
    expiration = _find(listing, root, day, now)
    if expiration is None:
        return None
    return listing, expiration, OptionTerms(root, listing.symbol, day, strike, right)


def _find(listing: Listing, root: str, day: date, now: datetime) -> Expiration | None:
    today = new_york_date(now)
    if day < today:
        known = today - day <= REMEMBERED and is_trading_day(day)
        return next((e for e in _listed(listing, root, day) if e.day == day), None) if known else None
    return next((e for e in _listed(listing, root, today) if e.day == day), None)


def contracts(listing: Listing, root: str, now: datetime) -> Iterator[tuple[Expiration, OptionTerms]]:
    """Every live contract of a root, by expiration, strike, call before put."""
    rights: tuple[Right, Right] = ("C", "P")
    for expiration in expirations(listing, root, now):
        for strike in strikes(listing):
            for right in rights:
                yield expiration, OptionTerms(root, listing.symbol, expiration.day, strike, right)


def days_to(expiration: Expiration, now: datetime) -> int:
    """Calendar days in New York, never below zero."""
    return max((expiration.day - new_york_date(now)).days, 0)


def years_to(expiration: Expiration, now: datetime) -> float:
    """Time to expiry in years of 365 days; zero once expired."""
    return max((expiration.expires_at - now.astimezone(UTC)).total_seconds(), 0.0) / (365 * 86_400)
