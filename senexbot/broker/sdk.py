"""The one seam to the inside of the tastytrade SDK: session, its HTTP client, its constants.

Nothing else imports `tastytrade`. The import is heavy (pandas), so it happens at first use; before it
logs anything its loggers are capped, because at DEBUG they print Bearer tokens.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2
    from tastytrade import Session

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path, not a secret
MOST_TOKEN_ANSWER = 64 * 1024  # bytes; a token answer is well under 4 KiB

_QUIET = {
    "tastytrade": logging.INFO,  # set to DEBUG by its import; prints tokens there
    "httpx2": logging.WARNING,  # INFO prints each URL with its account number
    "httpcore2": logging.WARNING,
}
_import_lock = threading.Lock()
_warm = threading.Event()


class TokenRefused(Exception):
    """The token endpoint's own refusal, told apart from everything else by status and code.

    `words` is the broker's `error_description`; it never holds the grant.
    """

    def __init__(self, status: int, code: str, words: str, after: float | None = None) -> None:
        super().__init__(f"token endpoint answered {status} {code}")
        self.status = status
        self.code = code
        self.words = words
        self.after = after


@dataclass(frozen=True, slots=True)
class SdkConstants:
    """What the SDK knows of the broker's addresses and protocols."""

    live_api: str
    sandbox_api: str
    live_streamer: str
    sandbox_streamer: str
    dxlink_version: str
    release: str


def user_agent() -> str:
    """`senexbot/<version>`; the broker rejects requests without one of this form."""
    try:
        return f"senexbot/{version('senexbot')}"
    except PackageNotFoundError:  # run from a tree that was never installed
        return "senexbot/0"


class _Cap(logging.Filter):
    """Drops records below a level whatever the logger's level is set to later."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self.level = level

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= self.level


def quiet_loggers() -> None:
    """Cap the loggers of the SDK and its transports; safe to call again (an import raises them)."""
    for name, level in _QUIET.items():
        for full in (name, *(n for n in list(logging.root.manager.loggerDict) if n.startswith(f"{name}."))):
            logger = logging.getLogger(full)
            logger.setLevel(max(level, logger.level))
            if not any(isinstance(f, _Cap) for f in logger.filters):
                logger.addFilter(_Cap(level))


def constants() -> SdkConstants:
    """Addresses and protocol versions as this release of the SDK has them."""
    with _import_lock:
        quiet_loggers()
        import tastytrade
        from tastytrade import streamer

        quiet_loggers()
        _warm.set()
    return SdkConstants(
        live_api=tastytrade.API_URL,
        sandbox_api=tastytrade.CERT_URL,
        live_streamer=streamer.STREAMER_URL,
        sandbox_streamer=streamer.CERT_STREAMER_URL,
        dxlink_version=streamer.DXLINK_VERSION,
        release=tastytrade.VERSION,
    )


async def warm() -> None:
    """Import the SDK off the event loop: it takes seconds, and nobody's click should wait for it."""
    if not _warm.is_set():
        await asyncio.to_thread(constants)


def open_session(*, secret: str, refresh: str, base_url: str, is_sandbox: bool) -> Session:
    """An SDK session whose client talks to `base_url` only; nothing is sent yet.

    Redirects off, no proxies from the environment, time limits on connect, read, write and pool.
    """
    constants()
    import httpx2
    from tastytrade import Session

    session = Session(
        secret,
        refresh,
        is_test=is_sandbox,
        timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        event_hooks={"response": [_read_refusal]},
        limits=httpx2.Limits(max_connections=20, max_keepalive_connections=5, keepalive_expiry=15.0),
    )
    client = client_of(session)
    client.base_url = httpx2.URL(base_url)
    client.headers["User-Agent"] = user_agent()
    quiet_loggers()
    return session


async def _read_refusal(response: httpx2.Response) -> None:
    """Turn a refused token call into TokenRefused before the SDK makes one text of everything."""
    if not response.request.url.path.endswith(TOKEN_PATH) or response.status_code < 300:
        return
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MOST_TOKEN_ANSWER:
            break
    code, words = _oauth_error(bytes(body))
    raise TokenRefused(response.status_code, code, words, _seconds(response.headers.get("retry-after")))


def _oauth_error(body: bytes) -> tuple[str, str]:
    import orjson

    try:
        answer: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", ""
    if not isinstance(answer, dict):
        return "", ""
    inner = answer.get("error")
    if isinstance(inner, dict):
        return str(inner.get("code", "")), str(inner.get("message", ""))[:200]
    code = answer.get("error_code", inner if isinstance(inner, str) else "")
    return str(code or ""), str(answer.get("error_description", ""))[:200]


def _seconds(header: str | None) -> float | None:
    try:
        return max(0.0, float(header)) if header is not None else None
    except ValueError:
        return None


def client_of(session: Session) -> httpx2.AsyncClient:
    """The session's own HTTP client: base URL, User-Agent and, once refreshed, the Bearer token."""
    return session._client  # noqa: SLF001 - the SDK has no public way to it


def token_of(session: Session) -> str:
    """The access token of the last refresh."""
    return session.session_token


async def refresh(session: Session) -> float:
    """Fetch a new access token; returns its lifetime in seconds (15 minutes as a rule).

    Raises TokenRefused for the endpoint's refusal; anything else that goes wrong comes as it is.
    """
    await session.refresh(force=True)
    return min(max(session.session_expiration - time.time(), 1.0), 3600.0)


async def close(session: Session) -> None:
    """Close the client and forget the grant and the token."""
    session.session_token = session.refresh_token = session.provider_secret = ""
    client = client_of(session)
    client.headers.pop("Authorization", None)
    await client.aclose()


def order_headers(session: Session, token: str) -> Mapping[str, str]:
    """Headers of an order request: those of the session's client with this token."""
    client = client_of(session)
    names = ("accept", "accept-version", "user-agent")
    kept = {name: client.headers[name] for name in names if name in client.headers}
    return {**kept, "content-type": "application/json", "authorization": f"Bearer {token}"}
