"""One open transaction: runs statements, keeps what has to happen at and after the commit.

The row classes talk to the database through this and nothing else.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from senexbot.domain.errors import InvariantBroken, StoreUnavailable, Unreadable
from senexbot.ports import Clock, OutboxRow
from senexbot.store.faults import TROUBLE, translated
from senexbot.store.finishing import to_the_end

LOG = logging.getLogger(__name__)
KEPT_NAMES = 10_000

T = TypeVar("T")


class SetAside:
    """Rows that do not decode, counted once each; they stay in the table for a person to look at (F77)."""

    def __init__(self) -> None:
        self._rows: set[tuple[str, str]] = set()

    def note(self, table: str, row_id: object) -> None:
        if (table, str(row_id)) in self._rows or len(self._rows) >= KEPT_NAMES:
            return
        self._rows.add((table, str(row_id)))
        LOG.error("unreadable row set aside: table=%s id=%s", table, row_id)

    @property
    def rows(self) -> frozenset[tuple[str, str]]:
        """(table, id) of each."""
        return frozenset(self._rows)


@dataclass(slots=True)
class Work:
    """`doomed`: a statement failed, so the transaction may only be rolled back, whatever the caller caught."""

    connection: AsyncConnection
    clock: Clock
    set_aside: SetAside
    writing: bool
    on_postgresql: bool
    in_one_go: bool = False  # runs beside the database, where nothing can be cancelled
    doomed: Exception | None = None
    put_news: bool = False
    hand_owner: str = ""  # the relay of this process that takes rows at once; "" when there is none
    handed: list[OutboxRow] = field(default_factory=list)
    erased: bool = False
    committed: bool = False

    async def read(self, statement: sa.Executable, values: dict[str, Any] | None = None) -> CursorResult[Any]:
        """`values`: of the statement's bindparams."""
        return await self._run(statement, values)

    async def write(
        self, statement: sa.Executable, rows: list[dict[str, Any]] | dict[str, Any] | None = None
    ) -> CursorResult[Any]:
        """`rows`: values for many rows, or of the statement's bindparams. Raises InvariantBroken in a reading
        transaction."""
        if not self.writing:
            raise InvariantBroken("a reading transaction was asked to write")
        return await self._run(statement, rows)

    async def changed(self, statement: sa.Executable) -> bool:
        """Run an UPDATE or DELETE; True when it met at least one row."""
        return (await self.write(statement)).rowcount > 0

    async def guard(self, name: str, *, exclusive: bool = False) -> None:
        """Until the end of this transaction nobody changes what `name` stands for (or, exclusive, relies on it).

        PostgreSQL: an advisory lock of the transaction, so that a claim that has read "active" commits
        before the halt that follows it. SQLite has one writer and needs none.
        """
        if not (self.writing and self.on_postgresql):
            return
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        lock = sa.func.pg_advisory_xact_lock if exclusive else sa.func.pg_advisory_xact_lock_shared
        await self._run(sa.select(lock(number)), None)

    def readable(
        self, table: sa.Table, rows: Iterable[Any], id_of: Callable[[Any], object], read: Callable[[Any], T]
    ) -> tuple[T, ...]:
        """Decode each row; what cannot be read is set aside and never ends the list."""
        values: list[T] = []
        for row in rows:
            try:
                values.append(read(row))
            except Unreadable:
                self.set_aside.note(table.name, id_of(row))
        return tuple(values)

    async def _run(
        self, statement: sa.Executable, rows: list[dict[str, Any]] | dict[str, Any] | None
    ) -> CursorResult[Any]:
        if self.doomed is not None:
            raise translated(self.doomed)
        try:
            if not (self.on_postgresql or self.in_one_go):
                # the one writing connection must not be left in the middle of a statement, and a reading one's thread
                # must not answer to a loop that has ended meanwhile
                return await to_the_end(self.connection.execute(statement, rows))
            return await self.connection.execute(statement, rows)
        except asyncio.CancelledError:
            if self.on_postgresql:
                self.doomed = StoreUnavailable("nothing was stored: a statement was cancelled")
            raise
        except TROUBLE as error:
            self.doomed = error
            raise translated(error) from error
