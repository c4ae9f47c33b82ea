"""Whether prices move: of the whole line, and of each symbol on it. Bookkeeping only; times come in (I49, F56).

No print is normal for one symbol and for a closed market, and keep-alives go on over frozen data. So busy
probes are subscribed beside what is wanted: in an open session they print every second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

PROBES = frozenset({"SPY", "QQQ"})  # two: a halt of one fund alone is no frozen line

SLOT = 5.0  # seconds between two looks
LATELY = 10  # slots without a print that make a lively symbol a suspect
BEFORE = 12  # slots before those, in which it was lively
LIVELY = 9  # of them with a print: then 50 s of silence come by chance once in a million looks
GRACE = 10.0  # seconds for a suspect to print after it was subscribed again

_TAIL = (1 << LATELY) - 1
_ALL = (1 << (LATELY + BEFORE)) - 1

Moment = tuple[datetime, float]  # wall and monotonic time


class Flow:
    """Prints of the whole line. `flowing`: on this line a symbol came twice, so it is more than a snapshot."""

    def __init__(self) -> None:
        self.opened: Moment | None = None
        self.last: Moment | None = None
        self.flowing = False
        self._seen: set[object] = set()

    def open(self, now: Moment) -> None:
        """A new line; the last print of the one before is remembered."""
        self.opened, self.flowing = now, False
        self._seen.clear()

    def add(self, names: Iterable[object], now: Moment) -> None:
        """The symbols of the trades of one frame, at least one."""
        self.last = now
        if not self.flowing:
            seen = {name for name in names if isinstance(name, str)}
            self.flowing = not seen.isdisjoint(self._seen)
            self._seen |= seen

    def quiet_from(self) -> Moment | None:
        """Since when this line brings nothing."""
        return max((m for m in (self.opened, self.last) if m is not None), key=lambda m: m[1], default=None)


@dataclass(slots=True)
class _Beat:
    """One symbol: in which of the last slots it printed (newest bit lowest), and what was done about silence."""

    stamp: datetime | None
    slot: int
    mask: int = 0
    since: datetime | None = None  # its last print before it became a suspect
    asked: float | None = None  # when it was subscribed again
    has_snapshot: bool = False  # the print that comes with a subscription is no sign of life
    is_still: bool = False


class Symbols:
    """Which of the wanted symbols printed often and stand still now, while others go on."""

    def __init__(self) -> None:
        self._beats: dict[str, _Beat] = {}
        self._returned: set[str] = set()  # printed again, and not taken by `returned` yet

    def open(self) -> None:
        """A new line: what was lively has to show it again; what stood still stands still until it moves."""
        for beat in self._beats.values():
            beat.mask, beat.has_snapshot = 0, False

    def look(
        self, now: float, stamps: Mapping[str, datetime], wanted: frozenset[str], *, others_move: bool
    ) -> frozenset[str]:
        """Once a slot, with the time of each symbol's newest print: the new suspects."""
        slot = int(now // SLOT)
        for gone in self._beats.keys() - wanted:
            del self._beats[gone]
        self._returned &= wanted
        suspects = set()
        for name in wanted:
            stamp, beat = stamps.get(name), self._beats.get(name)
            if beat is None:
                self._beats[name] = _Beat(stamp, slot)
                continue
            printed, beat.stamp = stamp != beat.stamp, stamp
            if beat.asked is not None:
                self._follow(name, beat, now, printed=printed)
                continue
            beat.mask = (beat.mask << min(slot - beat.slot, LATELY + BEFORE) | printed) & _ALL
            beat.slot = slot
            was_lively = (beat.mask >> LATELY).bit_count() >= LIVELY
            if others_move and was_lively and not beat.mask & _TAIL:
                suspects.add(name)
        return frozenset(suspects)

    def asked(self, names: Iterable[str], now: float) -> None:
        """These suspects are subscribed again."""
        for name in names:
            beat = self._beats[name]
            beat.since, beat.asked, beat.has_snapshot = beat.stamp, now, False

    def _follow(self, name: str, beat: _Beat, now: float, *, printed: bool) -> None:
        if not printed:
            beat.is_still = beat.is_still or now - (beat.asked or now) >= GRACE
        elif not beat.has_snapshot:
            beat.has_snapshot = True
        else:
            self._beats[name] = _Beat(beat.stamp, int(now // SLOT))
            self._returned.add(name)

    def still(self) -> dict[str, datetime]:
        """What stands still though it was subscribed again, with the time of its last print."""
        return {n: b.since for n, b in self._beats.items() if b.is_still and b.since is not None}

    def returned(self) -> frozenset[str]:
        """What came back since the last call: its next prints come after a standstill."""
        returned, self._returned = frozenset(self._returned), set()
        return returned

    def is_suspect(self, name: str) -> bool:
        """Whether its prints come after a standstill now."""
        beat = self._beats.get(name)
        return beat is not None and beat.asked is not None
