"""No redirect is followed on the way out (I76); nobody may send slowly for ever on the way in (I77)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp

from senexbot.blocks.kit import Message
from senexbot.clock import SystemClock
from senexbot.domain.errors import Uncertain
from senexbot.slack.messenger import SlackMessenger, http_session, web_client
from senexbot.slack.transport import HttpTransport


@contextlib.asynccontextmanager
async def serving(handler: Any) -> Any:
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_i76_a_message_is_never_carried_to_where_slack_is_not(status: int) -> None:
    seen: list[str] = []

    async def thief(request: web.Request) -> web.Response:
        seen.append(await request.text())
        return web.json_response({"ok": True, "ts": "1.0"})

    async with serving(thief) as elsewhere:

        async def redirect(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": f"{elsewhere}/api/chat.postMessage"})

        async with serving(redirect) as slack, http_session() as session:
            client = web_client("xoxb-canary", base_url=f"{slack}/api/", session=session)
            messenger = SlackMessenger(client=client, clock=SystemClock(), team_id="T1")
            with pytest.raises(Uncertain):
                await messenger.post("C1", Message("balances", ()))
    assert seen == []


async def test_f118_a_body_that_never_ends_is_given_up() -> None:
    transport = HttpTransport(
        app=AsyncApp(signing_secret="s", token="xoxb-x"),
        signing_secret="s",
        host="127.0.0.1",
        port=0,
        clock=SystemClock(),
        body_seconds=0.1,
    )
    await transport.start()
    try:
        port = int(transport.url.split(":")[2].split("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\npayload=")
        await writer.drain()
        async with asyncio.timeout(30):
            status = await reader.readline()
        writer.close()
        await writer.wait_closed()
    finally:
        await transport.stop()
    assert b"408" in status
