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
    async with offered(f"ws://{name}:{{port}}/link/1") as (transport, asked), asyncio.timeout(10):
        await transport.start()
        assert (await asked).startswith("127.0.0.1:")


@pytest.mark.parametrize(
    "address",
    [
        "ws://localhost:1/link/1",
        "ws://evil.example:{port}/link/1",
        "ws://localhost.evil.example:{port}/link/1",
    ],
)
async def test_a_socket_elsewhere_is_never_opened(address: str) -> None:
    async with offered(address) as (transport, asked):
        with pytest.raises(Transient, match="not on the list"):
            await transport.start()
        assert not asked.done()
