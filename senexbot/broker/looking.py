"""A complete look at an account's orders, page by page; or one that says it is not complete.

A look that missed a page, or met an order it could not read, proves nothing (I12, F35).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from senexbot.broker import raw
from senexbot.broker.chains import trading_day
from senexbot.broker.drift import Drift
from senexbot.broker.mapping import broker_order, complex_parts
from senexbot.broker.rest import Rest, segment
from senexbot.domain.errors import BrokerFault, GrantExpired
from senexbot.domain.links import AccountRef
from senexbot.domain.orders.broker_orders import BrokerOrder, OrdersLook

PER_PAGE = 100
MOST_PAGES = 200
OVERLAP = timedelta(minutes=1)


class IncompleteError(Exception):
    """Why a list could not be read whole; our own words."""


class Looking:
    """Reads lists of orders through one link."""

    def __init__(self, rest: Rest, drift: Drift, *, per_page: int = PER_PAGE) -> None:
        self._rest = rest
        self._drift = drift
        self._per_page = per_page

    async def look(self, account: AccountRef, since: datetime) -> OrdersLook:
        """Today's orders, history since `since` and complex orders' parts, each order once. Raises GrantExpired."""
        at = self._rest.clock.now()
        base = f"/accounts/{segment(account.number)}"
        day = trading_day(since - OVERLAP).isoformat()
        found: dict[int, BrokerOrder] = {}
        missing: list[str] = []
        for name, path, extra in (
            ("today's orders", f"{base}/orders/live", []),
            ("history", f"{base}/orders", [("start-date", day), ("sort", "Desc")]),
            ("complex orders", f"{base}/complex-orders/live", []),
        ):
            try:
                self._keep(found, await self._pages(account, path, extra))
            except GrantExpired:
                raise  # nobody can look over this link before it is linked again
            except (IncompleteError, BrokerFault) as why:
                missing.append(f"{name}: {why}")
        return OrdersLook(tuple(found.values()), not missing, at, "; ".join(missing))

    def _keep(self, found: dict[int, BrokerOrder], rows: Iterable[Any]) -> None:
        """Newest state of each order wins; an order that cannot be read may be the one looked for."""
        unreadable = 0
        for row in rows:
            for part, whole in _parts(row):
                order = broker_order(part, complex_id=whole)
                if order is None:
                    unreadable += 1
                elif order.id not in found or order.updated_at >= found[order.id].updated_at:
                    found[order.id] = order
        if unreadable:
            self._drift.note("order that cannot be read")
            raise IncompleteError(f"{unreadable} could not be read")

    async def _pages(self, account: AccountRef, path: str, extra: list[tuple[str, str]]) -> list[Any]:
        """All rows of a list. Rows arriving while it is read shift the pages: repeats are expected."""
        rows: list[Any] = []
        expected: int | None = None
        for page in range(MOST_PAGES):
            params = [*extra, ("per-page", str(self._per_page)), ("page-offset", str(page))]
            body = await self._rest.get(account.link_id, path, params, environment=account.environment)
            listed = raw.items(body)
            if listed is None:
                raise IncompleteError("a page could not be read")
            rows += listed
            pages, total = _pagination(body, len(listed), self._per_page)
            expected = total if expected is None else expected
            if page >= pages - 1:
                break
            if not listed:
                raise IncompleteError("a page was empty")
        else:
            raise IncompleteError("there are too many pages")
        if expected and _distinct(rows) < expected:
            raise IncompleteError("rows are missing")
        return rows


def _parts(row: object) -> list[tuple[object, int | None]]:
    """The orders in one row: itself, or the trigger and children of a complex order with its number."""
    source = raw.mapping(row)
    if "trigger-order" not in source and "orders" not in source:
        return [(row, None)]
    return complex_parts(source)


def _pagination(body: raw.Raw, count: int, per_page: int) -> tuple[int, int]:
    """Number of pages and of rows; without pagination the one page is all, unless it is full."""
    shown = body.get("pagination")
    if shown is None:
        if count >= per_page:
            raise IncompleteError("a full page came without its count")
        return 1, count
    pages = raw.whole(raw.mapping(shown).get("total-pages"))
    total = raw.whole(raw.mapping(shown).get("total-items"))
    if pages is None or total is None:
        raise IncompleteError("the pages could not be counted")
    return pages, total


def _distinct(rows: list[Any]) -> int:
    ids = {raw.whole(raw.mapping(row).get("id")) for row in rows}
    return len(ids - {None}) + sum(raw.whole(raw.mapping(row).get("id")) is None for row in rows)
