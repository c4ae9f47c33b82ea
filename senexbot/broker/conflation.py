"""Values between two looks: per symbol and field the newest, and for each user low and high on the way (I55).

The hot path of the program. Each row keeps a calm band: a value inside of it lies within every user's quiet
band and within what each has seen since its last cut, and near the value before. It changes the newest value
and nothing else: two comparisons. Everything rarer is `_moved`. Floats here; exact decimals come out.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from senexbot.broker.pulse import Moment
from senexbot.domain.alerting.terms import Field
from senexbot.ports import Key, Quiet, Span

SPIKE = Decimal("0.10")  # farther than this from the last trusted price, a print needs a second one
FAR = float(SPIKE)
NEAR = 1 + FAR * 0.47  # two values within last / NEAR and last * NEAR are always near each other
MOST_PRICE = 1e12
_NOWHERE = (math.inf, -math.inf)


@dataclass(frozen=True, slots=True)
class Kind:
    """What counts as a value of a field. `least` and `most`: both excluded. `slack`: a move of at most so much
    is no spike, however cheap the thing is. `is_share`: held as a fraction, handed out in percent."""

    least: float
    most: float
    has_spikes: bool = False
    slack: float = 0.0
    is_share: bool = False


_PRINT = Kind(0.0, MOST_PRICE, has_spikes=True)
_QUOTED = Kind(0.0, MOST_PRICE, has_spikes=True, slack=0.05)
_GREEK = Kind(-1e9, 1e9)
KINDS: dict[Field, Kind] = {
    Field.LAST: _PRINT,
    Field.BID: _QUOTED,
    Field.ASK: _QUOTED,
    Field.MID: _QUOTED,
    Field.MARK: Kind(0.0, MOST_PRICE),  # made of values that were believed
    Field.VOLUME: Kind(math.nextafter(0.0, -1.0), 1e15),
    Field.IV: Kind(0.0, 100.0, is_share=True),
    Field.DELTA: Kind(math.nextafter(-1.0, -2.0), math.nextafter(1.0, 2.0)),
    Field.GAMMA: _GREEK,
    Field.THETA: _GREEK,
    Field.VEGA: _GREEK,
    Field.RHO: _GREEK,
}


def exact(value: float, *, is_share: bool = False) -> Decimal:
    """The decimal that was sent: a float's shortest text is what stood in the JSON. A share comes in percent."""
    read = Decimal(repr(float(value)))
    return read.scaleb(2) if is_share else read


class Told(ABC):
    """Who looks at rows: the views that left their band, in the order in which they did, and a call at the first."""

    def __init__(self) -> None:
        self.changed: dict[View, None] = {}

    @abstractmethod
    def wake(self) -> None:
        """There is news."""


class View:
    """One user's look at one row: its quiet band, and what it did since it was cut."""

    __slots__ = ("ceiling", "cut_at", "floor", "high", "is_told", "key", "low", "quiet", "row", "user")

    def __init__(self, user: Told, key: Key, row: Row, quiet: Quiet) -> None:
        self.user = user
        self.key = key
        self.row = row
        self.low, self.high = _NOWHERE
        self.cut_at: Moment | None = None
        self.is_told = False
        self.floor = self.ceiling = 0.0
        self.quiet: Quiet | None = None
        if row.last is not None:
            self.low = self.high = row.last
        self.quieten(quiet)

    def quieten(self, quiet: Quiet) -> None:
        """Another band; what lies outside of it already is told at once. The band that it has changes nothing."""
        if quiet == self.quiet:
            return
        self.quiet = quiet
        self.floor, self.ceiling = quiet
        if self.row.kind.is_share:  # held as fractions, rounded outward once more
            self.floor = math.nextafter(self.floor / 100, -math.inf)
            self.ceiling = math.nextafter(self.ceiling / 100, math.inf)
        row = self.row
        row.floor, row.ceiling = _NOWHERE
        if row.last is None or self.is_told:
            return
        low, high = min(self.low, row.last), max(self.high, row.last)
        if not self.floor <= low <= high <= self.ceiling:
            self.tell()

    def tell(self) -> None:
        self.is_told = True
        is_first = not self.user.changed
        self.user.changed[self] = None
        if is_first:
            self.user.wake()

    def cut(self) -> Span | None:
        """What it did since the last cut; None when nothing came and nothing was told."""
        row = self.row
        if row.last is None or row.at is None or (self.cut_at is row.at and not self.is_told):
            return None
        share, last = row.kind.is_share, exact(row.last, is_share=row.kind.is_share)
        low = last if self.low >= row.last else exact(self.low, is_share=share)
        high = last if self.high <= row.last else exact(self.high, is_share=share)
        self.low, self.high = _NOWHERE
        self.cut_at, self.is_told = row.at, False
        self.user.changed.pop(self, None)
        row.floor, row.ceiling = _NOWHERE
        return Span(self.key, last, low, high, row.at[0])

    def latest(self) -> Span | None:
        row = self.row
        if row.last is None or row.at is None:
            return None
        last = exact(row.last, is_share=row.kind.is_share)
        return Span(self.key, last, last, last, row.at[0])


class Row:
    """The newest believed value of one field of one symbol. `floor` to `ceiling` is its calm band."""

    __slots__ = ("at", "ceiling", "floor", "held", "held_at", "kind", "last", "name", "uses", "views")

    def __init__(self, name: str, kind: Kind) -> None:
        self.name = name
        self.kind = kind
        self.last: float | None = None
        self.at: Moment | None = None
        self.held = 0.0  # a suspect that waits for a second value near it
        self.held_at: Moment | None = None
        self.floor, self.ceiling = _NOWHERE
        self.views: tuple[View, ...] = ()
        self.uses = 0  # views, and rows that are made of this one


class Rows:
    """Rows by symbol, one table a field. Bounded by what somebody uses."""

    def __init__(self) -> None:
        self.tables: dict[Field, dict[str, Row]] = {field: {} for field in KINDS}
        self.suspects: set[Row] = set()  # with a value that waits for a second one
        self.dropped = 0

    def use(self, field: Field, name: str) -> Row:
        row = self.tables[field].get(name)
        if row is None:
            row = self.tables[field][name] = Row(name, KINDS[field])
        row.uses += 1
        return row

    def leave(self, field: Field, name: str) -> None:
        row = self.tables[field][name]
        row.uses -= 1
        if not row.uses:
            del self.tables[field][name]
            self.suspects.discard(row)

    def column(self, rows: dict[str, Row], names: Sequence[Any], values: Sequence[Any], at: Moment) -> None:
        """One value of each name, oldest first, as the JSON had them. Nonsense is dropped and counted (I54)."""
        pairs = zip(names, values, strict=True)
        while True:
            try:
                for name, value in pairs:
                    row = rows[name]
                    if row.floor <= value <= row.ceiling:
                        row.last = value
                        row.at = at
                    else:
                        self.moved(row, value, at)
            except (KeyError, TypeError):
                if type(name) is str and name in rows and type(value) in {float, int}:
                    raise  # a fault of our own
                self.dropped += 1
            else:
                return

    def sparse(self, rows: dict[str, Row], names: Sequence[Any], values: Sequence[Any], at: Moment) -> None:
        """As `column`, where most of the names have no row."""
        for name, value in zip(names, values, strict=True):
            row = rows.get(name) if type(name) is str else None
            if row is not None:
                self.take(row, value, at)

    def take(self, row: Row, value: Any, at: Moment) -> None:
        """One value that was made or picked out by itself."""
        if type(value) is float and row.floor <= value <= row.ceiling:
            row.last, row.at = value, at
        else:
            self.moved(row, value, at)

    def moved(self, row: Row, value: Any, at: Moment) -> None:
        """A value outside of the calm band: no value at all, a suspect, or more than the newest changes."""
        kind = row.kind
        if type(value) is not float:
            if type(value) is not int:  # True is none
                self.dropped += 1
                return
            value = float(value)
        if not kind.least < value < kind.most:  # false for NaN as well
            self.dropped += 1
            return
        if kind.has_spikes and row.last is not None and abs(value - row.last) > FAR * row.last + kind.slack:
            if not row.held or abs(value - row.held) > FAR * row.held + kind.slack:
                row.held, row.held_at = value, at
                row.floor, row.ceiling = _NOWHERE
                self.suspects.add(row)
                return
            self.believe(row, row.held, at)
        self.believe(row, value, at)

    def believe(self, row: Row, value: float, at: Moment) -> None:
        """Take a value, and find the band in which the next one changes nothing."""
        row.last, row.at = value, at
        if row.held:
            row.held, row.held_at = 0.0, None
            self.suspects.discard(row)
        floor, ceiling = (value / NEAR, value * NEAR) if row.kind.has_spikes else (-math.inf, math.inf)
        for view in row.views:
            view.low = min(view.low, value)
            view.high = max(view.high, value)
            if not view.is_told and not view.floor <= value <= view.ceiling:
                view.tell()
            # What a view has seen lies within its quiet band, or it was told and waits to be cut.
            floor, ceiling = max(floor, view.low), min(ceiling, view.high)
        row.floor, row.ceiling = floor, ceiling

    def confirm(self, row: Row, at: Moment) -> None:
        """The suspect of this row is true."""
        self.believe(row, row.held, at)

    def stamps(self, fields: Iterable[Field]) -> dict[str, datetime]:
        """When the newest believed value of each symbol came, over these fields."""
        found: dict[str, datetime] = {}
        for field in fields:
            for name, row in self.tables[field].items():
                if row.at is not None and (name not in found or row.at[0] > found[name]):
                    found[name] = row.at[0]
        return found
