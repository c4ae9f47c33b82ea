"""How many requests a link may make: one lane for reads, one kept free for orders (F46), one for many cancels."""

from __future__ import annotations

import asyncio
import enum

from aiolimiter import AsyncLimiter

from senexbot.domain.errors import BrokerRateLimited, Unavailable
from senexbot.ports import Clock

READS_PER_SECOND = 6.0
ORDERS_PER_SECOND = 5.0
CANCELS_PER_SECOND = 25.0  # a halt: two hundred within eight seconds, and never in the way of an order


class Lane(enum.Enum):
    READS = "reads"
    ORDERS = "orders"
    CANCELS = "cancels"


class Lanes:
    """The limiters of one link. A 429 closes the lane for reads; orders may still try."""

    def __init__(
        self, clock: Clock, *, reads: float = READS_PER_SECOND, orders: float = ORDERS_PER_SECOND
    ) -> None:
        self._clock = clock
        self._limits = {
            Lane.READS: AsyncLimiter(reads, 1.0),
            Lane.ORDERS: AsyncLimiter(orders, 1.0),
            Lane.CANCELS: AsyncLimiter(CANCELS_PER_SECOND, 1.0),
        }
        self._closed_until = 0.0

    async def enter(self, lane: Lane, patience: float) -> None:
        """Wait for a turn, at most `patience` seconds.

        Raises BrokerRateLimited while the broker has asked reads to wait, Unavailable when too many wait.
        """
        left = self._closed_until - self._clock.monotonic()
        if lane is Lane.READS and left > 0:
            raise BrokerRateLimited("The broker asked us to slow down.", after=left)
        try:
            async with asyncio.timeout(patience):
                await self._limits[lane].acquire()
        except TimeoutError:
            raise Unavailable("Too many requests are waiting for this link; try again shortly.") from None

    def slow_down(self, seconds: float) -> None:
        """The broker answered 429: no read for so many seconds."""
        self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)
