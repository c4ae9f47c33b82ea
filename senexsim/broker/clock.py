"""The wall clock of the simulated market; it never changes the machine's time and never sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SimClock:
    """Aware UTC time that runs `speed` market seconds per real second and can be moved.

    `set` and `advance` shift the clock and keep it running; `speed` may be changed at any time.
    """

    def __init__(
        self,
        *,
        start: datetime | None = None,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if speed <= 0:
            raise ValueError("the clock's speed must be above zero")
        self._monotonic = monotonic
        self._speed = speed
        self._anchor_real = self._monotonic()
        self._anchor_market = _aware(start) if start is not None else datetime.now(UTC)

    @property
    def speed(self) -> float:
        """Market seconds per real second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if speed <= 0:
            raise ValueError("the clock's speed must be above zero")
        self.set(self.now())
        self._speed = speed

    def now(self) -> datetime:
        """The market's time, aware, in UTC."""
        elapsed = self._monotonic() - self._anchor_real
        return self._anchor_market + timedelta(seconds=elapsed * self._speed)

    def set(self, when: datetime) -> None:
        """Move the clock to `when`. Raises ValueError when it names no time zone."""
        self._anchor_market = _aware(when)
        self._anchor_real = self._monotonic()

    def advance(self, seconds: float) -> None:
        """Move the clock by so many market seconds; negative goes back."""
        self.set(self.now() + timedelta(seconds=seconds))


def _aware(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError("the time names no zone")
    return when.astimezone(UTC)
