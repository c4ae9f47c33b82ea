"""The book and the day so far of one underlying: moved by its path, or held by a pin. No wire, no clock."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from senexsim.broker.market.catalog import Listing
from senexsim.broker.market.model import Quote
from senexsim.broker.market.paths import Move

Top = tuple[Decimal, Decimal, Decimal]  # bid, ask, last

CENT: Final = Decimal("0.01")


class Book:
    """What stands in the market for one underlying. Prices are dollars; an index has no bid and ask."""

    def __init__(self, listing: Listing, *, last: float, opened: float, prev_close: float) -> None:
        self.listing = listing
        self.day: date | None = None
        self.top: Top = self._spread(last, 0, last)
        self.sizes = (40, 40) if not listing.is_index else (0, 0)
        self.opened = cents(opened)
        self.prev_close = cents(prev_close)
        self.prev_volume = listing.volume
        self.high = max(self.opened, self.top[2])
        self.low = min(self.opened, self.top[2])
        self.volume = 0
        self.turnover = 0.0
        self.trade_size = 0
        self.tick_direction = "ZERO_UP"
        self.sequence = 0
        self.traded_at: datetime | None = None
        self.pinned: Top | None = None
        self.halted: Top | None = None

    @property
    def visible(self) -> Top:
        """What the market shows: the pin while there is one, what stood when trading was halted."""
        return self.pinned or self.halted or self.top

    def _spread(self, price: float, extra: int, last: float) -> Top:
        if self.listing.is_index:
            return Decimal(0), Decimal(0), cents(price)
        width = self.listing.spread + extra
        bid = math.floor(price * 100 - width / 2 + 0.5)
        low, high = Decimal(bid).scaleb(-2), Decimal(bid + width).scaleb(-2)
        return low, high, min(max(cents(last), low), high)

    def move(self, move: Move, at: datetime) -> bool:
        """Follow the path by one tick; True when something a person sees has changed."""
        before = self.top
        last = float(before[2]) if not move.traded else move.price + (1 if move.at_ask else -1)
        self.top = self._spread(move.price, move.extra_spread, last)
        if not move.traded and not self.listing.is_index:
            self.top = (self.top[0], self.top[1], before[2])
        if self.pinned is not None or self.halted is not None:
            return False
        if not self.listing.is_index:
            self.sizes = (move.bid_size, move.ask_size)
        traded = move.traded > 0 or (self.listing.is_index and self.top[2] != before[2])
        if traded:
            self._trade(self.top[2], before[2], move.traded, at)
        return traded or self.top != before

    def pin(self, top: Top, at: datetime) -> None:
        """Show `top` until `release`, whatever the path does."""
        before = self.visible[2]
        self.pinned = top
        if top[2] != before:
            self._trade(top[2], before, 100 if not self.listing.is_index else 0, at)

    def release(self, at: datetime) -> None:
        before, self.pinned = self.visible[2], None
        self._reopen(before, at)

    def halt(self) -> None:
        """Stand still until `resume`; the path goes on unseen."""
        self.halted = self.halted or self.visible

    def resume(self, at: datetime) -> None:
        """Trade again, from where the path is by now."""
        before, self.halted = self.visible[2], None
        self._reopen(before, at)

    def _reopen(self, before: Decimal, at: datetime) -> None:
        if self.visible[2] != before:
            self._trade(self.visible[2], before, 100 if not self.listing.is_index else 0, at)

    def _trade(self, price: Decimal, before: Decimal, shares: int, at: datetime) -> None:
        self.sequence += 1
        self.traded_at = at
        self.trade_size = shares
        self.volume += shares
        self.turnover += shares * float(price)
        if price != before:
            self.tick_direction = "UP" if price > before else "DOWN"
        else:
            self.tick_direction = "ZERO_UP" if self.tick_direction.endswith("UP") else "ZERO_DOWN"
        self.high, self.low = max(self.high, price), min(self.low, price)

    def start_day(self, day: date) -> None:
        """A new trading day: what stands now is its open, the running close becomes yesterday's."""
        last = self.visible[2]
        self.day = day
        self.prev_close, self.prev_volume = last, self.volume or self.listing.volume
        self.opened = self.high = self.low = last
        self.volume, self.turnover = 0, 0.0

    def go_ex(self, amount: Decimal) -> None:
        """The day begins without the dividend: everything is that much lower than yesterday's close."""
        bid, ask, last = (max(price - amount, CENT) for price in self.top)
        self.top = (bid, ask, last)
        if self.visible is self.top:
            self.opened = self.high = self.low = last

    def quote(self, at: datetime) -> Quote:
        bid, ask, last = self.visible
        return Quote(
            symbol=self.listing.symbol,
            bid=bid,
            ask=ask,
            last=last,
            bid_size=self.sizes[0],
            ask_size=self.sizes[1],
            open=self.opened,
            high=self.high,
            low=self.low,
            close=last,
            prev_close=self.prev_close,
            volume=self.volume,
            at=at,
            halted=self.halted is not None,
        )


def cents(price: float) -> Decimal:
    """A price in dollars, rounded to the cent."""
    return Decimal(round(price * 100)).scaleb(-2)


def pinned_quote(quote: Quote, top: Top, at: datetime) -> Quote:
    """The same quote with another top of the book."""
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
