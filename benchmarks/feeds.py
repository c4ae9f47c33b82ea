"""The two clients of the replayed frames: senexbot's own feed, and the unmodified SDK's streamer."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
from tastytrade import DXLinkStreamer
from tastytrade.dxfeed import Trade
from tastytrade.streamer import MAP_EVENTS

from benchmarks.replay import END, symbols
from senexbot.broker.value_feed import Follower
from senexbot.clock import SystemClock
from senexbot.domain.alerting.terms import Field
from senexbot.ports import Key, Quiet
from tests.broker.kit import adapter, link, running

EVERY_CHANGE = Quiet(math.inf, -math.inf)
Handling = Callable[[], Awaitable[None]]


class LoopbackSession:
    """What DXLinkStreamer uses of a session: one GET and the arguments of its HTTP client."""

    client_kwargs: dict[str, Any] = {}  # noqa: RUF012  the SDK reads an attribute of this name

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    async def _get(self, path: str) -> Any:
        async with aiohttp.ClientSession() as http, http.get(self._url + path) as answer:
            return (await answer.json())["data"]


async def plan(port: int, **wanted: Any) -> None:
    """Tell the server what to send to the clients that come."""
    wanted |= {"sdk_channel": list(MAP_EVENTS).index("Trade") * 2 + 1}  # its frames are prepared ahead
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"http://127.0.0.1:{port}/plan", json=wanted) as told,
    ):
        assert told.status == 200


@contextlib.asynccontextmanager
async def own_feed(port: int, count: int) -> AsyncIterator[Follower]:
    """senexbot's feed, wanting all symbols, about to connect."""
    broker = adapter(port, clock=SystemClock())  # type: ignore[arg-type]  # the tests' own is the default
    feed = broker.value_feeds.open(link())
    feed.want({Key(name, Field.LAST): EVERY_CHANGE for name in [*symbols(count), END]})
    try:
        async with running(broker.value_feeds.run()):
            yield feed
    finally:
        await broker.close()


async def read_own(port: int, count: int, each: Handling | None = None) -> tuple[float, dict[str, float]]:
    """(when the sending began, the last price each symbol was delivered with); `each` handles one tick."""
    async with own_feed(port, count) as feed:
        last: dict[str, float] = {}
        while END not in last:
            for span in (await feed.changes()).spans:
                last[span.key.streamer_symbol] = float(span.last)
                if each is not None:
                    await each()
        return last.pop(END), last


async def read_sdk(port: int, count: int, each: Handling | None = None) -> tuple[float, dict[str, float]]:
    """The same with the SDK: `listen`, as its documentation has it."""
    last: dict[str, float] = {}
    session = LoopbackSession(port)
    streamer = DXLinkStreamer(session)  # type: ignore[arg-type]  # stands at the session
    async with _closing(streamer):
        await streamer.subscribe(Trade, [*symbols(count), END])
        async for event in streamer.listen(Trade):
            last[event.event_symbol] = float(event.price)
            if event.event_symbol == END:
                break
            if each is not None:
                await each()
        await asyncio.sleep(0)
    return last.pop(END), last


@contextlib.asynccontextmanager
async def _closing(streamer: DXLinkStreamer) -> AsyncIterator[None]:
    """Connected; afterwards its queues are closed, which it leaves to the garbage collector."""
    try:
        async with streamer:
            yield
    finally:
        for queue in (*streamer._send.values(), *streamer._recv.values()):  # noqa: SLF001  there is no public way
            queue.close()
