"""The listed options on futures: products, expirations, strikes, both names. Pure: no clock, no wire, no price.

Every listed month of a future has one option that ends with it or before it, after the exchange's rule for its
kind; the S&P also has an option that ends on each of the next Fridays. Serial months are not listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from senexsim.broker.market.futures import (
    BY_CODE,
    MONTH_CODES,
    PRODUCTS,
    FutureContract,
    Product,
    business_days,
    months_of,
)
from senexsim.broker.market.model import OptionTerms, Right, TickSize
from senexsim.broker.market.symbols import strike_text
from senexsim.broker.market.trading_days import (
    at,
    is_trading_day,
    new_york_date,
    previous_trading_day,
    third_friday,
)

WEEKS_AHEAD: Final = 5
REACH: Final = Decimal("0.15")  # how far strikes go to either side of the usual price, as a fraction
_SYMBOL: Final = re.compile(
    r"\./([A-Z0-9]{3,5}) ([A-Z0-9]{3,6}) *(\d{6})([CP])(\d{1,6}(?:\.\d{1,4})?)", re.ASCII
)
_STREAMER: Final = re.compile(
    rf"\./([A-Z0-9]+)([{MONTH_CODES}])(\d\d)([CP])(\d{{1,6}}(?:\.\d{{1,4}})?):([A-Z]+)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class OptionProduct:
    """One option root on a future product; `week` counts the Friday of the month on which a weekly one ends."""

    root: str
    product: Product
    strike_step: Decimal
    ticks: tuple[TickSize, ...]
    week: int = 0

    @property
    def expiration_type(self) -> Literal["Regular", "Weekly"]:
        return "Weekly" if self.week else "Regular"


def _option_products() -> Iterator[OptionProduct]:
    index = (TickSize(Decimal("0.05"), Decimal("5.0")), TickSize(Decimal("0.25")))
    roots = {"CL": "LO", "GC": "OG", "ZB": "OZB", "ZN": "OZN", "6E": "EUU"}
    steps = {"ES": "25", "MES": "25", "NQ": "100", "MNQ": "100", "RTY": "10", "CL": "0.5", "GC": "10", "ZB": "1", "ZN": "0.5", "6E": "0.005"}  # fmt: skip
    for product in PRODUCTS:
        ticks = index if product.code in {"ES", "MES"} else (TickSize(product.tick),)
        step = Decimal(steps[product.code])
        yield OptionProduct(roots.get(product.code, product.code), product, step, ticks)
        if product.code == "ES":
            yield from (OptionProduct(f"EW{week}", product, step, ticks, week) for week in (1, 2, 4))


OPTION_PRODUCTS: Final = tuple(_option_products())
BY_ROOT: Final = {product.root: product for product in OPTION_PRODUCTS}


@dataclass(frozen=True, slots=True)
class FutureOptionExpiration:
    """One expiration of one root: `future` is what an exercise gives; `month` and `year` are in its own name."""

    product: OptionProduct
    future: FutureContract
    year: int
    month: int
    expires_at: datetime

    @property
    def day(self) -> date:
        return new_york_date(self.expires_at)

    @property
    def contract_symbol(self) -> str:
        """`EW4U9`: root, month and the last digit of the year."""
        return f"{self.product.root}{MONTH_CODES[self.month - 1]}{self.year % 10}"


@dataclass(frozen=True, slots=True)
class FutureOption:
    """One listed option on a future."""

    expiration: FutureOptionExpiration
    strike: Decimal
    right: Right

    @property
    def symbol(self) -> str:
        """`./GCQ5 OGN5  250625P2095`."""
        found = self.expiration
        head = f".{found.future.symbol} {found.contract_symbol:<6}{found.day:%y%m%d}"
        return f"{head}{self.right}{strike_text(self.strike)}"

    @property
    def streamer_symbol(self) -> str:
        """`./OGN25P2095:XCEC`."""
        found = self.expiration
        head = f"./{found.product.root}{MONTH_CODES[found.month - 1]}{found.year % 100:02d}"
        return f"{head}{self.right}{strike_text(self.strike)}:{found.future.product.venue}"

    @property
    def terms(self) -> OptionTerms:
        found = self.expiration
        return OptionTerms(found.product.root, found.future.symbol, found.day, self.strike, self.right)


def _regular_end(future: FutureContract) -> datetime:
    """When the option of a future's own month ends, by the exchange's rule for its kind."""
    first = date(future.year, future.month, 1)
    before = previous_trading_day(first)  # the last trading day of the month before
    match future.product.rules:
        case "index":
            return future.stops_at
        case "energy":
            return at(business_days(future.last_trade, -3), time(14, 30))
        case "metal":
            return at(business_days(before, -3), time(13, 30))
        case "bond":
            return at(_friday_up_to(business_days(before, -2)), time(17))
        case "currency":
            wednesday = first + timedelta(days=(2 - first.weekday()) % 7 + 14)
            return at(_friday_up_to(wednesday - timedelta(days=8)), time(10))


def _friday_up_to(day: date) -> date:
    friday = day - timedelta(days=(day.weekday() - 4) % 7)
    return friday if is_trading_day(friday) else previous_trading_day(friday)


def _weekly(product: OptionProduct, today: date) -> Iterator[tuple[date, int, int]]:
    """The next ends of a weekly root, with the month and year in its name: never the third Friday."""
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    for week in range(WEEKS_AHEAD):
        day = friday + timedelta(weeks=week)
        if (day.day - 1) // 7 + 1 == product.week and day != third_friday(day.year, day.month):
            yield day if is_trading_day(day) else previous_trading_day(day), day.month, day.year


def expirations(product: OptionProduct, now: datetime) -> list[FutureOptionExpiration]:
    """What is listed and has not ended at `now`, nearest first."""
    return [one for one in _listed(product.root, new_york_date(now)) if one.expires_at > now]


@lru_cache(maxsize=256)
def _listed(root: str, today: date) -> tuple[FutureOptionExpiration, ...]:
    product = BY_ROOT[root]
    months = months_of(product.product, at(today, time(0)))
    if not product.week:
        ends = ((future, _regular_end(future)) for future in months)
        return tuple(FutureOptionExpiration(product, f, f.year, f.month, end) for f, end in ends)
    found = []
    for day, month, year in _weekly(product, today):
        future = next((each for each in months if each.last_trade >= day), None)
        if future is not None:
            found.append(FutureOptionExpiration(product, future, year, month, at(day, time(16))))
    return tuple(found)


@lru_cache(maxsize=64)
def strikes(root: str) -> tuple[Decimal, ...]:
    """The strikes of every expiration of that root, rising."""
    product = BY_ROOT[root]
    step, usual = product.strike_step, Decimal(str(product.product.price))
    low, high = int(usual * (1 - REACH) / step) + 1, int(usual * (1 + REACH) / step)
    return tuple(step * count for count in range(low, high + 1))


def options_of(expiration: FutureOptionExpiration) -> Iterator[FutureOption]:
    rights: tuple[Right, Right] = ("C", "P")
    for strike in strikes(expiration.product.root):
        for right in rights:
            yield FutureOption(expiration, strike, right)


def find(symbol: str, now: datetime) -> FutureOption | None:
    """The listed option of a tastytrade symbol; None when there is none or it has ended."""
    match = _SYMBOL.fullmatch(symbol)
    if match is None:
        return None
    return _found(match[2][:-2], match[4], match[5], now, symbol=symbol)


def find_streamer(symbol: str, now: datetime) -> FutureOption | None:
    """The same of a streamer symbol."""
    match = _STREAMER.fullmatch(symbol)
    return _found(match[1], match[4], match[5], now, streamer=symbol) if match else None


def _found(
    root: str, right: str, strike: str, now: datetime, *, symbol: str = "", streamer: str = ""
) -> FutureOption | None:
    product = BY_ROOT.get(root)
    if product is None:
        return None
    level = next((each for each in strikes(root) if strike_text(each) == strike), None)
    if level is None:
        return None
    made = (FutureOption(each, level, "C" if right == "C" else "P") for each in expirations(product, now))
    return next((one for one in made if one.symbol == symbol or one.streamer_symbol == streamer), None)


def roots_of(code: str) -> list[OptionProduct]:
    """The option products on the future product of that code; empty for none."""
    known = BY_CODE.get(code)
    return [product for product in OPTION_PRODUCTS if product.product is known] if known else []
