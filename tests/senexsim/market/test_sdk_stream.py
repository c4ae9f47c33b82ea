"""The unmodified SDK's DXLinkStreamer against the simulated market."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tastytrade import DXLinkStreamer
from tastytrade.dxfeed import (
    Candle,
    Greeks,
    Profile,
    Quote,
    Summary,
    TheoPrice,
    TimeAndSale,
    Trade,
    Underlying,
)

from .conftest import MONDAY_NOON, Bench, streaming

OPTION = ".SPY261218C590"


async def first(streamer: DXLinkStreamer, event: Any) -> Any:
    async with asyncio.timeout(30):
        return await streamer.get_event(event)


async def test_a_snapshot_follows_each_subscription_while_nothing_moves(bench: Bench) -> None:
    async with streaming(bench.session) as streamer:
        await streamer.subscribe(Quote, ["AAPL", OPTION, "BRK/B", ".AAPL261218P197.5"])
        seen = {(await first(streamer, Quote)).event_symbol for _ in range(4)}
        await streamer.subscribe(Trade, ["SPX"])
        trade = await first(streamer, Trade)
    assert seen == {"AAPL", OPTION, "BRK/B", ".AAPL261218P197.5"}
    assert trade.price == bench.market.quote("SPX").last
    assert trade.size is None


async def test_quotes_follow_the_market(bench: Bench) -> None:
    async with streaming(bench.session) as streamer, bench.ticking():
        await streamer.subscribe(Quote, ["SPY"])
        quotes = [await first(streamer, Quote) for _ in range(3)]
    assert len({(quote.bid_price, quote.ask_price, quote.bid_size) for quote in quotes}) > 1
    assert all(quote.bid_price < quote.ask_price for quote in quotes)


@pytest.mark.parametrize(
    ("event", "symbol"),
    [
        (Trade, "AAPL"),
        (Greeks, OPTION),
        (Summary, "AAPL"),
        (Profile, "AAPL"),
        (TheoPrice, OPTION),
        (Underlying, "SPY"),
        (TimeAndSale, "SPY"),
        (Summary, OPTION),
        (Profile, OPTION),
        (Summary, "VIX"),
        (Profile, "VIX"),
    ],
)
async def test_every_event_type_parses(bench: Bench, event: Any, symbol: str) -> None:
    async with streaming(bench.session) as streamer:
        await streamer.subscribe(event, [symbol])
        assert (await first(streamer, event)).event_symbol == symbol


async def test_greeks_agree_with_the_quote(bench: Bench) -> None:
    quote = bench.market.quote("SPY   261218C00590000")
    async with streaming(bench.session) as streamer:
        await streamer.subscribe(Greeks, [OPTION])
        greeks = await first(streamer, Greeks)
    assert quote.bid <= greeks.price <= quote.ask
    assert 0 < greeks.delta < 1
    assert greeks.gamma > 0 > greeks.theta
    assert Decimal("0.05") < greeks.volatility < 1


async def test_a_pin_is_seen_before_it_answers(bench: Bench) -> None:
    async with streaming(bench.session) as streamer:
        await streamer.subscribe(Quote, ["AAPL"])
        await first(streamer, Quote)
        await bench.post("/_sim/quote", {"symbol": "AAPL", "bid": "199.90", "ask": 200.1})
        quote = await first(streamer, Quote)
    assert (quote.bid_price, quote.ask_price) == (Decimal("199.9"), Decimal("200.1"))


async def test_daily_candles_of_a_year(bench: Bench) -> None:
    async with streaming(bench.session) as streamer:
        await streamer.subscribe_candle(["AAPL"], "1d", MONDAY_NOON - timedelta(days=365))
        candles = [await first(streamer, Candle)]
        while not (candles[-1].snapshot_end or candles[-1].snapshot_snip):
            candles.append(await first(streamer, Candle))
    assert candles[0].snapshot_begin
    assert len(candles) > 245
    assert [candle.time for candle in candles] == sorted((candle.time for candle in candles), reverse=True)
    kept = [candle for candle in candles if not candle.remove]
    assert all(candle.low <= min(candle.open, candle.close) for candle in kept)
    assert all(candle.high >= max(candle.open, candle.close) for candle in kept)


async def test_unsubscribing_a_type_closes_its_channel_and_it_may_open_again(bench: Bench) -> None:
    async with streaming(bench.session) as streamer:
        await streamer.subscribe(Quote, ["AAPL"])
        await first(streamer, Quote)
        await streamer.unsubscribe_all(Quote)
        async with asyncio.timeout(30):
            while "Quote" in streamer._subscription_state:
                await asyncio.sleep(0)
        await streamer.subscribe(Quote, ["SPY"])
        assert (await first(streamer, Quote)).event_symbol == "SPY"


async def test_one_symbol_is_let_go_and_nothing_waits(bench: Bench) -> None:
    """Let go, a symbol is silent while its neighbour goes on; candles are let go as well."""
    async with streaming(bench.session) as streamer:
        assert streamer.get_event_nowait(Quote) is None
        await streamer.subscribe(Quote, ["AAPL", "SPY"])
        assert {(await first(streamer, Quote)).event_symbol for _ in range(2)} == {"AAPL", "SPY"}
        await streamer.unsubscribe(Quote, ["AAPL"])
        await streamer.subscribe(Quote, ["QQQ"])
        assert (await streamer.get_event(Quote)).event_symbol == "QQQ"  # so the line has heard of both
        await bench.post("/_sim/quote", {"symbol": "AAPL", "bid": "199.90", "ask": "200.10"})
        await bench.post("/_sim/quote", {"symbol": "SPY", "bid": "599.90", "ask": "600.10"})
        async with asyncio.timeout(30):
            assert (await anext(streamer.listen(Quote))).event_symbol == "SPY"
        assert streamer.get_event_nowait(Quote) is None
        await streamer.subscribe_candle(["AAPL"], "1d", MONDAY_NOON - timedelta(days=3))
        await first(streamer, Candle)
        await streamer.unsubscribe_candle("AAPL", "1d")
        await streamer.subscribe_candle(["SPY"], "1d", MONDAY_NOON - timedelta(days=3))
        while (await first(streamer, Candle)).event_symbol.startswith("AAPL"):
            pass
