"""The controls of the contract: fill, position, balance, order, and the command that serves them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

import aiohttp
import pytest
from house_bench import Client, limit

ORDERS = "/accounts/5WT00001/orders"


async def test_fill_executes_part_and_the_rest(client: Client) -> None:
    number = (await client.call("POST", ORDERS, limit("Buy to Open", 10, "KO", "1.00")))[1]["data"]["order"][
        "id"
    ]
    await client.until(number, "Live")
    part = (await client.control("fill", {"order_id": number, "quantity": 4, "price": "0.99"}))["order"]
    assert (part["status"], part["legs"][0]["remaining-quantity"]) == ("Live", 6)
    whole = (await client.control("fill", {"order_id": number}))["order"]
    assert whole["status"] == "Filled"
    assert [f["quantity"] for f in whole["legs"][0]["fills"]] == [4, 6]
    assert [f["fill-price"] for f in whole["legs"][0]["fills"]] == ["0.99", "1.0"]
    status, body = await client.call("POST", "/_sim/fill", {"order_id": number})
    assert (status, bool(body["error"])) == (422, True)


async def test_a_cancel_may_still_fill(client: Client) -> None:
    """F39: Cancel Requested is not Cancelled."""
    number = (await client.call("POST", ORDERS, limit("Buy to Open", 10, "KO", "1.00")))[1]["data"]["order"][
        "id"
    ]
    await client.until(number, "Live")
    engine, order = client.sim.house.engine, client.sim.house.accounts["5WT00001"].orders[number]
    assert engine.cancel(order).status == "Cancel Requested"
    engine.fill_by_hand(order, None, None)  # without a pause, so that the exchange has not confirmed yet
    assert order.status == "Filled"
    late = (await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00")))[1]["data"]["order"][
        "id"
    ]
    await client.until(late, "Live")  # two steps later than the cancel that came too late
    assert (await client.order(number))["status"] == "Filled"


async def test_position_is_set_signed(client: Client) -> None:
    for quantity, direction in ((-25, "Short"), (40, "Long")):
        body = {"account": "5WT00001", "symbol": "DIS", "quantity": quantity, "average_open_price": "150.5"}
        await client.control("position", body)
        _, answer = await client.call("GET", "/accounts/5WT00001/positions?symbol=DIS")
        (position,) = answer["data"]["items"]
        assert (position["quantity"], position["quantity-direction"]) == (abs(quantity), direction)
        assert position["average-open-price"] == "150.5"


async def test_balance_sets_the_cash(client: Client) -> None:
    await client.control("balance", {"account": "5WT00001", "cash": "1234.5"})
    _, body = await client.call("GET", "/accounts/5WT00001/balances/USD")
    assert body["data"]["cash-balance"] == "1234.5"
    assert (await client.call("GET", "/accounts/5WT00001/balances/EUR"))[0] == 404


async def test_an_order_placed_elsewhere_is_no_request(client: Client) -> None:
    """F44: seen in the lists, without an identifier, and not in the ledger of requests."""
    order = limit("Buy to Open", 1, "KO", "1.00")
    placed = (await client.control("order", {"account": "5WT00001", **order}))["order"]
    (listed,) = (await client.call("GET", f"{ORDERS}/live"))[1]["data"]["items"]
    assert (listed["id"], listed["source"]) == (placed["id"], "WBT")
    assert "external-identifier" not in listed
    assert not [r for r in await client.requests() if r["method"] == "POST" and r["path"] == ORDERS]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("fill", {"order_id": 1}, 404),
        ("fill", {}, 400),
        ("position", {"account": "5WT00001", "symbol": "NOSUCH", "quantity": 1}, 404),
        ("position", {"account": "nobody", "symbol": "KO", "quantity": 1}, 400),
        ("balance", {"account": "5WT00001", "cash": "NaN"}, 400),
        ("order", {"account": "5WT00001"}, 400),
    ],
)
async def test_a_malformed_control_is_refused_in_words(
    client: Client, path: str, body: object, status: int
) -> None:
    found, answer = await client.call("POST", f"/_sim/{path}", body)
    assert (found, bool(answer["error"])) == (status, True)


async def test_the_command_announces_itself_and_ends_on_sigterm() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "senexsim",
        "broker",
        "--port",
        "0",
        "--seed",
        "3",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            info = json.loads(await process.stdout.readline())
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"{info['api_url']}/_sim/requests") as answer,
            ):
                assert await answer.json() == {"requests": []}
            os.kill(process.pid, signal.SIGTERM)
            rest = await process.stdout.read()
            assert (await process.wait(), rest) == (0, b"")
    finally:
        if process.returncode is None:
            process.kill()


async def test_a_taken_port_is_a_failure_in_words(client: Client) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "senexsim", "broker", "--port", str(client.sim.port)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    assert b"Traceback" not in err
    assert str(client.sim.port).encode() in err
