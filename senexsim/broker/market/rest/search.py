"""`/symbols/search/{text}`: listings whose symbol or name fits. An empty list is an answer, not an error."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market.catalog import LISTINGS, Listing
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.futures import PRODUCTS, months_of
from senexsim.broker.market.model import Instrument

MOST: Final = 25


def search(text: str) -> list[Listing]:
    """Symbols that start with the text first, then names that hold it; each once."""
    wanted = text.strip().upper()
    if not wanted:
        return []
    starts = sorted(
        (listing for listing in LISTINGS if listing.symbol.startswith(wanted)),
        key=lambda listing: (len(listing.symbol), listing.symbol),
    )
    holds = [listing for listing in LISTINGS if wanted in listing.name.upper() and listing not in starts]
    return [*starts, *holds][:MOST]


def search_futures(market: Market, text: str) -> list[Instrument]:
    """Behind a slash it is a future: the listed months whose symbol begins so."""
    now = market.clock.now()
    symbols = (contract.symbol for product in PRODUCTS for contract in months_of(product, now))
    found = (market.instrument(symbol) for symbol in symbols if symbol.startswith(text.strip().upper()))
    return [instrument for instrument in found if instrument is not None][:MOST]


def routes(market: Market) -> list[web.RouteDef]:
    async def answer(request: web.Request) -> web.Response:
        text = request.match_info.get("text", "")
        if text.strip().startswith("/"):
            pairs = [(each.symbol, each.description) for each in search_futures(market, text)]
        else:
            pairs = [(each.symbol, each.name) for each in search(text)]
        return wire.items([{"symbol": symbol, "description": name} for symbol, name in pairs], None)

    return [web.get("/symbols/search/{text:.*}", answer)]
