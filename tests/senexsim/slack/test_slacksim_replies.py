"""response_url: five uses, thirty minutes, ephemeral by default, replace and delete; without the bot's membership."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slacksim_bench import Person, actions, button, section


@pytest.fixture
def urls(app: AsyncApp) -> list[str]:
    """The addresses of commands (acknowledged with `first` when the text is `say`) and of presses."""
    collected: list[str] = []

    @app.command("/quote")
    async def quote(ack, body):
        collected.append(body["response_url"])
        await (ack("first") if body["text"] == "say" else ack())

    @app.action("go")
    async def go(ack, body):
        collected.append(body["response_url"])
        await ack()

    return collected


@pytest_asyncio.fixture
async def reply(urls: list[str], socket: AsyncSocketModeHandler):
    async def send(index: int = -1, **body: Any) -> tuple[int, str]:
        answer = await AsyncWebhookClient(urls[index]).send_dict(body)
        return answer.status_code, answer.body

    return send


async def test_five_uses_and_no_more(person: Person, reply):
    await person.command()
    for number in range(5):
        assert await reply(text=str(number)) == (200, "ok")
    status, body = await reply(text="sixth")
    assert status == 404
    assert "used_url" in body
    assert [m["text"] for m in await person.messages()] == list("01234")
    assert all(m["ephemeral"] for m in await person.messages())


async def test_thirty_minutes_and_no_longer(person: Person, reply):
    await person.command()
    await person.post("clock", advance_s=1799)
    assert (await reply(text="in time"))[0] == 200
    await person.post("clock", advance_s=2)
    status, body = await reply(text="late")
    assert status == 404
    assert "expired_url" in body


async def test_an_unknown_address_is_nobodys(person: Person, reply, urls: list[str]):
    await person.command()
    urls.append(urls[0][:-1] + ("x" if urls[0][-1] != "x" else "y"))
    assert (await reply(text="x"))[0] == 404
    assert await person.messages() == []


async def test_in_channel_is_for_all_even_where_the_bot_is_not(person: Person, reply):
    await person.command(channel="general")
    await reply(text="public", response_type="in_channel")
    (message,) = await person.messages("general", "ben")
    assert (message["text"], message["ephemeral"]) == ("public", False)


async def test_the_ephemeral_of_the_acknowledgement_can_be_replaced_and_deleted(person: Person, reply):
    await person.command("say")
    await reply(text="second", replace_original=True)
    (message,) = await person.messages()
    assert (message["text"], message["ephemeral"]) == ("second", True)
    assert [version["text"] for version in message["versions"]] == ["first", "second"]
    await reply(delete_original=True)
    assert (await person.messages())[0]["deleted"] is True


async def test_the_first_reply_is_what_later_ones_replace(person: Person, reply):
    await person.command()
    await reply(text="progress", replace_original=True)
    await reply(text="result", replace_original=True)
    (message,) = await person.messages()
    assert message["text"] == "result"


async def test_a_press_replaces_or_deletes_its_message_or_adds_one(
    person: Person, client: AsyncWebClient, reply
):
    posted = await client.chat_postMessage(
        channel=person.id("trading"), text="card", blocks=[actions(button("go"))]
    )
    await person.post("click", user="ana", channel="trading", ts=posted["ts"], action_id="go")
    await reply(text="aside", replace_original=False)
    await reply(text="new card", blocks=[section("new")], replace_original=True)
    card, aside = await person.messages()
    assert (card["text"], card["ephemeral"]) == ("new card", False)
    assert (aside["text"], aside["ephemeral"]) == ("aside", True)
    await reply(delete_original=True)
    assert (await person.messages())[0]["deleted"] is True


async def test_a_reply_into_a_thread(person: Person, client: AsyncWebClient, reply):
    posted = await client.chat_postMessage(channel=person.id("trading"), text="card")
    await person.command()
    await reply(text="in thread", response_type="in_channel", replace_original=False, thread_ts=posted["ts"])
    assert (await person.messages())[1]["thread_ts"] == posted["ts"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"text": "x", "response_type": "loud"}, "invalid_response_type"),
    ],
)
async def test_a_reply_that_will_not_do_is_refused_and_not_counted(person: Person, reply, body, error):
    await person.command()
    status, said = await reply(**body)
    assert status == 400
    assert error in said
    for _ in range(5):
        assert (await reply(text="fine"))[0] == 200


async def test_people_who_are_away_get_no_ephemeral(person: Person, reply):
    await person.command()
    await person.post("user", user="ana", away=True)
    assert (await reply(text="unseen"))[0] == 200
    assert await person.messages() == []


async def test_a_reload_drops_ephemerals_and_keeps_the_rest(person: Person, client: AsyncWebClient, reply):
    await person.command()
    await reply(text="gone")
    await client.chat_postMessage(channel=person.id("trading"), text="stays")
    await person.post("user", user="ana", reload=True)
    assert [m["text"] for m in await person.messages()] == ["stays"]


async def test_faults_strike_reply_addresses_too(person: Person, reply, urls: list[str]):
    await person.command()
    await person.post("fault", target="response_url", kind="status", status=500, count=1)
    assert (await reply(text="x"))[0] == 500
    await person.post("fault", target="response_url", kind="accepted-then-dropped", count=1)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.post(urls[0], json={"text": "took effect"})
    assert [m["text"] for m in await person.messages()] == ["took effect"]
    calls = (await person.get("calls", method="response_url"))["calls"]
    assert [call["status"] for call in calls] == [500, 0]
