"""Long tasks: one that fails is begun again and takes no other along; one that is fenced ends (I65, I66)."""

from __future__ import annotations

import asyncio

from senexbot.domain.errors import Fenced
from senexbot.runtime import Supervisor, side_by_side
from tests.stores import HandClock


async def _forever() -> None:
    await asyncio.Event().wait()


async def test_i66_a_task_that_fails_or_ends_is_begun_again_and_reported() -> None:
    begun = 0

    async def fails() -> None:
        nonlocal begun
        begun += 1
        if begun % 2:
            raise KeyError("a bug")

    supervisor = Supervisor(clock=HandClock(), on_fenced=lambda: None)
    supervisor.start("fails", fails)
    supervisor.start("runs", _forever)
    async with asyncio.timeout(30):
        while begun < 4:
            await asyncio.sleep(0)
    assert supervisor.health["fails"].restarts >= 3
    assert supervisor.health["runs"].restarts == 0
    await supervisor.stop()
    assert not any(task.running for task in supervisor.health.values())


async def test_i65_a_fenced_task_ends_the_program() -> None:
    ended = asyncio.Event()

    async def fenced() -> None:
        raise Fenced("a newer start")

    supervisor = Supervisor(clock=HandClock(), on_fenced=ended.set)
    supervisor.start("generation", fenced)
    await asyncio.wait_for(ended.wait(), 30)
    await supervisor.stop()


async def test_i66_what_runs_under_a_lease_fails_alone() -> None:
    """A fault in one stream restarts that one; a lost lease ends all of them and nothing else."""
    failures, lost, program_ended = 0, asyncio.Event(), False
    others = 0

    async def fails() -> None:
        nonlocal failures
        failures += 1
        if lost.is_set():
            raise Fenced("another holds the lease")
        raise KeyError("a bug")

    async def other() -> None:
        nonlocal others
        others += 1
        await asyncio.Event().wait()

    def end_program() -> None:
        nonlocal program_ended
        program_ended = True

    outer = Supervisor(clock=HandClock(), on_fenced=end_program)
    running = asyncio.create_task(side_by_side(outer, {"alerts": other, "settling": fails}))
    async with asyncio.timeout(30):
        while failures < 3:
            await asyncio.sleep(0)
        assert others == 1
        assert outer.health["alerts"].running
        lost.set()
        await running
    assert outer.health == {}
    assert not program_ended
