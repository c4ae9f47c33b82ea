"""Stops refreshing a grant that keeps being refused: many failed logins block the whole address (F38)."""

from __future__ import annotations

from collections import deque

from senexbot.domain.errors import GrantExpired, Unavailable
from senexbot.ports import Clock

HOUR = 3600.0


class Breaker:
    """Counts refusals of the token endpoint for each key and over all, in a sliding hour.

    It outlives sessions: forgetting a link does not forget how often its grant was refused.
    """

    def __init__(self, clock: Clock, *, each: int = 6, over_all: int = 30) -> None:
        self._clock = clock
        self._each = each
        self._over_all = over_all
        self._failed: dict[str, deque[float]] = {}
        self._all: deque[float] = deque()

    def check(self, key: str) -> None:
        """Raises GrantExpired when this key, Unavailable when everybody together, failed too often."""
        now = self._clock.monotonic()
        for seen in (self._all, *([self._failed[key]] if key in self._failed else [])):
            while seen and now - seen[0] >= HOUR:
                seen.popleft()
        if len(self._failed.get(key, ())) >= self._each:
            raise GrantExpired("The broker refused this grant again and again; it is left alone for an hour.")
        if len(self._all) >= self._over_all:
            raise Unavailable("Too many grants were refused within an hour; new tokens wait.")

    def failed(self, key: str) -> None:
        now = self._clock.monotonic()
        self._failed.setdefault(key, deque()).append(now)
        self._all.append(now)
        for old in [k for k, seen in self._failed.items() if now - seen[-1] >= HOUR]:
            del self._failed[old]

    def worked(self, key: str) -> None:
        self._failed.pop(key, None)
