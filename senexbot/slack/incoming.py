"""What Slack's requests look like, checked before Bolt reads them: it takes their shape for granted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

PROBE_BYTES = 1024
_OBJECTS = ("user", "team", "enterprise", "view", "message", "container", "channel", "event")
_WORDS = [
    "type",
    "command",
    "text",
    "user_id",
    "team_id",
    "enterprise_id",
    "channel_id",
    "trigger_id",
    "event_id",
    "api_app_id",
    "response_url",
]
_PRESSED = frozenset({"block_actions", "interactive_message"})
_BY_A_PERSON = _PRESSED | {"view_submission", "view_closed", "block_suggestion", "shortcut", "message_action"}


def is_certificate_probe(raw: bytes) -> bool:
    """Slack's own look at the certificate: `ssl_check=1` and a token. It may come unsigned and asks for nothing."""
    if len(raw) > PROBE_BYTES or not raw.isascii():
        return False
    return parse_qs(raw.decode()).get("ssl_check") == ["1"]


def is_legible(body: object) -> bool:
    """Whether the parsed body has the shape of what Slack sends; fields that are absent or null do no harm."""
    if not isinstance(body, Mapping) or not _strings(body, _WORDS):
        return False
    if not all(_is_object(body.get(name)) for name in _OBJECTS):
        return False
    kind = body.get("type")
    if kind == "event_callback":
        return _is_event(body.get("event"))
    if kind in _BY_A_PERSON and not _has_text(body.get("user"), "id"):
        return False
    if kind in _PRESSED and not _is_list_of_objects(body.get("actions")):
        return False
    return not (kind in {"view_submission", "view_closed"} and not body.get("view"))


def _is_event(event: Any) -> bool:
    """Some events name their person or channel by id, some carry the object."""
    if not _has_text(event, "type"):
        return False
    return all(
        isinstance(event.get(name), str | None) or _is_object(event[name]) for name in ("user", "channel")
    )


def _is_object(value: Any) -> bool:
    return value is None or (isinstance(value, Mapping) and _strings(value, ("id", "team_id", "channel_id")))


def _has_text(value: Any, name: str) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get(name), str) and bool(value[name])


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_has_text(one, "action_id") for one in value)


def _strings(value: Mapping[str, Any], names: tuple[str, ...] | list[str]) -> bool:
    return all(isinstance(value.get(name), str | None) for name in names)
