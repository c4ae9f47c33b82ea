"""Options on futures: their products, the contracts, the chains in both forms, in the broker's shape."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.future_options import (
    BY_ROOT,
    OPTION_PRODUCTS,
    FutureOption,
    FutureOptionExpiration,
    OptionProduct,
    expirations,
    options_of,
    roots_of,
    strikes,
)
from senexsim.broker.market.futures import active_month, months_of
from senexsim.broker.market.rest.futures import product_row
from senexsim.broker.market.rest.instruments import tick_rows
from senexsim.broker.market.rest.query import context, listed
from senexsim.broker.market.trading_days import new_york_date

MOST_ASKED: Final = 500


def option_product_row(product: OptionProduct, *, alone: bool = True) -> dict[str, Any]:
    """The broker's object of a root; inside an option it comes without its future product."""
    financial = product.product.cash_settled
    row: dict[str, Any] = {
        "root-symbol": product.root,
        "cash-settled": False,
        "code": product.root,
        "legacy-code": product.root,
        "clearport-code": product.root,
        "clearing-code": product.root[-2:],
        "clearing-exchange-code": "16" if financial else "07",
        "clearing-price-multiplier": "1.0",
        "display-factor": product.product.display,
        "exchange": "CME",
        "product-type": "Physical",
        "expiration-type": product.expiration_type,
        "settlement-delay-days": 0,
        "is-rollover": bool(product.week),
        "market-sector": product.product.sector,
        "supported": True,
    }
    return row | ({"future-product": product_row(product.product)} if alone else {})


def option_row(option: FutureOption, now: datetime) -> dict[str, Any]:
    """The broker's object of one contract."""
    expiration, product = option.expiration, option.expiration.product
    ends = wire.instant(expiration.expires_at)
    strike = f"{option.strike.normalize():f}"
    return {
        "symbol": option.symbol,
        "underlying-symbol": expiration.future.symbol,
        "product-code": product.product.code,
        "expiration-date": wire.day(expiration.day),
        "root-symbol": f"/{product.product.code}",
        "option-root-symbol": product.root,
        "strike-price": wire.money(option.strike),
        "exchange": "CME",
        "exchange-symbol": f"{expiration.contract_symbol} {option.right}{strike}",
        "streamer-symbol": option.streamer_symbol,
        "option-type": option.right,
        "exercise-style": "American",
        "is-vanilla": True,
        "is-primary-deliverable": True,
        "future-price-ratio": "1.0",
        "multiplier": "1.0",
        "underlying-count": "1.0",
        "is-confirmed": True,
        "notional-value": wire.money(product.product.multiplier / 100),
        "display-factor": product.product.display,
        "security-exchange": "2",
        "sx-id": "0",
        "settlement-type": "Future",
        "strike-factor": "1.0",
        "maturity-date": wire.day(expiration.day),
        "is-exercisable-weekly": True,
        "last-trade-time": "0",
        "days-to-expiration": (expiration.day - new_york_date(now)).days,
        "is-closing-only": False,
        "active": expiration.expires_at > now,
        "stops-trading-at": ends,
        "expires-at": ends,
        "future-option-product": option_product_row(product, alone=False),
    }


def _nested_expiration(expiration: FutureOptionExpiration, now: datetime) -> dict[str, Any]:
    product, ends = expiration.product, wire.instant(expiration.expires_at)
    rows = []
    for strike in strikes(product.root):
        call, put = FutureOption(expiration, strike, "C"), FutureOption(expiration, strike, "P")
        rows.append(
            {
                "strike-price": wire.money(strike),
                "call": call.symbol,
                "call-streamer-symbol": call.streamer_symbol,
                "put": put.symbol,
                "put-streamer-symbol": put.streamer_symbol,
            }
        )
    return {
        "underlying-symbol": expiration.future.symbol,
        "root-symbol": f"/{product.product.code}",
        "option-root-symbol": product.root,
        "option-contract-symbol": expiration.contract_symbol,
        "asset": product.root,
        "expiration-date": wire.day(expiration.day),
        "days-to-expiration": (expiration.day - new_york_date(now)).days,
        "expiration-type": product.expiration_type,
        "settlement-type": "PM" if product.week or not product.product.cash_settled else "AM",
        "notional-value": wire.money(product.product.multiplier / 100),
        "display-factor": product.product.display,
        "strike-factor": "1.0",
        "stops-trading-at": ends,
        "expires-at": ends,
        "tick-sizes": tick_rows(product.ticks),
        "strikes": rows,
    }


class FutureOptionRoutes:
    """The options on the futures of one market. They are listed and quoted; orders for them are not taken."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/instruments/future-option-products", self.products),
            web.get("/instruments/future-option-products/{root}", self.product),
            web.get("/instruments/future-option-products/{exchange}/{root}", self.product),
            web.get("/instruments/future-options", self.options),
            web.get("/instruments/future-options/{symbol:.+}", self.option),
            web.get("/futures-option-chains/{product}", self.chain),
            web.get("/futures-option-chains/{product}/nested", self.nested),
        ]

    async def products(self, request: web.Request) -> web.Response:
        return wire.items([option_product_row(product) for product in OPTION_PRODUCTS], context(request))

    async def product(self, request: web.Request) -> web.Response:
        found = BY_ROOT.get(request.match_info["root"])
        if found is None or request.match_info.get("exchange", "CME") != "CME":
            raise wire.not_found()
        return wire.ok(option_product_row(found), context(request))

    async def options(self, request: web.Request) -> web.Response:
        """By `symbol[]` or `option-root-symbol`; unknown contracts are left out."""
        asked, roots = listed(request, "symbol"), listed(request, "option-root-symbol")
        now = self._market.clock.now()
        found = [self._market.future_option(symbol) for symbol in asked[:MOST_ASKED]]
        rows = [option_row(option, now) for option in found if option is not None]
        if not asked:
            rows = [row for root in roots if root in BY_ROOT for row in self._rows([BY_ROOT[root]])]
        return wire.items(rows, context(request))

    async def option(self, request: web.Request) -> web.Response:
        """Also without the `./`, which clients that tidy their addresses lose."""
        found = self._market.future_option("./" + request.match_info["symbol"].removeprefix("./").lstrip("/"))
        if found is None:
            raise wire.not_found()
        return wire.ok(option_row(found, self._market.clock.now()), context(request))

    async def chain(self, request: web.Request) -> web.Response:
        return wire.items(self._rows(self._asked(request)), context(request))

    async def nested(self, request: web.Request) -> web.Response:
        roots, now = self._asked(request), self._market.clock.now()
        future_product = roots[0].product
        months = months_of(future_product, now)
        place = months.index(active_month(months, new_york_date(now)))
        futures = [
            {
                "symbol": month.symbol,
                "root-symbol": f"/{future_product.code}",
                "expiration-date": wire.day(month.last_trade),
                "days-to-expiration": (month.last_trade - new_york_date(now)).days,
                "active-month": index == place,
                "next-active-month": index == place + 1,
                "stops-trading-at": wire.instant(month.stops_at),
                "expires-at": wire.instant(month.stops_at),
            }
            for index, month in enumerate(months)
        ]
        ends = sorted((e for root in roots for e in expirations(root, now)), key=lambda e: e.expires_at)
        chain = {
            "underlying-symbol": f"/{future_product.code}",
            "root-symbol": f"/{future_product.code}",
            "exercise-style": "American",
            "expirations": [_nested_expiration(expiration, now) for expiration in ends],
        }
        return wire.ok({"futures": futures, "option-chains": [chain]}, context(request))

    def _asked(self, request: web.Request) -> list[OptionProduct]:
        found = roots_of(request.match_info["product"].lstrip("/"))
        if not found:
            raise wire.not_found()
        return found

    def _rows(self, roots: list[OptionProduct]) -> list[dict[str, Any]]:
        now = self._market.clock.now()
        ends = (expiration for root in roots for expiration in expirations(root, now))
        return [option_row(option, now) for expiration in ends for option in options_of(expiration)]
