"""`/symbols/search/{text}`: listings whose symbol or name fits. An empty list is an answer, not an error."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market.catalog import LISTINGS, Listing

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


async def answer(request: web.Request) -> web.Response:
    found = search(request.match_info.get("text", ""))
    return wire.items([{"symbol": each.symbol, "description": each.name} for each in found], None)


def routes() -> list[web.RouteDef]:
    return [web.get("/symbols/search/{text:.*}", answer)]
