"""The figures of an exchange day as they stood at a moment of the past, from candles. Holds state, knows no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

from senexbot.domain.alerting.looks import days_in
from senexbot.domain.alerting.terms import Condition
from senexbot.domain.candles import Candle

_EPOCH = date(1970, 1, 1).toordinal()
_WEEKS_52 = timedelta(days=364)


@dataclass(frozen=True, slots=True)
class DayFacts:
    """A looks.Day."""

    day_id: int | None
    day_open: Decimal | None = None
    day_high: Decimal | None = None
    day_low: Decimal | None = None
    previous_close: Decimal | None = None
    high_52_week: Decimal | None = None
    low_52_week: Decimal | None = None


@dataclass(slots=True)
class _Today:
    day: date
    high: Decimal
    low: Decimal
    opened: Decimal | None = None  # the first price of the regular session


class DayBook:
    """Of the symbols whose day a condition looks at. `take` each candle once it is of the past."""

    def __init__(
        self,
        condition: Condition,
        daily: Mapping[str, Sequence[Candle]],
        zone: tzinfo,
        is_open: Callable[[datetime], bool],
    ) -> None:
        self._daily = {symbol: daily.get(symbol, ()) for symbol in days_in(condition)}
        self._zone = zone
        self._is_open = is_open
        self._today: dict[str, _Today] = {}
        self._before: dict[tuple[str, date], DayFacts] = {}

    def take(self, symbol: str, candle: Candle) -> None:
        if symbol not in self._daily:
            return
        day = candle.at.astimezone(self._zone).date()
        today = self._today.get(symbol)
        if today is None or today.day != day:
            today = self._today[symbol] = _Today(day, candle.high, candle.low)
        today.high, today.low = max(today.high, candle.high), min(today.low, candle.low)
        if today.opened is None and self._is_open(candle.at):
            today.opened = candle.open

    def at(self, at: datetime) -> Mapping[str, DayFacts]:
        """As they stood before the candle that holds this moment."""
        if not self._daily:
            return {}
        day = at.astimezone(self._zone).date()
        return {symbol: self._facts(symbol, day, at) for symbol in self._daily}

    def _facts(self, symbol: str, day: date, at: datetime) -> DayFacts:
        known = self._before.get((symbol, day))
        if known is None:
            known = self._before[symbol, day] = self._of_days_before(symbol, day)
        today = self._today.get(symbol)
        if today is None or today.day != day:
            today = None
        has_opened = self._is_open(at) or (today is not None and today.opened is not None)
        first = today.opened if today is not None else None
        return DayFacts(
            day_id=known.day_id,
            day_open=(known.day_open or first) if has_opened else None,
            day_high=None if today is None else today.high,
            day_low=None if today is None else today.low,
            previous_close=known.previous_close,
            high_52_week=known.high_52_week,
            low_52_week=known.low_52_week,
        )

    def _of_days_before(self, symbol: str, day: date) -> DayFacts:
        """A daily candle stands at midnight UTC of its date."""
        dated = [(candle.at.astimezone(UTC).date(), candle) for candle in self._daily[symbol]]
        earlier = [candle for when, candle in dated if when < day]
        year = [candle for when, candle in dated if day - _WEEKS_52 <= when < day]
        return DayFacts(
            day_id=day.toordinal() - _EPOCH,
            day_open=next((candle.open for when, candle in dated if when == day), None),
            previous_close=earlier[-1].close if earlier else None,
            high_52_week=max((candle.high for candle in year), default=None),
            low_52_week=min((candle.low for candle in year), default=None),
        )
