"""Events: exact fields, who hears what, escaping of typed text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient
from slacksim_bench import MANIFEST, Person

OUTER = {
    "token",
    "team_id",
    "context_team_id",
    "context_enterprise_id",
    "api_app_id",
    "event",
    "type",
    "event_id",
    "event_time",
    "authorizations",
    "is_ext_shared_channel",
    "event_context",
}


class Heard(list[dict[str, Any]]):
    """Outer bodies in order; `await heard.of("message")` waits for one of that type and subtype."""

    person: Person

    async def of(self, kind: str, subtype: str | None = None) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            for body in self:
                if body["event"]["type"] == kind and body["event"].get("subtype") == subtype:
                    return body
            return None

        found = await self.person.until(look)
        self.remove(found)
        return found


@pytest.fixture
def heard(person: Person, app: AsyncApp, socket: AsyncSocketModeHandler) -> Heard:
    bodies = Heard()
    bodies.person = person

    @app.event(re.compile(".*"))
    async def acknowledged() -> None:
        """Bolt acknowledges what it has a listener for."""

    async def take(_client: object, request: SocketModeRequest) -> None:
        if request.type == "events_api":
            bodies.append(request.payload)

    # Beside Bolt's own listener: Bolt drops what the bot itself did before any middleware sees it.
    socket.client.socket_mode_request_listeners.append(take)
    return bodies


async def test_a_direct_message_has_exactly_slacks_fields(person: Person, heard: Heard):
    told = await person.post("message", user="ana", channel="@bot", text="AAPL > 200 & <!channel> @ben")
    assert told["acked"] is True
    body = await heard.of("message")
    assert set(body) == OUTER
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"] == [
        {
            "enterprise_id": None,
            "team_id": body["team_id"],
            "user_id": person.sim.workspace.app.bot_user_id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
    ]
    event = body["event"]
    assert set(event) == {
        "type",
        "user",
        "ts",
        "client_msg_id",
        "text",
        "team",
        "blocks",
        "channel",
        "event_ts",
        "channel_type",
    }
    assert (event["channel_type"], event["channel"], event["ts"]) == ("im", person.dm("ana"), told["ts"])
    assert event["text"] == f"AAPL &gt; 200 &amp; &lt;!channel&gt; <@{person.id('ben')}>"
    (section,) = event["blocks"][0]["elements"]
    assert section["elements"][0] == {"type": "text", "text": "AAPL > 200 & <!channel> "}
    assert section["elements"][1] == {"type": "user", "user_id": person.id("ben")}


async def test_a_mention_in_a_channel(person: Person, heard: Heard):
    await person.post("message", user="ana", channel="trading", text="@senex quote AAPL")
    body = await heard.of("app_mention")
    assert body["event"]["text"] == f"<@{person.sim.workspace.app.bot_user_id}> quote AAPL"
    assert body["event"]["channel"] == person.id("trading")
    assert "channel_type" not in body["event"]
    await person.post("message", user="ana", channel="trading", text="nobody is meant")
    await person.post("message", user="ana", channel="general", text="@senex is not here")
    await person.post("message", user="ana", channel="desk-partners", text="@senex last")
    body = await heard.of("app_mention")
    assert body["event"]["channel"] == person.id("desk-partners")  # nothing came in between
    assert body["is_ext_shared_channel"] is True


async def test_the_bot_hears_its_own_posts_edits_and_deletions(
    person: Person, heard: Heard, client: AsyncWebClient
):
    posted = await client.chat_postMessage(channel=person.dm("ana"), text="one")
    assert (await heard.of("message"))["event"]["bot_id"] == person.sim.workspace.app.bot_id
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="two")
    event = (await heard.of("message", "message_changed"))["event"]
    assert set(event) == {
        "type",
        "subtype",
        "message",
        "previous_message",
        "channel",
        "hidden",
        "ts",
        "event_ts",
        "channel_type",
    }
    assert (event["previous_message"]["text"], event["message"]["text"]) == ("one", "two")
    await client.chat_delete(channel=posted["channel"], ts=posted["ts"])
    event = (await heard.of("message", "message_deleted"))["event"]
    assert event["deleted_ts"] == posted["ts"]


async def test_f23_a_deactivated_user_and_a_lost_event(person: Person, heard: Heard):
    await person.post("user", user="ben", deactivate=True)
    event = (await heard.of("user_change"))["event"]
    assert event["user"]["id"] == person.id("ben")
    assert event["user"]["deleted"] is True
    assert set(event) == {"type", "user", "cache_ts", "event_ts"}
    await person.post("user", user="cara", deactivate=True, silent=True)
    await person.post("user", user="ben", guest=True)
    event = (await heard.of("user_change"))["event"]
    assert event["user"]["id"] == person.id("ben")  # cara's never came


async def test_f20_channels_are_shared_archived_left_and_renamed(person: Person, heard: Heard):
    trading = person.id("trading")
    await person.post("channel", channel="trading", share=True)
    body = await heard.of("channel_shared")
    assert set(body["event"]) == {"type", "connected_team_id", "channel", "event_ts"}
    assert body["is_ext_shared_channel"] is True
    await person.post("channel", channel="trading", unshare=True)
    assert (await heard.of("channel_unshared"))["event"]["previously_connected_team_id"]
    await person.post("channel", channel="trading", archive=True)
    assert set((await heard.of("channel_archive"))["event"]) == {
        "type",
        "channel",
        "user",
        "is_moved",
        "event_ts",
    }
    await person.post("channel", channel="trading", unarchive=True)
    assert (await heard.of("channel_unarchive"))["event"]["channel"] == trading
    await person.post("channel", channel="trading", kick="ben")
    event = (await heard.of("member_left_channel"))["event"]
    assert (event["user"], event["channel"], event["channel_type"]) == (person.id("ben"), trading, "C")
    await person.post("channel", channel="trading", invite="ben")
    assert (await heard.of("member_joined_channel"))["event"]["user"] == person.id("ben")
    await person.post("channel", channel="trading", rename="traders")
    assert (await heard.of("channel_rename"))["event"]["channel"]["name"] == "traders"
    await person.post("channel", channel="desk-private", archive=True)
    assert (await heard.of("group_archive"))["event"]["channel"] == person.id("desk-private")
    await person.post("channel", channel="traders", kick="@bot")
    assert (await heard.of("channel_left"))["event"]["channel"] == trading


async def test_f24_uninstalled(person: Person, heard: Heard):
    await person.post("app", uninstall=True)
    assert set((await heard.of("app_uninstalled"))["event"]) == {"type", "event_ts"}
    tokens = (await heard.of("tokens_revoked"))["event"]["tokens"]
    assert tokens == {"oauth": [], "bot": [person.sim.workspace.app.bot_user_id]}


async def test_only_subscribed_events_with_their_scope_are_sent(person: Person, heard: Heard):
    scopes = ["commands", "chat:write", "im:history", "channels:read", "app_mentions:read"]
    allowed = {**MANIFEST, "oauth_config": {"scopes": {"bot": scopes}}}
    await person.post("app", manifest=allowed)  # all these are allowed, message.im alone is subscribed
    await person.post("channel", channel="trading", share=True)
    await person.post("message", user="ana", channel="trading", text="@Desk_Bot hi")
    await person.post("message", user="ana", channel="@bot", text="hi")
    await heard.of("message")
    assert heard == []
    blind = {**MANIFEST, "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}}}
    await person.post("app", manifest=blind)
    await person.post("message", user="ana", channel="@bot", text="unheard: no im:history")
    await person.post("app", manifest=MANIFEST)
    await person.post("message", user="ana", channel="@bot", text="heard")
    assert (await heard.of("message"))["event"]["text"] == "heard"


async def test_messages_that_cannot_be_typed(person: Person):
    assert (await person.post("message", user="ana", channel="@bot", text=" "))["error"] == "no_text"
    assert (await person.post("message", user="ana", channel="@bot", text="x" * 40_001))[
        "error"
    ] == "msg_too_long"
    read_only = {**MANIFEST["features"], "app_home": {"messages_tab_read_only_enabled": True}}
    await person.post("app", manifest={**MANIFEST, "features": read_only})
    assert (await person.post("message", user="ana", channel="@bot", text="x"))[
        "error"
    ] == "messages_tab_disabled"


async def test_a_message_into_a_thread(person: Person, heard: Heard, client: AsyncWebClient):
    posted = await client.chat_postMessage(channel=person.dm("ana"), text="card")
    await heard.of("message")
    await person.post("message", user="ana", channel="@bot", text="reply", thread_ts=posted["ts"])
    event = (await heard.of("message"))["event"]
    assert event["thread_ts"] == posted["ts"]
    assert event["parent_user_id"] == person.sim.workspace.app.bot_user_id


async def test_rooms_and_people_that_come_are_told(person: Person, heard: Heard, client: AsyncWebClient):
    """Made, joined, renamed, opened again and left, with reactions in between."""
    events = "channel_created team_join message.groups reaction_added reaction_removed group_archive group_unarchive"
    subscribed = {"bot_events": [*events.split(), "group_rename", "group_left"]}
    scopes = [
        "commands",
        "chat:write",
        "channels:read",
        "users:read",
        "groups:history",
        "groups:read",
        "reactions:read",
    ]
    wanted = {**MANIFEST, "oauth_config": {"scopes": {"bot": scopes}}}
    wanted["settings"] = {**MANIFEST["settings"], "event_subscriptions": subscribed}
    assert (await person.post("app", manifest=wanted))["ok"]
    made = (await person.post("channel", create="new-room", members=["ana"]))["id"]
    event = (await heard.of("channel_created"))["event"]
    assert event["channel"] | {"created": 0} == {
        "id": made,
        "name": "new-room",
        "created": 0,
        "creator": person.id("ana"),
    }
    who = (await person.post("user", create="zoe", real_name="Zoe Zimmer"))["id"]
    assert (await heard.of("team_join"))["event"]["user"]["id"] == who
    await person.post("message", user="ana", channel="desk-private", text="psst")
    event = (await heard.of("message"))["event"]
    assert (event["channel_type"], event["text"]) == ("group", "psst")
    posted = await client.chat_postMessage(channel=person.id("trading"), text="card")
    for name in ("reaction_added", "reaction_removed"):
        remove = {"remove": True} if name == "reaction_removed" else {}
        await person.post("react", user="ana", channel="trading", ts=posted["ts"], name="eyes", **remove)
        event = (await heard.of(name))["event"]
        assert (event["reaction"], event["item"]["ts"], event["user"]) == (
            "eyes",
            posted["ts"],
            person.id("ana"),
        )
    await person.post("channel", channel="desk-private", archive=True)
    await heard.of("group_archive")
    await person.post("channel", channel="desk-private", unarchive=True)
    assert (await heard.of("group_unarchive"))["event"]["channel"] == person.id("desk-private")
    await person.post("channel", channel="desk-private", rename="desk-quiet")
    assert (await heard.of("group_rename"))["event"]["channel"]["name"] == "desk-quiet"
    await person.post("channel", channel="desk-quiet", kick="@bot")
    assert (await heard.of("group_left"))["event"]["channel"]


async def test_pins_and_what_is_said_among_several(person: Person, heard: Heard, client: AsyncWebClient):
    place = (await client.conversations_open(users=[person.id("ana"), person.id("ben")]))["channel"]["id"]
    await person.post("message", user="ben", channel=place, text="hello both")
    event = (await heard.of("message"))["event"]
    assert (event["channel_type"], event["channel"], event["text"]) == ("mpim", place, "hello both")
    posted = await client.chat_postMessage(channel=person.id("trading"), text="card")
    for act, name, count in ((client.pins_add, "pin_added", 1), (client.pins_remove, "pin_removed", 0)):
        await act(channel=person.id("trading"), timestamp=posted["ts"])
        event = (await heard.of(name))["event"]
        assert (event["channel_id"], event["item"]["message"]["ts"]) == (person.id("trading"), posted["ts"])
        assert (event["pin_count"], event.get("has_pins")) == (count, None if count else False)


async def test_beyond_the_hours_measure_events_are_lost_and_the_app_is_told(person: Person):
    """Once a minute, over HTTP; an hour later events come again. An event that is lost is not sent later."""
    bodies: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return web.json_response({"challenge": bodies[-1].get("challenge")})

    server = TestServer(web.Application())
    server.app.router.add_post("/events", take)
    await server.start_server()
    try:
        assert (await person.post("app", request_url=str(server.make_url("/events")), events_per_hour=2))[
            "verified"
        ]
        for text in ("one", "two", "three", "four"):
            await person.post("message", user="ana", channel="@bot", text=text)

        async def told() -> list[str]:
            return [body["type"] for body in bodies[1:]] if len(bodies) > 3 else []

        assert sorted(await person.until(told)) == ["app_rate_limited", "event_callback", "event_callback"]
        (limited,) = [body for body in bodies if body["type"] == "app_rate_limited"]
        assert set(limited) == {"token", "type", "team_id", "minute_rate_limited", "api_app_id"}
        assert limited["minute_rate_limited"] % 60 == 0
        await person.post("clock", advance_s=61)
        await person.post("message", user="ana", channel="@bot", text="five")

        async def again() -> bool:
            return sum(body["type"] == "app_rate_limited" for body in bodies) == 2

        await person.until(again)
        await person.post("clock", advance_s=3600)
        await person.post("message", user="ana", channel="@bot", text="six")

        async def heard() -> list[str]:
            return [
                b["event"]["text"]
                for b in bodies
                if b["type"] == "event_callback" and b["event"]["text"] == "six"
            ]

        assert await person.until(heard)
        assert [b["event"]["text"] for b in bodies if b["type"] == "event_callback"] == ["one", "two", "six"]
    finally:
        await server.close()
