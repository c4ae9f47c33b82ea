"""`/instruments/futures` and `/instruments/future-products`, in the broker's shape."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.futures import (
    BY_CODE,
    PRODUCTS,
    FutureContract,
    Product,
    active_month,
    lately_ended,
    months_of,
)
from senexsim.broker.market.rest.query import context, flag, listed
from senexsim.broker.market.trading_days import new_york_date

_ROLLS = {
    "index": "equity_index",
    "energy": "energies",
    "metal": "metals",
    "bond": "interest_rates",
    "currency": "currencies",
}
_CLEARING = {"ES": "ES", "NQ": "NQ", "CL": "CL", "GC": "GC", "ZB": "17", "6E": "EC"}


def product_row(product: Product) -> dict[str, Any]:
    """The broker's object of a product."""
    notice = product.rules in {"metal", "bond"}
    return {
        "root-symbol": f"/{product.code}",
        "code": product.code,
        "description": product.name,
        "clearing-code": _CLEARING.get(product.code, product.code),
        "clearing-exchange-code": "16" if product.cash_settled else "07",
        "clearport-code": product.code,
        "legacy-code": product.code,
        "exchange": "CME",
        "legacy-exchange-code": product.venue.removeprefix("X"),
        "product-type": "Financial" if product.cash_settled else "Physical",
        "listed-months": list(product.months),
        "active-months": list(product.months),
        "notional-multiplier": wire.money(product.multiplier),
        "tick-size": wire.money(product.tick),
        "display-factor": product.display,
        "streamer-exchange-code": product.venue,
        "small-notional": product.small,
        "back-month-first-calendar-symbol": product.cash_settled,
        "first-notice": notice,
        "cash-settled": product.cash_settled,
        "security-group": product.group,
        "market-sector": product.sector,
        "supported": True,
        "roll": {
            "name": _ROLLS[product.rules],
            "active-count": product.listed,
            "cash-settled": product.cash_settled,
            "business-days-offset": product.offset,
            "first-notice": notice,
        },
    }


def rows(now: datetime, product: Product, *, also_ended: bool = False) -> list[dict[str, Any]]:
    """The listed months of a product, and those that ended lately where they are asked for."""
    months = months_of(product, now)
    active = active_month(months, new_york_date(now))
    place = months.index(active)
    found = [_row(contract, months, place, now) for contract in months]
    if also_ended:
        found += [_row(contract, [contract], -1, now) for contract in lately_ended(product, now)]
    return found


def _row(
    contract: FutureContract, months: list[FutureContract], active: int, now: datetime
) -> dict[str, Any]:
    product = contract.product
    place = months.index(contract)
    ends = wire.instant(contract.stops_at)
    is_listed = now < contract.stops_at
    only_closes = contract.only_closes(new_york_date(now))
    row = {
        "symbol": contract.symbol,
        "product-code": product.code,
        "contract-size": wire.money(product.multiplier),
        "tick-size": wire.money(product.tick),
        "notional-multiplier": wire.money(product.multiplier),
        "main-fraction": "32.0" if product.rules == "bond" else "0.0",
        "sub-fraction": "0.0",
        "display-factor": product.display,
        "last-trade-date": wire.day(contract.last_trade),
        "expiration-date": wire.day(contract.last_trade),
        "closing-only-date": wire.day(contract.closing_only),
        "active": is_listed,
        "active-month": place == active,
        "next-active-month": place == active + 1 and active >= 0,
        "is-closing-only": only_closes,
        "is-tradeable": is_listed,
        "stops-trading-at": ends,
        "expires-at": ends,
        "product-group": f"CME_{product.group}",
        "exchange": "CME",
        "exchange-symbol": contract.symbol.removeprefix("/"),
        "streamer-exchange-code": product.venue,
        "streamer-symbol": contract.streamer_symbol,
        "back-month-first-calendar-symbol": product.cash_settled,
        "future-product": product_row(product),
        "tick-sizes": [{"value": wire.money(product.tick)}],
    }
    if contract.first_notice is not None:
        row["first-notice-date"] = wire.day(contract.first_notice)
    if place + 1 < len(months):
        row["roll-target-symbol"] = months[place + 1].symbol
    return row


class FuturesRoutes:
    """The futures of one market."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/instruments/futures", self.futures),
            web.get("/instruments/futures/{symbol:.+}", self.future),
            web.get("/instruments/future-products", self.products),
            web.get("/instruments/future-products/{exchange}/{code}", self.product),
        ]

    async def futures(self, request: web.Request) -> web.Response:
        """By `symbol[]` or `product-code[]`; without either, all. Ended ones unless only active ones are asked for."""
        asked, codes = listed(request, "symbol"), listed(request, "product-code")
        ended = flag(request, "only-active-futures") is False
        now = self._market.clock.now()
        found = [
            row
            for product in PRODUCTS
            if not codes or product.code in codes
            for row in rows(now, product, also_ended=ended)
            if not asked or row["symbol"] in asked
        ]
        return wire.items(found, context(request))

    async def future(self, request: web.Request) -> web.Response:
        contract = self._market.future("/" + request.match_info["symbol"].lstrip("/"))
        if contract is None:
            raise wire.not_found()
        found = rows(self._market.clock.now(), contract.product, also_ended=True)
        return wire.ok(next(row for row in found if row["symbol"] == contract.symbol), context(request))

    async def products(self, request: web.Request) -> web.Response:
        return wire.items([product_row(product) for product in PRODUCTS], context(request))

    async def product(self, request: web.Request) -> web.Response:
        product = BY_CODE.get(request.match_info["code"])
        if product is None or request.match_info["exchange"] != "CME":
            raise wire.not_found()
        return wire.ok(product_row(product), context(request))
