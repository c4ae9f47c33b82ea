"""One growing number over everything people can see, and the long poll that waits on it."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONGEST_WAIT_MS = 60_000


class Bus:
    """`seq` grows by one with each change a person could see: a message, an edit, a view, a home."""

    def __init__(self) -> None:
        self.seq = 0
        self._changed = asyncio.Event()
        self._closed = False

    def open(self) -> None:
        self._closed = False

    def close(self) -> None:
        """The server ends: who waits is answered at once."""
        self._closed = True
        self._changed.set()

    def tick(self) -> int:
        self.seq += 1
        self._changed.set()
        self._changed = asyncio.Event()
        return self.seq

    async def until(self, look: Callable[[], T], wait_ms: int) -> T:
        """The first truthy answer of `look`, or its last one after `wait_ms` of real time or when the server ends."""
        deadline = time.monotonic() + min(wait_ms, LONGEST_WAIT_MS) / 1000
        while True:
            found = look()
            left = deadline - time.monotonic()
            if found or left <= 0 or self._closed:
                return found
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                continue
