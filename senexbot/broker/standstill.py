"""Notices prices that stand still behind living keep-alives, with the broker's own word on the session (F56).

In an open session the probes print every second. Two answers that it is open, QUIET seconds apart and nothing
printed between, are a frozen line. A closed session wakes nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

from senexbot.broker.pulse import Flow, Moment, Symbols
from senexbot.broker.websocket import LineLost
from senexbot.domain.calendar import in_regular_hours
from senexbot.domain.errors import BrokerFault
from senexbot.domain.links import Environment
from senexbot.domain.market import SessionState
from senexbot.ports import Clock
from senexbot.services.clocks import EXCHANGE_ZONE

QUIET = 25.0  # seconds; twice that, two looks and two answers stay under the 75 s of I49
MOVING = 10.0  # seconds: prints younger than this show that others move
BELIEVED = 10.0  # seconds one answer about the session serves all links of an environment
ANSWER_WITHIN = 5.0

SessionOf = Callable[[str], Awaitable[SessionState]]  # by link id, as BrokerReads.session_state


class PricesFrozen(LineLost):
    """The line lives and its prices do not; `since` is when the last of them came."""

    def __init__(self, since: Moment) -> None:
        super().__init__("prices stand still in an open session")
        self.since = since


class Owner(Protocol):
    """Whose session a line belongs to; a Link is one."""

    @property
    def id(self) -> str: ...

    @property
    def environment(self) -> Environment: ...


class Hours:
    """Whether the session is open: asked only while prices stand still, once for all links of an environment."""

    def __init__(self, session_of: SessionOf, clock: Clock) -> None:
        self._session_of = session_of
        self._clock = clock
        self._held: dict[Environment, tuple[float, bool]] = {}
        self._asking = asyncio.Lock()

    async def open(self, link: Owner) -> bool:
        """By the broker; when it does not say, by weekday and clock.

        Never for the sandbox: its prices come 15 minutes late, so that silence there tells nothing.
        """
        if link.environment is Environment.SANDBOX:
            return False
        async with self._asking:
            held = self._held.get(link.environment)
            if held is None or self._clock.monotonic() - held[0] >= BELIEVED:
                held = (self._clock.monotonic(), await self._ask(link))
                self._held[link.environment] = held
        return held[1]

    async def _ask(self, link: Owner) -> bool:
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                state = await self._session_of(link.id)
        except (BrokerFault, TimeoutError):
            state = SessionState.UNKNOWN
        if state is SessionState.UNKNOWN:
            return in_regular_hours(self._clock.now(), EXCHANGE_ZONE)
        return state is SessionState.OPEN


class Watchdog:
    """Over the lines of one feed, one after the other."""

    def __init__(self, link: Owner, hours: Hours, clock: Clock) -> None:
        self.flow = Flow()
        self.symbols = Symbols()
        self._link = link
        self._hours = hours
        self._clock = clock
        self._closed: Moment | None = None  # when the session was last known not to be open
        self._open_at: float | None = None  # the first answer in this silence that it is open

    def opened(self) -> None:
        """A new line stands."""
        self.flow.open(self._now())
        self.symbols.open()
        self._open_at = None

    async def look(self, stamps: Mapping[str, datetime], wanted: frozenset[str]) -> frozenset[str]:
        """Once a slot: the symbols that have to be subscribed again. Raises PricesFrozen."""
        await self._look_at_line()
        now, last = self._clock.monotonic(), self.flow.last
        others_move = last is not None and now - last[1] <= MOVING
        suspects = self.symbols.look(now, stamps, wanted, others_move=others_move)
        if suspects and await self._hours.open(self._link):
            self.symbols.asked(suspects, self._clock.monotonic())
            return suspects
        return frozenset()

    @property
    def knows_closed(self) -> bool:
        """Whether the newest thing known of this line is that the session is not open."""
        opened, closed = self.flow.opened, self._closed
        return closed is not None and opened is not None and closed[1] >= opened[1]

    async def _look_at_line(self) -> None:
        quiet_from = _later(self.flow.quiet_from(), self._closed)
        asked_at = self._clock.monotonic()
        if quiet_from is None or asked_at - quiet_from[1] < QUIET:
            self._open_at = None
            return
        last = self.flow.last
        is_open = await self._hours.open(self._link)
        if self.flow.last is not last:
            return  # it moved while we asked
        if not is_open:
            self._closed, self._open_at = self._now(), None
        elif self._open_at is None:
            self._open_at = asked_at
        elif asked_at - self._open_at >= QUIET:
            raise PricesFrozen(_later(last or self.flow.opened, self._closed) or quiet_from)

    def _now(self) -> Moment:
        return self._clock.now(), self._clock.monotonic()


def _later(one: Moment | None, other: Moment | None) -> Moment | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda moment: moment[1])
