"""Every fault kind of the contract, seen by a client on a raw socket, with its effect read from the ledger."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from house_bench import AGENT, Client, eventually, limit

from senexsim.broker.faults import Faults
from senexsim.broker.server import BrokerSim

ORDERS = "/accounts/5WT00001/orders"
PLACE = "POST /accounts/*/orders"
ORDER = limit("Buy to Open", 1, "KO", "1.00", **{"external-identifier": "raw-1"})


async def raw(
    sim: BrokerSim, client: Client, method: str = "POST", path: str = ORDERS, body: Any = ORDER
) -> bytes:
    """Everything the server sends before it closes; b"" when it closes without a byte."""
    reader, writer = await asyncio.open_connection("127.0.0.1", sim.port)
    content = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {AGENT}\r\nConnection: close\r\n"
        f"Authorization: {client.headers['Authorization']}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    writer.write(head.encode() + content)
    try:
        async with asyncio.timeout(30):
            return await reader.read()
    finally:
        writer.close()


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def body_of(answer: bytes) -> bytes:
    return answer.split(b"\r\n\r\n", 1)[1]


async def outcomes(client: Client) -> list[str]:
    return [r["outcome"] for r in await client.requests() if (r["method"], r["path"]) == ("POST", ORDERS)]


async def test_accepted_then_dropped_takes_effect_without_a_byte(sim: BrokerSim, client: Client) -> None:
    """F25: the order lives, the answer does not."""
    await client.fault(PLACE, "accepted-then-dropped", count=1)
    assert await raw(sim, client) == b""
    assert [o["external-identifier"] for o in await client.orders()] == ["raw-1"]
    assert await outcomes(client) == ["accepted-then-dropped: 201"]
    assert status_of(await raw(sim, client)) == 201  # the count is used up


async def test_accepted_with_another_status(sim: BrokerSim, client: Client) -> None:
    """F28, F29: it acted, and a proxy's page says otherwise."""
    await client.fault(PLACE, "accepted-then-dropped", count=1, status=504)
    answer = await raw(sim, client)
    assert (status_of(answer), body_of(answer)[:6]) == (504, b"<html>")
    assert len(await client.orders()) == 1


async def test_reset_has_no_effect(sim: BrokerSim, client: Client) -> None:
    await client.fault(PLACE, "reset", count=1)
    with pytest.raises(ConnectionResetError):
        await raw(sim, client)
    assert await client.orders() == []
    assert await outcomes(client) == ["reset"]


async def test_status_has_no_effect(sim: BrokerSim, client: Client) -> None:
    await client.fault(PLACE, "status", count=1, status=502)
    answer = await raw(sim, client)
    assert (status_of(answer), b"Bad Gateway" in answer) == (502, True)
    assert await client.orders() == []


async def test_delay_then_the_ordinary_answer(sim: BrokerSim, client: Client) -> None:
    await client.fault(PLACE, "delay", count=1, delay_ms=200)
    started = time.monotonic()
    assert status_of(await raw(sim, client)) == 201
    assert time.monotonic() - started >= 0.2


async def test_freeze_holds_until_cleared(sim: BrokerSim, client: Client) -> None:
    await client.fault(PLACE, "freeze", count=1)
    waiting = asyncio.create_task(raw(sim, client))
    await eventually(lambda: _outcome_is(client, "freeze"))
    assert not waiting.done()
    await client.control("fault", method="DELETE")
    assert await waiting == b""
    assert await client.orders() == []


async def _outcome_is(client: Client, outcome: str) -> bool:
    return outcome in await outcomes(client)


async def test_late_effect_acts_after_the_connection_died(sim: BrokerSim, client: Client) -> None:
    """F33: the effect comes after the client has given up."""
    await client.fault(PLACE, "late-effect", count=1, delay_ms=800)
    assert await raw(sim, client) == b""
    assert await client.orders() == []
    assert await outcomes(client) == ["late-effect"]
    await eventually(client.orders)
    await eventually(lambda: _outcome_is(client, "late-effect: 201"))


async def test_late_listing_hides_the_order_from_the_lists(sim: BrokerSim, client: Client) -> None:
    """F32: placed and known by id, and absent from the lists for a while; combines with a lost answer."""
    await client.fault(PLACE, "late-listing", count=1, delay_ms=1500)
    await client.fault(PLACE, "accepted-then-dropped", count=1)
    assert await raw(sim, client) == b""
    (order,) = await client.orders()
    for path in (ORDERS, f"{ORDERS}/live"):
        assert (await client.call("GET", path))[1]["data"]["items"] == []
    assert (await client.order(order["id"]))["external-identifier"] == "raw-1"

    async def listed() -> list[Any]:
        return list((await client.call("GET", f"{ORDERS}/live"))[1]["data"]["items"])

    assert [o["id"] for o in await eventually(listed)] == [order["id"]]


async def test_duplicate_processes_a_request_twice(sim: BrokerSim, client: Client) -> None:
    await client.fault(PLACE, "duplicate", count=1)
    assert status_of(await raw(sim, client)) == 201
    assert len(await client.orders()) == 2
    assert await outcomes(client) == ["duplicate: 201, 201"]


async def test_duplicate_and_reorder_of_a_list(sim: BrokerSim, client: Client) -> None:
    for _ in range(2):
        await raw(sim, client)
    newest_first = [o["id"] for o in (await client.call("GET", f"{ORDERS}/live"))[1]["data"]["items"]]
    await client.fault("GET /accounts/*/orders/live", "duplicate", count=1)
    twice = [o["id"] for o in (await client.call("GET", f"{ORDERS}/live"))[1]["data"]["items"]]
    assert twice == [number for number in newest_first for _ in (0, 1)]
    await client.fault("GET /accounts/*/orders/live", "reorder", count=1, delay_ms=1)
    back = [o["id"] for o in (await client.call("GET", f"{ORDERS}/live"))[1]["data"]["items"]]
    assert back == newest_first[::-1]


async def test_reorder_lets_the_next_request_pass(sim: BrokerSim, client: Client) -> None:
    await client.fault(PLACE, "reorder", count=1, delay_ms=5000)
    first = asyncio.create_task(raw(sim, client, body={**ORDER, "external-identifier": "first"}))
    await eventually(lambda: _outcome_is(client, "reorder"))
    await raw(sim, client, body={**ORDER, "external-identifier": "second"})
    assert status_of(await first) == 201
    assert [o["external-identifier"] for o in await client.orders()] == ["second", "first"]


async def test_malformed_cuts_the_answer_of_an_order_that_stands(sim: BrokerSim, client: Client) -> None:
    """F31."""
    await client.fault(PLACE, "malformed", count=1)
    answer = await raw(sim, client)
    assert status_of(answer) == 201
    with pytest.raises(json.JSONDecodeError):
        json.loads(body_of(answer))
    assert len(await client.orders()) == 1


async def test_rate_limit_says_when_to_come_back(sim: BrokerSim, client: Client) -> None:
    await client.fault("GET /accounts/*", "rate-limit", count=1, retry_after=7)
    answer = await raw(sim, client, "GET", f"{ORDERS}/live", None)
    assert status_of(answer) == 429
    assert b"Retry-After: 7\r\n" in answer


async def test_an_expired_grant_stays_expired_until_cleared(sim: BrokerSim, client: Client) -> None:
    who = sim.info["users"][0]
    body = {
        "grant_type": "refresh_token",
        "refresh_token": who["refresh_token"],
        "client_secret": who["provider_secret"],
    }
    await client.fault("POST /oauth/token", "expired-grant")
    for _ in range(2):
        status, answer = await client.call("POST", "/oauth/token", body)
        assert (status, answer["error_code"]) == (400, "invalid_grant")
    await client.control("fault", method="DELETE")
    assert (await client.call("POST", "/oauth/token", body))[0] == 200


async def test_half_a_request_is_recorded_and_has_no_effect(sim: BrokerSim, client: Client) -> None:
    """F27: reset in the middle of the body."""
    _, writer = await asyncio.open_connection("127.0.0.1", sim.port)
    head = f"POST {ORDERS} HTTP/1.1\r\nHost: x\r\nUser-Agent: a/1\r\nContent-Length: 500\r\n\r\n" + '{"order'
    writer.write(head.encode())
    await writer.drain()
    await eventually(lambda: _outcome_is(client, "arrived"))
    writer.transport.abort()
    await eventually(lambda: _outcome_is(client, "incomplete"))
    assert await client.orders() == []


async def test_a_client_that_leaves_does_not_undo_its_order(sim: BrokerSim, client: Client) -> None:
    """The broker acts after the client hung up."""
    await client.fault(PLACE, "delay", count=1, delay_ms=150)
    waiting = asyncio.create_task(raw(sim, client))
    await eventually(lambda: _outcome_is(client, "delay"))
    waiting.cancel()
    await eventually(client.orders)


async def test_a_probability_is_drawn_from_the_seed(sim: BrokerSim, client: Client) -> None:
    drawn = []
    for _ in range(2):
        await client.fault("GET /accounts/*/orders/live", "status", probability=0.5, seed=11, status=503)
        statuses = [(await client.call("GET", f"{ORDERS}/live"))[0] for _ in range(12)]
        await client.control("fault", method="DELETE")
        drawn.append(statuses)
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {200, 503}


@pytest.mark.parametrize(
    "body",
    [
        {"target": "POST /a", "kind": "explode"},
        {"target": "nowhere", "kind": "delay"},
        {"target": "POST /a", "kind": "delay", "count": 0},
        {"target": "POST /a", "kind": "delay", "probability": 2},
        {"target": "POST /a", "kind": "delay", "colour": "red"},
        {"target": "POST /a", "kind": "freeze", "symbol": "AAPL"},
        {"target": "account-stream", "kind": "freeze", "scope": "data"},
        {"target": "dxlink", "kind": "delay", "scope": "data"},
        {"target": "dxlink", "kind": "freeze", "scope": "everything"},
        {"target": "dxlink", "kind": "freeze", "scope": "symbol"},
        {"target": "dxlink", "kind": "freeze", "scope": "data", "symbol": "AAPL"},
        {"target": "dxlink", "kind": "freeze", "symbol": ""},
        {"target": "dxlink", "kind": "freeze", "symbol": 7},
        [],
    ],
)
async def test_a_malformed_fault_is_refused_in_words(client: Client, body: Any) -> None:
    status, answer = await client.call("POST", "/_sim/fault", body)
    assert status == 400
    assert answer["error"]


@pytest.mark.parametrize(
    ("pattern", "target", "matches"),
    [
        ("POST /accounts/*/orders", "POST /accounts/5WT00001/orders", True),
        ("POST /accounts/*/orders", "POST /accounts/5WT00001/complex-orders", False),
        ("POST /accounts/*/orders", "POST /accounts/5WT00001/orders/dry-run", False),
        ("POST /accounts/*/orders", "GET /accounts/5WT00001/orders", False),
        ("GET /accounts/*", "GET /accounts/5WT00001/orders/live", True),
        ("* /accounts/*/orders/*", "DELETE /accounts/5WT00001/orders/7", True),
        ("account-stream", "account-stream", True),
        ("account-stream", "dxlink", False),
    ],
)
def test_a_star_stands_for_one_segment_and_at_the_end_for_the_rest(
    pattern: str, target: str, matches: bool
) -> None:
    faults = Faults()
    faults.add({"target": pattern, "kind": "delay"})
    assert (faults.take(target) is not None) is matches


def test_counts_are_consumed_and_a_frozen_stream_stands() -> None:
    faults = Faults()
    faults.add({"target": "account-stream", "kind": "freeze"})
    faults.add({"target": "account-stream", "kind": "duplicate", "count": 2})
    kinds = [fault.kind for _ in range(3) if (fault := faults.take("account-stream"))]
    assert kinds == ["duplicate", "duplicate"]
    assert faults.standing("account-stream", "freeze")
    assert not faults.standing("dxlink", "freeze")


@pytest.mark.parametrize(
    ("more", "whole", "data", "symbols"),
    [
        ({}, True, False, set()),
        ({"scope": "socket"}, True, False, set()),
        ({"scope": "data"}, False, True, set()),
        ({"symbol": "AAPL"}, False, False, {"AAPL"}),
        ({"scope": "symbol", "symbol": "AAPL"}, False, False, {"AAPL"}),
    ],
)
def test_f56_a_freeze_of_dxlink_has_three_forms(
    more: dict[str, str], whole: bool, data: bool, symbols: set[str]
) -> None:
    faults = Faults()
    faults.add({"target": "dxlink", "kind": "freeze", **more})
    assert faults.take("dxlink") is None
    assert faults.standing("dxlink", "freeze") is whole
    assert faults.data_stand_still("dxlink") is data
    assert faults.symbols_standing_still("dxlink") == symbols
    assert not faults.data_stand_still("account-stream")
    assert not faults.symbols_standing_still("account-stream")
