"""The one place that sends a create or a replace request: once, over a connection of its own, without any retry (I7).

It knows whether the first byte could have left: before the connection stands, nothing has (I8).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Literal

import aiohttp

log = logging.getLogger(__name__)

MOST_BODY = 2 * 1024 * 1024  # bytes of an answer; a real one has a few thousand


@dataclass(frozen=True, slots=True)
class SendLimits:
    """Seconds for the connection, between two reads, and for the whole."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 25.0


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class NotOpened:
    """Proven: no connection stood, so no byte of the request left."""

    why: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection stood; whether the request arrived is not known."""

    why: str


def _watch() -> tuple[aiohttp.TraceConfig, SimpleNamespace]:
    """A trace that notes the moment from which bytes may leave."""
    seen = SimpleNamespace(connected=False)

    async def connected(*_: object) -> None:
        seen.connected = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    trace.on_request_headers_sent.append(connected)
    return trace, seen


def _once(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """The client repeats a PUT by itself when the connection breaks; a replace must not be repeated (I7).

    It has no public way to be told so; tests cut connections and count what arrives.
    """
    session._retry_connection = False  # noqa: SLF001
    return session


async def send_order(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    limits: SendLimits,
    *,
    method: Literal["POST", "PUT"] = "POST",
) -> Answered | NotOpened | Lost:
    """POST once (a replace: PUT once). A cancelled caller gets CancelledError and has to treat the outcome as not proven."""
    trace, seen = _watch()
    timeout = aiohttp.ClientTimeout(
        total=limits.total, connect=limits.connect, sock_connect=limits.connect, sock_read=limits.read
    )
    try:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True, limit=1, use_dns_cache=False),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=timeout,
                trace_configs=[trace],
                trust_env=False,
            ) as session,
            _once(session).request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as response,
        ):
            return Answered(response.status, await _read(response))
    except asyncio.CancelledError:
        raise
    except Exception as trouble:
        # the name only: texts of the client may hold addresses and headers
        why = type(trouble).__name__
        log.warning("%s of an order: %s, connection stood: %s", method, why, seen.connected)
        return Lost(why) if seen.connected else NotOpened(why)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    kept = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        kept += chunk
        if len(kept) > MOST_BODY:
            raise ValueError("answer too large")
    return bytes(kept)
