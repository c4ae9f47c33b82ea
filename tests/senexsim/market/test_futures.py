"""Futures on the simulated market: months and dates, books that follow a share, the broker's captured shapes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tastytrade import DXLinkStreamer
from tastytrade.dxfeed import Quote, Trade
from tastytrade.instruments import Future
from tastytrade.market_data import InstrumentType, get_market_data, get_market_data_by_type
from tastytrade.search import symbol_search

from senexsim.broker.clock import SimClock
from senexsim.broker.market import Market
from senexsim.broker.market.futures import BY_CODE, PRODUCTS, active_month, contract_of, months_of
from senexsim.broker.market.trading_days import is_trading_day

from .conftest import MONDAY_NOON, Bench, sample, streaming
from .test_rest_shapes import differences, kinds


@pytest.mark.parametrize(
    ("code", "year", "month", "last", "notice"),
    [
        ("ES", 2026, 12, date(2026, 12, 18), None),
        ("CL", 2027, 1, date(2026, 12, 21), date(2026, 12, 23)),
        ("GC", 2026, 12, date(2026, 12, 29), date(2026, 11, 30)),
        ("ZB", 2027, 3, date(2027, 3, 19), date(2027, 2, 26)),
        ("6E", 2026, 12, date(2026, 12, 14), None),
    ],
)
def test_the_exchanges_rules_give_the_days(
    code: str, year: int, month: int, last: date, notice: date | None
) -> None:
    contract = contract_of(BY_CODE[code], year, month)
    assert (contract.last_trade, contract.first_notice) == (last, notice)
    assert contract.closing_only <= min(last, notice or last)


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.code)
def test_every_day_of_two_years_has_its_months(product: object) -> None:
    """The active month is listed, is not about to end, and is followed by the next one."""
    before = date(2000, 1, 1)
    for ahead in range(0, 730, 3):
        now = MONDAY_NOON + timedelta(days=ahead)
        months = months_of(product, now)  # type: ignore[arg-type]
        assert len(months) == product.listed  # type: ignore[attr-defined]
        assert [m.stops_at for m in months] == sorted(m.stops_at for m in months)
        assert len({m.symbol for m in months}) == len(months)
        active = active_month(months, now.date())
        assert not active.only_closes(now.date())
        assert active.last_trade >= before
        before = active.last_trade
        assert all(is_trading_day(m.last_trade) for m in months)


def test_a_book_follows_its_share_one_step_wide() -> None:
    market = Market(clock=SimClock(start=MONDAY_NOON), seed=7)
    for product in PRODUCTS:
        for contract in months_of(product, MONDAY_NOON):
            quote = market.quote(contract.symbol)
            assert quote is not None
            assert quote.ask - quote.bid == product.tick
            assert quote.bid % product.tick == 0
            assert abs(float(quote.mid) / product.price - 1) < 0.1
            assert quote.low <= quote.last <= quote.high
            assert quote.volume > 0


async def test_a_pinned_share_moves_its_futures_and_a_pinned_future_stands() -> None:
    market = Market(clock=SimClock(start=MONDAY_NOON), seed=7)
    before = market.quote("/ESZ6")
    assert before is not None
    await market.pin("SPY", Decimal("603.37"), Decimal("603.38"))
    moved = market.quote("/ESZ6")
    assert moved is not None
    assert float(moved.mid / before.mid) == pytest.approx(603.375 / 597.40, rel=2e-3)
    await market.pin("/ESZ6", Decimal(5900), Decimal("5900.25"))
    told: list[frozenset[str]] = []
    market.on_tick(told.append)
    await market.pin("SPY", Decimal(600), Decimal("600.01"))
    assert "/ESZ6" in told[0]
    pinned = market.quote("/ESZ6")
    assert pinned is not None
    assert (pinned.bid, pinned.ask) == (Decimal(5900), Decimal("5900.25"))
    await market.release("/ESZ6")
    again = market.quote("/ESZ6")
    assert again is not None
    assert again.bid > 5900
    await market.pin("SPY", Decimal(-1), Decimal(0))  # a bad print is not this market's
    odd = market.quote("/ESZ6")
    assert odd is not None
    assert odd.bid > 5000


async def test_months_roll_with_the_clock(bench: Bench) -> None:
    async def active() -> list[str]:
        rows = (await bench.get("/instruments/futures?product-code[]=ES"))["data"]["items"]
        return [row["symbol"] for row in rows if row["active-month"]]

    assert await active() == ["/ESZ6"]
    await bench.post("/_sim/clock", {"now": "2026-12-14T15:00:00Z"})
    assert await active() == ["/ESH7"]
    december = (await bench.get("/instruments/futures/ESZ6"))["data"]
    assert (december["active"], december["roll-target-symbol"]) == (True, "/ESH7")
    await bench.post("/_sim/clock", {"now": "2026-12-18T15:00:00Z"})  # it settled at half past nine
    ended = (await bench.get("/instruments/futures/ESZ6"))["data"]
    assert (ended["active"], ended["is-tradeable"], ended["active-month"]) == (False, False, False)
    rows = (await bench.get("/instruments/futures?product-code[]=ES"))["data"]["items"]
    assert [row["symbol"] for row in rows] == ["/ESH7", "/ESM7", "/ESU7"]
    rows = (await bench.get("/instruments/futures?symbol[]=/ESZ6&only-active-futures=false"))["data"]["items"]
    assert [row["symbol"] for row in rows] == ["/ESZ6"]
    await bench.get("/instruments/futures/ESF7", 404)


async def test_delivery_ends_what_may_be_opened(bench: Bench) -> None:
    await bench.post("/_sim/clock", {"now": "2026-11-20T15:00:00Z"})
    gold = (await bench.get("/instruments/futures/GCZ6"))["data"]
    assert (gold["is-closing-only"], gold["active-month"]) == (False, False)
    await bench.post("/_sim/clock", {"now": "2026-11-27T15:00:00Z"})
    gold = (await bench.get("/instruments/futures/GCZ6"))["data"]
    assert (gold["is-closing-only"], gold["first-notice-date"]) == (True, "2026-11-30")


@pytest.mark.parametrize(
    ("path", "name", "absent"),
    [
        (
            "/instruments/futures?product-code[]=ES",
            "futures",
            {".data.items[].future-etf-equivalent", ".data.items[].option-tick-sizes"}
            | {".data.items[].spread-tick-sizes"},
        ),
        (
            "/instruments/futures?symbol[]=/GCG7",
            "futures_cert_2026",
            {".data.items[].option-tick-sizes", ".data.items[].security-id"}
            | {".data.items[].future-product.futures-trading-cutoff-times"},
        ),
        ("/instruments/futures/CLF7", "future_single", {".data.future-product.price-format"}),
    ],
)
async def test_futures_have_the_captured_shape(bench: Bench, path: str, name: str, absent: set[str]) -> None:
    theirs, ours = kinds(sample(name)), kinds(await bench.get(path))
    found = [line for line in differences(ours, theirs) if line.split(" ")[0] not in absent]
    assert found == []


async def test_the_sdk_reads_and_finds_them(bench: Bench) -> None:
    months = await Future.get(bench.session, product_codes=["CL"])
    assert [m.symbol for m in months] == ["/CLF7", "/CLG7", "/CLH7", "/CLJ7", "/CLK7", "/CLM7"]
    assert months[0].notional_multiplier == 1000
    assert months[0].streamer_symbol == "/CLF27:XNYM"
    bond = await Future.get(bench.session, "/ZBH7")
    assert bond.tick_size == Decimal("0.03125")
    assert bond.first_notice_date == date(2027, 2, 26)
    (one,) = await get_market_data_by_type(bench.session, futures=["/6EH7", "AAPL"])
    assert one.symbol == "/6EH7"
    assert one.ask - one.bid == Decimal("0.00005")
    found = await symbol_search(bench.session, "/ES")
    assert [row.symbol for row in found] == ["/ESZ6", "/ESH7", "/ESM7"]
    assert (await get_market_data(bench.session, "/ESZ6", InstrumentType.FUTURE)).symbol == "/ESZ6"


async def test_the_sdk_streams_a_future_by_its_streamer_symbol(bench: Bench) -> None:
    async with streaming(bench.session) as streamer:
        assert isinstance(streamer, DXLinkStreamer)
        await streamer.subscribe(Quote, ["/ESZ26:XCME"])
        await streamer.subscribe(Trade, ["/ESZ26:XCME"])
        await bench.post(
            "/_sim/quote", {"symbol": "/ESZ6", "bid": "6010", "ask": "6010.25", "last": "6010.25"}
        )
        while (quote := await streamer.get_event(Quote)).bid_price != 6010:
            pass
        assert (quote.event_symbol, quote.ask_price) == ("/ESZ26:XCME", Decimal("6010.25"))
        while (trade := await streamer.get_event(Trade)).price != Decimal("6010.25"):
            pass
        assert trade.event_symbol == "/ESZ26:XCME"


async def test_futures_keep_hours_of_their_own(bench: Bench) -> None:
    async def states() -> list[str]:
        path = "/market-time/sessions/current?instrument-collections[]=Equity&instrument-collections[]=CME"
        return [row["state"] for row in (await bench.get(path))["data"]["items"]]

    assert await states() == ["Open", "Open"]
    await bench.post("/_sim/clock", {"session": "closed", "futures_session": "open"})
    assert await states() == ["Closed", "Open"]
    await bench.post("/_sim/clock", {"futures_session": "closed"})
    await bench.post("/_sim/clock", {"futures_session": "never"}, 400)
    assert await states() == ["Closed", "Closed"]
    await bench.post("/_sim/clock", {"session": "open"})
    assert await states() == ["Open", "Open"]
