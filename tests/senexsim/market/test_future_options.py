"""Options on futures: the exchanges' dates, both names, books that follow the future, the SDK's calls."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tastytrade.dxfeed import Greeks, Quote
from tastytrade.instruments import (
    FutureOption,
    FutureOptionProduct,
    NestedFutureOptionChain,
    get_future_option_chain,
)
from tastytrade.market_data import get_market_data, get_market_data_by_type
from tastytrade.order import InstrumentType
from tastytrade.utils import TastytradeError

from senexsim.broker.market import Market
from senexsim.broker.market.future_options import (
    BY_ROOT,
    OPTION_PRODUCTS,
    expirations,
    find,
    find_streamer,
    options_of,
)
from senexsim.broker.market.trading_days import is_trading_day

from .conftest import MONDAY_NOON, Bench, streaming

CALL, STREAMED = "./ESZ6 EW1Z6 261204C6000", "./EW1Z26C6000:XCME"


@pytest.mark.parametrize(
    ("root", "ends"),
    [
        ("ES", [date(2026, 12, 18), date(2027, 3, 19)]),
        ("EW1", [date(2026, 12, 4)]),
        ("EW4", [date(2026, 11, 27), date(2026, 12, 24)]),  # Christmas is a Friday
        ("LO", [date(2026, 12, 16), date(2027, 1, 14)]),
        ("OG", [date(2026, 11, 24), date(2027, 1, 26)]),
        ("OZB", [date(2027, 2, 19), date(2027, 5, 21)]),
        ("EUU", [date(2026, 12, 4), date(2027, 3, 5)]),
    ],
)
def test_the_exchanges_rules_give_the_ends(root: str, ends: list[date]) -> None:
    assert [each.day for each in expirations(BY_ROOT[root], MONDAY_NOON)][:2] == ends


@pytest.mark.parametrize("product", OPTION_PRODUCTS, ids=lambda product: product.root)
def test_each_ends_with_its_future_or_before_it_and_is_found_by_both_names(product) -> None:
    for ahead in range(0, 370, 10):
        now = MONDAY_NOON + timedelta(days=ahead)
        for expiration in expirations(product, now):
            assert now < expiration.expires_at <= expiration.future.stops_at
            assert is_trading_day(expiration.day)
            option = next(options_of(expiration))
            assert find(option.symbol, now) == find_streamer(option.streamer_symbol, now) == option


@pytest.mark.parametrize(
    "wrong",
    [
        "./ESZ6 EW1Z6 261204C6001",
        "./ESZ6 EW1Z6 261203C6000",
        "./ESH7 EW1Z6 261204C6000",
        "./ESZ6 XX1Z6 261204C6000",
        "./",
    ],
)
def test_what_is_not_listed_is_not_found(market: Market, wrong: str) -> None:
    assert market.instrument(wrong) is None
    assert market.quote(wrong) is None


def test_a_book_follows_its_future(market: Market) -> None:
    """On the steps of its table, never crossed, and calls and puts differ by what the future is worth over them."""
    for product in OPTION_PRODUCTS:
        nearest = expirations(product, MONDAY_NOON)[-1]
        future = market.quote(nearest.future.symbol)
        for option in options_of(nearest):
            quote = market.quote(option.symbol)
            steps = {tick.value for tick in product.ticks}
            assert 0 <= quote.bid < quote.ask
            assert any(quote.ask % step == 0 for step in steps), quote
            if option.right == "C":
                call = quote
            else:
                width = (call.ask - call.bid) + (quote.ask - quote.bid) + 2 * max(steps)
                years = (nearest.expires_at - MONDAY_NOON).total_seconds() / (365 * 86_400)
                worth = (future.mid - option.strike) * Decimal(1 - 0.0375 * years)
                early = abs(future.mid - option.strike) * Decimal(
                    0.0375 * years
                )  # an early exercise is worth that
                assert abs(call.mid - quote.mid - worth) <= width + early, option.symbol


async def test_a_pinned_share_moves_the_option_and_a_pinned_option_stands(market: Market) -> None:
    before = market.quote(CALL)
    spy = market.quote("SPY")
    await market.pin("SPY", spy.bid * 2, spy.ask * 2)
    assert market.quote(CALL).bid > before.ask
    await market.pin(CALL, Decimal(10), Decimal(11))
    assert (market.quote(CALL).bid, market.quote(CALL).ask) == (10, 11)
    await market.release(CALL)
    assert market.quote(CALL).bid > before.ask


async def test_the_sdk_reads_chains_products_and_options(bench: Bench) -> None:
    chain = await get_future_option_chain(bench.session, "/ES")
    assert date(2026, 12, 4) in chain
    nested = await NestedFutureOptionChain.get(bench.session, "/ES")
    (chains,) = nested.option_chains
    ends = [each.expiration_date for each in chains.expirations]
    assert ends == sorted(ends)
    assert set(ends) == set(chain)
    weekly = next(each for each in chains.expirations if each.expiration_date == date(2026, 12, 4))
    strike = next(each for each in weekly.strikes if each.strike_price == 6000)
    assert (strike.call, strike.call_streamer_symbol) == (CALL, STREAMED)
    option = await FutureOption.get(bench.session, CALL)
    assert option in chain[date(2026, 12, 4)]
    assert (option.underlying_symbol, option.streamer_symbol) == ("/ESZ6", STREAMED)
    assert nested.futures[0].symbol == "/ESZ6"
    products = await FutureOptionProduct.get(bench.session)
    assert {product.root_symbol for product in products} == set(BY_ROOT)
    gold = await FutureOptionProduct.get(bench.session, "OG")
    assert gold.future_product.code == "GC"
    for wrong in ("/XX", "ESZ6"):
        with pytest.raises(TastytradeError, match="record_not_found"):
            await get_future_option_chain(bench.session, wrong)


async def test_the_sdk_quotes_and_streams_them(bench: Bench) -> None:
    quote = bench.market.quote(CALL)
    (row,) = await get_market_data_by_type(bench.session, future_options=[CALL])
    assert (row.symbol, row.bid, row.ask) == (CALL, quote.bid, quote.ask)
    assert row.instrument_type is InstrumentType.FUTURE_OPTION
    with pytest.raises(TastytradeError, match="record_not_found"):
        await get_market_data(bench.session, CALL, InstrumentType.FUTURE)
    async with asyncio.timeout(30), streaming(bench.session) as streamer:
        await streamer.subscribe(Quote, [STREAMED])
        told = await streamer.get_event(Quote)
        assert (told.bid_price, told.ask_price) == (quote.bid, quote.ask)
        await streamer.subscribe(Greeks, [STREAMED])
        greeks = await streamer.get_event(Greeks)
        assert quote.bid <= greeks.price <= quote.ask
        assert 0 < greeks.delta < 1
        spy = bench.market.quote("SPY")
        await bench.market.pin("SPY", spy.bid * 2, spy.ask * 2)
        assert (await streamer.get_event(Quote)).bid_price > told.ask_price
