"""What a picture of an alert's history shows: the values that its first test looks at, and its levels. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from senexbot.domain.alerting.looks import worth
from senexbot.domain.alerting.terms import Band, Condition, Cross, Level, Source, Value
from senexbot.domain.alerting.trees import sources_of, tests_of, value_of
from senexbot.domain.candles import Candle

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Drawn:
    """`candles`: of the value; of several symbols only closes, for their order in between is not known."""

    value: Value
    candles: tuple[Candle, ...]
    levels: tuple[Decimal, ...]


def drawn_of(condition: Condition, candles: Mapping[str, Sequence[Candle]]) -> Drawn | None:
    """None where there is too little to draw."""
    value = value_of(next(iter(tests_of(condition))))
    rows = tuple(candles.get(value.symbol, ())) if isinstance(value, Source) else _joined(value, candles)
    if len(rows) < 2:
        return None
    levels: dict[Decimal, None] = {}
    for test in tests_of(condition):
        if isinstance(test, Level | Cross) and test.value == value:
            levels[test.level] = None
        elif isinstance(test, Band) and test.value == value:
            levels |= dict.fromkeys((test.low, test.high))
    return Drawn(value, rows, tuple(levels))


def _joined(value: Value, candles: Mapping[str, Sequence[Candle]]) -> tuple[Candle, ...]:
    """The value at the close of each candle, from where all of its sources are known."""
    by_time: dict[datetime, list[tuple[Source, Candle]]] = {}
    for source in sources_of(value):
        for one in candles.get(source.symbol, ()):
            by_time.setdefault(one.at, []).append((source, one))
    newest: dict[Source, Decimal] = {}
    found: list[Candle] = []
    for at, rows in sorted(by_time.items(), key=lambda item: item[0]):
        newest |= {source: one.close for source, one in rows}
        now = worth(value, newest.get)
        if now is not None:
            found.append(Candle(at, now, now, now, now, _ZERO))
    return tuple(found)
