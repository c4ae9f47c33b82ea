"""Canary secrets through every path at DEBUG: none may come out in a log, an error or a repr (I69, F97)."""

import asyncio
import json
import logging

import pytest

from senexbot.broker.account_feed import FeedLimits
from senexbot.broker.cancelling import CancelLimits
from senexbot.broker.market_line import MarketLimits
from senexbot.broker.sending import SendLimits
from senexbot.domain.errors import SenexError

from .following import following
from .kit import (
    CANARY,
    PATIENCE,
    TOKEN,
    Listener,
    SteeredClock,
    account,
    adapter,
    http_answer,
    link,
    raw_server,
    read_request,
    running,
    terms,
)
from .streams import acknowledge, forever, open_feed, serving, trade

ECHO = json.dumps({"error": {"code": "x", "message": f"token at-{CANARY} refused"}}).encode()


@pytest.fixture
def everything(caplog):
    """All loggers at DEBUG, also those made later."""
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield caplog
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).setLevel(logging.NOTSET)


def leaked(caplog, capfd, *more):
    out = capfd.readouterr()
    text = "\n".join([*(r.getMessage() for r in caplog.records), caplog.text, out.out, out.err, *more])
    return [line for line in text.splitlines() if CANARY in line]


async def test_streams_at_debug(everything, capfd):
    """The SDK's own streamer prints the subscription with its token at DEBUG; ours does not."""

    async def script(server, socket, number):
        if server.heard or number > 1:
            await open_feed(server, socket)
            await trade(socket, ("AAPL", 1.0))
            await socket.send_json({"type": "ERROR", "channel": 0, "error": CANARY, "message": CANARY})
            await forever(server, socket)
        await acknowledge(server, socket)
        await socket.send_json({"type": "Order", "data": {"id": None, "note": CANARY}})
        await socket.send_str(CANARY)
        await socket.send_json({"status": "error", "action": "heartbeat", "message": "failed"})
        await forever(server, socket)

    async with serving(script) as server:
        broker = adapter(
            server.port,
            clock=SteeredClock(scale=0.01),
            feed_limits=FeedLimits(silence=0.3, heartbeat=0.1),
            market_limits=MarketLimits(silence=0.3),
        )
        listener = Listener()
        async with running(broker.account_feeds.run(link(), listener)):
            await listener.until(lambda n: n.of("lost"))
        async with following(broker, "AAPL") as made:
            async with asyncio.timeout(PATIENCE):
                await made.changes()
            await server.until(lambda s: s.quote_tokens >= 2)
        shown = [repr(broker.sessions._open), repr(await broker.sessions.of("l1")), repr(listener.told)]
        await broker.close()
    assert leaked(everything, capfd, *shown) == []


@pytest.mark.parametrize("order_answer", [http_answer(401, ECHO), http_answer(500, ECHO), b"", None])
async def test_rest_at_debug(everything, capfd, order_answer):
    """Good logins, bad logins, failing reads, lost orders."""
    logins = []

    async def handler(reader, writer):
        line, _ = await read_request(reader)
        if "/oauth/token" in line:
            logins.append(line)
            refused = {"error_code": "invalid_grant", "error_description": f"refresh-{CANARY}"}
            bad = http_answer(400, json.dumps(refused).encode())
            writer.write(bad if len(logins) > 2 else TOKEN)
        elif order_answer is None:
            writer.transport.abort()
            return
        else:
            writer.write(order_answer)
        await writer.drain()

    words = []
    async with raw_server(handler) as port:
        broker = adapter(
            port,
            clock=SteeredClock(scale=0.001),
            send_limits=SendLimits(read=0.3),
            cancel_limits=CancelLimits(deadline=0.5),
        )
        body = broker.desk.compose(terms(), "sx1-p-1")
        words.append(repr(await broker.desk.place(account(), body)))
        for call in (
            broker.reads.balances(account()),
            broker.desk.dry_run(account(), body),
            broker.desk.cancel(account(), 1),
            broker.reads.instrument("l1", "AAPL"),
        ):
            try:
                words.append(repr(await call))
            except SenexError as error:
                words += [repr(error), str(error), repr(error.__cause__), repr(vars(error))]
        broker.sessions._open["l1"].good_until = None
        words.append(repr(await broker.desk.place(account(), body)))
        words.append(repr(broker.sessions._grants.grants))
        await broker.close()
    assert leaked(everything, capfd, *words) == []
