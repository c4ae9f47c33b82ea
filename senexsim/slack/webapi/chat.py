"""chat.*: posting, editing, deleting, ephemerals, permalinks."""

from typing import Any

from senexsim.slack.directory import Channel
from senexsim.slack.people.payloads import message_body
from senexsim.slack.webapi.method import Call, RateLimitedError, RefusedError, method

Json = dict[str, Any]


@method("chat.postMessage", "special", "chat:write")
async def post_message(call: Call) -> Json:
    channel = call.postable()
    content = call.machinery.posting.content(call.args)
    thread_ts = thread_of(call, channel)
    spend_post(call, channel)
    message = call.machinery.posting.post(
        channel,
        call.bot_id,
        content,
        by_app=True,
        thread_ts=thread_ts,
        broadcast=call.flag("reply_broadcast") and thread_ts is not None,
    )
    return {"channel": channel.id, "ts": message.ts, "message": message_body(call.ws, message)}


def spend_post(call: Call, channel: Channel) -> None:
    """About one message a second and channel. Raises RateLimitedError."""
    wait = call.ws.limits.post(channel.id)
    if wait is not None:
        raise RateLimitedError(wait)


def thread_of(call: Call, channel: Channel) -> str | None:
    """The parent's ts, also when a reply's was given, as Slack files it."""
    given = call.text("thread_ts")
    if not given:
        return None
    parent = call.ws.messages.find(channel.id, given)
    if parent is None or parent.ephemeral_to is not None:
        raise RefusedError("thread_not_found")
    return parent.thread_ts if parent.is_reply else given


@method("chat.update", "3", "chat:write")
async def update(call: Call) -> Json:
    channel = call.channel()
    message = call.own_message(channel, "cant_update_message")
    if channel.is_archived:
        raise RefusedError("is_archived")
    call.machinery.posting.edit(message, call.machinery.posting.content(call.args, before=message.content))
    body = message_body(call.ws, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.content.text, "message": body}


@method("chat.delete", "3", "chat:write")
async def delete(call: Call) -> Json:
    channel = call.channel()
    message = call.own_message(channel, "cant_delete_message")
    call.machinery.posting.delete(message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", "4", "chat:write")
async def post_ephemeral(call: Call) -> Json:
    """Answers `message_ts` alone. Nothing is shown to a person who is away, or in a thread that is not there."""
    channel = call.postable()
    if call.bot_id not in channel.members:
        raise RefusedError("not_in_channel")
    user = call.ws.directory.users.get(call.text("user"))
    if user is None or user.id not in channel.members or user.deleted:
        raise RefusedError("user_not_in_channel")
    content = call.machinery.posting.content(call.args)
    thread_ts = call.text("thread_ts") or None
    unseen = thread_ts is not None and not call.ws.messages.replies(channel.id, thread_ts)
    if user.away or unseen:
        return {"message_ts": call.ws.ids.ts(call.ws.clock.now())}
    message = call.machinery.posting.post(
        channel, call.bot_id, content, by_app=True, thread_ts=thread_ts, ephemeral_to=user.id
    )
    return {"message_ts": message.ts}


@method("chat.getPermalink", "special")
async def permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.ws.messages.standing(channel.id, call.text("message_ts"))
    if message is None:
        raise RefusedError("message_not_found")
    link = f"https://{call.ws.team_domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
