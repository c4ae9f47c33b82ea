"""How long to wait before the next try of a stream: growing, with jitter, starting over when told."""

from __future__ import annotations

import random
from collections.abc import Callable

_jitter = random.SystemRandom().uniform


class Backoff:
    """0.5, 1, 2 … 30 s, each times 0.5 to 1. `reset` only after the other side has acknowledged (pitfall 58)."""

    def __init__(
        self,
        *,
        first: float = 0.5,
        longest: float = 30.0,
        jitter: Callable[[float, float], float] = _jitter,
    ) -> None:
        self._first = first
        self._longest = longest
        self._jitter = jitter
        self._next = first

    def next(self) -> float:
        """Seconds to wait now."""
        pause = self._next * self._jitter(0.5, 1.0)
        self._next = min(self._next * 2, self._longest)
        return pause

    def reset(self) -> None:
        self._next = self._first
