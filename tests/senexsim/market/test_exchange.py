"""The seeded market itself: determinism, books, pins, days and sessions. No wire."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal

import pytest

from senexsim.broker.clock import SimClock
from senexsim.broker.market import Market
from senexsim.broker.market.catalog import LISTINGS
from senexsim.broker.market.history import _bridged

from .conftest import MONDAY_NOON

CALL = "SPY   261218C00590000"


def made(seed: int = 7, *, speed: float = 1.0, start: object = None) -> Market:
    return Market(clock=SimClock(start=start or MONDAY_NOON, speed=speed), seed=seed)


def prices(market: Market) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    return {symbol: book.visible for symbol, book in market.books.items()}


def test_the_same_seed_and_tick_give_the_same_prices_whatever_the_time() -> None:
    one, other = made(), made(start=MONDAY_NOON + timedelta(days=3, seconds=17))
    for _ in range(50):
        one.step(), other.step()
        assert prices(one) == prices(other)


def test_pins_do_not_move_the_path() -> None:
    one, other = made(), made()
    other.books["AAPL"].pin((Decimal(1), Decimal(2), Decimal(1)), MONDAY_NOON)
    for _ in range(20):
        one.step(), other.step()
    other.books["AAPL"].release(MONDAY_NOON)
    assert prices(one)["SPY"] == prices(other)["SPY"]
    assert prices(one)["AAPL"][:2] == prices(other)["AAPL"][:2]


def test_another_seed_gives_other_prices() -> None:
    one, other = made(1), made(2)
    for _ in range(20):
        one.step(), other.step()
    assert prices(one) != prices(other)


def test_speed_widens_the_moves() -> None:
    slow, quick = made(), made(speed=100.0)
    moved = [0.0, 0.0]
    for _ in range(300):
        for place, market in enumerate((slow, quick)):
            before = market.books["SPY"].visible[2]
            market.step()
            moved[place] += abs(float(market.books["SPY"].visible[2] - before))
    assert moved[1] > 4 * moved[0]


def test_the_market_is_liquid_and_realistic() -> None:
    market = made()
    for _ in range(1000):
        market.step()
    assert 35 <= len(LISTINGS) <= 50
    assert Decimal(180) < market.quote("AAPL").bid < Decimal(195)
    assert Decimal(585) < market.quote("SPY").bid < Decimal(610)
    for listing in LISTINGS:
        quote = market.quote(listing.symbol)
        assert quote.low <= quote.last <= quote.high
        if not listing.is_index:
            assert Decimal("0.01") <= quote.ask - quote.bid <= Decimal("0.10")
            assert quote.bid <= quote.mid <= quote.ask
            assert quote.bid_size > 0 < quote.ask_size
            assert abs(quote.last / Decimal(str(listing.price)) - 1) < Decimal("0.1")


def test_volume_grows_and_ticks_report_what_changed() -> None:
    market = made()
    told: list[frozenset[str]] = []
    market.on_tick(told.append)
    before = market.quote("SPY").volume
    returned = [market.step() for _ in range(20)]
    assert told == [changed for changed in returned if changed]
    assert "SPY" in set().union(*told)
    assert market.quote("SPY").volume > before


def test_a_failing_listener_stops_neither_the_market_nor_the_others() -> None:
    market = made()
    told = []

    def fail(changed: frozenset[str]) -> None:
        raise RuntimeError

    market.on_tick(fail)
    market.on_tick(told.append)
    market.step()
    assert told


def test_an_index_has_no_book() -> None:
    spx = made().quote("SPX")
    assert (spx.bid, spx.ask, spx.bid_size) == (0, 0, 0)
    assert spx.mid == spx.last > 5000


@pytest.mark.parametrize(
    "symbol", ["NOSUCH", "", "aapl", "AAPL ", ".SPY261218C590", "SPY 261218C00590000", "\x00"]
)
def test_unknown_symbols_are_none(symbol: str) -> None:
    market = made()
    assert market.instrument(symbol) is None
    assert market.quote(symbol) is None


def test_instruments_tell_their_terms() -> None:
    market = made()
    option, berkshire = market.instrument("AAPL  261218P00197500"), market.instrument("BRK/B")
    assert option.kind == "Equity Option"
    assert option.streamer_symbol == ".AAPL261218P197.5"
    assert (option.option.strike, option.option.right) == (Decimal("197.5"), "P")
    assert (option.shares_per_contract, option.underlying_symbol) == (100, "AAPL")
    assert (berkshire.kind, berkshire.streamer_symbol) == ("Equity", "BRK/B")
    assert market.instrument("BRKB  261218C00500000").underlying_symbol == "BRK/B"
    assert market.from_streamer(".AAPL261218P197.50") is None


async def test_pins_hold_through_ticks_and_reach_the_options() -> None:
    market = made()
    before = market.quote(CALL)
    told: list[frozenset[str]] = []
    market.on_tick(told.append)
    await market.pin("SPY", Decimal(650), Decimal("650.10"))
    assert told == [{"SPY", *(f"/{code}{month}" for code in ("ES", "MES") for month in ("Z6", "H7", "M7"))}]
    market.step()
    pinned = market.quote("SPY")
    assert (pinned.bid, pinned.ask, pinned.last) == (Decimal(650), Decimal("650.10"), Decimal("650.05"))
    assert pinned.high >= pinned.last
    assert market.quote(CALL).bid > before.ask + 20
    await market.release("SPY")
    assert market.quote("SPY").ask < 620
    with pytest.raises(KeyError):
        await market.pin("NOSUCH", Decimal(1), Decimal(2))


async def test_an_option_is_pinned_alone() -> None:
    market = made()
    await market.pin(CALL, Decimal("1.00"), Decimal("1.20"), Decimal("1.05"))
    market.step()
    quote = market.quote(CALL)
    assert (quote.bid, quote.ask, quote.last) == (Decimal("1.00"), Decimal("1.20"), Decimal("1.05"))
    await market.release(CALL)
    assert market.quote(CALL).bid > 5


def test_a_closed_session_stands_still_and_goes_on_from_there() -> None:
    market, other = made(), made()
    market.step(), other.step()
    market.set_session("closed")
    before = prices(market)
    assert market.session_state() == "Closed"
    assert market.step() == frozenset()
    assert prices(market) == before
    market.set_session("open")
    market.step(), other.step()
    assert prices(market) == prices(other)
    with pytest.raises(ValueError, match="open or closed"):
        market.set_session("lunch")


def test_a_new_day_starts_where_the_old_one_ended() -> None:
    market = made()
    for _ in range(50):
        market.step()
    last = market.quote("AAPL").last
    market.clock.advance(24 * 3600)
    market.clock_moved()
    quote = market.quote("AAPL")
    assert (quote.prev_close, quote.open, quote.volume) == (last, last, 0)
    assert market.bars["AAPL"].finished_days[-1].close == float(last)


def test_an_option_expires_at_its_intrinsic_value() -> None:
    market = made()
    market.clock.set(MONDAY_NOON.replace(month=12, day=19))
    market.clock_moved()
    spot, quote = market.quote("SPY").mid, market.quote(CALL)
    assert abs(quote.last - (spot - 590)) <= Decimal("0.01")
    assert quote.ask_size == 0
    market.clock.advance(90 * 24 * 3600)
    market.clock_moved()
    assert market.instrument(CALL) is None


def test_history_is_the_same_for_the_same_seed_and_meets_today() -> None:
    one, other = made(), made()
    listing = one.listing("AAPL")
    days = one.history.days(listing)
    assert days == other.history.days(listing)
    assert len(days) > 252
    assert days[-1][1].close == float(one.quote("AAPL").prev_close)
    minutes = one.history.minutes(listing, 0)
    assert len(minutes) > 20 * 389
    last_day = [bar for bar in minutes if bar.time >= days[-1][1].time]
    assert max(bar.high for bar in last_day) == days[-1][1].high
    assert min(bar.low for bar in last_day) == days[-1][1].low
    assert last_day[-1].close == days[-1][1].close


def test_it_starts_within_a_second() -> None:
    """The first market of a process, for which nothing has been drawn."""
    _bridged.cache_clear()
    begun = time.process_time()
    market = made()
    market.step()
    assert market.quote(CALL) is not None
    assert time.process_time() - begun < 1
