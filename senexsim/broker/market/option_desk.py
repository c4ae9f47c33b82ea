"""Quotes and greeks of option contracts from their underlying's quote. It keeps no state but surfaces."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from senexsim.broker.market import pricing
from senexsim.broker.market.catalog import Listing
from senexsim.broker.market.chains import Expiration, years_to
from senexsim.broker.market.model import OptionTerms, Quote, TickSize
from senexsim.broker.market.tick_sizes import ceil_cents, floor_cents, option_ticks
from senexsim.broker.market.volatility import Surface, surface_of

RATE: Final = 0.0375  # the risk-free rate of the simulated market, a fraction per year
KEPT_DAYS: Final = 50_000
_DAY: Final = 1 / 365


@dataclass(frozen=True, slots=True)
class Contract:
    """A listed option with what is needed to price it."""

    symbol: str
    listing: Listing
    expiration: Expiration
    terms: OptionTerms


class OptionDesk:
    """Prices contracts by Black-Scholes on one volatility surface per underlying."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._surfaces: dict[str, Surface] = {}
        self._stress: dict[str, float] = {}
        self._days: dict[str, tuple[tuple[Any, ...], tuple[int, int, int, int]]] = {}

    def surface(self, listing: Listing) -> Surface:
        found = self._surfaces.get(listing.symbol)
        if found is None:
            broad = listing.is_index or listing.is_etf
            level = listing.volatility * self._stress.get(listing.symbol, 1.0)
            found = self._surfaces[listing.symbol] = surface_of(level, index_like=broad)
        return found

    def stress(self, factors: dict[str, float]) -> None:
        """Multiply the volatility of these underlyings from now on; 1 is the usual one."""
        self._stress |= factors
        self._surfaces.clear()
        self._days.clear()

    def terms(self, contract: Contract, spot: float, now: datetime, *, ago: float = 0.0) -> pricing.Terms:
        """The pricing terms at a spot price; `ago` adds time to expiry, in years."""
        listing, strike = contract.listing, float(contract.terms.strike)
        years = years_to(contract.expiration, now) + ago
        forward = spot * math.exp((RATE - listing.dividend_yield) * years)
        volatility = self.surface(listing).volatility(math.log(strike / forward), years)
        return pricing.Terms(
            spot, strike, years, RATE, listing.dividend_yield, volatility, contract.terms.right,
            american=not listing.is_index,
        )  # fmt: skip

    def quote(self, contract: Contract, under: Quote, now: datetime) -> Quote:
        """The contract's quote while its underlying stands at `under`; an expired one is its settled value."""
        spot = float(under.mid)
        ticks = option_ticks(contract.listing)
        theo = pricing.value(self.terms(contract, spot, now)) * 100
        live = contract.expiration.expires_at > now
        bid, ask = _book(theo, ticks) if live else (round(theo), round(theo))
        noise = _noise(contract.symbol, int(spot * 20))
        last = _round_to(theo, ticks)
        day = self._day(contract, under, now, ticks)
        return Quote(
            symbol=contract.symbol,
            bid=_dollars(bid),
            ask=_dollars(ask),
            last=_dollars(last),
            bid_size=(1 + noise % 60) if live and bid else 0,
            ask_size=(1 + noise // 64 % 60) if live else 0,
            open=_dollars(day[0]),
            high=_dollars(max(day[1], last)),
            low=_dollars(min(day[2], last)),
            close=_dollars(last),
            prev_close=_dollars(day[3]),
            volume=self._volume(contract, under),
            at=under.at,
            halted=under.halted,
        )

    def _day(
        self, contract: Contract, under: Quote, now: datetime, ticks: tuple[TickSize, ...]
    ) -> tuple[int, int, int, int]:
        """Open, high, low and yesterday's close in cents, from the underlying's; kept for a minute."""
        key = (under.open, under.high, under.low, under.prev_close, int(now.timestamp() // 60))
        kept = self._days.get(contract.symbol)
        if kept is not None and kept[0] == key:
            return kept[1]
        if len(self._days) >= KEPT_DAYS:
            self._days.clear()
        day = self._price_day(contract, under, now, ticks)
        self._days[contract.symbol] = (key, day)
        return day

    def _price_day(
        self, contract: Contract, under: Quote, now: datetime, ticks: tuple[TickSize, ...]
    ) -> tuple[int, int, int, int]:
        high, low = (under.high, under.low) if contract.terms.right == "C" else (under.low, under.high)
        today = [
            pricing.value(self.terms(contract, float(spot), now)) * 100 for spot in (under.open, high, low)
        ]
        before = pricing.value(self.terms(contract, float(under.prev_close), now, ago=_DAY)) * 100
        opened, highest, lowest = (_round_to(cents, ticks) for cents in today)
        return opened, highest, lowest, _round_to(before, ticks)

    def _volume(self, contract: Contract, under: Quote) -> int:
        usual = max(contract.listing.volume, 1) if not contract.listing.is_index else 50_000_000
        done = under.volume / usual if not contract.listing.is_index else 0.5
        return int(self.open_interest(contract) * 0.35 * done)

    def open_interest(self, contract: Contract) -> int:
        """Contracts outstanding: most near the money and on round strikes, fixed by the seed."""
        strike = float(contract.terms.strike)
        distance = math.log(strike / contract.listing.price) / contract.listing.volatility
        size = 22_000 * math.exp(-8 * distance * distance)
        round_strike = 1.0 if strike % 5 == 0 else 0.35
        return int(size * round_strike * (0.4 + _noise(contract.symbol, self._seed) % 100 / 100))


def _book(theo: float, ticks: tuple[TickSize, ...]) -> tuple[int, int]:
    """Bid and ask in cents on the grid around a theoretical value in cents; the bid may be zero."""
    half = 0.4 + min(theo * 0.006, 25.0)
    bid = floor_cents(ticks, theo - half)
    ask = ceil_cents(ticks, theo + half)
    return (bid, ask) if bid < ask else (bid, ceil_cents(ticks, bid + 1))


def _round_to(cents: float, ticks: tuple[TickSize, ...]) -> int:
    low, high = floor_cents(ticks, cents), ceil_cents(ticks, cents)
    return low if cents - low <= high - cents else high


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _noise(text: str, salt: int) -> int:
    return zlib.crc32(f"{text}:{salt}".encode())
