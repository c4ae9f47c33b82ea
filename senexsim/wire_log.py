"""What went over each protocol, in order: the newest messages of one simulator, for people to look at.

Times are the machine's own (seconds since 1970), so that the records of two simulators can be laid side by side; the
simulated clocks may stand anywhere. What stands under the name of a secret is never shown.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

MOST_EVENTS: Final = 3_000
LONGEST_DETAIL: Final = 40_000  # characters of a body that are shown
GATHERED_SECONDS: Final = 1.0
SECRET_WORDS: Final = ("secret", "token", "password", "authorization", "response_url")
MASK: Final = "***"
LOOKS_SECRET: Final = re.compile(
    r"\beyJ[\w-]{6,}(?:\.[\w-]+)*"  # a JSON web token
    r"|\bxox[a-z]-[\w-]+|\bxapp-[\w-]+"  # Slack's
    r"|\b[Bb]earer +[\w.~+/-]+=*"
)


@dataclass(slots=True)
class Event:
    """One message. `lane`: the protocol. `way`: "in" to the simulator, "out" of it. `outcome` and `ms` (of its answer)
    come with the answer; `count` is more than one where many alike were gathered into this one."""

    seq: int
    at: float
    lane: str
    way: str
    title: str
    detail: Any = None
    answer: Any = None
    outcome: str = ""
    ms: float | None = None
    count: int = 1
    changed: int = 0

    def view(self) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "changed": self.changed,
            "at": self.at,
            "lane": self.lane,
            "way": self.way,
            "title": self.title,
            "detail": masked(self.detail),
            "answer": masked(self.answer),
            "outcome": self.outcome,
            "ms": self.ms,
            "count": self.count,
        }


@dataclass
class WireLog:
    """Bounded. `now` is given by tests."""

    now: Callable[[], float] = time.time
    _events: deque[Event] = field(default_factory=lambda: deque(maxlen=MOST_EVENTS))
    _seq: int = 0
    _gathering: dict[str, Event] = field(default_factory=dict)

    def note(self, lane: str, way: str, title: str, detail: Any = None) -> Event:
        """A message that goes by now; its answer is told with `answered`."""
        self._seq += 1
        event = Event(self._seq, self.now(), lane, way, title, detail, changed=self._seq)
        self._events.append(event)
        return event

    def answered(self, event: Event, outcome: str, answer: Any = None) -> None:
        """The answer to a message, with how long it took."""
        self._seq += 1
        event.outcome, event.answer, event.changed = outcome, answer, self._seq
        event.ms = round((self.now() - event.at) * 1000, 1)

    def gather(self, key: str, lane: str, way: str, title: str, detail: Any = None) -> None:
        """One of many alike (prices): within a second they are one entry with the newest detail."""
        known = self._gathering.get(key)
        if known is not None and self.now() - known.at < GATHERED_SECONDS:
            self._seq += 1
            known.count, known.title, known.detail, known.changed = known.count + 1, title, detail, self._seq
            return
        self._gathering[key] = self.note(lane, way, title, detail)

    def since(self, seq: int = 0) -> list[dict[str, Any]]:
        """What is new or has changed after that number, in the order of the wire."""
        return [event.view() for event in self._events if event.changed > seq]

    @property
    def seq(self) -> int:
        return self._seq


def masked(value: Any) -> Any:
    """A body as it is shown: what is under a name of a secret, or looks like one, is hidden; long text is cut and says
    so."""
    if isinstance(value, dict):
        return {key: MASK if _is_secret(str(key), item) else masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    if isinstance(value, str):
        shown = LOOKS_SECRET.sub(MASK, value[:LONGEST_DETAIL])
        return shown if len(value) <= LONGEST_DETAIL else f"{shown} … ({len(value):,} characters)"
    return value


def _is_secret(key: str, item: Any) -> bool:
    name = key.lower()
    if name == "url":
        return isinstance(item, str) and "ticket=" in item
    return any(word in name for word in SECRET_WORDS)
