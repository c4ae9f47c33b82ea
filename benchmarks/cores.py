"""Which core does what: the measured process on the first, servers and load on the second (where there are two)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

MEASURED, SERVING = 0, 1


def settle(which: int) -> None:
    """Keep this process on one core of those it may use."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > which:
        os.sched_setaffinity(0, {cores[which]})


@contextlib.contextmanager
def measured() -> Iterator[None]:
    """Keep this process on the first core until the block ends. Children inherit that: start them before."""
    before = os.sched_getaffinity(0)
    settle(MEASURED)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
