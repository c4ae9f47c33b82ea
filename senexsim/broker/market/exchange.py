"""The simulated market: who is listed, what they cost now, and who is told. It knows no accounts and no wire."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from senexsim.broker.clock import SimClock
from senexsim.broker.market import chains, symbols
from senexsim.broker.market.bars import LiveBars
from senexsim.broker.market.book import Book, Top, cents
from senexsim.broker.market.catalog import BY_SYMBOL, LISTINGS, Listing
from senexsim.broker.market.history import Bar, History, bridge, epoch_ms, midnight_ms, rounded
from senexsim.broker.market.model import Instrument, Quote
from senexsim.broker.market.option_desk import Contract, OptionDesk
from senexsim.broker.market.paths import FOLLOWS, PricePaths
from senexsim.broker.market.tick_sizes import option_ticks, share_ticks
from senexsim.broker.market.trading_days import Session, is_trading_day, new_york_date, session

log = logging.getLogger(__name__)
TICK_SECONDS: Final = 0.1
CACHED_CONTRACTS: Final = 50_000

TickCallback = Callable[[frozenset[str]], None]
FlushCallback = Callable[[frozenset[str]], Awaitable[None]]


class Market:
    """A seeded market that ticks every 100 ms of real time.

    The n-th tick's prices follow from the seed and the clock's speed alone. One tick stands for
    `0.1 * clock.speed` market seconds.
    """

    def __init__(self, *, clock: SimClock, seed: int) -> None:
        self.clock = clock
        self.seed = seed
        self.desk = OptionDesk(seed)
        self._paths = PricePaths(seed, LISTINGS)
        self._closed_at: datetime | None = None
        self._callbacks: list[TickCallback] = []
        self._flushers: list[FlushCallback] = []
        self._contracts: dict[str, Contract] = {}
        self._pinned_contracts: dict[str, Top] = {}
        self._quotes: dict[str, Quote] = {}
        self._changed_at: dict[str, datetime] = {}
        self._start_day(clock.now())

    # -- what is listed ---------------------------------------------------------------------------

    def listing(self, symbol: str) -> Listing | None:
        """The catalogue's row of an underlying."""
        return BY_SYMBOL.get(symbol)

    def contract(self, symbol: str) -> Contract | None:
        """The option contract of a padded OCC symbol, also one that expired lately."""
        found = self._contracts.get(symbol)
        if found is None:
            key = symbols.parse_occ(symbol)
            parts = chains.contract(key, self.clock.now()) if key is not None else None
            if parts is None:
                return None
            if len(self._contracts) >= CACHED_CONTRACTS:
                self._contracts.clear()
            found = self._contracts[symbol] = Contract(symbol, *parts)
        return found

    def instrument(self, symbol: str) -> Instrument | None:
        """The instrument of a tastytrade symbol, None when nothing is listed under it."""
        listing = BY_SYMBOL.get(symbol)
        if listing is not None:
            return _underlying(listing)
        contract = self.contract(symbol)
        return _option(contract) if contract is not None else None

    def from_streamer(self, streamer_symbol: str) -> str | None:
        """The tastytrade symbol of a streamer symbol; None when nothing is listed under it."""
        if streamer_symbol in BY_SYMBOL:
            return streamer_symbol
        key = symbols.parse_streamer(streamer_symbol)
        if key is None:
            return None
        symbol = symbols.occ(key[0], key[1], key[2], key[3])
        return symbol if self.contract(symbol) is not None else None

    # -- what it costs ----------------------------------------------------------------------------

    def quote(self, symbol: str) -> Quote | None:
        """The quote of a tastytrade symbol, None when nothing is listed under it."""
        found = self._quotes.get(symbol)
        if found is None:
            found = self._fresh_quote(symbol)
            if found is not None:
                if len(self._quotes) >= CACHED_CONTRACTS:
                    self._quotes.clear()
                self._quotes[symbol] = found
        return found

    def _fresh_quote(self, symbol: str) -> Quote | None:
        book = self.books.get(symbol)
        if book is not None:
            return book.quote(self._changed_at[symbol])
        contract = self.contract(symbol)
        under = self.quote(contract.listing.symbol) if contract is not None else None
        if contract is None or under is None:
            return None
        quote = self.desk.quote(contract, under, self.clock.now())
        pinned = self._pinned_contracts.get(symbol)
        return quote if pinned is None else _pinned_quote(quote, pinned, self._changed_at[symbol])

    def has_book(self, symbol: str) -> bool:
        """Whether there is a bid and an ask: an index has none."""
        book = self.books.get(symbol)
        return book is None or not book.listing.is_index or book.pinned is not None

    def has_traded(self, symbol: str) -> bool:
        """Whether there is a last trade: an option without volume has none until it is pinned."""
        if symbol in self.books or symbol in self._pinned_contracts:
            return True
        quote = self.quote(symbol)
        return quote is not None and quote.volume > 0

    def open_interest(self, symbol: str) -> int:
        """Contracts outstanding of an option, zero for anything else."""
        contract = self.contract(symbol) if symbol not in self.books else None
        return self.desk.open_interest(contract) if contract is not None else 0

    def session_state(self) -> str:
        """`Open` or `Closed`."""
        return "Open" if self._closed_at is None else "Closed"

    @property
    def closed_at(self) -> datetime | None:
        """When the session was told to close; None while it is open."""
        return self._closed_at

    @property
    def tick(self) -> int:
        """How many ticks the paths have made."""
        return self._paths.tick

    # -- who is told ------------------------------------------------------------------------------

    def on_tick(self, callback: TickCallback) -> None:
        """Call back after prices changed, with the changed underlyings and pinned symbols."""
        self._callbacks.append(callback)

    def on_flush(self, callback: FlushCallback) -> None:
        """Await this before a pin or a release returns: the frames of those symbols go out now."""
        self._flushers.append(callback)

    def _tell(self, changed: frozenset[str]) -> None:
        for callback in self._callbacks:
            try:
                callback(changed)
            except Exception:
                log.exception("a listener of the market failed")

    # -- what moves it ----------------------------------------------------------------------------

    async def pin(self, symbol: str, bid: Decimal, ask: Decimal, last: Decimal | None = None) -> None:
        """Fix the symbol until `release`; frames are sent and callbacks run before it returns.

        Raises KeyError for a symbol that is not listed. Any finite prices are taken, crossed and
        negative ones too: bad prints are part of a market.
        """
        top = (bid, ask, (bid + ask) / 2 if last is None else last)
        now = self.clock.now()
        if symbol in self.books:
            self.books[symbol].pin(top, now)
            self.bars[symbol].record(now, float(top[2]), 0)
        elif self.contract(symbol) is not None:
            self._pinned_contracts[symbol] = top
        else:
            raise KeyError(symbol)
        await self._changed_by_hand(symbol, now)

    async def release(self, symbol: str) -> None:
        """Let the symbol follow its path again. Raises KeyError for a symbol that is not listed."""
        now = self.clock.now()
        if symbol in self.books:
            self.books[symbol].release(now)
        elif self.contract(symbol) is not None:
            self._pinned_contracts.pop(symbol, None)
        else:
            raise KeyError(symbol)
        await self._changed_by_hand(symbol, now)

    async def _changed_by_hand(self, symbol: str, now: datetime) -> None:
        self._changed_at[symbol] = now
        self._quotes.clear()
        changed = frozenset({symbol})
        self._tell(changed)
        for flush in self._flushers:
            await flush(changed)

    def set_session(self, state: str | None) -> None:
        """`open`, `closed`, or None for the ordinary state, which is open. Raises ValueError otherwise."""
        if state not in {None, "open", "closed"}:
            raise ValueError("session: open or closed")
        if state != "closed":
            self._closed_at = None
        elif self._closed_at is None:
            self._closed_at = self.clock.now()
        self._tell(frozenset(self.books) | frozenset(self._pinned_contracts))

    def clock_moved(self) -> None:
        """The clock was set by hand: open a new day if it is one, and price everything anew."""
        now = self.clock.now()
        self._contracts.clear()
        self._quotes.clear()
        self._changed_at = dict.fromkeys(self._changed_at, now)
        self._roll_day(now)
        self._tell(frozenset(self.books) | frozenset(self._pinned_contracts))

    def step(self) -> frozenset[str]:
        """Make one tick, and tell. A closed market stands still. Returns the changed underlyings."""
        if self._closed_at is not None:
            return frozenset()
        now = self.clock.now()
        self._roll_day(now)
        changed = set()
        for symbol, move in self._paths.step(TICK_SECONDS * self.clock.speed).items():
            book = self.books[symbol]
            volume = book.volume
            if book.move(move, now):
                changed.add(symbol)
                self._changed_at[symbol] = now
            self.bars[symbol].record(now, float(book.visible[2]), book.volume - volume)
        told = frozenset(changed)
        self._quotes.clear()
        if told:
            self._tell(told)
        return told

    async def run(self) -> None:
        """Tick every 100 ms until cancelled; ticks missed by a busy machine are not made up for."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + TICK_SECONDS, loop.time())
            await asyncio.sleep(due - loop.time())
            self.step()

    # -- days -------------------------------------------------------------------------------------

    def _start_day(self, now: datetime) -> None:
        draw = random.Random(f"{self.seed}:start")
        today = new_york_date(now)
        self.books: dict[str, Book] = {}
        self.bars: dict[str, LiveBars] = {}
        gaps: dict[str, tuple[float, float]] = {}  # yesterday's close above now, and where it opened
        for listing in LISTINGS:
            if listing.symbol in FOLLOWS:
                gap, share = gaps[FOLLOWS[listing.symbol]]
            else:
                gap = listing.volatility / 15.9 * max(-2.0, min(2.0, draw.gauss(0.0, 0.7)))
                share = draw.uniform(0.1, 0.9)
            gaps[listing.symbol] = gap, share
            prev_close = listing.price * (1 + gap)
            opened = prev_close + (listing.price - prev_close) * share
            book = Book(listing, last=listing.price, opened=opened, prev_close=prev_close)
            book.day = today
            self.books[listing.symbol] = book
            self.bars[listing.symbol] = LiveBars(self._morning(book, today, now))
            self._changed_at[listing.symbol] = now
        closes = {symbol: float(book.prev_close) for symbol, book in self.books.items()}
        self.history = History(self.seed, today, closes)

    def _morning(self, book: Book, today: date, now: datetime) -> list[Bar]:
        """The minutes of today before the simulator started, when it starts inside a session."""
        times = session(today)
        if not is_trading_day(today) or now < times.open:
            book.opened = book.high = book.low = book.visible[2]
            return []
        count = int((min(now, times.close) - times.open).total_seconds() // 60)
        share = count / 390
        reach = book.listing.volatility / 15.9 * book.listing.price * share**0.5
        draw = random.Random(f"{self.seed}:{book.listing.symbol}:morning")
        last = float(book.visible[2])
        high = max(float(book.opened), last) + reach * draw.uniform(0.1, 0.6)
        low = min(float(book.opened), last) - reach * draw.uniform(0.1, 0.6)
        book.high, book.low = cents(high), cents(low)
        book.volume = int(book.listing.volume * share)
        book.turnover = book.volume * (high + low) / 2
        bar = (float(book.opened), float(book.high), float(book.low), last, book.volume)
        key = f"{self.seed}:{book.listing.symbol}:{today}"
        return bridge(key, epoch_ms(times.open), count, bar) if count else []

    def _roll_day(self, now: datetime) -> None:
        today = new_york_date(now)
        for symbol, book in self.books.items():
            if book.day == today:
                continue
            if book.day is not None and today > book.day:
                self.bars[symbol].finished_days.append(self.day_bar(symbol))
            book.start_day(today)
            self._changed_at[symbol] = now

    def day_bar(self, symbol: str) -> Bar:
        """Today's candle of an underlying so far."""
        book = self.books[symbol]
        day = book.day or new_york_date(self.clock.now())
        prices = (float(book.opened), float(book.high), float(book.low), float(book.visible[2]))
        return rounded(midnight_ms(day), prices, book.volume)

    def today(self) -> Session:
        """The times of the New York date it is now."""
        return session(new_york_date(self.clock.now()))


def _pinned_quote(quote: Quote, top: Top, at: datetime) -> Quote:
    bid, ask, last = top
    return replace(
        quote,
        bid=bid,
        ask=ask,
        last=last,
        close=last,
        bid_size=max(quote.bid_size, 1),
        ask_size=max(quote.ask_size, 1),
        high=max(quote.high, last),
        low=min(quote.low, last),
        at=at,
    )


def _underlying(listing: Listing) -> Instrument:
    return Instrument(
        symbol=listing.symbol,
        kind="Equity",
        streamer_symbol=listing.symbol,
        description=listing.name,
        is_etf=listing.is_etf,
        is_index=listing.is_index,
        underlying_symbol=listing.symbol,
        option=None,
        tick_sizes=share_ticks(listing),
        option_tick_sizes=option_ticks(listing),
        shares_per_contract=1,
    )


def _option(contract: Contract) -> Instrument:
    terms, listing = contract.terms, contract.listing
    word = "Call" if terms.right == "C" else "Put"
    return Instrument(
        symbol=contract.symbol,
        kind="Equity Option",
        streamer_symbol=symbols.streamer(terms.root, terms.expiration, terms.right, terms.strike),
        description=f"{listing.symbol} {terms.expiration:%d %b %Y} {symbols.strike_text(terms.strike)} {word}",
        is_etf=False,
        is_index=False,
        underlying_symbol=listing.symbol,
        option=terms,
        tick_sizes=option_ticks(listing),
        option_tick_sizes=(),
        shares_per_contract=100,
    )
