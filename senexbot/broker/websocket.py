"""A websocket client with limits on everything: connect, each read, size; no proxy, no redirect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from senexbot.broker.sdk import user_agent

MOST_MESSAGE = 8 * 1024 * 1024  # bytes; a snapshot of many symbols can be large


class LineLost(Exception):
    """The connection ended or fell silent. `code`: the close code, None without a close frame."""

    def __init__(self, why: str, code: int | None = None) -> None:
        super().__init__(why)
        self.code = code


async def _no_redirect(*_: object) -> None:
    raise LineLost("the broker sent us elsewhere; redirects are not followed")


def _stay_here() -> aiohttp.TraceConfig:
    """aiohttp's websocket client follows redirects and cannot be told not to; the trace stops it (I76)."""
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_no_redirect)
    return trace


@asynccontextmanager
async def connected(url: str, *, limit: float) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """An open websocket; raises LineLost when it does not open within `limit` seconds."""
    session = aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent()},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(limit, 5.0)),
        trust_env=False,
        trace_configs=[_stay_here()],
    )
    async with session:
        try:
            async with asyncio.timeout(limit):
                socket = await session.ws_connect(
                    url,
                    max_msg_size=MOST_MESSAGE,
                    compress=0,
                    timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                )
        except (aiohttp.ClientError, OSError, ValueError, TimeoutError) as trouble:
            raise LineLost(f"could not connect ({type(trouble).__name__})") from None
        try:
            yield socket
        finally:
            await socket.close()


async def next_text(socket: aiohttp.ClientWebSocketResponse, silence: float) -> str | bytes:
    """The next message. Raises LineLost when the line ends or no message came for `silence` seconds.

    Pings are answered on the way and do not count: a frozen server may still send them (F48).
    """
    try:
        async with asyncio.timeout(silence):
            message = await socket.receive()
    except TimeoutError:
        raise LineLost(f"nothing heard for {silence:g} s") from None
    if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
        return message.data  # type: ignore[no-any-return]  # aiohttp types it so
    raise line_end(socket)


def line_end(socket: aiohttp.ClientWebSocketResponse) -> LineLost:
    """What to raise when a message that is no text has ended the line."""
    code = socket.close_code
    return LineLost("the broker closed the line" if code else "the line broke", code)


async def send(socket: aiohttp.ClientWebSocketResponse, message: bytes, *, limit: float) -> None:
    """Send one text message within `limit` seconds. Raises LineLost."""
    try:
        async with asyncio.timeout(limit):
            await socket.send_str(message.decode())
    except (aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as trouble:
        raise LineLost(f"could not send ({type(trouble).__name__})") from None
