"""Watchlists: a customer's own (kept in memory), the public ones and the pairs. Entries are not looked up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from zlib import crc32

import orjson
from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market.catalog import LISTINGS, Listing
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.rest.query import context, flag

MAX_LISTS: Final = 200
_PAIRS: Final = {
    "Stocks": (("SPY", "QQQ", 1, 1), ("GLD", "SLV", 1, 9), ("XLE", "XOM", 5, 4)),
    "Futures": (("/ZN", "/ZB", 2, 1), ("/ES", "/NQ", 3, 2)),
}
COINS: Final = ("BTC/USD", "ETH/USD")


def _public() -> dict[str, list[tuple[str, str]]]:
    """The lists by name: symbols with their instrument types."""
    chosen: dict[str, Callable[[Listing], bool]] = {
        "Liquid ETFs": lambda listing: listing.is_etf,
        "High Options Volume": lambda listing: listing.cycle != "none",
        "Technology": lambda listing: listing.sector == "Technology",
        "Market Indices": lambda listing: listing.is_index,
    }
    busiest = sorted(LISTINGS, key=lambda listing: -listing.volume * listing.price)[:20]
    return {
        **{name: [(each.symbol, "Equity") for each in LISTINGS if of(each)] for name, of in chosen.items()},
        "tasty Hourly Top Equities": [(each.symbol, "Equity") for each in busiest],
        "Crypto": [(coin, "Cryptocurrency") for coin in COINS],
    }


class WatchlistRoutes:
    """Watchlists of one broker; `owner` tells whose request it is."""

    def __init__(self, market: Market, *, owner: Callable[[web.Request], str]) -> None:
        self._market = market
        self._owner = owner
        self._lists: dict[str, dict[str, dict[str, Any]]] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/watchlists", self.all),
            web.get(
                "/watchlists/", self.all
            ),  # as one of an empty name: the broker takes no notice of the slash
            web.post("/watchlists", self.create),
            web.get("/watchlists/{name:.+}", self.one),
            web.put("/watchlists/{name:.+}", self.replace),
            web.delete("/watchlists/{name:.+}", self.remove),
            web.get("/public-watchlists", self.public),
            web.get("/public-watchlists/", self.public),
            web.get("/public-watchlists/{name:.+}", self.public_one),
            web.get("/pairs-watchlists", self.pairs),
            web.get("/pairs-watchlists/", self.pairs),
            web.get("/pairs-watchlists/{name:.+}", self.pairs_one),
        ]

    def _mine(self, request: web.Request) -> dict[str, dict[str, Any]]:
        return self._lists.setdefault(self._owner(request), {})

    def _found(self, request: web.Request) -> dict[str, Any]:
        found = self._mine(request).get(request.match_info["name"])
        if found is None:
            raise wire.not_found()
        return found

    async def all(self, request: web.Request) -> web.Response:
        return wire.items(list(self._mine(request).values()), context(request))

    async def one(self, request: web.Request) -> web.Response:
        return wire.ok(self._found(request), context(request))

    async def create(self, request: web.Request) -> web.Response:
        row, mine = _row(await request.read()), self._mine(request)
        if row["name"] in mine:
            raise wire.invalid("name", "has already been taken")
        if len(mine) >= MAX_LISTS:
            raise wire.invalid("name", f"there are {MAX_LISTS} watchlists already")
        mine[row["name"]] = row
        return wire.ok(row, context(request), 201)

    async def replace(self, request: web.Request) -> web.Response:
        """All of the list is replaced, its name too."""
        self._found(request)
        row, mine = _row(await request.read()), self._mine(request)
        name = request.match_info["name"]
        if row["name"] != name and row["name"] in mine:
            raise wire.invalid("name", "has already been taken")
        del mine[name]
        mine[row["name"]] = row
        return wire.ok(row, context(request))

    async def remove(self, request: web.Request) -> web.Response:
        """Answers with the bare row of the list, without envelope and with keys of its own style."""
        row = self._found(request)
        del self._mine(request)[row["name"]]
        now = self._market.clock.now()
        return wire.answer(
            {
                "id": crc32(row["name"].encode()) % 100_000,
                "name": row["name"],
                "user_id": crc32(self._owner(request).encode()) % 10_000,
                "created_at": wire.instant(now),
                "updated_at": wire.instant(now),
                "watchlist_entries": row["watchlist-entries"],
                "cms_id": None,
                "group_name": row["group-name"],
                "order_index": row["order-index"],
            }
        )

    async def public(self, request: web.Request) -> web.Response:
        if flag(request, "counts-only"):
            rows: list[dict[str, Any]] = [
                {"name": name, "id": crc32(name.encode()) % 400_000, "watchlist-entry-count": len(entries)}
                for name, entries in _public().items()
            ]
        else:
            rows = [_public_row(name, entries) for name, entries in _public().items()]
        return wire.items(rows, context(request))

    async def public_one(self, request: web.Request) -> web.Response:
        entries = _public().get(request.match_info["name"])
        if entries is None:
            raise wire.not_found()
        return wire.ok(_public_row(request.match_info["name"], entries), context(request))

    async def pairs(self, request: web.Request) -> web.Response:
        return wire.items([_pairs_row(name) for name in _PAIRS], context(request))

    async def pairs_one(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _PAIRS:
            raise wire.not_found()
        return wire.ok(_pairs_row(name), context(request))


def _row(body: bytes) -> dict[str, Any]:
    """A list as it is stored. Raises the broker's refusal."""
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise wire.invalid("body", "is not valid JSON") from None
    name = sent.get("name") if isinstance(sent, dict) else None
    if not isinstance(name, str) or not name.strip() or len(name) > 200:
        raise wire.invalid("name", "does not have a valid value")
    entries = sent.get("watchlist-entries") or []
    if not isinstance(entries, list) or not all(_is_entry(entry) for entry in entries):
        raise wire.invalid("watchlist-entries", "does not have a valid value")
    order = sent.get("order-index", 9999)
    return {
        "name": name,
        "watchlist-entries": entries,
        "group-name": str(sent.get("group-name") or "default"),
        "order-index": order if isinstance(order, int) else 9999,
    }


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("symbol"), str) and bool(entry["symbol"])


def _public_row(name: str, listed: list[tuple[str, str]]) -> dict[str, Any]:
    """Both spellings of the type: captures have the underscore, clients in use read the dash."""
    entries = [
        {"symbol": symbol, "instrument-type": kind, "instrument_type": kind} for symbol, kind in listed
    ]
    return {"name": name, "watchlist-entries": entries, "group-name": "Market Indices", "order-index": 100}


def _pairs_row(name: str) -> dict[str, Any]:
    equations = [
        {
            "left-action": "Buy",
            "left-symbol": left,
            "left-quantity": buy,
            "right-action": "Sell",
            "right-symbol": right,
            "right-quantity": sell,
        }
        for left, right, buy, sell in _PAIRS[name]
    ]
    return {"name": name, "pairs-equations": equations, "order-index": list(_PAIRS).index(name) + 1}
