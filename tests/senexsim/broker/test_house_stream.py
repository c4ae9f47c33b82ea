"""The account streamer on a plain websocket: handshake, refusals, heartbeat, silence, faults."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from house_bench import Client, limit, market, plain_client

from senexsim.broker.server import BrokerSim

ORDERS = "/accounts/5WT00001/orders"


class Line:
    """One websocket with its token."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        self.socket, self.token = socket, token

    async def say(self, action: str, **more: Any) -> None:
        await self.socket.send_json({"action": action, "auth-token": f"Bearer {self.token}", **more})

    async def hear(self) -> dict[str, Any]:
        return dict(await self.socket.receive_json(timeout=30))

    async def ask(self, action: str, **more: Any) -> dict[str, Any]:
        await self.say(action, **more)
        return await self.hear()

    async def hear_of(self, kind: str) -> dict[str, Any]:
        while True:
            message = await self.hear()
            if message.get("type") == kind:
                return dict(message["data"])


@asynccontextmanager
async def line(client: Client, *accounts: str) -> AsyncIterator[Line]:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    async with client.http.ws_connect(client.sim.info["streamer_url"]) as socket:
        opened = Line(socket, token)
        if accounts:
            assert (await opened.ask("connect", value=list(accounts)))["status"] == "ok"
        yield opened


async def test_connect_is_answered_as_captured(client: Client) -> None:
    async with line(client) as stream:
        answer = await stream.ask("connect", value=["5WT00001"], **{"request-id": 1})
        session = answer.pop("web-socket-session-id")
        assert answer == {"status": "ok", "action": "connect", "value": ["5WT00001"], "request-id": 1}
        assert len(session) == 8
        beat = await stream.ask("heartbeat")
        assert beat == {"status": "ok", "action": "heartbeat", "web-socket-session-id": session}
        for action in ("public-watchlists-subscribe", "quote-alerts-subscribe", "user-message-subscribe"):
            assert (await stream.ask(action, **{"request-id": 2}))["status"] == "ok"


async def test_anything_before_connect_is_refused(client: Client) -> None:
    async with line(client) as stream:
        answer = await stream.ask("heartbeat")
        assert (answer["status"], answer["message"]) == ("error", "connect-not-completed")
        assert "request-id" not in answer
        assert (await stream.ask("dance"))["message"] == "not implemented"
        await stream.socket.send_str("not json")
        assert (await stream.hear())["status"] == "error"


async def test_a_token_without_the_word_bearer_is_refused(client: Client) -> None:
    async with line(client) as stream:
        await stream.socket.send_json(
            {"action": "connect", "value": ["5WT00001"], "auth-token": stream.token}
        )
        assert (await stream.hear())["message"] == "connect-not-completed"


async def test_an_account_of_another_is_refused_and_not_heard(sim: BrokerSim, client: Client) -> None:
    async with plain_client(sim, user=1) as other, line(other) as stranger, line(client, "5WT00001") as own:
        assert (await stranger.ask("connect", value=["5WT00001"]))["status"] == "error"
        assert (await stranger.ask("connect", value=["5WT00003"]))["status"] == "ok"
        await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00"))
        assert (await own.hear_of("Order"))["account-number"] == "5WT00001"
        assert (await stranger.ask("heartbeat"))["action"] == "heartbeat"  # nothing came before it


async def test_a_notification_is_the_rest_object(client: Client) -> None:
    async with line(client, "5WT00001") as stream:
        _, body = await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00"))
        while (order := await stream.hear_of("Order"))["status"] != "Live":
            pass
        assert order == await client.order(body["data"]["order"]["id"])


async def test_a_multi_leg_order_shows_its_later_fills_later(client: Client) -> None:
    """F43: Filled with the first leg; the other legs' fills follow."""
    chain = (await client.call("GET", "/option-chains/SPY/nested"))[1]["data"]["items"][0]
    expiration = next(e for e in chain["expirations"] if e["days-to-expiration"] > 20)
    middle = len(expiration["strikes"]) // 2
    long, short = (expiration["strikes"][middle + step]["call"] for step in (0, 2))
    await client.pin(long, "5.00", "5.10")
    await client.pin(short, "3.00", "3.10")
    spread = {
        "order-type": "Limit",
        "time-in-force": "Day",
        "price": "2.20",
        "price-effect": "Debit",
        "legs": [
            {"instrument-type": "Equity Option", "symbol": s, "action": f"{a} to Open", "quantity": 2}
            for s, a in ((long, "Buy"), (short, "Sell"))
        ],
    }
    async with line(client, "5WT00001") as stream:
        status, body = await client.call("POST", ORDERS, spread)
        assert status == 201, body
        assert body["data"]["order"]["size"] == 2
        while (order := await stream.hear_of("Order"))["status"] != "Filled":
            pass
        assert [len(leg["fills"]) for leg in order["legs"]] == [1, 0]
        assert [leg["remaining-quantity"] for leg in order["legs"]] == [0, 0]
        later = await stream.hear_of("Order")
        assert [len(leg["fills"]) for leg in later["legs"]] == [1, 1]
        assert later["updated-at"] > order["updated-at"]


async def test_a_silent_connection_is_dropped_and_a_pinging_one_lives(sim: BrokerSim) -> None:
    async with BrokerSim(port=0, seed=3, idle_limit=2.0) as hasty, plain_client(hasty) as client:
        async with line(client, "5WT00001") as silent:
            ended = await silent.socket.receive(timeout=30)
            assert ended.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        async with line(client, "5WT00001") as pinging:
            for _ in range(13):  # longer than a silent one lives
                await pinging.socket.ping()
                with pytest.raises(TimeoutError):
                    await pinging.socket.receive(timeout=0.2)
            assert (await pinging.ask("heartbeat"))["status"] == "ok"


async def test_a_closed_position_is_told_with_direction_zero(client: Client) -> None:
    async with line(client, "5WT00001") as stream:
        await client.call("POST", ORDERS, market("Sell to Close", 300, "AAPL"))
        position = await stream.hear_of("CurrentPosition")
    assert (position["quantity"], position["quantity-direction"]) == (0, "Zero")
    path = "/accounts/5WT00001/positions?symbol=AAPL"
    assert (await client.call("GET", path))[1]["data"]["items"] == []
    kept = (await client.call("GET", f"{path}&include-closed-positions=true"))[1]["data"]["items"]
    assert [p["quantity-direction"] for p in kept] == ["Zero"]


async def test_a_quote_alert_fires_once(client: Client) -> None:
    await client.pin("KO", "60.00", "60.10", "60.05")
    wanted = {"symbol": "KO", "field": "Last", "operator": ">", "threshold": "65.00"}
    status, body = await client.call("POST", "/quote-alerts", wanted)
    assert status == 201
    async with line(client, "5WT00001") as stream:
        await stream.ask("quote-alerts-subscribe")
        await client.pin("KO", "65.90", "66.00", "65.95")
        told = await stream.hear_of("QuoteAlert")
        await client.pin("KO", "66.90", "67.00", "66.95")
        assert (await stream.ask("heartbeat"))["action"] == "heartbeat"  # no second one
    assert told["alert-external-id"] == body["data"]["alert-external-id"]
    assert int(told["expires-at"]) > 0
    path = f"/quote-alerts/{told['alert-external-id']}"
    assert (await client.call("DELETE", path))[0] == 204
    assert (await client.call("DELETE", path))[0] == 404


async def statuses(stream: Line, count: int) -> list[str]:
    return [(await stream.hear_of("Order"))["status"] for _ in range(count)]


async def test_a_duplicated_frame_comes_twice(client: Client) -> None:
    """F51."""
    async with line(client, "5WT00001") as stream:
        await client.fault("account-stream", "duplicate", count=1)
        await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00"))
        assert await statuses(stream, 4) == ["Routed", "Routed", "In Flight", "Live"]


async def test_a_reordered_frame_comes_after_its_successor(client: Client) -> None:
    async with line(client, "5WT00001") as stream:
        await client.fault("account-stream", "reorder", count=1)
        await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00"))
        assert await statuses(stream, 3) == ["In Flight", "Routed", "Live"]


async def test_a_dropped_frame_never_comes(client: Client) -> None:
    """F49."""
    async with line(client, "5WT00001") as stream:
        await client.fault("account-stream", "accepted-then-dropped", count=1)
        await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00"))
        assert await statuses(stream, 2) == ["In Flight", "Live"]


async def test_a_malformed_frame(client: Client) -> None:
    """F50."""
    async with line(client, "5WT00001") as stream:
        await client.fault("account-stream", "malformed", count=1)
        await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00"))
        with pytest.raises(json.JSONDecodeError):
            await stream.hear()
        assert (await stream.hear())["data"]["status"] == "In Flight"


async def test_a_delayed_frame_keeps_the_order(client: Client) -> None:
    async with line(client, "5WT00001") as stream:
        await client.fault("account-stream", "delay", count=1, delay_ms=150)
        started = asyncio.get_running_loop().time()
        await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00"))
        assert await statuses(stream, 3) == ["Routed", "In Flight", "Live"]
        assert asyncio.get_running_loop().time() - started >= 0.15


async def test_a_frozen_stream_is_silent_but_answers_pings(client: Client) -> None:
    """F48: the socket stays open, pings are answered, nothing else comes."""
    async with line(client, "5WT00001") as stream:
        await client.fault("account-stream", "freeze")
        _, body = await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00"))
        await client.until(body["data"]["order"]["id"], "Live")
        await stream.say("heartbeat")
        await stream.socket.ping()
        with pytest.raises(TimeoutError):
            await stream.socket.receive(timeout=0.2)
        assert not stream.socket.closed
        await client.control("fault", method="DELETE")
        assert (await stream.ask("heartbeat"))["status"] == "ok"


async def test_a_reset_ends_the_connection_at_once(client: Client) -> None:
    async with line(client, "5WT00001") as stream:
        await client.fault("account-stream", "reset", count=1)
        ended = await stream.socket.receive(timeout=30)
        assert ended.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
