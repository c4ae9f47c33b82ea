"""Pacing of posts: about one message a second and channel with a small burst, and back-off with a roof."""

from __future__ import annotations

from dataclasses import dataclass

from senexbot.domain.errors import MessengerRateLimited
from senexbot.ports import Clock

BURST = 5.0
PER_SECOND = 1.0
LONGEST_WAIT = 15.0


@dataclass(frozen=True, slots=True)
class Target:
    channel: str


class Pace:
    """A token bucket a channel (Slack: about one message a second and channel, short bursts tolerated)."""

    def __init__(self, clock: Clock, *, burst: float = BURST, per_second: float = PER_SECOND) -> None:
        self._clock = clock
        self._burst = burst
        self._per_second = per_second
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens, at

    async def wait(self, channel: str) -> None:
        """Take one token; waits as long as the channel's bucket is empty.

        Raises MessengerRateLimited, and takes none, when that is longer than a claimed row may be held.
        """
        now = self._clock.monotonic()
        tokens, at = self._buckets.get(channel, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._per_second) - 1
        pause = max(-tokens / self._per_second, 0.0)
        if pause > LONGEST_WAIT:
            raise MessengerRateLimited(pause)
        if len(self._buckets) > 10_000:
            self._buckets.clear()
        self._buckets[channel] = (tokens, now)
        if pause:
            await self._clock.sleep(pause)

    def give_back(self, channel: str) -> None:
        """The token of a turn that was not used."""
        tokens, at = self._buckets.get(channel, (self._burst, self._clock.monotonic()))
        self._buckets[channel] = (min(self._burst, tokens + 1), at)

    def pause(self, channel: str, seconds: float) -> None:
        """Slack asked for patience with this channel."""
        self._buckets[channel] = (-seconds * self._per_second, self._clock.monotonic())


def back_off(attempts: int) -> float:
    """Seconds before the next try: 1, 2, 4 … at most 60."""
    return float(min(60, 2 ** max(attempts - 1, 0)))
