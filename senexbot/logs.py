"""Structured logging to standard error: an allow-list of loggers' levels, and a second net for secrets.

The SDKs print tokens at DEBUG (every Socket Mode frame, every streamer subscription): their loggers
never go below WARNING, whatever level is asked for (I69, F97).
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SDK_LOGGERS = (
    "tastytrade", "slack_bolt", "slack_sdk", "httpx2", "httpcore2", "aiohttp", "aiosqlite", "sqlalchemy",
    "asyncpg", "asyncio", "alembic",
)  # fmt: skip

SHORTEST_SECRET = 8
_SECRETS = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9.-]+"  # Slack bot, user, rotation tokens
    r"|xapp-[A-Za-z0-9-]+"
    r"|(?<=[?&])(?i:ticket|token)=[^\s&'\"]+"  # of a socket's address, which the SDK names when it fails
    r"|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,2}"  # JWT
    r"|Bearer\s+[A-Za-z0-9._~+/=-]+"
    r"|https?://\S*/(?:commands|actions|services|response)/\S+"  # a reply address is a bearer secret
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"  # name and password in an address
    r"|(?i:(?:client_secret|refresh_token|access_token|signing_secret|provider_secret)"
    r"[\\\"']{0,3}\s*[=:,]\s*[\\\"']{0,3}[A-Za-z0-9._~+/=-]{8,})"
)
_ACCOUNT = re.compile(r"\b5W[A-Z][0-9]{5}\b")


_own: set[str] = set()  # this process's own secrets, whatever they look like


def conceal(*secrets: str) -> None:
    """From now on `redact` also hides exactly these texts (those too short to be a secret are left)."""
    _own.update(text for text in secrets if len(text) >= SHORTEST_SECRET)


def redact(text: str) -> str:
    """Secrets become •••, account numbers keep their last four characters."""
    for secret in _own:
        text = text.replace(secret, "•••")
    return _ACCOUNT.sub(lambda m: f"…{m.group()[-4:]}", _SECRETS.sub("•••", text))


def _redact_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
        elif value is not None and not isinstance(value, (int, float, bool)):
            event[key] = redact(str(value))
    return event


class _Redacting(logging.Formatter):
    """What libraries log passes the same net, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record)).replace("\r", " ").replace("\n", "\n  ")


def configure(level: str = "INFO", *, colour: bool | None = None) -> None:
    """Route structlog and the standard library to standard error. Safe to call twice."""
    number = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=number, handlers=[handler], force=True)
    for name in SDK_LOGGERS:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    # Bolt warns that it was given what we give it on purpose (its own client and authorisation).
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)
    pretty = sys.stderr.isatty() if colour is None else colour
    renderer: Any = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_values,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
