"""Events API bodies: the inner event of each kind and the outer one around it; who is subscribed to what."""

import asyncio
from typing import Any

from senexsim.slack.delivery.answers import Answer
from senexsim.slack.delivery.courier import Courier
from senexsim.slack.directory import Channel, User
from senexsim.slack.messages import Message
from senexsim.slack.people.cards import user_json
from senexsim.slack.people.payloads import message_body
from senexsim.slack.workspace import Workspace

Json = dict[str, Any]

# Event -> the bot scope without which Slack does not send it; None: no scope is needed.
SCOPES: dict[str, str | None] = {
    "message.im": "im:history",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.mpim": "mpim:history",
    "app_mention": "app_mentions:read",
    "app_home_opened": None,
    "user_change": "users:read",
    "team_join": "users:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_created": "channels:read",
    "channel_rename": "channels:read",
    "channel_left": "channels:read",
    "channel_shared": "channels:read",
    "channel_unshared": "channels:read",
    "group_archive": "groups:read",
    "group_unarchive": "groups:read",
    "group_rename": "groups:read",
    "group_left": "groups:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "pin_added": "pins:read",
    "pin_removed": "pins:read",
    "app_uninstalled": None,
    "tokens_revoked": None,
}


Told = asyncio.Future[Answer]


class Events:
    def __init__(self, ws: Workspace, courier: Courier) -> None:
        self._ws, self._courier = ws, courier

    def emit(self, name: str, event: Json, channel: Channel | None = None) -> list[Told]:
        """Send it when the app is subscribed and allowed. `name`: as in `bot_events`."""
        scope = SCOPES[name]
        if not self._ws.app.subscribed(name) or (scope and scope not in self._ws.app.scopes):
            return []
        if not self._ws.limits.event():
            self._too_many()
            return []
        return [self._courier.announce(self._outer(event, channel))]

    def _too_many(self) -> None:
        """Events beyond the hour's measure are lost; the app is told so once a minute."""
        ws = self._ws
        minute = int(ws.clock.now()) // 60 * 60
        if ws.limits.told_minute == minute:
            return
        ws.limits.told_minute = minute
        told = {"type": "app_rate_limited", "team_id": ws.team_id, "minute_rate_limited": minute}
        head = {"token": ws.app.verification_token, "api_app_id": ws.app.id}
        self._courier.announce(head | told)

    def _stamp(self) -> str:
        return self._ws.ids.ts(self._ws.clock.now())

    def _outer(self, event: Json, channel: Channel | None) -> Json:
        ws = self._ws
        event_id = ws.ids.make("Ev")
        return {
            "token": ws.app.verification_token,
            "team_id": ws.team_id,
            "context_team_id": ws.team_id,
            "context_enterprise_id": None,
            "api_app_id": ws.app.id,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(ws.clock.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": ws.team_id,
                    "user_id": ws.app.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
            "event_context": f"4-{ws.ids.letters(60)}",
        }

    def posted(self, message: Message, channel: Channel, rich: list[Json] | None = None) -> list[Told]:
        """A new message: to members of the conversation, and as a mention when it names the bot."""
        ws = self._ws
        if ws.app.bot_user_id not in channel.members:
            return []
        body = message_body(ws, message)
        if not message.by_app:
            body["client_msg_id"] = ws.ids.uuid()
        if rich:
            body["blocks"] = rich
        shared: Json = {"channel": channel.id, "event_ts": message.ts}
        told = self._message(channel, body | shared)
        if not message.by_app and not channel.is_im and f"<@{ws.app.bot_user_id}>" in message.content.text:
            told += self.emit("app_mention", body | {"type": "app_mention"} | shared, channel)
        return told

    def changed(self, message: Message, channel: Channel, before: Json) -> None:
        stamp = self._stamp()
        self._message(
            channel,
            {
                "type": "message",
                "subtype": "message_changed",
                "message": message_body(self._ws, message),
                "previous_message": before,
                "channel": channel.id,
                "hidden": True,
                "ts": stamp,
                "event_ts": stamp,
            },
        )

    def deleted(self, message: Message, channel: Channel, before: Json) -> None:
        stamp = self._stamp()
        self._message(
            channel,
            {
                "type": "message",
                "subtype": "message_deleted",
                "previous_message": before,
                "channel": channel.id,
                "hidden": True,
                "deleted_ts": message.ts,
                "ts": stamp,
                "event_ts": stamp,
            },
        )

    def _message(self, channel: Channel, event: Json) -> list[Told]:
        if self._ws.app.bot_user_id not in channel.members:
            return []
        words = {"im": "im", "mpim": "mpim", "private_channel": "group", "public_channel": "channel"}
        word = words[channel.kind]
        name = f"message.{word}{'s' if word in {'group', 'channel'} else ''}"
        return self.emit(name, event | {"channel_type": word}, channel)

    def home_opened(self, user: User, channel: Channel, tab: str, view: Json | None) -> None:
        event: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": channel.id,
            "tab": tab,
            "event_ts": self._stamp(),
        }
        self.emit("app_home_opened", event | ({"view": view} if view and tab == "home" else {}))

    def user_changed(self, user: User) -> None:
        event = {
            "type": "user_change",
            "user": user_json(self._ws, user),
            "cache_ts": int(self._ws.clock.now()),
            "event_ts": self._stamp(),
        }
        self.emit("user_change", event)

    def team_joined(self, user: User) -> None:
        event = {
            "type": "team_join",
            "user": user_json(self._ws, user),
            "cache_ts": int(self._ws.clock.now()),
            "event_ts": self._stamp(),
        }
        self.emit("team_join", event)

    def created(self, channel: Channel) -> None:
        """Private rooms are made in silence: the bot is told when it is invited."""
        if channel.is_private:
            return
        new = {key: getattr(channel, key) for key in ("id", "name", "created", "creator")}
        self.emit("channel_created", {"type": "channel_created", "channel": new, "event_ts": self._stamp()})

    def member(self, channel: Channel, user: User, *, joined: bool, actor: str | None = None) -> None:
        name = "member_joined_channel" if joined else "member_left_channel"
        event: Json = {
            "type": name,
            "user": user.id,
            "channel": channel.id,
            "channel_type": "G" if channel.is_private else "C",
            "team": user.team_id,
            "event_ts": self._stamp(),
        }
        if joined and actor:
            event["inviter"] = actor
        if user.id == self._ws.app.bot_user_id and not joined:
            left = "group_left" if channel.is_private else "channel_left"
            self.emit(
                left, {"type": left, "channel": channel.id, "actor_id": actor, "event_ts": self._stamp()}
            )
        elif self._ws.app.bot_user_id in channel.members:
            self.emit(name, event, channel)

    def channel(self, name: str, channel: Channel, **fields: Any) -> None:
        """A channel event the bot may hear: public ones always, private ones as a member."""
        if channel.is_private and self._ws.app.bot_user_id not in channel.members:
            return
        kind = name.replace("channel_", "group_", 1) if channel.is_private else name
        kind = name if kind not in SCOPES else kind
        self.emit(kind, {"type": kind, "channel": channel.id, **fields, "event_ts": self._stamp()}, channel)

    def renamed(self, channel: Channel) -> None:
        new = {"id": channel.id, "name": channel.name, "created": channel.created}
        name = "group_rename" if channel.is_private else "channel_rename"
        self.emit(name, {"type": name, "channel": new, "event_ts": self._stamp()}, channel)

    def reaction(self, name: str, message: Message, user: User, reaction: str) -> None:
        event = {
            "type": name,
            "user": user.id,
            "reaction": reaction,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "item_user": message.author,
            "event_ts": self._stamp(),
        }
        self.emit(name, event)

    def pin(self, name: str, message: Message, channel: Channel, user: User, count: int) -> None:
        item = {"type": "message", "channel": channel.id, "message": message_body(self._ws, message)}
        event = {
            "type": name,
            "user": user.id,
            "channel_id": channel.id,
            "item": item | {"created": int(self._ws.clock.now()), "created_by": user.id},
            "item_user": message.author,
            "pin_count": count,
            "event_ts": self._stamp(),
        }
        self.emit(name, event | ({"has_pins": count > 0} if name == "pin_removed" else {}), channel)

    def tokens_revoked(self) -> None:
        tokens = {"oauth": [], "bot": [self._ws.app.bot_user_id]}
        event = {"type": "tokens_revoked", "tokens": tokens, "event_ts": self._stamp()}
        self.emit("tokens_revoked", event)

    def app_uninstalled(self) -> None:
        self.emit("app_uninstalled", {"type": "app_uninstalled", "event_ts": self._stamp()})
