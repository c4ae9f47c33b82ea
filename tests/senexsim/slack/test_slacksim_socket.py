"""Socket Mode: hello, envelopes, pings, refreshes, rude endings, many sockets, redelivery."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slacksim_bench import Person

from senexsim.slack import SlackSim


class Wire:
    """A bare WebSocket client that reads frames and acknowledges when told."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, hello: dict[str, Any]) -> None:
        self.ws, self.hello = ws, hello

    async def frame(self) -> dict[str, Any]:
        return json.loads((await asyncio.wait_for(self.ws.receive(), 30)).data)

    async def ack(self, envelope: dict[str, Any], payload: Any = None) -> None:
        body = {"envelope_id": envelope["envelope_id"]}
        await self.ws.send_json(body | ({"payload": payload} if payload else {}))


@pytest_asyncio.fixture
async def dial(sim: SlackSim) -> AsyncIterator[Any]:
    """Opens bare sockets, as many as are asked for."""
    app_client = AsyncWebClient(token=sim.info["app_token"], base_url=sim.info["api_url"])
    async with aiohttp.ClientSession() as session:

        async def make(suffix: str = "") -> Wire:
            url = (await app_client.apps_connections_open(app_token=sim.info["app_token"]))["url"]
            ws = await session.ws_connect(url + suffix, autoping=False)
            return Wire(ws, json.loads((await ws.receive()).data))

        yield make


async def test_only_the_app_token_opens_connections(sim: SlackSim):
    for token, error in [
        (sim.info["bot_token"], "not_allowed_token_type"),
        ("xapp-1-A-1-no", "invalid_auth"),
    ]:
        client = AsyncWebClient(base_url=sim.info["api_url"])
        with pytest.raises(SlackApiError) as caught:
            await client.apps_connections_open(app_token=token)
        assert caught.value.response["error"] == error


async def test_the_app_token_is_taken_from_the_header_alone(sim: SlackSim):
    """The bot's token may come as an argument, the app's may not."""
    async with aiohttp.ClientSession() as session:
        for method, token, error in [
            ("auth.test", "bot_token", None),
            ("apps.connections.open", "app_token", "not_authed"),
        ]:
            form = {"token": sim.info[token]}
            async with session.post(sim.info["api_url"] + method, data=form) as response:
                assert (await response.json()).get("error") == error, method


async def test_an_address_works_once_and_briefly(sim: SlackSim, person: Person):
    client = AsyncWebClient(base_url=sim.info["api_url"])
    url = (await client.apps_connections_open(app_token=sim.info["app_token"]))["url"]
    late = (await client.apps_connections_open(app_token=sim.info["app_token"]))["url"]
    assert url.startswith("ws://127.0.0.1")
    assert "/link/?ticket=" in url
    assert "app_id=A" in url
    async with aiohttp.ClientSession() as session:
        ws = await session.ws_connect(url)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)
        await ws.close()
        await person.post("clock", advance_s=31)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(late)


async def test_hello_has_slacks_shape(dial):
    wire = await dial()
    assert wire.hello["type"] == "hello"
    assert set(wire.hello) == {"type", "num_connections", "debug_info", "connection_info"}
    assert wire.hello["debug_info"]["approximate_connection_time"] == 18060
    assert (await dial()).hello["num_connections"] == 2


async def test_pings_of_the_sdk_are_echoed(dial):
    wire = await dial()
    await wire.ws.ping(b"sdk-ping-pong:1700000000.5")
    frame = await wire.ws.receive()
    assert frame.type is aiohttp.WSMsgType.PONG
    assert frame.data == b"sdk-ping-pong:1700000000.5"


async def test_the_sdks_client_stays_connected_over_its_pings(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    """It notes the time of a ping when its echo comes, and calls a session without echoes stale."""
    session = socket.client.current_session
    assert session is not None
    echoed: set[float] = set()

    async def twice() -> bool:
        if socket.client.last_ping_pong_time is not None:
            echoed.add(socket.client.last_ping_pong_time)
        return len(echoed) >= 3

    await person.until(twice, 30)
    assert socket.client.current_session is session
    assert await socket.client.is_connected()


async def test_any_open_socket_may_acknowledge_unless_told_otherwise(person: Person, dial):
    one, other = await dial(), await dial()

    async def command() -> tuple[asyncio.Task[Any], Wire, Wire, dict[str, Any]]:
        running = asyncio.ensure_future(person.command("x"))
        readers = [asyncio.ensure_future(wire.frame()) for wire in (one, other)]
        (done,), (rest,) = await asyncio.wait(readers, return_when=asyncio.FIRST_COMPLETED)
        rest.cancel()
        mine = one if done is readers[0] else other
        return running, mine, other if mine is one else one, done.result()

    running, mine, theirs, envelope = await command()
    assert set(envelope) == {"envelope_id", "payload", "type", "accepts_response_payload"}
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    await theirs.ack(envelope)
    assert (await running)["acked"] is True
    await person.post("fault", target="socket", kind="strict-ack")
    running, mine, theirs, envelope = await command()
    await theirs.ack(envelope)
    await mine.ack(envelope, {"text": "mine"})
    assert (await running)["acked"] is True
    assert (await person.messages())[0]["text"] == "mine"


async def test_payloads_go_to_any_of_several_sockets(person: Person, dial):
    wires = [await dial() for _ in range(3)]
    took: list[int] = []

    async def serve(index: int, wire: Wire) -> None:
        while True:
            await wire.ack(await wire.frame())
            took.append(index)

    tasks = [asyncio.ensure_future(serve(index, wire)) for index, wire in enumerate(wires)]
    await asyncio.gather(*(person.command() for _ in range(30)))
    for task in tasks:
        task.cancel()
    assert set(took) == {0, 1, 2}
    assert len(took) == 30


async def test_the_eleventh_socket_is_too_many(dial):
    wires = [await dial() for _ in range(10)]
    assert wires[-1].hello["num_connections"] == 10
    refused = await dial()
    assert (refused.hello["type"], refused.hello["reason"]) == ("disconnect", "too_many_websockets")


async def test_f12_a_warning_then_a_refresh_and_the_app_comes_back(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    @app.command("/quote")
    async def quote(ack):
        await ack("here")

    for kind in ("warning", "refresh_requested", "kill"):
        before = socket.client.current_session
        await person.post("fault", target="socket", kind=kind)

        async def back(before: Any = before) -> bool:
            return socket.client.current_session is not before and person.sim.workspace.sockets_open == 1

        await person.until(back, 30)
        assert (await person.command())["acked"], kind


async def test_every_connection_is_refreshed_after_its_time(person: Person, dial):
    wire = await dial("&debug_reconnects=true")
    assert wire.hello["debug_info"]["approximate_connection_time"] == 360
    await person.post("clock", advance_s=350)
    warning = await wire.frame()
    assert (warning["type"], warning["reason"]) == ("disconnect", "warning")
    await person.post("clock", advance_s=10)
    assert (await wire.frame())["reason"] == "refresh_requested"
    assert (await wire.ws.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_a_killed_socket_ends_without_a_close_frame(person: Person, dial):
    wire = await dial()
    await person.post("fault", target="socket", kind="kill")
    message = await asyncio.wait_for(wire.ws.receive(), 30)
    assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    assert wire.ws.close_code == 1006


async def test_a_frozen_socket_is_deaf_and_dumb_until_cleared(person: Person, dial):
    wire = await dial()
    await person.post("fault", target="socket", kind="freeze")
    await wire.ws.ping(b"sdk-ping-pong:1")
    running = asyncio.ensure_future(person.command())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await wire.ws.receive()
    await person.post("clock", advance_s=3)
    assert (await running)["error"] == "operation_timeout"
    await person.clear()
    await wire.ws.ping(b"sdk-ping-pong:2")
    assert (await wire.ws.receive()).data == b"sdk-ping-pong:2"


async def test_f4_events_are_redelivered_with_attempt_and_reason(person: Person, dial):
    """The same event_id: at once, after a minute, after five more; then never again."""
    wire = await dial()
    typing = asyncio.ensure_future(person.post("message", user="ana", channel="@bot", text="hi"))
    first = await wire.frame()
    assert (first["type"], first["accepts_response_payload"]) == ("events_api", False)
    assert "retry_attempt" not in first
    attempts = []
    for number, pause in enumerate((0, 60, 300), start=1):
        await person.post("clock", advance_s=3)  # the try before this one times out

        async def given_up(number: int = number) -> bool:
            return len((await person.get("deliveries"))["deliveries"]) == number

        await person.until(given_up)
        await person.post("clock", advance_s=pause)
        attempts.append(await wire.frame())
    told = await typing
    assert (told["ok"], told["acked"]) == (True, False)
    assert [frame["retry_attempt"] for frame in attempts] == [1, 2, 3]
    assert {frame["retry_reason"] for frame in attempts} == {"timeout"}
    assert {frame["payload"]["event_id"] for frame in attempts} == {first["payload"]["event_id"]}
    assert len({frame["envelope_id"] for frame in attempts}) == 3


async def test_f13_a_duplicate_reaches_another_socket(person: Person, dial):
    one, other = await dial(), await dial()
    await person.post("fault", target="delivery", kind="duplicate", count=1)
    running = asyncio.ensure_future(person.command())
    first, second = await one.frame(), await other.frame()
    assert first == second
    await one.ack(first)
    await other.ack(second)
    assert (await running)["acked"]


async def test_reordered_deliveries_swap(person: Person, dial):
    wire = await dial()
    await person.post("fault", target="delivery", kind="reorder", count=1)
    first = asyncio.ensure_future(person.command("first"))

    async def held() -> bool:
        return bool(person.sim.workspace.tickets._triggers)

    await person.until(held)
    second = asyncio.ensure_future(person.command("second"))
    frames = [await wire.frame(), await wire.frame()]
    assert [frame["payload"]["text"] for frame in frames] == ["second", "first"]
    for frame in frames:
        await wire.ack(frame)
    assert (await first)["acked"]
    assert (await second)["acked"]


async def test_a_lost_acknowledgement_is_a_timeout_for_the_person(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    @app.command("/quote")
    async def quote(ack):
        await ack("never shown")

    await person.post(
        "fault", target="delivery", kind="accepted-then-dropped", type="slash_commands", count=1
    )
    answer = await person.command()
    assert (answer["acked"], answer["error"]) == (False, "operation_timeout")
    assert await person.messages() == []


async def test_switching_to_http_cuts_the_sockets(person: Person, dial):
    wire = await dial()
    await person.post("app", request_url="http://127.0.0.1:9/slack/events")
    frame = await wire.frame()
    assert (frame["type"], frame["reason"]) == ("disconnect", "link_disabled")


async def test_faults_of_the_socket_strike_deliveries_over_it(person: Person, dial):
    wire = await dial()
    await person.post("fault", target="socket", kind="duplicate", count=1)
    running = asyncio.ensure_future(person.command("twice"))
    first, second = await wire.frame(), await wire.frame()
    assert first == second
    await wire.ack(first)
    assert (await running)["acked"]
    await person.post("fault", target="socket", kind="delay", delay_ms=60, count=1)
    running = asyncio.ensure_future(person.command("slow"))
    await wire.ack(await wire.frame())
    assert (await running)["ack_ms"] >= 60


async def test_back_from_http_to_sockets(person: Person, app: AsyncApp, socket: AsyncSocketModeHandler):
    @app.command("/quote")
    async def quote(ack):
        await ack()

    await person.post("app", request_url="http://127.0.0.1:9/slack/events")
    assert (await person.command())["error"] == "dispatch_failed"
    await person.post("app", request_url=None)

    async def taken() -> bool:
        return (await person.command())["acked"]

    await person.until(taken, 30)
