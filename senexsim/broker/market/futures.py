"""The listed futures: products, their months and dates, and a book that follows a share. Pure: no clock, no wire.

There is no path of a future's own. Each product moves with one listing (`driver`), as an option moves with its
underlying, so that a pinned SPY moves /ES too. Dates follow the exchanges' rules on the stock exchange's calendar.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, Literal

from senexsim.broker.market.model import Quote
from senexsim.broker.market.trading_days import (
    at,
    is_trading_day,
    new_york_date,
    next_trading_day,
    previous_trading_day,
    third_friday,
)

MONTH_CODES: Final = "FGHJKMNQUVXZ"
QUARTERS: Final = "HMUZ"
KEPT: Final = timedelta(days=100)  # how long an expired contract is still known by its name
Rules = Literal["index", "energy", "metal", "bond", "currency"]


@dataclass(frozen=True, slots=True)
class Product:
    """One product. `price` and `beta`: where it stands and how it moves with its driver; `carry` a year, as a
    fraction; `margin` dollars a contract; `venue` dxFeed's exchange code; `fees` the exchange's, a contract."""

    code: str
    name: str
    multiplier: Decimal
    tick: Decimal
    driver: str
    price: float
    beta: float
    carry: float
    margin: int
    months: str
    listed: int
    rules: Rules
    venue: str
    group: str
    sector: str
    display: str
    fees: Decimal
    small: bool = False

    @property
    def cash_settled(self) -> bool:
        return self.rules == "index"

    @property
    def offset(self) -> int:
        """Business days before its end (or first notice) at which the next month becomes the active one."""
        return 4 if self.cash_settled else 5


def _product(
    code: str, name: str, multiplier: str, tick: str, driver: str, price: float, beta: float, carry: float,
    margin: int, rules: Rules, *, months: str = QUARTERS, listed: int = 3, venue: str = "XCME", group: str = "",
    sector: str = "Equity Index", display: str = "0.01", fees: str = "1.38", small: bool = False,
) -> Product:  # fmt: skip
    return Product(
        code, name, Decimal(multiplier), Decimal(tick), driver, price, beta, carry, margin, months, listed,
        rules, venue, group or code, sector, display, Decimal(fees), small,
    )  # fmt: skip


# fmt: off
PRODUCTS: Final = (
    _product("ES", "E Mini S&P", "50.0", "0.25", "SPY", 5981.35, 1.0, 0.032, 24_000, "index"),
    _product("MES", "Micro E-mini S&P 500 Index Futures", "5.0", "0.25", "SPY", 5981.35, 1.0, 0.032, 2_400, "index", fees="0.35", small=True),
    _product("NQ", "E Mini Nasdaq 100", "20.0", "0.25", "QQQ", 21452.90, 1.0, 0.036, 36_000, "index"),
    _product("MNQ", "Micro E-mini Nasdaq-100 Index Futures", "2.0", "0.25", "QQQ", 21452.90, 1.0, 0.036, 3_600, "index", fees="0.35", small=True),
    _product("RTY", "E-mini Russell 2000 Index Futures", "50.0", "0.1", "IWM", 2296.40, 1.0, 0.030, 9_500, "index"),
    _product("CL", "Light Sweet Crude Oil", "1000.0", "0.01", "XLE", 63.42, 1.1, -0.02, 6_200, "energy", months=MONTH_CODES, listed=6, venue="XNYM", sector="Energy", fees="1.50"),
    _product("GC", "Gold", "100.0", "0.1", "GLD", 3384.20, 1.0, 0.035, 17_500, "metal", months="GJMQVZ", listed=4, venue="XCEC", sector="Metals", display="0.1", fees="1.60"),
    _product("ZB", "U.S. Treasury Bond Futures", "1000.0", "0.03125", "TLT", 117.15, 0.9, -0.01, 4_100, "bond", venue="XCBT", sector="Interest Rate", display="0.03125", fees="0.92"),
    _product("ZN", "10-Year U.S. Treasury Note Futures", "1000.0", "0.015625", "TLT", 112.59, 0.45, -0.005, 2_000, "bond", venue="XCBT", sector="Interest Rate", display="0.015625", fees="0.85"),
    _product("6E", "Euro FX Futures", "125000.0", "0.00005", "EEM", 1.0872, 0.3, 0.018, 3_000, "currency", sector="Currency", display="0.0001", fees="1.60"),
)
# fmt: on
BY_CODE: Final = {product.code: product for product in PRODUCTS}


@dataclass(frozen=True, slots=True)
class FutureContract:
    """One month of a product. It trades until `stops_at`; opening orders are taken before `closing_only`."""

    product: Product
    year: int
    month: int
    last_trade: date
    first_notice: date | None
    closing_only: date
    stops_at: datetime

    @property
    def symbol(self) -> str:
        return f"/{self.product.code}{MONTH_CODES[self.month - 1]}{self.year % 10}"

    @property
    def streamer_symbol(self) -> str:
        return f"/{self.product.code}{MONTH_CODES[self.month - 1]}{self.year % 100:02d}:{self.product.venue}"

    @property
    def roll_day(self) -> date:
        """From this day on the next month is the active one."""
        end = min(self.last_trade, self.first_notice or self.last_trade)
        return business_days(end, -self.product.offset)

    def only_closes(self, today: date) -> bool:
        return not self.product.cash_settled and today >= self.closing_only


def business_days(day: date, count: int) -> date:
    """So many trading days after `day`, before it when negative."""
    step = next_trading_day if count > 0 else previous_trading_day
    for _ in range(abs(count)):
        day = step(day)
    return day


def _last_business_day(year: int, month: int) -> date:
    return previous_trading_day(date(year + month // 12, month % 12 + 1, 1))


def _dates(rules: Rules, year: int, month: int) -> tuple[date, date | None, time]:
    """Last trade, first notice and the hour in New York at which it ends."""
    before = _last_business_day(year - (month == 1), (month - 2) % 12 + 1)
    match rules:
        case "index":
            return third_friday(year, month), None, time(9, 30)
        case "energy":
            pivot = date(before.year, before.month, 25)
            last = business_days(pivot, -3 if is_trading_day(pivot) else -4)
            return last, business_days(last, 2), time(14, 30)
        case "metal":
            return business_days(_last_business_day(year, month), -2), before, time(13, 30)
        case "bond":
            return business_days(_last_business_day(year, month), -7), before, time(13, 1)
        case "currency":
            first = date(year, month, 1)
            wednesday = first + timedelta(days=(2 - first.weekday()) % 7 + 14)
            last = business_days(wednesday, -2)
            return last, None, time(10, 16)


def contract_of(product: Product, year: int, month: int) -> FutureContract:
    last, notice, hour = _dates(product.rules, year, month)
    ends = min(last, notice or last)
    closing = last if product.cash_settled else business_days(ends, -4)
    return FutureContract(product, year, month, last, notice, closing, at(last, hour))


def months_of(product: Product, now: datetime) -> list[FutureContract]:
    """The months listed now, the nearest first."""
    found: list[FutureContract] = []
    year, month = new_york_date(now).year, new_york_date(now).month
    while len(found) < product.listed:
        if MONTH_CODES[month - 1] in product.months:
            contract = contract_of(product, year, month)
            if contract.stops_at > now:
                found.append(contract)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def active_month(months: list[FutureContract], today: date) -> FutureContract:
    """The first month that has not come to its roll."""
    return next((contract for contract in months if today < contract.roll_day), months[-1])


def lately_ended(product: Product, now: datetime) -> list[FutureContract]:
    """Months whose trading ended in the last hundred days: still known, no longer active."""
    back = new_york_date(now - KEPT)
    found, year, month = [], back.year, back.month
    while (year, month) <= (new_york_date(now).year, new_york_date(now).month):
        if MONTH_CODES[month - 1] in product.months:
            contract = contract_of(product, year, month)
            if now - KEPT < contract.stops_at <= now:
                found.append(contract)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def quote_of(contract: FutureContract, driver: Quote, usual: float, now: datetime) -> Quote:
    """The contract's book, one step wide; `usual` is the driver's ordinary price."""
    product = contract.product
    years = max((contract.stops_at - now).total_seconds(), 0.0) / (365 * 86_400)

    def fair(price: Decimal) -> float:
        ratio = float(price) / usual if price > 0 else 1.0  # a bad print of the driver is not this market's
        return product.price * float(ratio**product.beta) * math.exp(product.carry * years)

    bid = Decimal(math.floor(fair(driver.mid) / float(product.tick))) * product.tick
    ask = bid + product.tick
    share = 1.0 if years < 0.3 else 0.02
    return Quote(
        symbol=contract.symbol,
        bid=bid,
        ask=ask,
        last=ask if driver.last >= driver.mid else bid,
        bid_size=max(driver.bid_size // 8, 1),
        ask_size=max(driver.ask_size // 8, 1),
        open=_on_grid(fair(driver.open), product),
        high=max(_on_grid(fair(driver.high), product), ask),
        low=min(_on_grid(fair(driver.low), product), bid),
        close=ask if driver.last >= driver.mid else bid,
        prev_close=_on_grid(fair(driver.prev_close), product),
        volume=max(int(driver.volume * share / 40), 1),
        at=driver.at,
        halted=False,
    )


def price_at(contract: FutureContract, driver: float, usual: float, when: datetime) -> Decimal:
    """What the contract is worth while its driver stands there; `usual` as above."""
    product = contract.product
    years = max((contract.stops_at - when).total_seconds(), 0.0) / (365 * 86_400)
    ratio = driver / usual if driver > 0 else 1.0
    return _on_grid(product.price * float(ratio**product.beta) * math.exp(product.carry * years), product)


def _on_grid(price: float, product: Product) -> Decimal:
    return Decimal(round(price / float(product.tick))) * product.tick
