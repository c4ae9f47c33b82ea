"""SQLite connections whose statements, or whole transactions, cost one turn of their thread.

aiosqlite runs each call in a thread of the connection. A statement through its cursors is four calls: make the
cursor, execute, fetch, close; each waits for the thread and for the loop. Here they are one, with all rows read.
A transaction that waits for nothing but its own statements runs over there from begin to end.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, Self, TypeVar

import aiosqlite

from senexbot.domain.errors import InvariantBroken

T = TypeVar("T")
Description = tuple[tuple[str, None, None, None, None, None, None], ...] | None


class _Done(NamedTuple):
    description: Description
    rowcount: int
    lastrowid: int | None
    rows: list[Any]


class OneHopConnection(aiosqlite.Connection):
    """For SQLAlchemy's dialect: `cursor` is the only way in that it uses for statements."""

    def cursor(self) -> OneHopCursor:  # type: ignore[override]  # a cursor at once, no wait for one
        return OneHopCursor(self)

    async def done(self, step: Callable[[sqlite3.Connection], _Done]) -> _Done:
        """Run the step in the connection's thread. Raises what sqlite3 raises."""
        if self._is_there():
            return step(self._conn)
        done: _Done = await self._execute(step, self._conn)  # type: ignore[no-untyped-call]  # aiosqlite gives it no types
        return done

    async def commit(self) -> None:
        if self._is_there():
            self._conn.commit()
        else:
            await super().commit()

    async def rollback(self) -> None:
        if self._is_there():
            self._conn.rollback()
        else:
            await super().rollback()

    async def alone(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """All of the work in one turn of the thread. This connection's steps are all that it may wait for.

        Raises InvariantBroken when it waits for anything else, in the middle of whatever it was doing.
        """
        found: T = await self._execute(lambda: _driven(work()))  # type: ignore[no-untyped-call]  # as above
        return found

    def _is_there(self) -> bool:
        return threading.current_thread() is self._thread


def _driven(work: Coroutine[Any, Any, T]) -> T:
    """To its end without a loop: what never waits needs none."""
    try:
        work.send(None)
    except StopIteration as ended:
        found: T = ended.value
        return found
    work.close()
    raise InvariantBroken("a transaction in one go waited for something else than its own statements")


class OneHopCursor:
    """What SQLAlchemy asks of a driver's cursor. Its rows are there once it was executed."""

    def __init__(self, connection: OneHopConnection) -> None:
        self.description: Description = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> OneHopCursor:
        return self._take(await self._connection.done(partial(_execute, statement, parameters)))

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> OneHopCursor:
        return self._take(await self._connection.done(partial(_execute_many, statement, parameters)))

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    def _take(self, done: _Done) -> OneHopCursor:
        self.description, self.rowcount, self.lastrowid, self._rows = done
        return self


def _execute(statement: str, parameters: Sequence[Any], connection: sqlite3.Connection) -> _Done:
    return _all_of(connection.execute(statement, parameters))


def _execute_many(
    statement: str, parameters: Iterable[Sequence[Any]], connection: sqlite3.Connection
) -> _Done:
    return _all_of(connection.executemany(statement, parameters))


def _all_of(cursor: sqlite3.Cursor) -> _Done:
    rows = cursor.fetchall() if cursor.description else []
    done = _Done(cursor.description, cursor.rowcount, cursor.lastrowid, rows)
    cursor.close()
    return done


def connect(database: str, **options: Any) -> OneHopConnection:
    """For SQLAlchemy's `async_creator_fn`; options as of sqlite3.connect. Its thread never holds up the process."""
    connection = OneHopConnection(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001  as SQLAlchemy does with aiosqlite's own
    return connection
