"""Last trades between two evaluations: the newest with low and high on the way, one row a symbol (I55).

Floats inside, exact decimals out: a decimal for each of thousands of events a second would be waste.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from senexbot.domain.alerts import Tick

MOST_PRICE = 1e12

_LAST, _LOW, _HIGH = range(3)
_NUMBERS = (float, int)  # exactly these: True is no price


def exact(price: float) -> Decimal:
    """The decimal that was sent: a float's shortest text is what stood in the JSON."""
    return Decimal(repr(price))


class Conflation:
    """Bounded by the wanted symbols; what nobody wants is not kept. Nonsense prices are dropped (I54)."""

    def __init__(self) -> None:
        self._wanted: frozenset[str] = frozenset()
        self._changed: dict[str, list[float]] = {}
        self._latest: dict[str, tuple[float, datetime]] = {}
        self.dropped = 0

    def want(self, symbols: frozenset[str]) -> None:
        for gone in self._wanted - symbols:
            self._changed.pop(gone, None)
            self._latest.pop(gone, None)
        self._wanted = symbols

    @property
    def has_changes(self) -> bool:
        return bool(self._changed)

    def add(self, trades: Iterable[tuple[object, object]], at: datetime) -> None:
        """Trade events of one frame as the JSON had them, oldest first; the hot path of the program."""
        wanted, changed, latest = self._wanted, self._changed, self._latest
        for name, price in trades:
            if type(name) is not str or name not in wanted or type(price) not in _NUMBERS:
                self.dropped += 1
                continue
            value = float(price)  # type: ignore[arg-type]
            if not 0.0 < value < MOST_PRICE:  # false for NaN as well
                self.dropped += 1
                continue
            row = changed.get(name)
            if row is None:
                changed[name] = [value, value, value]
            else:
                row[_LAST] = value
                if value < row[_LOW]:
                    row[_LOW] = value
                elif value > row[_HIGH]:
                    row[_HIGH] = value
            latest[name] = (value, at)

    def take(self) -> tuple[Tick, ...]:
        """Everything that changed since the last call."""
        changed, self._changed = self._changed, {}
        return tuple(
            Tick(name, exact(row[_LAST]), exact(row[_LOW]), exact(row[_HIGH]), self._latest[name][1])
            for name, row in changed.items()
        )

    def latest(self, symbol: str) -> Tick | None:
        held = self._latest.get(symbol)
        if held is None:
            return None
        price = exact(held[0])
        return Tick(symbol, price, price, price, held[1])
