"""The market data stream: ticks, blind times, reconnects, limits (I49-I51, I53-I55; F56-F64)."""

import asyncio
import random
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from senexbot.broker.market_line import MarketLimits
from senexbot.broker.pulse import PROBES
from senexbot.domain.errors import NotConnected

from .kit import PATIENCE, PushedClock, SteeredClock, adapter, control, eventually, link, running, simulated
from .streams import forever, open_feed, serving, silence, trade

# Nothing here ends by a limit that it does not name: a busy machine stands still for a second.
QUICK = MarketLimits(connect=10.0, handshake=10.0, keepalive=0.1, silence=10.0, steady=0.0, announce=0.2)


@asynccontextmanager
async def feed(script, *symbols, limits=QUICK, clock=None):
    async with serving(script) as server:
        broker = adapter(server.port, clock=clock or SteeredClock(scale=0.01), market_limits=limits)
        made = broker.market_feeds.open(link())
        made.want(frozenset(symbols or ("AAPL",)))
        try:
            async with running(made.run()) as task:
                yield server, made, broker, task
        finally:
            await broker.close()


async def ticks(made, count=1, seconds=PATIENCE):
    """Batches until so many ticks have come."""
    found = []
    async with asyncio.timeout(seconds):
        while len(found) < count:
            found += (await made.changes()).ticks
    return found


def price_of(number):
    """A price that tells which connection sent it, near the one before so that it is no spike."""
    return 100.0 + number


async def until_batch(made, condition, seconds=PATIENCE):
    async with asyncio.timeout(seconds):
        while True:
            batch = await made.changes()
            if condition(batch):
                return batch


async def test_through_the_simulator(sim, broker):
    """Last trades of shares and options as pinned; no tick for what is not wanted."""
    made = broker.market_feeds.open(link())
    made.want(frozenset({"AAPL", "SPY"}))
    await control(sim, "quote", {"symbol": "AAPL", "bid": 199.9, "ask": 200.1, "last": 200.0})
    async with running(made.run()):
        async with asyncio.timeout(PATIENCE):
            while made.latest("AAPL") is None or made.latest("SPY") is None:
                await made.changes()
        await control(sim, "quote", {"symbol": "AAPL", "bid": 204.9, "ask": 205.1, "last": 205.0})
        async with asyncio.timeout(PATIENCE):
            while made.latest("AAPL").last != Decimal(205):
                batch = await made.changes()
                assert {t.symbol for t in batch.ticks} <= {"AAPL", "SPY"}
        made.want(frozenset({"AAPL"}))
        assert made.latest("SPY") is None


async def test_a_jump_is_believed_with_quotes_around_it_a_bad_print_is_not(sim, broker):
    """F61: the market moves by a quarter and stays; then a last trade alone is ten times the price."""
    made = broker.market_feeds.open(link())
    made.want(frozenset({"AAPL"}))
    await control(sim, "quote", {"symbol": "AAPL", "bid": 199.9, "ask": 200.1})
    async with running(made.run()):
        await ticks(made)
        await control(sim, "quote", {"symbol": "AAPL", "bid": 249.9, "ask": 250.1})
        (tick,) = await ticks(made)
        assert tick.last == 250
        await control(sim, "quote", {"symbol": "AAPL", "bid": 249.9, "ask": 250.1, "last": 2500})
        await eventually(lambda: made._ticks.suspects)
        await control(sim, "quote", {"symbol": "AAPL", "bid": 250.9, "ask": 251.1, "last": 251})
        (tick,) = await ticks(made)
        assert (tick.last, tick.high) == (251, 251)


async def test_a_frozen_simulator_is_left_and_its_return_is_told(sim):
    """F56: whole socket frozen."""
    limits = MarketLimits(silence=1.0, announce=0.2, steady=0.0, keepalive=0.2)
    async with simulated(sim, market_limits=limits, clock=SteeredClock(scale=0.1)) as broker:
        made = broker.market_feeds.open(link())
        made.want(frozenset({"AAPL"}))
        async with running(made.run()):
            await ticks(made)
            await control(sim, "fault", {"target": "dxlink", "kind": "freeze"})
            blind = await until_batch(made, lambda b: b.blind_since is not None)
            await control(sim, "fault", method="DELETE")
            back = await until_batch(made, lambda b: b.recovered_from is not None)
            assert back.recovered_from == blind.blind_since
            await ticks(made)


async def test_between_two_looks_the_newest_and_the_extremes():
    """I55, I41: a crossing and its way back are both in one tick."""
    sent = asyncio.Event()

    async def script(server, socket, _):
        await open_feed(server, socket)
        assert (await server.hear(socket))["add"] == [
            {"type": "Trade", "symbol": symbol} for symbol in sorted({"AAPL"} | PROBES)
        ]
        await trade(socket, ("AAPL", 199.95), ("AAPL", 201.5417), ("MSFT", 5.0))
        await trade(socket, ("AAPL", 188.01), ("AAPL", 200))
        sent.set()
        await forever(server, socket)

    async with feed(script) as (_, made, _, _):
        await sent.wait()
        await eventually(lambda: made.latest("AAPL") and made.latest("AAPL").last == 200)
        (tick,) = (await made.changes()).ticks
        assert (tick.last, tick.low, tick.high) == (Decimal(200), Decimal("188.01"), Decimal("201.5417"))
        assert made.latest("MSFT") is None


NONSENSE = [0, -1, 0.0, -0.01, "NaN", "Infinity", "12", None, True, [], {}, 1e300, 1e13]


@pytest.mark.parametrize("junk", NONSENSE)
async def test_nonsense_prices_are_no_ticks(junk):
    """I54, F61."""

    async def script(server, socket, _):
        await open_feed(server, socket)
        await trade(socket, ("AAPL", junk), ("MSFT", 1.5), ([], 1.0), (None, 2.0))
        await forever(server, socket)

    async with feed(script, "AAPL", "MSFT") as (_, made, _, _):
        assert [t.symbol for t in await ticks(made)] == ["MSFT"]
        assert made.latest("AAPL") is None


async def test_full_objects_other_layouts_and_empty_lists_are_read():
    """Pitfalls 67, 68."""

    async def script(server, socket, _):
        await open_feed(server, socket, fields=["price", "eventTime", "eventSymbol"])
        send = socket.send_json
        await send({"type": "FEED_DATA", "channel": 1, "data": []})
        await send({"type": "FEED_DATA", "channel": 1, "data": ["Trade", [1.5, 0, "A", 2.5, 0, "B"]]})
        full = [{"eventType": "Trade", "eventSymbol": "C", "price": 3.5}, 7, {"eventType": "Quote"}]
        await send({"type": "FEED_DATA", "channel": 1, "data": full})
        await forever(server, socket)

    async with feed(script, "A", "B", "C") as (_, made, _, _):
        assert {t.symbol: str(t.last) for t in await ticks(made, 3)} == {"A": "1.5", "B": "2.5", "C": "3.5"}


def mutated(rng):
    kinds = ["FEED_DATA", "FEED_CONFIG", "KEEPALIVE", "AUTH_STATE", "SETUP", "UNHEARD", None, [], {}]
    junk = [None, [], {}, "x", 5, ["Trade"], ["Trade", None], ["Trade", ["Trade"]], [[]], [{}], ["Quote", [1]],
            ["Trade", ["Trade", "AAPL", {}]], [{"eventSymbol": []}], {"Trade": [1]}, {"Trade": ["price"]}]  # fmt: skip
    message = {"type": rng.choice(kinds), "channel": rng.choice([0, 1, 2, "x"])}
    message[rng.choice(["data", "eventFields", "state"])] = rng.choice(junk)
    return rng.choice([message, message, rng.choice(junk)])


async def test_mutated_messages_do_not_end_the_stream():
    """I53."""
    rng = random.Random(53)

    async def script(server, socket, _):
        await open_feed(server, socket)
        for _ in range(5000):
            await socket.send_json(mutated(rng))
        await socket.send_str("not json")
        await socket.send_bytes(b"\xff\x00")
        await trade(socket, ("AAPL", 42.0))
        await forever(server, socket)

    async with feed(script) as (server, made, _, _):
        assert (await ticks(made))[0].last == 42
        assert server.connections == 1


async def test_a_short_gap_is_not_told_a_long_one_is_from_its_real_start():
    """I47: from the moment of the loss, not of its detection."""
    told = asyncio.Event()

    async def script(server, socket, number):
        if number > 2 and not told.is_set():
            return
        await open_feed(server, socket)
        await trade(socket, ("AAPL", price_of(number)))
        if number == 1:
            return
        if number == 2:
            await silence(None)
        await forever(server, socket)

    clock, batches = PushedClock(), []
    limits = MarketLimits(silence=1.0, announce=15.0, steady=0.0, settle=0.0)

    async def read():
        while True:
            batches.append(await made.changes())

    async with feed(script, limits=limits, clock=clock) as (_, made, _, _), running(read()):
        await eventually(lambda: batches and made._lost)
        clock.push(1.0)  # the first pause is shorter
        await eventually(lambda: made.latest("AAPL").last == price_of(2))
        heard = clock.now()
        await eventually(lambda: made._lost)
        assert not any(batch.blind_since or batch.recovered_from for batch in batches)
        clock.push(limits.announce)
        await eventually(lambda: any(batch.blind_since for batch in batches))
        told.set()
        await clock.push_until(lambda: any(batch.recovered_from for batch in batches))
        assert {batch.blind_since for batch in batches} == {None, heard}
        assert {batch.recovered_from for batch in batches} == {None, heard}
        assert batches[-1].blind_since is None


async def test_i47_a_long_gap_is_told_although_nobody_read_its_beginning():
    """The reader waits for the store meanwhile."""
    held = asyncio.Event()

    async def script(server, socket, number):
        if number == 2:
            await held.wait()
        await open_feed(server, socket)
        await trade(socket, ("AAPL", price_of(number)))
        if number > 1:
            await forever(server, socket)

    clock = PushedClock()
    async with feed(script, limits=MarketLimits(steady=0.0, settle=0.0), clock=clock) as (server, made, _, _):
        await ticks(made)
        await eventually(lambda: made._lost)
        since = made._lost[0]
        clock.push(1.0)
        await server.until(lambda s: s.connections == 2)
        clock.push(MarketLimits().announce)
        held.set()
        await eventually(lambda: made._lost is None)
        batch = await made.changes()
        assert (batch.recovered_from, batch.blind_since) == (since, None)


async def test_the_first_prices_after_a_gap_come_with_its_end():
    """I47: whoever fires on them can mark them as late."""

    told, first_taken = asyncio.Event(), asyncio.Event()

    async def script(server, socket, number):
        if number == 1:
            await open_feed(server, socket)
            await trade(socket, ("AAPL", 100.0), ("SPY", 500.0))
            return
        await told.wait()
        await open_feed(server, socket)
        await trade(socket, ("AAPL", 105.0))
        await first_taken.wait()
        await trade(socket, ("SPY", 505.0))
        await forever(server, socket)

    clock = PushedClock()
    limits = MarketLimits(announce=15.0, settle=0.01, steady=0.0)
    async with feed(script, "AAPL", "SPY", limits=limits, clock=clock) as (server, made, _, _):
        await ticks(made, 2)
        await eventually(lambda: made._lost)
        clock.push(1.0)  # the first pause is shorter
        await server.until(lambda s: s.connections == 2)
        clock.push(limits.announce)  # now that no request is under way whose time could run out
        assert (await until_batch(made, lambda b: b.blind_since is not None)).ticks == ()
        reading = asyncio.ensure_future(made.changes())
        told.set()
        await eventually(lambda: made.latest("AAPL").last == 105)
        first_taken.set()
        await eventually(lambda: made.latest("SPY").last == 505)
        assert not reading.done()  # however long it takes by the machine's time: what counts is the clock's
        clock.push(1.0)
        back = await reading
        assert back.recovered_from is not None
        assert {t.symbol: t.last for t in back.ticks} == {"AAPL": 105, "SPY": 505}


async def test_never_connected_is_blind_from_the_beginning():
    """I49: users are told also when the first connection does not come."""

    async def script(server, socket, _):
        await socket.close()

    clock = SteeredClock(scale=0.01)
    began = clock.now()
    async with feed(script, clock=clock) as (_, made, _, _):
        batch = await until_batch(made, lambda b: b.blind_since is not None)
        assert began <= batch.blind_since <= clock.now() - timedelta(seconds=QUICK.announce)
        assert batch.ticks == ()


def test_the_limits_keep_the_promise():
    """I49: quotes within 75 s; F58: 15 s; F59: before 24 h; F57: three."""
    limits = MarketLimits()
    assert limits.silence <= 75
    assert limits.handshake <= 15
    assert limits.token_age.total_seconds() < 24 * 3600
    assert limits.auths == 3
    assert limits.keepalive <= 30


async def test_endless_unauthorized_stops_after_three():
    """F57."""

    async def script(server, socket, _):
        while (told := await server.hear(socket)) is not None:
            if told["type"] in {"SETUP", "AUTH"}:
                await socket.send_json({"type": "AUTH_STATE", "channel": 0, "state": "UNAUTHORIZED"})

    clock = SteeredClock(scale=0.001)
    async with feed(script, clock=clock) as (server, _, _, _):
        await server.until(lambda s: s.connections >= 4)
        auths = [m["type"] for m in server.heard].count("AUTH")
        assert auths <= 3 * server.connections
        first = [m["type"] for m in server.heard][:5]
        assert first == ["SETUP", "AUTH", "AUTH", "AUTH", "SETUP"]
        assert len({m["token"] for m in server.heard if m["type"] == "AUTH"}) >= 3
    assert clock.waits[2] > clock.waits[0]


async def test_a_handshake_that_stalls_is_left():
    """F58, I50; the other limits would let it hang: KEEPALIVEs go on."""

    async def script(server, socket, number):
        if number > 1:
            await open_feed(server, socket)
            await trade(socket, ("AAPL", 1.0))
            await forever(server, socket)
        assert (await server.hear(socket))["type"] == "SETUP"
        while not socket.closed:  # as fast as the line takes them
            await socket.send_json({"type": "KEEPALIVE", "channel": 0})
            await asyncio.sleep(0)

    async with feed(script, limits=replace(QUICK, handshake=0.5)) as (server, made, _, _):
        await ticks(made)
        assert server.connections >= 2


async def test_keepalives_alone_keep_the_line():
    """Pitfall 61: no trades is normal."""

    async def script(server, socket, _):
        await open_feed(server, socket)
        while await server.hear(socket) is not None:
            await socket.send_json({"type": "KEEPALIVE", "channel": 0})

    limits = replace(QUICK, silence=1.0)
    async with feed(script, limits=limits) as (server, _, _, _):
        await server.until(lambda s: [m["type"] for m in s.heard].count("KEEPALIVE") >= 13)
        assert server.connections == 1


@pytest.mark.parametrize("slept", [True, False])
async def test_a_quote_token_is_renewed_before_it_lapses(slept):
    """F59: in its time without a blind time; also when the machine slept, which was one."""

    async def script(server, socket, number):
        await open_feed(server, socket)
        await trade(socket, ("AAPL", price_of(number)))
        while await server.hear(socket) is not None:
            await socket.send_json({"type": "KEEPALIVE", "channel": 0})

    clock = SteeredClock(scale=0.01)
    age = timedelta(hours=23) if slept else timedelta(seconds=0.3)
    limits = replace(QUICK, announce=20.0, settle=0.05, token_age=age)
    async with feed(script, clock=clock, limits=limits) as (server, made, _, _):
        await ticks(made)
        if slept:
            clock.advance(23 * 3600 + 1)
        batch = await until_batch(made, lambda b: any(t.last >= price_of(2) for t in b.ticks))
        assert slept or batch.recovered_from is None
        assert server.quote_tokens >= 2


@pytest.mark.parametrize("code", [1012, 1000, 1009, None])
async def test_every_end_of_the_line_is_reconnected(code):
    """Pitfalls 56, 63, 64; 1012 at once."""

    async def script(server, socket, number):
        await open_feed(server, socket)
        await trade(socket, ("AAPL", price_of(number)))
        if number > 1:
            await forever(server, socket)
        elif code is None:
            socket._req.transport.abort()
        else:
            await socket.close(code=code)

    clock = SteeredClock(scale=0.01)
    async with feed(script, clock=clock) as (_, made, _, _):
        await until_batch(made, lambda b: any(t.last == price_of(2) for t in b.ticks))
    assert (0.0 in clock.waits) is (code == 1012)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "ERROR", "channel": 0, "error": "TIMEOUT", "message": "m"},
        {"type": "ERROR", "channel": 1, "error": ["?"]},
        {"type": "CHANNEL_CLOSED", "channel": 1},
        {"type": "AUTH_STATE", "channel": 0, "state": "UNAUTHORIZED"},
    ],
)
async def test_the_servers_own_end_is_an_end(message):
    async def script(server, socket, number):
        await open_feed(server, socket)
        await trade(socket, ("AAPL", price_of(number)))
        if number == 1:
            await socket.send_json(message)
        await forever(server, socket)

    async with feed(script) as (server, made, _, _):
        await until_batch(made, lambda b: any(t.last == price_of(2) for t in b.ticks))
        assert server.quote_tokens == 2


async def test_the_wanted_set_survives_the_line():
    """F64, I51: wanted while it is down, replayed after, in chunks of 500, nothing thrown."""
    up = asyncio.Event()

    async def script(server, socket, number):
        if number == 1:
            return
        await up.wait()
        await open_feed(server, socket)
        await forever(server, socket)

    names = frozenset(f"S{i}" for i in range(1201))
    limits = MarketLimits(handshake=5.0, announce=5.0)
    async with feed(script, "AAPL", limits=limits) as (server, made, _, _):
        await server.until(lambda s: s.connections == 2)
        made.want(names | {"X"})
        made.want(names)
        up.set()

        def subscribed(s):
            return [m for m in s.heard if m["type"] == "FEED_SUBSCRIPTION"]

        await server.until(lambda s: sum(len(m.get("add", ())) for m in subscribed(s)) >= 1201)
        chunks = subscribed(server)
        assert all(len(m.get("add", ())) <= 500 for m in chunks)
        assert {row["symbol"] for m in chunks for row in m.get("add", ())} == names | PROBES
        made.want((names - {"S0"}) | {"NEW"})
        await server.until(lambda s: len(subscribed(s)) == len(chunks) + 2)
        removed, added = subscribed(server)[-2:]
        assert removed["remove"] == [{"type": "Trade", "symbol": "S0"}]
        assert added["add"] == [{"type": "Trade", "symbol": "NEW"}]


async def test_nothing_wanted_needs_no_line():
    async with serving(silence) as server:
        broker = adapter(server.port)
        made = broker.market_feeds.open(link())
        async with running(made.run()):
            made.want(frozenset())
            await eventually(lambda: not made._rewanted.is_set())  # it looked
            assert server.quote_tokens == 0
            made.want(frozenset({"AAPL"}))
            await server.until(lambda s: s.connections == 1)
        await broker.close()


async def test_a_reader_that_sleeps_costs_no_memory():
    """I55: one row a symbol, however many events come."""

    async def script(server, socket, _):
        await open_feed(server, socket)
        for number in range(1, 401):
            await trade(socket, *[(f"S{i}", float(number)) for i in range(100)])
        await forever(server, socket)

    async with feed(script, *(f"S{i}" for i in range(100)), limits=MarketLimits()) as (_, made, _, _):
        await eventually(lambda: made.latest("S99") is not None and made.latest("S99").last == 400)
        batch = await made.changes()
        assert len(batch.ticks) == 100
        assert {(t.low, t.high, t.last) for t in batch.ticks} == {(1, 400, 400)}


async def test_a_link_that_is_gone_ends_it():
    async with serving(silence) as server:
        broker = adapter(server.port)
        made = broker.market_feeds.open(link(link_id="other"))
        made.want(frozenset({"AAPL"}))
        with pytest.raises(NotConnected):
            await made.run()


async def test_an_address_that_is_not_allowed_is_never_called():
    """I76: the broker's answer names another host."""
    async with serving(silence) as server:
        server.quote_token = None
        broker = adapter(server.port, clock=SteeredClock(scale=0.001), market_limits=QUICK)
        asked = []

        async def named(_link, _path, **_):
            asked.append(1)
            return {"data": {"token": "t", "dxlink-url": f"ws://localhost:{server.port}/dxlink"}}

        broker.market_feeds._rest.get = named
        made = broker.market_feeds.open(link())
        made.want(frozenset({"AAPL"}))
        async with running(made.run()):
            await eventually(lambda: len(asked) >= 2)
        assert server.connections == 0
        await broker.close()
