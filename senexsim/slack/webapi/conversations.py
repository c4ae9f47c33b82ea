"""conversations.*: what there is, who is in it, what was said."""

from typing import Any

from senexsim.slack.directory import Channel
from senexsim.slack.messages import Message
from senexsim.slack.people.cards import channel_json
from senexsim.slack.people.payloads import message_body
from senexsim.slack.webapi.method import READ_SCOPES, Call, RefusedError, method

Json = dict[str, Any]

MOST_HISTORY = 999
FEWEST_PEOPLE, MOST_PEOPLE = 2, 8


def of_types(call: Call) -> list[Channel]:
    """The conversations of the kinds asked for (public channels when none are named), archived ones if wanted."""
    kinds = [kind.strip() for kind in (call.text("types") or "public_channel").split(",")]
    for kind in kinds:
        if kind not in READ_SCOPES:
            raise RefusedError("invalid_types")
        call.needs(READ_SCOPES[kind])
    skip = call.flag("exclude_archived")
    return [
        channel
        for channel in call.ws.directory.channels.values()
        if channel.kind in kinds
        and not (skip and channel.is_archived)
        and (not channel.is_private or call.bot_id in channel.members)
    ]


@method("conversations.list", "2")
async def listing(call: Call) -> Json:
    return call.page([channel_json(call.ws, channel) for channel in of_types(call)], "channels", 100, 999)


@method("conversations.info", "3")
async def info(call: Call) -> Json:
    channel = call.channel()
    call.needs_for(channel, "read")
    body = channel_json(call.ws, channel)
    if not call.flag("include_num_members"):
        body.pop("num_members", None)
    return {"channel": body}


@method("conversations.members", "4")
async def members(call: Call) -> Json:
    channel = call.channel()
    call.needs_for(channel, "read")
    return call.page(channel.members, "members", 100, 1000)


@method("conversations.open", "3")
async def opening(call: Call) -> Json:
    """A direct message with one person, or with up to eight in one place."""
    channel_id, users = call.text("channel"), call.listed("users")
    if channel_id:
        channel = call.channel()
        return {"no_op": True, "already_open": True, "channel": {"id": channel.id}}
    if not users:
        raise RefusedError("users_list_not_supplied")
    if len(users) > 1:
        return _group(call, list(dict.fromkeys(users)))
    call.needs("im:write")
    user = call.ws.directory.users.get(users[0])
    if user is None:
        raise RefusedError("user_not_found")
    if user.id == call.bot_id or user.is_bot:
        raise RefusedError("cannot_dm_bot")
    call.person_to_write(user)
    before = len(call.ws.directory.channels)
    channel = call.ws.directory.direct(user.id, call.bot_id)
    known = {"no_op": True, "already_open": True} if before == len(call.ws.directory.channels) else {}
    body = channel_json(call.ws, channel) if call.flag("return_im") else {"id": channel.id}
    return {**known, "channel": body}


def _group(call: Call, users: list[str]) -> Json:
    call.needs("mpim:write")
    people = [who for who in users if who != call.bot_id]
    if len(people) > MOST_PEOPLE:
        raise RefusedError("too_many_users")
    if len(people) < FEWEST_PEOPLE:
        raise RefusedError("not_enough_users")
    for who in people:
        user = call.ws.directory.users.get(who)
        if user is None:
            raise RefusedError("user_not_found")
        if user.is_bot:
            raise RefusedError("cannot_dm_bot")
        call.person_to_write(user)
    before = len(call.ws.directory.channels)
    channel = call.ws.directory.group(people, call.bot_id)
    known = {"no_op": True, "already_open": True} if before == len(call.ws.directory.channels) else {}
    call.ws.bus.tick()
    body = channel_json(call.ws, channel) if call.flag("return_im") else {"id": channel.id}
    return {**known, "channel": body}


@method("conversations.join", "3", "channels:join")
async def join(call: Call) -> Json:
    channel = call.channel()
    if channel.is_im or channel.is_private:
        raise RefusedError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise RefusedError("is_archived")
    already = call.bot_id in channel.members
    if not already:
        channel.members.append(call.bot_id)
        call.machinery.events.member(channel, call.ws.bot, joined=True)
    warning = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return {"channel": channel_json(call.ws, channel), **(warning if already else {})}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    call.needs_for(channel, "history")
    if call.bot_id not in channel.members:
        raise RefusedError("not_in_channel")
    return channel


def _between(call: Call, messages: list[Message]) -> list[Message]:
    """By `oldest`, `latest` and `inclusive`; the bounds themselves only when inclusive."""
    oldest, latest = call.text("oldest") or "0", call.text("latest")
    try:
        low, high = float(oldest), float(latest) if latest else float("inf")
    except ValueError:
        raise RefusedError("invalid_ts_latest" if latest else "invalid_ts_oldest") from None
    inside = call.flag("inclusive")
    return [
        m
        for m in messages
        if (low < float(m.ts) < high) or (inside and (m.ts in {oldest, latest} or float(m.ts) in {low, high}))
    ]


def pin_count(call: Call, channel: Channel) -> int:
    return sum(m.pinned is not None for m in call.ws.messages.history(channel.id))


@method("conversations.history", "3")
async def history(call: Call) -> Json:
    """Newest first; replies only when they were broadcast; no ephemerals."""
    channel = _readable(call)
    top = [m for m in call.ws.messages.history(channel.id) if not m.is_reply or m.broadcast]
    shown = [message_body(call.ws, m) for m in reversed(_between(call, top))]
    if not call.flag("include_all_metadata"):
        shown = [{key: value for key, value in body.items() if key != "metadata"} for body in shown]
    page = call.page(shown, "messages", 100, MOST_HISTORY)
    return page | {
        "has_more": bool(page["response_metadata"]["next_cursor"]),
        "pin_count": pin_count(call, channel),
    }


@method("conversations.replies", "3")
async def replies(call: Call) -> Json:
    """The parent first, then its replies, oldest first."""
    channel = _readable(call)
    parent = call.ws.messages.standing(channel.id, call.text("ts"))
    if parent is None:
        raise RefusedError("thread_not_found")
    if parent.is_reply:
        root = call.ws.messages.standing(channel.id, parent.thread_ts or "")
        parent = root or parent
    thread = [parent, *_between(call, call.ws.messages.replies(channel.id, parent.ts))]
    shown = [message_body(call.ws, m) for m in thread]
    if not call.flag("include_all_metadata"):
        shown = [{key: value for key, value in body.items() if key != "metadata"} for body in shown]
    page = call.page(shown, "messages", 1000, 1000)
    return page | {"has_more": bool(page["response_metadata"]["next_cursor"])}
