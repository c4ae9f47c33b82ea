"""The clients of the replayed frames: senexbot's shared connection with armed rules, a reader that only decodes, and
the unmodified SDK's streamer."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
from tastytrade import DXLinkStreamer
from tastytrade.dxfeed import Trade
from tastytrade.streamer import MAP_EVENTS

from benchmarks.replay import CLOCK, END, LAYOUT, symbols
from benchmarks.rules import rules_of, span
from senexbot.alerts.board import Board
from senexbot.broker.value_feed import Follower
from senexbot.clock import SystemClock
from senexbot.domain.alerting.terms import Field
from senexbot.ports import DayFigures, Key, Quiet, Span
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


class Armed:
    """100,000 alerts on a board, as the bot's watch over a link has them; their levels lie 2 to 50 % from the price.

    The board outlives the connections of the rounds: `feed` is the present one. `keys`: what it wants of a feed, with
    the bands that its book leaves, and END.
    """

    def __init__(self, count: int) -> None:
        self.feed: Follower | None = None
        self.board = Board(self)
        self.board.meet([self.board.put(rule) for rule in rules_of(RULES, symbols(count))], datetime.now(UTC))
        self.keys = {Key(END, Field.LAST): EVERY_CHANGE} | self.board.bands(self.board.keys)

    def cut(self, keys: Sequence[Key]) -> tuple[Span, ...]:
        return () if self.feed is None else self.feed.cut(keys)

    def latest(self, key: Key) -> Span | None:
        """Before anything came, every symbol was at 100."""
        return span(key.streamer_symbol, 100) if self.feed is None else self.feed.latest(key)

    def day(self, streamer_symbol: str) -> DayFigures | None:
        return None if self.feed is None else self.feed.day(streamer_symbol)

    def take(self, spans: Sequence[Span]) -> None:
        """What left its band meets the alerts: nothing here does, and none may fire."""
        assert not self.board.take(spans, datetime.now(UTC)), "a quiet tick woke an alert"


@functools.cache
def armed(count: int) -> Armed:
    return Armed(count)


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
    port: int, keys: dict[Key, Quiet], each: Handling | None = None, meets: Armed | None = None
) -> tuple[float, dict[str, float]]:
    """(when the sending began, the last price of each symbol); `each` handles one value that was told, `meets` looks
    at all of them."""
    async with own_feed(port, keys) as feed:
        last: dict[str, float] = {}
        if meets is not None:
            meets.feed = feed
        while END not in last:
            spans = (await feed.changes()).spans
            if meets is not None:
                meets.take(spans)
            for one in spans:
                last[one.key.streamer_symbol] = float(one.last)
                if each is not None:
                    await each()
        for one in feed.cut(list(keys)):
            last[one.key.streamer_symbol] = float(one.last)
        return last.pop(END), last


async def clock_of_own(port: int, meets: Armed, seen: Callable[[float], None]) -> None:
    """Every moment of sending that reaches whoever evaluates, after the look; of several in one look the oldest."""
    async with own_feed(port, meets.keys | {Key(CLOCK, Field.LAST): EVERY_CHANGE}) as feed:
        meets.feed = feed
        while True:
            spans = (await feed.changes()).spans
            meets.take(spans)
            for one in spans:
                if one.key.streamer_symbol == END:
                    return
                seen(float(one.low))


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
