"""Times in which nothing can be seen: told to the owner while alerts wait for something that trades, and checked
afterwards (I47, I49). The nightly disconnect and the weekend wake nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from senexbot.ports import Clock

Tell = Callable[[str, datetime], Awaitable[None]]  # kind, since


class Blindness:
    """`waits`: whether any alert waits for something that trades now. `seconds`: in all, ended ones and this one."""

    def __init__(self, *, clock: Clock, waits: Callable[[], bool], tell: Tell) -> None:
        self._clock = clock
        self._waits = waits
        self._tell = tell
        self._since: datetime | None = None
        self._told: datetime | None = None
        self._ended = 0.0

    @property
    def is_blind(self) -> bool:
        return self._since is not None

    @property
    def seconds(self) -> float:
        if self._since is None:
            return self._ended
        return self._ended + max((self._clock.now() - self._since).total_seconds(), 0.0)

    async def heard(
        self, blind_since: datetime | None, recovered_from: datetime | None
    ) -> tuple[datetime, datetime] | None:
        """As the feed says. The span of a blindness that has ended and that has to be checked."""
        if blind_since is not None:
            self._since = self._since or blind_since
            await self.look()
            return None
        if recovered_from is None:
            return None
        since, until = self._since or recovered_from, self._clock.now()
        self._ended += max((until - since).total_seconds(), 0.0)
        self._since = None
        told, self._told = self._told, None
        if told is not None or self._waits():
            await self._tell("seen_again", told or since)
        return since, until

    async def look(self) -> None:
        """Told once for each blindness: at once, or when something begins to trade while it lasts."""
        if self._since is not None and self._told is None and self._waits():
            self._told = self._since
            await self._tell("blind", self._since)
