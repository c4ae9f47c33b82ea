"""The broker's answers that are not a success, as words and as errors of domain/errors.py.

An error envelope is the broker's own; a page of a gateway is nobody's. Bodies never travel further.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from senexbot.broker import raw
from senexbot.domain.errors import BrokerFault, BrokerRateLimited, GrantExpired, Refused, Unavailable

SUPPORT_ID = re.compile(r"\s*Unique customer support identifier:\s*\S+", re.IGNORECASE)
MOST_REASONS = 6


@dataclass(frozen=True, slots=True)
class Envelope:
    """`{"error": {"code", "message", "errors"?}}` as read. `codes`: of the inner errors, in order."""

    code: str
    words: str
    codes: tuple[str, ...] = ()

    @property
    def first_code(self) -> str:
        """The most telling code: the first inner one, else the outer one."""
        return self.codes[0] if self.codes else self.code


def load(body: bytes) -> Any:
    """Parsed JSON, or None for anything that is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def envelope(answer: object) -> Envelope | None:
    """The error envelope of a parsed answer; None when it has none of its own form."""
    error = raw.mapping(answer).get("error")
    if not isinstance(error, dict):
        return None
    code = raw.text(error.get("code"), 80)
    message = error.get("message")
    if not code or not isinstance(message, str):
        return None
    inner = [_reason(row) for row in raw.mappings(error.get("errors"))[:MOST_REASONS]]
    reasons = [words for _, words in inner if words]
    return Envelope(code, clean("; ".join(reasons) or message), tuple(c for c, _ in inner if c))


def _reason(row: raw.Raw) -> tuple[str, str]:
    """Code and words of one inner error; a field error has `domain` and `reason` instead."""
    if "domain" in row or "reason" in row:
        domain, reason = raw.text(row.get("domain"), 80), raw.text(row.get("reason"))
        return "", f"{domain} {reason}".strip()
    code = raw.text(row.get("code"), 80)
    return code, raw.text(row.get("message"), 300) or code


def clean(words: str) -> str:
    """Words of the broker on one line, without its support identifier, at most 500 characters."""
    plain = SUPPORT_ID.sub("", words)
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())[:500]


def warnings(answer: object) -> tuple[str, ...]:
    """Messages of a `warnings` list."""
    found = (_reason(row)[1] for row in raw.mappings(raw.mapping(answer).get("warnings")))
    return tuple(clean(words) for words in found if words)


def retry_after(header: str | None) -> float | None:
    """Seconds of a Retry-After header, at most ten minutes; dates are not read."""
    seconds = raw.number(header.strip()) if header else None
    return None if seconds is None else min(max(float(seconds), 0.0), 600.0)


def fault_of(status: int, body: bytes, *, after: float | None = None) -> BrokerFault:
    """The error for an answer that is not 2xx."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return BrokerRateLimited("The broker asks us to slow down.", after=2.0 if after is None else after)
    found = envelope(load(body))
    if status == HTTPStatus.UNAUTHORIZED:
        return GrantExpired("The broker does not accept the login of this link.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(f"The broker has trouble of its own ({status}).")
    if found is not None:
        return Refused(found.words, broker_code=found.first_code, status=status)
    return Unavailable(f"The broker's answer ({status}) could not be understood.")
