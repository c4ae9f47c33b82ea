"""Last trades of some symbols, followed by one user of a shared connection that runs as long as the test."""

import asyncio
import math
from contextlib import asynccontextmanager

from senexbot.broker.market_line import MarketLimits
from senexbot.domain.alerting.terms import Field
from senexbot.ports import Key, Quiet

from .kit import PATIENCE, SteeredClock, adapter, link, running
from .streams import serving

LOUD = Quiet(math.inf, -math.inf)  # every change concerns somebody
SILENT = Quiet(-math.inf, math.inf)

# Nothing here ends by a limit that it does not name: a busy machine stands still for a second.
QUICK = MarketLimits(connect=10.0, handshake=10.0, keepalive=0.1, silence=10.0, steady=0.0, announce=0.2)


class LastTrades:
    """One user; every trade wakes it."""

    def __init__(self, broker, *symbols, of=None):
        self.feed = broker.value_feeds.open(of or link())
        self.line = self.feed.connection
        self.want(*symbols)

    def want(self, *symbols):
        self.feed.want({Key(name, Field.LAST): LOUD for name in symbols})

    async def changes(self):
        return await self.feed.changes()

    def latest(self, symbol):
        return self.feed.latest(Key(symbol, Field.LAST))

    def last(self, symbol):
        """The newest price; None before the first."""
        span = self.latest(symbol)
        return None if span is None else span.last


def symbol(span):
    return span.key.streamer_symbol


def lasts(spans):
    return {symbol(span): span.last for span in spans}


@asynccontextmanager
async def following(broker, *symbols, of=None):
    """LastTrades on connections that run."""
    made = LastTrades(broker, *symbols, of=of)
    if broker.value_feeds.is_running:
        yield made
    else:
        async with running(broker.value_feeds.run()):
            yield made


@asynccontextmanager
async def scripted(script, *symbols, limits=QUICK, clock=None):
    """Yields the server, LastTrades and the adapter."""
    async with serving(script) as server:
        broker = adapter(server.port, clock=clock or SteeredClock(scale=0.01), market_limits=limits)
        try:
            async with following(broker, *(symbols or ("AAPL",))) as made:
                yield server, made, broker
        finally:
            await broker.close()


async def spans(made, count=1, seconds=PATIENCE):
    """Until so many have come."""
    found = []
    async with asyncio.timeout(seconds):
        while len(found) < count:
            found += (await made.changes()).spans
    return found


async def until_batch(made, condition, seconds=PATIENCE):
    async with asyncio.timeout(seconds):
        while True:
            batch = await made.changes()
            if condition(batch):
                return batch


def price_of(number):
    """A price that tells which connection sent it, near the one before so that it is no spike."""
    return 100.0 + number
