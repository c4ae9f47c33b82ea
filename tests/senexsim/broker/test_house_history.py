"""Transactions, snapshots and net-liq history: filters, pages, refusals."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from house_bench import Client, market

ORDERS = "/accounts/5WT00001/orders"
TRANSACTIONS = "/accounts/5WT00001/transactions"


async def rows(client: Client, query: str) -> list[dict[str, Any]]:
    status, body = await client.call("GET", f"{TRANSACTIONS}?{query}")
    assert status == 200, body
    return list(body["data"]["items"])


async def test_transactions_are_filtered_and_paged(client: Client) -> None:
    for symbol in ("KO", "F", "KO"):
        _, body = await client.call("POST", ORDERS, market("Buy to Open", 2, symbol))
        await client.until(body["data"]["order"]["id"], "Filled")
    assert [r["symbol"] for r in await rows(client, "type=Trade")] == ["KO", "F", "KO"]
    assert len(await rows(client, "types[]=Trade&types[]=Money%20Movement")) == 4
    assert [r["transaction-type"] for r in await rows(client, "sort=Asc&per-page=1")] == ["Money Movement"]
    assert len(await rows(client, "symbol=KO&sub-type[]=Buy%20to%20Open")) == 2
    assert await rows(client, "symbol=KO&action=Sell%20to%20Close") == []
    assert await rows(client, "futures-symbol=/ESZ6") == []
    today = datetime.now(UTC) - timedelta(minutes=5)
    assert len(await rows(client, f"start-at={today:%Y-%m-%dT%H:%M:%SZ}")) == 3
    assert len(await rows(client, f"end-date={date.today() - timedelta(days=5)}")) == 1
    _, body = await client.call("GET", f"{TRANSACTIONS}?per-page=3&page-offset=1")
    page = body["pagination"]
    assert (page["total-items"], page["total-pages"], page["current-item-count"]) == (4, 2, 1)
    assert page["item-offset"] == 3


@pytest.mark.parametrize(
    ("path", "domain"),
    [
        ("transactions?type=Trade&types[]=Trade", "types"),
        ("transactions?per-page=0", "per-page"),
        ("transactions?per-page=2001", "per-page"),
        ("transactions?page-offset=x", "page-offset"),
        ("transactions?sort=Up", "sort"),
        ("transactions?start-date=yesterday", "start-date"),
        ("orders?start-at=noon", "start-at"),
        ("net-liq/history", "time-back"),
        ("net-liq/history?time-back=5y", "time-back"),
        ("balance-snapshots?time-of-day=NOON", "time-of-day"),
    ],
)
async def test_a_bad_query_is_a_validation_error(client: Client, path: str, domain: str) -> None:
    status, body = await client.call("GET", f"/accounts/5WT00001/{path}")
    assert (status, body["error"]["code"]) == (400, "validation_error")
    assert body["error"]["errors"][0]["domain"] == domain


async def test_net_liq_history_ends_at_the_present_value(client: Client) -> None:
    start = datetime.now(UTC) - timedelta(hours=6)
    path = f"/accounts/5WT00002/net-liq/history?start-time={start:%Y-%m-%dT%H:%M:%SZ}"
    items = (await client.call("GET", path))[1]["data"]["items"]
    assert items[0]["time"] < items[-1]["time"]
    _, balance = await client.call("GET", "/accounts/5WT00002/balances/USD")
    drift = float(items[-1]["close"]) - float(balance["data"]["net-liquidating-value"])
    assert abs(drift) < 200
    for before, after in itertools.pairwise(items):
        assert before["close"] == after["open"]


async def test_bad_prints_fill_nothing(client: Client) -> None:
    """F61: a zero or negative price is no price to trade at."""
    await client.pin("KO", "60.00", "60.10")
    body = {"order-type": "Limit", "time-in-force": "Day", "price": "59.00", "price-effect": "Debit"}
    legs = market("Buy to Open", 1, "KO")["legs"]
    _, answer = await client.call("POST", ORDERS, {**body, "legs": legs})
    number = answer["data"]["order"]["id"]
    await client.until(number, "Live")
    for bid, ask in (("0", "0"), ("-5", "-4"), ("-5", "0")):
        await client.pin("KO", bid, ask)
        assert (await client.order(number))["status"] == "Live"
