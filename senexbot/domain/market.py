"""Quotes, their age and whether they can be trusted; account figures as the broker gives them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from senexbot.domain.instruments import Instrument, InstrumentType

FRESH_WITHIN = timedelta(seconds=60)  # design: the connection was heard within 60 s


class SessionState(enum.StrEnum):
    OPEN = "Open"
    CLOSED = "Closed"
    PRE_MARKET = "Pre-market"
    EXTENDED = "Extended"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Quote:
    """One instrument's market at a moment. Prices in dollars; what the broker did not give is None.

    `at`: when the snapshot was taken, by our clock (the feed's own times are often 0).
    `iv_rank`: 0..1; `iv`: implied volatility over all options of an underlying, 0.32 for 32 %. `change`: last minus the previous close. `closed_at`: with the session closed, when it
    closed, if the broker says so: the prices are of then, however new the snapshot is.
    """

    instrument: Instrument
    at: datetime
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    prev_close: Decimal | None = None
    volume: Decimal | None = None
    iv_rank: Decimal | None = None
    iv: Decimal | None = None
    halted: bool = False
    delayed: bool = False
    session: SessionState = SessionState.UNKNOWN
    closed_at: datetime | None = None

    @property
    def mid(self) -> Decimal | None:
        if self.bid is None or self.ask is None:
            return None
        return (self.bid + self.ask) / 2

    @property
    def change(self) -> Decimal | None:
        if self.last is None or self.prev_close is None:
            return None
        return self.last - self.prev_close

    @property
    def change_percent(self) -> Decimal | None:
        change = self.change
        if change is None or not self.prev_close:
            return None
        return change / self.prev_close * 100

    def age(self, now: datetime) -> timedelta:
        return max(now - self.at, timedelta(0))

    def is_fresh(self, now: datetime) -> bool:
        """Fresh as design section 5 says: heard within 60 s. (A closed session's close counts.)"""
        return self.age(now) <= FRESH_WITHIN


@dataclass(frozen=True, slots=True)
class QuoteAnswer:
    """What a quote command found: rows in the order asked, and the words that are no symbol."""

    rows: tuple[Quote, ...]
    unknown: tuple[str, ...] = ()
    note: str = ""  # in words: market closed, feed delayed, IV rank not to be had


@dataclass(frozen=True, slots=True)
class Balances:
    """Figures of one account in dollars, signed as the broker signs them."""

    account: str
    net_liquidating_value: Decimal
    cash: Decimal
    equity_buying_power: Decimal
    derivative_buying_power: Decimal
    day_change: Decimal | None  # net liquidation now minus at the beginning of the day
    maintenance_requirement: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """One line of an account. `quantity` is signed: negative is short."""

    account: str
    symbol: str
    instrument_type: InstrumentType
    underlying: str
    quantity: Decimal
    multiplier: Decimal
    average_open_price: Decimal
    close_price: Decimal | None  # previous close
    mark: Decimal | None
    realized_today: Decimal = Decimal(0)
    opened_today: bool = False

    @property
    def open_pnl(self) -> Decimal | None:
        """Mark against the average opening price, in dollars."""
        if self.mark is None:
            return None
        return (self.mark - self.average_open_price) * self.quantity * self.multiplier

    @property
    def day_pnl(self) -> Decimal | None:
        """Mark against the previous close (or the opening price when opened today), plus what was realized."""
        base = self.average_open_price if self.opened_today else self.close_price
        if self.mark is None or base is None:
            return None
        return (self.mark - base) * self.quantity * self.multiplier + self.realized_today


@dataclass(frozen=True, slots=True)
class TradingStatus:
    """The flags of an account that forbid something. `options_level` is the broker's word."""

    is_closed: bool = False
    is_frozen: bool = False
    is_closing_only: bool = False
    is_in_margin_call: bool = False
    options_level: str = ""
    futures_enabled: bool = False
    futures_closing_only: bool = False
