"""chat.* with the unmodified SDK: what is answered, what is refused, what people see."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slacksim_bench import Person, actions, button, section

from senexsim.slack import SlackSim


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"]


async def test_posting_answers_the_message_with_completed_blocks(person: Person, client: AsyncWebClient):
    metadata = {"event_type": "card", "event_payload": {"key": "1"}}
    blocks = [section("*hi*"), {"type": "actions", "elements": [{**button("x"), "action_id": "go"}]}]
    posted = await client.chat_postMessage(
        channel=person.id("trading"), text="hi", blocks=blocks, metadata=metadata
    )
    assert set(posted.data) == {"ok", "channel", "ts", "message"}
    message = posted["message"]
    assert {"user", "type", "ts", "bot_id", "app_id", "text", "team", "bot_profile", "blocks"} <= set(message)
    assert message["metadata"] == metadata
    assert all(block["block_id"] for block in message["blocks"])
    assert message["blocks"][0]["text"]["verbatim"] is False
    assert message["blocks"][1]["elements"][0]["text"]["emoji"] is True


async def test_a_timestamp_is_never_given_twice(person: Person, client: AsyncWebClient):
    await person.post("fault", target="ratelimit", kind="off")
    stamps = [
        (await client.chat_postMessage(channel=person.id("trading"), text="x"))["ts"] for _ in range(20)
    ]
    assert stamps == sorted(set(stamps), key=float)
    assert all(len(stamp.partition(".")[2]) == 6 for stamp in stamps)


@pytest.mark.parametrize(
    ("channel", "error"),
    [("general", "not_in_channel"), ("C0NOWHERE", "channel_not_found"), ("", "channel_not_found")],
)
async def test_where_the_bot_may_post(person: Person, client: AsyncWebClient, channel: str, error: str):
    known = person.sim.workspace.directory.channel(channel)
    assert await refusal(client.chat_postMessage(channel=known.id if known else channel, text="x")) == error


async def test_private_rooms_without_the_bot_do_not_exist_for_it(person: Person, client: AsyncWebClient):
    await person.post("channel", channel="desk-private", kick="@bot")
    assert (
        await refusal(client.chat_postMessage(channel=person.id("desk-private"), text="x"))
        == "channel_not_found"
    )
    assert await refusal(client.conversations_info(channel=person.id("desk-private"))) == "channel_not_found"


async def test_archived_channels_take_nothing(person: Person, client: AsyncWebClient):
    posted = await client.chat_postMessage(channel=person.id("trading"), text="x")
    await person.post("channel", channel="trading", archive=True)
    assert await refusal(client.chat_postMessage(channel=posted["channel"], text="x")) == "is_archived"
    assert (
        await refusal(client.chat_update(channel=posted["channel"], ts=posted["ts"], text="y"))
        == "is_archived"
    )


async def test_a_user_id_means_that_persons_direct_message(person: Person, client: AsyncWebClient):
    posted = await client.chat_postMessage(channel=person.id("ana"), text="hi")
    assert posted["channel"] == person.dm("ana") != person.id("ana")
    assert [m["text"] for m in await person.messages("@bot")] == ["hi"]
    assert await person.messages("@bot", "ben") == []
    await person.post("user", user="ben", deactivate=True)
    assert await refusal(client.chat_postMessage(channel=person.id("ben"), text="x")) == "channel_not_found"
    assert await refusal(client.conversations_open(users=person.id("ben"))) == "user_disabled"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "no_text"),
        ({"text": "   "}, "no_text"),
        ({"blocks": "{"}, "invalid_blocks_format"),
        ({"blocks": "{}"}, "invalid_blocks_format"),
        ({"blocks": [section("x" * 2700, block_id=str(n)) for n in range(5)]}, "msg_blocks_too_long"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
        ({"text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
    ],
)
async def test_messages_that_will_not_do(person: Person, client: AsyncWebClient, arguments: dict, error: str):
    call = client.api_call("chat.postMessage", json={"channel": person.id("trading"), **arguments})
    assert await refusal(call) == error
    assert await person.messages() == []


async def test_invalid_blocks_say_what_and_where(person: Person, client: AsyncWebClient):
    bad = [section("x"), actions(button("go", "x" * 76), button("go"))]
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=person.id("trading"), text="x", blocks=bad)
    answer = caught.value.response
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {line}" for line in answer["errors"]]
    assert "must be less than 76 characters [json-pointer:/blocks/1/elements/0/text/text]" in answer["errors"]
    assert any("[json-pointer:/blocks/1/elements/1/action_id]" in line for line in answer["errors"])


async def test_long_text_is_cut_when_posted_and_refused_in_an_edit(person: Person, client: AsyncWebClient):
    posted = await client.chat_postMessage(channel=person.id("trading"), text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    edit = {"channel": posted["channel"], "ts": posted["ts"]}
    assert await refusal(client.chat_update(**edit, text="x" * 4001)) == "msg_too_long"
    assert (await client.chat_update(**edit, text="x" * 4000))["ok"]


async def test_edits_keep_what_they_do_not_name(person: Person, client: AsyncWebClient):
    posted = await client.chat_postMessage(channel=person.id("trading"), text="one", blocks=[section("one")])
    edit = {"channel": posted["channel"], "ts": posted["ts"]}
    updated = await client.chat_update(**edit, text="two")
    assert updated["message"]["blocks"] == posted["message"]["blocks"]
    assert set(updated["message"]["edited"]) == {"user", "ts"}
    assert updated["ts"] == posted["ts"]
    updated = await client.chat_update(**edit, text="three", blocks=[])
    assert "blocks" not in updated["message"]


async def test_only_own_standing_messages_are_edited_or_deleted(person: Person, client: AsyncWebClient):
    told = await person.post("message", user="ana", channel="trading", text="mine")
    channel = person.id("trading")
    assert (
        await refusal(client.chat_update(channel=channel, ts=told["ts"], text="x")) == "cant_update_message"
    )
    assert await refusal(client.chat_delete(channel=channel, ts=told["ts"])) == "cant_delete_message"
    posted = await client.chat_postMessage(channel=channel, text="x")
    await client.chat_delete(channel=channel, ts=posted["ts"])
    assert (
        await refusal(client.chat_update(channel=channel, ts=posted["ts"], text="y")) == "message_not_found"
    )
    assert await refusal(client.chat_delete(channel=channel, ts=posted["ts"])) == "message_not_found"


async def test_ephemerals_are_for_one_and_nowhere_else(person: Person, client: AsyncWebClient):
    channel, ana = person.id("trading"), person.id("ana")
    answer = await client.chat_postEphemeral(channel=channel, user=ana, text="psst")
    assert set(answer.data) == {"ok", "message_ts"}
    ts = answer["message_ts"]
    assert [m["text"] for m in await person.messages()] == ["psst"]
    assert await person.messages(user="ben") == []
    assert await refusal(client.chat_update(channel=channel, ts=ts, text="x")) == "message_not_found"
    assert await refusal(client.chat_delete(channel=channel, ts=ts)) == "message_not_found"
    assert await refusal(client.chat_getPermalink(channel=channel, message_ts=ts)) == "message_not_found"
    nobody = client.chat_postEphemeral(channel=channel, user="U404", text="x")
    assert await refusal(nobody) == "user_not_in_channel"
    outside = client.chat_postEphemeral(channel=person.id("general"), user=ana, text="x")
    assert await refusal(outside) == "not_in_channel"


async def test_an_ephemeral_for_someone_away_or_in_no_thread_is_not_shown(
    person: Person, client: AsyncWebClient
):
    channel, ana = person.id("trading"), person.id("ana")
    parent = await client.chat_postMessage(channel=channel, text="parent")
    for more in ({"thread_ts": parent["ts"]}, {}):
        if not more:
            await person.post("user", user="ana", away=True)
        assert (await client.chat_postEphemeral(channel=channel, user=ana, text="psst", **more))["message_ts"]
    assert [m["text"] for m in await person.messages()] == ["parent"]


async def test_a_reply_to_a_reply_goes_to_the_parent(person: Person, client: AsyncWebClient):
    channel = person.id("trading")
    parent = await client.chat_postMessage(channel=channel, text="parent")
    reply = await client.chat_postMessage(channel=channel, text="one", thread_ts=parent["ts"])
    second = await client.chat_postMessage(channel=channel, text="two", thread_ts=reply["ts"])
    assert second["message"]["thread_ts"] == parent["ts"]
    assert reply["message"]["parent_user_id"] == person.sim.workspace.app.bot_user_id


async def test_permalinks_have_slacks_form(person: Person, client: AsyncWebClient):
    channel = person.id("trading")
    parent = await client.chat_postMessage(channel=channel, text="parent")
    reply = await client.chat_postMessage(channel=channel, text="one", thread_ts=parent["ts"])
    link = (await client.chat_getPermalink(channel=channel, message_ts=parent["ts"]))["permalink"]
    assert link == f"https://senex-desk.slack.com/archives/{channel}/p{parent['ts'].replace('.', '')}"
    link = (await client.chat_getPermalink(channel=channel, message_ts=reply["ts"]))["permalink"]
    assert link.endswith(f"?thread_ts={parent['ts']}&cid={channel}")


async def test_scheduled_messages_come_in_time_and_can_be_called_off(person: Person, client: AsyncWebClient):
    channel, now = person.id("trading"), int(person.sim.workspace.clock.now())
    kept = await client.chat_scheduleMessage(channel=channel, text="kept", post_at=now + 100)
    off = await client.chat_scheduleMessage(channel=channel, text="off", post_at=now + 100)
    listed = await client.chat_scheduledMessages_list(channel=channel)
    assert {entry["id"] for entry in listed["scheduled_messages"]} == {
        kept["scheduled_message_id"],
        off["scheduled_message_id"],
    }
    await client.chat_deleteScheduledMessage(
        channel=channel, scheduled_message_id=off["scheduled_message_id"]
    )
    seq = person.sim.workspace.bus.seq
    await person.post("clock", advance_s=101)
    assert [m["text"] for m in await person.next_messages(seq)] == ["kept"]
    late = client.chat_scheduleMessage(channel=channel, text="x", post_at=now - 10)
    assert await refusal(late) == "time_in_past"
    far = client.chat_scheduleMessage(channel=channel, text="x", post_at=now + 121 * 86_400)
    assert await refusal(far) == "time_too_far"


async def test_thirty_scheduled_messages_per_window_and_channel(person: Person, client: AsyncWebClient):
    channel = person.id("trading")
    window = (int(person.sim.workspace.clock.now()) // 300 + 2) * 300
    for _ in range(30):
        await client.chat_scheduleMessage(channel=channel, text="x", post_at=window)
    one_more = client.chat_scheduleMessage(channel=channel, text="x", post_at=window + 299)
    assert await refusal(one_more) == "restricted_too_many"
    assert (await client.chat_scheduleMessage(channel=channel, text="x", post_at=window + 300))["ok"]


async def test_input_that_comes_out_raw_is_told_in_the_ledger(person: Person, client: AsyncWebClient):
    await person.post(
        "message", user="ana", channel="@bot", text="hello <!channel> <https://evil.example|bank>"
    )
    channel = person.id("trading")
    raw = [section("you said <!channel>")]
    await client.chat_postMessage(channel=channel, text="see <https://evil.example|bank>", blocks=raw)
    await client.chat_postMessage(channel=channel, text="you said &lt;!channel&gt;")
    plain = [{"type": "header", "text": {"type": "plain_text", "text": "<!channel>"}}]
    await client.chat_postMessage(channel=channel, text="x", blocks=plain)
    await client.chat_postMessage(channel=channel, text="<!here> is the bot's own")
    warned = [call["warnings"] for call in (await person.get("calls", method="chat.postMessage"))["calls"]]
    assert len(warned[0]) == 2
    assert any("/blocks/0/text/text" in line and "<!channel>" in line for line in warned[0])
    assert warned[1:] == [[], [], []]


async def test_the_tab_for_messages_can_be_off():
    from slacksim_bench import MANIFEST

    features = {
        **MANIFEST["features"],
        "app_home": {"home_tab_enabled": False, "messages_tab_enabled": False},
    }
    async with SlackSim(manifest={**MANIFEST, "features": features}) as sim:
        client = AsyncWebClient(token=sim.info["bot_token"], base_url=sim.info["api_url"])
        ana = sim.info["users"][0]["id"]
        assert await refusal(client.chat_postMessage(channel=ana, text="x")) == "messages_tab_disabled"
        home = {"type": "home", "blocks": [section("x")]}
        assert await refusal(client.views_publish(user_id=ana, view=home)) == "not_enabled"
