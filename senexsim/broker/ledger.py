"""Every request that arrived, in order, with what became of it: the judge's record. No secret is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from senexsim.broker.wire import instant

SECRET_KEYS: Final = frozenset(
    {
        "refresh_token",
        "client_secret",
        "access_token",
        "authorization",
        "auth-token",
        "code",
        "id_token",
        "password",
        "token",
    }
)
MASK: Final = "***"


@dataclass
class Entry:
    """One request. `outcome` is the status sent, or the fault's kind with what it led to."""

    seq: int
    at: datetime
    method: str
    path: str
    query: str
    body: Any = None
    outcome: str = "arrived"

    def view(self) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "at": instant(self.at),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "body": self.body,
            "external_identifier": identifier_of(self.body),
            "outcome": self.outcome,
        }


@dataclass
class Ledger:
    """The requests since the start."""

    entries: list[Entry] = field(default_factory=list)

    def arrived(self, at: datetime, method: str, path: str, query: str) -> Entry:
        entry = Entry(len(self.entries) + 1, at, method, path, query)
        self.entries.append(entry)
        return entry


def identifier_of(body: object) -> str | None:
    """The order's own `external-identifier`, if it carries one; of a complex order that of its first part."""
    if not isinstance(body, Mapping):
        return None
    found = body.get("external-identifier")
    if found is None and isinstance(body.get("orders"), list):
        parts = [body.get("trigger-order"), *body["orders"]]
        first = next((part for part in parts if isinstance(part, Mapping)), {})
        found = first.get("external-identifier")
    return None if found is None else str(found)


def parsed(raw: bytes, content_type: str) -> Any:
    """A body for the record: JSON parsed, a form as an object, anything else as text; secrets masked."""
    if not raw:
        return None
    if content_type == "application/x-www-form-urlencoded":
        return masked(dict(parse_qsl(raw.decode("utf-8", "replace"))))
    try:
        return masked(orjson.loads(raw))
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace")[:2000]


def masked(value: object) -> Any:
    """The same value with every secret replaced; which keys are secret is `SECRET_KEYS`."""
    if isinstance(value, dict):
        secret = value.get("grant_type") is not None or "client_secret" in value
        return {
            key: MASK if _is_secret(str(key), in_token_request=secret) else masked(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


def _is_secret(key: str, *, in_token_request: bool) -> bool:
    if key == "code":
        return in_token_request
    return key.lower().replace("-", "_") in {k.replace("-", "_") for k in SECRET_KEYS}
