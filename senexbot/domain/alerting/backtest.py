"""When an alert would have fired, from candles, and how surely: never more than candles can tell. Pure.

One source: the alert is stepped through each candle along every way the price may have gone (candle_paths.py), in all
the states that it may be in by then; the fewest and the most firings bound the count. Several sources: their order
within a candle is open many times over, so only the closes count, which are moments that surely were: "at least".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from senexbot.domain.alerting.candle_paths import paths_of, stations, within
from senexbot.domain.alerting.candle_steps import History, Hit, State, Stepper, is_plain, sampled_hits
from senexbot.domain.alerting.evaluating import begin, step
from senexbot.domain.alerting.looks import Seen
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
from senexbot.domain.alerting.trees import sources_in, tests_of
from senexbot.domain.candles import Candle

MOST_LOOKS = 60_000  # that may be tried for one answer; afterwards each candle is gone through once each way
MOST_STATES = 16  # that an alert may be in at one moment; with more nothing is called proven
TOLD = frozenset({Field.LAST})  # what candles tell
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A candle in which it would have fired. `is_sure`: whichever way the price went through it."""

    at: datetime
    value: Decimal
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Backtest:
    """How often it would have fired: at least `least`, at most `most` times (None: nobody can say).

    `is_proven`: False where the candles hide what decides, so that the count is a guess either way. `at_closes`: told
    from the closes alone, for the order of several symbols in between is not known.
    """

    least: int
    most: int | None
    moments: tuple[Moment, ...]
    is_proven: bool = True
    at_closes: bool = False


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
    if is_plain(terms):
        return _Run(terms, history, sources[0]).over(history.candles.get(sources[0].symbol, ()))
    hits = sampled_hits(terms, begin(terms), history, sources)
    moments = tuple(Moment(hit.at, hit.value, is_sure=True) for hit in hits if hit.value is not None)
    return Backtest(len(moments), None, moments, _is_of_levels(terms.condition), at_closes=True)


class _Run:
    """One alert over the candles of its one source."""

    def __init__(self, terms: AlertTerms, history: History, source: Source) -> None:
        self._terms = terms
        self._period, self._zone = history.period, history.zone
        self._stepper = Stepper(terms, history, source)
        parts = tuple(remembering(terms.condition))
        self._has_moves = any(isinstance(test, Move) for test in tests_of(terms.condition))
        self._times_matter = self._has_moves or any(isinstance(part, Held) for part in parts)
        self._stations = stations(terms.condition, terms.repeat)
        self._is_open_ended = False
        self._looks = 0
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
        end = self._most(most, moments)
        return Backtest(least, end, tuple(moments), self._is_proven)

    def _most(self, most: int, moments: Sequence[Moment]) -> int | None:
        """A daily one fires once a day at most, and on no day on which no way through the candles makes it."""
        if self._terms.repeat.often is Often.DAILY:
            return len({one.at.astimezone(self._zone).date() for one in moments})
        return None if self._is_open_ended else most

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
        if self._looks > MOST_LOOKS:
            self._is_proven = False
            plain, swung = paths_of(candle, self._period, (), times_matter=False)
            states = dict([min(states.items(), key=lambda item: item[1])])
        else:
            plain, swung = paths_of(candle, self._period, via, times_matter=self._times_matter)
        fired: list[Hit | None] = []
        for state, (low, high) in states.items():
            most = 0
            for number, path in enumerate((*plain, *swung)):
                for wide in (False, True) if self._has_moves else (False,):
                    end, hits = self._stepper.along(state, path, before, wide=wide)
                    count = len(hits)
                    self._looks += len(path)
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


def _is_of_levels(condition: Condition) -> bool:
    """Whether its truth at a moment follows from the values of that moment alone: then no sample of it deceives."""
    match condition:
        case All(parts) | Any(parts):
            return all(_is_of_levels(part) for part in parts)
        case Not(part):
            return _is_of_levels(part)
        case _:
            return isinstance(condition, Level)
