"""The figures of an exchange day as they stood at a moment of the past, from candles. Holds state, knows no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

from senexbot.domain.alerting.terms import Condition
from senexbot.domain.alerting.trees import days_in
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
    high: Decimal | None = None
    low: Decimal | None = None
    opened: Decimal | None = None  # the first price of the regular session


class DayBook:
    """Of the symbols whose day a condition looks at. `begin` each candle, and `take` it once it is of the past."""

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

    def begin(self, symbol: str, candle: Candle) -> None:
        """Its first price is there."""
        if symbol in self._daily:
            today = self._of(symbol, candle)
            if today.opened is None and self._is_open(candle.at):
                today.opened = candle.open

    def take(self, symbol: str, candle: Candle) -> None:
        if symbol in self._daily:
            today = self._of(symbol, candle)
            today.high = candle.high if today.high is None else max(today.high, candle.high)
            today.low = candle.low if today.low is None else min(today.low, candle.low)

    def _of(self, symbol: str, candle: Candle) -> _Today:
        day = candle.at.astimezone(self._zone).date()
        today = self._today.get(symbol)
        if today is None or today.day != day:
            today = self._today[symbol] = _Today(day)
        return today

    def at(self, at: datetime) -> Mapping[str, DayFacts]:
        """As they stood before the candle that holds this moment."""
        if not self._daily:
            return {}
        day = at.astimezone(self._zone).date()
        return {symbol: self._facts(symbol, day) for symbol in self._daily}

    def _facts(self, symbol: str, day: date) -> DayFacts:
        known = self._before.get((symbol, day))
        if known is None:
            known = self._before[symbol, day] = self._of_days_before(symbol, day)
        today = self._today.get(symbol)
        if today is None or today.day != day:
            return replace(known, day_open=None)
        has_opened = today.opened is not None
        return replace(
            known,
            day_open=(known.day_open or today.opened) if has_opened else None,
            day_high=today.high,
            day_low=today.low,
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
