"""I76: the bot opens a socket only at Slack's own hosts, or at the simulator's origin whatever it calls itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from senexbot.domain.errors import Transient
from senexbot.slack.app import Identity, build_app
from senexbot.slack.messenger import web_client
from senexbot.slack.transport import SocketTransport

WHO = Identity("T1", "team", "UBOT", "BBOT", frozenset())


@asynccontextmanager
async def offered(address: str) -> AsyncIterator[tuple[SocketTransport, asyncio.Future[str]]]:
    """A Slack at 127.0.0.1 that gives this socket address (`{port}` is its own), and the Host it is asked by."""
    asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def open_connection(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": address.format(port=server.port)})

    async def link(request: web.Request) -> web.WebSocketResponse:
        asked.set_result(request.host)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for _ in socket:
            pass
        return socket

    slack = web.Application()
    slack.add_routes([web.post("/api/apps.connections.open", open_connection), web.get("/link/1", link)])
    async with TestServer(slack, host="127.0.0.1") as server:
        client = web_client("xoxb-test", base_url=f"http://127.0.0.1:{server.port}/api/")
        app = build_app(client=client, identity=WHO, signing_secret="")
        transport = SocketTransport(app=app, app_token="xapp-test", client=client)
        try:
            yield transport, asked
        finally:
            await transport.stop()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
async def test_a_socket_under_another_name_of_this_machine_is_opened_at_the_origin(name: str) -> None:
    async with offered(f"ws://{name}:{{port}}/link/1") as (transport, asked), asyncio.timeout(30):
        await transport.start()
        assert (await asked).startswith("127.0.0.1:")


async def test_i76_a_socket_that_redirects_is_not_followed() -> None:
    """Neither at the first connection nor later: the ticket, and all that is said, would go elsewhere."""
    async with asyncio.TaskGroup() as group:  # side by side, for each waits until it is asked again
        for status in (301, 302, 303, 307, 308):
            group.create_task(_turn_away(status))


async def _turn_away(status: int) -> None:
    seen: list[str] = []

    async def thief(request: web.Request) -> web.Response:
        seen.append(str(request.rel_url))
        return web.Response(status=400)

    elsewhere = web.Application()
    elsewhere.add_routes([web.get("/{tail:.*}", thief)])
    turned_away = asyncio.Event()

    async def open_connection(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "url": f"ws://127.0.0.1:{server.port}/link/1"})

    async def link(_: web.Request) -> web.Response:
        turned_away.set()
        return web.Response(status=status, headers={"Location": str(other.make_url("/stolen"))})

    slack = web.Application()
    slack.add_routes([web.post("/api/apps.connections.open", open_connection), web.get("/link/1", link)])
    async with TestServer(elsewhere) as other, TestServer(slack, host="127.0.0.1") as server:
        client = web_client("xoxb-test", base_url=f"http://127.0.0.1:{server.port}/api/")
        app = build_app(client=client, identity=WHO, signing_secret="")
        transport = SocketTransport(app=app, app_token="xapp-test", client=client)
        starting = asyncio.create_task(transport.start())
        async with asyncio.timeout(20):
            await turned_away.wait()
            turned_away.clear()
            await turned_away.wait()  # it asks again, and has not gone elsewhere meanwhile
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
    assert seen == [], status


@pytest.mark.parametrize(
    "address",
    [
        "ws://localhost:1/link/1",
        "ws://evil.example:{port}/link/1",
        "ws://localhost.evil.example:{port}/link/1",
        "ws://canary@127.0.0.1:{port}/link/1",
        "ws://canary:canary@localhost:{port}/link/1",
        "ws://evil.example:{port}\\@127.0.0.1:{port}/link/1",
        "ws://127.0.0.1:{port}\\@evil.example/link/1",
        "ws://127.0.0.1:{port}@evil.example/link/1",
        "ws://127.0.0.2:{port}/link/1",
        "ws://127.0.0.1:1/link/1",
        "ws://[::ffff:127.0.0.1]:{port}/link/1",
        "ws://[0:0:0:0:0:0:0:1]:{port}/link/1",
        "ws://[::1%25lo]:{port}/link/1",
        "ws://127.1:{port}/link/1",
        "ws://2130706433:{port}/link/1",
        "ws://0.0.0.0:{port}/link/1",
        "ws://localhost.:{port}/link/1",
        "ws://local\thost:{port}/link/1",
        "http://127.0.0.1:{port}/link/1",
        "ws://127.0.0.1:{port}x/link/1",
        "ws:///link/1",
        "",
    ],
)
async def test_a_socket_elsewhere_is_never_opened(address: str) -> None:
    async with offered(address) as (transport, asked):
        with pytest.raises(Transient, match="not on the list"):
            await transport.start()
        assert not asked.done()
