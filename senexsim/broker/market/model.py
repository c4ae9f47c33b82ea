"""The values that cross the market's border: instruments and quotes. Plain data, no behaviour of a market."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Kind = Literal["Equity", "Equity Option", "Future", "Future Option"]
Right = Literal["C", "P"]


@dataclass(frozen=True, slots=True)
class TickSize:
    """A price step. It holds below `threshold`; the one without a threshold holds from there on."""

    value: Decimal
    threshold: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OptionTerms:
    """The contract of a listed option. `root` is the OCC root (SPXW), `underlying` the index or share."""

    root: str
    underlying: str
    expiration: date
    strike: Decimal
    right: Right


@dataclass(frozen=True, slots=True)
class FutureTerms:
    """What the books need of a future: dollars of margin and of exchange fees a contract, and when it ends."""

    product: str
    margin: Decimal
    fees: Decimal
    small: bool
    stops_at: datetime
    active: bool
    only_closes: bool


@dataclass(frozen=True, slots=True)
class OnFutureTerms:
    """The same of an option on a future: `margin` and `fees` are those of one contract of the future."""

    product: str
    margin: Decimal
    fees: Decimal
    small: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Instrument:
    """One tradable or quotable thing. `symbol` is tastytrade's, `streamer_symbol` dxFeed's.

    `shares_per_contract`: dollars for each point of its price.
    """

    symbol: str
    kind: Kind
    streamer_symbol: str
    description: str
    is_etf: bool
    is_index: bool
    underlying_symbol: str
    option: OptionTerms | None
    tick_sizes: tuple[TickSize, ...]
    option_tick_sizes: tuple[TickSize, ...]
    shares_per_contract: int
    future: FutureTerms | None = None
    on_future: OnFutureTerms | None = None

    @property
    def is_share(self) -> bool:
        return self.option is None and self.future is None


@dataclass(frozen=True, slots=True)
class Quote:
    """The top of the book and the day so far. `close` is the running close of today.

    An index has no book: its `bid` and `ask` are zero and its sizes are zero.
    """

    symbol: str
    bid: Decimal
    ask: Decimal
    last: Decimal
    bid_size: int
    ask_size: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    prev_close: Decimal
    volume: int
    at: datetime
    halted: bool

    @property
    def mid(self) -> Decimal:
        """Half way between bid and ask; the last price where there is no book."""
        if not self.ask:
            return self.last
        return (self.bid + self.ask) / 2
