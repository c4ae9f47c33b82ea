"""The seeded price paths: one step per tick, the same for the same seed. It knows no clock and no quotes."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Final

from senexsim.broker.market.catalog import Listing

TRADING_SECONDS: Final = 252 * 6.5 * 3600  # of a year
MARKET_VOLATILITY: Final = 0.155
FOLLOWS: Final = {"SPX": "SPY", "NDX": "QQQ", "RUT": "IWM"}  # an index moves as the fund on it
_WANDER: Final = 1.5  # standard deviations of a day that a path strays from its usual price


@dataclass(frozen=True, slots=True)
class Move:
    """One tick of one listing: its fair price in dollars, what traded, and how the book stood."""

    price: float
    traded: int
    at_ask: bool
    extra_spread: int
    bid_size: int
    ask_size: int


class PricePaths:
    """Ornstein-Uhlenbeck in the logarithm around each usual price, with one common market factor."""

    def __init__(self, seed: int, listings: tuple[Listing, ...]) -> None:
        self._listings = listings
        self._random = random.Random(f"{seed}:path")
        self._deviation = {listing.symbol: 0.0 for listing in listings}
        self.tick = 0
        self.shift: dict[str, float] = {}  # in the logarithm, what a scenario adds to a path
        self.paid: dict[str, float] = {}  # dollars a share has paid in dividends since the start

    def step(self, seconds: float) -> dict[str, Move]:
        """Advance by one tick that stands for so many market seconds."""
        self.tick += 1
        years = seconds / TRADING_SECONDS
        decay = math.exp(-252 / (2 * _WANDER**2) * years)
        scale = _WANDER / math.sqrt(252) * math.sqrt(1 - decay * decay)
        common = self._random.gauss(0.0, 1.0)
        return {
            listing.symbol: self._move(listing, seconds, decay, scale, common) for listing in self._listings
        }

    def _move(self, listing: Listing, seconds: float, decay: float, scale: float, common: float) -> Move:
        draw = self._random
        own, trade, book, side = draw.gauss(0.0, 1.0), draw.random(), draw.random(), draw.random()
        loading = max(-0.95, min(0.95, listing.beta * MARKET_VOLATILITY / listing.volatility))
        shock = loading * common + math.sqrt(1 - loading * loading) * own
        symbol = listing.symbol
        self._deviation[symbol] = self._deviation[symbol] * decay + listing.volatility * scale * shock
        leader = FOLLOWS.get(symbol, symbol)
        deviation = self._deviation[leader] + self.shift.get(leader, 0.0)
        usual = listing.volume / (6.5 * 3600) * seconds
        traded = int(-math.log(1 - trade) * usual / 0.6) if trade > 0.4 else 0
        return Move(
            price=max(listing.price * math.exp(deviation) - self.paid.get(symbol, 0.0), 0.01),
            traded=traded,
            at_ask=side > 0.5,
            extra_spread=1 if book > 0.85 else 0,
            bid_size=40 * (1 + int(book * 12)),
            ask_size=40 * (1 + int(side * 12)),
        )
