"""reactions.*"""

import re
from typing import Any

from senexsim.slack.messages import Message
from senexsim.slack.people.payloads import message_body
from senexsim.slack.webapi.method import Call, RefusedError, method

Json = dict[str, Any]

MOST_KINDS = 23
_NAME = re.compile(r"^[a-z0-9_+'-]+(::skin-tone-[2-6])?$")


def _target(call: Call) -> tuple[Message, str]:
    channel = call.channel()
    name = call.text("name").strip(":")
    if not _NAME.match(name):
        raise RefusedError("invalid_name")
    message = call.ws.messages.standing(channel.id, call.text("timestamp"))
    if message is None:
        raise RefusedError("message_not_found")
    if call.bot_id not in channel.members:
        raise RefusedError("not_in_channel")
    return message, name


@method("reactions.add", "3", "reactions:write")
async def add(call: Call) -> Json:
    message, name = _target(call)
    people = message.reactions.get(name, [])
    if call.bot_id in people:
        raise RefusedError("already_reacted")
    if name not in message.reactions and len(message.reactions) >= MOST_KINDS:
        raise RefusedError("too_many_emoji")
    message.reactions[name] = [*people, call.bot_id]
    call.ws.messages.touch(message)
    call.machinery.events.reaction("reaction_added", message, call.ws.bot, name)
    return {}


@method("reactions.remove", "2", "reactions:write")
async def remove(call: Call) -> Json:
    message, name = _target(call)
    people = message.reactions.get(name, [])
    if call.bot_id not in people:
        raise RefusedError("no_reaction")
    left = [user for user in people if user != call.bot_id]
    if left:
        message.reactions[name] = left
    else:
        del message.reactions[name]
    call.ws.messages.touch(message)
    call.machinery.events.reaction("reaction_removed", message, call.ws.bot, name)
    return {}


@method("reactions.get", "3", "reactions:read")
async def get(call: Call) -> Json:
    channel = call.channel()
    message = call.ws.messages.standing(channel.id, call.text("timestamp"))
    if message is None:
        raise RefusedError("message_not_found")
    return {"type": "message", "channel": channel.id, "message": message_body(call.ws, message)}
