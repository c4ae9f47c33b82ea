"""Every answer of the market's REST fits the project's shape tables."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from aiohttp import web

from senexsim.broker.market import Market, routes
from senexsim.broker.shapes.checker import answer_faults
from senexsim.broker.shapes.endpoints import ENDPOINTS

from .conftest import Bench, ScriptedFaults

OPTIONS = "AAPL%20%20261218C00197500,SPY%20%20%20270319C00300000"
ON_FUTURE = ".%2FESZ6%20EW1Z6%20261204C6000"
ANSWERS = {
    "/instruments/equities": ["", "?symbol[]=AAPL", "?is-index=true"],
    "/instruments/equities/active": ["", "?per-page=3&page-offset=2"],
    "/instruments/equities/{symbol}": ["AAPL", "SPX", "BRK%2FB"],
    "/instruments/equity-options": [f"?symbol[]={OPTIONS}"],
    "/instruments/equity-options/{symbol}": ["AAPL%20%20261218C00197500"],
    "/instruments/futures": ["", "?product-code[]=ES"],
    "/instruments/futures/{symbol}": ["ESZ6"],
    "/instruments/future-products": [""],
    "/instruments/future-products/{exchange}/{code}": ["CME/ES"],
    "/instruments/future-options": [
        "",
        "?symbol[]=AAPL",
        "?option-root-symbol=EW1",
        f"?symbol[]={ON_FUTURE}",
    ],
    "/instruments/future-options/{symbol}": [ON_FUTURE, ON_FUTURE.removeprefix(".%2F")],
    "/instruments/future-option-products": [""],
    "/instruments/future-option-products/{root}": ["OG"],
    "/instruments/future-option-products/{exchange}/{root}": ["CME/EW1"],
    "/futures-option-chains/{product}": ["CL"],
    "/futures-option-chains/{product}/nested": ["ES/nested", "6E/nested"],
    "/instruments/currency-pairs": [""],
    "/instruments/warrants": [""],
    "/instruments/warrants/{symbol}": ["SOFIW"],
    "/instruments/cryptocurrencies": [""],
    "/instruments/cryptocurrencies/{symbol}": ["BTC%2FUSD"],
    "/instruments/quantity-decimal-precisions": [""],
    "/option-chains/{symbol}": ["F"],
    "/option-chains/{symbol}/nested": ["SPX/nested", "AAPL/nested", "VIX/nested"],
    "/option-chains/{symbol}/compact": ["AAPL/compact"],
    "/market-data/by-type": [f"?equity=AAPL,SPY,BRK/B&index=VIX,SPX&equity-option={OPTIONS}"],
    "/market-data/{kind}/{symbol}": ["Equity/AAPL", "Index/VIX", f"Future%20Option/{ON_FUTURE}"],
    "/market-metrics": ["?symbols=AAPL,SPY,VIX,BRK/B,GLD"],
    "/market-metrics/historic-corporate-events/dividends/{symbol}": ["AAPL", "TSLA"],
    "/market-metrics/historic-corporate-events/earnings-reports/{symbol}": ["AAPL?start-date=2024-01-01"],
    "/market-time/sessions/current": ["", "?instrument-collections[]=Equity&instrument-collections[]=CME"],
    "/market-time/sessions": ["?from-date=2026-11-01&to-date=2026-12-01"],
    "/market-time/equities/sessions/current": [""],
    "/market-time/equities/sessions/{which}": ["next", "previous"],
    "/market-time/equities/holidays": [""],
    "/market-time/futures/sessions/current/{collection}": ["CME"],
    "/market-time/futures/sessions/{which}/{collection}": ["next/CFE"],
    "/market-time/futures/holidays/{collection}": ["CME"],
    "/symbols/search/{text}": ["AAP", "nothing-like-it"],
    "/watchlists": [""],
    "/watchlists/{name}": ["mine"],
    "/public-watchlists": ["", "?counts-only=true"],
    "/public-watchlists/{name}": ["Liquid%20ETFs"],
    "/pairs-watchlists": [""],
    "/pairs-watchlists/{name}": ["Stocks"],
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_answer_fits_its_table(bench: Bench, name: str) -> None:
    entry = {"symbol": "AAPL", "instrument-type": "Equity"}
    await bench.post("/watchlists", {"name": "mine", "watchlist-entries": [entry]}, 201)
    for rest in ANSWERS[name]:
        path = f"{name.split('{', maxsplit=1)[0]}{rest}"
        body = await bench.get(path)
        assert Counter(answer_faults(f"GET {name}", 200, body)) == Counter(), path


async def test_refusals_and_a_deleted_list_fit_too(bench: Bench) -> None:
    await bench.post("/watchlists", {"name": "mine"}, 201)
    async with bench.http.delete(bench.url + "/watchlists/mine") as response:
        body: Any = await response.json()
    assert list(answer_faults("DELETE /watchlists/{name}", 200, body)) == []
    assert list(answer_faults("GET /watchlists/{name}", 404, await bench.get("/watchlists/mine", 404))) == []


def test_every_route_has_a_table_and_is_asked_here(market: Market) -> None:
    table = routes(market, origin=str, faults=ScriptedFaults(), valid_quote_token=bool)
    app = web.Application()
    app.add_routes(table)
    served = {
        f"{route.method} {route.resource.canonical.rstrip('/')}"
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    own = {name for name in served if "/_sim/" not in name and "/dxlink" not in name}
    assert own <= ENDPOINTS.keys()
    assert {name.removeprefix("GET ") for name in own if name.startswith("GET ")} == ANSWERS.keys()
