"""The workspace's clock: it runs by itself and jumps when a control says so. It never touches the machine's."""

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Clock:
    """Epoch seconds, moved by `advance` and `move_to`; everything that waits on it wakes when it jumps."""

    def __init__(self) -> None:
        self._zero = time.time() - time.monotonic()
        self._jumped = asyncio.Event()

    def now(self) -> float:
        return self._zero + time.monotonic()

    def advance(self, seconds: float) -> None:
        self._zero += seconds
        self._jumped.set()
        self._jumped = asyncio.Event()

    def move_to(self, epoch: float) -> None:
        self.advance(epoch - self.now())

    async def sleep(self, seconds: float) -> None:
        """Wait until the workspace's time is `seconds` later than now, by running or by a jump."""
        deadline = self.now() + seconds
        while (left := deadline - self.now()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._jumped.wait()
            except TimeoutError:
                continue

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """The result of `work`; raises TimeoutError, and cancels it, when the workspace's time runs out."""
        task = asyncio.ensure_future(work)
        timer = asyncio.ensure_future(self.sleep(seconds))
        try:
            await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise TimeoutError
            return task.result()
        finally:
            timer.cancel()
            task.cancel()
