"""`/instruments/equities` and `/instruments/equity-options`: what is listed, in the broker's shape."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from zlib import crc32

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market import chains
from senexsim.broker.market.catalog import LISTINGS, Listing
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.model import Instrument, TickSize
from senexsim.broker.market.option_desk import Contract
from senexsim.broker.market.rest.query import context, flag, listed, paged

EASY: Final = "Easy To Borrow"


def tick_rows(ticks: Iterable[TickSize]) -> list[dict[str, str]]:
    """`[{"value": "0.01", "threshold": "3.0"}, {"value": "0.05"}]`."""
    return [
        {"value": wire.money(tick.value)}
        | ({} if tick.threshold is None else {"threshold": wire.money(tick.threshold)})
        for tick in ticks
    ]


def equity_row(listing: Listing, instrument: Instrument) -> dict[str, Any]:
    """An equity as production sends it, with the keys the newest sandbox capture adds."""
    row: dict[str, Any] = {
        "id": 1000 + crc32(listing.symbol.encode()) % 90_000,
        "symbol": listing.symbol,
        "instrument-type": "Equity",
        "short-description": listing.name,
        "is-index": listing.is_index,
        "listed-market": listing.market,
        "description": listing.name,
        "lendability": EASY,
        "borrow-rate": "0.0",
        "market-time-instrument-collection": "Equity",
        "is-closing-only": listing.is_index,
        "is-options-closing-only": False,
        "active": True,
        "is-fractional-quantity-eligible": not listing.is_index,
        "is-illiquid": False,
        "is-etf": listing.is_etf,
        "is-fraud-risk": False,
        "bypass-manual-review": False,
        "overnight-trading-permitted": listing.symbol in {"SPY", "QQQ", "IWM", "DIA"},
        "streamer-symbol": instrument.streamer_symbol,
        "tick-sizes": tick_rows(instrument.tick_sizes),
    }
    if instrument.option_tick_sizes:
        row["option-tick-sizes"] = tick_rows(instrument.option_tick_sizes)
    return row


def option_row(contract: Contract, streamer_symbol: str, now: datetime) -> dict[str, Any]:
    """An equity option as production sends it."""
    terms, expiration = contract.terms, contract.expiration
    return {
        "symbol": contract.symbol,
        "instrument-type": "Equity Option",
        "active": expiration.expires_at > now,
        "strike-price": wire.money(terms.strike),
        "root-symbol": terms.root,
        "underlying-symbol": terms.underlying,
        "expiration-date": wire.day(expiration.day),
        "exercise-style": "European" if contract.listing.is_index else "American",
        "shares-per-contract": 100,
        "option-type": terms.right,
        "option-chain-type": "Standard",
        "expiration-type": expiration.type,
        "settlement-type": expiration.settlement,
        "stops-trading-at": wire.instant(expiration.stops_trading_at),
        "market-time-instrument-collection": "Equity Option",
        "days-to-expiration": chains.days_to(expiration, now),
        "expires-at": wire.instant(expiration.expires_at),
        "is-closing-only": False,
        "streamer-symbol": streamer_symbol,
    }


class InstrumentRoutes:
    """The instruments of one market."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/instruments/equities", self.equities),
            web.get("/instruments/equities/active", self.active),
            web.get("/instruments/equities/{symbol:.+}", self.equity),
            web.get("/instruments/equity-options", self.options),
            web.get("/instruments/equity-options/{symbol:.+}", self.option),
        ]

    async def equities(self, request: web.Request) -> web.Response:
        """By `symbol[]` all at once, unknown ones left out; else pages of everything."""
        asked = listed(request, "symbol")
        rows = [row for row in self._equities(request) if not asked or row["symbol"] in asked]
        if asked:
            return wire.items(rows, context(request))
        return paged(request, rows, per_page=250)

    async def active(self, request: web.Request) -> web.Response:
        """What can be traded: everything but the indices."""
        rows = [row for row in self._equities(request) if not row["is-index"]]
        return paged(request, rows, per_page=1000)

    def _equities(self, request: web.Request) -> list[dict[str, Any]]:
        index, etf, lendable = (
            flag(request, "is-index"),
            flag(request, "is-etf"),
            request.query.get("lendability"),
        )
        rows = (self._row(listing) for listing in sorted(LISTINGS, key=lambda listing: listing.symbol))
        return [
            row
            for row in rows
            if index in {None, row["is-index"]}
            and etf in {None, row["is-etf"]}
            and lendable in {None, row["lendability"]}
        ]

    def _row(self, listing: Listing) -> dict[str, Any]:
        instrument = self._market.instrument(listing.symbol)
        assert instrument is not None
        return equity_row(listing, instrument)

    async def equity(self, request: web.Request) -> web.Response:
        listing = self._market.listing(request.match_info["symbol"])
        if listing is None:
            raise wire.not_found()
        return wire.ok(self._row(listing), context(request))

    async def options(self, request: web.Request) -> web.Response:
        """By `symbol[]`, which is needed; unknown contracts are left out."""
        asked = listed(request, "symbol")
        if not asked:
            raise wire.invalid("symbol", "is missing")
        rows = [self._option(symbol) for symbol in asked[:500]]
        return wire.items([row for row in rows if row is not None], context(request))

    async def option(self, request: web.Request) -> web.Response:
        row = self._option(request.match_info["symbol"])
        if row is None:
            raise wire.not_found()
        return wire.ok(row, context(request))

    def _option(self, symbol: str) -> dict[str, Any] | None:
        contract, instrument = self._market.contract(symbol), self._market.instrument(symbol)
        if contract is None or instrument is None:
            return None
        return option_row(contract, instrument.streamer_symbol, self._market.clock.now())
