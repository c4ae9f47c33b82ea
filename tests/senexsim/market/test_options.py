"""Laws of option prices: parity, bounds, monotony, the tick grid, and symbols there and back."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tastytrade.instruments import Option

from senexsim.broker.clock import SimClock
from senexsim.broker.market import Market, chains, pricing, symbols
from senexsim.broker.market.catalog import LISTINGS
from senexsim.broker.market.option_desk import RATE
from senexsim.broker.market.pricing import Terms
from senexsim.broker.market.tick_sizes import ceil_cents, floor_cents, option_ticks, step_at
from senexsim.broker.market.volatility import surface_of

from .conftest import MONDAY_NOON

MARKET = Market(clock=SimClock(start=MONDAY_NOON), seed=3)
OPTIONABLE = [listing for listing in LISTINGS if listing.cycle != "none"]

spots = st.floats(5, 7000)
moneyness = st.floats(0.5, 2.0)
years = st.floats(0.002, 1.5)
volatilities = st.floats(0.08, 1.2)


@given(spots, moneyness, years, volatilities, st.floats(0, 0.06))
def test_put_call_parity(spot: float, ratio: float, time: float, volatility: float, income: float) -> None:
    call = Terms(spot, spot * ratio, time, RATE, income, volatility, "C", american=False)
    put = Terms(spot, spot * ratio, time, RATE, income, volatility, "P", american=False)
    forward = spot * math.exp(-income * time) - spot * ratio * math.exp(-RATE * time)
    assert pricing.value(call) - pricing.value(put) == pytest.approx(forward, abs=1e-6 * spot)
    greeks = pricing.greeks(call), pricing.greeks(put)
    assert greeks[0].delta - greeks[1].delta == pytest.approx(math.exp(-income * time), abs=1e-9)
    assert greeks[0].gamma == pytest.approx(greeks[1].gamma)
    assert greeks[0].vega == pytest.approx(greeks[1].vega)


@given(spots, moneyness, years, volatilities, st.sampled_from("CP"))
def test_values_stay_in_their_bounds(
    spot: float, ratio: float, time: float, volatility: float, right: str
) -> None:
    terms = Terms(spot, spot * ratio, time, RATE, 0.01, volatility, right)
    value = pricing.value(terms)
    assert pricing.intrinsic(terms) <= value <= (spot if right == "C" else spot * ratio)


@given(spots, moneyness, years, volatilities, st.sampled_from("CP"))
def test_greeks_are_the_slopes_of_the_value(
    spot: float, ratio: float, time: float, volatility: float, right: str
) -> None:
    def value(**changed: float) -> float:
        terms = {"spot": spot, "years": time, "volatility": volatility} | changed
        return pricing.value(
            Terms(
                terms["spot"],
                spot * ratio,
                terms["years"],
                RATE,
                0.01,
                terms["volatility"],
                right,
                american=False,
            )
        )

    greeks = pricing.greeks(Terms(spot, spot * ratio, time, RATE, 0.01, volatility, right, american=False))
    step = spot * 1e-5
    slope = (value(spot=spot + step) - value(spot=spot - step)) / (2 * step)
    assert greeks.delta == pytest.approx(slope, abs=2e-3)
    lift = (value(volatility=volatility + 1e-4) - value(volatility=volatility - 1e-4)) / 2e-4 / 100
    assert greeks.vega == pytest.approx(lift, abs=1e-4 * spot)
    decay = -(value(years=time + 1e-5) - value(years=time - 1e-5)) / 2e-5 / 365
    assert greeks.theta == pytest.approx(decay, abs=max(2e-3 * abs(decay), 1e-5 * spot))


@settings(deadline=None)
@given(
    st.floats(0.1, 0.8), st.booleans(), st.floats(0.003, 1.2), st.floats(0.003, 1.2), st.floats(-0.9, 0.7),
)  # fmt: skip
def test_the_surface_has_no_calendar_arbitrage(
    volatility: float, index: bool, one: float, other: float, k: float
) -> None:
    surface = surface_of(volatility, index_like=index)
    near, far = sorted((one, other))
    assert surface.volatility(k, near) ** 2 * near <= surface.volatility(k, far) ** 2 * far + 1e-12


@given(st.floats(0.1, 0.8), st.booleans(), st.floats(0.01, 1.2))
def test_the_smile_is_lowest_near_the_money_and_rises_outwards(
    volatility: float, index: bool, time: float
) -> None:
    surface = surface_of(volatility, index_like=index)
    width = surface.at_the_money(time) * math.sqrt(time)
    downside = [surface.volatility(-step * width, time) for step in range(9)]
    assert downside == sorted(downside)
    lowest = min(range(200), key=lambda step: surface.volatility(step / 10 * width, time))
    upside = [surface.volatility((lowest / 10 + step) * width, time) for step in range(6)]
    assert upside == sorted(upside)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(OPTIONABLE), st.integers(0, 40), st.floats(0.9, 1.1))
def test_a_chain_admits_no_free_money(listing: object, pick: int, drift: float) -> None:
    """Calls fall and puts rise with the strike, by no more than the strikes differ; prices are convex."""
    now, desk = MARKET.clock.now(), MARKET.desk
    root = chains.roots(listing)[-1]
    listed = chains.expirations(listing, root, now)
    expiration = listed[pick % len(listed)]
    years_left, spot = chains.years_to(expiration, now), listing.price * drift
    surface, forward = desk.surface(listing), spot * math.exp((RATE - listing.dividend_yield) * years_left)
    for right, sign in (("C", -1), ("P", 1)):
        rows = []
        for strike in map(float, chains.strikes(listing)):
            volatility = surface.volatility(math.log(strike / forward), years_left)
            terms = Terms(
                spot, strike, years_left, RATE, listing.dividend_yield, volatility, right, american=False
            )
            rows.append((strike, pricing.value(terms)))
        slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(rows)]
        assert all(-1e-6 <= sign * slope <= 1 + 1e-6 for slope in slopes)
        assert all(after >= before - 1e-6 for before, after in pairwise(slopes))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(OPTIONABLE), st.integers(0, 40), st.integers(0, 400), st.sampled_from("CP"))
def test_quotes_are_on_the_tick_grid(listing: object, pick: int, place: int, right: str) -> None:
    root = chains.roots(listing)[pick % len(chains.roots(listing))]
    listed, strikes = chains.expirations(listing, root, MARKET.clock.now()), chains.strikes(listing)
    symbol = symbols.occ(root, listed[pick % len(listed)].day, right, strikes[place % len(strikes)])
    quote, ticks = MARKET.quote(symbol), MARKET.instrument(symbol).tick_sizes
    assert 0 <= quote.bid < quote.ask
    for price in (quote.bid, quote.ask, quote.last):
        assert price % step_at(ticks, price) == 0
    assert quote.low <= quote.last <= quote.high


@given(st.floats(0, 20_000), st.sampled_from(OPTIONABLE))
def test_rounding_brackets_the_value(cents: float, listing: object) -> None:
    ticks = option_ticks(listing)
    low, high = floor_cents(ticks, cents), ceil_cents(ticks, cents)
    assert low - 1e-3 <= cents <= high + 1e-3
    assert Decimal(high) / 100 % step_at(ticks, Decimal(high) / 100) == 0
    assert Decimal(low) / 100 % step_at(ticks, Decimal(low) / 100) == 0


def test_option_tick_tables() -> None:
    tables = {
        symbol: [(str(tick.value), tick.threshold) for tick in MARKET.instrument(symbol).option_tick_sizes]
        for symbol in ("SPY", "AAPL", "SPX", "VIX")
    }
    assert tables["SPY"] == [("0.01", None)]
    assert tables["AAPL"] == [("0.01", Decimal(3)), ("0.05", None)]
    assert tables["SPX"] == [("0.05", Decimal(3)), ("0.1", None)]
    assert tables["VIX"] == []


strikes_written = st.integers(1, 99_999_999).map(lambda thousandths: Decimal(thousandths).scaleb(-3))


@given(
    st.from_regex(r"[A-Z]{1,6}", fullmatch=True),
    st.dates(date(2020, 1, 1), date(2060, 1, 1)),
    st.sampled_from("CP"),
    strikes_written,
)
def test_symbols_there_and_back(root: str, day: date, right: str, strike: Decimal) -> None:
    assert symbols.parse_occ(symbols.occ(root, day, right, strike)) == (root, day, right, strike)
    written = symbols.streamer(root, day, right, strike)
    assert symbols.parse_streamer(written) == (root, day, right, strike)
    assert Option.occ_to_streamer_symbol(symbols.occ(root, day, right, strike)) == written


@given(st.text(max_size=30))
def test_no_text_breaks_the_parsers(text: str) -> None:
    for parse in (symbols.parse_occ, symbols.parse_streamer):
        parse(text)
    assert MARKET.from_streamer(text) is None or text.strip(".")
