"""One transaction from BEGIN to its end: committed, or rolled back with the connection fit for the next one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from senexbot.domain.errors import SenexError, Stale, StoreUnavailable
from senexbot.ports import Clock
from senexbot.store.faults import TROUBLE, translated, words
from senexbot.store.finishing import to_the_end
from senexbot.store.one_hop import OneHopConnection
from senexbot.store.work import SetAside, Work

T = TypeVar("T")
ENDING_SECONDS = 10.0


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, *, clock: Clock, set_aside: SetAside, writing: bool
) -> AsyncIterator[Work]:
    """Commits when the block ends well. Raises StoreUnavailable when no durable commit was possible.

    An exception or a cancellation in the block rolls back. `work.committed` tells a caller that was
    cancelled during the commit how it went.
    """
    connection = engine.connect()
    work = Work(connection, clock, set_aside, writing, engine.dialect.name == "postgresql")
    try:
        await _start(work)
        yield work
        if work.doomed is not None:
            raise translated(work.doomed)
    except BaseException:
        await to_the_end(_abandon(connection))
        raise
    await to_the_end(_commit(work))


async def in_one_go(work: Work, act: Callable[[], Awaitable[T]]) -> T:
    """As `transaction`, for SQLite alone: from BEGIN to COMMIT in one crossing to its thread.

    `act` waits for nothing but its statements. A cancellation is passed on after the end: see `work.committed`.
    """
    connection = work.connection

    async def whole() -> T:
        try:
            await connection.begin()
        except TROUBLE as error:
            raise StoreUnavailable(f"nothing was stored: {words(error)}") from error
        found = await act()
        if work.doomed is not None:
            raise translated(work.doomed)
        if not work.writing:
            await connection.rollback()
            return found
        try:
            await connection.commit()
        except Exception as error:
            raise _not_committed(error) from error
        work.committed = True
        return found

    async def all_of_it() -> T:
        try:
            try:
                await connection.start()
            except TROUBLE as error:
                raise StoreUnavailable(f"nothing was stored: {words(error)}") from error
            assert connection.sync_connection is not None
            driver = connection.sync_connection.connection.driver_connection
            assert isinstance(driver, OneHopConnection)
            found = await driver.alone(whole)
        except BaseException:
            await _abandon(connection)
            raise
        with suppress(Exception):
            await connection.close()
        return found

    return await to_the_end(all_of_it())


async def _start(work: Work) -> None:
    try:
        if not work.on_postgresql:
            await to_the_end(_begin(work.connection))
        else:
            await _begin(work.connection)
    except TROUBLE as error:
        raise StoreUnavailable(f"nothing was stored: {words(error)}") from error


async def _begin(connection: AsyncConnection) -> None:
    await connection.start()
    await connection.begin()


async def _commit(work: Work) -> None:
    try:
        async with asyncio.timeout(ENDING_SECONDS):
            await work.connection.commit()
        work.committed = True
    except Exception as error:
        await _abandon(work.connection)
        raise _not_committed(error) from error
    with suppress(Exception):  # stored is stored: trouble in giving the connection back is the pool's
        await work.connection.close()


def _not_committed(error: Exception) -> SenexError:
    """A lost answer to COMMIT proves nothing: never success (F75)."""
    meant = translated(error)
    if isinstance(meant, Stale):
        return meant
    return StoreUnavailable(f"the commit is not proven: {words(error)}")


async def _abandon(connection: AsyncConnection) -> None:
    """Roll back and give the connection back; one that will not even do that is thrown away."""
    if connection.sync_connection is None:
        return
    try:
        async with asyncio.timeout(ENDING_SECONDS):
            await connection.rollback()
    except Exception:
        with suppress(Exception):
            async with asyncio.timeout(ENDING_SECONDS):
                await connection.invalidate()
    with suppress(Exception):
        async with asyncio.timeout(ENDING_SECONDS):
            await connection.close()
