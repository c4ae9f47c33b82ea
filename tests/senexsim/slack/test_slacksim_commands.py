"""Slash commands: fields, acknowledgements, what the person sees, who may run them where."""

from __future__ import annotations

import asyncio
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slacksim_bench import MANIFEST, Person, section

from senexsim.slack import SlackSim

FIELDS = {
    "token",
    "team_id",
    "team_domain",
    "channel_id",
    "channel_name",
    "user_id",
    "user_name",
    "command",
    "text",
    "api_app_id",
    "is_enterprise_install",
    "response_url",
    "trigger_id",
}


async def test_a_command_carries_exactly_slacks_fields(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    heard: list[dict[str, Any]] = []

    @app.command("/quote")
    async def quote(ack, body):
        heard.append(body)
        await ack()

    answer = await person.command("AAPL  SPY <!channel> ＡＡＰＬ 😀")
    assert answer["ok"]
    assert answer["acked"]
    assert answer["error"] is None
    assert set(heard[0]) == FIELDS
    assert all(isinstance(value, str) for value in heard[0].values())
    assert heard[0]["text"] == "AAPL  SPY <!channel> ＡＡＰＬ 😀"
    assert heard[0]["trigger_id"] == answer["trigger_id"]
    assert heard[0]["channel_name"] == "trading"
    assert await person.messages() == []  # an empty acknowledgement shows nothing


async def test_names_of_private_rooms_are_not_told(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    heard: list[str] = []

    @app.command("/quote")
    async def quote(ack, body):
        heard.append(body["channel_name"])
        await ack()

    await person.command(channel="@bot")
    await person.command(channel="desk-private")
    assert heard == ["directmessage", "privategroup"]


async def test_an_acknowledgement_with_text_is_ephemeral(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    @app.command("/quote")
    async def quote(ack):
        await ack("only you")

    await person.command()
    (message,) = await person.messages()
    assert message["ephemeral"] is True
    assert message["text"] == "only you"
    assert await person.messages(user="ben") == []


async def test_in_channel_also_publishes_what_was_typed(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    @app.command("/quote")
    async def quote(ack):
        await ack(text="shown", blocks=[section("shown")], response_type="in_channel")

    await person.command("AAPL")
    typed, shown = await person.messages(user="ben")
    assert typed["text"] == "/quote AAPL"
    assert typed["user"] == person.id("ana")
    assert shown["text"] == "shown"
    assert shown["ephemeral"] is False


async def test_blocks_that_will_not_do_are_the_persons_error(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    @app.command("/quote")
    async def quote(ack):
        await ack(text="x", blocks=[{"type": "nonsense"}])

    answer = await person.command()
    assert answer["ok"] is False
    assert answer["acked"] is True
    assert answer["error"] == "invalid_command_response"


async def test_no_acknowledgement_in_three_seconds_is_a_timeout(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    entered, release = asyncio.Event(), asyncio.Event()

    @app.command("/quote")
    async def quote(ack):
        entered.set()
        await release.wait()
        await ack("late")

    running = asyncio.ensure_future(person.command())
    await entered.wait()
    await person.post("clock", advance_s=2.5)
    assert (await person.get("deliveries"))["deliveries"] == []
    assert not running.done()
    await person.post("clock", advance_s=0.5)
    answer = await running
    release.set()
    assert (answer["ok"], answer["acked"], answer["error"]) == (False, False, "operation_timeout")
    assert await person.messages() == []


async def test_nobody_connected_is_a_failed_dispatch(person: Person):
    answer = await person.command()
    assert (answer["ok"], answer["acked"], answer["error"]) == (False, False, "dispatch_failed")


async def test_commands_arrive_from_channels_the_bot_is_not_in_and_from_guests(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    @app.command("/quote")
    async def quote(ack):
        await ack()

    assert (await person.command(channel="general"))["acked"]
    assert (await person.command(user="dan"))["acked"]


async def test_people_cannot_type_where_they_are_not(
    person: Person, app: AsyncApp, socket: AsyncSocketModeHandler
):
    assert (await person.command(user="dan", channel="desk-private"))["error"] == "channel_not_found"
    await person.post("channel", channel="trading", kick="ben")
    assert (await person.command(user="ben"))["error"] == "not_in_channel"
    await person.post("channel", channel="trading", archive=True)
    assert (await person.command())["error"] == "is_archived"
    await person.post("user", user="cara", deactivate=True)
    assert (await person.command(user="cara"))["error"] == "account_inactive"


async def test_with_a_manifest_only_its_commands_are_delivered():
    import aiohttp

    async with SlackSim(manifest=MANIFEST) as sim, aiohttp.ClientSession(sim.info["page_url"]) as session:
        person = Person(sim, session)
        answer = await person.command(command="/other")
        assert (answer["acked"], answer["error"]) == (False, "dispatch_unknown_command")
        (said,) = await person.messages()
        assert said["ephemeral"]
        assert "`/other` is not a valid command" in said["text"]
        assert (await person.command())["error"] == "dispatch_failed"  # known, but nobody is connected
        assert (await person.get("workspace"))["app"]["display_name"] == "Desk Bot"


async def test_should_escape_turns_names_into_ids():
    import aiohttp

    manifest = {**MANIFEST, "features": {**MANIFEST["features"]}}
    manifest["features"]["slash_commands"] = [
        {"command": "/quote", "description": "x", "should_escape": True}
    ]
    heard: list[str] = []
    async with SlackSim(manifest=manifest) as sim, aiohttp.ClientSession(sim.info["page_url"]) as session:
        from slack_sdk.web.async_client import AsyncWebClient

        app = AsyncApp(client=AsyncWebClient(token=sim.info["bot_token"], base_url=sim.info["api_url"]))

        @app.command("/quote")
        async def quote(ack, body):
            heard.append(body["text"])
            await ack()

        handler = AsyncSocketModeHandler(app, sim.info["app_token"])
        await handler.connect_async()
        person = Person(sim, session)
        await person.command("@ben <b> & @channel")
        await handler.close_async()
        assert heard == [f"<@{person.id('ben')}> &lt;b&gt; &amp; <!channel>"]


async def test_many_commands_run_side_by_side(person: Person, app: AsyncApp, socket: AsyncSocketModeHandler):
    together = asyncio.Barrier(20)

    @app.command("/quote")
    async def quote(ack, body):
        await together.wait()  # none is acknowledged before all have arrived
        await ack(body["text"])

    answers = await asyncio.gather(*(person.command(str(number)) for number in range(20)))
    assert all(answer["acked"] for answer in answers)
    assert sorted(int(m["text"]) for m in await person.messages()) == list(range(20))
