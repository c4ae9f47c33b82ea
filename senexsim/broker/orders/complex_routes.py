"""REST of complex orders: OCO, OTOCO, OTO."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from senexsim.broker.accounts.book import Account, trading_day
from senexsim.broker.brokerage import Brokerage
from senexsim.broker.orders.model import ComplexOrder
from senexsim.broker.orders.parsing import complex_of
from senexsim.broker.orders.preflight import check_complex
from senexsim.broker.orders.routes import MOST_PER_PAGE, PER_PAGE, listed_from
from senexsim.broker.orders.views import complex_view
from senexsim.broker.queries import body_of, paged, query_of
from senexsim.broker.wire import Refusal, items, ok

DRY_RUN_ID: Final = 3


class ComplexOrderRoutes:
    """Handlers over one brokerage."""

    def __init__(self, house: Brokerage) -> None:
        self.house = house

    def table(self) -> list[web.RouteDef]:
        path = "/accounts/{account}/complex-orders"
        return [
            web.post(path, self.place),
            web.post(f"{path}/dry-run", self.dry_run),
            web.get(path, self.history),
            web.get(f"{path}/live", self.live),
            web.get(f"{path}/{{order}}", self.single),
            web.delete(f"{path}/{{order}}", self.cancel),
            web.patch(f"{path}/{{order}}", self.edit),
            web.post(f"{path}/{{order}}/dry-run", self.edit),
        ]

    async def place(self, request: web.Request) -> web.Response:
        account = self.house.account(request)
        wanted = complex_of(account.number, await body_of(request))
        verdict = check_complex(account, self.house.market, self.house.clock.now(), wanted)
        verdict.raise_errors()
        wanted.listed_from = listed_from(request)
        for part in wanted.parts:
            part.listed_from = wanted.listed_from
        self.house.engine.submit_complex(wanted)
        return ok(verdict.report("complex-order", complex_view(wanted)), request.path, 201)

    async def dry_run(self, request: web.Request) -> web.Response:
        account = self.house.account(request)
        wanted = complex_of(account.number, await body_of(request))
        verdict = check_complex(account, self.house.market, self.house.clock.now(), wanted)
        verdict.raise_errors()
        wanted.bind(DRY_RUN_ID)
        return ok({**verdict.report("complex-order", complex_view(wanted)), "notes": []}, request.path)

    async def history(self, request: web.Request) -> web.Response:
        rows = [complex_view(order) for order in _newest_first(self.house.account(request))]
        return paged(request, query_of(request), rows, default=PER_PAGE, most=MOST_PER_PAGE)

    async def live(self, request: web.Request) -> web.Response:
        today = trading_day(self.house.clock.now())
        rows = [
            complex_view(order)
            for order in _newest_first(self.house.account(request))
            if order.terminal_at is None or trading_day(order.terminal_at) == today
        ]
        return items(rows, request.path)

    async def single(self, request: web.Request) -> web.Response:
        return ok(complex_view(self.house.complex_order(request)), request.path)

    async def cancel(self, request: web.Request) -> web.Response:
        """By the complex order's own id; a child's id is not found."""
        whole = self.house.engine.cancel_complex(self.house.complex_order(request))
        return ok(complex_view(whole), request.path)

    async def edit(self, request: web.Request) -> web.Response:
        """Only the ratio threshold of PAIRS could be edited, and PAIRS are not offered."""
        self.house.complex_order(request)
        raise Refusal(422, "cannot_update_order", "the order could not be updated")


def _newest_first(account: Account) -> list[ComplexOrder]:
    now = asyncio.get_running_loop().time()
    shown = (order for order in account.complex_orders.values() if order.listed_from <= now)
    return sorted(shown, key=lambda order: order.id or 0, reverse=True)
