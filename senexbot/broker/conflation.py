"""Last trades between two evaluations: the newest with low and high on the way, one row a symbol (I55).

The rule is domain/tape.py's, in floats: a decimal for each of thousands of events a second would be waste.
Exact decimals come out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from senexbot.domain.alerts import SPIKE, Tick

MOST_PRICE = 1e12
FAR = float(SPIKE)

_LAST, _LOW, _HIGH, _HELD = range(4)
_NUMBERS = (float, int)  # exactly these: True is no price


def exact(price: float) -> Decimal:
    """The decimal that was sent: a float's shortest text is what stood in the JSON."""
    return Decimal(repr(price))


class Conflation:
    """Bounded by the wanted symbols. Nonsense prices are dropped (I54); a print more than 10 % away from
    the last trusted one is held until a second one comes near it, or a quote does (F61)."""

    def __init__(self) -> None:
        self._wanted: frozenset[str] = frozenset()
        self._rows: dict[str, list[float]] = {}
        self._changed: set[str] = set()
        self._at: dict[str, datetime] = {}
        self._suspects: set[str] = set()
        self.dropped = 0

    def want(self, symbols: frozenset[str]) -> None:
        for gone in self._wanted - symbols:
            self._rows.pop(gone, None)
            self._at.pop(gone, None)
            self._changed.discard(gone)
            self._suspects.discard(gone)
        self._wanted = symbols

    @property
    def has_changes(self) -> bool:
        return bool(self._changed)

    @property
    def stamps(self) -> Mapping[str, datetime]:
        """When the newest trusted print of each symbol came."""
        return self._at

    @property
    def suspects(self) -> frozenset[str]:
        """Symbols with a print that waits for a second one, or for a quote near it."""
        return frozenset(self._suspects)

    def add(self, trades: Iterable[tuple[object, ...]], at: datetime) -> None:
        """Trade events of one frame as the JSON had them, oldest first; the hot path of the program."""
        wanted, rows, changed, stamps = self._wanted, self._rows, self._changed, self._at
        for name, price in trades:
            if type(name) is not str or name not in wanted or type(price) not in _NUMBERS:
                self.dropped += 1
                continue
            value = float(price)  # type: ignore[arg-type]  # its type was tested
            if not 0.0 < value < MOST_PRICE:  # false for NaN as well
                self.dropped += 1
                continue
            row = rows.get(name)
            if row is None:
                rows[name] = [value, value, value, 0.0]
            elif abs(value - row[_LAST]) <= FAR * row[_LAST]:
                _trust(row, value, is_first=name not in changed)
            elif not row[_HELD] or abs(value - row[_HELD]) > FAR * row[_HELD]:
                row[_HELD] = value
                self._suspects.add(name)
                continue
            else:
                _trust(row, row[_HELD], is_first=name not in changed)
                _trust(row, value, is_first=False)
            changed.add(name)
            stamps[name] = at

        if self._suspects:
            self._suspects = {name for name in self._suspects if rows[name][_HELD]}

    def confirm(self, quotes: Iterable[tuple[object, ...]], at: datetime) -> None:
        """Quotes as the JSON had them: a held print with a market around it is trusted."""
        for name, bid, ask in quotes:
            if type(name) is not str or name not in self._suspects:
                continue
            if type(bid) not in _NUMBERS or type(ask) not in _NUMBERS:
                continue
            row, mid = self._rows[name], (float(bid) + float(ask)) / 2  # type: ignore[arg-type]  # tested
            if 0 < bid <= ask and abs(mid - row[_HELD]) <= FAR * row[_HELD]:  # type: ignore[operator]  # tested
                _trust(row, row[_HELD], is_first=name not in self._changed)
                self._changed.add(name)
                self._at[name] = at
                self._suspects.discard(name)

    def take(self) -> tuple[Tick, ...]:
        """Everything that changed since the last call."""
        changed, self._changed = self._changed, set()
        return tuple(self._tick(name, self._rows[name]) for name in changed)

    def _tick(self, name: str, row: list[float]) -> Tick:
        last, low, high = (exact(price) for price in row[:_HELD])
        return Tick(name, last, low, high, self._at[name], confirmed=True)

    def latest(self, symbol: str) -> Tick | None:
        """The last trusted price, also when it was taken already."""
        row = self._rows.get(symbol)
        if row is None:
            return None
        price = exact(row[_LAST])
        return Tick(symbol, price, price, price, self._at[symbol], confirmed=True)


def _trust(row: list[float], value: float, *, is_first: bool) -> None:
    """Take a print; `is_first` since the row was last taken: its extremes start over."""
    row[_LAST], row[_HELD] = value, 0.0
    if is_first:
        row[_LOW] = row[_HIGH] = value
    elif value < row[_LOW]:
        row[_LOW] = value
    elif value > row[_HIGH]:
        row[_HIGH] = value
