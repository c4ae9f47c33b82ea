"""A small server around the market's routes: tokens, faults in memory, and the unmodified SDK pointed at it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from tastytrade import DXLinkStreamer, Session
from yarl import URL

from senexsim.broker import wire
from senexsim.broker.clock import SimClock
from senexsim.broker.market import Market, routes

TOKEN = "quote-token-of-the-test"
MONDAY_NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # in New York, 12:00
SAMPLES = Path(__file__).parents[4] / "shared" / "reference" / "tastytrade" / "samples"


@dataclass
class Trouble:
    kind: str
    delay_ms: int = 0
    status: int = 500
    retry_after: float | None = None


@dataclass
class ScriptedFaults:
    """Faults for the port: a queue of troubles to take, and the kinds that stand."""

    queue: list[Trouble] = field(default_factory=list)
    frozen: bool = False
    data_frozen: bool = False
    symbols: frozenset[str] = frozenset()

    def take(self, target: str, among: Iterable[str] | None = None) -> Trouble | None:
        for index, trouble in enumerate(self.queue):
            if among is None or trouble.kind in among:
                return self.queue.pop(index)
        return None

    def standing(self, target: str, kind: str) -> bool:
        return (self.frozen and kind == "freeze") or any(trouble.kind == kind for trouble in self.queue)

    def data_stand_still(self, target: str) -> bool:
        return self.data_frozen

    def symbols_standing_still(self, target: str) -> frozenset[str]:
        return self.symbols


@dataclass
class Bench:
    """One running market server."""

    market: Market
    faults: ScriptedFaults
    server: TestServer
    session: Session
    http: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def get(self, path: str, status: int = 200) -> Any:
        async with self.http.get(yarl_exact(self.url + path)) as response:
            body = await response.json()
            assert response.status == status, body
            return body

    async def post(self, path: str, body: Any, status: int = 200) -> Any:
        async with self.http.post(self.url + path, json=body) as response:
            answer = await response.json()
            assert response.status == status, answer
            return answer

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.market.step()

    @asynccontextmanager
    async def ticking(self, every: float = 0.01) -> AsyncIterator[None]:
        """The market ticks faster than it does by itself, while the block lasts."""

        async def run() -> None:
            while True:
                self.market.step()
                await asyncio.sleep(every)

        task = asyncio.create_task(run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    @asynccontextmanager
    async def link(self) -> AsyncIterator[RawLink]:
        async with self.http.ws_connect(self.url + "/dxlink", max_msg_size=0) as socket:
            yield RawLink(socket)


@asynccontextmanager
async def streaming(session: Session) -> AsyncIterator[DXLinkStreamer]:
    """The SDK's streamer; its queues, which it leaves open, are closed at the end."""
    streamer = DXLinkStreamer(session)
    try:
        async with streamer:
            yield streamer
    finally:
        for stream in (*streamer._send.values(), *streamer._recv.values()):
            stream.close()


def yarl_exact(url: str) -> URL:
    return URL(url, encoded=True)


@dataclass
class RawLink:
    """A DXLink client that says exactly what it is told to say."""

    socket: aiohttp.ClientWebSocketResponse
    seen: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, **message: Any) -> None:
        await self.socket.send_str(json.dumps(message))

    async def hear(self, kind: str | None = None, wait: float = 30.0) -> dict[str, Any]:
        """The next message of that type; others are kept in `seen`."""
        async with asyncio.timeout(wait):
            while True:
                message: dict[str, Any] = json.loads(await self.socket.receive_str())
                self.seen.append(message)
                if kind is None or message["type"] == kind:
                    return message

    async def silence(self, wait: float = 0.5) -> None:
        """Nothing at all comes for that long, once what was under way has arrived."""
        with suppress(TimeoutError):
            while True:
                await self.hear(wait=0.3)
        count = len(self.seen)
        with suppress(TimeoutError):
            await self.hear(wait=wait)
        assert len(self.seen) == count
        assert not self.socket.closed

    async def greet(self, **setup: Any) -> None:
        asked = {"version": "0.1-DXF-JS/0.3.0", "keepaliveTimeout": 60, "acceptKeepaliveTimeout": 60} | setup
        await self.say(type="SETUP", channel=0, **asked)
        assert (await self.hear())["type"] == "SETUP"
        asked_for = await self.hear("AUTH_STATE")
        assert asked_for == {"type": "AUTH_STATE", "channel": 0, "state": "UNAUTHORIZED"}

    async def authorize(self, **setup: Any) -> None:
        await self.greet(**setup)
        await self.say(type="AUTH", channel=0, token=TOKEN)
        assert (await self.hear("AUTH_STATE"))["state"] == "AUTHORIZED"

    async def open(self, channel: int = 1, **setup: Any) -> dict[str, Any]:
        """Authorize, open a channel and set it up; answers the FEED_CONFIG."""
        await self.authorize()
        return await self.channel(channel, **setup)

    async def channel(self, channel: int, **setup: Any) -> dict[str, Any]:
        await self.say(
            type="CHANNEL_REQUEST", channel=channel, service="FEED", parameters={"contract": "AUTO"}
        )
        await self.hear("CHANNEL_OPENED")
        asked = {"acceptAggregationPeriod": 0.1, "acceptDataFormat": "COMPACT"} | setup
        await self.say(type="FEED_SETUP", channel=channel, **asked)
        return await self.hear("FEED_CONFIG")

    async def subscribe(self, event_type: str, *symbols: str, channel: int = 1, **more: Any) -> None:
        add = [{"type": event_type, "symbol": symbol, **more} for symbol in symbols]
        await self.say(type="FEED_SUBSCRIPTION", channel=channel, add=add)


@web.middleware
async def refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except wire.Refusal as refusal:
        return refusal.response()


@pytest.fixture
def clock() -> SimClock:
    return SimClock(start=MONDAY_NOON)


@pytest.fixture
def market(clock: SimClock) -> Market:
    return Market(clock=clock, seed=7)


@pytest.fixture
async def bench(market: Market) -> AsyncIterator[Bench]:
    faults = ScriptedFaults()
    app = web.Application(middlewares=[refusals])
    server = TestServer(app)
    app.add_routes(
        routes(
            market,
            origin=lambda: str(server.make_url("")),
            faults=faults,
            valid_quote_token=lambda token: token == TOKEN,
        )
    )

    async def token(_request: web.Request) -> web.Response:
        return wire.answer({"access_token": "a-token", "expires_in": 900, "token_type": "Bearer"})

    async def quote_token(_request: web.Request) -> web.Response:
        url = str(server.make_url("/dxlink")).replace("http", "ws", 1)
        return wire.ok({"token": TOKEN, "dxlink-url": url, "level": "api"}, "/api-quote-tokens")

    app.add_routes([web.post("/oauth/token", token), web.get("/api-quote-tokens", quote_token)])
    await server.start_server()
    session = Session("provider-secret", "refresh-token")
    session._client.base_url = str(server.make_url(""))
    async with aiohttp.ClientSession() as http, session:
        yield Bench(market, faults, server, session, http)
    await server.close()


def sample(name: str) -> Any:
    """One captured answer; the test is skipped where the captures are not at hand."""
    path = SAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip("the captured samples are not here")
    return json.loads(path.read_text())
