"""`/option-chains/{symbol}` in its three forms: full, nested, compact. Answers are kept for a minute of market time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from zlib import crc32

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market import chains, symbols
from senexsim.broker.market.catalog import Listing
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.option_desk import Contract
from senexsim.broker.market.rest.instruments import option_row, tick_rows
from senexsim.broker.market.rest.query import context
from senexsim.broker.market.tick_sizes import option_ticks

KEPT: Final = 32
_Form = Callable[[Listing, datetime], list[dict[str, Any]]]


class ChainRoutes:
    """The chains of one market, built when asked for."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._bodies: dict[tuple[str, str, int], bytes] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/option-chains/{symbol:.+}/nested", self.nested),
            web.get("/option-chains/{symbol:.+}/compact", self.compact),
            web.get("/option-chains/{symbol:.+}", self.full),
        ]

    async def nested(self, request: web.Request) -> web.Response:
        return self._answer(request, "nested", _nested)

    async def compact(self, request: web.Request) -> web.Response:
        return self._answer(request, "compact", _compact)

    async def full(self, request: web.Request) -> web.Response:
        return self._answer(request, "full", _full)

    def _answer(self, request: web.Request, name: str, form: _Form) -> web.Response:
        listing = self._market.listing(request.match_info["symbol"])
        if listing is None:
            raise wire.not_found()
        now = self._market.clock.now()
        key = (name, listing.symbol, int(now.timestamp() // 60))
        body = self._bodies.get(key)
        if body is None:
            if len(self._bodies) >= KEPT:
                self._bodies.clear()
            rows = form(listing, now)
            body = self._bodies[key] = wire.dumps({"data": {"items": rows}, "context": context(request)})
        return web.Response(body=body, headers={"Content-Type": wire.JSON_TYPE})


def _full(listing: Listing, now: datetime) -> list[dict[str, Any]]:
    rows = []
    for root in chains.roots(listing):
        for expiration, terms in chains.contracts(listing, root, now):
            key = (terms.root, terms.expiration, terms.right, terms.strike)
            contract = Contract(symbols.occ(*key), listing, expiration, terms)
            rows.append(option_row(contract, symbols.streamer(*key), now))
    return rows


def _compact(listing: Listing, now: datetime) -> list[dict[str, Any]]:
    rows = []
    for root in chains.roots(listing):
        by_type: dict[tuple[str, str], list[symbols.OptionKey]] = {}
        for expiration, terms in chains.contracts(listing, root, now):
            key = (terms.root, terms.expiration, terms.right, terms.strike)
            by_type.setdefault((expiration.type, expiration.settlement), []).append(key)
        for (kind, settlement), keys in by_type.items():
            rows.append(
                {
                    "underlying-symbol": listing.symbol,
                    "root-symbol": root,
                    "option-chain-type": "Standard",
                    "settlement-type": settlement,
                    "shares-per-contract": 100,
                    "expiration-type": kind,
                    "deliverables": _deliverables(listing, root),
                    "symbols": [symbols.occ(*key) for key in keys],
                    "streamer-symbols": [symbols.streamer(*key) for key in keys],
                }
            )
    return rows


def _nested(listing: Listing, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "underlying-symbol": listing.symbol,
            "root-symbol": root,
            "option-chain-type": "Standard",
            "shares-per-contract": 100,
            "tick-sizes": tick_rows(option_ticks(listing)),
            "deliverables": _deliverables(listing, root),
            "expirations": [
                {
                    "expiration-type": expiration.type,
                    "expiration-date": wire.day(expiration.day),
                    "days-to-expiration": chains.days_to(expiration, now),
                    "settlement-type": expiration.settlement,
                    "strikes": _strikes(listing, expiration),
                }
                for expiration in chains.expirations(listing, root, now)
            ],
        }
        for root in chains.roots(listing)
    ]


def _strikes(listing: Listing, expiration: chains.Expiration) -> list[dict[str, str]]:
    root, day = expiration.root, expiration.day
    return [
        {
            "strike-price": wire.money(strike),
            "call": symbols.occ(root, day, "C", strike),
            "call-streamer-symbol": symbols.streamer(root, day, "C", strike),
            "put": symbols.occ(root, day, "P", strike),
            "put-streamer-symbol": symbols.streamer(root, day, "P", strike),
        }
        for strike in chains.strikes(listing)
    ]


def _deliverables(listing: Listing, root: str) -> list[dict[str, Any]]:
    if listing.is_index:
        return [
            {
                "id": 300_000 + crc32(root.encode()) % 90_000,
                "root-symbol": root,
                "deliverable-type": "Cash",
                "description": f"Cash settlement of {listing.symbol}",
                "amount": "100.0",
                "percent": "100",
            }
        ]
    return [
        {
            "id": 100_000 + crc32(root.encode()) % 90_000,
            "root-symbol": root,
            "deliverable-type": "Shares",
            "description": f"100 shares of {listing.symbol}",
            "amount": "100.0",
            "symbol": listing.symbol,
            "instrument-type": "Equity",
            "percent": "100",
        }
    ]
