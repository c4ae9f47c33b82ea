from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.instruments import TickSize
from senexbot.domain.money import (
    credit_or_debit,
    dollars,
    nearest_ticks,
    on_tick,
    percent_text,
    price_text,
    quantity_text,
    signed_dollars,
    step,
)
from tests.domain.builders import NICKELS, PENNIES, D

PRICES = st.decimals("0.0001", "100000", places=4)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("18750", "$18,750.00"),
        ("0.005", "$0.00"),
        ("0.015", "$0.02"),
        ("-0.001", "$0.00"),
        ("-0", "$0.00"),
        ("-3.1", "-$3.10"),
        ("1e30", "$1,000,000,000,000,000,000,000,000,000,000.00"),
        ("1e-30", "$0.00"),
    ],
)
def test_dollars(amount, text):
    assert dollars(D(amount)) == text


def test_signed_dollars():
    assert [signed_dollars(D(a)) for a in ("3.1", "-3.1", "0", "-0.001")] == [
        "+$3.10",
        "-$3.10",
        "$0.00",
        "$0.00",
    ]


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("187.5", "187.50"),
        ("187.5000", "187.50"),
        ("1E+3", "1000.00"),
        ("0.1234", "0.1234"),
        ("-3.4", "-3.40"),
        ("-0.00", "0.00"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.50"),
    ],
)
def test_price_text(price, text):
    assert price_text(D(price)) == text


@given(PRICES)
def test_price_text_is_exact(price):
    assert Decimal(price_text(price)) == price


def test_credit_or_debit():
    assert [credit_or_debit(D(a)) for a in ("1.2", "-3.4", "0")] == ["1.20 credit", "3.40 debit", "0.00 even"]


def test_quantity_text():
    assert [quantity_text(D(q)) for q in ("1000", "100.00", "0.50", "-0", "1E+3", "-5")] == [
        "1,000",
        "100",
        "0.5",
        "0",
        "1,000",
        "-5",
    ]


def test_percent_text():
    assert percent_text(D("2")) == "2.0 %"
    assert percent_text(D("-0.04")) == "0.0 %"
    assert percent_text(D("1.25"), places=0, sign=True) == "+1 %"
    assert percent_text(D("0"), sign=True) == "0.0 %"


def test_prices_off_the_grid_get_their_neighbours():
    assert nearest_ticks(D("3.463"), PENNIES) == (D("3.46"), D("3.47"))
    assert nearest_ticks(D("3.46"), PENNIES) == (D("3.46"), D("3.46"))
    assert on_tick(D("0.1234"), PENNIES)
    assert not on_tick(D("3.463"), PENNIES)
    assert not on_tick(D("3.05"), NICKELS)


@pytest.mark.parametrize(
    ("price", "direction", "expected"),
    [
        ("3.00", 1, "3.10"),
        ("3.00", -1, "2.95"),
        ("2.95", 1, "3.00"),
        ("3.10", -1, "3.00"),
        ("2.97", 1, "3.00"),
        ("2.97", -1, "2.95"),
        ("0.05", -1, None),
        ("0.03", -1, None),
    ],
)
def test_one_step(price, direction, expected):
    assert step(D(price), NICKELS, direction) == (None if expected is None else D(expected))


def test_a_step_down_never_reaches_a_price_of_zero():
    coarse_below = (TickSize(D("0.05"), D(1)), TickSize(D("0.01")))
    assert step(D("1.00"), coarse_below, -1) == D("0.95")
    assert step(D("0.01"), (), -1) is None
    # A grid whose steps are coarser below than above: the lower neighbour of 0.04 would be zero.
    assert step(D("0.05"), (TickSize(D("0.10"), D("0.05")), TickSize(D("0.05"))), -1) is None
    assert step(D("0.06"), (TickSize(D("0.10"), D("0.06")), TickSize(D("0.03"))), -1) is None


@given(PRICES, st.sampled_from([PENNIES, NICKELS, ()]))
def test_steps_lie_on_the_grid_and_lead_the_asked_way(price, ticks):
    lower, upper = nearest_ticks(price, ticks)
    assert lower <= price <= upper
    assert (lower == upper) == on_tick(price, ticks)
    up, down = step(price, ticks, 1), step(price, ticks, -1)
    assert up is not None
    assert up > price
    assert on_tick(up, ticks)
    if down is not None:
        assert 0 < down < price
        assert on_tick(down, ticks)


@given(PRICES)
def test_a_step_up_and_down_comes_back(price):
    start = nearest_ticks(price, NICKELS)[1]
    up = step(start, NICKELS, 1)
    assert up is not None
    assert step(up, NICKELS, -1) == start
