"""Candles asked for once: snapshot flags, removed rows, empty snapshots, limits (pitfalls 66, 68, 70; I50, I53)."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from senexbot.broker.candles import LineCandles, candle_symbol
from senexbot.broker.drift import Drift
from senexbot.broker.rest import Rest
from senexbot.domain.errors import NotConnected, Unavailable
from senexbot.domain.instruments import Right

from .kit import PATIENCE, adapter, control
from .streams import forever, open_feed, serving

SINCE = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
START = int(SINCE.timestamp() * 1000)
MINUTE = 60_000
BEGIN, END, SNIP, REMOVE, PENDING = 4, 8, 16, 2, 1
FIELDS = (
    "eventType",
    "eventSymbol",
    "eventFlags",
    "time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "impVolatility",
)


def row(minute, flags=0, prices=(100.0, 101.0, 99.0, 100.5), volume=1000.0, iv="NaN", name="AAPL{=m}"):
    return ["Candle", name, flags, START + minute * MINUTE, *prices, volume, iv]


def gone(minute, flags):
    return row(minute, flags | REMOVE, ("NaN",) * 4, "NaN")


@asynccontextmanager
async def asking(script, *, seconds=PATIENCE):
    async with serving(script) as server:
        broker = adapter(server.port)
        try:
            yield server, LineCandles(Rest(broker.sessions), Drift(), seconds=seconds)
        finally:
            await broker.close()


def telling(*messages, history=()):
    """A server that sends these lists of rows after the subscription; `history`: under that contract."""

    async def script(server, socket, _):
        await open_feed(server, socket)
        asked = next(m for m in reversed(server.heard) if m["type"] == "CHANNEL_REQUEST")
        assert (await server.hear(socket))["type"] == "FEED_SUBSCRIPTION"
        for rows in history if asked["parameters"]["contract"] == "HISTORY" else messages:
            data = rows if isinstance(rows, dict) else {"data": ["Candle", [v for one in rows for v in one]]}
            await socket.send_json({"type": "FEED_DATA", "channel": 1} | data)
        await forever(server, socket)

    return script


async def read(reads, **more):
    return await reads.candles("l1", "AAPL", period="1m", since=SINCE, **more)


async def test_through_the_simulator_oldest_first_without_gaps_in_order(sim, broker):
    now = broker.sessions.clock.now()
    found = await broker.candles.candles("l1", "AAPL", period="5m", since=now - timedelta(days=10))
    assert len(found) > 200
    assert [c.at for c in found] == sorted({c.at for c in found})
    assert all(c.low <= min(c.open, c.close) <= max(c.open, c.close) <= c.high for c in found)
    assert all(c.at.tzinfo is UTC and c.at.minute % 5 == 0 for c in found)
    part = await broker.candles.candles(
        "l1", "AAPL", period="5m", since=now - timedelta(days=10), until=found[9].at
    )
    assert part == found[:10]


async def test_through_the_simulator_a_year_of_days_and_an_option(sim, broker):
    """The removed row of NaN that ends a history which begins later than asked is no candle."""
    now = broker.sessions.clock.now()
    days = await broker.candles.candles("l1", "SPY", period="1d", since=now - timedelta(days=3650))
    assert 400 < len(days) < 450
    assert min(day.low for day in days) > 0
    chain = await broker.reads.chain("l1", "SPY")
    expiration = next(e for e in chain.standard() if (e.day - now.date()).days > 30)
    put = expiration.contract(expiration.listed(Right.PUT)[-5], Right.PUT)
    since = now - timedelta(days=5)
    assert len(await broker.candles.candles("l1", put.streamer_symbol, period="1h", since=since)) > 5


async def test_a_symbol_without_history_is_an_empty_answer_after_both_contracts(sim, broker):
    """Pitfall 70: the simulator's snapshot of flags 14, under AUTO and under HISTORY."""
    since = broker.sessions.clock.now() + timedelta(days=1)
    assert await broker.candles.candles("l1", "AAPL", period="1m", since=since) == ()


async def test_an_empty_snapshot_is_asked_for_again_as_history():
    """Pitfall 70: `contract: AUTO` answers with flags 14, HISTORY has the candles."""
    script = telling([gone(0, BEGIN | END)], history=[[row(1, BEGIN), row(0, END)]])
    async with asking(script) as (server, reads):
        assert [c.at for c in await read(reads)] == [SINCE, SINCE + timedelta(minutes=1)]
        asked = [m["parameters"]["contract"] for m in server.heard if m["type"] == "CHANNEL_REQUEST"]
        assert asked == ["AUTO", "HISTORY"]


@pytest.mark.parametrize("end", [END, SNIP, SNIP | END])
async def test_a_snapshot_ends_with_its_end_or_its_snip(end):
    """Pitfall 70; it comes in several messages, newest first."""
    async with asking(telling([row(3, BEGIN), row(2)], [row(1)], [row(0, end)])) as (_, reads):
        assert [c.at.minute for c in await read(reads)] == [30, 31, 32, 33]


async def test_a_transaction_that_is_not_over_is_waited_for():
    late = row(1, 0, (100.0, 200.0, 99.0, 150.0))
    script = telling([row(2, BEGIN), row(1), row(0, END | PENDING)], [late])
    async with asking(script) as (_, reads):
        assert (await read(reads))[1].high == 200


async def test_a_snapshot_that_never_ends_is_no_answer():
    """I50: half of the candles are worse than none."""
    async with asking(telling([row(1, BEGIN), row(0)]), seconds=0.5) as (_, reads):
        with pytest.raises(Unavailable):
            await read(reads)


async def test_nonsense_between_the_candles_is_left_out():
    """I53, I54, pitfalls 66 and 68: NaN rows, crossed bars, an empty list, FULL objects, other symbols."""
    full = {"data": [dict(zip(FIELDS, row(1, 0, iv=0.325), strict=True)), 7]}
    script = telling(
        {"data": []},
        [row(9, BEGIN, ("NaN", 1.0, 1.0, 1.0)), row(8, 0, (1.0, 0.5, 2.0, 1.0)), row(7, 0, (0, 0, 0, 0))],
        [row(6, name="MSFT{=m}"), row(5, "x"), ["Candle", "AAPL{=m}", 0, "NaN", 1, 1, 1, 1, 1, 1]],
        {"data": ["Candle", [1, 2, 3]]},
        {"data": 5},
        full,
        [row(0, END, volume="NaN")],
    )
    async with asking(script) as (_, reads):
        first, second = await read(reads)
    assert (first.at, first.volume, first.iv) == (SINCE, Decimal(0), None)
    assert (second.iv, second.volume, second.close) == (Decimal("32.5"), 1000, Decimal("100.5"))


async def test_the_question_tells_symbol_start_and_hours():
    async with asking(telling([row(0, BEGIN | END)])) as (server, reads):
        await read(reads, is_regular_only=True)
        told = next(m for m in server.heard if m["type"] == "FEED_SUBSCRIPTION")
        assert told["add"] == [{"type": "Candle", "symbol": "AAPL{=1m,tho=true}", "fromTime": START}]


@pytest.mark.parametrize(
    ("period", "since", "is_regular_only", "expected"),
    [
        ("5m", SINCE, False, "AAPL{=5m}"),
        ("1d", SINCE, True, "AAPL{=1d,tho=true}"),
        ("1d", SINCE.replace(year=2015), True, "AAPL{=1d}"),
    ],
)
def test_daily_candles_from_before_2019_are_those_of_all_hours(period, since, is_regular_only, expected):
    """Pitfall 70: daily candles of the regular hours alone stop there."""
    assert candle_symbol("AAPL", period, since, is_regular_only=is_regular_only) == expected


@pytest.mark.parametrize(
    "message", [{"type": "ERROR", "channel": 0}, {"type": "CHANNEL_CLOSED", "channel": 1}]
)
async def test_an_end_from_the_other_side_is_no_answer(message):
    async def script(server, socket, _):
        await open_feed(server, socket)
        await server.hear(socket)
        await socket.send_json(message)
        await forever(server, socket)

    async with asking(script) as (_, reads):
        with pytest.raises(Unavailable):
            await read(reads)


async def test_a_frozen_feed_ends_with_the_deadline(sim, broker):
    """I50: the whole question has one."""
    await control(sim, "fault", {"target": "dxlink", "kind": "freeze"})
    reads = LineCandles(Rest(broker.sessions), Drift(), seconds=0.5)
    with pytest.raises(Unavailable):
        await read(reads)


async def test_what_cannot_be_asked():
    async with asking(telling()) as (server, reads):
        with pytest.raises(ValueError, match="3m"):
            await reads.candles("l1", "AAPL", period="3m", since=SINCE)
        with pytest.raises(NotConnected):
            await reads.candles("other", "AAPL", period="1m", since=SINCE)
        assert server.connections == 0


async def test_questions_take_turns():
    """Three lines at once, no more, however many ask."""
    async with asking(telling([row(0, BEGIN | END)])) as (server, reads):
        most = 0

        async def one():
            nonlocal most
            await read(reads)
            most = max(most, len(server.lines))

        await asyncio.gather(*(one() for _ in range(12)))
        assert server.connections == 12
        assert most <= 3
