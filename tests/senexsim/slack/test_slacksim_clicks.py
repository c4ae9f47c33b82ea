"""Buttons, selects and suggestions: payload fields, several presses, stale windows, who may press."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from slacksim_bench import Person, actions, button, field, modal, plain, section

COMMON = {"type", "user", "api_app_id", "token", "team", "enterprise", "is_enterprise_install"}
OPTIONS = [{"text": plain(word), "value": word} for word in ("one", "two", "three")]


@pytest.fixture
def pressed(app: AsyncApp) -> list[dict[str, Any]]:
    payloads: list[dict[str, Any]] = []

    @app.action(re.compile(".*"))
    async def take(ack, body):
        payloads.append(body)
        await ack()

    return payloads


async def test_a_button_in_a_message_sends_the_whole_message(
    person: Person, client: AsyncWebClient, pressed: list, socket: AsyncSocketModeHandler
):
    row = actions(button("go", value="42", style="primary"), button("no"))
    posted = await client.chat_postMessage(
        channel=person.id("trading"), text="card", blocks=[section("hi"), row]
    )
    answer = await person.post("click", user="ben", channel="trading", ts=posted["ts"], action_id="go")
    assert answer["ok"]
    assert answer["acked"]
    (body,) = pressed
    assert set(body) == COMMON | {
        "container",
        "trigger_id",
        "channel",
        "message",
        "state",
        "response_url",
        "actions",
    }
    assert body["user"] == {
        "id": person.id("ben"),
        "username": "ben",
        "name": "ben",
        "team_id": body["team"]["id"],
    }
    assert body["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": person.id("trading"),
        "is_ephemeral": False,
    }
    assert body["message"]["blocks"] == posted["message"]["blocks"]
    assert body["message"]["bot_id"] == person.sim.workspace.app.bot_id
    (action,) = body["actions"]
    assert set(action) == {"action_id", "block_id", "text", "value", "type", "style", "action_ts"}
    assert (action["type"], action["value"], action["block_id"]) == ("button", "42", "row")
    assert body["trigger_id"] == answer["trigger_id"]


async def test_an_ephemeral_source_carries_no_message(
    person: Person, app: AsyncApp, pressed: list, socket: AsyncSocketModeHandler
):
    @app.command("/quote")
    async def quote(ack):
        await ack(text="x", blocks=[actions(button("go", value="key"))])

    await person.command()
    (message,) = await person.messages()
    await person.post("click", user="ana", channel="trading", ts=message["ts"], action_id="go")
    assert "message" not in pressed[0]
    assert pressed[0]["container"]["is_ephemeral"] is True
    assert pressed[0]["actions"][0]["value"] == "key"
    stranger = await person.post("click", user="ben", channel="trading", ts=message["ts"], action_id="go")
    assert stranger["error"] == "message_not_found"


async def test_f5_two_presses_within_50_ms_are_two_deliveries(
    person: Person, client: AsyncWebClient, pressed: list, socket: AsyncSocketModeHandler
):
    posted = await client.chat_postMessage(
        channel=person.id("trading"), text="x", blocks=[actions(button("go"))]
    )
    answer = await person.post(
        "click", user="ana", channel="trading", ts=posted["ts"], action_id="go", times=3, interval_ms=5
    )
    assert answer["acked"]
    assert len(answer["results"]) == 3
    assert len({body["trigger_id"] for body in pressed}) == 3
    assert len({body["actions"][0]["action_ts"] for body in pressed}) == 3


async def test_f8_a_button_of_an_older_version_still_arrives(
    person: Person, client: AsyncWebClient, pressed: list, socket: AsyncSocketModeHandler
):
    posted = await client.chat_postMessage(
        channel=person.id("trading"), text="x", blocks=[actions(button("go", value="v1"))]
    )
    await client.chat_update(
        channel=posted["channel"], ts=posted["ts"], text="done", blocks=[section("done")]
    )
    click = {"user": "ana", "channel": "trading", "ts": posted["ts"]}
    assert (await person.post("click", **click, action_id="go", value="v1"))["acked"]
    assert pressed[0]["actions"][0]["value"] == "v1"
    assert pressed[0]["message"]["text"] == "done"
    assert (await person.post("click", **click, action_id="go", value="v9"))["error"] == "action_not_found"
    assert (await person.post("click", **click, action_id="other"))["error"] == "action_not_found"


async def test_equal_action_ids_are_told_apart_by_block_and_value(
    person: Person, client: AsyncWebClient, pressed: list, socket: AsyncSocketModeHandler
):
    rows = [
        actions(button("go", value="a"), block_id="one"),
        actions(button("go", value="b"), block_id="two"),
    ]
    posted = await client.chat_postMessage(channel=person.id("trading"), text="x", blocks=rows)
    click = {"user": "ana", "channel": "trading", "ts": posted["ts"], "action_id": "go"}
    await person.post("click", **click, value="b")
    await person.post("click", **click, block_id="two")
    assert [body["actions"][0]["value"] for body in pressed] == ["b", "b"]


@pytest.mark.parametrize(
    ("element", "given", "field_", "value"),
    [
        ({"type": "static_select", "options": OPTIONS}, "two", "selected_option", OPTIONS[1]),
        ({"type": "radio_buttons", "options": OPTIONS}, "one", "selected_option", OPTIONS[0]),
        ({"type": "overflow", "options": OPTIONS}, "three", "selected_option", OPTIONS[2]),
        ({"type": "checkboxes", "options": OPTIONS}, ["one", "two"], "selected_options", OPTIONS[:2]),
        ({"type": "users_select"}, "U123", "selected_user", "U123"),
        ({"type": "conversations_select"}, "C123", "selected_conversation", "C123"),
        ({"type": "channels_select"}, "C123", "selected_channel", "C123"),
        ({"type": "datepicker"}, "2026-12-18", "selected_date", "2026-12-18"),
        ({"type": "timepicker"}, "09:30", "selected_time", "09:30"),
        ({"type": "datetimepicker"}, 1800000000, "selected_date_time", 1800000000),
    ],
)
async def test_each_element_sends_its_own_result_and_shows_it_in_the_state(
    person: Person,
    client: AsyncWebClient,
    pressed: list,
    socket: AsyncSocketModeHandler,
    element,
    given,
    field_,
    value,
):
    row = actions({"action_id": "pick", **element}, button("go"))
    posted = await client.chat_postMessage(channel=person.id("trading"), text="x", blocks=[row])
    click = {"user": "ana", "channel": "trading", "ts": posted["ts"]}
    assert (await person.post("click", **click, action_id="pick", selected_option=given))["acked"]
    (action,) = pressed[0]["actions"]

    def bare(found: Any) -> Any:
        if isinstance(found, list):
            return [bare(one) for one in found]
        return {**found, "text": plain(found["text"]["text"])} if isinstance(found, dict) else found

    assert bare(action[field_]) == value
    assert action["type"] == element["type"]
    await person.post("click", **click, action_id="go")
    kept = pressed[1]["state"]["values"]
    assert kept == (
        {}
        if element["type"] == "overflow"
        else {"row": {"pick": {"type": element["type"], field_: action[field_]}}}
    )


async def test_an_option_that_is_not_offered_cannot_be_chosen(person: Person, client: AsyncWebClient):
    row = actions({"type": "static_select", "action_id": "pick", "options": OPTIONS})
    posted = await client.chat_postMessage(channel=person.id("trading"), text="x", blocks=[row])
    answer = await person.post(
        "click", user="ana", channel="trading", ts=posted["ts"], action_id="pick", selected_option="nine"
    )
    assert answer["error"] == "invalid_value"


async def test_a_press_inside_a_modal_carries_view_and_no_channel(
    person: Person, app: AsyncApp, client: AsyncWebClient, socket: AsyncSocketModeHandler
):
    heard: list[dict[str, Any]] = []
    text = {"type": "plain_text_input", "action_id": "t"}

    @app.action("go")
    async def go(ack, body, client):
        heard.append(body)
        await ack()
        if body["container"]["type"] == "message":
            await client.views_open(
                trigger_id=body["trigger_id"], view=modal(actions(button("go")), field("f", text))
            )

    posted = await client.chat_postMessage(
        channel=person.id("trading"), text="x", blocks=[actions(button("go"))]
    )
    await person.post("click", user="ana", channel="trading", ts=posted["ts"], action_id="go")
    view = await person.top_view()
    await person.post("click", user="ana", view_id=view["id"], action_id="go")
    body = heard[1]
    assert set(body) == COMMON | {"container", "trigger_id", "view", "actions"}
    assert body["container"] == {"type": "view", "view_id": view["id"]}
    assert body["view"]["state"]["values"] == {"f": {"t": {"type": "plain_text_input", "value": None}}}
    assert (await person.post("click", user="ben", view_id=view["id"], action_id="go"))[
        "error"
    ] == "view_not_found"


async def test_a_press_on_the_home_tab(
    person: Person, client: AsyncWebClient, pressed: list, socket: AsyncSocketModeHandler
):
    home = {"type": "home", "blocks": [actions(button("go"))]}
    view = (await client.views_publish(user_id=person.id("ana"), view=home))["view"]
    assert (await person.post("click", user="ana", view_id=view["id"], action_id="go"))["acked"]
    assert pressed[0]["view"]["type"] == "home"


async def test_an_unhandled_press_times_out(
    person: Person, client: AsyncWebClient, socket: AsyncSocketModeHandler
):
    posted = await client.chat_postMessage(
        channel=person.id("trading"), text="x", blocks=[actions(button("go"))]
    )
    running = asyncio.ensure_future(
        person.post("click", user="ana", channel="trading", ts=posted["ts"], action_id="go")
    )

    async def sent() -> bool:
        return bool(person.sim.workspace.tickets._triggers)

    await person.until(sent)
    await person.post("clock", advance_s=3)
    assert (await running)["error"] == "operation_timeout"


async def test_suggestions_come_with_the_answer_and_can_then_be_chosen(
    person: Person, app: AsyncApp, client: AsyncWebClient, pressed: list, socket: AsyncSocketModeHandler
):
    heard: list[dict[str, Any]] = []

    @app.options("find")
    async def find(ack, body):
        heard.append(body)
        await ack(options=[{"text": plain("Apple"), "value": "AAPL"}])

    row = actions({"type": "external_select", "action_id": "find", "min_query_length": 2})
    posted = await client.chat_postMessage(channel=person.id("trading"), text="x", blocks=[row])
    where = {"user": "ana", "channel": "trading", "ts": posted["ts"], "action_id": "find"}
    assert (await person.post("suggest", **where, value="a"))["error"] == "query_too_short"
    answer = await person.post("suggest", **where, value="app")
    assert [option["value"] for option in answer["options"]] == ["AAPL"]
    assert set(heard[0]) == COMMON | {"container", "channel", "message", "action_id", "block_id", "value"}
    assert (await person.post("click", **where, selected_option="AAPL"))["acked"]
    assert pressed[0]["actions"][0]["selected_option"]["value"] == "AAPL"


async def test_more_than_100_suggestions_are_refused(
    person: Person, app: AsyncApp, client: AsyncWebClient, socket: AsyncSocketModeHandler
):
    @app.options("find")
    async def find(ack):
        await ack(options=[{"text": plain(str(n)), "value": str(n)} for n in range(101)])

    row = actions({"type": "external_select", "action_id": "find", "min_query_length": 0})
    posted = await client.chat_postMessage(channel=person.id("trading"), text="x", blocks=[row])
    answer = await person.post(
        "suggest", user="ana", channel="trading", ts=posted["ts"], action_id="find", value="x"
    )
    assert answer["error"] == "invalid_options"


async def test_shortcuts_global_and_on_a_message(
    person: Person, app: AsyncApp, client: AsyncWebClient, socket: AsyncSocketModeHandler
):
    heard: list[dict[str, Any]] = []

    @app.shortcut("ask")
    async def ask(ack, body):
        heard.append(body)
        await ack()

    posted = await client.chat_postMessage(channel=person.id("trading"), text="x")
    await person.post("shortcut", user="ana", callback_id="ask")
    await person.post("shortcut", user="ana", callback_id="ask", channel="trading", ts=posted["ts"])
    assert set(heard[0]) == COMMON | {"callback_id", "trigger_id", "action_ts"}
    assert heard[0]["type"] == "shortcut"
    assert set(heard[1]) == set(heard[0]) | {"message_ts", "message", "channel", "response_url"}
    assert heard[1]["type"] == "message_action"
