"""`/market-data`: snapshots of shares, indices, options and futures. Parts that do not exist are left out, not null."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market.catalog import Listing
from senexsim.broker.market.dividends import dividend_of
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.figures import figures_of
from senexsim.broker.market.model import Quote
from senexsim.broker.market.rest.query import context, listed
from senexsim.broker.market.trading_days import new_york_date, previous_trading_day

MAX_SYMBOLS: Final = 100
TYPES: Final = {
    "equity": "Equity",
    "equity-option": "Equity Option",
    "index": "Index",
    "future": "Future",
    "future-option": "Future Option",
    "cryptocurrency": "Cryptocurrency",
}


def zulu(when: datetime) -> str:
    """`2026-08-24T17:58:51.032Z`: this service's way to write a time."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


class MarketDataRoutes:
    """Snapshots of one market."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/market-data/by-type", self.by_type),
            web.get("/market-data/{kind}/{symbol:.+}", self.one),
        ]

    async def by_type(self, request: web.Request) -> web.Response:
        """At most 100 symbols together; what is not listed under its type is left out."""
        asked = [(TYPES[name], symbol) for name in TYPES for symbol in listed(request, name)]
        if not asked:
            raise wire.invalid("symbols", "at least one symbol is required")
        if len(asked) > MAX_SYMBOLS:
            raise wire.invalid("symbols", f"at most {MAX_SYMBOLS} symbols are allowed")
        rows = [self._row(kind, symbol) for kind, symbol in asked]
        return wire.items([row for row in rows if row is not None], context(request))

    async def one(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        if kind not in TYPES.values():
            raise wire.invalid("instrument-type", "does not have a valid value")
        row = self._row(kind, request.match_info["symbol"])
        if row is None:
            raise wire.not_found()
        return wire.ok(row, context(request))

    def _row(self, kind: str, symbol: str) -> dict[str, Any] | None:
        listing = self._market.listing(symbol)
        if listing is not None:
            found = kind == ("Index" if listing.is_index else "Equity")
        else:
            instrument = self._market.instrument(symbol)
            found = instrument is not None and instrument.kind == kind
        quote = self._market.quote(symbol) if found else None
        if quote is None:
            return None
        row = self._prices(kind, symbol, quote) | self._day(kind, quote)
        if listing is not None:
            row |= self._listing(listing, quote)
        elif kind == "Future":
            row["volume"] = f"{quote.volume}.0"
        else:
            row["open-interest"] = f"{self._market.open_interest(symbol)}.0"
        return row

    def _prices(self, kind: str, symbol: str, quote: Quote) -> dict[str, Any]:
        row: dict[str, Any] = {
            "symbol": symbol,
            "instrument-type": kind,
            "updated-at": zulu(quote.at),
            "bid-size": f"{quote.bid_size}.0",
            "ask-size": f"{quote.ask_size}.0",
            "is-trading-halted": quote.halted,
            "halt-start-time": -1,
            "halt-end-time": -1,
        }
        mark = quote.last
        if self._market.has_book(symbol):
            row |= {"bid": wire.money(quote.bid), "ask": wire.money(quote.ask), "mid": wire.money(quote.mid)}
            mark = (
                min(max(quote.last, quote.bid), max(quote.bid, quote.ask)) if kind == "Equity" else quote.mid
            )
        row["mark"] = wire.money(mark)
        if self._market.has_traded(symbol):
            row |= {"last": wire.money(quote.last), "last-mkt": wire.money(quote.last)}
        return row

    def _day(self, kind: str, quote: Quote) -> dict[str, Any]:
        today = new_york_date(quote.at)
        row = {
            "open": wire.money(quote.open),
            "day-high-price": wire.money(quote.high),
            "day-low-price": wire.money(quote.low),
            "prev-close": wire.money(quote.prev_close),
            "prev-close-date": wire.day(previous_trading_day(today)),
            "prev-close-price-type": "Final",
            "summary-date": wire.day(today),
            "close-price-type": "Regular",
        }
        if self._market.session_state(kind) == "Closed":
            row |= {"close": wire.money(quote.close), "close-price-type": "Final"}
        return row

    def _listing(self, listing: Listing, quote: Quote) -> dict[str, Any]:
        figures = figures_of(self._market, listing)
        row: dict[str, Any] = {
            "beta": wire.money(Decimal(str(listing.beta))),
            "year-high-price": wire.money(figures.year_high),
            "year-low-price": wire.money(figures.year_low),
        }
        if listing.is_index:
            return row | {"prev-close-price-type": "Regular"}
        row |= {
            "high-limit-price": wire.money(figures.high_limit),
            "low-limit-price": wire.money(figures.low_limit),
            "volume": f"{quote.volume}.0",
            "volume-ext": f"{quote.volume // 60}.0",
        }
        dividend = dividend_of(listing, new_york_date(quote.at))
        if dividend is not None:
            row |= {
                "dividend-amount": wire.money(dividend.amount),
                "dividend-frequency": f"{dividend.per_year}.0",
            }
        return row
