"""The real clock behind ports.Clock: the one place that reads the machine's time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SystemClock:
    """`now` is the wall clock; `not_before` only ever runs forward.

    The distance between wall and monotonic clock is kept as a ratchet: a wall clock that jumps ahead
    (or a machine that slept) moves `not_before` ahead, one that jumps back does not take it back. So an
    expiry computed and compared with it can come early and never late (I67).
    """

    def __init__(
        self, *, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._ahead = wall() - monotonic()

    def now(self) -> datetime:
        return _moment(self._wall())

    def not_before(self) -> datetime:
        monotonic = self._monotonic()
        self._ahead = max(self._ahead, self._wall() - monotonic)
        return _moment(monotonic + self._ahead)

    def monotonic(self) -> float:
        return self._monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _moment(seconds: float) -> datetime:
    return _EPOCH + timedelta(microseconds=round(seconds * 1_000_000))
