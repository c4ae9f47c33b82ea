"""What one person sees: messages with their versions, unread counts. Read-only but for the read marks."""

from typing import Any

from senexsim.slack.directory import Channel, User
from senexsim.slack.messages import Content, Message
from senexsim.slack.workspace import Workspace

Json = dict[str, Any]


def visible(ws: Workspace, user: User | None, message: Message) -> bool:
    """Ephemerals only to whom they were sent, and only until that person reloads."""
    if user is None:
        return True
    if message.ephemeral_to is not None:
        return message.ephemeral_to == user.id and message.created_seq > user.reload_seq
    return ws.directory.sees(user, ws.directory.channels[message.channel])


def message_json(ws: Workspace, message: Message) -> Json:
    """The contract's fields, and what a page needs besides: names, bot flag, edited, reactions, files."""
    author = ws.directory.users.get(message.author)
    replies = [] if message.is_reply else ws.messages.replies(message.channel, message.ts)
    return {
        "seq": message.seq,
        "created_seq": message.created_seq,
        "channel": message.channel,
        "ts": message.ts,
        "thread_ts": message.thread_ts,
        "user": message.author,
        "user_name": author.real_name if author else message.author,
        "is_bot": bool(author and author.is_bot),
        "ephemeral": message.ephemeral_to is not None,
        "ephemeral_to": message.ephemeral_to,
        "text": message.content.text,
        "blocks": message.content.blocks,
        "attachments": message.content.attachments,
        "metadata": message.content.metadata,
        "edited": message.edited is not None or len(message.versions) > 1,
        "deleted": message.deleted,
        "subtype": message.subtype,
        "broadcast": message.broadcast,
        "reply_count": len(replies),
        "reactions": [{"name": name, "users": users} for name, users in message.reactions.items()],
        "files": message.files,
        "versions": [{"seq": v.seq, "at": v.at, **_said(v.content)} for v in message.versions],
    }


def _said(content: Content) -> Json:
    return {"text": content.text, "blocks": content.blocks, "attachments": content.attachments}


def messages_for(ws: Workspace, channel: Channel, user: User | None, since_seq: int) -> list[Json]:
    if ws.messages.latest(channel.id) <= since_seq:
        return []
    return [
        message_json(ws, message)
        for message in ws.messages.within(channel.id)
        if message.seq > since_seq and visible(ws, user, message)
    ]


def mark_read(ws: Workspace, user: User, channel: Channel) -> None:
    ws.directory.read_marks[user.id, channel.id] = ws.bus.seq


def unread(ws: Workspace, user: User, channel: Channel) -> int:
    """New messages of others since the last look. Edits are silent, as in Slack."""
    mark = ws.directory.read_marks.get((user.id, channel.id), 0)
    return sum(
        1
        for message in ws.messages.within(channel.id)
        if message.created_seq > mark
        and message.author != user.id
        and not message.deleted
        and visible(ws, user, message)
    )


def updates_for(ws: Workspace, user: User, since_seq: int) -> Json | None:
    """What changed for that person after `since_seq`; None when nothing did."""
    changed = {
        channel.id
        for channel in ws.directory.seen_by(user)
        if ws.messages.latest(channel.id) > since_seq
        and any(
            m.seq > since_seq and visible(ws, user, m) for m in reversed(list(ws.messages.within(channel.id)))
        )
    }
    views_changed = ws.views.changed.get(user.id, 0) > since_seq
    home_changed = ws.views.home_changed.get(user.id, 0) > since_seq
    if not (changed or views_changed or home_changed):
        return None
    return updates_now(ws, user, views_changed=views_changed, home_changed=home_changed, changed=changed)


def updates_now(
    ws: Workspace,
    user: User,
    *,
    views_changed: bool = False,
    home_changed: bool = False,
    changed: set[str] | None = None,
) -> Json:
    return {
        "seq": ws.bus.seq,
        "channels": {c.id: unread(ws, user, c) for c in ws.directory.seen_by(user)},
        "changed": sorted(changed or ()),
        "views_changed": views_changed,
        "home_changed": home_changed,
    }
