"""The picture of profit and loss: what it shows where, and that no curve breaks it."""

import io
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from senexbot.pictures.payoff import PayoffChart, payoff_png
from senexbot.pictures.sheet import SIZE

CONDOR = tuple(
    (Decimal(price), Decimal(amount))
    for price, amount in ((540, -760), (575, -760), (580, 240), (625, 240), (630, -760), (665, -760))
)


def picture(chart: PayoffChart) -> Image.Image:
    return Image.open(io.BytesIO(payoff_png(chart))).convert("RGB")


def colour(image: Image.Image, across: float, down: float) -> str:
    """What one sees at a part of the plot's width and height."""
    left, right, top, bottom = 104, SIZE[0] - 24, 92, SIZE[1] - 102
    red, green, blue = image.getpixel((int(left + across * (right - left)), int(top + down * (bottom - top))))
    return "paper" if min(red, green, blue) > 250 else "green" if green > red else "red"


def test_it_wins_in_green_and_loses_in_red() -> None:
    image = picture(PayoffChart("LIVE · Sell 2 SPY iron condors", CONDOR))
    assert image.size == SIZE
    assert colour(image, 0.55, 0.2) == "green", "in the middle, between zero and the curve"
    assert (colour(image, 0.1, 0.6), colour(image, 0.9, 0.6)) == ("red", "red"), "in both wings"
    assert colour(image, 0.5, 0.6) == "paper", "below zero where nothing is lost"


def test_a_share_crosses_from_red_to_green() -> None:
    image = picture(
        PayoffChart("Buy 100 AAPL", ((Decimal(150), Decimal(-3750)), (Decimal(225), Decimal(3750))))
    )
    assert (colour(image, 0.1, 0.6), colour(image, 0.9, 0.4)) == ("red", "green")
    assert colour(image, 0.3, 0.3) == "paper"


def test_marks_change_the_picture_and_the_same_values_give_the_same_bytes() -> None:
    bare = PayoffChart("x", CONDOR)
    marked = PayoffChart(
        "x", CONDOR, now=Decimal("602.14"), break_evens=(Decimal("578.80"),), foot=("a", "b")
    )
    outside = PayoffChart("x", CONDOR, now=Decimal(1), break_evens=(Decimal(9999),))
    assert payoff_png(marked) == payoff_png(marked)
    assert payoff_png(marked) != payoff_png(bare) == payoff_png(outside)


@pytest.mark.parametrize(
    "curve", [(), ((Decimal(1), Decimal(1)),), ((Decimal(2), Decimal(1)), (Decimal(1), Decimal(1)))]
)
def test_what_is_no_curve_is_refused(curve: tuple[tuple[Decimal, Decimal], ...]) -> None:
    with pytest.raises(ValueError, match="rising"):
        payoff_png(PayoffChart("x", curve))


PRICES = st.lists(st.decimals("0.01", "100000", places=2), min_size=2, max_size=12, unique=True).map(sorted)
AMOUNTS = st.decimals("-1e9", "1e9", places=2)


@settings(max_examples=40, deadline=None)
@given(PRICES.flatmap(lambda p: st.tuples(st.just(p), st.lists(AMOUNTS, min_size=len(p), max_size=len(p)))))
def test_every_curve_gives_a_picture_of_bounded_size(values: tuple[list[Decimal], list[Decimal]]) -> None:
    prices, amounts = values
    png = payoff_png(PayoffChart("x" * 200, tuple(zip(prices, amounts, strict=True)), now=prices[0]))
    assert png.startswith(b"\x89PNG")
    assert len(png) < 400_000
