"""Grants and tokens: the token endpoint's logic, who a bearer is, quote tokens. It serves no account data."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web

from senexsim.broker.clock import SimClock
from senexsim.broker.oauth_apps import Application, Code, Codes
from senexsim.broker.wire import answer

ISSUER: Final = "https://api.practice.senexsim.test"
LIFETIME: Final = 900
QUOTE_LIFETIME: Final = timedelta(hours=24)
ALL_SCOPES: Final = frozenset({"read", "trade", "openid"})


@dataclass
class Grant:
    """One person's personal grant. The two secrets stay out of the repr."""

    user: str
    provider_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scopes: frozenset[str] = ALL_SCOPES
    client_id: str | None = None  # of the application it was given to; None for a personal one


@dataclass(frozen=True)
class Bearer:
    """Who an access token speaks for, until when, and what it may do."""

    user: str
    expires_at: datetime
    scopes: frozenset[str]
    grant: str = field(default="", repr=False)


class OAuthRefusal(Exception):
    """The token endpoint's own error: `{"error_code", "error_description"}`."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(code)
        self.status, self.code, self.description = status, code, description

    def response(self) -> web.Response:
        body = {"error_code": self.code, "error_description": self.description}
        return answer(body, self.status)


class TokenDesk:
    """Issues grants (the same ones for the same seed) and tokens that expire by the market's clock."""

    def __init__(self, clock: SimClock, seed: int) -> None:
        self._clock = clock
        self._key = hashlib.sha256(f"senexsim grants {seed}".encode()).digest()
        self._grants: dict[str, Grant] = {}
        self._bearers: dict[str, Bearer] = {}
        self._quote_tokens: dict[str, datetime] = {}
        self.codes = Codes(clock.now)
        self.application = Application(f"practice-{self._mac('client')[:12]}", self._mac("application")[:40])

    def grant(self, user: str, scopes: frozenset[str] = ALL_SCOPES) -> Grant:
        """A personal grant for that user; its refresh token is JWT-shaped and its issuer is ours."""
        claims = {"iss": ISSUER, "sub": f"U-{self._mac(user)[:12]}", "scope": " ".join(sorted(scopes))}
        made = Grant(user, self._mac(f"secret {user}")[:40], self._jwt("refresh", claims), scopes)
        self._grants[made.refresh_token] = made
        return made

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def _jwt(self, kind: str, claims: Mapping[str, Any]) -> str:
        head = {"alg": "HS256", "typ": f"{kind}+jwt"}
        signed = ".".join(
            _part(json.dumps(part, sort_keys=True, separators=(",", ":")).encode()) for part in (head, claims)
        )
        mac = hmac.new(self._key, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_part(mac)}"

    def exchange(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a token request. Raises OAuthRefusal."""
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._by_code(form)
        if kind != "refresh_token":
            raise OAuthRefusal(400, "unsupported_grant_type", "Grant type is not supported")
        token, secret = form.get("refresh_token"), form.get("client_secret")
        if not isinstance(token, str) or not isinstance(secret, str):
            raise OAuthRefusal(400, "invalid_request", "refresh_token and client_secret are required")
        grant = self._grants.get(token)
        if grant is None:
            raise OAuthRefusal(400, "invalid_grant", "Invalid JWT")
        if not hmac.compare_digest(secret.encode(), grant.provider_secret.encode()):
            raise OAuthRefusal(401, "invalid_client", "Client authentication failed")
        return self._issue(grant, form.get("scope"))

    def _by_code(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """A code becomes a grant of its own, once: a second use is refused and ends what the first one gave."""
        wanted = ("code", "client_id", "client_secret", "redirect_uri")
        code, client_id, secret, uri = (str(form.get(name) or "") for name in wanted)
        if not (code and client_id and secret and uri):
            raise OAuthRefusal(400, "invalid_request", f"{', '.join(wanted)} are required")
        app = self.application
        if client_id != app.client_id or not hmac.compare_digest(secret.encode(), app.client_secret.encode()):
            raise OAuthRefusal(401, "invalid_client", "Client authentication failed")
        found = self.codes.find(code, client_id, uri)
        if found is None or found.refresh_token is not None:
            if found is not None and found.refresh_token is not None:
                self._end(found.refresh_token)
            raise OAuthRefusal(400, "invalid_grant", "Invalid authorization code")
        grant = self._granted(found)
        answer = {**self._issue(grant, None), "refresh_token": grant.refresh_token}
        return answer | ({"id_token": self._id_token(found)} if "openid" in found.scopes else {})

    def _granted(self, code: Code) -> Grant:
        claims = {"iss": ISSUER, "sub": f"U-{self._mac(code.user)[:12]}", "jti": secrets.token_hex(8)}
        token = self._jwt("refresh", {**claims, "scope": " ".join(sorted(code.scopes))})
        made = Grant(code.user, self.application.client_secret, token, code.scopes, code.client_id)
        code.refresh_token = token
        self._grants[token] = made
        return made

    def _id_token(self, code: Code) -> str:
        now = int(self._clock.now().timestamp())
        who = {"iss": ISSUER, "sub": f"U-{self._mac(code.user)[:12]}", "aud": code.client_id}
        return self._jwt("id", {**who, "name": code.user, "iat": now, "exp": now + LIFETIME})

    def regenerate(self) -> None:
        """A new secret for the application; the grants given for the old one are dead."""
        self.application.client_secret = secrets.token_hex(20)
        for token in [t for t, grant in self._grants.items() if grant.client_id is not None]:
            self._end(token)

    def _end(self, refresh_token: str) -> None:
        """Forget a grant and every access token made of it."""
        self._grants.pop(refresh_token, None)
        self._bearers = {t: b for t, b in self._bearers.items() if b.grant != refresh_token}

    def _issue(self, grant: Grant, wanted: object) -> dict[str, Any]:
        scopes = frozenset(str(wanted).split()) if wanted else grant.scopes
        if not scopes <= grant.scopes:
            raise OAuthRefusal(400, "invalid_scope", "The scope exceeds the grant")
        expires = self._clock.now() + timedelta(seconds=LIFETIME)
        claims = {"iss": ISSUER, "jti": secrets.token_hex(8), "exp": int(expires.timestamp())}
        token = self._jwt("at", claims)
        self._bearers[token] = Bearer(grant.user, expires, scopes, grant.refresh_token)
        # A client counts in real seconds; with a fast clock the token dies sooner for it.
        real = max(1, int(LIFETIME / self._clock.speed))
        return {"access_token": token, "token_type": "Bearer", "expires_in": real}

    def bearer(self, header: str | None) -> Bearer | None:
        """Who `Authorization: Bearer ...` (or a stream's auth-token) is; None when invalid or expired."""
        scheme, _, token = (header or "").partition(" ")
        found = self._bearers.get(token) if scheme == "Bearer" else None
        if found is None or found.expires_at <= self._clock.now():
            return None
        return found

    def revoke(self, user: str) -> None:
        """Forget the user's access tokens; the grant stays."""
        self._bearers = {t: b for t, b in self._bearers.items() if b.user != user}

    def quote_token(self) -> str:
        token = secrets.token_urlsafe(24)
        self._quote_tokens[token] = self._clock.now() + QUOTE_LIFETIME
        return token

    def valid_quote_token(self, token: str) -> bool:
        expires = self._quote_tokens.get(token)
        return expires is not None and expires > self._clock.now()


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
