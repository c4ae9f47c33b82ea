"""HTTP mode: what is not signed by Slack, old or repeated has no effect (F1 to F4, F105, I27, I30, I33)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from tests.e2e.stage import Stage, shown, stage
from tests.e2e.wire import handle_of, order_command, press, send, signed, user

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("http"), http_mode=True) as opened:
        await opened.connect("ana")
        await opened.connect("ben", customer=1)
        yield opened


@pytest.mark.parametrize(
    ("secret", "at"),
    [
        ("not-the-secret", ""),
        ("", "1500000000"),
        ("", "99999999999"),
        ("", "soon"),
        ("", "-1"),
        ("", "1e9"),
        ("", "9" * 400),
    ],
    ids=["forged", "old", "future", "words", "negative", "float", "huge"],
)
async def test_f1_f3_what_slack_did_not_sign_is_refused(desk: Stage, secret: str, at: str) -> None:
    """401, never 500, and nothing happens."""
    body = order_command(desk, "buy 1 AAPL @ 100", trigger=f"t-{secret}-{at[:9]}")
    assert await send(desk, body, signed(desk, body, secret=secret, at=at)) == 401
    assert not any("buy 1 AAPL" in shown(m).lower() for m in await desk.messages("ana"))


async def test_f1_a_signature_for_another_body_is_refused(desk: Stage) -> None:
    body = order_command(desk, "buy 1 AAPL @ 100", trigger="t-other")
    assert await send(desk, body + "0", signed(desk, body)) == 401
    assert await send(desk, body, {"Content-Type": "application/x-www-form-urlencoded"}) == 401


async def test_f2_a_replay_changes_nothing(desk: Stage) -> None:
    """The same bytes twice, within the five minutes: one preview; a replayed Confirm: one order."""
    body = order_command(desk, "buy 3 AAPL @ 150", trigger="t-replay")
    headers = signed(desk, body)
    for _ in range(3):
        assert await send(desk, body, headers) == 200
    preview = await desk.until("ana", lambda m: "Buy 3 AAPL" in shown(m))
    body = press(desk, "ana", handle_of(preview), trigger="t-replay-press")
    headers = signed(desk, body)
    for _ in range(3):
        assert await send(desk, body, headers) == 200
    await desk.says("ana", "Working: buy 3 AAPL")
    cards = [
        m
        for m in await desk.messages("ana")
        if shown(m).startswith("PRACTICE · Working") and not m.get("thread_ts")
    ]
    assert len(cards) == 1
    assert len(await desk.creates()) == 1


async def test_a_direct_message_without_its_channel_type_is_heard(desk: Stage) -> None:
    """Other Slack servers leave `channel_type` out of events; what is said in a channel stays unheard."""
    for name, channel, text in (("c", "trading", "quote TSLA"), ("d", "directmessage", "quote KO")):
        ids = [c["id"] for c in desk.slack.info["channels"] if c["name"] == channel]
        event = {"type": "message", "channel": ids[0], "user": user(desk, "ana")["id"], "text": text}
        body = json.dumps({"type": "event_callback", "event_id": f"Ev-{name}", "event": event})
        headers = {**signed(desk, body), "Content-Type": "application/json"}
        assert await send(desk, body, headers) == 200
    await desk.says("ana", "KO ")
    for place in ("@bot", "trading"):
        assert not any("TSLA" in shown(m) for m in await desk.messages("ana", place))


async def test_f9_f105_a_stolen_handle_is_worth_nothing(desk: Stage) -> None:
    """Another member presses with my handle in a rightly signed request: refused, nothing sent."""
    before = len(await desk.creates())
    preview = await desk.preview("ana", "order buy 4 AAPL @ 150", "Buy 4 AAPL")
    body = press(desk, "ben", handle_of(preview), trigger="t-stolen")
    assert await send(desk, body, signed(desk, body)) == 200
    await desk.says("ben", "somebody else")
    body = press(desk, "ana", "no-such-handle-0123456", trigger="t-made-up")
    assert await send(desk, body, signed(desk, body)) == 200
    await desk.says("ana", "not known here")
    assert len(await desk.creates()) == before


async def test_f19_a_foreign_reply_address_is_never_called(desk: Stage) -> None:
    """SSRF: the answer goes to the person's messages instead; nothing listens, nothing is asked there."""
    called: list[str] = []

    async def trap(reader, writer) -> None:
        called.append((await reader.readline()).decode())
        writer.close()

    server = await asyncio.start_server(trap, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for i, url in enumerate(
        (
            f"http://127.0.0.1:{port}/commands/x",
            f"http://{desk.slack.info['page_url'].removeprefix('http://').rstrip('/')}@127.0.0.1:{port}/",
            "http://169.254.169.254/latest/meta-data",
        )
    ):
        form = dict(part.split("=", 1) for part in order_command(desk, "", trigger=f"t-ssrf-{i}").split("&"))
        form["command"] = "%2Fbalances"
        form["response_url"] = urlencode({"": url})[1:]
        body = "&".join(f"{k}={v}" for k, v in form.items())
        before = len(await desk.messages("ana"))
        assert await send(desk, body, signed(desk, body)) == 200
        await desk.until(
            "ana", lambda m, before=before: "Net liq" in shown(m) and not m["ephemeral"] and before >= 0
        )
    server.close()
    assert called == []


async def test_f118_bodies_are_limited_before_they_are_read(desk: Stage) -> None:
    body = "payload=" + "x" * 600_000
    assert await send(desk, body, signed(desk, body)) == 413
    deep = urlencode({"payload": "[" * 100_000})
    assert await send(desk, deep, signed(desk, deep)) in {400, 200}
    body = order_command(desk, "", trigger="t-after")
    assert await send(desk, body, signed(desk, body)) == 200
