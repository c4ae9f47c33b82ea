"""Registered applications and their authorization codes: who may ask, where the answer goes, once and briefly."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

CODE_LIFETIME: Final = timedelta(minutes=10)
MOST_CODES: Final = 1_000
MOST_URIS: Final = 20


@dataclass
class Application:
    """One registered application. Without redirect addresses any on this machine will do."""

    client_id: str
    client_secret: str = field(repr=False)
    name: str = "Practice application"
    redirect_uris: list[str] = field(default_factory=list)

    def takes(self, uri: str) -> bool:
        """Registered addresses are compared letter by letter, as the broker does."""
        return uri in self.redirect_uris if self.redirect_uris else is_local(uri)


@dataclass
class Code:
    """What somebody agreed to; `refresh_token` is set once it was exchanged."""

    user: str
    client_id: str
    redirect_uri: str
    scopes: frozenset[str]
    expires_at: datetime
    refresh_token: str | None = field(default=None, repr=False)


class Codes:
    """The codes given out; the newest thousand are remembered, so that a second use is noticed."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._codes: dict[str, Code] = {}

    def issue(self, user: str, app: Application, redirect_uri: str, scopes: frozenset[str]) -> str:
        made = secrets.token_urlsafe(24)
        while len(self._codes) >= MOST_CODES:
            del self._codes[next(iter(self._codes))]
        expires = self._now() + CODE_LIFETIME
        self._codes[made] = Code(user, app.client_id, redirect_uri, scopes, expires)
        return made

    def find(self, code: str, client_id: str, redirect_uri: str) -> Code | None:
        """The code while it is good and asked for by whom it was given to, used ones included."""
        found = self._codes.get(code)
        if found is None or found.expires_at <= self._now():
            return None
        return found if (found.client_id, found.redirect_uri) == (client_id, redirect_uri) else None


def is_local(uri: str) -> bool:
    """Whether an address is plain http or https on this machine, without a fragment or a name in it."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
    return local and parts.scheme in {"http", "https"} and not parts.fragment and not parts.username
