"""Cryptocurrencies, warrants, currency pairs and precisions: listed in the broker's shape, not traded here."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market.rest.query import context, listed

_COINS: Final = ((5, "BTC/USD", "Bitcoin", 8), (6, "ETH/USD", "Ethereum", 8))
_WARRANTS: Final = (
    ("SOFIW", "XNAS", "SoFi Technologies, Inc. - Warrant expiring 5/28/2026", False),
    ("NKLAW", "XNAS", "Nikola Corporation - Warrant expiring 6/3/2025", False),
)


_PAIRS: Final = ((1, "EUR/USD", "Euro to US dollar"), (2, "USD/JPY", "US dollar to Japanese yen"))


def _pair(number: int, symbol: str, name: str) -> dict[str, Any]:
    return {
        "id": number,
        "symbol": symbol,
        "instrument-type": "Currency Pair",
        "description": name,
        "dx-symbol": symbol,
    }


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

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/instruments/currency-pairs", self.pairs),
            web.get("/instruments/cryptocurrencies", self.coins),
            web.get("/instruments/cryptocurrencies/{symbol:.+}", self.coin),
            web.get("/instruments/warrants", self.warrants),
            web.get("/instruments/warrants/{symbol:.+}", self.warrant),
            web.get("/instruments/quantity-decimal-precisions", self.precisions),
        ]

    async def pairs(self, request: web.Request) -> web.Response:
        """Listed for their names alone: nothing here quotes a currency pair."""
        asked = listed(request, "symbol")
        rows = [_pair(*pair) for pair in _PAIRS if not asked or pair[1] in asked]
        return wire.items(rows, context(request))

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
