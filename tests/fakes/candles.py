"""Candles by hand, at ports.CandleReads."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from senexbot.domain.candles import Candle
from senexbot.domain.errors import Unavailable

Row = tuple[object, object, object, object]  # open, high, low, close


class HandCandles:
    """`rows`: by streamer symbol; `daily`: those of days; `failing`: those that cannot be read. `asked`: (symbol, period) of each question."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[Candle, ...]] = {}
        self.daily: dict[str, tuple[Candle, ...]] = {}
        self.failing: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    def put(self, symbol: str, start: datetime, *rows: Row, minutes: int = 1) -> None:
        step = timedelta(minutes=minutes)
        self.rows[symbol] = tuple(
            Candle(start + step * i, *(Decimal(str(price)) for price in row), Decimal(1))
            for i, row in enumerate(rows)
        )

    async def candles(
        self,
        link_id: str,
        streamer_symbol: str,
        *,
        period: str,
        since: datetime,
        until: datetime | None = None,
        is_regular_only: bool = False,
    ) -> tuple[Candle, ...]:
        self.asked.append((streamer_symbol, period))
        if streamer_symbol in self.failing:
            raise Unavailable("no candles now")
        rows = self.daily if period == "1d" else self.rows
        return tuple(one for one in rows.get(streamer_symbol, ()) if one.at >= since)
