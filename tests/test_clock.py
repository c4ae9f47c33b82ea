"""The real clock: its expiry time only runs forward."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from senexbot.clock import SystemClock


class Machine:
    """A wall clock and a monotonic one, moved apart by hand."""

    def __init__(self) -> None:
        self.wall_seconds = 1_800_000_000.0
        self.monotonic_seconds = 50.0
        self.clock = SystemClock(wall=lambda: self.wall_seconds, monotonic=lambda: self.monotonic_seconds)

    def pass_time(self, seconds: float) -> None:
        self.wall_seconds += seconds
        self.monotonic_seconds += seconds


def test_it_reads_the_machine() -> None:
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert abs(clock.not_before() - datetime.now(UTC)) < timedelta(seconds=5)
    assert abs(clock.monotonic() - time.monotonic()) < 5
    assert clock.now().tzinfo is UTC


def test_a_wall_clock_set_back_extends_nothing() -> None:
    """I67, F87."""
    machine = Machine()
    expires = machine.clock.not_before() + timedelta(seconds=120)
    machine.wall_seconds -= 3600
    machine.pass_time(120)
    assert machine.clock.not_before() >= expires
    assert machine.clock.now() < expires


def test_a_jump_ahead_and_back_extends_nothing() -> None:
    """I67: what was set to expire while the wall clock ran ahead still expires in time."""
    machine = Machine()
    machine.wall_seconds += 3600
    expires = machine.clock.not_before() + timedelta(seconds=120)
    machine.wall_seconds -= 3600
    machine.pass_time(120)
    assert machine.clock.not_before() >= expires


def test_a_jump_ahead_shortens() -> None:
    """F90: after a suspended night every confirmation has expired."""
    machine = Machine()
    expires = machine.clock.not_before() + timedelta(seconds=120)
    machine.wall_seconds += 3 * 3600
    assert machine.clock.not_before() > expires


@given(st.lists(st.tuples(st.floats(-5000, 5000), st.floats(0, 500)), max_size=20))
def test_it_never_runs_slower_than_the_monotonic_clock(steps: list[tuple[float, float]]) -> None:
    """I67 as a law: between any two looks at least the monotonic time has passed."""
    machine = Machine()
    before, since = machine.clock.not_before(), machine.monotonic_seconds
    for jump, passed in steps:
        machine.wall_seconds += jump
        machine.pass_time(passed)
        now, at = machine.clock.not_before(), machine.monotonic_seconds
        assert (now - before).total_seconds() >= at - since - 1e-5
        before, since = now, at


async def test_sleeping_for_less_than_nothing_returns() -> None:
    await SystemClock().sleep(-1)
