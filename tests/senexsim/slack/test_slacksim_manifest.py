"""The app manifest: what is refused whole, and what follows from one that is taken."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slacksim_bench import MANIFEST, Person

from senexsim.slack.manifest import RESERVED_COMMANDS, Manifest, ManifestRefusedError


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good manifest with one thing at `a/b/0/c` set, or taken out when the value is None."""
    made = copy.deepcopy(MANIFEST)
    here: Any = made
    *parents, last = path.split("/")
    for key in parents:
        here = here[int(key)] if isinstance(here, list) else here.setdefault(key, {})
    if value is None:
        del here[last]
    else:
        here[int(last) if isinstance(here, list) else last] = value
    return made


COMMAND = "features/slash_commands/0/command"


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        ("display_information/name", "x" * 36, "/display_information/name"),
        ("display_information/name", None, "/display_information"),
        ("display_information", None, "/"),
        ("display_information/description", "x" * 141, "/display_information/description"),
        ("display_information/long_description", "x" * 174, "/display_information/long_description"),
        ("display_information/long_description", "x" * 4001, "/display_information/long_description"),
        ("display_information/background_color", "blue", "/display_information/background_color"),
        ("features/bot_user/display_name", "x" * 81, "/features/bot_user/display_name"),
        ("features/bot_user", None, "/features/bot_user"),
        (COMMAND, "quote", f"/{COMMAND}"),
        (COMMAND, "/", f"/{COMMAND}"),
        (COMMAND, "/" + "x" * 32, f"/{COMMAND}"),
        (COMMAND, "/two words", f"/{COMMAND}"),
        (COMMAND, "/status", f"/{COMMAND}"),
        (COMMAND, "/remind", f"/{COMMAND}"),
        ("features/slash_commands/0/description", None, "/features/slash_commands/0"),
        ("features/slash_commands/0/description", "x" * 2001, "/features/slash_commands/0/description"),
        ("features/slash_commands/0/usage_hint", "x" * 1001, "/features/slash_commands/0/usage_hint"),
        ("features/shortcuts/0/name", "x" * 25, "/features/shortcuts/0/name"),
        ("features/shortcuts/0/type", "everywhere", "/features/shortcuts/0/type"),
        ("oauth_config/scopes/bot", ["chat:write"], "/oauth_config/scopes/bot"),
        ("settings/interactivity", {}, "/settings/interactivity"),
        ("settings/socket_mode_enabled", "yes", "/settings/socket_mode_enabled"),
        ("settings/event_subscriptions/bot_events", ["e"] * 101, "/settings/event_subscriptions/bot_events"),
        ("extras", {}, "/extras"),
    ],
)
def test_one_fault_refuses_the_whole_manifest(path: str, value: Any, pointer: str):
    assert Manifest(copy.deepcopy(MANIFEST)).name == "Desk"
    with pytest.raises(ManifestRefusedError) as caught:
        Manifest(changed(path, value))
    assert [error["pointer"] for error in caught.value.errors] == [pointer]


def test_all_faults_are_told_at_once():
    bad = changed(COMMAND, "/me")
    bad["display_information"]["name"] = ""
    with pytest.raises(ManifestRefusedError) as caught:
        Manifest(bad)
    assert len(caught.value.errors) == 2


def test_slacks_own_commands_are_reserved():
    assert {
        "/me",
        "/status",
        "/join",
        "/invite",
        "/remind",
        "/search",
        "/topic",
        "/who",
        "/leave",
    } <= RESERVED_COMMANDS
    assert (
        not {"/senex", "/quote", "/order", "/orders", "/positions", "/balances", "/alert", "/halt"}
        & RESERVED_COMMANDS
    )


async def test_a_manifest_can_come_later_and_a_bad_one_changes_nothing(
    person: Person, client: AsyncWebClient
):
    assert (await person.command(command="/other"))["error"] == "dispatch_failed"
    assert (await person.post("app", manifest=MANIFEST))["ok"]
    assert (await person.command(command="/other"))["error"] == "dispatch_unknown_command"
    answer = await person.post("app", manifest=changed(COMMAND, "/status"))
    assert (answer["ok"], answer["error"]) == (False, "invalid_manifest")
    assert [c["command"] for c in (await person.get("workspace"))["commands"]] == ["/quote"]
    with pytest.raises(SlackApiError) as caught:
        await client.users_list()
    assert caught.value.response["provided"] == "commands,chat:write,im:history,im:write"
    await person.post("app", manifest=None)
    assert (await client.users_list())["ok"]


async def test_without_a_manifest_typed_commands_are_offered_again(person: Person):
    await person.command(command="/quote")
    assert [c["command"] for c in (await person.get("workspace"))["commands"]] == ["/quote"]


async def test_unknown_shortcuts_are_refused_with_a_manifest(person: Person):
    await person.post("app", manifest=MANIFEST)
    assert (await person.post("shortcut", user="ana", callback_id="other"))["error"] == "shortcut_not_found"
    assert (await person.post("shortcut", user="ana", callback_id="ask"))["error"] == "dispatch_failed"
