"""What an alert missed while nothing could be seen, from candles of one minute. Pure.

Alerts fail open: what may have fired in any order of a candle's prices is told, marked. What was seen before the gap
is not told again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from senexbot.domain.alerting.candle_paths import Path, Point, paths_of, stations, within
from senexbot.domain.alerting.candle_steps import History, Hit, State, Stepper, is_plain, sampled_hits
from senexbot.domain.alerting.memory import Memory
from senexbot.domain.alerting.moments import remembering
from senexbot.domain.alerting.rules import RuleState
from senexbot.domain.alerting.terms import AlertTerms, Held, Move, Source
from senexbot.domain.alerting.trees import sources_in, tests_of
from senexbot.domain.candles import Candle

MOST_STATES = 8


def lead_of(terms: AlertTerms) -> timedelta:
    """How far before the gap candles are needed: what a move within a window is measured from."""
    return max(
        (test.window for test in tests_of(terms.condition) if isinstance(test, Move)), default=timedelta()
    )


def missed(
    terms: AlertTerms,
    memory: Memory,
    history: History,
    *,
    since: datetime,
    armed_at: datetime | None = None,
) -> Hit | None:
    """The first firing after `since`, with `memory` of before; None when there was none.

    `history`: from before the gap as far as `lead_of` says, to its end. `armed_at`: when it was last armed: prices of
    that same minute may be older, and do not count.
    """
    sources = sources_in(terms.condition)
    if not is_plain(terms):
        hits = sampled_hits(terms, memory, history, sources, since)
        return hits[0] if hits else None
    source = sources[0]
    return _Gap(terms, history, source, since, armed_at).over(memory, history.candles.get(source.symbol, ()))


class _Gap:
    def __init__(
        self, terms: AlertTerms, history: History, source: Source, since: datetime, armed_at: datetime | None
    ) -> None:
        self._stepper = Stepper(terms, history, source)
        self._period = history.period
        self._since = since
        self._armed_at = armed_at
        self._stations = stations(terms.condition, terms.repeat)
        self._moves = any(isinstance(test, Move) for test in tests_of(terms.condition))
        held = any(isinstance(part, Held) for part in remembering(terms.condition))
        self._times_matter = self._moves or held

    def over(self, memory: Memory, candles: Sequence[Candle]) -> Hit | None:
        if self._is_quiet(memory, [one for one in candles if one.at + self._period > self._since]):
            return None
        states: dict[State, None] = {State(memory, None): None}
        before = None
        for candle in candles:
            self._stepper.begin(candle)
            if candle.at + self._period > self._since:
                found: list[Hit] = []
                after: dict[State, None] = {}
                ways = [self._to_its_end(path, candle) for path in self._ways(candle)]
                for state in states:
                    for path in ways:
                        for wide in (False, True) if self._moves else (False,):
                            end, hits = self._stepper.along(state, path, before, wide=wide)
                            after[end] = None
                            found += hits
                if found:
                    hit = min(found, key=lambda one: one.at)
                    return hit._replace(
                        at=max(candle.at, self._since)
                    )  # the minute is known, the second is not
                states = dict.fromkeys(list(after)[:MOST_STATES])
            self._stepper.take(candle)
            before = candle.close
        return None

    def _to_its_end(self, path: Path, candle: Candle) -> Path:
        """What holds for a time holds until the minute is over, though no other price comes."""
        end = candle.at + self._period - timedelta(microseconds=1)
        if not self._times_matter or path[-1].at == end:
            return path
        return (*path, Point(end, path[-1].value))

    def _is_quiet(self, memory: Memory, candles: Sequence[Candle]) -> bool:
        """Whether no price of the whole gap concerns it, told by the lowest and highest: of most alerts."""
        if not candles:
            return True
        if self._times_matter or self._stations or memory.phase is not RuleState.ARMED:
            return False
        low, high = min(one.low for one in candles), max(one.high for one in candles)
        for price in (low, high):
            path = (Point(candles[0].at, price),)
            end, hits = self._stepper.along(State(memory, None), path, None, wide=False)
            if hits or end.memory != memory:
                return False
        return True

    def _ways(self, candle: Candle) -> Sequence[Path]:
        """How the price went through it after the gap began; what is not known to be later is left out."""
        begins = max(candle.at, self._since)
        if candle.at < self._since and (self._armed_at is None or self._armed_at > candle.at):
            return ((Point(candle.at + self._period - timedelta(microseconds=1), candle.close),),)
        via = within(self._stations, candle)
        ways = paths_of(candle, self._period, via, times_matter=self._times_matter, only_evident=True).plain
        if candle.at >= self._since:
            return ways
        return [tuple(Point(max(p.at, begins), p.value) for p in path) for path in ways]
