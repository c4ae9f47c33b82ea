"""The line itself: handshake, ends, reconnects, subscriptions, limits (I49-I51, F56-F59, F64; pitfalls 56, 58-65, 73, 74)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from senexbot.broker.market_line import MarketLimits
from senexbot.broker.pulse import PROBES
from senexbot.domain.alerting.terms import Field
from senexbot.domain.errors import NotConnected
from senexbot.ports import Key

from .following import LOUD, QUICK, LastTrades, following, price_of, scripted, spans, until_batch
from .kit import SteeredClock, adapter, control, eventually, link
from .streams import forever, open_feed, serving, silence, trade


def test_the_limits_keep_the_promise():
    """I49: quotes within 75 s; F58: 15 s; F59: before 24 h; F57: three."""
    limits = MarketLimits()
    assert limits.silence <= 75
    assert limits.handshake <= 15
    assert limits.token_age.total_seconds() < 24 * 3600
    assert limits.auths == 3
    assert limits.keepalive <= 30


async def test_endless_unauthorized_stops_after_three():
    """F57, pitfall 58: an accepted socket is no success, and the pauses grow."""

    async def script(server, socket, _):
        while (told := await server.hear(socket)) is not None:
            if told["type"] in {"SETUP", "AUTH"}:
                await socket.send_json({"type": "AUTH_STATE", "channel": 0, "state": "UNAUTHORIZED"})

    clock = SteeredClock(scale=0.001)
    async with scripted(script, clock=clock) as (server, _, _):
        await server.until(lambda s: s.connections >= 4)
        auths = [m["type"] for m in server.heard].count("AUTH")
        assert auths <= 3 * server.connections
        first = [m["type"] for m in server.heard][:5]
        assert first == ["SETUP", "AUTH", "AUTH", "AUTH", "SETUP"]
        assert len({m["token"] for m in server.heard if m["type"] == "AUTH"}) >= 3
    assert clock.waits[2] > clock.waits[0]


async def test_a_handshake_that_stalls_is_left():
    """F58, I50, pitfall 69: a line whose subscription hangs is left for a new one; its KEEPALIVEs go on."""

    async def script(server, socket, number):
        if number > 1:
            await open_feed(server, socket)
            await trade(socket, ("AAPL", 1.0))
            await forever(server, socket)
        assert (await server.hear(socket))["type"] == "SETUP"
        while not socket.closed:  # as fast as the line takes them
            await socket.send_json({"type": "KEEPALIVE", "channel": 0})
            await asyncio.sleep(0)

    async with scripted(script, limits=replace(QUICK, handshake=0.5)) as (server, made, _):
        await spans(made)
        assert server.connections >= 2


async def test_keepalives_alone_keep_the_line():
    """Pitfall 61: no trades is normal."""

    async def script(server, socket, _):
        await open_feed(server, socket)
        while await server.hear(socket) is not None:
            await socket.send_json({"type": "KEEPALIVE", "channel": 0})

    limits = replace(QUICK, silence=1.0)
    async with scripted(script, limits=limits) as (server, _, _):
        await server.until(lambda s: [m["type"] for m in s.heard].count("KEEPALIVE") >= 13)
        assert server.connections == 1


@pytest.mark.parametrize("slept", [True, False])
async def test_a_quote_token_is_renewed_before_it_lapses(slept):
    """F59, pitfall 73: in its time without a blind time; also when the machine slept, which was one."""

    async def script(server, socket, number):
        await open_feed(server, socket)
        await trade(socket, ("AAPL", price_of(number)))
        while await server.hear(socket) is not None:
            await socket.send_json({"type": "KEEPALIVE", "channel": 0})

    clock = SteeredClock(scale=0.01)
    age = timedelta(hours=23) if slept else timedelta(seconds=0.3)
    limits = replace(QUICK, announce=20.0, settle=0.05, token_age=age)
    async with scripted(script, clock=clock, limits=limits) as (server, made, _):
        await spans(made)
        if slept:
            clock.advance(23 * 3600 + 1)
        batch = await until_batch(made, lambda b: any(t.last >= price_of(2) for t in b.spans))
        assert slept or batch.recovered_from is None
        assert server.quote_tokens >= 2


@pytest.mark.parametrize("code", [1012, 1000, 1009, None])
async def test_every_end_of_the_line_is_reconnected(code):
    """Pitfalls 56 and 64; pitfall 63: 1012 at once."""

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
    async with scripted(script, clock=clock) as (_, made, _):
        await until_batch(made, lambda b: any(t.last == price_of(2) for t in b.spans))
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

    async with scripted(script) as (server, made, _):
        await until_batch(made, lambda b: any(t.last == price_of(2) for t in b.spans))
        assert server.quote_tokens == 2


async def test_the_wanted_set_survives_the_line():
    """F64, I51, pitfall 65: wanted while it is down, replayed after, nothing thrown; pitfall 64: chunks of 500."""
    up = asyncio.Event()

    async def script(server, socket, number):
        if number == 1:
            return
        await up.wait()
        await open_feed(server, socket)
        await forever(server, socket)

    names = frozenset(f"S{i}" for i in range(1201))
    limits = MarketLimits(handshake=5.0, announce=5.0)
    async with scripted(script, "AAPL", limits=limits) as (server, made, _):
        await server.until(lambda s: s.connections == 2)
        made.want(*names, "X")
        made.want(*names)
        up.set()

        def subscribed(s):
            return [m for m in s.heard if m["type"] == "FEED_SUBSCRIPTION"]

        await server.until(lambda s: sum(len(m.get("add", ())) for m in subscribed(s)) >= 1201)
        chunks = subscribed(server)
        assert all(len(m.get("add", ())) <= 500 for m in chunks)
        assert {row["symbol"] for m in chunks for row in m.get("add", ())} == names | PROBES
        made.want(*(names - {"S0"}), "NEW")
        await server.until(lambda s: len(subscribed(s)) == len(chunks) + 2)
        removed, added = subscribed(server)[-2:]
        assert removed["remove"] == [{"type": "Trade", "symbol": "S0"}]
        assert added["add"] == [{"type": "Trade", "symbol": "NEW"}]


async def test_a_slow_server_is_waited_for_at_each_step_of_the_handshake(sim, broker):
    """Pitfall 62: with this fault the simulator refuses an AUTH that did not wait ("Session not found")."""
    await control(sim, "fault", {"target": "dxlink", "kind": "delay", "count": 99, "delay_ms": 1})
    async with following(broker, "AAPL") as made:
        await spans(made)
    ledger = await control(sim, "requests", method="GET")
    assert sum(r["path"].startswith("/api-quote-tokens") for r in ledger["requests"]) == 1


async def test_a_message_above_64_kib_is_read():
    """Pitfall 64: other clients close the line themselves then, with 1009."""
    names = [f"SYMBOL{n:05}" for n in range(5000)]

    async def script(server, socket, _):
        await open_feed(server, socket)
        await trade(socket, *((name, 100.0) for name in names))
        await forever(server, socket)

    async with scripted(script, *names) as (server, made, _):
        assert len(await spans(made, len(names))) == len(names)
        assert server.connections == 1


async def test_event_types_outside_of_the_licence_are_silence_and_no_more():
    """Pitfall 72: nothing of an Underlying is ever told; everything else goes on."""

    async def script(server, socket, _):
        await open_feed(server, socket)
        await trade(socket, ("AAPL", 100.0))
        await forever(server, socket)

    async with scripted(script) as (server, made, broker):
        feed = broker.value_feeds.open(link())
        volatility = Key("AAPL", Field.IV)
        feed.want({volatility: LOUD})
        await spans(made)
        await server.until(lambda s: [m["type"] for m in s.heard].count("KEEPALIVE") >= 3)
        assert feed.latest(volatility) is None
        assert server.connections == 1


async def test_nothing_wanted_needs_no_line():
    async with serving(silence) as server:
        broker = adapter(server.port)
        async with following(broker) as made:
            await eventually(lambda: not made.line._rewanted.is_set())  # it looked
            assert server.quote_tokens == 0
            made.want("AAPL")
            await server.until(lambda s: s.connections == 1)
        await broker.close()


async def test_a_link_that_is_gone_ends_it():
    async with serving(silence) as server:
        broker = adapter(server.port)
        async with following(broker, "AAPL", of=link(link_id="other")) as made:
            with pytest.raises(NotConnected):
                await made.changes()
            await eventually(lambda: broker.value_feeds.of("other") is None)
            again = LastTrades(broker, "AAPL", of=link(link_id="other"))
            assert again.line is not made.line
            with pytest.raises(NotConnected):
                await again.changes()
        await broker.close()


async def test_an_address_that_is_not_allowed_is_never_called():
    """I76: the broker's answer names another host."""
    async with serving(silence) as server:
        broker = adapter(server.port, clock=SteeredClock(scale=0.001), market_limits=QUICK)
        asked = []

        async def named(_link, _path, **_):
            asked.append(1)
            return {"data": {"token": "t", "dxlink-url": f"ws://localhost:{server.port}/dxlink"}}

        broker.value_feeds._rest.get = named
        async with following(broker, "AAPL"):
            await eventually(lambda: len(asked) >= 2)
        assert server.connections == 0
        await broker.close()
