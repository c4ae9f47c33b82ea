"""The unmodified SDK's market calls against the simulated market."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tastytrade.instruments import (
    Cryptocurrency,
    Equity,
    Forex,
    Future,
    FutureProduct,
    NestedOptionChain,
    Option,
    Warrant,
    get_option_chain,
    get_quantity_decimal_precisions,
)
from tastytrade.market_data import get_market_data, get_market_data_by_type
from tastytrade.market_sessions import (
    ExchangeType,
    MarketStatus,
    get_futures_holidays,
    get_market_holidays,
    get_market_sessions,
)
from tastytrade.metrics import get_dividends, get_earnings, get_market_metrics
from tastytrade.order import InstrumentType
from tastytrade.search import symbol_search
from tastytrade.utils import TastytradeError
from tastytrade.watchlists import PairsWatchlist, PrivateWatchlist, PublicWatchlist

from .conftest import Bench

CALL = "AAPL  261218C00197500"


async def test_market_data_by_type(bench: Bench) -> None:
    rows = await get_market_data_by_type(
        bench.session,
        equities=["AAPL", "BRK/B", "NOSUCH"],
        options=[CALL],
        indices=["SPX", "VIX"],
        futures=["/ESZ6"],
    )
    by_symbol = {row.symbol: row for row in rows}
    assert set(by_symbol) == {"AAPL", "BRK/B", CALL, "SPX", "VIX", "/ESZ6"}
    quote = bench.market.quote("AAPL")
    aapl = by_symbol["AAPL"]
    assert (aapl.bid, aapl.ask, aapl.last) == (quote.bid, quote.ask, quote.last)
    assert by_symbol[CALL].instrument_type is InstrumentType.EQUITY_OPTION
    assert by_symbol["VIX"].bid is by_symbol["VIX"].ask is by_symbol["VIX"].mid is None


async def test_market_data_of_one(bench: Bench) -> None:
    spy = await get_market_data(bench.session, "SPY", InstrumentType.EQUITY)
    option = await get_market_data(bench.session, CALL, InstrumentType.EQUITY_OPTION)
    berkshire = await get_market_data(bench.session, "BRK/B", InstrumentType.EQUITY)
    assert spy.year_low_price < spy.bid < spy.ask < spy.year_high_price
    assert option.symbol == CALL
    assert berkshire.symbol == "BRK/B"
    with pytest.raises(TastytradeError, match="record_not_found"):
        await get_market_data(bench.session, "/ESM6", InstrumentType.FUTURE)


async def test_market_metrics(bench: Bench) -> None:
    rows = await get_market_metrics(bench.session, ["SPY", "BRK/B", "AAPL", "NOSUCH"])
    by_symbol = {row.symbol: row for row in rows}
    assert set(by_symbol) == {"SPY", "BRK/B", "AAPL"}
    aapl = by_symbol["AAPL"]
    assert Decimal("0.1") < aapl.implied_volatility_index < Decimal("0.6")
    assert 0 <= float(aapl.implied_volatility_index_rank) <= 1
    assert aapl.earnings.expected_report_date >= bench.market.clock.now().date()
    assert aapl.option_expiration_implied_volatilities


async def test_dividends_and_earnings(bench: Bench) -> None:
    paid = await get_dividends(bench.session, "AAPL")
    assert paid[0].occurred_date > paid[1].occurred_date
    assert all(one.amount > 0 for one in paid)
    assert await get_dividends(bench.session, "BRK/B") == []
    reports = await get_earnings(bench.session, "AAPL", date(2025, 1, 1))
    assert len(reports) >= 6
    assert min(report.occurred_date for report in reports) >= date(2025, 1, 1)


async def test_equities(bench: Bench) -> None:
    aapl = await Equity.get(bench.session, "AAPL")
    assert (aapl.streamer_symbol, aapl.is_etf, aapl.is_index) == ("AAPL", False, False)
    assert [tick.value for tick in aapl.option_tick_sizes] == [Decimal("0.01"), Decimal("0.05")]
    assert (await Equity.get(bench.session, "BRK/B")).symbol == "BRK/B"
    assert {one.symbol for one in await Equity.get(bench.session, ["SPY", "NOSUCH", "SPX"])} == {"SPY", "SPX"}
    with pytest.raises(TastytradeError, match="record_not_found"):
        await Equity.get(bench.session, "NOSUCH")


async def test_active_equities_in_pages(bench: Bench) -> None:
    first = await Equity.get_active_equities(bench.session, per_page=10, page_offset=0)
    everything = await Equity.get_active_equities(bench.session, per_page=10, page_offset=None)
    symbols = [one.symbol for one in everything]
    assert symbols[:10] == [one.symbol for one in first]
    assert len(symbols) == len(set(symbols)) > 35
    assert "VIX" not in symbols


async def test_options(bench: Bench) -> None:
    option = await Option.get(bench.session, CALL)
    assert (option.strike_price, option.option_type.value) == (Decimal("197.5"), "C")
    assert option.streamer_symbol == ".AAPL261218C197.5" == Option.occ_to_streamer_symbol(CALL)
    assert (option.expiration_date, option.days_to_expiration) == (date(2026, 12, 18), 25)
    for wrong in (
        "AAPL261218C00197500",
        "AAPL  261218C00197600",
        "AAPL  261217C00197500",
        "ZZZZ  261218C00197500",
    ):
        with pytest.raises(TastytradeError, match="record_not_found"):
            await Option.get(bench.session, wrong)


async def test_nested_chain(bench: Bench) -> None:
    (chain,) = await NestedOptionChain.get(bench.session, "SPY")
    days = [expiration.expiration_date for expiration in chain.expirations]
    assert days == sorted(set(days))
    assert date(2026, 12, 18) in days
    assert (days[-1] - days[0]).days > 180
    assert [tick.value for tick in chain.tick_sizes] == [Decimal("0.01")]
    december = next(each for each in chain.expirations if each.expiration_date == date(2026, 12, 18))
    strike = next(each for each in december.strikes if each.strike_price == 590)
    assert strike.call == "SPY   261218C00590000"
    assert strike.put_streamer_symbol == ".SPY261218P590"
    assert bench.market.instrument(strike.put) is not None


async def test_an_index_has_two_roots_and_berkshire_one_without_slash(bench: Bench) -> None:
    roots = [chain.root_symbol for chain in await NestedOptionChain.get(bench.session, "SPX")]
    assert roots == ["SPX", "SPXW"]
    (berkshire,) = await NestedOptionChain.get(bench.session, "BRK/B")
    assert berkshire.root_symbol == "BRKB"
    assert berkshire.expirations[0].strikes[0].call.startswith("BRKB  ")
    assert await NestedOptionChain.get(bench.session, "VIX") == []


async def test_full_chain_agrees_with_the_nested_one(bench: Bench) -> None:
    full = await get_option_chain(bench.session, "F")
    (nested,) = await NestedOptionChain.get(bench.session, "F")
    listed = {option.symbol for options in full.values() for option in options}
    assert listed == {
        symbol
        for expiration in nested.expirations
        for strike in expiration.strikes
        for symbol in (strike.call, strike.put)
    }


async def test_symbol_search(bench: Bench) -> None:
    assert [found.symbol for found in await symbol_search(bench.session, "AAP")] == ["AAPL"]
    assert "BRK/B" in [found.symbol for found in await symbol_search(bench.session, "BRK/B")]
    assert "AAPL" in [found.symbol for found in await symbol_search(bench.session, "apple")]
    assert await symbol_search(bench.session, "QQQQQQ") == []


async def test_sessions_never_close_unless_told(bench: Bench) -> None:
    sessions = await get_market_sessions(bench.session, [ExchangeType.NYSE, ExchangeType.CME])
    assert [session.status for session in sessions] == [MarketStatus.OPEN] * 2
    await bench.post("/_sim/clock", {"now": "2026-11-28T03:00:00Z"})
    (night,) = await get_market_sessions(bench.session, [ExchangeType.NYSE])
    assert night.status is MarketStatus.OPEN
    assert night.open_at <= bench.market.clock.now() < night.close_at
    await bench.post("/_sim/clock", {"session": "closed"})
    (closed,) = await get_market_sessions(bench.session, [ExchangeType.NYSE])
    assert closed.status is MarketStatus.CLOSED
    assert closed.next_session.open_at > bench.market.clock.now()
    assert closed.next_session.session_date == date(2026, 11, 30)


async def test_holidays(bench: Bench) -> None:
    calendar = await get_market_holidays(bench.session)
    assert {date(2026, 11, 26), date(2026, 12, 25), date(2026, 7, 3)} <= set(calendar.holidays)
    assert {date(2026, 11, 27), date(2026, 12, 24)} <= set(calendar.half_days)
    assert (await get_futures_holidays(bench.session, ExchangeType.CME)).holidays


async def test_private_watchlists(bench: Bench) -> None:
    name = "testing with / - odd chars"
    mine = PrivateWatchlist(name=name)
    mine.add_symbol("AAPL", InstrumentType.EQUITY)
    await mine.upload(bench.session)
    mine.add_symbol("SPY", InstrumentType.EQUITY)
    await mine.update(bench.session)
    stored = await PrivateWatchlist.get(bench.session, name)
    assert [entry["symbol"] for entry in stored.watchlist_entries] == ["AAPL", "SPY"]
    assert [each.name for each in await PrivateWatchlist.get(bench.session)] == [name]
    await PrivateWatchlist.remove(bench.session, name)
    assert await PrivateWatchlist.get(bench.session) == []
    with pytest.raises(TastytradeError, match="record_not_found"):
        await PrivateWatchlist.get(bench.session, name)


async def test_public_and_pairs_watchlists(bench: Bench) -> None:
    everyone = await PublicWatchlist.get(bench.session)
    assert (await PublicWatchlist.get(bench.session, everyone[0].name)).watchlist_entries
    assert await PublicWatchlist.get(bench.session, counts_only=True)
    assert (await PublicWatchlist.get(bench.session, "Crypto")).watchlist_entries
    pairs, *_ = await PairsWatchlist.get(bench.session)
    assert (await PairsWatchlist.get(bench.session, pairs.name)).pairs_equations


async def test_what_is_listed_but_not_traded(bench: Bench) -> None:
    futures = await Future.get(bench.session, product_codes=["ES"])
    assert futures[0].symbol == "/ESZ6"
    assert (await Future.get(bench.session, "/ESZ6")).streamer_symbol == "/ESZ26:XCME"
    assert (await FutureProduct.get(bench.session, "ES")).root_symbol == "/ES"
    assert len(await FutureProduct.get(bench.session)) == 10
    assert (await Cryptocurrency.get(bench.session, "BTC/USD")).streamer_symbol == "BTC/USD:CXTALP"
    assert await Cryptocurrency.get(bench.session)
    assert await Warrant.get(bench.session)
    assert (await Warrant.get(bench.session, "SOFIW")).listed_market == "XNAS"
    assert {pair.symbol for pair in await Forex.get(bench.session)} == {"EUR/USD", "USD/JPY"}
    assert await get_quantity_decimal_precisions(bench.session)
