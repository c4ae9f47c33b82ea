"""REST of customers, accounts, balances, positions, margin and quote alerts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from aiohttp import web

from senexsim.broker.accounts.balances import balance_view, worth
from senexsim.broker.accounts.book import NEW_YORK, trading_day
from senexsim.broker.accounts.customer_views import account_view, customer_view, trading_status_view
from senexsim.broker.accounts.positions import position_view, selected
from senexsim.broker.accounts.reports import (
    RISK_FREE_RATE,
    SPANS,
    effective_requirements,
    margin_report,
    net_liq_history,
    position_limit,
    snapshots,
)
from senexsim.broker.brokerage import Brokerage
from senexsim.broker.gateway import BEARER
from senexsim.broker.queries import Query, body_of, date_of, one, paged, query_of, time_of
from senexsim.broker.wire import invalid, items, money, not_found, ok

MOST_SNAPSHOTS = 2000


class AccountRoutes:
    """Handlers over one brokerage."""

    def __init__(self, house: Brokerage) -> None:
        self.house = house

    def table(self) -> list[web.RouteDef]:
        one_account = "/accounts/{account}"
        return [
            web.get("/customers/{customer}", self.customer),
            web.get("/customers/{customer}/accounts", self.accounts),
            web.get("/customers/{customer}/accounts/{account}", self.account),
            web.get(one_account, self.account),
            web.get(f"{one_account}/trading-status", self.trading_status),
            web.get(f"{one_account}/balances", self.balances),
            web.get(f"{one_account}/balances/{{currency}}", self.balance),
            web.get(f"{one_account}/balance-snapshots", self.balance_snapshots),
            web.get(f"{one_account}/positions", self.positions),
            web.get(f"{one_account}/net-liq", self.net_liq_now),
            web.get(f"{one_account}/net-liq/history", self.net_liq),
            web.get(f"{one_account}/position-limit", self.position_limit),
            web.get(f"{one_account}/margin-requirements/{{symbol:.+}}/effective", self.effective),
            web.get("/margin/accounts/{account}/requirements", self.margin_report),
            web.get("/margin-requirements-public-configuration", self.public_configuration),
            web.get("/quote-alerts", self.alerts),
            web.post("/quote-alerts", self.create_alert),
            web.delete("/quote-alerts/{alert}", self.delete_alert),
        ]

    async def customer(self, request: web.Request) -> web.Response:
        return ok(customer_view(self.house.customer(request)), request.path)

    async def accounts(self, request: web.Request) -> web.Response:
        numbers = self.house.customer(request).accounts
        rows = [
            {"account": account_view(self.house.accounts[n]), "authority-level": "owner"} for n in numbers
        ]
        return items(rows, request.path)

    async def account(self, request: web.Request) -> web.Response:
        self.house.customer(request)
        return ok(account_view(self.house.account(request)), request.path)

    async def trading_status(self, request: web.Request) -> web.Response:
        return ok(trading_status_view(self.house.account(request)), request.path)

    async def balances(self, request: web.Request) -> web.Response:
        account = self.house.account(request)
        return items([balance_view(account, self.house.market, self.house.clock.now())], request.path)

    async def balance(self, request: web.Request) -> web.Response:
        account = self.house.account(request)
        if request.match_info["currency"] != "USD":
            raise not_found("Couldn't find balance")
        return ok(balance_view(account, self.house.market, self.house.clock.now()), request.path)

    async def balance_snapshots(self, request: web.Request) -> web.Response:
        account, query = self.house.account(request), query_of(request)
        time_of_day = one(query, "time-of-day") or "EOD"
        if time_of_day not in ("BOD", "EOD"):
            raise invalid("time-of-day", "does not have a valid value")
        if one(query, "currency") not in (None, "USD"):
            raise not_found("Couldn't find balance")
        now = self.house.clock.now()
        rows = snapshots(
            account, self.house.market, now, days=_snapshot_days(query, now), time_of_day=time_of_day
        )
        if "start-date" in query or "snapshot-date" in query:
            return paged(request, query, rows, default=250, most=MOST_SNAPSHOTS)
        return items(rows, request.path)

    async def positions(self, request: web.Request) -> web.Response:
        account, query = self.house.account(request), query_of(request)
        marks = (one(query, "include-marks") or "").lower() == "true"
        rows = [
            position_view(account.number, position, self.house.market, with_marks=marks)
            for position in selected(account.positions.values(), query)
        ]
        return items(rows, request.path)

    async def net_liq_now(self, request: web.Request) -> web.Response:
        """The newest bar of the history; the call of the JavaScript client, which no document describes."""
        account = self.house.account(request)
        return ok(net_liq_history(account, self.house.market, self.house.clock.now(), "1d", None)[-1], None)

    async def net_liq(self, request: web.Request) -> web.Response:
        account, query = self.house.account(request), query_of(request)
        span, start = one(query, "time-back"), time_of(query, "start-time")
        if span is None and start is None:
            raise invalid("time-back", "is missing")
        if span is not None and span not in SPANS:
            raise invalid("time-back", "does not have a valid value")
        rows = net_liq_history(account, self.house.market, self.house.clock.now(), span or "1d", start)
        return items(rows, None)

    async def position_limit(self, request: web.Request) -> web.Response:
        return ok(position_limit(self.house.account(request)), request.path)

    async def effective(self, request: web.Request) -> web.Response:
        account, symbol = self.house.account(request), request.match_info["symbol"]
        if self.house.market.instrument(symbol) is None:
            raise not_found("Couldn't find underlying")
        return ok(effective_requirements(account, symbol), request.path)

    async def margin_report(self, request: web.Request) -> web.Response:
        account, market = self.house.account(request), self.house.market
        report = margin_report(account, worth(account, market), market, self.house.clock.now())
        return ok(report, None)

    async def public_configuration(self, request: web.Request) -> web.Response:
        return ok({"risk-free-rate": money(RISK_FREE_RATE)}, request.path)

    async def alerts(self, request: web.Request) -> web.Response:
        return items(self.house.alerts.of(request[BEARER].user), None)

    async def create_alert(self, request: web.Request) -> web.Response:
        user = request[BEARER].user
        external = self.house.customers[user].external_id
        return ok(self.house.alerts.create(user, external, await body_of(request)), request.path, 201)

    async def delete_alert(self, request: web.Request) -> web.Response:
        self.house.alerts.delete(request[BEARER].user, request.match_info["alert"])
        return web.Response(status=204)


def _snapshot_days(query: Query, now: datetime) -> list[datetime]:
    """Business days asked for, newest first; none when the query names no date."""
    only, start = date_of(query, "snapshot-date"), date_of(query, "start-date")
    end = only or date_of(query, "end-date") or trading_day(now)
    begin = only or start
    if begin is None:
        return []
    if end < begin:
        raise invalid("end-date", "must not be before start-date")
    span = range(min((end - begin).days, MOST_SNAPSHOTS), -1, -1)
    dates = (begin + timedelta(days=ahead) for ahead in span)
    bell = time(16, 0)
    return [
        datetime.combine(date, bell, NEW_YORK).astimezone(UTC)
        for date in dates
        if date.weekday() < 5 and date <= trading_day(now)
    ]
