"""The Bolt app as it is built: how an acknowledgement comes about."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest

from senexbot.slack.app import Identity, build_app
from senexbot.slack.messenger import web_client

WHO = Identity("T1", "team", "UBOT", "BBOT", frozenset())
FORM = {"command": "/senex", "text": "help", "user_id": "U1", "team_id": "T1", "channel_id": "C1"}


async def test_an_acknowledgement_waits_for_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt by itself looks for the ack every 10 ms; and work that was handed over is not waited for."""
    app = build_app(
        client=web_client("xoxb-test", base_url="http://127.0.0.1:1/api/"), identity=WHO, signing_secret=""
    )
    never = asyncio.Event()
    handed_over: list[asyncio.Task[bool]] = []

    @app.command("/senex")
    async def listen(ack: Any) -> None:
        await ack()
        handed_over.append(asyncio.create_task(never.wait()))

    loop, timers = asyncio.get_running_loop(), []
    real = loop.call_later
    monkeypatch.setattr(loop, "call_later", lambda *args, **more: timers.append(args) or real(*args, **more))
    request = AsyncBoltRequest(
        body=urlencode(FORM), headers={"content-type": "application/x-www-form-urlencoded"}
    )
    answer = await app.async_dispatch(request)
    assert answer.status == 200
    assert timers == []
    (task,) = handed_over
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
