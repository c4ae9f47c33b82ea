"""A DXLink server that replays prepared frames as fast as a client takes them, or at a pace. Its own process.

The frames are WebSocket frames before the first client comes, so that sending costs next to nothing. The last
event, of the symbol END, carries the moment the sending began (monotonic seconds, the same on both sides) as
its price: a client that sees it knows how long everything took.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import struct
import time
from collections.abc import Iterator
from typing import Any

from aiohttp import WSMsgType, web
from tastytrade.dxfeed import Trade

from benchmarks import cores

END = "END"
LAYOUT = tuple(Trade.model_json_schema()["properties"])  # what the SDK asks for, in its order
BARE = ("eventType", "eventSymbol", "price", "dayVolume")  # what senexbot asks for
CLOCK = "CLOCK"  # of a clocked plan: the last trade of each frame, whose price is the moment of its sending
EPOCH = 1_000_000.0  # added to it, so that its text is always as long
CLOCK_PRICE = b"1000000.123457"  # as long as the moment that is put in its place
BLOCK = 256 * 1024
ENOUGH = 1024 * 1024  # bytes waiting in the transport


def symbols(count: int) -> list[str]:
    return [f"S{i:03}" for i in range(count)]


def final_price(symbol: str) -> float:
    """What each symbol's very last trade costs."""
    return 100.0 + int(symbol[1:]) / 1000


def _row(symbol: str, price: float, layout: tuple[str, ...]) -> list[Any]:
    known = {"eventType": "Trade", "eventSymbol": symbol, "price": price, "exchangeCode": "Q"}
    known |= {"tickDirection": "ZERO_UP", "extendedTradingHours": False, "dayVolume": 1234567.0}
    known |= {"dayTurnover": 123456789.25, "size": 100, "change": 0.25}
    return [known.get(name, 0) for name in layout]


def _frame(rows: list[list[Any]], channel: int) -> bytes:
    flat = [value for row in rows for value in row]
    text = json.dumps({"type": "FEED_DATA", "channel": channel, "data": ["Trade", flat]}).encode()
    if len(text) < 126:
        return struct.pack("!BB", 0x81, len(text)) + text
    if len(text) < 65536:
        return struct.pack("!BBH", 0x81, 126, len(text)) + text
    return struct.pack("!BBQ", 0x81, 127, len(text)) + text


class Replay:
    """`plan` is set over HTTP before a client connects: events, events a frame, passes, pace, symbols."""

    def __init__(self) -> None:
        self.plan: dict[str, Any] = {}
        self.port = 0
        self._made: dict[tuple[Any, ...], list[bytes]] = {}

    async def set_plan(self, request: web.Request) -> web.Response:
        self.plan = await request.json()
        for channel, layout in ((1, LAYOUT), (1, BARE), (self.plan["sdk_channel"], LAYOUT)):
            self._frames(channel, layout)
        return web.json_response({"ok": True})

    async def token(self, _: web.Request) -> web.Response:
        return web.json_response({"access_token": "t", "expires_in": 900})

    async def quote_token(self, _: web.Request) -> web.Response:
        url = f"ws://127.0.0.1:{self.port}/dxlink"
        return web.json_response({"data": {"token": "q", "dxlink-url": url, "level": "api"}})

    async def line(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        channel = 0
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            told = json.loads(message.data)
            if told["type"] == "FEED_SUBSCRIPTION":
                assert request.transport is not None
                with contextlib.suppress(ConnectionResetError):  # a client may leave when it has seen enough
                    await self._send(request.transport, channel)
                continue
            channel = told["channel"] or channel
            for answer in _answers(told, layout=BARE if self.plan.get("bare") else LAYOUT):
                await socket.send_json(answer)
        return socket

    def _frames(self, channel: int, layout: tuple[str, ...]) -> list[bytes]:
        """The plan's frames for one channel: random prices within 1 %, always the same ones."""
        plan = self.plan
        key = (channel, layout, plan["events"], plan["per_frame"], plan["symbols"], plan.get("clocked"))
        if key not in self._made:
            draw, names = random.Random(1), symbols(plan["symbols"])
            rows = [
                _row(draw.choice(names), round(draw.uniform(99.5, 100.5), 2), layout)
                for _ in range(plan["events"])
            ]
            size, clock = (
                plan["per_frame"],
                [_row(CLOCK, float(CLOCK_PRICE), layout)] if plan.get("clocked") else [],
            )
            self._made[key] = [_frame(rows[i : i + size] + clock, channel) for i in range(0, len(rows), size)]
        return self._made[key]

    async def _send(self, transport: asyncio.Transport, channel: int) -> None:
        plan, layout = self.plan, BARE if self.plan.get("bare") else LAYOUT
        frames = self._frames(channel, layout)
        began = time.monotonic()
        if plan.get("per_second"):
            await _paced(transport, frames, plan)
        else:
            for block in _blocks(frames, plan["passes"]):
                await _write(transport, block)
        last = [_row(name, final_price(name), layout) for name in symbols(plan["symbols"])]
        await _write(transport, _frame([*last, _row(END, began, layout)], channel))


def _answers(told: dict[str, Any], *, layout: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    kind, channel = told["type"], told["channel"]
    if kind == "SETUP":
        yield {"type": "SETUP", "channel": 0, "keepaliveTimeout": 60, "version": "1.0-bench"}
        yield {"type": "AUTH_STATE", "channel": 0, "state": "UNAUTHORIZED"}
    elif kind == "AUTH":
        yield {"type": "AUTH_STATE", "channel": 0, "state": "AUTHORIZED", "userId": "u"}
    elif kind == "CHANNEL_REQUEST":
        yield {"type": "CHANNEL_OPENED", "channel": channel, "service": "FEED"}
    elif kind == "FEED_SETUP":
        config = {"type": "FEED_CONFIG", "channel": channel, "dataFormat": "COMPACT"}
        yield config | {"eventFields": {"Trade": list(layout)}}


def _blocks(frames: list[bytes], passes: int) -> Iterator[bytes]:
    block = bytearray()
    for _ in range(passes):
        for frame in frames:
            block += frame
            if len(block) >= BLOCK:
                yield bytes(block)
                block.clear()
    yield bytes(block)


async def _paced(transport: asyncio.Transport, frames: list[bytes], plan: dict[str, Any]) -> None:
    """So many events a second for so many seconds, the frames over and over; late ones are caught up."""
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < plan["seconds"]:
        due = int(passed * plan["per_second"] / plan["per_frame"])
        block = b"".join(frames[i % len(frames)] for i in range(sent, due))
        if plan.get("clocked"):
            now = f"{EPOCH + time.monotonic():.6f}"
            block = block.replace(CLOCK_PRICE, now.encode())
        await _write(transport, block)
        sent = due
        await asyncio.sleep(0.005)


async def _write(transport: asyncio.Transport, data: bytes) -> None:
    """Past aiohttp's writer, which would frame each message again; waits while the client does not read."""
    if transport.is_closing():
        raise ConnectionResetError("the client has gone")
    transport.write(data)
    while transport.get_write_buffer_size() > ENOUGH:  # noqa: ASYNC110  the transport has no event to wait on
        await asyncio.sleep(0.0005)


async def _serve() -> None:
    cores.settle(cores.SERVING)
    replay = Replay()
    app = web.Application()
    app.add_routes(
        [
            web.post("/plan", replay.set_plan),
            web.post("/oauth/token", replay.token),
            web.get("/api-quote-tokens", replay.quote_token),
            web.get("/dxlink", replay.line),
        ]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    replay.port = runner.addresses[0][1]
    print(json.dumps({"port": replay.port}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
