"""When an alert would have fired, from candles, and how surely: never more than candles can tell. Pure.

One source: the alert is stepped through each candle along every way the price may have gone (candle_paths.py), in all
the states that it may be in by then; the fewest and the most firings bound the count. Several sources: their order
within a candle is open many times over, so only the closes count, which are moments that surely were: "at least".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NamedTuple

from senexbot.domain.alerting.candle_days import DayBook
from senexbot.domain.alerting.candle_paths import Path, paths_of, stations, within
from senexbot.domain.alerting.candle_ranges import Ranges
from senexbot.domain.alerting.evaluating import Memory, Stepped, begin, step
from senexbot.domain.alerting.looks import Look, Seen, sources_in, tests_of, value_of
from senexbot.domain.alerting.moments import remembering
from senexbot.domain.alerting.terms import (
    AlertTerms,
    All,
    Any,
    Condition,
    Field,
    Held,
    Level,
    Move,
    Not,
    Often,
    Source,
)
from senexbot.domain.alerting.windows import Windows
from senexbot.domain.candles import Candle

MOST_STATES = (
    16  # that an alert may be in at one moment; more are not followed, and nothing is called proven then
)
TOLD = frozenset({Field.LAST})  # what candles tell
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class History:
    """`candles` and `days` (daily ones, a year back, where day figures are needed): by the source's symbol, oldest
    first. `period`: of one candle. `is_open`: whether the regular session ran at a moment."""

    candles: Mapping[str, Sequence[Candle]]
    period: timedelta
    zone: tzinfo
    is_open: Callable[[datetime], bool]
    days: Mapping[str, Sequence[Candle]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """A candle in which it would have fired. `is_sure`: whichever way the price went through it."""

    at: datetime
    value: Decimal
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Backtest:
    """How often it would have fired: at least `least`, at most `most` times (None: nobody can say).

    `is_proven`: False where the candles hide what decides, so that the count is a guess either way.
    """

    least: int
    most: int | None
    moments: tuple[Moment, ...]
    is_proven: bool = True


class State(NamedTuple):
    memory: Memory
    due: datetime | None


class Hit(NamedTuple):
    at: datetime
    value: Decimal | None


def untold(condition: Condition) -> tuple[Field, ...]:
    """The fields of the condition that no candle tells, each once, as it names them."""
    return tuple(dict.fromkeys(s.field for s in sources_in(condition) if s.field not in TOLD))


def as_every_time(terms: AlertTerms) -> AlertTerms:
    """An alert that fires once is asked how often its moment came."""
    if terms.repeat.often is not Often.ONCE:
        return terms
    return replace(terms, repeat=replace(terms.repeat, often=Often.EVERY))


def backtest(terms: AlertTerms, history: History) -> Backtest:
    """Of an alert that begins with the first candle, knowing nothing. Raises ValueError for what candles do not tell
    (`untold`)."""
    if untold(terms.condition):
        raise ValueError("candles do not tell what this alert watches")
    sources = sources_in(terms.condition)
    is_plain = all(isinstance(value_of(test), Source) for test in tests_of(terms.condition))
    if len(sources) == 1 and is_plain:
        return _Run(terms, history, sources[0]).over(history.candles.get(sources[0].symbol, ()))
    return _sampled(terms, history, sources)


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
            hits.append(Hit(look.at, done.value))
        due = done.due if done.due is None or done.due > look.at else None
        return State(done.memory, due)


class _Run:
    """One alert over the candles of its one source."""

    def __init__(self, terms: AlertTerms, history: History, source: Source) -> None:
        self._terms = terms
        self._period = history.period
        self._stepper = Stepper(terms, history, source)
        parts = tuple(remembering(terms.condition))
        self._has_moves = any(isinstance(test, Move) for test in tests_of(terms.condition))
        self._times_matter = self._has_moves or any(isinstance(part, Held) for part in parts)
        self._stations = stations(terms.condition, terms.repeat)
        self._is_open_ended = False
        self._is_proven = not (self._times_matter and self._stations)

    def over(self, candles: Sequence[Candle]) -> Backtest:
        states: dict[State, tuple[int, int]] = {State(begin(self._terms), None): (0, 0)}
        moments: list[Moment] = []
        before: Decimal | None = None
        for candle in candles:
            self._stepper.begin(candle)
            if not self._is_quiet(states, candle):
                states, moment = self._through(states, candle, before)
                moments += [] if moment is None else [moment]
            self._stepper.take(candle)
            before = candle.close
        least = min(low for low, _ in states.values())
        most = max(high for _, high in states.values())
        return Backtest(least, None if self._is_open_ended else most, tuple(moments), self._is_proven)

    def _is_quiet(self, states: Mapping[State, tuple[int, int]], candle: Candle) -> bool:
        """Whether none of its prices changes anything, whatever their order: then nothing of it has to be tried."""
        if self._has_moves and self._stepper.ranges.may_move(candle):
            return False
        if within(self._stations, candle):
            return False
        end = candle.at + self._period
        prices = {candle.low, candle.high, candle.open, candle.close}
        looks = [self._stepper.look(candle.at, Seen(one, one, one)) for one in prices]
        for state in states:
            if state.due is not None and state.due <= end:
                return False
            for look in looks:
                done = step(self._terms, state.memory, look)
                if done.fired or done.memory != state.memory:
                    return False
        return True

    def _through(
        self, states: Mapping[State, tuple[int, int]], candle: Candle, before: Decimal | None
    ) -> tuple[dict[State, tuple[int, int]], Moment | None]:
        after: dict[State, tuple[int, int]] = {}
        via = within(self._stations, candle)
        plain, swung = paths_of(candle, self._period, via, times_matter=self._times_matter)
        fired: list[Hit | None] = []
        for state, (low, high) in states.items():
            most = 0
            for number, path in enumerate((*plain, *swung)):
                for wide in (False, True) if self._has_moves else (False,):
                    end, hits = self._stepper.along(state, path, before, wide=wide)
                    count = len(hits)
                    fired.append(hits[0] if hits else None)
                    if number < len(plain):
                        most = max(most, count)
                    elif count > most:
                        self._is_open_ended = True
                    known = after.get(end, (low + count, high + count))
                    after[end] = min(known[0], low + count), max(known[1], high + count)
        if len(after) > MOST_STATES:
            self._is_proven = False
            after = dict(sorted(after.items(), key=lambda item: item[1])[:MOST_STATES])
        hit = next((one for one in fired if one is not None), None)
        if hit is None or hit.value is None:
            return after, None
        return after, Moment(candle.at, hit.value, None not in fired)


def _sampled(terms: AlertTerms, history: History, sources: Sequence[Source]) -> Backtest:
    """At the close of each candle, the newest of every source."""
    days = DayBook(terms.condition, history.days, history.zone, history.is_open)
    windows = Windows()
    windows.want(terms.condition)
    memory = begin(terms)
    newest: dict[Source, Seen] = {}
    moments: list[Moment] = []
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
        done = step(terms, memory, look)
        memory = done.memory
        windows.add(look)
        if done.fired and done.value is not None:
            moments.append(Moment(at, done.value, is_sure=True))
        for source, candle in some:
            days.take(source.symbol, candle)
    return Backtest(len(moments), None, tuple(moments), is_proven=_is_of_levels(terms.condition))


def _together(
    history: History, sources: Sequence[Source]
) -> list[tuple[datetime, list[tuple[Source, Candle]]]]:
    """The candles of all sources by their beginning."""
    by_time: dict[datetime, list[tuple[Source, Candle]]] = {}
    for source in sources:
        for candle in history.candles.get(source.symbol, ()):
            by_time.setdefault(candle.at, []).append((source, candle))
    return sorted(by_time.items(), key=lambda item: item[0])


def _is_of_levels(condition: Condition) -> bool:
    """Whether its truth at a moment follows from the values of that moment alone: then no sample of it deceives."""
    match condition:
        case All(parts) | Any(parts):
            return all(_is_of_levels(part) for part in parts)
        case Not(part):
            return _is_of_levels(part)
        case _:
            return isinstance(condition, Level)
