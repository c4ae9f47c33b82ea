"""Reading a control: who and where by id or name, numbers and flags; a malformed one answers 4xx."""

import json
from typing import Any

from aiohttp import web

from senexsim.slack.directory import Channel, User
from senexsim.slack.workspace import Workspace

Json = dict[str, Any]

WORKSPACE: web.AppKey[Workspace] = web.AppKey("workspace", Workspace)


class ControlMalformedError(Exception):
    """Answered as HTTP 400 `{ok: false, error, detail}`."""

    def __init__(self, error: str, detail: str = "") -> None:
        super().__init__(error)
        self.error, self.detail = error, detail


class Asked:
    """One control's arguments, from the body (JSON object) or the query."""

    def __init__(self, ws: Workspace, fields: Json) -> None:
        self.ws, self.fields = ws, fields

    @classmethod
    async def read(cls, request: web.Request) -> "Asked":
        if request.method == "GET":
            return cls(request.app[WORKSPACE], dict(request.query))
        raw = await request.read()
        try:
            fields = json.loads(raw) if raw else {}
        except ValueError as error:
            raise ControlMalformedError("invalid_json", str(error)) from None
        if not isinstance(fields, dict):
            raise ControlMalformedError("invalid_json", "an object is expected")
        return cls(request.app[WORKSPACE], fields)

    def has(self, name: str) -> bool:
        return name in self.fields

    def text(self, name: str, default: str | None = None) -> str:
        value = self.fields.get(name, default)
        if value is None:
            raise ControlMalformedError("missing_argument", name)
        if not isinstance(value, str):
            raise ControlMalformedError("invalid_argument", f"{name} must be a string")
        return value

    def optional(self, name: str) -> str | None:
        return None if self.fields.get(name) is None else self.text(name)

    def number(self, name: str, default: int, least: int = 0, most: int = 2**53) -> int:
        try:
            given = self.fields.get(name)
            value = default if given in (None, "") else int(given)
        except (TypeError, ValueError):
            raise ControlMalformedError("invalid_argument", f"{name} must be an integer") from None
        if not least <= value <= most:
            raise ControlMalformedError("invalid_argument", f"{name} must be from {least} to {most}")
        return value

    def flag(self, name: str) -> bool | None:
        value = self.fields.get(name)
        if value is not None and not isinstance(value, bool):
            raise ControlMalformedError("invalid_argument", f"{name} must be true or false")
        return value

    def user(self, name: str = "user") -> User:
        found = self.ws.directory.user(self.text(name))
        if found is None:
            raise ControlMalformedError("user_not_found", self.text(name))
        return found

    def optional_user(self, name: str = "user") -> User | None:
        return self.user(name) if self.fields.get(name) else None

    def channel(self, user: User | None, name: str = "channel") -> Channel:
        """By id or name; `@bot` is that user's direct message with the bot."""
        key = self.text(name)
        if key == "@bot":
            if user is None:
                raise ControlMalformedError("missing_argument", "user, to know whose direct message @bot is")
            return self.ws.directory.direct(user.id, self.ws.app.bot_user_id)
        found = self.ws.directory.channel(key)
        if found is None:
            raise ControlMalformedError("channel_not_found", key)
        return found
