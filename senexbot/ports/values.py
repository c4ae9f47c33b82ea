"""Market values that are followed: one connection a session owner, shared by rules and quotes. Protocols and values.

The hot path is floats inside of the feed; what comes out is exact decimals, and only where somebody may care.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from senexbot.domain.alerting.terms import Field
from senexbot.domain.candles import Candle as Candle  # noqa: PLC0414 - the port's own word for its readers
from senexbot.domain.links import Link


class Key(NamedTuple):
    """One number of one instrument, by its streamer symbol."""

    streamer_symbol: str
    field: Field


class Quiet(NamedTuple):
    """From `floor` to `ceiling`, both ends included, a value concerns nobody; rounded outward by who sets it.

    A floor above its ceiling: every change concerns somebody.
    """

    floor: float
    ceiling: float


@dataclass(frozen=True, slots=True)
class Span:
    """One value since it was last cut: the newest, and the lowest and highest on the way. `at`: when the newest came."""

    key: Key
    last: Decimal
    low: Decimal
    high: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What Summary and Profile say of one instrument; None is not known (yet)."""

    day_open: Decimal | None = None
    day_high: Decimal | None = None
    day_low: Decimal | None = None
    previous_close: Decimal | None = None
    high_52_week: Decimal | None = None
    low_52_week: Decimal | None = None
    day_id: int | None = None  # days since 1970 of the exchange's day


@dataclass(frozen=True, slots=True)
class Spans:
    """What left its quiet band since the last call: conflated, at most one span a key.

    `blind_since`: set while nothing can be seen. `recovered_from`: set once, on the first after it. `still`: streamer
    symbols that printed often and print no more while others do, though they were subscribed again, each with the
    time of its last print. `late`: those whose spans here come after such a standstill.
    """

    spans: tuple[Span, ...]
    days: Mapping[str, DayFigures] = field(default_factory=dict)
    blind_since: datetime | None = None
    recovered_from: datetime | None = None
    still: Mapping[str, datetime] = field(default_factory=dict)
    late: frozenset[str] = frozenset()


class ValueFeed(Protocol):
    """What one user of the shared connection sees. Another user's wants and cuts do not disturb it."""

    def want(self, keys: Mapping[Key, Quiet], days: frozenset[str] = frozenset()) -> None:
        """The full wanted set of this user, with the band of each; reference-counted over all users.

        `days`: the streamer symbols whose DayFigures are wanted.
        """

    def quieten(self, key: Key, quiet: Quiet) -> None:
        """Another band for one wanted key. A value that lies outside of it already is told at once."""

    async def changes(self) -> Spans:
        """Waits until something left its band, or the line's state changed. For one reader."""

    def cut(self, keys: Sequence[Key]) -> tuple[Span, ...]:
        """What these values did since they were last cut, quiet ones too; unchanged ones are left out."""

    def latest(self, key: Key) -> Span | None:
        """The newest trusted value, cut or not; low and high are the value itself."""

    def day(self, streamer_symbol: str) -> DayFigures | None: ...

    def close(self) -> None:
        """Its user wants nothing any more; the connection ends a while after its last user."""


class ValueFeeds(Protocol):
    def open(self, link: Link) -> ValueFeed:
        """A new user of the connection of this link's session owner, which is made when there is none."""

    async def run(self) -> None:
        """Supervise the connections until cancelled."""


class CandleReads(Protocol):
    async def candles(
        self,
        link_id: str,
        streamer_symbol: str,
        *,
        period: str,
        since: datetime,
        until: datetime | None = None,
        is_regular_only: bool = False,
    ) -> tuple[Candle, ...]:
        """Oldest first. `period`: "1m", "5m", "1h", "1d". Raises BrokerFault, also when it was not complete in time."""
