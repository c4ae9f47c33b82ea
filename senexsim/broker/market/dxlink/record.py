"""The frames that went out on each DXLink connection, as they went: the judge's record. Bounded; no token is in it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from senexsim.broker.wire import instant
from senexsim.wire_log import WireLog

MOST_FRAMES: Final = 20_000
MOST_BYTES: Final = 32 * 1024 * 1024
LANE: Final = "dxlink"
MANY: Final = ("FEED_DATA", "KEEPALIVE")  # for people they are gathered


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

    def __init__(
        self, most_frames: int = MOST_FRAMES, most_bytes: int = MOST_BYTES, wire: WireLog | None = None
    ) -> None:
        self._wire = wire or WireLog()
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
        self._show(connection, "out", text)
        while len(self._frames) > self._most_frames or self._bytes > self._most_bytes:
            self._bytes -= len(self._frames.popleft().text)

    def heard(self, connection: int, text: str) -> None:
        """What a client has sent: for people only."""
        self._show(connection, "in", text)

    def _show(self, connection: int, way: str, text: str) -> None:
        begins = text[:60]
        for kind in MANY:
            if f'"{kind}"' in begins:
                self._wire.gather(f"{connection} {way} {kind}", LANE, way, kind, text[:2_000])
                return
        try:
            told = orjson.loads(text)
        except orjson.JSONDecodeError:
            told = text[:2_000]
        title = str(told.get("type")) if isinstance(told, dict) else "what is no JSON"
        self._wire.note(LANE, way, title, told)

    @property
    def forgotten(self) -> int:
        return self._next - 1 - len(self._frames)

    def since(self, seq: int = 0) -> tuple[SentFrame, ...]:
        """Those with a greater number."""
        return tuple(frame for frame in self._frames if frame.seq > seq)
