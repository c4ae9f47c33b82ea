"""What the adapter's tests share: a clock that can be pushed, stored grants, links, a listener, raw servers."""

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import aiohttp

from senexbot.broker.adapter import Tastytrade
from senexbot.broker.endpoints import Endpoints
from senexbot.domain.errors import NotConnected
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import AccountRef, BrokerAccount, Environment, Grant, Link, Secret
from senexbot.domain.orders.broker_orders import BrokerOrder
from senexbot.domain.orders.terms import Action, Leg, OrderTerms, OrderType, TimeInForce

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
CANARY = "canary-7f3a"
PATIENCE = 30.0  # seconds for what comes at once: a machine that is busy with other things is no failure


class SteeredClock:
    """Real time plus what a test adds; `waits` collects every sleep asked for, `scale` shortens them."""

    def __init__(self, *, scale: float = 1.0) -> None:
        self.added = timedelta()
        self.waits: list[float] = []
        self.scale = scale

    def now(self) -> datetime:
        return datetime.now(UTC) + self.added

    def not_before(self) -> datetime:
        return self.now()

    def monotonic(self) -> float:
        return time.monotonic() + self.added.total_seconds()

    def advance(self, seconds: float) -> None:
        self.added += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(seconds * self.scale)


class PushedClock:
    """A clock that stands until it is pushed; whoever sleeps on it wakes when its time has come."""

    def __init__(self, start: datetime = NOW) -> None:
        self._now = start
        self._monotonic = 1000.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def not_before(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._monotonic + seconds, woken))
        await woken

    def sleeps(self, seconds: float) -> bool:
        """Whether somebody sleeps for so long from now."""
        return any(abs(until - self._monotonic - seconds) < 1e-6 for until, _ in self._sleepers)

    def push(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
        due = [one for one in self._sleepers if one[0] <= self._monotonic]
        self._sleepers = [one for one in self._sleepers if one[0] > self._monotonic]
        for _, woken in due:
            if not woken.done():
                woken.set_result(None)

    async def push_until(self, condition: Callable[[], bool], *, step: float = 1.0) -> None:
        """Pushes on until the condition holds. Between two steps the sockets have their say."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.push(step)
                await asyncio.sleep(0.002)


class StoredGrants:
    """Stands at the port Grants."""

    def __init__(self, **grants: Grant) -> None:
        self.grants = grants

    async def grant(self, link_id: str) -> Grant:
        if link_id not in self.grants:
            raise NotConnected("no such link")
        return self.grants[link_id]

    async def environment(self, link_id: str) -> Environment:
        return (await self.grant(link_id)).environment


def grant(
    secret: str = f"secret-{CANARY}",
    refresh: str = f"refresh-{CANARY}",
    environment: Environment = Environment.PRACTICE,
) -> Grant:
    return Grant(environment, Secret(secret), Secret(refresh))


def jwt(issuer: str) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part({'iss': issuer, 'sub': CANARY})}.{CANARY}"


def link(*numbers: str, link_id: str = "l1", environment: Environment = Environment.PRACTICE) -> Link:
    accounts = tuple(BrokerAccount(n, "Main", "Individual", "Margin") for n in numbers or ("5WT00001",))
    return Link(link_id, "T1", "U1", environment, "C1", accounts, accounts[0].number, NOW)


def account(number: str = "5WT00001", environment: Environment = Environment.PRACTICE) -> AccountRef:
    return AccountRef("l1", number, environment)


def terms(
    action: Action = Action.BUY_TO_OPEN,
    *,
    symbol: str = "AAPL",
    quantity: int = 10,
    price: str | None = "100",
    kind: InstrumentType = InstrumentType.EQUITY,
    number: str = "5WT00001",
) -> OrderTerms:
    """`price` unsigned; None makes it a market order."""
    signed = None
    if price is not None:
        signed = Decimal(price) * (-1 if action.value.startswith("Buy") else 1)
    leg = Leg(symbol, kind, action, Decimal(quantity), symbol)
    kind_of = OrderType.MARKET if price is None else OrderType.LIMIT
    return OrderTerms(account(number), symbol, (leg,), kind_of, signed, TimeInForce.DAY)


@dataclass
class Listener:
    """Stands at the port AccountSink and keeps what it is told."""

    told: list[tuple[str, Any]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def _note(self, what: str, value: Any) -> None:
        self.told.append((what, value))
        self.changed.set()

    async def feed_connected(self, link: Link) -> None:
        self._note("connected", link.id)

    async def feed_order(self, link: Link, order: BrokerOrder) -> None:
        self._note("order", order)

    async def feed_account_changed(self, link: Link, account: str) -> None:
        self._note("changed", account)

    async def feed_lost(self, link: Link, why: str) -> None:
        self._note("lost", why)

    def of(self, what: str) -> list[Any]:
        return [value for kind, value in self.told if kind == what]

    async def until(self, condition: Callable[["Listener"], bool], seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while not condition(self):
                self.changed.clear()
                await self.changed.wait()


async def eventually(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Waits for something that has no event of its own."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(work: Awaitable[None]):
    """A task that is cancelled afterwards; what it raised is raised."""
    task = asyncio.ensure_future(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(handler: Handler):
    """A bare TCP server; yields its port. Connections are aborted at the end."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def read_request(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """Request line and body of one HTTP/1.1 request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    size = 0
    for line in head.split("\r\n"):
        if line.lower().startswith("content-length:"):
            size = int(line.split(":")[1])
    return head.split("\r\n")[0], await reader.readexactly(size) if size else b""


def http_answer(status: int, body: bytes, extra: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"{extra}Connection: close\r\n\r\n"
    )
    return head.encode() + body


TOKEN = http_answer(200, json.dumps({"access_token": f"at-{CANARY}", "expires_in": 900}).encode())


def adapter(port: int, *, clock: SteeredClock | None = None, streamer: str = "/streamer", **limits: Any):
    """The adapter against one loopback port, with link l1 stored."""
    endpoints = Endpoints(f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}{streamer}")
    return Tastytrade(
        endpoints=endpoints,
        grants=StoredGrants(l1=grant()),
        clock=clock or SteeredClock(scale=0.02),
        **limits,
    )


@asynccontextmanager
async def simulated(
    sim: Any, *, user: int = 0, clock: SteeredClock | None = None, links: int = 1, **limits: Any
):
    """The adapter against a broker simulator, with links l1, l2, … for one of its users."""
    person = sim.info["users"][user]
    theirs = grant(person["provider_secret"], person["refresh_token"])
    made = Tastytrade(
        endpoints=Endpoints(sim.info["api_url"], sim.info["streamer_url"]),
        grants=StoredGrants(**{f"l{n}": theirs for n in range(1, links + 1)}),
        clock=clock or SteeredClock(),
        **limits,
    )
    try:
        async with running(made.value_feeds.run()):
            yield made
    finally:
        await made.close()


async def control(sim: Any, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
    """One call of the simulator's controls; asserts that it was taken."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{sim.info['api_url']}/_sim/{path}", json=body) as answer,
    ):
        text = await answer.text()
        assert answer.status < 300, text
        return json.loads(text)


async def creates(sim: Any) -> list[dict[str, Any]]:
    """The judge's ledger: every create request that arrived."""
    ledger = await control(sim, "requests", method="GET")
    return [
        r
        for r in ledger["requests"]
        if r["method"] == "POST" and r["path"].endswith(("/orders", "/complex-orders"))
    ]
