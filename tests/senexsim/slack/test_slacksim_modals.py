"""Modals: triggers, stacks, hashes, submissions with each response action, closing, the client's own checks."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slacksim_bench import Person, actions, button, field, modal, plain, section

TEXT = {"type": "plain_text_input", "action_id": "t"}


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"]


@pytest_asyncio.fixture
async def trigger(person: Person, app: AsyncApp, socket: AsyncSocketModeHandler) -> Any:
    """A fresh trigger id of ana's, from a command."""

    @app.command("/quote")
    async def quote(ack):
        await ack()

    async def take() -> str:
        return (await person.command())["trigger_id"]

    return take


@pytest.fixture
def submitted(app: AsyncApp) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Payloads of submissions of `form`, and the arguments of the next acknowledgement."""
    heard: list[dict[str, Any]] = []
    answer: dict[str, Any] = {}

    @app.view("form")
    async def form(ack, body):
        heard.append(body)
        await ack(**answer)

    @app.view_closed("form")
    async def closed(ack, body):
        heard.append(body)
        await ack()

    @app.action("go")
    async def go(ack, body):
        heard.append(body)
        await ack()

    return heard, answer


async def test_a_trigger_works_once_and_for_three_seconds(client: AsyncWebClient, person: Person, trigger):
    first, second = await trigger(), await trigger()
    view = (await client.views_open(trigger_id=first, view=modal(field("f", TEXT))))["view"]
    assert view["id"].startswith("V")
    assert view["root_view_id"] == view["id"]
    assert view["hash"]
    assert (
        await refusal(client.views_open(trigger_id=first, view=modal(field("f", TEXT))))
        == "exchanged_trigger_id"
    )
    await person.post("clock", advance_s=3)
    assert (
        await refusal(client.views_open(trigger_id=second, view=modal(field("f", TEXT))))
        == "expired_trigger_id"
    )
    assert await refusal(client.views_open(trigger_id="1.2.x", view=modal())) == "invalid_trigger_id"


async def test_a_view_that_will_not_do_does_not_use_the_trigger_up(client: AsyncWebClient, trigger):
    fresh = await trigger()
    bad = modal(field("f", TEXT), title=plain("x" * 25))
    with pytest.raises(SlackApiError) as caught:
        await client.views_open(trigger_id=fresh, view=bad)
    assert caught.value.response["error"] == "invalid_arguments"
    (line,) = caught.value.response["response_metadata"]["messages"]
    assert line == "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    assert (await client.views_open(trigger_id=fresh, view=modal()))["ok"]


async def test_a_submission_carries_exactly_slacks_fields(
    client: AsyncWebClient, person: Person, trigger, submitted
):
    heard, _ = submitted
    select = {"type": "static_select", "action_id": "s", "options": [{"text": plain("A"), "value": "a"}]}
    number = {"type": "number_input", "action_id": "n", "is_decimal_allowed": True}
    picked = {"type": "conversations_select", "action_id": "c", "response_url_enabled": True}
    blocks = [field("f", TEXT), field("g", select), field("h", number, optional=True), field("i", picked)]
    view = (await client.views_open(trigger_id=await trigger(), view=modal(*blocks, private_metadata="key")))[
        "view"
    ]
    state = {"f": {"t": "text"}, "g": {"s": "a"}, "i": {"c": person.id("trading")}}
    answer = await person.post("submit", user="ana", view_id=view["id"], state=state)
    assert answer["ok"]
    assert answer["acked"]
    (body,) = heard
    common = {"type", "user", "api_app_id", "token", "team", "enterprise", "is_enterprise_install"}
    assert set(body) == common | {"trigger_id", "view", "response_urls", "is_cleared"}
    assert set(body["view"]) == {
        "id",
        "team_id",
        "type",
        "blocks",
        "private_metadata",
        "callback_id",
        "state",
        "hash",
        "title",
        "clear_on_close",
        "notify_on_close",
        "close",
        "submit",
        "previous_view_id",
        "root_view_id",
        "app_id",
        "external_id",
        "app_installed_team_id",
        "bot_id",
        "submit_disabled",
    }
    values = body["view"]["state"]["values"]
    assert values["f"]["t"] == {"type": "plain_text_input", "value": "text"}
    assert values["g"]["s"]["selected_option"]["value"] == "a"
    assert values["h"]["n"] == {"type": "number_input", "value": None}
    assert body["view"]["private_metadata"] == "key"
    (address,) = body["response_urls"]
    assert set(address) == {"block_id", "action_id", "channel_id", "response_url"}
    assert (await person.get("views", user="ana"))["views"] == []


async def test_errors_keep_the_modal_open_and_their_keys_must_exist(
    client: AsyncWebClient, person: Person, trigger, submitted
):
    _, answer = submitted
    view = (await client.views_open(trigger_id=await trigger(), view=modal(section("s"), field("f", TEXT))))[
        "view"
    ]
    submit = {"user": "ana", "view_id": view["id"], "state": {"f": {"t": "x"}}}
    answer.update(response_action="errors", errors={"f": "Too short"})
    told = await person.post("submit", **submit)
    assert told["ok"]
    assert told["errors"] == {"f": "Too short"}
    assert (await person.top_view())["errors"] == {"f": "Too short"}
    answer.update(errors={"nowhere": "Too short"})
    told = await person.post("submit", **submit)
    assert (told["ok"], told["acked"], told["error"]) == (False, True, "invalid_response_action")
    assert (await person.top_view())["id"] == view["id"]


async def test_update_push_and_clear(client: AsyncWebClient, person: Person, trigger, submitted):
    _, answer = submitted
    view = (await client.views_open(trigger_id=await trigger(), view=modal(field("f", TEXT))))["view"]
    answer.update(response_action="update", view=modal(field("f", TEXT), title=plain("Two")))
    await person.post("submit", user="ana", view_id=view["id"], state={"f": {"t": "kept"}})
    shown = await person.top_view()
    assert (shown["id"], shown["title"]["text"]) == (view["id"], "Two")
    assert shown["hash"] != view["hash"]
    assert shown["state"]["values"]["f"]["t"]["value"] == "kept"
    answer.update(response_action="push", view=modal(field("f", TEXT), title=plain("Three")))
    await person.post("submit", user="ana", view_id=view["id"], state={})
    top = await person.top_view()
    assert top["previous_view_id"] == view["id"]
    assert top["root_view_id"] == view["id"]
    answer.clear()
    await person.post("submit", user="ana", view_id=top["id"], state={"f": {"t": "x"}})
    assert (await person.top_view())["id"] == view["id"]  # an empty acknowledgement closes only that view
    answer.update(response_action="clear")
    await person.post("submit", user="ana", view_id=view["id"], state={})
    assert (await person.get("views", user="ana"))["views"] == []


async def test_a_view_in_an_answer_is_checked_too(client: AsyncWebClient, person: Person, trigger, submitted):
    _, answer = submitted
    view = (await client.views_open(trigger_id=await trigger(), view=modal(field("f", TEXT))))["view"]
    answer.update(response_action="update", view=modal(field("f", TEXT), submit=None))
    told = await person.post("submit", user="ana", view_id=view["id"], state={"f": {"t": "x"}})
    assert (told["acked"], told["error"]) == (True, "invalid_arguments")
    assert (await person.top_view())["title"]["text"] == "Form"


async def test_at_most_three_views_and_pushes_only_from_inside(
    client: AsyncWebClient, person: Person, trigger, submitted
):
    heard, _ = submitted
    spec = modal(actions(button("go")))
    outside = await trigger()
    assert await refusal(client.views_push(trigger_id=outside, view=spec)) == "invalid_trigger_id"
    view = (await client.views_open(trigger_id=await trigger(), view=spec))["view"]
    for _ in range(2):
        await person.post("click", user="ana", view_id=view["id"], action_id="go")
        view = (await client.views_push(trigger_id=heard[-1]["trigger_id"], view=spec))["view"]
    await person.post("click", user="ana", view_id=view["id"], action_id="go")
    assert (
        await refusal(client.views_push(trigger_id=heard[-1]["trigger_id"], view=spec))
        == "push_limit_reached"
    )
    assert len((await person.get("views", user="ana"))["views"]) == 3


async def test_update_by_id_external_id_and_hash(client: AsyncWebClient, trigger):
    spec = modal(field("f", TEXT), external_id="order-1")
    view = (await client.views_open(trigger_id=await trigger(), view=spec))["view"]
    newer = (await client.views_update(external_id="order-1", view=spec, hash=view["hash"]))["view"]
    assert newer["id"] == view["id"]
    assert (
        await refusal(client.views_update(view_id=view["id"], view=spec, hash=view["hash"]))
        == "hash_conflict"
    )
    assert (await client.views_update(view_id=view["id"], view=spec))["ok"]
    assert await refusal(client.views_update(view_id="V404", view=spec)) == "not_found"
    assert await refusal(client.views_open(trigger_id=await trigger(), view=spec)) == "duplicate_external_id"


async def test_a_view_over_250_kb_is_too_large(client: AsyncWebClient, trigger):
    blocks = [section("x" * 3000) for _ in range(90)]
    assert (
        await refusal(client.views_open(trigger_id=await trigger(), view=modal(*blocks))) == "view_too_large"
    )


async def test_the_client_checks_before_it_sends(client: AsyncWebClient, person: Person, trigger, submitted):
    heard, _ = submitted
    number = {"type": "number_input", "action_id": "n", "is_decimal_allowed": False, "min_value": "1"}
    short = {"type": "plain_text_input", "action_id": "t", "max_length": 3}
    view = (
        await client.views_open(trigger_id=await trigger(), view=modal(field("f", short), field("g", number)))
    )["view"]
    for state, wrong in [
        ({}, {"f", "g"}),
        ({"f": {"t": "long text"}, "g": {"n": "5"}}, {"f"}),
        ({"f": {"t": "abc"}, "g": {"n": "NaN"}}, {"g"}),
        ({"f": {"t": "abc"}, "g": {"n": "1e309"}}, {"g"}),
        ({"f": {"t": "abc"}, "g": {"n": "1.5"}}, {"g"}),
        ({"f": {"t": "abc"}, "g": {"n": "0"}}, {"g"}),
    ]:
        told = await person.post("submit", user="ana", view_id=view["id"], state=state)
        assert (told["error"], set(told["errors"])) == ("invalid_input", wrong), state
    assert heard == []
    nowhere = await person.post("submit", user="ana", view_id=view["id"], state={"z": {"t": "x"}})
    assert nowhere["error"] == "invalid_value"
    assert (await person.post("submit", user="ben", view_id=view["id"], state={}))[
        "error"
    ] == "view_not_found"


async def test_closing_tells_only_who_asked(client: AsyncWebClient, person: Person, trigger, submitted):
    heard, _ = submitted
    view = (await client.views_open(trigger_id=await trigger(), view=modal(field("f", TEXT))))["view"]
    told = await person.post("close", user="ana", view_id=view["id"])
    assert told["ok"]
    assert not told["acked"]
    assert heard == []
    view = (
        await client.views_open(
            trigger_id=await trigger(), view=modal(field("f", TEXT), notify_on_close=True)
        )
    )["view"]
    assert (await person.post("close", user="ana", view_id=view["id"]))["acked"]
    assert (heard[0]["type"], heard[0]["is_cleared"], heard[0]["view"]["id"]) == (
        "view_closed",
        False,
        view["id"],
    )
    assert "trigger_id" not in heard[0]


async def test_the_cross_closes_the_stack_and_names_the_root(
    client: AsyncWebClient, person: Person, trigger, submitted
):
    heard, _ = submitted
    spec = modal(actions(button("go")), notify_on_close=True)
    root = (await client.views_open(trigger_id=await trigger(), view=spec))["view"]
    await person.post("click", user="ana", view_id=root["id"], action_id="go")
    top = (await client.views_push(trigger_id=heard[-1]["trigger_id"], view=spec))["view"]
    await person.post("close", user="ana", view_id=top["id"], clear=True)
    assert (heard[-1]["view"]["id"], heard[-1]["is_cleared"]) == (root["id"], True)
    assert (await person.get("views", user="ana"))["views"] == []
    assert await refusal(client.views_update(view_id=top["id"], view=spec)) == "not_found"


async def test_home_is_published_with_hash_and_opened_with_an_event(
    client: AsyncWebClient, person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    heard: list[dict[str, Any]] = []

    @app.event("app_home_opened")
    async def opened(event):
        heard.append(event)

    async def came() -> list[dict[str, Any]]:
        return heard

    await person.post("home", user="ana", tab="home")
    await person.until(came)
    assert set(heard[0]) == {"type", "user", "channel", "tab", "event_ts"}
    home = {"type": "home", "blocks": [section("hi")]}
    view = (await client.views_publish(user_id=person.id("ana"), view=home))["view"]
    await client.views_publish(user_id=person.id("ana"), view=home, hash=view["hash"])
    stale = client.views_publish(user_id=person.id("ana"), view=home, hash=view["hash"])
    assert await refusal(stale) == "hash_conflict"
    heard.clear()
    await person.post("home", user="ana", tab="home")
    await person.until(came)
    assert heard[0]["view"]["type"] == "home"
    with_title = {**home, "title": plain("no")}
    assert (
        await refusal(client.views_publish(user_id=person.id("ana"), view=with_title)) == "invalid_arguments"
    )
