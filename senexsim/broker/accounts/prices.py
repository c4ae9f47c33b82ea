"""What accounts and orders ask of the market: listings, quotes, the session. No prices are made here."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from senexsim.broker.market.model import Instrument, Quote, TickSize

EQUITY = "Equity"
OPTION = "Equity Option"
FUTURE = "Future"
FUTURE_OPTION = "Future Option"
OPTIONS = frozenset({OPTION, FUTURE_OPTION})
FUTURES = frozenset({FUTURE, FUTURE_OPTION})


class Prices(Protocol):
    """The part of the market that the books are kept against."""

    def instrument(self, symbol: str) -> Instrument | None: ...
    def quote(self, symbol: str) -> Quote | None: ...
    def session_state(self, kind: str = EQUITY) -> str: ...


class AtPreviousClose:
    """The same market as the session began: every quote stands at the close before."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices

    def instrument(self, symbol: str) -> Instrument | None:
        return self._prices.instrument(symbol)

    def quote(self, symbol: str) -> Quote | None:
        now = self._prices.quote(symbol)
        if now is None:
            return None
        return replace(now, bid=now.prev_close, ask=now.prev_close, last=now.prev_close)

    def session_state(self, kind: str = EQUITY) -> str:
        return self._prices.session_state(kind)


def mark(prices: Prices, symbol: str) -> Decimal:
    """The mid, zero for what is no longer listed."""
    quote = prices.quote(symbol)
    return quote.mid if quote else Decimal(0)


def multiplier(instrument: Instrument | None) -> int:
    """Money per point of price: 100 for a standard option contract, 50 for /ES, 1 for a share."""
    return instrument.shares_per_contract if instrument else 1


def ticks(prices: Prices, instrument: Instrument) -> tuple[TickSize, ...]:
    """The tick table that governs orders in this instrument (that of an option on a share stands on the share)."""
    if instrument.option is None or instrument.on_future is not None:
        return instrument.tick_sizes
    underlying = prices.instrument(instrument.underlying_symbol)
    return underlying.option_tick_sizes if underlying else instrument.tick_sizes


def tick_at(table: tuple[TickSize, ...], price: Decimal) -> Decimal | None:
    """The step at that price; an entry with a threshold holds below it."""
    bounded = sorted((t for t in table if t.threshold is not None), key=lambda t: t.threshold or 0)
    for tick in bounded:
        if tick.threshold is not None and price < tick.threshold:
            return tick.value
    return next((t.value for t in table if t.threshold is None), None)
