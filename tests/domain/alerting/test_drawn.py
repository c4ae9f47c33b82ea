"""What the picture of an alert's history shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from senexbot.domain.alerting.drawn import drawn_of
from senexbot.domain.alerting.terms import (
    Amount,
    Any,
    Band,
    Cross,
    Level,
    Ratio,
    Reach,
    Side,
    Source,
    Trail,
    Way,
)
from senexbot.domain.candles import Candle

START = datetime(2026, 11, 2, 15, tzinfo=UTC)
AAPL, SPY = Source("AAPL"), Source("SPY")


def candles(*closes: int, later: int = 0) -> tuple[Candle, ...]:
    return tuple(
        Candle(START + timedelta(minutes=5 * (i + later)), *[Decimal(close)] * 4, Decimal(1))
        for i, close in enumerate(closes)
    )


def test_levels_of_the_value_that_is_drawn_are_its_lines() -> None:
    above = Level(AAPL, Side.ABOVE, Decimal(200))
    band = Band(AAPL, Way.ENTERS, Decimal(150), Decimal(200))
    tree = Any((above, Cross(AAPL, Side.BELOW, Decimal(100)), band, Level(SPY, Side.BELOW, Decimal(590))))
    drawn = drawn_of(tree, {"AAPL": candles(1, 2), "SPY": candles(3, 4)})
    assert drawn is not None
    assert (drawn.value, drawn.levels) == (AAPL, (Decimal(200), Decimal(100), Decimal(150)))
    assert drawn.candles == candles(1, 2)
    other = drawn_of(
        Any((Trail(AAPL, Reach.LOW, Amount(Decimal(1))), Band(SPY, *_BAND))), {"AAPL": candles(1, 2)}
    )
    assert other is not None
    assert other.levels == ()


_BAND = (Way.LEAVES, Decimal(1), Decimal(2))


def test_a_ratio_is_drawn_from_where_both_are_known() -> None:
    ratio = Level(Ratio(AAPL, SPY), Side.ABOVE, Decimal(3))
    drawn = drawn_of(ratio, {"AAPL": candles(2, 4, 6), "SPY": candles(2, 2, later=1)})
    assert drawn is not None
    assert [one.close for one in drawn.candles] == [Decimal(2), Decimal(3)]
    assert drawn.levels == (Decimal(3),)


def test_too_little_is_not_drawn() -> None:
    assert drawn_of(Level(AAPL, Side.ABOVE, Decimal(1)), {"AAPL": candles(1)}) is None
