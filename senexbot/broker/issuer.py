"""Which environment a refresh token was made for, read from its issuer claim without checking it.

Only used to say "wrong environment" early; the broker alone decides whether a token is good.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlsplit

import orjson

from senexbot.broker import raw
from senexbot.broker.endpoints import is_loopback
from senexbot.domain.links import Environment

SANDBOX_MARKS = ("cert", "sandbox", "staging")
RESERVED = (".test", ".localhost", ".invalid", ".example")  # RFC 2606: no real broker lives there
BROKER_DOMAINS = ("tastytrade.com", "tastyworks.com", "tasty-works.com", "staging-tasty.works")


def environment_of(refresh_token: str) -> Environment | None:
    """The environment named by the JWT's issuer; None when the token is no JWT or names none we know."""
    parts = refresh_token.split(".")
    if len(parts) != 3 or len(refresh_token) > 16_384:
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    issuer = raw.mapping(claims).get("iss")
    return _of_issuer(issuer.lower()) if isinstance(issuer, str) else None


def _of_issuer(issuer: str) -> Environment | None:
    try:
        host = urlsplit(issuer if "//" in issuer else f"//{issuer}").hostname or ""
    except ValueError:
        return None
    if is_loopback(host) or host.endswith(RESERVED):
        return Environment.PRACTICE
    if not any(host == d or host.endswith(f".{d}") for d in BROKER_DOMAINS):
        return None
    sandbox = any(mark in host for mark in SANDBOX_MARKS)
    return Environment.SANDBOX if sandbox else Environment.LIVE
