"""Stepping an alert over candles: along a way that a price may have gone, or from close to close. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from senexbot.domain.alerting.candle_days import DayBook
from senexbot.domain.alerting.candle_paths import Path
from senexbot.domain.alerting.candle_ranges import Ranges
from senexbot.domain.alerting.evaluating import step
from senexbot.domain.alerting.looks import Look, Seen
from senexbot.domain.alerting.memory import Memory, Stepped
from senexbot.domain.alerting.terms import AlertTerms, Source
from senexbot.domain.alerting.trees import sources_in, tests_of, value_of
from senexbot.domain.alerting.windows import Windows
from senexbot.domain.candles import Candle

_MOMENT = timedelta(microseconds=1)
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class History:
    """`candles` and `days` (daily ones, a year back, where day figures are needed): by the source's symbol, oldest
    first. `period`: of one candle. `is_open`: whether the regular session ran at a moment."""

    candles: Mapping[str, Sequence[Candle]]
    period: timedelta
    zone: tzinfo
    is_open: Callable[[datetime], bool]
    days: Mapping[str, Sequence[Candle]] = field(default_factory=dict)


class State(NamedTuple):
    memory: Memory
    due: datetime | None


class Hit(NamedTuple):
    """A firing: `value` of the part that decided, `values` of every source at that moment."""

    at: datetime
    value: Decimal | None
    values: tuple[tuple[Source, Decimal], ...] = ()


def is_plain(terms: AlertTerms) -> bool:
    """Whether all its tests look at one source itself, so that a candle bounds what they see."""
    plain = all(isinstance(value_of(test), Source) for test in tests_of(terms.condition))
    return plain and len(sources_in(terms.condition)) == 1


class Stepper:
    """Steps one alert over prices of one source in order of time, the looks that only time asks for included."""

    def __init__(self, terms: AlertTerms, history: History, source: Source) -> None:
        self._terms = terms
        self._history = history
        self._source = source
        self._days = DayBook(terms.condition, history.days, history.zone, history.is_open)
        self.ranges = Ranges(terms.condition, history.period)

    def begin(self, candle: Candle) -> None:
        self._days.begin(self._source.symbol, candle)

    def take(self, candle: Candle) -> None:
        """It is of the past from here on."""
        self._days.take(self._source.symbol, candle)
        self.ranges.take(candle)

    def look(self, at: datetime, seen: Seen, so_far: Path = (), *, wide: bool = False) -> Look:
        """`so_far`: of this candle. `wide`: windows reach to the whole of the candle in which they begin."""
        return Look(
            at=at,
            day=self._day(at),
            values={self._source: seen},
            days=self._days.at(at),
            ranges=self.ranges.at(at, so_far, wide=wide),
            is_open=self._history.is_open(at),
        )

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._history.zone).date()

    def along(
        self, state: State, path: Path, before: Decimal | None, *, wide: bool
    ) -> tuple[State, list[Hit]]:
        """`before`: the price until then; None at the beginning."""
        hits: list[Hit] = []
        for i, point in enumerate(path):
            so_far = path[:i]
            state = self._wait(
                state, point.at, so_far[-1].value if so_far else before, so_far, hits, wide=wide
            )
            seen = Seen(point.value, point.value, point.value)
            state = self._step(state, self.look(point.at, seen, so_far, wide=wide), hits)
        return state, hits

    def _wait(
        self,
        state: State,
        until: datetime,
        price: Decimal | None,
        so_far: Path,
        hits: list[Hit],
        *,
        wide: bool,
    ) -> State:
        while price is not None and state.due is not None and state.due <= until:
            seen = Seen(price, price, price)
            state = self._step(state, self.look(state.due, seen, so_far, wide=wide), hits)
        return state

    def _step(self, state: State, look: Look, hits: list[Hit]) -> State:
        done: Stepped = step(self._terms, state.memory, look)
        if done.fired:
            hits.append(Hit(look.at, done.value, done.values))
        due = done.due if done.due is None or done.due > look.at else None
        return State(self._plain(done.memory), due)

    def _plain(self, memory: Memory) -> Memory:
        """Without what its repeat never asks for, so that states that do the same are the same."""
        if self._terms.repeat.cooldown is None and memory.fired_at is not None:
            return memory._replace(fired_at=_SOME_TIME)
        return memory


def sampled_hits(
    terms: AlertTerms,
    memory: Memory,
    history: History,
    sources: Sequence[Source],
    since: datetime | None = None,
) -> list[Hit]:
    """The firings at the closes of candles, with the newest of every source. `at`: of the candle. Before `since`
    only what the look needs is taken in."""
    days = DayBook(terms.condition, history.days, history.zone, history.is_open)
    windows = Windows()
    windows.want(terms.condition)
    newest: dict[Source, Seen] = {}
    hits: list[Hit] = []
    for at, some in _together(history, sources):
        end = at + history.period - _MOMENT
        for source, candle in some:
            days.begin(source.symbol, candle)
        newest |= {source: Seen(one.close, one.close, one.close) for source, one in some}
        look = Look(
            at=end,
            day=end.astimezone(history.zone).date(),
            values=dict(newest),
            days=days.at(end),
            ranges=windows.ranges(end),
            is_open=history.is_open(at),
        )
        if since is None or end > since:
            done = step(terms, memory, look)
            memory = done.memory
            hits += [Hit(at, done.value, done.values)] if done.fired else []
        windows.add(look)
        for source, candle in some:
            days.take(source.symbol, candle)
    return hits


def _together(
    history: History, sources: Sequence[Source]
) -> list[tuple[datetime, list[tuple[Source, Candle]]]]:
    """The candles of all sources by their beginning."""
    by_time: dict[datetime, list[tuple[Source, Candle]]] = {}
    for source in sources:
        for candle in history.candles.get(source.symbol, ()):
            by_time.setdefault(candle.at, []).append((source, candle))
    return sorted(by_time.items(), key=lambda item: item[0])
