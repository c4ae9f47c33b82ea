"""A bucket a person, so that one flood of commands does not slow the others (F123)."""

from __future__ import annotations

from senexbot.domain.errors import UserError
from senexbot.ports import Clock

BURST = 30.0
PER_SECOND = 3.0
MOST_PEOPLE = 10_000


class Floods:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, user_id: str) -> None:
        """One more from this person. Raises UserError when it is far too many."""
        now = self._clock.monotonic()
        tokens, at = self._buckets.get(user_id, (BURST, now))
        tokens = min(BURST, tokens + (now - at) * PER_SECOND)
        if tokens < 1:
            raise UserError("That is a lot at once. Wait a few seconds, then say it again.", code="flood")
        if len(self._buckets) >= MOST_PEOPLE:
            self._buckets.clear()
        self._buckets[user_id] = (tokens - 1, now)
