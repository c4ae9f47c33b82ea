"""users.*: people as the bot may see them."""

from typing import Any

from senexsim.slack.people.cards import channel_json, user_json
from senexsim.slack.webapi.conversations import of_types
from senexsim.slack.webapi.method import Call, RefusedError, method

Json = dict[str, Any]


@method("users.info", "4", "users:read")
async def info(call: Call) -> Json:
    return {"user": user_json(call.ws, call.user())}


@method("users.list", "2", "users:read")
async def everybody(call: Call) -> Json:
    people = [user_json(call.ws, user) for user in call.ws.directory.users.values()]
    return call.page(people, "members", 200, 1000) | {"cache_ts": int(call.ws.clock.now())}


@method("users.conversations", "3")
async def conversations(call: Call) -> Json:
    """Those the given user is in; the bot's own without one."""
    who = call.user().id if call.text("user") else call.bot_id
    found = [
        channel
        for channel in of_types(call)
        if who in channel.members and (not channel.is_private or call.bot_id in channel.members)
    ]
    return call.page([channel_json(call.ws, channel) for channel in found], "channels", 100, 999)


@method("users.lookupByEmail", "3", "users:read.email")
async def by_email(call: Call) -> Json:
    name, _, host = call.text("email").partition("@")
    user = call.ws.directory.user(name) if host == "example.com" else None
    if user is None or user.is_bot or user.deleted:
        raise RefusedError("users_not_found")
    return {"user": user_json(call.ws, user)}
