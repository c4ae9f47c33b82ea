"""The clients of the replayed frames: senexbot's shared connection with armed rules, a reader that only decodes, and
the unmodified SDK's streamer."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import orjson
from tastytrade import DXLinkStreamer
from tastytrade.dxfeed import Trade
from tastytrade.streamer import MAP_EVENTS

from benchmarks.replay import CLOCK, END, LAYOUT, symbols
from senexbot.broker.value_feed import Follower
from senexbot.clock import SystemClock
from senexbot.domain.alerting.terms import Field
from senexbot.ports import Key, Quiet
from tests.broker.kit import adapter, link, running

EVERY_CHANGE = Quiet(math.inf, -math.inf)
RULES = 100_000
PRICE, SYMBOL = LAYOUT.index("price"), LAYOUT.index("eventSymbol")
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


def loud(count: int) -> dict[Key, Quiet]:
    """All symbols, every trade of which concerns somebody."""
    return {Key(name, Field.LAST): EVERY_CHANGE for name in [*symbols(count), END]}


def armed(count: int) -> dict[Key, Quiet]:
    """All symbols with the bands that 100,000 rules leave, whose levels lie 2 to 50 % from the price."""
    draw, keys = random.Random(2), loud(count)
    bands = {name: [-math.inf, math.inf] for name in symbols(count)}
    names = list(bands)
    for number in range(RULES):
        away, band = draw.uniform(2.0, 50.0), bands[names[number % count]]
        if number // count % 2:
            band[1] = min(band[1], 100.0 + away)
        else:
            band[0] = max(band[0], 100.0 - away)
    return keys | {Key(name, Field.LAST): Quiet(*band) for name, band in bands.items()}


@contextlib.asynccontextmanager
async def own_feed(port: int, keys: dict[Key, Quiet]) -> AsyncIterator[Follower]:
    """One user of senexbot's shared connection, about to connect."""
    broker = adapter(port, clock=SystemClock())  # type: ignore[arg-type]  # the tests' own is the default
    feed = broker.value_feeds.open(link())
    feed.want(keys)
    try:
        async with running(broker.value_feeds.run()):
            yield feed
    finally:
        await broker.close()


async def read_own(
    port: int, keys: dict[Key, Quiet], each: Handling | None = None
) -> tuple[float, dict[str, float]]:
    """(when the sending began, the last price of each symbol); `each` handles one value that was told."""
    async with own_feed(port, keys) as feed:
        last: dict[str, float] = {}
        while END not in last:
            for span in (await feed.changes()).spans:
                last[span.key.streamer_symbol] = float(span.last)
                if each is not None:
                    await each()
        for span in feed.cut(list(keys)):
            last[span.key.streamer_symbol] = float(span.last)
        return last.pop(END), last


async def clock_of_own(port: int, keys: dict[Key, Quiet], seen: Callable[[float], None]) -> None:
    """Every moment of sending that reaches whoever evaluates; of several in one look the oldest."""
    async with own_feed(port, keys | {Key(CLOCK, Field.LAST): EVERY_CHANGE}) as feed:
        while True:
            for span in (await feed.changes()).spans:
                if span.key.streamer_symbol == END:
                    return
                seen(float(span.low))


@contextlib.asynccontextmanager
async def decoding(port: int) -> AsyncIterator[Callable[[], Awaitable[Any]]]:
    """A line that is only read and decoded: the next message."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"http://127.0.0.1:{port}/dxlink", max_msg_size=0, compress=0) as socket,
    ):
        for kind in ("FEED_SETUP", "FEED_SUBSCRIPTION"):
            await socket.send_json({"type": kind, "channel": 1})
        receive, loads = socket.receive, orjson.loads

        async def decoded() -> Any:
            return loads((await receive()).data)

        assert (await decoded())["type"] == "FEED_CONFIG"
        yield decoded


async def read_decoding(port: int, frames: int) -> float:
    """When the sending began; everything that comes is decoded, and only the last frame looked at."""
    async with decoding(port) as decoded:
        for _ in range(frames):
            message = await decoded()
        return float(message["data"][1][PRICE - len(LAYOUT)])


async def clock_of_decoding(port: int, seen: Callable[[float], None]) -> None:
    async with decoding(port) as decoded:
        while True:
            row = (await decoded())["data"][1][-len(LAYOUT) :]
            if row[SYMBOL] == END:
                return
            seen(row[PRICE])


async def read_sdk(
    port: int, count: int, each: Handling | None = None, seen: Callable[[float], None] | None = None
) -> tuple[float, dict[str, float]]:
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
            if seen is not None and event.event_symbol == CLOCK:
                seen(float(event.price))
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
