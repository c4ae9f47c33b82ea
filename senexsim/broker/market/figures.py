"""Figures about a listing that are looked up, not streamed: year's range, price limits, realised volatility."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from statistics import pstdev

from senexsim.broker.market.book import cents
from senexsim.broker.market.catalog import Listing
from senexsim.broker.market.dividends import earnings_per_share
from senexsim.broker.market.exchange import Market


@dataclass(frozen=True, slots=True)
class Figures:
    """Prices in dollars; the limits are the band outside of which trading would pause."""

    year_high: Decimal
    year_low: Decimal
    high_limit: Decimal
    low_limit: Decimal
    earnings_per_share: float


def figures_of(market: Market, listing: Listing) -> Figures:
    """The year's range over the last 252 days and today, and limits of 5 percent around the price."""
    book = market.books[listing.symbol]
    year = market.history.days(listing)[-252:]
    last = float(book.visible[2])
    return Figures(
        year_high=max(book.high, cents(max(bar.high for _, bar in year))),
        year_low=min(book.low, cents(min(bar.low for _, bar in year))),
        high_limit=cents(last * 1.05),
        low_limit=cents(last * 0.95),
        earnings_per_share=earnings_per_share(listing),
    )


def realised_volatility(market: Market, listing: Listing, days: int) -> float:
    """Yearly volatility of the last so many daily closes, as a fraction."""
    closes = [bar.close for _, bar in market.history.days(listing)[-days - 1 :]]
    returns = [math.log(after / before) for before, after in pairwise(closes)]
    return pstdev(returns) * math.sqrt(252)
