"""pins.*: messages that stay at hand in a conversation."""

from typing import Any

from senexsim.slack.directory import Channel
from senexsim.slack.messages import Message
from senexsim.slack.people.payloads import message_body
from senexsim.slack.webapi.conversations import pin_count
from senexsim.slack.webapi.method import Call, RefusedError, method

Json = dict[str, Any]

MOST_PINS = 100


def _target(call: Call) -> tuple[Channel, Message]:
    channel = call.channel()
    if call.bot_id not in channel.members:
        raise RefusedError("not_in_channel")
    if not call.text("timestamp"):
        raise RefusedError("no_item_specified")
    message = call.ws.messages.standing(channel.id, call.text("timestamp"))
    if message is None:
        raise RefusedError("message_not_found")
    return channel, message


@method("pins.add", "2", "pins:write")
async def add(call: Call) -> Json:
    channel, message = _target(call)
    if message.pinned is not None:
        raise RefusedError("already_pinned")
    if pin_count(call, channel) >= MOST_PINS:
        raise RefusedError("too_many_pins")
    message.pinned = (call.bot_id, int(call.ws.clock.now()))
    call.ws.messages.touch(message)
    call.machinery.events.pin("pin_added", message, channel, call.ws.bot, pin_count(call, channel))
    return {}


@method("pins.remove", "2", "pins:write")
async def remove(call: Call) -> Json:
    channel, message = _target(call)
    if message.pinned is None:
        raise RefusedError("no_pin")
    message.pinned = None
    call.ws.messages.touch(message)
    call.machinery.events.pin("pin_removed", message, channel, call.ws.bot, pin_count(call, channel))
    return {}


@method("pins.list", "2", "pins:read")
async def listing(call: Call) -> Json:
    """The newest pin first."""
    channel = call.channel()
    if call.bot_id not in channel.members:
        raise RefusedError("not_in_channel")
    found = [(m, m.pinned) for m in call.ws.messages.history(channel.id) if m.pinned is not None]
    items = [
        {
            "type": "message",
            "channel": channel.id,
            "created": when,
            "created_by": who,
            "message": message_body(call.ws, message),
        }
        for message, (who, when) in sorted(found, key=lambda each: each[1][1], reverse=True)
    ]
    return {"items": items}
