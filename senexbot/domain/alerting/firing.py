"""One event of a rule, as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Firing:
    """`price`: the value that decided. `late`: seen after a blind time; `asked`: fired by the button; `gap_check`:
    found in candles."""

    id: str
    rule_id: str
    rule_version: int
    price: Decimal
    at: datetime
    late: bool = False
    asked: bool = False
    gap_check: bool = False
