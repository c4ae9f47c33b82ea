"""The frames that went out on each DXLink connection, as they went: the judge's record. Bounded; no token is in it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from senexsim.broker.wire import instant

MOST_FRAMES: Final = 20_000
MOST_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SentFrame:
    """One text frame that was handed to the socket whole. `connection` counts from 1 as the sockets were accepted."""

    seq: int
    connection: int
    at: datetime
    text: str

    def view(self) -> dict[str, Any]:
        return {"seq": self.seq, "connection": self.connection, "at": instant(self.at), "frame": self.text}


class SentFrames:
    """The newest frames of all connections, oldest first; `forgotten`: how many older ones were let go."""

    def __init__(self, most_frames: int = MOST_FRAMES, most_bytes: int = MOST_BYTES) -> None:
        self._most_frames, self._most_bytes = most_frames, most_bytes
        self._frames: deque[SentFrame] = deque()
        self._bytes = 0
        self._next = 1
        self.connections = 0

    def accepted(self) -> int:
        """The number of a new connection."""
        self.connections += 1
        return self.connections

    def sent(self, connection: int, at: datetime, text: str) -> None:
        self._frames.append(SentFrame(self._next, connection, at, text))
        self._next += 1
        self._bytes += len(text)
        while len(self._frames) > self._most_frames or self._bytes > self._most_bytes:
            self._bytes -= len(self._frames.popleft().text)

    @property
    def forgotten(self) -> int:
        return self._next - 1 - len(self._frames)

    def since(self, seq: int = 0) -> tuple[SentFrame, ...]:
        """Those with a greater number."""
        return tuple(frame for frame in self._frames if frame.seq > seq)
