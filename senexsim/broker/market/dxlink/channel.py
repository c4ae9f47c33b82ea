"""One FEED channel: what is subscribed, what changed since the last frame, and the frames themselves.

Per symbol only the newest event is kept, so that a slow client costs no memory and gets no old prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import orjson

from senexsim.broker.market.bars import parse_candle
from senexsim.broker.market.dxlink.candles import CandleStream
from senexsim.broker.market.dxlink.events import Events, Subject, subject_of
from senexsim.broker.market.dxlink.fields import FIELDS, SILENT, SLOW, Event, accepted
from senexsim.broker.market.dxlink.protocol import (
    MAX_SUBSCRIPTIONS,
    MIN_PERIOD,
    FeedSetup,
    Item,
    Message,
    ProtocolError,
)
from senexsim.broker.market.exchange import Market

ROWS_PER_FRAME: Final = 100  # keeps a frame below 64 KiB, which some clients' sockets refuse
Key = tuple[str, str]  # event type, symbol as subscribed


class Channel:
    """A client's channel; `number` is the client's odd number, `parameters` what it asked for."""

    def __init__(self, market: Market, events: Events, number: int, parameters: Message) -> None:
        self.number = number
        self.parameters = parameters
        self.period = MIN_PERIOD
        self.compact = False
        self._market = market
        self._events = events
        self._fields: dict[str, tuple[str, ...]] = {}
        self._subjects: dict[Key, Subject | None] = {}
        self._candles: dict[Key, CandleStream] = {}
        self._watchers: dict[str, set[Key]] = {}
        self._dirty: dict[Key, None] = {}
        self._fresh: dict[Key, None] = {}
        self._sent: dict[Key, tuple[Any, ...]] = {}
        self._sent_at: dict[Key, float] = {}
        self._due = 0.0

    # -- asked by the client ------------------------------------------------------------------------

    def set_up(self, setup: FeedSetup) -> Message:
        """Take what is asked, as far as it exists; the answer tells what holds now."""
        if setup.period is not None:
            self.period = setup.period
        if setup.data_format is not None:
            self.compact = setup.data_format == "COMPACT"
        for event_type, names in setup.fields.items():
            if event_type in FIELDS:
                self._fields[event_type] = accepted(event_type, names) or FIELDS[event_type]
        self._sent.clear()
        return self.config()

    def config(self) -> Message:
        return {
            "type": "FEED_CONFIG",
            "channel": self.number,
            "dataFormat": "COMPACT" if self.compact else "FULL",
            "aggregationPeriod": self.period,
            "eventFields": {event_type: list(names) for event_type, names in self._fields.items()},
        }

    def add(self, item: Item) -> bool:
        """Subscribe; True when the type is new on this channel and its fields must be told first."""
        key = (item.type, item.symbol)
        if key not in self._subjects and len(self._subjects) >= MAX_SUBSCRIPTIONS:
            raise ProtocolError("BAD_ACTION", "Too many subscriptions.", self.number)
        if item.type not in FIELDS and item.type not in SILENT:
            raise ProtocolError("BAD_ACTION", f"Unknown event type {item.type[:40]!r}.", self.number)
        self._drop(key)
        candle = parse_candle(item.symbol) if item.type == "Candle" else None
        base = candle.base if candle is not None else item.symbol
        named_candle = item.type == "Candle" and candle is None
        subject = None if named_candle or item.type in SILENT else subject_of(self._market, base)
        self._subjects[key] = subject
        if subject is None:
            return False
        if candle is not None:
            self._candles[key] = CandleStream(self._market, candle, subject.symbol, item.from_ms)
        for watched in {subject.symbol, subject.underlying}:
            self._watchers.setdefault(watched, set()).add(key)
        self._fresh[key] = None
        is_new = item.type not in self._fields
        self._fields.setdefault(item.type, FIELDS[item.type])
        return is_new

    def remove(self, item: Item) -> None:
        self._drop((item.type, item.symbol))

    def reset(self) -> None:
        """Forget every subscription."""
        for held in (
            self._subjects, self._candles, self._watchers, self._dirty, self._fresh, self._sent, self._sent_at
        ):  # fmt: skip
            held.clear()

    def _drop(self, key: Key) -> None:
        subject = self._subjects.pop(key, None)
        for held in (self._candles, self._dirty, self._fresh, self._sent, self._sent_at):
            held.pop(key, None)
        if subject is not None:
            for watched in {subject.symbol, subject.underlying}:
                watchers = self._watchers.get(watched, set())
                watchers.discard(key)
                if not watchers:
                    self._watchers.pop(watched, None)

    # -- told by the market -------------------------------------------------------------------------

    def touch(self, changed: frozenset[str], *, at_once: bool = False) -> bool:
        """Remember what these symbols move; `at_once` lets it out with the next frame. True if any."""
        moved = False
        if len(changed) > len(self._watchers):
            changed = changed & self._watchers.keys()
        for symbol in changed:
            for key in self._watchers.get(symbol, ()):
                self._dirty[key] = None
                moved = True
                if at_once:
                    self._sent_at.pop(key, None)
        if at_once and moved:
            self._due = 0.0
        return moved

    # -- sent ---------------------------------------------------------------------------------------

    def wait(self, now: float, frozen: frozenset[str] = frozenset()) -> float | None:
        """Seconds until a frame is due; None while there is nothing to send. What is frozen is not due."""
        if any(not self._stands_still(key, frozen) for key in self._fresh):
            return 0.0
        if any(not self._stands_still(key, frozen) for key in self._dirty):
            return max(self._due - now, 0.0)
        return None

    def frames(self, now: float, frozen: frozenset[str] = frozenset()) -> Iterator[bytes]:
        """The frames that are due: snapshots of new subscriptions first, then what changed.

        `frozen` symbols keep what they have to say until they are not any more.
        """
        fresh = {key: None for key in self._fresh if not self._stands_still(key, frozen)}
        self._fresh = {key: None for key in self._fresh if key not in fresh}
        for event_type, keys in _by_type(fresh).items():
            yield from self._encode(event_type, self._snapshots(keys, now))
        if self._dirty and now >= self._due:
            self._due = now + self.period
            ready = {
                key: None
                for key in self._dirty
                if self._is_ready(key, now) and not self._stands_still(key, frozen)
            }
            for key in ready:
                del self._dirty[key]
            for event_type, keys in _by_type(ready).items():
                yield from self._encode(event_type, self._changes(keys, now))

    def _stands_still(self, key: Key, frozen: frozenset[str]) -> bool:
        subject = self._subjects.get(key) if frozen else None
        return subject is not None and not frozen.isdisjoint((subject.symbol, subject.streamer))

    def _is_ready(self, key: Key, now: float) -> bool:
        return now - self._sent_at.get(key, -1e9) >= SLOW.get(key[0], 0.0)

    def _snapshots(self, keys: list[Key], now: float) -> Iterator[Event]:
        for key in keys:
            stream, subject = self._candles.get(key), self._subjects.get(key)
            if stream is not None:
                yield from stream.snapshot()
            elif subject is not None:
                event = self._events.build(key[0], subject)
                if event is not None:
                    self._remember(key, event, now)
                    yield event

    def _changes(self, keys: list[Key], now: float) -> Iterator[Event]:
        for key in keys:
            stream, subject = self._candles.get(key), self._subjects.get(key)
            if stream is not None:
                yield from stream.updates()
            elif subject is not None:
                event = self._events.build(key[0], subject)
                if event is not None and self._remember(key, event, now):
                    yield event

    def _remember(self, key: Key, event: Event, now: float) -> bool:
        """True when this event differs from the last one sent of its key."""
        values = tuple(event[name] for name in _telling(key[0]))
        if self._sent.get(key) == values:
            return False
        self._sent[key], self._sent_at[key] = values, now
        return True

    def _encode(self, event_type: str, events: Iterator[Event]) -> Iterator[bytes]:
        names = self._fields.get(event_type, FIELDS[event_type])
        while rows := list(islice(events, ROWS_PER_FRAME)):
            for event in rows:
                event["eventType"] = event_type
            data: list[Any]
            if self.compact:
                data = [event_type, [event[name] for event in rows for name in names]]
            else:
                data = [{"eventType": event_type} | {name: event[name] for name in names} for event in rows]
            yield orjson.dumps({"type": "FEED_DATA", "channel": self.number, "data": data})


def _by_type(keys: dict[Key, None]) -> dict[str, list[Key]]:
    grouped: dict[str, list[Key]] = {}
    for key in keys:
        grouped.setdefault(key[0], []).append(key)
    return grouped


_QUIET: Final = frozenset({"eventSymbol", "eventTime", "index", "time"})


def _telling(event_type: str) -> tuple[str, ...]:
    """The fields whose change is news: a clock alone is none, a print is one by its sequence only."""
    if event_type == "TimeAndSale":
        return ("sequence", "price", "time")
    return tuple(name for name in FIELDS[event_type] if name not in _QUIET)
