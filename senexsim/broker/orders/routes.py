"""REST of single orders: place, dry run, lists, cancel, replace, edit, and lists over several accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace as changed
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from senexsim.broker.accounts.balances import Change, worth
from senexsim.broker.accounts.book import Account, trading_day
from senexsim.broker.accounts.reports import projection
from senexsim.broker.brokerage import Brokerage
from senexsim.broker.gateway import LISTING_DELAY
from senexsim.broker.orders.effects import effect_of, leg_prices
from senexsim.broker.orders.model import EDITABLE, TERMINAL, Leg, Order
from senexsim.broker.orders.parsing import as_body, order_of, terms_of
from senexsim.broker.orders.preflight import Checks, Verdict
from senexsim.broker.orders.views import order_view
from senexsim.broker.queries import Query, Span, body_of, descending, one, paged, query_of, span_of
from senexsim.broker.wire import Refusal, invalid, items, ok

PER_PAGE: Final = 10
MOST_PER_PAGE: Final = 1000


class OrderRoutes:
    """Handlers over one brokerage."""

    def __init__(self, house: Brokerage) -> None:
        self.house = house

    def table(self) -> list[web.RouteDef]:
        path = "/accounts/{account}/orders"
        return [
            web.post(path, self.place),
            web.post(f"{path}/dry-run", self.dry_run),
            web.get(path, self.history),
            web.get(f"{path}/live", self.live),
            web.get(f"{path}/{{order}}", self.single),
            web.delete(f"{path}/{{order}}", self.cancel),
            web.put(f"{path}/{{order}}", self.replace),
            web.patch(f"{path}/{{order}}", self.edit),
            web.post(f"{path}/{{order}}/dry-run", self.edit_dry_run),
            web.post(f"{path}/{{order}}/reconfirm", self.reconfirm),
            web.post("/margin/accounts/{account}/dry-run", self.margin_dry_run),
            web.get("/customers/{customer}/orders", self.customer_history),
            web.get("/customers/{customer}/orders/live", self.customer_live),
        ]

    def check(self, account: Account, order: Order, replaced: int | None = None) -> Verdict:
        checks = Checks(account, self.house.market, self.house.clock.now(), replaced)
        verdict = checks.run(order)
        verdict.raise_errors()
        return verdict

    async def place(self, request: web.Request) -> web.Response:
        """Every call makes a new order: `external-identifier` is a tag and nothing more."""
        account = self.house.account(request)
        order = order_of(account.number, await body_of(request))
        verdict = self.check(account, order)
        order.listed_from = listed_from(request)
        self.house.engine.submit(order)
        return ok(verdict.report("order", order_view(order)), request.path, 201)

    async def dry_run(self, request: web.Request) -> web.Response:
        account = self.house.account(request)
        order = order_of(account.number, await body_of(request))
        return ok(self._rehearsed(account, order), request.path)

    def _rehearsed(self, account: Account, order: Order, replaced: int | None = None) -> dict[str, Any]:
        verdict = self.check(account, order, replaced)
        if order.conditions or order.route_after:
            order.status, order.contingent_status = "Contingent", "Pending Condition"
        return verdict.report("order", order_view(order))

    # -- reading --------------------------------------------------------------------------------------

    async def history(self, request: web.Request) -> web.Response:
        account, query = self.house.account(request), query_of(request)
        return _history(request, query, account.orders.values())

    async def live(self, request: web.Request) -> web.Response:
        account, query = self.house.account(request), query_of(request)
        return self._live(request, query, account.orders.values())

    def _live(self, request: web.Request, query: Query, orders: Iterable[Order]) -> web.Response:
        today = trading_day(self.house.clock.now())
        status = one(query, "status")
        rows = [
            order
            for order in _newest_first(orders)
            if (_touched_on(order, today) or not order.is_terminal) and status in (None, order.status)
        ]
        views = [order_view(order) for order in rows]
        if "per-page" in query or "page-offset" in query:
            return paged(request, query, views, default=PER_PAGE, most=MOST_PER_PAGE)
        return items(views, request.path)

    async def single(self, request: web.Request) -> web.Response:
        return ok(order_view(self.house.order(request)), request.path)

    async def customer_history(self, request: web.Request) -> web.Response:
        query = query_of(request)
        return _history(request, query, self._orders_of(request, query))

    async def customer_live(self, request: web.Request) -> web.Response:
        query = query_of(request)
        return self._live(request, query, self._orders_of(request, query))

    def _orders_of(self, request: web.Request, query: Query) -> list[Order]:
        self.house.customer(request)
        numbers = query.get("account-numbers")
        if not numbers:
            raise invalid("account-numbers", "is missing")
        return [o for number in numbers for o in self.house.account(request, number).orders.values()]

    # -- changing -------------------------------------------------------------------------------------

    async def cancel(self, request: web.Request) -> web.Response:
        order = self.house.engine.cancel(self.house.order(request))
        return ok(order_view(order), request.path)

    async def replace(self, request: web.Request) -> web.Response:
        """PUT: the whole order without legs; the answer is the new order itself."""
        body = as_body(await body_of(request))
        return self._replace(request, terms_of(body))

    async def edit(self, request: web.Request) -> web.Response:
        """PATCH: only what changes; otherwise as PUT."""
        return self._replace(request, await self._edited_terms(request))

    def _replace(self, request: web.Request, terms: dict[str, Any]) -> web.Response:
        account, old = self.house.account(request), self.house.order(request)
        if old.status not in EDITABLE:
            raise Refusal(422, "cannot_update_order", "the order could not be updated")
        new = _successor(old, terms)
        self.check(account, new, old.id)
        new.listed_from = listed_from(request)
        self.house.engine.replace(old, new)
        return ok(order_view(new), request.path)

    async def edit_dry_run(self, request: web.Request) -> web.Response:
        account, old = self.house.account(request), self.house.order(request)
        if old.status not in EDITABLE:
            raise Refusal(422, "cannot_update_order", "the order could not be updated")
        new = _successor(old, await self._edited_terms(request))
        report = self._rehearsed(account, new, old.id)
        report["order"] |= {"status": "Contingent", "contingent-status": "Pending Order"}
        return ok(report, request.path)

    async def _edited_terms(self, request: web.Request) -> dict[str, Any]:
        old = self.house.order(request)
        current = order_view(old)
        keep = ("order-type", "time-in-force", "price", "price-effect", "value", "value-effect")
        more = ("stop-trigger", "gtc-date", "source", "external-identifier", "rules", "partition-key")
        base = {key: current[key] for key in (*keep, *more) if key in current}
        return terms_of({**base, **as_body(await body_of(request))})

    async def reconfirm(self, request: web.Request) -> web.Response:
        self.house.order(request)
        raise Refusal(422, "cannot_reconfirm_order", "The order could not be reconfirmed.")

    async def margin_dry_run(self, request: web.Request) -> web.Response:
        """The account's margin with and without the order."""
        account, market = self.house.account(request), self.house.market
        order = order_of(account.number, await body_of(request))
        checks = Checks(account, market, self.house.clock.now())
        verdict = checks.run(order)
        if verdict.effect is None:
            verdict.raise_errors()
        return ok(_margin_projection(self.house, account, order), request.path)


def listed_from(request: web.Request) -> float:
    """Loop time from which lists show the order; later than now only under a late-listing fault."""
    delay = float(request.get(LISTING_DELAY, 0.0))
    return asyncio.get_running_loop().time() + delay


def _successor(old: Order, terms: dict[str, Any]) -> Order:
    """A new order on the old one's open legs."""
    legs = [
        Leg(leg.instrument_type, leg.symbol, leg.action, leg.remaining or leg.quantity, leg.remaining)
        for leg in old.legs
    ]
    made = Order(account=old.account, legs=legs, underlying=old.underlying, **terms)
    same_id = made.external_identifier or old.external_identifier
    return changed(made, external_identifier=same_id, source=made.source or old.source)


def _newest_first(orders: Iterable[Order]) -> list[Order]:
    now = asyncio.get_running_loop().time()
    shown = (order for order in orders if order.listed_from <= now)
    return sorted(shown, key=lambda order: order.id or 0, reverse=True)


def _touched_on(order: Order, today: object) -> bool:
    times = (order.received_at, order.live_at, order.terminal_at)
    return any(when is not None and trading_day(when) == today for when in times)


def _history(request: web.Request, query: Query, orders: Iterable[Order]) -> web.Response:
    span, newest_first = span_of(query), descending(query)
    rows = [order for order in _newest_first(orders) if _selected(order, query, span)]
    views = [order_view(order) for order in (rows if newest_first else reversed(rows))]
    return paged(request, query, views, default=PER_PAGE, most=MOST_PER_PAGE)


def _selected(order: Order, query: Query, span: Span) -> bool:
    assert order.received_at is not None
    exact = {
        "status": order.status,
        "underlying-symbol": order.underlying,
        "underlying-instrument-type": order.underlying_type,
    }
    return (
        span.covers(trading_day(order.received_at), order.received_at)
        and all(value in query[key] for key, value in exact.items() if key in query)
        and ("futures-symbol" not in query or order.legs[0].symbol in query["futures-symbol"])
    )


def _margin_projection(house: Brokerage, account: Account, order: Order) -> dict[str, Any]:
    market, now = house.market, house.clock.now()
    changes = tuple(
        Change(instrument, leg.sign * (leg.quantity or Decimal(0)), price)
        for leg, price in zip(order.legs, leg_prices(market, order), strict=True)
        if (instrument := market.instrument(leg.symbol)) is not None
    )
    effect = effect_of(account, market, order)
    before = worth(account, market)
    after = worth(account, market, changes=changes, cost=effect.fees.total)
    numbers = {key: v for key, v in effect.view().items() if key not in ("impact", "effect")}
    isolated = {
        "isolated-order-buying-power-effect": numbers["isolated-order-margin-requirement"],
        "isolated-order-buying-power-effect-effect": numbers["isolated-order-margin-requirement-effect"],
    }
    working = [o.id for o in account.orders.values() if o.status not in TERMINAL]
    return {
        "orders": [{**order_view(order), "id": "dry-run-0"}],
        "last-results": projection(before, before, order.underlying, market, now),
        "base-results": projection(before, before, order.underlying, market, now),
        "new-order-results": projection(after, before, order.underlying, market, now),
        **numbers,
        **isolated,
        "order-ids": [str(number) for number in working],
    }
