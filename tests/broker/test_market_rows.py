"""Frames to values: layouts, nonsense, spikes, extremes (I53-I55; F61, F63; pitfalls 66-68, 71)."""

import asyncio
import random
from decimal import Decimal

import pytest

from senexbot.broker.market_line import MarketLimits
from senexbot.broker.pulse import PROBES

from .following import following, lasts, scripted, spans, symbol
from .kit import PATIENCE, control, eventually
from .streams import forever, open_feed, trade


async def test_through_the_simulator(sim, broker):
    """Last trades of shares and options as pinned; no tick for what is not wanted."""
    await control(sim, "quote", {"symbol": "AAPL", "bid": 199.9, "ask": 200.1, "last": 200.0})
    async with following(broker, "AAPL", "SPY") as made:
        async with asyncio.timeout(PATIENCE):
            while made.latest("AAPL") is None or made.latest("SPY") is None:
                await made.changes()
        await control(sim, "quote", {"symbol": "AAPL", "bid": 204.9, "ask": 205.1, "last": 205.0})
        async with asyncio.timeout(PATIENCE):
            while made.last("AAPL") != Decimal(205):
                batch = await made.changes()
                assert set(lasts(batch.spans)) <= {"AAPL", "SPY"}
        made.want("AAPL")
        assert made.latest("SPY") is None


async def test_a_jump_is_believed_with_quotes_around_it_a_bad_print_is_not(sim, broker):
    """F61: the market moves by a quarter and stays; then a last trade alone is ten times the price."""
    await control(sim, "quote", {"symbol": "AAPL", "bid": 199.9, "ask": 200.1})
    async with following(broker, "AAPL") as made:
        await spans(made)
        await control(sim, "quote", {"symbol": "AAPL", "bid": 249.9, "ask": 250.1})
        (tick,) = await spans(made)
        assert tick.last == 250
        await control(sim, "quote", {"symbol": "AAPL", "bid": 249.9, "ask": 250.1, "last": 2500})
        await eventually(lambda: made.line.values.rows.suspects)
        await control(sim, "quote", {"symbol": "AAPL", "bid": 250.9, "ask": 251.1, "last": 251})
        (tick,) = await spans(made)
        assert (tick.last, tick.high) == (251, 251)


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

    async with scripted(script) as (_, made, _):
        await sent.wait()
        await eventually(lambda: made.latest("AAPL") and made.last("AAPL") == 200)
        (tick,) = (await made.changes()).spans
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

    async with scripted(script, "AAPL", "MSFT") as (_, made, _):
        assert [symbol(t) for t in await spans(made)] == ["MSFT"]
        assert made.latest("AAPL") is None


async def test_full_objects_other_layouts_and_empty_lists_are_read():
    """Pitfalls 67 and 68: several symbols in one flat list, FULL objects, an empty list, another layout."""

    async def script(server, socket, _):
        await open_feed(server, socket, fields=["price", "eventTime", "eventSymbol"])
        send = socket.send_json
        await send({"type": "FEED_DATA", "channel": 1, "data": []})
        await send({"type": "FEED_DATA", "channel": 1, "data": ["Trade", [1.5, 0, "A", 2.5, 0, "B"]]})
        full = [{"eventType": "Trade", "eventSymbol": "C", "price": 3.5}, 7, {"eventType": "Quote"}]
        await send({"type": "FEED_DATA", "channel": 1, "data": full})
        await forever(server, socket)

    async with scripted(script, "A", "B", "C") as (_, made, _):
        assert {symbol(t): str(t.last) for t in await spans(made, 3)} == {"A": "1.5", "B": "2.5", "C": "3.5"}


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

    async with scripted(script) as (server, made, _):
        assert (await spans(made))[0].last == 42
        assert server.connections == 1


async def test_a_reader_that_sleeps_costs_no_memory():
    """I55, pitfall 71: one row a symbol, however many events come."""

    async def script(server, socket, _):
        await open_feed(server, socket)
        for number in range(1, 401):
            await trade(socket, *[(f"S{i}", float(number)) for i in range(100)])
        await forever(server, socket)

    async with scripted(script, *(f"S{i}" for i in range(100)), limits=MarketLimits()) as (_, made, _):
        await eventually(lambda: made.last("S99") == 400)
        batch = await made.changes()
        assert len(batch.spans) == 100
        assert {(t.low, t.high, t.last) for t in batch.spans} == {(1, 400, 400)}


@pytest.mark.parametrize("kind", ["malformed", "duplicate", "reorder", "reset"])
async def test_after_the_simulators_broken_frames_the_newest_price_is_known(sim, broker, kind):
    """I53, I51, pitfall 56: a frame cut in half, sent twice, after its successor, or the line reset in its place."""
    async with following(broker, "AAPL") as made:
        await spans(made)
        price = float(made.last("AAPL"))
        await control(sim, "fault", {"target": "dxlink", "kind": kind, "count": 1})
        for step in range(1, 4):
            last = round(price + step, 2)
            pin = {"symbol": "AAPL", "bid": last - 0.1, "ask": last + 0.1, "last": last}
            await control(sim, "quote", pin)
        await eventually(lambda: made.last("AAPL") == Decimal(str(last)))
