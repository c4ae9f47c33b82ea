"""The contract: the first line, each control's answer, long polls, malformed controls, loopback only."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from slacksim_bench import MANIFEST, Person

from senexsim.slack import SlackSim
from senexsim.slack.server import only_loopback

ANSWER = {"ok", "acked", "ack_ms", "error", "trigger_id", "seq"}


async def run(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-W",
        "error",
        "-c",
        "from senexsim.__main__ import main; main()",
        "slack",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_the_command_prints_one_line_first_serves_and_ends_on_sigterm(tmp_path: Path):
    grants = tmp_path / "grants.json"
    grants.write_text(json.dumps([{"user": "ana", "name": "Ana", "provider_secret": "s", "accounts": []}]))
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(MANIFEST))
    process = await run("--port", "0", "--grants", str(grants), "--manifest", str(manifest))
    assert process.stdout
    assert process.stderr
    info = json.loads(await process.stdout.readline())
    assert set(info) == {
        "api_url",
        "page_url",
        "bot_token",
        "app_token",
        "signing_secret",
        "users",
        "channels",
    }
    assert info["api_url"].endswith("/api/")
    client = AsyncWebClient(token=info["bot_token"], base_url=info["api_url"])
    assert (await client.auth_test())["ok"]
    async with aiohttp.ClientSession(info["page_url"]) as session, session.get("/_sim/workspace") as response:
        workspace = await response.json()
    assert workspace["grants"][0]["user"] == "ana"
    assert [entry["command"] for entry in workspace["commands"]] == ["/quote"]
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert await process.stdout.read() == b""
    assert await process.stderr.read() == b""


@pytest.mark.parametrize("manifest", ["not json", '{"features": {}}'])
async def test_a_manifest_that_will_not_do_ends_the_command_with_2(tmp_path: Path, manifest: str):
    path = tmp_path / "manifest.json"
    path.write_text(manifest)
    process = await run("--manifest", str(path))
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert out == b""
    assert b"senexsim slack:" in err


async def test_the_workspace_holds_every_kind_of_person_and_channel(sim: SlackSim):
    users, channels = sim.info["users"], sim.info["channels"]
    assert set(users[0]) == {"id", "name", "team_id", "is_restricted", "is_stranger"}
    assert sum(not user["is_restricted"] for user in users) >= 3
    assert sum(user["is_restricted"] for user in users) >= 1
    assert {"id", "name", "is_private", "is_im", "is_ext_shared"} <= set(channels[0])
    for key in ("is_private", "is_im", "is_ext_shared"):
        assert any(channel[key] for channel in channels)
    bot = sim.workspace.app.bot_user_id
    public = [c for c in sim.workspace.directory.channels.values() if c.kind == "public_channel"]
    assert {bot in channel.members for channel in public} == {True, False}
    assert sum(channel["is_im"] for channel in channels) == len(users)


async def test_every_act_answers_with_the_same_fields(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    for path, body in {
        "command": {"channel": "trading", "command": "/nobody"},
        "message": {"channel": "trading", "text": "hello"},
        "shortcut": {"callback_id": "ask"},
        "click": {"channel": "@bot", "ts": "1.000001", "action_id": "x"},
        "suggest": {"view_id": "V1", "action_id": "x"},
        "submit": {"view_id": "V1", "state": {}},
        "close": {"view_id": "V1"},
        "home": {"tab": "home"},
    }.items():
        before = len(person.sim.workspace.tickets._triggers)
        acting = asyncio.ensure_future(person.post(path, user="ana", **body))
        if path in {
            "command",
            "shortcut",
        }:  # nobody listens for these: time runs out, by the workspace's clock
            await person.until(lambda: _delivered(person, before))  # noqa: B023 - awaited in this turn
            await person.post("clock", advance_s=3)
        assert set(await acting) >= ANSWER, path


async def _delivered(person: Person, before: int) -> bool:
    return len(person.sim.workspace.tickets._triggers) > before


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("command", {"channel": "trading", "command": "/x"}, "missing_argument"),
        ("command", {"user": "nobody", "channel": "trading", "command": "/x"}, "user_not_found"),
        ("command", {"user": "ana", "channel": "nowhere", "command": "/x"}, "channel_not_found"),
        ("command", {"user": "ana", "channel": "trading", "command": "quote"}, "invalid_argument"),
        ("command", {"user": "ana", "channel": "trading", "command": "/x", "text": 5}, "invalid_argument"),
        (
            "click",
            {"user": "ana", "channel": "@bot", "ts": "1", "action_id": "x", "times": 0},
            "invalid_argument",
        ),
        ("submit", {"user": "ana", "view_id": "V1", "state": []}, "invalid_argument"),
        ("clock", {}, "missing_argument"),
        ("clock", {"advance_s": "soon"}, "invalid_argument"),
        ("clock", {"now": "yesterday"}, "invalid_argument"),
        ("fault", {"target": "chat.update", "kind": "nonsense"}, "invalid_fault"),
        ("fault", {"target": "chat.update", "kind": "error", "colour": "red"}, "invalid_fault"),
        ("fault", {"target": "chat.update", "kind": "delay", "delay_ms": "x"}, "invalid_fault"),
        ("app", {"request_url": "https://example.com/slack"}, "invalid_argument"),
    ],
)
async def test_a_malformed_control_is_refused_with_400(person: Person, path: str, body: dict, error: str):
    assert (await person.post(path, expect=400, **body))["error"] == error


async def test_a_body_that_is_no_json_object_is_refused(person: Person):
    for data in ("{", "[]"):
        status, _, _ = await person.raw("POST", "/_sim/command", data=data)
        assert status == 400


async def test_messages_wait_until_something_comes(person: Person, client: AsyncWebClient):
    seq = person.sim.workspace.bus.seq
    waiting = asyncio.ensure_future(person.messages(since_seq=seq, wait_ms=30_000))
    await client.chat_postMessage(channel=person.id("trading"), text="now")
    assert [message["text"] for message in await waiting] == ["now"]
    assert await person.messages(since_seq=person.sim.workspace.bus.seq, wait_ms=1) == []


async def test_messages_carry_all_versions_and_what_a_page_needs(person: Person, client: AsyncWebClient):
    posted = await client.chat_postMessage(channel=person.id("trading"), text="one")
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="two")
    await client.chat_postMessage(channel=posted["channel"], thread_ts=posted["ts"], text="reply")
    first, reply = await person.messages()
    assert [version["text"] for version in first["versions"]] == ["one", "two"]
    assert first["text"] == "two"
    assert first["edited"] is True
    assert first["is_bot"] is True
    assert first["user_name"] == "senex"
    assert first["reply_count"] == 1
    assert reply["thread_ts"] == posted["ts"]
    assert first["seq"] > first["versions"][0]["seq"]
    await client.chat_delete(channel=posted["channel"], ts=posted["ts"])
    assert (await person.messages())[0]["deleted"] is True


async def test_updates_count_what_is_unread_and_edits_do_not_count(person: Person, client: AsyncWebClient):
    direct = person.dm("ana")
    before = (await person.get("updates", user="ana", since_seq=0))["seq"]
    waiting = asyncio.ensure_future(person.get("updates", user="ana", since_seq=before, wait_ms=30_000))
    posted = await client.chat_postMessage(channel=direct, text="news")
    seen = await waiting
    assert seen["channels"][direct] == 1
    assert seen["changed"] == [direct]
    await person.messages("@bot")
    await client.chat_update(channel=direct, ts=posted["ts"], text="newer")
    seen = await person.get("updates", user="ana", since_seq=seen["seq"], wait_ms=30_000)
    assert seen["changed"] == [direct]
    assert seen["channels"][direct] == 0
    assert (await person.get("updates", user="ben", since_seq=before))["changed"] == []


async def test_updates_tell_of_views_and_homes(person: Person, client: AsyncWebClient):
    seq = person.sim.workspace.bus.seq
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    await client.views_publish(user_id=person.id("ana"), view=view)
    seen = await person.get("updates", user="ana", since_seq=seq)
    assert seen["home_changed"] is True
    assert seen["views_changed"] is False
    assert (await person.get("home", user="ana"))["view"]["type"] == "home"


async def test_people_see_only_their_rooms(person: Person, client: AsyncWebClient):
    await client.chat_postMessage(channel=person.id("desk-private"), text="secret")
    assert len(await person.messages("desk-private", "ana")) == 1
    answer = await person.get("messages", channel="desk-private", user="dan")
    assert answer["messages"] == []
    assert answer["error"] == "channel_not_found"
    assert person.id("desk-private") not in (await person.get("updates", user="dan", since_seq=0))["channels"]


async def test_the_clock_moves_to_and_by(person: Person):
    assert (await person.post("clock", now="2030-01-02T03:04:05+00:00"))["now"] == pytest.approx(
        1893553445, abs=5
    )
    assert (await person.post("clock", advance_s=60))["now"] == pytest.approx(1893553505, abs=5)
    assert (await person.post("clock", now=1900000000))["now"] == pytest.approx(1900000000, abs=5)


async def test_the_ledger_of_calls_holds_arguments_and_answers_but_no_token(
    person: Person, client: AsyncWebClient
):
    await client.api_call("chat.postMessage", data={"channel": person.id("trading"), "text": "x"})
    call = (await person.get("calls", method="chat.postMessage"))["calls"][0]
    assert call["args"]["text"] == "x"
    assert call["answer"]["ok"] is True
    assert person.sim.info["bot_token"] not in json.dumps(call)


async def test_another_host_name_is_refused(person: Person):
    """A page of another site that resolves to loopback gets nothing."""
    status, _, _ = await person.raw("GET", "/_sim/workspace", headers={"Host": "evil.example"})
    assert status == 403


async def test_another_sites_script_is_refused(person: Person):
    status, _, _ = await person.raw(
        "POST", "/_sim/clock", json={"advance_s": 1}, headers={"Origin": "https://evil.example"}
    )
    assert status == 403
    own = person.sim.info["page_url"].rstrip("/")
    status, _, _ = await person.raw("POST", "/_sim/clock", json={"advance_s": 1}, headers={"Origin": own})
    assert status == 200


@pytest.mark.parametrize(
    ("peer", "admitted"), [("127.0.0.1", True), ("::1", True), ("192.0.2.7", False), (None, False)]
)
async def test_only_this_machine_is_answered(peer: str | None, admitted: bool):
    class Line(asyncio.Transport):
        def get_extra_info(self, name, default=None):
            return (peer, 5000) if name == "peername" and peer else default

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response()

    request = make_mocked_request("GET", "/", headers={"Host": "127.0.0.1"}, transport=Line())
    if admitted:
        assert (await only_loopback(request, answer)).status == 200
    else:
        with pytest.raises(web.HTTPForbidden):
            await only_loopback(request, answer)


async def test_the_page_address_answers(person: Person):
    status, _, _ = await person.raw("GET", "/")
    assert status == 200
