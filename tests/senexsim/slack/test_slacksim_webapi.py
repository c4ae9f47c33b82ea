"""The rest of the Web API: tokens, scopes, conversations, users, reactions, files, forms and queries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slacksim_bench import MANIFEST, Person, section

from senexsim.slack import SlackSim
from senexsim.slack.webapi.method import HISTORY_SCOPES, METHODS, READ_SCOPES


async def refusal(call: Any) -> Any:
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response


def with_scopes(*scopes: str) -> dict[str, Any]:
    return {**MANIFEST, "oauth_config": {"scopes": {"bot": ["commands", "chat:write", *scopes]}}}


@asynccontextmanager
async def installed(*scopes: str) -> AsyncIterator[tuple[Person, AsyncWebClient]]:
    """A workspace whose app has these scopes besides commands and chat:write."""
    sim = SlackSim(manifest=with_scopes(*scopes))
    async with sim, aiohttp.ClientSession(sim.info["page_url"]) as session:
        yield Person(sim, session), AsyncWebClient(token=sim.info["bot_token"], base_url=sim.info["api_url"])


async def test_auth_test_tells_who_and_with_which_scopes(sim: SlackSim, client: AsyncWebClient):
    answer = await client.auth_test()
    assert answer["user_id"] == sim.workspace.app.bot_user_id
    assert answer["bot_id"] == sim.workspace.app.bot_id
    assert set(answer.headers["x-oauth-scopes"].split(",")) >= {
        "commands",
        "chat:write",
        "im:write",
        "files:write",
    }


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, "not_authed"),
        ({"Authorization": "Bearer xoxb-wrong"}, "invalid_auth"),
        ({"Authorization": "Basic abc"}, "not_authed"),
    ],
)
async def test_tokens_are_checked(person: Person, headers: dict, error: str):
    url = person.sim.info["api_url"] + "auth.test"
    async with aiohttp.ClientSession() as session, session.post(url, headers=headers) as response:
        assert response.status == 200
        assert await response.json() == {"ok": False, "error": error}


async def test_app_tokens_do_not_post(person: Person, sim: SlackSim):
    client = AsyncWebClient(token=sim.info["app_token"], base_url=sim.info["api_url"])
    answer = await refusal(client.chat_postMessage(channel=person.id("trading"), text="x"))
    assert answer["error"] == "not_allowed_token_type"


async def test_queries_forms_and_json_are_all_understood(person: Person, sim: SlackSim):
    auth = {"Authorization": f"Bearer {sim.info['bot_token']}"}
    url, trading = sim.info["api_url"] + "chat.postMessage", person.id("trading")
    blocks = '[{"type":"divider"}]'
    async with aiohttp.ClientSession(headers=auth) as session:
        for more in (
            {"json": {"channel": trading, "text": "x", "blocks": [{"type": "divider"}]}},
            {"data": {"channel": trading, "text": "x", "blocks": blocks}},
            {"params": {"channel": trading, "text": "x", "blocks": blocks}},
        ):
            async with session.post(url, **more) as response:
                assert (await response.json())["message"]["blocks"][0]["type"] == "divider"
        for data, error in ((b"{", "invalid_json"), (b"[]", "json_not_object")):
            async with session.post(url, data=data, headers={"Content-Type": "application/json"}) as response:
                assert (await response.json())["error"] == error
        async with session.get(sim.info["api_url"] + "no.such") as response:
            assert (await response.json())["error"] == "unknown_method"
    async with aiohttp.ClientSession() as session:
        form = {"token": sim.info["bot_token"], "channel": trading, "text": "by form"}
        async with session.post(url, data=form) as response:
            assert (await response.json())["ok"] is True


async def test_api_test_echoes(client: AsyncWebClient):
    assert (await client.api_test(foo="bar"))["args"]["foo"] == "bar"
    assert (await refusal(client.api_test(error="my_error")))["error"] == "my_error"


async def test_without_a_manifest_no_scope_is_missing():
    """Any app may be pointed at the simulator; only posting where the bot was not invited stays closed."""
    async with SlackSim() as sim:
        client = AsyncWebClient(token=sim.info["bot_token"], base_url=sim.info["api_url"])
        given = set((await client.auth_test()).headers["x-oauth-scopes"].split(","))
        wanted = {method.scope for method in METHODS.values() if method.scope and not method.app_token}
        kept_back = {"chat:write.public"}
        assert wanted | set(READ_SCOPES.values()) | set(HISTORY_SCOPES.values()) <= given
        assert not given & kept_back
        trading = next(c["id"] for c in sim.info["channels"] if c["name"] == "trading")
        await client.conversations_join(channel=trading)
        said = await client.chat_postMessage(channel=trading, text="hello")
        await client.reactions_add(channel=trading, timestamp=said["ts"], name="eyes")
        newest = (await client.conversations_history(channel=trading, limit=1))["messages"][0]
        assert newest["text"] == "hello"


async def test_a_missing_scope_is_named():
    async with SlackSim(manifest=with_scopes()) as sim:
        client = AsyncWebClient(token=sim.info["bot_token"], base_url=sim.info["api_url"])
        answer = await refusal(client.users_info(user=sim.info["users"][0]["id"]))
        assert answer["error"] == "missing_scope"
        assert (answer["needed"], answer["provided"]) == ("users:read", "commands,chat:write")
        for call, needed in (
            (client.users_lookupByEmail(email="ana@example.com"), "users:read.email"),
            (client.conversations_list(types="im"), "im:read"),
            (client.team_info(), "team:read"),
            (client.usergroups_list(), "usergroups:read"),
        ):
            assert (await refusal(call))["needed"] == needed
        private = next(c["id"] for c in sim.info["channels"] if c["is_private"] and not c["is_im"])
        assert (await refusal(client.conversations_info(channel=private)))["needed"] == "groups:read"
        assert (await client.auth_test()).headers["x-oauth-scopes"] == "commands,chat:write"


async def test_uninstalled_and_revoked(person: Person, client: AsyncWebClient):
    await person.post("app", revoke_tokens=True)
    assert (await refusal(client.auth_test()))["error"] == "token_revoked"
    await person.post("app", reinstall=True)
    assert (await client.auth_test())["ok"]
    await person.post("app", uninstall=True)
    assert (await refusal(client.auth_test()))["error"] == "account_inactive"


async def test_people_and_what_they_are(person: Person, client: AsyncWebClient):
    guest = (await client.users_info(user=person.id("dan")))["user"]
    assert guest["is_restricted"] is True
    assert guest["is_bot"] is False
    assert guest["deleted"] is False
    assert {"tz", "tz_offset", "profile", "team_id", "color", "real_name"} <= set(guest)
    assert (await client.users_info(user=person.sim.workspace.app.bot_user_id))["user"]["is_bot"] is True
    await person.post("user", user="ben", deactivate=True)
    gone = (await client.users_info(user=person.id("ben")))["user"]
    assert gone["deleted"] is True
    assert "tz" not in gone
    assert (await refusal(client.users_info(user="U404")))["error"] == "user_not_found"


async def test_lists_come_in_pages(person: Person, client: AsyncWebClient):
    names: list[str] = []
    async for page in await client.users_list(limit=2):
        assert len(page["members"]) <= 2
        names += [user["name"] for user in page["members"]]
    assert len(names) == len(set(names)) == len(person.sim.workspace.directory.users)
    assert (await refusal(client.users_list(cursor="nonsense")))["error"] == "invalid_cursor"


async def test_conversations_and_their_kinds(person: Person, client: AsyncWebClient):
    public = (await client.conversations_list())["channels"]
    assert {channel["name"] for channel in public} == {"trading", "general", "desk-partners"}
    assert {c["name"]: c["is_member"] for c in public}["general"] is False
    both = (await client.conversations_list(types="public_channel,private_channel"))["channels"]
    assert "desk-private" in {channel["name"] for channel in both}
    direct = (await client.conversations_list(types="im"))["channels"]
    assert person.dm("ana") in {channel["id"] for channel in direct}
    shared = (await client.conversations_info(channel=person.id("desk-partners")))["channel"]
    assert shared["is_ext_shared"] is True
    assert shared["is_private"] is False
    mine = (await client.users_conversations(types="public_channel"))["channels"]
    assert {channel["name"] for channel in mine} == {"trading", "desk-partners"}
    members = (await client.conversations_members(channel=person.id("trading")))["members"]
    assert person.id("dan") in members
    assert person.sim.workspace.app.bot_user_id in members


async def test_direct_messages_are_opened(person: Person, client: AsyncWebClient):
    answer = await client.conversations_open(users=[person.id("ana")])
    assert answer["channel"]["id"] == person.dm("ana")
    assert answer["already_open"] is True
    made = (await person.post("user", create="eve"))["id"]
    assert (await client.conversations_open(users=made, return_im=True))["channel"]["user"] == made
    assert (await refusal(client.conversations_open(users="")))["error"] == "users_list_not_supplied"
    assert (await refusal(client.conversations_open(users="U404")))["error"] == "user_not_found"


async def test_history_and_threads():
    async with installed("channels:history", "channels:join", "im:history") as (person, client):
        trading = person.id("trading")
        parent = await client.chat_postMessage(
            channel=trading, text="parent", metadata={"event_type": "e", "event_payload": {}}
        )
        await client.chat_postMessage(channel=trading, text="reply", thread_ts=parent["ts"])
        await client.chat_postMessage(
            channel=trading, text="loud", thread_ts=parent["ts"], reply_broadcast=True
        )
        await client.chat_postEphemeral(channel=trading, user=person.id("ana"), text="psst")
        history = await client.conversations_history(channel=trading)
        assert [m["text"] for m in history["messages"]] == ["loud", "parent"]
        assert "metadata" not in history["messages"][1]
        assert history["messages"][1]["reply_count"] == 2
        full = await client.conversations_history(channel=trading, include_all_metadata=True, limit=1)
        assert full["has_more"] is True
        thread = await client.conversations_replies(channel=trading, ts=parent["ts"])
        assert [m["text"] for m in thread["messages"]] == ["parent", "reply", "loud"]
        later = await client.conversations_history(channel=trading, oldest=parent["ts"])
        assert [m["text"] for m in later["messages"]] == ["loud"]
        with_it = await client.conversations_history(channel=trading, oldest=parent["ts"], inclusive=True)
        assert len(with_it["messages"]) == 2
        general = person.id("general")
        assert (await refusal(client.conversations_history(channel=general)))["error"] == "not_in_channel"
        await client.conversations_join(channel=general)
        assert (await client.conversations_history(channel=general))["messages"] == []
        assert (await client.conversations_join(channel=general))["warning"] == "already_in_channel"


async def test_reactions():
    async with installed("reactions:write", "reactions:read") as (person, client):
        posted = await client.chat_postMessage(channel=person.id("trading"), text="x")
        target = {"channel": posted["channel"], "timestamp": posted["ts"]}
        await client.reactions_add(**target, name="eyes")
        assert (await refusal(client.reactions_add(**target, name="eyes")))["error"] == "already_reacted"
        await person.post("react", user="ana", channel="trading", ts=posted["ts"], name="eyes")
        got = (await client.reactions_get(**target))["message"]["reactions"]
        assert got == [{"name": "eyes", "users": [person.sim.workspace.bot.id, person.id("ana")], "count": 2}]
        await client.reactions_remove(**target, name="eyes")
        assert (await refusal(client.reactions_remove(**target, name="eyes")))["error"] == "no_reaction"
        assert (await refusal(client.reactions_add(**target, name="NO SUCH")))["error"] == "invalid_name"


async def test_files_go_up_and_are_shared(person: Person, client: AsyncWebClient):
    answer = await client.files_upload_v2(
        channel=person.id("trading"),
        content="a,b\n1,2\n",
        filename="report.csv",
        initial_comment="the report",
    )
    assert answer["ok"]
    (message,) = await person.messages()
    assert message["text"] == "the report"
    (file,) = message["files"]
    assert (file["name"], file["mimetype"], file["size"]) == ("report.csv", "text/csv", 8)
    status, text, _ = await person.raw("GET", f"/_sim/files/{file['id']}")
    assert (status, text) == (200, "a,b\n1,2\n")


async def test_a_file_is_told_of_once_it_is_there(person: Person, client: AsyncWebClient):
    promised = await client.files_getUploadURLExternal(filename="x.csv", length=4)
    assert (await refusal(client.files_info(file=promised["file_id"])))["error"] == "file_not_found"
    shared = await client.files_upload_v2(
        channel=person.id("trading"), content="a,b\n", filename="report.csv"
    )
    await person.post("clock", advance_s=100)
    found = await client.files_info(file=shared["file"]["id"])
    assert found["file"] == shared["file"]
    assert found["file"]["channels"] == [person.id("trading")]
    assert found["comments"] == []
    async with installed("files:write") as (_, other):
        assert (await refusal(other.files_info(file="F1")))["needed"] == "files:read"


async def test_pins_stay_at_hand():
    async with installed("pins:read", "pins:write", "channels:history") as (person, client):
        room = person.id("trading")
        first, second = [
            (await client.chat_postMessage(channel=room, text=text))["ts"] for text in ("one", "two")
        ]
        await client.pins_add(channel=room, timestamp=first)
        await person.post("clock", advance_s=5)
        await client.pins_add(channel=room, timestamp=second)
        assert (await refusal(client.pins_add(channel=room, timestamp=first)))["error"] == "already_pinned"
        items = (await client.pins_list(channel=room))["items"]
        assert [item["message"]["text"] for item in items] == ["two", "one"]
        assert items[0]["message"]["pinned_to"] == [room]
        assert items[0]["created_by"] == person.sim.workspace.bot.id
        assert (await client.conversations_history(channel=room))["pin_count"] == 2
        await client.pins_remove(channel=room, timestamp=first)
        assert (await refusal(client.pins_remove(channel=room, timestamp=first)))["error"] == "no_pin"
        await client.chat_delete(channel=room, ts=second)
        assert (await client.pins_list(channel=room))["items"] == []
        for wrong, error in (({"timestamp": "1.0"}, "message_not_found"), ({}, "no_item_specified")):
            assert (await refusal(client.pins_add(channel=room, **wrong)))["error"] == error
        elsewhere = client.pins_list(channel=person.id("general"))
        assert (await refusal(elsewhere))["error"] == "not_in_channel"


async def test_several_people_meet_in_one_place(person: Person, client: AsyncWebClient):
    ana, ben, cara = (person.id(name) for name in ("ana", "ben", "cara"))
    made = (await client.conversations_open(users=[ana, ben], return_im=True))["channel"]
    assert (made["is_mpim"], made["is_private"], made["is_group"]) == (True, True, False)
    assert made["name"] == "mpdm-ana--ben--senex-1"
    again = await client.conversations_open(users=f"{ben},{ana},{ben}")
    assert (again["channel"]["id"], again["already_open"]) == (made["id"], True)
    members = (await client.conversations_members(channel=made["id"]))["members"]
    assert members == [ana, ben, person.sim.workspace.bot.id]
    listed = (await client.conversations_list(types="mpim"))["channels"]
    assert [channel["id"] for channel in listed] == [made["id"]]
    assert made["id"] not in {
        c["id"] for c in (await client.conversations_list(types="private_channel"))["channels"]
    }
    await client.chat_postMessage(channel=made["id"], text="for both")
    for name, seen in (("ana", 1), ("ben", 1)):
        assert len(await person.messages(channel=made["id"], user=name)) == seen
    assert await person.messages(channel=made["id"], user="cara") == []
    assert (await client.conversations_history(channel=made["id"]))["messages"][0]["text"] == "for both"
    many = [(await person.post("user", create=f"p{number}"))["id"] for number in range(9)]
    for people, error in (
        ([ana, "U404"], "user_not_found"),
        ([ana, person.sim.workspace.bot.id], "not_enough_users"),
        (many, "too_many_users"),
    ):
        assert (await refusal(client.conversations_open(users=people)))["error"] == error, people
    assert cara not in members
    async with installed("im:write") as (_, other):
        assert (await refusal(other.conversations_open(users=[ana, ben])))["needed"] == "mpim:write"


async def test_files_that_will_not_do(person: Person, client: AsyncWebClient):
    promised = await client.files_getUploadURLExternal(filename="x.png", length=4)
    complete = {"files": [{"id": promised["file_id"]}], "channel_id": person.id("trading")}
    assert (await refusal(client.files_completeUploadExternal(**complete)))["error"] == "file_not_found"
    async with aiohttp.ClientSession() as session:
        async with session.post(promised["upload_url"], data=b"12345") as response:
            assert response.status == 400
        async with session.post(promised["upload_url"], data=b"1234") as response:
            assert await response.text() == "OK - 4"
    elsewhere = {**complete, "channel_id": person.id("general")}
    assert (await refusal(client.files_completeUploadExternal(**elsewhere)))["error"] == "not_in_channel"
    assert (await client.files_completeUploadExternal(**complete))["ok"]
    assert (await refusal(client.files_getUploadURLExternal(filename="x", length=10**9)))[
        "error"
    ] == "file_too_large"


async def test_team_bots_and_groups(person: Person, client: AsyncWebClient):
    bot = (await client.bots_info(bot=person.sim.workspace.app.bot_id))["bot"]
    assert bot["user_id"] == person.sim.workspace.app.bot_user_id
    assert (await refusal(client.bots_info(bot="B404")))["error"] == "bot_not_found"
    assert (await client.team_info())["team"]["id"] == person.sim.workspace.team_id
    assert (await client.usergroups_list())["usergroups"] == []


async def test_what_the_bot_says_in_a_room_it_is_not_in_is_nobodys(person: Person, client: AsyncWebClient):
    await refusal(client.chat_postMessage(channel=person.id("general"), text="x", blocks=[section("x")]))
    assert await person.messages("general") == []
