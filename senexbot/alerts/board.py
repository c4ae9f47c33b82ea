"""The alerts over one link in memory: what each remembers, the book of their bounds, the windows and the timers.

No I/O and no clock: values come in, and what became of the alerts goes out. A quiet value costs the feed two
comparisons and never gets here; one that has left its band costs what it wakes.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple, Protocol

from senexbot.alerts.entry import Entry
from senexbot.domain.alerting.book import Book, Place
from senexbot.domain.alerting.evaluating import Stepped, recall, step
from senexbot.domain.alerting.looks import Look, Seen, is_sound
from senexbot.domain.alerting.memory import Memory
from senexbot.domain.alerting.moments import remembering
from senexbot.domain.alerting.plain import PLAIN, plain_source, step_level
from senexbot.domain.alerting.quiet import quiet, quiet_level
from senexbot.domain.alerting.rules import AlertRule, RuleState
from senexbot.domain.alerting.terms import Held, Hours, Often, Source
from senexbot.domain.alerting.trees import days_in, sources_in
from senexbot.domain.alerting.windows import Windows, windows_in
from senexbot.ports.values import DayFigures, Key, Quiet, Span

_FIRED, _REGULAR = RuleState.FIRED, Hours.REGULAR  # as in plain.py
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Values(Protocol):
    """What the board asks of the feed (ports.values.ValueFeed is one)."""

    def cut(self, keys: Sequence[Key]) -> tuple[Span, ...]: ...
    def latest(self, key: Key) -> Span | None: ...
    def day(self, streamer_symbol: str) -> DayFigures | None: ...


class Outcome(NamedTuple):
    """What one look made of one alert: `rule` as it was, what it remembered, and what the step said."""

    entry: Entry
    rule: AlertRule
    before: Memory
    stepped: Stepped
    at: datetime


class Board:
    def __init__(self, values: Values) -> None:
        self._feed = values
        self.entries: dict[str, Entry] = {}
        self.book: Book[Key, Entry] = Book()
        self.windows = Windows()
        self.looks = 0  # values that woke something or were looked at, for the metrics
        self.wakings = 0
        self._keys: dict[Key, Key] = {}
        self._sources: dict[Key, tuple[Source, ...]] = {}
        self._values: dict[Source, Seen] = {}
        self._days: dict[str, DayFigures] = {}  # by symbol
        self._on_days: dict[str, dict[str, Entry]] = {}  # by streamer symbol, those that need its figures
        self._slept: dict[str, Entry] = {}  # woken while the session they keep to was closed
        self._due: list[tuple[datetime, int, Entry]] = []
        self._serial = 0
        self.loads = 0  # how often alerts were loaded
        self._at = _LONG_AGO
        self.day = date.min
        self._is_open = False
        self._met = (date.min, False)  # the day and session of the last `session`

    @property
    def keys(self) -> Collection[Key]:
        return self.book.lines.keys()

    @property
    def day_symbols(self) -> frozenset[str]:
        return frozenset(self._on_days)

    def bands(self, keys: Iterable[Key]) -> dict[Key, Quiet]:
        return {key: Quiet(*self.book.band(key)) for key in keys}

    def take_changed(self) -> set[Key]:
        """The keys whose band is another than when this was last asked."""
        changed, self.book.changed = self.book.changed, set()
        return changed

    def next_due(self) -> datetime | None:
        while self._due and self._due[0][2].due != self._due[0][0]:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def rules_of(self, streamer_symbol: str) -> tuple[AlertRule, ...]:
        """The alerts that watch this instrument, for those who tell of it: a walk over all of them."""
        return tuple(
            entry.rule
            for entry in self.entries.values()
            if any(one.streamer_symbol == streamer_symbol for one in entry.rule.instruments)
        )

    def stand(self, day: date, *, is_open: bool) -> None:
        """The day and session to which the next looks belong."""
        self.day, self._is_open = day, is_open

    def session(self, day: date, *, is_open: bool, now: datetime) -> list[Outcome]:
        """The exchange's day and whether its session runs; at a change those that it concerns are looked at."""
        if (day, is_open) == self._met:
            return []
        opens, is_new_day = is_open and not self._met[1], day != self._met[0]
        self._met = (day, is_open)
        self.stand(day, is_open=is_open)
        concerned = {
            key: entry
            for key, entry in self.entries.items()
            if (is_new_day and entry.memory.cleared and entry.rule.terms.repeat.often is Often.DAILY)
            or (entry.rule.terms.hours is Hours.REGULAR and entry.holds)
        }
        if opens:
            concerned |= self._slept
            self._slept = {}
        return self._step_all(concerned, now)

    def silent(self) -> tuple[AlertRule, ...]:
        """The alerts over a value that is not known."""
        return tuple(
            entry.rule
            for entry in self.entries.values()
            if any(source not in self._values for source in sources_in(entry.rule.terms.condition))
        )

    # What is watched -------------------------------------------------------------------------------------------------

    def put(self, rule: AlertRule) -> Entry:
        """Watch it, or what was changed of it, from what is stored. It is looked at by `meet`."""
        known = self.entries.get(rule.id)
        if known is not None:
            self.remove(rule.id)
        condition = rule.terms.condition
        sources = sources_in(condition)
        entry = Entry(
            rule, recall(rule), any(isinstance(part, Held) for part in remembering(condition)), self.loads
        )
        self.entries[rule.id] = entry
        keys = [self._key(rule, source) for source in sources]
        entry.places = tuple(Place(entry, key) for key in keys)
        for key, source in zip(keys, sources, strict=True):
            names = self._sources.get(key, ())
            if source not in names:
                names = self._sources[key] = (*names, source)
            if plain_source(condition) is not None:
                entry.plain = names[names.index(source)]
        for symbol in days_in(condition):
            self._on_days.setdefault(rule.instrument(symbol).streamer_symbol, {})[rule.id] = entry
        if windows_in(condition):
            self.windows.want(condition)
        return entry

    def _key(self, rule: AlertRule, source: Source) -> Key:
        """The one object for all that watch it."""
        key = key_of(rule, source)
        return self._keys.setdefault(key, key)

    def remove(self, rule_id: str) -> None:
        entry = self.entries.pop(rule_id, None)
        if entry is None:
            return
        entry.due = None
        self._slept.pop(rule_id, None)
        condition = entry.rule.terms.condition
        for place in entry.places:
            self.book.drop(place)
            if place.key not in self.book.lines:
                self._keys.pop(place.key, None)
                for name in self._sources.pop(place.key, ()):
                    self._values.pop(name, None)
        for symbol in days_in(condition):
            streamer = entry.rule.instrument(symbol).streamer_symbol
            waiting = self._on_days.get(streamer, {})
            waiting.pop(rule_id, None)
            if not waiting:
                self._on_days.pop(streamer, None)

    def meet(self, entries: Sequence[Entry], now: datetime) -> list[Outcome]:
        """New alerts meet the values that came before them: an instrument may be silent for long."""
        for entry in entries:
            for place, source in zip(entry.places, sources_in(entry.rule.terms.condition), strict=True):
                self._refresh(place.key, source)
            for symbol in days_in(entry.rule.terms.condition):
                figures = self._feed.day(entry.rule.instrument(symbol).streamer_symbol)
                if figures is not None:
                    self._days[symbol] = figures
        return self._step_all({entry.rule.id: entry for entry in entries}, now)

    def _refresh(self, key: Key, source: Source) -> None:
        """The newest value, alone: its low and high are older than the alert."""
        latest = self._feed.latest(key)
        if latest is not None:
            self._values[source] = Seen(latest.last, latest.last, latest.last)

    # What happens ----------------------------------------------------------------------------------------------------

    def due(self, now: datetime) -> list[Outcome]:
        """Those whose time has come, with the values as they are."""
        found: dict[str, Entry] = {}
        while self._due and self._due[0][0] <= now:
            at, _, entry = heapq.heappop(self._due)
            if entry.due == at:
                entry.due = None
                found[entry.rule.id] = entry
        return self._step_all(found, now) if found else []

    def tidy(self) -> None:
        """Forget the windows that no alert asks for any more."""
        if self.windows:
            conditions = (entry.rule.terms.condition for entry in self.entries.values())
            self.windows.keep({asked for condition in conditions for asked in windows_in(condition)})

    def take(self, spans: Sequence[Span], now: datetime, *, loads: int | None = None) -> list[Outcome]:
        """What these values did, all of them before anything is looked at. Nonsense changes nothing (I54).

        `loads`: as it was when they were cut, if that was a while ago. Alerts that came later meet the newest
        values instead: these lows and highs are from before them (I46).
        """
        if not spans:
            return []
        began = min(span.at for span in spans)
        outcomes = self.due(min(began, now)) if self._due and self._due[0][0] < began else []
        touched: list[Source] = []
        taken: set[Key] = set()
        woken: dict[str, Entry] = {}
        later: dict[str, Entry] = {}
        waiting = list(spans)
        while waiting:
            for span in waiting:
                taken.add(span.key)
                for entry in self._note(span, touched):
                    mine = woken if loads is None or entry.since <= loads else later
                    mine[entry.rule.id] = entry
            # What is quiet has moved too, within its band: what hangs on several values sees all of them as they are.
            missing = list(
                {
                    place.key
                    for entry in woken.values()
                    if len(entry.places) > 1
                    for place in entry.places
                    if place.key not in taken
                }
            )
            taken.update(missing)
            waiting = list(self._feed.cut(missing)) if missing else []
        outcomes += self._step_all(woken, max(span.at for span in spans), touched)
        for source in touched:
            last = self._values[source].last
            self._values[source] = Seen(last, last, last)
        return outcomes + self.meet(tuple(later.values()), now) if later else outcomes

    def figures(self, days: Mapping[str, DayFigures], now: datetime) -> list[Outcome]:
        """What the day's figures became, by streamer symbol. A new high alone concerns nobody: trades tell it."""
        woken: dict[str, Entry] = {}
        for streamer, figures in days.items():
            for rule_id, entry in self._on_days.get(streamer, {}).items():
                for symbol in days_in(entry.rule.terms.condition):
                    if entry.rule.instrument(symbol).streamer_symbol != streamer:
                        continue
                    if _matters(self._days.get(symbol), figures):
                        woken[rule_id] = entry
            for entry in self._on_days.get(streamer, {}).values():
                for symbol in days_in(entry.rule.terms.condition):
                    if entry.rule.instrument(symbol).streamer_symbol == streamer:
                        self._days[symbol] = figures
        return self._step_all(woken, now) if woken else []

    def _note(self, span: Span, touched: list[Source]) -> list[Entry]:
        names = self._sources.get(span.key)
        seen = Seen(span.last, span.low, span.high)
        if not names or not is_sound(names[0], seen):
            return []
        self.looks += 1
        for source in names:
            before = self._values.get(source) if source in touched else None
            self._values[source] = (
                seen
                if before is None
                else Seen(seen.last, min(before.low, seen.low), max(before.high, seen.high))
            )
            touched.append(source)
        return self.book.woken(span.key, float(span.low), float(span.high))

    def _step_all(
        self, entries: Mapping[str, Entry], at: datetime, touched: Sequence[Source] = ()
    ) -> list[Outcome]:
        self._at = max(self._at, at)
        ranges = self.windows.ranges(self._at)
        look = Look(self._at, self.day, self._values, self._days, ranges, self._is_open)
        outcomes: list[Outcome] = []
        source: Source | None = None
        seen: Seen | None = None
        for entry in entries.values():
            if entry.plain is not source:  # of a burst most look at the same
                source = entry.plain
                seen = None if source is None else self._values.get(source)
            outcomes.append(self._step(entry, look, seen))
        self.wakings += len(outcomes)
        if self.windows and touched:
            self.windows.add(look, touched)
        return outcomes

    def _step(self, entry: Entry, look: Look, seen: Seen | None) -> Outcome:
        """`seen`: the value of one that is plain."""
        rule, before, plain = entry.rule, entry.memory, entry.plain
        terms = rule.terms
        if terms.hours is _REGULAR and not self._is_open:
            self._slept[rule.id] = entry
            plain = None
        if plain is None or before.phase is _FIRED:
            stepped = step(terms, before, look)
            entry.memory = stepped.memory
            bounds = quiet(terms, stepped.memory, look)
            for place, interval in zip(entry.places, bounds.values(), strict=True):
                self.book.put(place, interval)
        else:
            condition = terms.condition
            assert isinstance(condition, PLAIN)
            stepped = step_level(terms, condition, plain, before, look, seen)
            entry.memory = stepped.memory
            self.book.put(entry.places[0], quiet_level(condition, stepped.memory, seen, terms.repeat))
        due = entry.due = stepped.due
        if due is not None:
            self._serial += 1
            heapq.heappush(self._due, (due, self._serial, entry))
        return Outcome(entry, rule, before, stepped, look.at)

    def window_keys(self) -> tuple[Key, ...]:
        """What has to be cut once a bucket, so that windows know of what moved quietly."""
        wanted = self.windows.sources()
        return tuple(key for key, names in self._sources.items() if any(name in wanted for name in names))


def key_of(rule: AlertRule, source: Source) -> Key:
    return Key(rule.instrument(source.symbol).streamer_symbol, source.field)


def _matters(before: DayFigures | None, after: DayFigures) -> bool:
    """Whether what a gap or an extreme is measured from is another, or is known now."""
    if before is None:
        return True
    return (
        before.day_id != after.day_id
        or before.day_open != after.day_open
        or before.previous_close != after.previous_close
        or before.high_52_week != after.high_52_week
        or before.low_52_week != after.low_52_week
        or (before.day_high is None) != (after.day_high is None)
        or (before.day_low is None) != (after.day_low is None)
    )
