"""Leases: one owner for each stream; whoever lost the lease stops before another may begin (I60)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from senexbot.domain.errors import StoreFault
from senexbot.ports import Clock, Lease, Store

log = structlog.get_logger()
TERM_SECONDS = 15.0
RENEW_SECONDS = 4.0


class Leading:
    """Holds one named lease and runs the work only while it is held.

    The holder counts on the monotonic clock and stops at two thirds of the term without a renewal:
    the store lets another in only at the full term. `alone`: no other process can write this database
    (SQLite's lock), so that a store that is away for a while takes the lease from nobody.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        owner: str,
        name: str,
        alone: bool = False,
        renew: float = RENEW_SECONDS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._name = name
        self._alone = alone
        self._every = renew

    async def run(self, work: Callable[[Lease], Awaitable[None]]) -> None:
        """Until cancelled: wait for the lease, work while it lasts, wait again."""
        while True:
            lease = await self._take()
            if lease is None:
                await self._clock.sleep(self._every)
                continue
            log.info("lease.taken", name=self._name, epoch=lease.epoch)
            await self._hold(lease, work)

    async def _hold(self, lease: Lease, work: Callable[[Lease], Awaitable[None]]) -> None:
        task = asyncio.ensure_future(work(lease))
        deadline = self._clock.monotonic() + TERM_SECONDS * 2 / 3
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=self._every)
                renewed = await self._renew(lease, deadline)
                if renewed is not None:
                    lease, deadline = renewed, self._clock.monotonic() + TERM_SECONDS * 2 / 3
                elif self._clock.monotonic() >= deadline:
                    log.warning("lease.lost", name=self._name, epoch=lease.epoch)
                    return
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._release(lease)

    async def _take(self) -> Lease | None:
        try:
            async with self._store.begin() as tx:
                return await tx.leases.take(
                    self._name, self._owner, seconds=TERM_SECONDS, now=self._clock.now()
                )
        except StoreFault:
            return None

    async def _renew(self, lease: Lease, deadline: float) -> Lease | None:
        """None when it was lost, or when nothing was stored in time."""
        left = max(deadline - self._clock.monotonic(), 0.1)
        try:
            async with asyncio.timeout(left), self._store.begin() as tx:
                return await tx.leases.renew(lease, seconds=TERM_SECONDS, now=self._clock.now())
        except (StoreFault, TimeoutError):
            return lease if self._alone else None

    async def _release(self, lease: Lease) -> None:
        try:
            async with self._store.begin() as tx:
                await tx.leases.release(lease)
        except StoreFault:
            return
