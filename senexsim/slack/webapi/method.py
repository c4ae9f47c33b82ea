"""What a Web API method is: its arguments, its refusals, its tier and scopes. The table fills as modules load."""

import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from senexsim.slack.directory import Channel, User
from senexsim.slack.machinery import Machinery
from senexsim.slack.messages import Message

Json = dict[str, Any]


class RefusedError(Exception):
    """Answered with HTTP 200 `{ok: false, error, …more}`."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error, self.more = error, more


class RateLimitedError(Exception):
    """Answered with HTTP 429 and Retry-After."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


READ_SCOPES = {"public_channel": "channels:read", "private_channel": "groups:read"}
READ_SCOPES |= {"im": "im:read", "mpim": "mpim:read"}
HISTORY_SCOPES = {
    "public_channel": "channels:history",
    "private_channel": "groups:history",
    "im": "im:history",
    "mpim": "mpim:history",
}


class Call:
    """One call: who asks is the app's bot."""

    def __init__(self, machinery: Machinery, method: str, args: Json, token: str | None = None) -> None:
        self.machinery, self.ws = machinery, machinery.ws
        self.method, self.args, self.token = method, args, token

    def text(self, name: str) -> str:
        """A string argument; empty when it is absent."""
        value = self.args.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.args.get(name)
        if value is None or value == "":
            return default
        return value is True or str(value).lower() in {"1", "true"}

    def number(self, name: str, default: int) -> int:
        value = self.args.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise RefusedError("invalid_arguments") from None

    def json(self, name: str) -> Any:
        """An object or list, given as itself or as a string. Raises RefusedError(invalid_arguments)."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value.strip() else None
        except ValueError:
            raise RefusedError("invalid_arguments") from None

    def listed(self, name: str) -> list[str]:
        """A list, or its members joined by commas."""
        value = self.args.get(name)
        if isinstance(value, list):
            return [str(one) for one in value]
        return [one.strip() for one in self.text(name).split(",") if one.strip()]

    def needs(self, scope: str) -> None:
        provided = self.ws.app.scopes
        if scope not in provided:
            raise RefusedError("missing_scope", needed=scope, provided=",".join(provided))

    def needs_for(self, channel: Channel, purpose: str) -> None:
        """`purpose`: read or history; which scope that is depends on the kind of conversation."""
        self.needs((READ_SCOPES if purpose == "read" else HISTORY_SCOPES)[channel.kind])

    @property
    def bot_id(self) -> str:
        return self.ws.app.bot_user_id

    def channel(self, name: str = "channel") -> Channel:
        """A conversation the bot can see. Private ones it is not in do not exist for it."""
        key = self.text(name)
        found = self.ws.directory.channels.get(key)
        if found is None and self.method.startswith("chat."):
            found = self._named(key)
        if found is None or (found.is_private and self.bot_id not in found.members):
            raise RefusedError("channel_not_found")
        return found

    def _named(self, key: str) -> Channel | None:
        """chat.* also takes `#name`, and a user id for that person's direct message."""
        user = self.ws.directory.users.get(key)
        if user is not None and not user.is_bot:
            self.person_to_write(user)
            return self.ws.directory.direct(user.id, self.bot_id)
        return self.ws.directory.channel(key) if key.startswith("#") else None

    def person_to_write(self, user: User) -> None:
        if user.deleted:
            raise RefusedError(
                "user_disabled" if self.method.startswith("conversations.") else "channel_not_found"
            )

    def postable(self, name: str = "channel") -> Channel:
        """A conversation the bot may post to now. Raises RefusedError as chat.postMessage answers."""
        channel = self.channel(name)
        if channel.is_archived:
            raise RefusedError("is_archived")
        if channel.is_im:
            self.person_to_write(self.ws.directory.users[channel.im_user or ""])
            manifest = self.ws.app.manifest
            if manifest and not manifest.home("messages_tab_enabled", default=True):
                raise RefusedError("messages_tab_disabled")
        elif self.bot_id not in channel.members:
            public = not channel.is_private and "chat:write.public" in self.ws.app.scopes
            if not public:
                raise RefusedError("not_in_channel")
        return channel

    def user(self, name: str = "user") -> User:
        found = self.ws.directory.users.get(self.text(name))
        if found is None:
            raise RefusedError("user_not_found")
        return found

    def own_message(self, channel: Channel, refusal: str) -> Message:
        """A standing message that the app wrote; ephemerals do not count."""
        message = self.ws.messages.standing(channel.id, self.text("ts"))
        if message is None:
            raise RefusedError("message_not_found")
        if not message.by_app:
            raise RefusedError(refusal)
        return message

    def page(self, items: list[Any], name: str, default: int, most: int) -> Json:
        """`{name: items of this page, response_metadata: {next_cursor}}`."""
        limit = self.number("limit", default)
        if not 0 <= limit <= most:
            raise RefusedError("invalid_limit")
        start = _cursor(self.text("cursor"))
        end = start + (limit or default)
        following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
        return {name: items[start:end], "response_metadata": {"next_cursor": following}}


def _cursor(given: str) -> int:
    if not given:
        return 0
    try:
        word, _, number = base64.b64decode(given, validate=True).decode().partition(":")
        if word != "next":
            raise RefusedError("invalid_cursor")
        return int(number)
    except ValueError:
        raise RefusedError("invalid_cursor") from None


Answerer = Callable[[Call], Awaitable[Json]]


@dataclass(frozen=True)
class Method:
    name: str
    tier: str
    scope: str | None
    answer: Answerer
    app_token: bool = False
    no_token: bool = False


METHODS: dict[str, Method] = {}


def method(
    name: str, tier: str, scope: str | None = None, *, app_token: bool = False, no_token: bool = False
) -> Callable[[Answerer], Answerer]:
    """Enter a function as the answer to `name`."""

    def enter(answer: Answerer) -> Answerer:
        METHODS[name] = Method(name, tier, scope, answer, app_token, no_token)
        return answer

    return enter
