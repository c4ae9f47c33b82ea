"""Supervises the long tasks: start, restart with back-off, report, drain. Knows no use case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog

from senexbot.domain.errors import Fenced
from senexbot.ports import Clock

log = structlog.get_logger()
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
WELL_AFTER_SECONDS = 60.0


@dataclass(slots=True)
class TaskHealth:
    """How one long task is doing; `restarts` since the start of the program."""

    running: bool = False
    restarts: int = 0
    last_error: str = ""


@dataclass(slots=True)
class Supervisor:
    """Runs named tasks until `stop`; one that ends, for whatever reason, is begun again (I66).

    `on_fenced`: another start of the program owns the database: the whole program has to end (I65).
    """

    clock: Clock
    on_fenced: Callable[[], None]
    health: dict[str, TaskHealth] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self.health[name] = TaskHealth()
        self._tasks.append(asyncio.create_task(self._keep(name, work), name=name))

    async def stop(self) -> None:
        """Cancel everything and wait until it has ended."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        state, pause = self.health[name], FIRST_PAUSE
        while True:
            began = self.clock.monotonic()
            state.running = True
            try:
                await work()
                state.last_error = "ended"
            except Fenced as fenced:
                state.running, state.last_error = False, fenced.code
                log.exception("task.fenced", task=name)
                self.on_fenced()
                return
            except Exception as error:
                state.last_error = type(error).__name__
                log.exception("task.ended", task=name)
            finally:
                state.running = False
            state.restarts += 1
            if self.clock.monotonic() - began > WELL_AFTER_SECONDS:
                pause = FIRST_PAUSE
            await self.clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


async def side_by_side(outer: Supervisor, works: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
    """Run these under a lease, each begun again by itself: one that fails takes no other along (I66).

    Returns when one of them was fenced: the lease is another's. While they run they stand in the outer
    one's health; a process that waits for the lease is not ill.
    """
    lost = asyncio.Event()
    inner = Supervisor(clock=outer.clock, on_fenced=lost.set, health=outer.health)
    try:
        for name, work in works.items():
            inner.start(name, work)
        await lost.wait()
    finally:
        await inner.stop()
        for name in works:
            outer.health.pop(name, None)
