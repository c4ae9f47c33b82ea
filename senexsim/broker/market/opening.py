"""How the market stands when the simulator starts: books, the morning so far, and what was before."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime

from senexsim.broker.market.bars import LiveBars
from senexsim.broker.market.book import Book, cents
from senexsim.broker.market.catalog import LISTINGS, Listing
from senexsim.broker.market.history import Bar, History, bridge, epoch_ms
from senexsim.broker.market.paths import FOLLOWS
from senexsim.broker.market.trading_days import is_trading_day, new_york_date, session

_ROOT_OF_YEAR = 15.9  # square root of 252 trading days


@dataclass(frozen=True, slots=True)
class Opening:
    """The first state of a market, by underlying symbol."""

    books: dict[str, Book]
    bars: dict[str, LiveBars]
    history: History


def open_market(seed: int, now: datetime) -> Opening:
    """Every listing at its usual price; yesterday's close and the morning follow from the seed."""
    draw = random.Random(f"{seed}:start")
    today = new_york_date(now)
    gaps: dict[str, tuple[float, float]] = {}
    books, bars = {}, {}
    for listing in LISTINGS:
        gap, share = gaps[listing.symbol] = _gap(listing, gaps, draw)
        prev_close = listing.price * (1 + gap)
        opened = prev_close + (listing.price - prev_close) * share
        book = Book(listing, last=listing.price, opened=opened, prev_close=prev_close)
        book.day = today
        books[listing.symbol] = book
        bars[listing.symbol] = LiveBars(_morning(seed, book, today, now))
    closes = {symbol: float(book.prev_close) for symbol, book in books.items()}
    return Opening(books, bars, History(seed, today, closes))


def _gap(listing: Listing, gaps: dict[str, tuple[float, float]], draw: random.Random) -> tuple[float, float]:
    """How far yesterday's close lies above now, as a fraction, and how much of it the open made good."""
    if listing.symbol in FOLLOWS:
        return gaps[FOLLOWS[listing.symbol]]
    gap = listing.volatility / _ROOT_OF_YEAR * max(-2.0, min(2.0, draw.gauss(0.0, 0.7)))
    return gap, draw.uniform(0.1, 0.9)


def _morning(seed: int, book: Book, today: date, now: datetime) -> list[Bar]:
    """The minutes of today before the simulator started, when it starts inside or after a session."""
    times = session(today)
    if not is_trading_day(today) or now < times.open:
        book.opened = book.high = book.low = book.visible[2]
        return []
    listing = book.listing
    count = int((min(now, times.close) - times.open).total_seconds() // 60)
    share = count / 390
    reach = listing.volatility / _ROOT_OF_YEAR * listing.price * share**0.5
    draw = random.Random(f"{seed}:{listing.symbol}:morning")
    last = float(book.visible[2])
    high = max(float(book.opened), last) + reach * draw.uniform(0.1, 0.6)
    low = min(float(book.opened), last) - reach * draw.uniform(0.1, 0.6)
    book.high, book.low = cents(high), cents(low)
    book.volume = int(listing.volume * share)
    book.turnover = book.volume * (high + low) / 2
    bar = (float(book.opened), float(book.high), float(book.low), last, book.volume)
    return bridge(f"{seed}:{listing.symbol}:{today}", epoch_ms(times.open), count, bar) if count else []
