"""Steps that must run to their end although the caller is cancelled: commit, roll back, give back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def to_the_end(step: Coroutine[Any, Any, T]) -> T:
    """Run the step in a task of its own and wait for its result even when cancelled meanwhile.

    A cancellation is passed on after the step has ended, so that no statement is left half-way on a
    connection. The step itself has to be limited in time.
    """
    task = asyncio.ensure_future(step)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # marks it as seen; the cancellation is what the caller asked for
        raise cancelled
    return task.result()
