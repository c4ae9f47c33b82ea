"""One create request over bare sockets: what left, what came back, and that it is never repeated (I7, I8)."""

import asyncio
import json
import socket

import pytest

from senexbot.broker.sending import Answered, Lost, NotOpened, SendLimits, send_order
from senexbot.domain.orders.broker_orders import Accepted, NotProven, NotSent

from .kit import CANARY, TOKEN, account, adapter, http_answer, raw_server, read_request, terms

QUICK = SendLimits(connect=0.5, read=0.3, total=1.0)
PLACED = http_answer(201, json.dumps({"data": {"order": {"id": 5, "status": "Routed", "legs": []}}}).encode())


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    """Answers the token call; counts orders and does `then` with each connection that brought one."""

    def __init__(self, then):
        self.then = then
        self.orders = 0
        self.bodies = []
        self.heads = []

    async def __call__(self, reader, writer):
        line, body = await read_request(reader)
        if "/oauth/token" in line:
            writer.write(TOKEN)
            await writer.drain()
            return
        self.orders += 1
        self.bodies.append(body)
        await self.then(reader, writer)


async def place(then, **limits):
    server = Broker(then)
    async with raw_server(server) as port:
        broker = adapter(port, send_limits=SendLimits(**limits) if limits else QUICK)
        try:
            body = broker.desk.compose(terms(), "sx1-p-1")
            outcome = await broker.desk.place(account(), body)
        finally:
            await broker.close()
    return server, outcome, body


async def test_accepted_with_exactly_the_composed_bytes():
    """I6."""

    async def then(_, writer):
        writer.write(PLACED)
        await writer.drain()

    server, outcome, body = await place(then)
    assert isinstance(outcome, Accepted)
    assert outcome.order_id == 5
    assert server.bodies == [body]


async def test_connection_refused_is_proven_not_sent():
    """F26."""
    sent = await send_order(f"http://127.0.0.1:{unused_port()}/orders", b"{}", {}, QUICK)
    assert isinstance(sent, NotOpened)


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_connection_that_breaks_is_not_tried_again(method):
    """I7, F40: the client would repeat a PUT by itself; what arrives is counted."""
    arrived = []

    async def cut(reader, writer):
        arrived.append((await read_request(reader))[0])
        writer.close()

    async with raw_server(cut) as port:
        url = f"http://127.0.0.1:{port}/orders/1"
        sent = await send_order(url, b"{}", {}, QUICK, method=method)
    assert isinstance(sent, Lost)
    assert arrived == [f"{method} /orders/1 HTTP/1.1"]


async def test_a_host_that_never_accepts_is_not_opened():
    """F26: the connection is never established; a full accept queue stands for a silent host."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        try:
            sent = await send_order(f"http://127.0.0.1:{port}/orders", b"{}", {}, QUICK)
        finally:
            for filler in fillers:
                filler.close()
    assert isinstance(sent, NotOpened)


async def test_a_port_that_closed_between_login_and_order():
    """F26 through the desk: the token was fetched, the order's own connection is refused."""

    async def never(_, writer):
        raise AssertionError

    server = Broker(never)
    async with raw_server(server) as port:
        broker = adapter(port, send_limits=QUICK)
        await broker.sessions.token("l1")
    outcome = await broker.desk.place(account(), broker.desk.compose(terms(), "sx1-p-1"))
    await broker.close()
    assert isinstance(outcome, NotSent)
    assert not outcome.grant_expired


async def _abort(_, writer):
    writer.transport.abort()


async def _stall(reader, _):
    await reader.read()


async def _half(_, writer):
    writer.write(b'HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{"data":')
    await writer.drain()


async def _drip(_, writer):
    writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 500000\r\n\r\n")
    while True:  # a byte a turn of the loop: never silent, never done in time
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0)


async def _nonsense(_, writer):
    writer.write(b"\x00\x01\x02 not http\r\n\r\n")
    await writer.drain()


async def _close(_, writer):
    writer.close()


async def _flood(_, writer):
    writer.write(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n")
    block = b"10000\r\n" + b" " * 65536 + b"\r\n"
    while True:
        writer.write(block)
        await writer.drain()


@pytest.mark.parametrize("then", [_abort, _stall, _half, _drip, _nonsense, _close, _flood])
async def test_whatever_happens_after_the_connection_stood_is_not_proven(then):
    """I7, I9; F25, F27, F31: one request, no repeat, no conclusion, always within the time limit."""
    server, outcome, _ = await place(then)
    assert isinstance(outcome, NotProven)
    assert server.orders == 1


@pytest.mark.parametrize("offset", [0, 1, 40, 150, 400])
async def test_a_reset_within_the_request_is_not_proven(offset):
    """F27: cut after so many bytes of the request."""
    seen = []

    async def handler(reader, writer):
        if seen:
            seen.append("again")
        line = await reader.read(20)
        if b"/oauth/token" in line:
            rest = await reader.readuntil(b"\r\n\r\n")
            del rest
            writer.write(TOKEN)
            await writer.drain()
            return
        seen.append("order")
        if offset > 20:
            await reader.read(offset - 20)
        writer.transport.abort()

    async with raw_server(handler) as port:
        broker = adapter(port, send_limits=QUICK)
        big = terms()
        outcome = await broker.desk.place(account(), broker.desk.compose(big, "sx1-p-" + "x" * 100_000))
        await broker.close()
    assert isinstance(outcome, NotProven)
    assert seen == ["order"]


async def test_redirects_are_not_followed():
    """I76: a 307 would otherwise repeat the order, with its token, somewhere else."""
    elsewhere = []

    async def trap(reader, writer):
        elsewhere.append(await read_request(reader))

    async with raw_server(trap) as other:

        async def then(_, writer):
            writer.write(http_answer(307, b"", f"Location: http://127.0.0.1:{other}/orders\r\n"))
            await writer.drain()

        server, outcome, _ = await place(then)
    assert isinstance(outcome, NotProven)
    assert server.orders == 1
    assert elsewhere == []


async def test_proxies_of_the_environment_are_ignored(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_port()}")

    async def then(_, writer):
        writer.write(PLACED)
        await writer.drain()

    _, outcome, _ = await place(then)
    assert isinstance(outcome, Accepted)


async def test_each_order_has_its_own_connection():
    """No stale kept-alive connection can lose an order, and none is repeated on it."""
    connections = []

    async def then(_, writer):
        connections.append(writer)
        writer.write(PLACED.replace(b"Connection: close", b"Connection: keep-alive"))
        await writer.drain()

    server = Broker(then)
    async with raw_server(server) as port:
        for _ in range(2):
            url = f"http://127.0.0.1:{port}/accounts/1/orders"
            assert isinstance(await send_order(url, b"{}", {"authorization": CANARY}, QUICK), Answered)
    assert len(connections) == 2


async def test_cancelled_midway_goes_to_the_caller():
    """The caller has to treat it as not proven (I9); nothing is swallowed."""
    arrived = asyncio.Event()

    async def then(reader, _):
        arrived.set()
        await reader.read()

    server = Broker(then)
    async with raw_server(server) as port:
        task = asyncio.create_task(send_order(f"http://127.0.0.1:{port}/x", b"{}", {}, SendLimits()))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_lost_answer_says_lost():
    async with raw_server(Broker(_abort)) as port:
        assert isinstance(await send_order(f"http://127.0.0.1:{port}/x", b"{}", {}, QUICK), Lost)
