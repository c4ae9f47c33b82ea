"""Rate limits: calls per method and minute by tier, and about one message per second and channel."""

import math
from collections import deque

from senexsim.slack.clock import Clock

# Calls per minute. "Special" methods have limits of their own in Slack's documents; posting is by channel.
TIERS: dict[str, int] = {"1": 1, "2": 20, "3": 50, "4": 100, "special": 600}
GENEROUS_FACTOR = 10
CHANNEL_BURST = 10
CHANNEL_PER_SECOND = 1.0
STRICT_BURST = 3
EVENTS_PER_HOUR = 30_000


class Limits:
    """Accounts for every call. `mode`: generous (ten times the tiers, the default), strict, or off."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: dict[str, deque[float]] = {}
        self._channels: dict[str, tuple[float, float]] = {}
        self.mode = "generous"
        self.events_per_hour = EVENTS_PER_HOUR
        self.told_minute: int | None = None
        self._events: deque[float] = deque()

    def call(self, method: str, tier: str) -> int | None:
        """Seconds to wait before this method may be called again; None when it may be called now."""
        if self.mode == "off":
            return None
        allowed = TIERS[tier] * (1 if self.mode == "strict" else GENEROUS_FACTOR)
        now = self._clock.now()
        seen = self._calls.setdefault(method, deque())
        while seen and seen[0] <= now - 60:
            seen.popleft()
        if len(seen) >= allowed:
            return max(1, math.ceil(seen[0] + 60 - now))
        seen.append(now)
        return None

    def event(self) -> bool:
        """Whether one more event may be sent to the app within this hour, in every mode but off."""
        if self.mode == "off":
            return True
        now = self._clock.now()
        while self._events and self._events[0] <= now - 3600:
            self._events.popleft()
        if len(self._events) >= self.events_per_hour:
            return False
        self._events.append(now)
        return True

    def post(self, channel: str) -> int | None:
        """The same for a message into a channel: a bucket that refills by one a second."""
        if self.mode == "off":
            return None
        burst = STRICT_BURST if self.mode == "strict" else CHANNEL_BURST
        now = self._clock.now()
        tokens, since = self._channels.get(channel, (float(burst), now))
        tokens = min(float(burst), tokens + max(0.0, now - since) * CHANNEL_PER_SECOND)
        if tokens < 1:
            self._channels[channel] = (tokens, now)
            return max(1, math.ceil((1 - tokens) / CHANNEL_PER_SECOND))
        self._channels[channel] = (tokens - 1, now)
        return None
