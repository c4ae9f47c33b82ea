"""REST of transactions: filters, pages, a single one, the fees of a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from senexsim.broker.accounts.book import trading_day
from senexsim.broker.accounts.fees import paid
from senexsim.broker.brokerage import Brokerage
from senexsim.broker.queries import Query, Span, date_of, descending, one, paged, query_of, span_of
from senexsim.broker.wire import invalid, not_found, ok

EXACT: Final = {
    "sub-type": "transaction-sub-type",
    "action": "action",
    "symbol": "symbol",
    "underlying-symbol": "underlying-symbol",
    "futures-symbol": "symbol",
    "instrument-type": "instrument-type",
    "type": "transaction-type",
    "types": "transaction-type",
}
NOTHING_HERE: Final = ("partition-key",)
FEES: Final = ("regulatory-fees", "clearing-fees", "commission", "proprietary-index-option-fees")
Row = dict[str, Any]


class HistoryRoutes:
    """Handlers over one brokerage."""

    def __init__(self, house: Brokerage) -> None:
        self.house = house

    def table(self) -> list[web.RouteDef]:
        path = "/accounts/{account}/transactions"
        return [
            web.get(path, self.transactions),
            web.get(f"{path}/total-fees", self.total_fees),
            web.get(f"{path}/{{transaction}}", self.transaction),
        ]

    async def transactions(self, request: web.Request) -> web.Response:
        account, query = self.house.account(request), query_of(request)
        if "type" in query and "types" in query:
            raise invalid("types", "must not be given together with type")
        span = span_of(query)
        rows = [row for row in account.transactions if _matches(row, query, span)]
        rows.sort(key=lambda row: (str(row["executed-at"]), row["id"]), reverse=descending(query))
        return paged(request, query, rows, default=250, most=2000)

    async def transaction(self, request: web.Request) -> web.Response:
        wanted = request.match_info["transaction"]
        for row in self.house.account(request).transactions:
            if str(row["id"]) == wanted:
                return ok(row, request.path)
        raise not_found("Couldn't find transaction")

    async def total_fees(self, request: web.Request) -> web.Response:
        account = self.house.account(request)
        today = date_of(query_of(request), "date") or trading_day(self.house.clock.now())
        total = sum(
            (
                Decimal(row[key])
                for row in account.transactions
                for key in FEES
                if _on(row, today) and key in row
            ),
            Decimal(0),
        )
        return ok(paid("total-fees", total), request.path)


def _on(row: Mapping[str, Any], today: date) -> bool:
    return bool(row["transaction-date"] == str(today))


def _matches(row: Row, query: Query, span: Span) -> bool:
    if any(key in query for key in NOTHING_HERE) or one(query, "currency") not in (None, "USD"):
        return False
    if not all(row.get(field) in query[key] for key, field in EXACT.items() if key in query):
        return False
    when = datetime.fromisoformat(row["executed-at"])
    return span.covers(date.fromisoformat(row["transaction-date"]), when)
