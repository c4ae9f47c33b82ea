"""The bodies Slack sends, field by field. They read the workspace and change nothing."""

from typing import Any

from senexsim.slack.directory import Channel, User
from senexsim.slack.messages import Message
from senexsim.slack.people import states
from senexsim.slack.views import View
from senexsim.slack.workspace import Workspace

Json = dict[str, Any]


def channel_name(channel: Channel) -> str:
    """Private rooms do not tell their names in payloads."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def command(ws: Workspace, user: User, channel: Channel, word: str, text: str) -> Json:
    """A slash command's fields but for response_url and trigger_id; all strings."""
    return {
        "token": ws.app.verification_token,
        "team_id": user.team_id,
        "team_domain": ws.team_domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": word,
        "text": text,
        "api_app_id": ws.app.id,
        "is_enterprise_install": "false",
    }


def interaction(ws: Workspace, user: User, kind: str) -> Json:
    """What every interactive payload begins with."""
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": ws.app.id,
        "token": ws.app.verification_token,
        "team": {"id": ws.team_id, "domain": ws.team_domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_container(message: Message) -> Json:
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    return container


def message_source(ws: Workspace, user: User, message: Message) -> Json:
    """container, channel, message, state. An ephemeral's content does not come back."""
    channel = ws.directory.channels[message.channel]
    state = {
        (block, action): value for (who, block, action), value in message.state.items() if who == user.id
    }
    source: Json = {
        "container": message_container(message),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": states.values(message.content.blocks, state)},
    }
    if message.ephemeral_to is None:
        source["message"] = message_body(ws, message)
    return source


def bot_profile(ws: Workspace) -> Json:
    icon = "https://a.slack-edge.com/80588/img/plugins/app/bot_"
    return {
        "id": ws.app.bot_id,
        "app_id": ws.app.id,
        "user_id": ws.app.bot_user_id,
        "name": ws.app.name,
        "icons": {"image_36": f"{icon}36.png", "image_48": f"{icon}48.png", "image_72": f"{icon}72.png"},
        "deleted": False,
        "updated": ws.bot.updated,
        "team_id": ws.team_id,
    }


def message_body(ws: Workspace, message: Message) -> Json:
    """A message as history, payloads and answers carry it."""
    content = message.content
    body: Json = {"user": message.author, "type": "message", "ts": message.ts}
    if message.by_app:
        body |= {"bot_id": ws.app.bot_id, "app_id": ws.app.id}
    body |= {"text": content.text, "team": ws.team_id}
    if message.by_app:
        body["bot_profile"] = bot_profile(ws)
    if message.subtype:
        body["subtype"] = message.subtype
    if message.pinned is not None:
        body["pinned_to"] = [message.channel]
    if message.edited:
        body["edited"] = message.edited
    if content.blocks:
        body["blocks"] = content.blocks
    if content.attachments:
        body["attachments"] = content.attachments
    if content.metadata:
        body["metadata"] = content.metadata
    if message.files:
        body["files"] = message.files
    if message.reactions:
        body["reactions"] = [
            {"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()
        ]
    return body | _thread_fields(ws, message)


def _thread_fields(ws: Workspace, message: Message) -> Json:
    if message.is_reply:
        parent = ws.messages.find(message.channel, message.thread_ts or "")
        fields: Json = {"thread_ts": message.thread_ts}
        return fields | ({"parent_user_id": parent.author} if parent else {})
    replies = ws.messages.replies(message.channel, message.ts)
    if not replies:
        return {}
    people = list(dict.fromkeys(reply.author for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(people),
        "latest_reply": replies[-1].ts,
        "reply_users": people[:5],
        "is_locked": False,
        "subscribed": False,
    }


def view_json(ws: Workspace, view: View) -> Json:
    """A view as `views.*` answer it and as payloads carry it, state included."""
    spec = view.spec
    body: Json = {
        "id": view.id,
        "team_id": ws.team_id,
        "type": spec["type"],
        "blocks": spec["blocks"],
        "private_metadata": spec.get("private_metadata") or "",
        "callback_id": spec.get("callback_id") or "",
        "state": {"values": states.values(spec["blocks"], view.state)},
        "hash": view.hash,
        "title": spec.get("title"),
        "clear_on_close": bool(spec.get("clear_on_close")),
        "notify_on_close": bool(spec.get("notify_on_close")),
        "close": spec.get("close"),
        "submit": spec.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": ws.app.id,
        "external_id": view.external_id,
        "app_installed_team_id": ws.team_id,
        "bot_id": ws.app.bot_id,
    }
    if spec["type"] == "modal":
        body["submit_disabled"] = bool(spec.get("submit_disabled"))
    return body
