"""The picture of an alert's history: what it shows where, and that no series of prices breaks it."""

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from senexbot.pictures.alert_history import HistoryChart, Mark, Stretch, history_png
from senexbot.pictures.sheet import SIZE

START = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
LEFT, RIGHT, TOP, BOTTOM = 104, SIZE[0] - 24, 66, SIZE[1] - 102


def stretches(*closes: object, minutes: int = 60) -> tuple[Stretch, ...]:
    """One a candle, with a low and a high of half a point around."""
    half = Decimal("0.5")
    return tuple(
        Stretch(START + timedelta(minutes=minutes * i), c - half, c + half, c)
        for i, c in enumerate(Decimal(str(one)) for one in closes)
    )


def picture(chart: HistoryChart) -> Image.Image:
    return Image.open(io.BytesIO(history_png(chart))).convert("RGB")


def reddest(image: Image.Image, across: float) -> int:
    """How much redder than its other tones the reddest dot of a column is."""
    x = int(LEFT + across * (RIGHT - LEFT))
    return max(p[0] - max(p[1], p[2]) for p in (image.getpixel((x, y)) for y in range(TOP, BOTTOM)))


def is_blue(pixel: tuple[int, int, int]) -> bool:
    return pixel[2] - pixel[0] > 60


def test_a_firing_is_marked_where_and_when_it_was() -> None:
    rising = stretches(*range(100, 111))
    chart = HistoryChart("x", rising, UTC, levels=(Decimal(105),), marks=(Mark(rising[5].at, Decimal(105)),))
    image = picture(chart)
    assert image.size == SIZE
    assert reddest(image, 0.5) > 100
    assert max(reddest(image, 0.2), reddest(image, 0.8)) < 40
    unsure = picture(HistoryChart("x", rising, UTC, marks=(Mark(rising[5].at, Decimal(105), is_sure=False),)))
    middle = (int(LEFT + 0.5 * (RIGHT - LEFT)), (TOP + BOTTOM) // 2)
    assert image.getpixel(middle)[1] < 100
    assert min(unsure.getpixel(middle)) > 200, "hollow: the candle leaves it open"


def test_a_level_is_a_line_where_it_leaves_the_price_legible_and_words_where_not() -> None:
    flat = stretches(100, 101, 100, 101)
    near = picture(HistoryChart("x", flat, UTC, levels=(Decimal("100.5"),)))
    far = picture(HistoryChart("x", flat, UTC, levels=(Decimal(900),)))

    def blue_across(image: Image.Image) -> int:
        """How far the blue dots of the picture's left half reach."""
        return sum(
            any(is_blue(image.getpixel((x, y))) for y in range(TOP, BOTTOM)) for x in range(LEFT, LEFT + 300)
        )

    assert blue_across(near) > 120
    assert blue_across(far) == 0
    assert history_png(HistoryChart("x", flat, UTC, levels=(Decimal(900),))) != history_png(
        HistoryChart("x", flat, UTC, levels=(Decimal(1),))
    )


def test_the_same_values_give_the_same_bytes() -> None:
    chart = HistoryChart("x", stretches(1, 2, 3), UTC, foot=("a", "b"))
    assert history_png(chart) == history_png(chart) != history_png(HistoryChart("x", stretches(1, 2, 3), UTC))


@pytest.mark.parametrize("some", [(), stretches(1), tuple(reversed(stretches(1, 2)))])
def test_what_is_no_history_is_refused(some: tuple[Stretch, ...]) -> None:
    with pytest.raises(ValueError, match="oldest first"):
        history_png(HistoryChart("x", some, UTC))


PRICES = st.lists(st.decimals("-1e6", "1e6", places=4), min_size=2, max_size=40)


@settings(max_examples=40, deadline=None)
@given(PRICES, st.lists(st.decimals("-1e7", "1e7", places=4), max_size=3), st.integers(1, 5000))
def test_every_history_gives_a_picture_of_bounded_size(
    closes: list[Decimal], levels: list[Decimal], minutes: int
) -> None:
    some = stretches(*closes, minutes=minutes)
    marks = (Mark(some[0].at - timedelta(days=1), closes[0]), Mark(some[-1].at, closes[-1] * 2))
    png = history_png(HistoryChart("x" * 200, some, UTC, tuple(levels), marks, ("y" * 300,)))
    assert png.startswith(b"\x89PNG")
    assert len(png) < 400_000


def test_a_month_of_minutes_is_drawn_too() -> None:
    some = stretches(*(600 + i % 97 / 10 for i in range(9000)), minutes=1)
    assert len(history_png(HistoryChart("x", some, UTC))) < 400_000
