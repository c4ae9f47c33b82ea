"""Scripted trouble on the market-data stream: F56 and its relatives, seen from the client's side."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from tastytrade.dxfeed import Quote

from .conftest import Bench, RawLink, Trouble, streaming

QUOTE = {"Quote": ["eventSymbol", "bidPrice"]}


async def subscribed(link: RawLink) -> None:
    await link.open(1, acceptEventFields=QUOTE)
    await link.subscribe("Quote", "AAPL")
    await link.hear("FEED_DATA")


async def pin(bench: Bench, bid: float) -> None:
    await bench.post("/_sim/quote", {"symbol": "AAPL", "bid": bid, "ask": bid + 1})


async def bids(link: RawLink, count: int) -> list[Any]:
    return [(await link.hear("FEED_DATA"))["data"][1][1] for _ in range(count)]


async def test_a_frozen_stream_stays_open_and_says_nothing_at_all_f56(bench: Bench) -> None:
    """F56: silence without a close, keepalives included; afterwards the newest value comes."""
    async with bench.link() as link:
        await link.authorize(acceptKeepaliveTimeout=0.2)
        await link.channel(1, acceptEventFields=QUOTE)
        await link.subscribe("Quote", "AAPL")
        await link.hear("FEED_DATA")
        bench.faults.frozen = True
        await pin(bench, 150)
        await pin(bench, 151)
        await link.subscribe("Quote", "SPY")
        await link.silence()
        assert "SPY" not in str(link.seen)


async def test_after_a_freeze_the_newest_value_comes(bench: Bench) -> None:
    async with bench.link() as link:
        await subscribed(link)
        bench.faults.frozen = True
        await pin(bench, 150)
        await pin(bench, 151)
        bench.faults.frozen = False
        assert await bids(link, 1) == [151.0]


async def test_frozen_data_behind_living_keepalives_f56(bench: Bench) -> None:
    """F56, second form: also a new connection opens, subscribes and gets no price; then the newest comes."""
    bench.faults.data_frozen = True
    async with bench.link() as link:
        await link.authorize(acceptKeepaliveTimeout=0.2)
        await link.channel(1, acceptEventFields=QUOTE)
        await link.subscribe("Quote", "AAPL")
        await pin(bench, 150)
        await pin(bench, 151)
        for _ in range(3):
            await link.hear("KEEPALIVE")
        assert "FEED_DATA" not in [message["type"] for message in link.seen]
        bench.faults.data_frozen = False
        assert await bids(link, 1) == [151.0]


async def test_one_frozen_symbol_f56(bench: Bench) -> None:
    """F56, third form: the others go on, and a new subscription of the frozen one gets no snapshot."""
    async with bench.link() as link:
        await subscribed(link)
        bench.faults.symbols = frozenset({"AAPL"})
        await link.subscribe("Quote", "SPY")
        await pin(bench, 150)
        await link.subscribe("Quote", "AAPL")
        for bid in (500, 501):
            await bench.post("/_sim/quote", {"symbol": "SPY", "bid": bid, "ask": bid + 1})
        while (await link.hear("FEED_DATA"))["data"][1] != ["SPY", 501.0]:
            pass
        assert "150.0" not in str(link.seen)
        bench.faults.symbols = frozenset()
        assert await bids(link, 1) == [150.0]


async def test_a_new_connection_to_a_frozen_server_opens_and_hears_nothing(bench: Bench) -> None:
    bench.faults.frozen = True
    async with bench.link() as link:
        await link.say(type="SETUP", channel=0, version="0.1", keepaliveTimeout=60)
        with pytest.raises(TimeoutError):
            await link.hear(wait=0.3)


async def test_a_reset_drops_the_line_without_a_close_frame(bench: Bench) -> None:
    async with bench.link() as link:
        await subscribed(link)
        bench.faults.queue.append(Trouble("reset"))
        await pin(bench, 150)
        async with asyncio.timeout(30):
            message = await link.socket.receive()
        assert message.type is not aiohttp.WSMsgType.TEXT
        assert link.socket.close_code in {1006, None}


async def test_a_reset_also_strikes_a_quiet_stream(bench: Bench) -> None:
    async with bench.link() as link:
        await subscribed(link)
        bench.faults.queue.append(Trouble("reset"))
        async with asyncio.timeout(30):
            assert (await link.socket.receive()).type is not aiohttp.WSMsgType.TEXT


async def test_the_sdk_notices_a_reset(bench: Bench) -> None:
    ended = False
    try:
        async with streaming(bench.session) as streamer:
            await streamer.subscribe(Quote, ["AAPL"])
            await streamer.get_event(Quote)
            bench.faults.queue.append(Trouble("reset"))
            await pin(bench, 150)
            async with asyncio.timeout(30):
                while True:
                    await streamer.get_event(Quote)
    except ExceptionGroup:
        ended = True
    assert ended


async def test_a_duplicate_frame_comes_twice(bench: Bench) -> None:
    async with bench.link() as link:
        await subscribed(link)
        bench.faults.queue.append(Trouble("duplicate"))
        await pin(bench, 150)
        assert await bids(link, 2) == [150.0, 150.0]


async def test_reordered_frames_swap(bench: Bench) -> None:
    async with bench.link() as link:
        await subscribed(link)
        bench.faults.queue.append(Trouble("reorder"))
        await pin(bench, 150)
        await pin(bench, 151)
        assert await bids(link, 2) == [151.0, 150.0]


async def test_a_malformed_frame_is_no_json(bench: Bench) -> None:
    async with bench.link() as link:
        await subscribed(link)
        bench.faults.queue.append(Trouble("malformed"))
        await pin(bench, 150)
        with pytest.raises(ValueError):
            await link.hear()
        await pin(bench, 151)
        assert await bids(link, 1) == [151.0]


async def test_a_delayed_frame_comes_late(bench: Bench) -> None:
    async with bench.link() as link:
        await subscribed(link)
        bench.faults.queue.append(Trouble("delay", delay_ms=300))
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await pin(bench, 150)
        assert await bids(link, 1) == [150.0]
        assert loop.time() - begun >= 0.3


async def test_the_upgrade_can_be_refused(bench: Bench) -> None:
    bench.faults.queue.append(Trouble("status", status=502))
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with bench.link():
            pass
    assert refused.value.status == 502
    async with bench.link() as link:
        await link.authorize()


async def test_a_client_that_does_not_read_costs_no_memory_and_blocks_nobody(bench: Bench) -> None:
    """Only the newest event per symbol is kept for it; pins answer within their patience."""
    async with bench.link() as slow, bench.link() as quick:
        await subscribed(quick)
        await slow.open(1, acceptDataFormat="FULL")
        for _ in range(3):
            await slow.subscribe("Candle", "SPY{=1m}", "AAPL{=1m}", "QQQ{=1m}", fromTime=0)
        await slow.subscribe("Quote", "AAPL")
        await pin(bench, 150)
        bench.tick(200)
        while (await quick.hear("FEED_DATA"))["data"][1][1] != 150.0:
            pass
        assert quick.seen[-1]["data"][1][1] == 150.0
