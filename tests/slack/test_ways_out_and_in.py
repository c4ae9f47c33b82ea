"""No redirect is followed on the way out (I76); nobody may send slowly for ever on the way in (I77)."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp

from senexbot.blocks.kit import Message
from senexbot.clock import SystemClock
from senexbot.domain.errors import Uncertain
from senexbot.slack.app import Identity, build_app
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


def transport_of(app: AsyncApp, *, body_seconds: float = 10.0) -> HttpTransport:
    return HttpTransport(
        app=app,
        signing_secret="s",
        host="127.0.0.1",
        port=0,
        clock=SystemClock(),
        body_seconds=body_seconds,
    )


HUMAN = {"user": {"id": "U1"}, "team": {"id": "T1"}}
ILLEGIBLE = {
    "a list": [],
    "nothing": None,
    "a number": 123,
    "a press by nobody": {"type": "block_actions", "actions": [{"action_id": "a"}], "user": None},
    "a press of nothing": {"type": "block_actions", "actions": [], **HUMAN},
    "a press of an unnamed button": {"type": "block_actions", "actions": [{}], **HUMAN},
    "ids that are numbers": {"type": "block_actions", "actions": [{"action_id": "a"}], "user": {"id": 5}},
    "a team that is a list": {"type": "shortcut", "user": {"id": "U1"}, "team": {"id": []}},
    "a form without its view": {"type": "view_submission", "view": None, **HUMAN},
    "an event that is none": {"type": "event_callback", "event": None},
    "an event of no type": {"type": "event_callback", "event": {"user": "U1"}},
    "an event in a number": {"type": "event_callback", "event": {"type": "message", "channel": 5}},
    "a command that is a list": {"command": ["/order"]},
}


@pytest.mark.parametrize("shape", ILLEGIBLE)
@pytest.mark.parametrize("as_json", [True, False], ids=["json", "payload"])
async def test_f118_what_has_not_the_shape_of_slack_is_refused_and_reaches_nobody(
    shape: str, as_json: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """400 and no traceback, even when it is signed."""
    said = json.dumps(ILLEGIBLE[shape])
    body = said if as_json else urlencode({"payload": said})
    kind = "application/json" if as_json else "application/x-www-form-urlencoded"
    assert await posted(body, {"Content-Type": kind, **stamped(body)}) == (400, [])
    assert "Traceback" not in caplog.text


async def test_the_look_at_the_certificate_needs_no_signature_and_does_nothing() -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    order = "ssl_check=1&" + urlencode({"command": "/order", "text": "buy 1 AAPL @ 1", "user_id": "U1"})
    assert await posted("ssl_check=1&token=x", kind) == (200, [])
    assert await posted(order, kind) == (200, [])
    assert await posted("ssl_check=0&token=x", kind) == (401, [])
    assert await posted("ssl_check=1&token=" + "x" * 2000, kind) == (401, [])
    command = urlencode({"command": "/order", "text": "", "user_id": "U1", "team_id": "T1"})
    assert await posted(command, {**kind, **stamped(command)}) == (200, ["/order"])


def stamped(body: str) -> dict[str, str]:
    at = str(int(time.time()))
    digest = hmac.new(b"s", f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}


async def posted(body: str, headers: dict[str, str]) -> tuple[int, list[str]]:
    """(status, what reached the app) of one request to a bot that takes `/order`."""
    reached: list[str] = []
    client = web_client("xoxb-x", base_url="http://127.0.0.1:9/api/")
    app = build_app(
        client=client, identity=Identity("T1", "team", "UBOT", "B1", frozenset()), signing_secret="s"
    )

    @app.command("/order")
    async def order(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        reached.append(body["command"])

    transport = transport_of(app)
    await transport.start()
    try:
        async with (
            http_session() as session,
            session.post(transport.url, data=body, headers=headers) as answer,
        ):
            return answer.status, reached
    finally:
        await transport.stop()


async def test_f118_a_body_that_never_ends_is_given_up() -> None:
    transport = transport_of(AsyncApp(signing_secret="s", token="xoxb-x"), body_seconds=0.1)
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
