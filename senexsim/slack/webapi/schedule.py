"""chat.scheduleMessage and its list and delete; the message comes when the workspace's clock says so."""

from typing import Any

from senexsim.slack.directory import Channel
from senexsim.slack.messages import Content
from senexsim.slack.webapi.chat import thread_of
from senexsim.slack.webapi.method import Call, RefusedError, method

Json = dict[str, Any]

FARTHEST_SECONDS = 120 * 86_400
WINDOW_SECONDS = 300
MOST_IN_WINDOW = 30


@method("chat.scheduleMessage", "3", "chat:write")
async def schedule(call: Call) -> Json:
    channel = call.postable()
    content = call.machinery.posting.content(call.args)
    post_at = call.number("post_at", 0)
    now = call.ws.clock.now()
    if post_at <= now:
        raise RefusedError("time_in_past")
    if post_at > now + FARTHEST_SECONDS:
        raise RefusedError("time_too_far")
    _check_window(call, channel, post_at)
    made = call.ws.ids.make("Q")
    call.ws.scheduled[made] = {
        "id": made,
        "channel_id": channel.id,
        "post_at": post_at,
        "date_created": int(now),
        "text": content.text,
    }
    call.machinery.courier.spawn(
        _post_later(call, call.ws.scheduled[made], content, thread_of(call, channel))
    )
    message = {
        "bot_id": call.ws.app.bot_id,
        "type": "delayed_message",
        "text": content.text,
        "user": call.bot_id,
    }
    return {"channel": channel.id, "scheduled_message_id": made, "post_at": post_at, "message": message}


def _check_window(call: Call, channel: Channel, post_at: int) -> None:
    window = post_at // WINDOW_SECONDS
    waiting = call.ws.scheduled.values()
    same = sum(
        1 for s in waiting if s["channel_id"] == channel.id and s["post_at"] // WINDOW_SECONDS == window
    )
    if same >= MOST_IN_WINDOW:
        raise RefusedError("restricted_too_many")


async def _post_later(call: Call, entry: Json, content: Content, thread_ts: str | None) -> None:
    await call.ws.clock.sleep(entry["post_at"] - call.ws.clock.now())
    channel = call.ws.directory.channels[entry["channel_id"]]
    # A message with metadata never comes: a documented fault of Slack's, kept here.
    if call.ws.scheduled.pop(entry["id"], None) is None or content.metadata or channel.is_archived:
        return
    call.machinery.posting.post(channel, call.bot_id, content, by_app=True, thread_ts=thread_ts)


@method("chat.scheduledMessages.list", "3")
async def scheduled(call: Call) -> Json:
    wanted = call.text("channel")
    found = [s for s in call.ws.scheduled.values() if not wanted or s["channel_id"] == wanted]
    return call.page(sorted(found, key=lambda s: s["post_at"]), "scheduled_messages", 100, 1000)


@method("chat.deleteScheduledMessage", "3", "chat:write")
async def unschedule(call: Call) -> Json:
    channel = call.channel()
    entry = call.ws.scheduled.get(call.text("scheduled_message_id"))
    if entry is None or entry["channel_id"] != channel.id:
        raise RefusedError("invalid_scheduled_message_id")
    del call.ws.scheduled[entry["id"]]
    return {}
