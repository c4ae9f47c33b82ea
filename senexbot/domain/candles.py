"""Candles: what a price did in a span of time, without the order in which it did it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Candle:
    """One bar of last trades. `at`: its beginning, aware. `iv` in percent, where the feed has it."""

    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    iv: Decimal | None = None
