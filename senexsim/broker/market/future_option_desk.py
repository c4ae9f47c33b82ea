"""Quotes of options on futures, by Black's formula on the future's price. It keeps no state but surfaces."""

from __future__ import annotations

import math
import zlib
from datetime import datetime
from decimal import Decimal

from senexsim.broker.market import pricing
from senexsim.broker.market.catalog import BY_SYMBOL
from senexsim.broker.market.future_options import FutureOption
from senexsim.broker.market.model import Instrument, OnFutureTerms, Quote
from senexsim.broker.market.option_desk import RATE
from senexsim.broker.market.tick_sizes import step_at
from senexsim.broker.market.volatility import Surface, surface_of

_YEAR = 365 * 86_400


class FutureOptionDesk:
    """One volatility surface per product, that of its driver stretched by its beta."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._surfaces: dict[str, Surface] = {}
        self._stress: dict[str, float] = {}

    def _surface(self, option: FutureOption) -> Surface:
        product = option.expiration.future.product
        found = self._surfaces.get(product.code)
        if found is None:
            driver = BY_SYMBOL[product.driver]
            level = driver.volatility * product.beta * self._stress.get(product.driver, 1.0)
            found = surface_of(level, index_like=product.cash_settled)
            self._surfaces[product.code] = found
        return found

    def stress(self, factors: dict[str, float]) -> None:
        """Multiply the volatility of what these shares drive from now on; 1 is the usual one."""
        self._stress |= factors
        self._surfaces.clear()

    def terms(self, option: FutureOption, price: float, now: datetime) -> pricing.Terms:
        """The pricing terms at a price of the future: it carries no financing, so rate and yield are alike."""
        years = max((option.expiration.expires_at - now).total_seconds(), 0.0) / _YEAR
        strike = float(option.strike)
        volatility = self._surface(option).volatility(math.log(strike / price), years) if price > 0 else 0.0
        return pricing.Terms(max(price, 0.0), strike, years, RATE, RATE, volatility, option.right)

    def quote(self, option: FutureOption, under: Quote, now: datetime) -> Quote:
        """The option's book around its value, one step or one percent to either side."""

        def worth(price: Decimal) -> Decimal:
            return Decimal(str(round(pricing.value(self.terms(option, float(price), now)), 8)))

        ticks = option.expiration.product.ticks
        theo = worth(under.mid)
        step = step_at(ticks, theo)
        half = max(step / 2, theo / 100)
        bid = max((theo - half) // step * step, Decimal(0))
        ask = max(-(-(theo + half) // step) * step, bid + step)
        last = round(theo / step) * step
        calls = option.right == "C"
        extremes = (under.high, under.low) if calls else (under.low, under.high)
        opened, high, low, before = (
            round(worth(price) / step) * step for price in (under.open, *extremes, under.prev_close)
        )
        noise = zlib.crc32(f"{option.symbol}:{under.mid}".encode())
        return Quote(
            symbol=option.symbol, bid=bid, ask=ask, last=last,
            bid_size=1 + noise % 40 if bid else 0, ask_size=1 + noise // 64 % 40,
            open=opened, high=max(high, last), low=min(low, last), close=last, prev_close=before,
            volume=self.open_interest(option) // 9, at=under.at, halted=under.halted,
        )  # fmt: skip

    def open_interest(self, option: FutureOption) -> int:
        """Contracts outstanding: most near the money, fixed by the seed."""
        usual = option.expiration.future.product.price
        distance = math.log(float(option.strike) / usual) / 0.05
        noise = zlib.crc32(f"{option.symbol}:{self._seed}".encode()) % 100
        return int(4_000 * math.exp(-distance * distance / 2) * (0.4 + noise / 100))


def future_option(option: FutureOption) -> Instrument:
    """The instrument as the rest of the simulator sees it."""
    product = option.expiration.future.product
    word = "Call" if option.right == "C" else "Put"
    return Instrument(
        symbol=option.symbol,
        kind="Future Option",
        streamer_symbol=option.streamer_symbol,
        description=f"{product.name} {option.expiration.day:%d %b %Y} {option.terms.strike:f} {word}",
        is_etf=False,
        is_index=False,
        underlying_symbol=option.expiration.future.symbol,
        option=option.terms,
        tick_sizes=option.expiration.product.ticks,
        option_tick_sizes=(),
        shares_per_contract=int(product.multiplier),
        on_future=OnFutureTerms(
            product.code, Decimal(product.margin), product.fees, product.small, option.expiration.expires_at
        ),
    )
