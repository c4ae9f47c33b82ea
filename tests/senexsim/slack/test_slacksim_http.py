"""HTTP mode with an unmodified Bolt app: signatures, content types, challenge, retries, spoiled requests."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slacksim_bench import MANIFEST, HttpApp, Person, actions, button, field, modal

from senexsim.slack import SlackSim


async def connect(person: Person, http_app: HttpApp) -> None:
    assert (await person.post("app", request_url=http_app.url))["verified"] is True
    http_app.heard.clear()


async def test_a_new_address_is_verified_by_its_challenge(person: Person, http_app: HttpApp):
    answer = await person.post("app", request_url=http_app.url)
    assert answer == {"ok": True, "error": None, "verified": True}
    (_, raw, status) = http_app.heard[0]
    assert status == 200
    assert set(json.loads(raw)) == {"token", "challenge", "type"}
    answer = await person.post("app", request_url="http://127.0.0.1:9/nobody")
    assert (answer["verified"], answer["error"]) == (False, "challenge_failed")


async def test_commands_are_signed_forms(person: Person, http_app: HttpApp, sim: SlackSim):
    @http_app.bolt.command("/quote")
    async def quote(ack, body):
        await ack(f"you said {body['text']}")

    await connect(person, http_app)
    assert (await person.command("AAPL & <!channel> 😀"))["acked"]
    headers, raw, _ = http_app.heard[0]
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert abs(int(headers["x-slack-request-timestamp"]) - time.time()) < 30
    verifier = SignatureVerifier(sim.info["signing_secret"])
    assert verifier.is_valid_request(raw, headers)
    assert parse_qs(raw.decode(), keep_blank_values=True)["text"] == ["AAPL & <!channel> 😀"]
    assert (await person.messages())[0]["text"] == "you said AAPL & <!channel> 😀"


async def test_the_signature_keeps_the_machines_time_when_the_workspaces_jumps(
    person: Person, http_app: HttpApp
):
    @http_app.bolt.command("/quote")
    async def quote(ack):
        await ack()

    await connect(person, http_app)
    await person.post("clock", advance_s=86_400)
    assert (await person.command())["acked"]


async def test_presses_and_submissions_are_a_payload_field(person: Person, http_app: HttpApp):
    text = {"type": "plain_text_input", "action_id": "t"}

    @http_app.bolt.action("go")
    async def go(ack, body, client):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(field("f", text)))

    @http_app.bolt.view("form")
    async def form(ack):
        await ack(response_action="errors", errors={"f": "no"})

    await connect(person, http_app)
    posted = await http_app.client.chat_postMessage(
        channel=person.id("trading"), text="x", blocks=[actions(button("go"))]
    )
    assert (await person.post("click", user="ana", channel="trading", ts=posted["ts"], action_id="go"))[
        "acked"
    ]
    headers, raw, _ = http_app.heard[0]
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert json.loads(parse_qs(raw.decode())["payload"][0])["type"] == "block_actions"
    view = await person.top_view()
    told = await person.post("submit", user="ana", view_id=view["id"], state={"f": {"t": "x"}})
    assert told["errors"] == {"f": "no"}


async def test_events_are_json_and_handled_once(person: Person, http_app: HttpApp):
    heard = asyncio.Event()

    @http_app.bolt.event("message")
    async def message(event):
        heard.set()

    await connect(person, http_app)
    await person.post("message", user="ana", channel="@bot", text="hi")
    await asyncio.wait_for(heard.wait(), 30)
    headers, raw, _ = http_app.heard[0]
    assert headers["content-type"] == "application/json"
    assert "x-slack-retry-num" not in headers
    assert json.loads(raw)["type"] == "event_callback"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("bad-signature", {}),
        ("old-timestamp", {}),
        ("old-timestamp", {"timestamp": "1"}),
        ("old-timestamp", {"timestamp": "99999999999"}),
    ],
)
async def test_f1_f3_spoiled_requests_are_refused_by_the_app(
    person: Person, http_app: HttpApp, kind: str, more: dict
):
    ran = []

    @http_app.bolt.command("/quote")
    async def quote(ack):
        ran.append(1)
        await ack()

    await connect(person, http_app)
    await person.post("fault", target="delivery", kind=kind, count=1, **more)
    answer = await person.command()
    assert (answer["acked"], answer["error"]) == (False, "dispatch_failed")
    assert ran == []
    assert [status for _, _, status in http_app.heard] == [401]
    assert (await person.command())["acked"]


async def test_f3_a_timestamp_that_is_no_number_is_sent_as_it_is(person: Person):
    """Bolt itself falls over one (the SDK raises); so the receiver here is a plain server."""
    stamps: list[str] = []

    async def take(request: web.Request) -> web.Response:
        stamps.append(request.headers["X-Slack-Request-Timestamp"])
        return web.Response(status=401)

    async with served(take) as url:
        await person.post("app", request_url=url)
        await person.post("fault", target="delivery", kind="bad-timestamp", count=1)
        await person.post("fault", target="delivery", kind="bad-timestamp", timestamp="-5", count=2)
        await person.command()
        await person.command()
    assert stamps[1:] == ["-5", "-5"]


class served:  # noqa: N801 - reads as a verb
    """A plain server on loopback for one handler."""

    def __init__(self, handler: Any) -> None:
        application = web.Application()
        application.router.add_post("/{rest:.*}", handler)
        self._runner = web.AppRunner(application, access_log=None)

    async def __aenter__(self) -> str:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


async def test_f2_a_replay_is_the_same_bytes_twice(person: Person, http_app: HttpApp):
    @http_app.bolt.command("/quote")
    async def quote(ack):
        await ack()

    await connect(person, http_app)
    await person.post("fault", target="delivery", kind="replay", count=1)
    assert (await person.command())["acked"]
    (one, first, _), (two, second, _) = http_app.heard
    assert first == second
    assert one["x-slack-signature"] == two["x-slack-signature"]


async def test_f4_events_are_retried_with_headers_and_then_given_up(person: Person):
    heard: list[tuple[str | None, str | None, str]] = []
    arrived = asyncio.Condition()

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        headers = request.headers
        async with arrived:
            if body["type"] == "event_callback":
                heard.append(
                    (headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason"), body["event_id"])
                )
            arrived.notify_all()
        return web.json_response(
            {"challenge": body.get("challenge")}, status=200 if "challenge" in body else 503
        )

    async def count(number: int) -> None:
        async with asyncio.timeout(30), arrived:
            await arrived.wait_for(lambda: len(heard) >= number)

    async def tried(number: int) -> None:
        async def look() -> bool:
            found = (await person.get("deliveries"))["deliveries"]
            return sum(entry["type"] == "events_api" for entry in found) >= number

        await person.until(look)

    async with served(take) as url:
        await person.post("app", request_url=url)
        await person.post("message", user="ana", channel="@bot", text="hi")
        await count(2)  # the first retry comes at once
        await tried(2)
        await person.post("clock", advance_s=60)
        await count(3)
        await tried(3)
        await person.post("clock", advance_s=300)
        await count(4)
        await tried(4)
        await person.post("clock", advance_s=3600)
        assert len(heard) == 4
    assert [entry[:2] for entry in heard] == [
        (None, None),
        ("1", "http_error"),
        ("2", "http_error"),
        ("3", "http_error"),
    ]
    assert len({entry[2] for entry in heard}) == 1


async def test_x_slack_no_retry_stops_retries(person: Person):
    heard = 0

    async def take(request: web.Request) -> web.Response:
        nonlocal heard
        heard += 1
        return web.Response(status=500, headers={"x-slack-no-retry": "1"})

    async with served(take) as url:
        await person.post("app", request_url=url)
        heard = 0
        await person.post("message", user="ana", channel="@bot", text="hi")

        async def tried() -> bool:
            found = (await person.get("deliveries"))["deliveries"]
            return any(entry["type"] == "events_api" for entry in found)

        await person.until(tried)
        await person.post("clock", advance_s=3600)
        assert heard == 1


async def test_trouble_of_the_app_is_what_the_person_sees(person: Person, http_app: HttpApp):
    await person.post("app", request_url="http://127.0.0.1:9/nobody")
    assert (await person.command())["error"] == "dispatch_failed"  # nobody listens there
    await connect(person, http_app)
    assert (await person.command())["error"] == "dispatch_failed"  # 404: no listener for the command
    entered, release = asyncio.Event(), asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        entered.set()
        await release.wait()
        return web.Response()

    async with served(slow) as url:
        setting = asyncio.ensure_future(person.post("app", request_url=url))
        await entered.wait()
        await person.post("clock", advance_s=3)
        assert (await setting)["verified"] is False
        entered.clear()
        running = asyncio.ensure_future(person.command())
        await entered.wait()
        await person.post("clock", advance_s=3)
        assert (await running)["error"] == "operation_timeout"
        release.set()


async def test_redirects_are_followed_twice_and_never_off_loopback(person: Person):
    hops = 0

    async def take(request: web.Request) -> web.Response:
        nonlocal hops
        hops += 1
        left = int(request.path.rpartition("/")[2])
        if left == 99:
            raise web.HTTPTemporaryRedirect("http://192.0.2.1/elsewhere")
        if left:
            raise web.HTTPTemporaryRedirect(f"/hop/{left - 1}")
        return web.Response(text="shown")

    async with served(take) as url:
        for start, error in [(2, None), (3, "dispatch_failed"), (99, "dispatch_failed")]:
            await person.post("app", request_url=url.replace("/slack/events", f"/hop/{start}"))
            assert (await person.command())["error"] == error, start


async def test_duplicate_and_reordered_requests(person: Person, http_app: HttpApp):
    order: list[str] = []

    @http_app.bolt.command("/quote")
    async def quote(ack, body):
        order.append(body["text"])
        await ack()

    await connect(person, http_app)
    await person.post("fault", target="delivery", kind="duplicate", count=1)
    await person.command("twice")

    async def both() -> bool:
        return order == ["twice", "twice"]

    await person.until(both)
    await person.post("fault", target="delivery", kind="reorder", count=1)
    triggers = len(person.sim.workspace.tickets._triggers)
    first = asyncio.ensure_future(person.command("first"))

    async def held() -> bool:
        return len(person.sim.workspace.tickets._triggers) > triggers

    await person.until(held)
    await person.command("second")
    await first
    assert order[2:] == ["second", "first"]


@pytest.mark.parametrize("outside", [True, False])
async def test_suggestions_go_to_the_options_load_address_if_it_is_loopback(
    person: Person, http_app: HttpApp, outside: bool
):
    asked: list[str] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.post()
        asked.append(json.loads(str(body["payload"]))["type"])
        return web.json_response({"options": []})

    @http_app.bolt.options("find")
    async def find(ack):
        await ack(options=[])

    async with served(take) as url:
        options_url = "http://192.0.2.1/options" if outside else url
        interactivity = {"is_enabled": True, "message_menu_options_url": options_url}
        settings = {**MANIFEST["settings"], "interactivity": interactivity}
        await person.post("app", manifest={**MANIFEST, "settings": settings})
        await connect(person, http_app)
        select = {"type": "external_select", "action_id": "find", "min_query_length": 0}
        posted = await http_app.client.chat_postMessage(
            channel=person.id("trading"), text="x", blocks=[actions(select)]
        )
        told = await person.post(
            "suggest", user="ana", channel="trading", ts=posted["ts"], action_id="find", value="x"
        )
    assert told["acked"] is True
    assert asked == ([] if outside else ["block_suggestion"])
    assert len(http_app.heard) == (1 if outside else 0)
