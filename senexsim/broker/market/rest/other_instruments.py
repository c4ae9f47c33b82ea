"""Futures, cryptocurrencies, warrants and precisions: listed in the broker's shape, not traded here."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Final

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.rest.query import context, listed
from senexsim.broker.market.trading_days import at, new_york_date, third_friday

_MONTHS: Final = {3: "H", 6: "M", 9: "U", 12: "Z"}
_PRODUCTS: Final = (
    ("ES", "E Mini S&P", "50.0", "0.25", "16", False),
    ("MES", "Micro E-mini S&P 500 Index Futures", "5.0", "0.25", "MES", True),
    ("NQ", "E Mini Nasdaq 100", "20.0", "0.25", "13", False),
)
_COINS: Final = ((5, "BTC/USD", "Bitcoin", 8), (6, "ETH/USD", "Ethereum", 8))
_WARRANTS: Final = (
    ("SOFIW", "XNAS", "SoFi Technologies, Inc. - Warrant expiring 5/28/2026", False),
)  # fmt: skip


def _product(code: str) -> dict[str, Any] | None:
    for symbol, name, notional, tick, clearing, small in _PRODUCTS:
        if symbol == code:
            return {
                "root-symbol": f"/{code}",
                "code": code,
                "description": name,
                "clearing-code": clearing,
                "clearing-exchange-code": "16",
                "clearport-code": code,
                "legacy-code": code,
                "exchange": "CME",
                "legacy-exchange-code": "CME",
                "product-type": "Financial",
                "listed-months": list(_MONTHS.values()),
                "active-months": list(_MONTHS.values()),
                "notional-multiplier": notional,
                "tick-size": tick,
                "display-factor": "0.01",
                "streamer-exchange-code": "XCME",
                "small-notional": small,
                "back-month-first-calendar-symbol": True,
                "first-notice": False,
                "cash-settled": True,
                "security-group": code,
                "market-sector": "Equity Index",
                "supported": True,
                "roll": {
                    "name": "equity_index",
                    "active-count": 3,
                    "cash-settled": True,
                    "business-days-offset": 4,
                    "first-notice": False,
                },
            }
    return None


def futures(now: datetime) -> list[dict[str, Any]]:
    """The next three quarterly contracts of each product."""
    today = new_york_date(now)
    months = [(today.year + ahead, month) for ahead in (0, 1) for month in _MONTHS]
    days = [day for day in (third_friday(*month) for month in months) if day > today][:3]
    return [_future(code, day, place, days) for code, *_ in _PRODUCTS for place, day in enumerate(days)]


def _future(code: str, day: date, place: int, days: list[date]) -> dict[str, Any]:
    product = _product(code)
    assert product is not None
    month = _MONTHS[day.month]
    expires = wire.instant(at(day, time(9, 30)))
    row = {
        "symbol": f"/{code}{month}{day.year % 10}",
        "product-code": code,
        "contract-size": product["notional-multiplier"],
        "tick-size": product["tick-size"],
        "notional-multiplier": product["notional-multiplier"],
        "main-fraction": "0.0",
        "sub-fraction": "0.0",
        "display-factor": "0.01",
        "last-trade-date": wire.day(day),
        "expiration-date": wire.day(day),
        "closing-only-date": wire.day(day),
        "active": True,
        "active-month": place == 0,
        "next-active-month": place == 1,
        "is-closing-only": False,
        "is-tradeable": True,
        "stops-trading-at": expires,
        "expires-at": expires,
        "product-group": "CME_EQUITY_INDICES",
        "exchange": "CME",
        "exchange-symbol": f"{code}{month}{day.year % 10}",
        "streamer-exchange-code": "XCME",
        "streamer-symbol": f"/{code}{month}{day.year % 100:02d}:XCME",
        "back-month-first-calendar-symbol": True,
        "future-product": product,
        "tick-sizes": [{"value": product["tick-size"]}],
    }
    if place + 1 < len(days):
        after = days[place + 1]
        row["roll-target-symbol"] = f"/{code}{_MONTHS[after.month]}{after.year % 10}"
    return row


def _coin(number: int, symbol: str, name: str, precision: int) -> dict[str, Any]:
    return {
        "id": number,
        "symbol": symbol,
        "instrument-type": "Cryptocurrency",
        "short-description": name,
        "description": f"{name} to USD",
        "is-closing-only": True,  # trading through the API is off since the middle of 2026
        "active": True,
        "tick-size": "0.01",
        "streamer-symbol": f"{symbol}:CXTALP",
        "destination-venue-symbols": [
            {
                "id": 72 + number,
                "symbol": symbol,
                "destination-venue": "ZERO_HASH_CLOB",
                "max-quantity-precision": precision,
                "max-price-precision": 2,
                "routable": True,
            }
        ],
    }


def _warrant(symbol: str, market: str, description: str, active: bool) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "instrument-type": "Warrant",
        "listed-market": market,
        "description": description,
        "is-closing-only": False,
        "active": active,
    }


class OtherRoutes:
    """What the market lists but does not trade."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/instruments/futures", self.futures),
            web.get("/instruments/futures/{symbol:.+}", self.future),
            web.get("/instruments/future-products", self.products),
            web.get("/instruments/future-products/{exchange}/{code}", self.product),
            web.get("/instruments/future-options", self.nothing),
            web.get("/instruments/future-option-products", self.nothing),
            web.get("/instruments/currency-pairs", self.nothing),
            web.get("/instruments/cryptocurrencies", self.coins),
            web.get("/instruments/cryptocurrencies/{symbol:.+}", self.coin),
            web.get("/instruments/warrants", self.warrants),
            web.get("/instruments/warrants/{symbol:.+}", self.warrant),
            web.get("/instruments/quantity-decimal-precisions", self.precisions),
        ]

    async def futures(self, request: web.Request) -> web.Response:
        """By `symbol[]` or `product-code[]`; without either, all."""
        asked, codes = listed(request, "symbol"), listed(request, "product-code")
        rows = [
            row
            for row in futures(self._market.clock.now())
            if (not asked or row["symbol"] in asked) and (not codes or row["product-code"] in codes)
        ]
        return wire.items(rows, context(request))

    async def future(self, request: web.Request) -> web.Response:
        asked = "/" + request.match_info["symbol"].lstrip("/")
        return _one(request, [row for row in futures(self._market.clock.now()) if row["symbol"] == asked])

    async def products(self, request: web.Request) -> web.Response:
        return wire.items([_product(code) for code, *_ in _PRODUCTS], context(request))

    async def product(self, request: web.Request) -> web.Response:
        row = _product(request.match_info["code"]) if request.match_info["exchange"] == "CME" else None
        return _one(request, [row] if row is not None else [])

    async def nothing(self, request: web.Request) -> web.Response:
        """A list with no rows: this market has no options on futures and no currencies.

        Clients ask every list for a symbol whose kind they do not know, and take a 404 for a failure.
        """
        return wire.items([], context(request))

    async def coins(self, request: web.Request) -> web.Response:
        asked = listed(request, "symbol")
        rows = [_coin(*coin) for coin in _COINS if not asked or coin[1] in asked]
        return wire.items(rows, context(request))

    async def coin(self, request: web.Request) -> web.Response:
        return _one(request, [_coin(*coin) for coin in _COINS if coin[1] == request.match_info["symbol"]])

    async def warrants(self, request: web.Request) -> web.Response:
        asked = listed(request, "symbol")
        rows = [_warrant(*warrant) for warrant in _WARRANTS if not asked or warrant[0] in asked]
        return wire.items(rows, context(request))

    async def warrant(self, request: web.Request) -> web.Response:
        asked = request.match_info["symbol"]
        return _one(request, [_warrant(*warrant) for warrant in _WARRANTS if warrant[0] == asked])

    async def precisions(self, request: web.Request) -> web.Response:
        rows: list[dict[str, Any]] = [
            {
                "instrument-type": "Cryptocurrency",
                "symbol": symbol,
                "value": precision,
                "minimum-increment-precision": 6,
            }
            for _, symbol, _, precision in _COINS
        ]
        rows.append({"instrument-type": "Equity", "value": 5, "minimum-increment-precision": 5})
        return wire.items(rows, context(request))


def _one(request: web.Request, rows: list[dict[str, Any]]) -> web.Response:
    if not rows:
        raise wire.not_found()
    return wire.ok(rows[0], context(request))
