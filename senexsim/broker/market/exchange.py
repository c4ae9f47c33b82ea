"""The simulated market: who is listed, what they cost now, and who is told. It knows no accounts and no wire."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from senexsim.broker.clock import SimClock
from senexsim.broker.market import pricing
from senexsim.broker.market.bars import LiveBars
from senexsim.broker.market.book import Book, Top, pinned_quote
from senexsim.broker.market.catalog import BY_SYMBOL, LISTINGS, Listing
from senexsim.broker.market.derivatives import CACHED_CONTRACTS, Derivatives
from senexsim.broker.market.dividends import dividends
from senexsim.broker.market.future_options import FutureOption
from senexsim.broker.market.futures import FutureContract
from senexsim.broker.market.history import Bar, midnight_ms, rounded
from senexsim.broker.market.instruments import underlying
from senexsim.broker.market.model import Instrument, Quote
from senexsim.broker.market.opening import open_market
from senexsim.broker.market.option_desk import Contract
from senexsim.broker.market.paths import PricePaths
from senexsim.broker.market.trading_days import new_york_date

log = logging.getLogger(__name__)
TICK_SECONDS: Final = 0.1

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
        self._derived = Derivatives(seed, clock, self.quote)
        self.desk = self._derived.desk
        self._paths = PricePaths(seed, LISTINGS)
        self._closed_at: datetime | None = None
        self._futures_apart = False  # from the stock market, whose session is theirs otherwise
        self._futures_closed_at: datetime | None = None
        self._callbacks: list[TickCallback] = []
        self._beats: list[Callable[[], None]] = []
        self._flushers: list[FlushCallback] = []
        self._pinned_contracts: dict[str, Top] = {}
        self.pinned_bars: dict[str, LiveBars] = {}  # of options and futures, from their first pin on
        self._quotes: dict[str, Quote] = {}
        now = clock.now()
        opening = open_market(seed, now)
        self.books, self.bars, self.history = opening.books, opening.bars, opening.history
        self._changed_at: dict[str, datetime] = dict.fromkeys(self.books, now)

    # -- what is listed ---------------------------------------------------------------------------

    def listing(self, symbol: str) -> Listing | None:
        """The catalogue's row of an underlying."""
        return BY_SYMBOL.get(symbol)

    def contract(self, symbol: str) -> Contract | None:
        """The option contract of a padded OCC symbol, also one that expired lately."""
        return self._derived.contract(symbol)

    def future(self, symbol: str) -> FutureContract | None:
        """The future of a tastytrade symbol, also one that ended lately."""
        return self._derived.future(symbol)

    def future_option(self, symbol: str) -> FutureOption | None:
        """The option on a future of a tastytrade symbol (`./ESZ6 EW4X6 261127C6000`) while it is listed."""
        return self._derived.future_option(symbol)

    def instrument(self, symbol: str) -> Instrument | None:
        """The instrument of a tastytrade symbol, None when nothing is listed under it."""
        listing = BY_SYMBOL.get(symbol)
        return underlying(listing) if listing is not None else self._derived.instrument(symbol)

    def from_streamer(self, streamer_symbol: str) -> str | None:
        """The tastytrade symbol of a streamer symbol; None when nothing is listed under it."""
        if streamer_symbol in BY_SYMBOL:
            return streamer_symbol
        return self._derived.from_streamer(streamer_symbol)

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
        quote, pinned = self._derived.quote(symbol), self._pinned_contracts.get(symbol)
        if quote is None or pinned is None:
            return quote
        return pinned_quote(quote, pinned, self._changed_at[symbol])

    def has_book(self, symbol: str) -> bool:
        """Whether there is a bid and an ask: an index has none."""
        book = self.books.get(symbol)
        return book is None or not book.listing.is_index or book.pinned is not None

    def is_pinned(self, symbol: str) -> bool:
        """Whether a control holds its price."""
        book = self.books.get(symbol)
        return symbol in self._pinned_contracts if book is None else book.pinned is not None

    def has_traded(self, symbol: str) -> bool:
        """Whether there is a last trade: an option without volume has none until it is pinned."""
        if symbol in self.books or symbol in self._pinned_contracts:
            return True
        quote = self.quote(symbol)
        return quote is not None and quote.volume > 0

    def open_interest(self, symbol: str) -> int:
        """Contracts outstanding of an option, zero for anything else."""
        return 0 if symbol in self.books else self._derived.open_interest(symbol)

    def option_terms(self, symbol: str) -> pricing.Terms | None:
        """What the worth of an option is made of, now; None when the symbol is no option's."""
        return self._derived.option_terms(symbol)

    def session_state(self, kind: str = "Equity") -> str:
        """`Open` or `Closed`; futures keep hours of their own."""
        return "Open" if self.closed_at(kind) is None else "Closed"

    def closed_at(self, kind: str = "Equity") -> datetime | None:
        """When the session was told to close; None while it is open."""
        return (
            self._futures_closed_at if kind.startswith("Future") and self._futures_apart else self._closed_at
        )

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

    def _with_futures(self, changed: frozenset[str]) -> frozenset[str]:
        return changed | self._derived.moved_by(changed)

    def _tell(self, changed: frozenset[str]) -> None:
        changed = self._with_futures(changed)
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
        elif self._derived.listed(symbol):
            self._record(symbol, now)
            self._pinned_contracts[symbol] = top
        else:
            raise KeyError(symbol)
        await self._changed_by_hand(symbol, now)

    async def release(self, symbol: str) -> None:
        """Let the symbol follow its path again. Raises KeyError for a symbol that is not listed."""
        now = self.clock.now()
        if symbol in self.books:
            self.books[symbol].release(now)
        elif self._derived.listed(symbol):
            self._pinned_contracts.pop(symbol, None)
        else:
            raise KeyError(symbol)
        await self._changed_by_hand(symbol, now)

    def _record(self, symbol: str, now: datetime) -> None:
        quote = self.quote(symbol)
        if quote is not None:
            self.pinned_bars.setdefault(symbol, LiveBars()).record(now, float(quote.last), 0)

    async def _changed_by_hand(self, symbol: str, now: datetime) -> None:
        self._changed_at[symbol] = now
        self._quotes.clear()
        if symbol in self.pinned_bars:
            self._record(symbol, now)
        changed = frozenset({symbol})
        self._tell(changed)
        for flush in self._flushers:
            await flush(changed)

    def set_session(self, state: str | None) -> None:
        """`open`, `closed`, or None for the ordinary state, which is open. Raises ValueError otherwise."""
        if state not in {None, "open", "closed"}:
            raise ValueError("session: open or closed")
        self._futures_apart = False
        if state != "closed":
            self._closed_at = None
        elif self._closed_at is None:
            self._closed_at = self.clock.now()
        self._tell(frozenset(self.books) | frozenset(self._pinned_contracts))

    def set_futures_session(self, state: str) -> None:
        """`open` or `closed` for futures alone, until the next `set_session`. Prices stand while shares do."""
        self._futures_apart = True
        self._futures_closed_at = None if state == "open" else self.clock.now()

    def clock_moved(self) -> None:
        """The clock was set by hand: open a new day if it is one, and price everything anew."""
        now = self.clock.now()
        self._derived.forget()
        self._quotes.clear()
        self._changed_at = dict.fromkeys(self._changed_at, now)
        self._roll_day(now)
        self._tell(frozenset(self.books) | frozenset(self._pinned_contracts))

    def halt(self, symbol: str, *, halted: bool) -> None:
        """Stop or resume trading in an underlying; an option is halted with it. Raises KeyError for another symbol."""
        now, book = self.clock.now(), self.books[symbol]
        if halted:
            book.halt()
        else:
            book.resume(now)
        self._changed_at[symbol] = now
        self._quotes.clear()
        self._tell(frozenset({symbol}))

    def shift(self, shifts: dict[str, float]) -> None:
        """How far paths run beside themselves from the next tick on, in the logarithm of the price."""
        self._paths.shift |= shifts

    def shifted(self, symbol: str) -> float:
        """How far the path of an underlying runs beside itself now."""
        return self._paths.shift.get(symbol, 0.0)

    def stress(self, factors: dict[str, float]) -> None:
        """Multiply the volatility of the options on these underlyings; 1 is the usual one."""
        self._derived.stress(factors)
        self._quotes.clear()
        self._tell(frozenset(factors) & frozenset(self.books))

    def on_beat(self, callback: Callable[[], None]) -> None:
        """Call back every 100 ms before the tick, also while the market is closed."""
        self._beats.append(callback)

    def step(self) -> frozenset[str]:
        """Make one tick, and tell. A closed market stands still. Returns the changed underlyings and futures."""
        for beat in self._beats:
            beat()
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
        told = self._with_futures(frozenset(changed))
        self._quotes.clear()
        for symbol in self.pinned_bars:
            self._record(symbol, now)
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

    def _roll_day(self, now: datetime) -> None:
        today = new_york_date(now)
        for symbol, book in self.books.items():
            if book.day == today:
                continue
            before = book.day
            if before is not None and today > before:
                self.bars[symbol].finished_days.append(self.day_bar(symbol))
            book.start_day(today)
            if before is not None and today > before:
                self._go_ex(book, before, today)
            self._changed_at[symbol] = now

    def _go_ex(self, book: Book, before: date, today: date) -> None:
        """A share falls by what it pays, and stays so much below its usual price."""
        paid = sum((d.amount for d in dividends(book.listing, today) if d.ex_day > before), Decimal(0))
        if paid:
            symbol = book.listing.symbol
            self._paths.paid[symbol] = self._paths.paid.get(symbol, 0.0) + float(paid)
            book.go_ex(paid)

    def day_bar(self, symbol: str) -> Bar:
        """Today's candle of an underlying so far."""
        book = self.books[symbol]
        day = book.day or new_york_date(self.clock.now())
        prices = (float(book.opened), float(book.high), float(book.low), float(book.visible[2]))
        return rounded(midnight_ms(day), prices, book.volume)
