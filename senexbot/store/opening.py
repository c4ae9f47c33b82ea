"""The steps of opening a store, in the order that changes nothing before everything was checked:
lock, schema, keys, migration, older copy, generation."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine

from senexbot.domain.errors import ConfigError, StoreUnavailable
from senexbot.ports import AuditEntry, Clock, HaltRow, SecretBox
from senexbot.store import audit, keys, postgres, schema, sqlite
from senexbot.store.lock import WriterLock
from senexbot.store.migrations import HEAD
from senexbot.store.tables import audit as audit_table
from senexbot.store.tables import deployment
from senexbot.store.transactions import transaction
from senexbot.store.tx import SqlTx
from senexbot.store.upserts import inserted
from senexbot.store.witness import Sighting, Witness, older_copy
from senexbot.store.work import SetAside, Work

CLOSING_SECONDS = 3.0
DESK, HALTED = "desk", "halted"  # as ports.HaltRow names them

Generation = Literal["new", "build", "keep"]


@dataclass(slots=True)
class Connections:
    """The engines of one database, and the lock that goes with the right to write."""

    reader: AsyncEngine
    writer: AsyncEngine | None
    path: Path | None = None  # of an SQLite file
    lock: WriterLock | None = None

    @property
    def on_sqlite(self) -> bool:
        return self.path is not None

    async def dispose(self) -> None:
        """Readers first: the last one to leave an SQLite file should be able to tidy up."""
        try:
            with suppress(TimeoutError):  # a server that is gone does not hold up the end
                async with asyncio.timeout(CLOSING_SECONDS):
                    await self.reader.dispose()
                    if self.writer is not None:
                        await self.writer.dispose()
        finally:
            if self.lock is not None:
                self.lock.release()


def parsed(url: str) -> URL:
    """Raises ConfigError without showing the URL, which may hold a password."""
    try:
        return make_url(url)
    except ArgumentError:
        raise ConfigError("DATABASE_URL cannot be understood") from None


def connect(url: URL, *, readonly: bool, patience: float) -> Connections:
    """Raises ConfigError for another kind of database, InUse when another process writes."""
    kind = url.get_backend_name()
    if kind in {"postgres", "postgresql"}:
        engine = postgres.engine(url, patience=patience)
        reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return Connections(reading, None if readonly else engine)
    if kind != "sqlite":
        raise ConfigError("DATABASE_URL has to begin with sqlite:// or postgresql://")
    path = sqlite.database_path(url)
    if readonly:
        if not path.exists():
            raise StoreUnavailable(f"there is no database at {path}")
        return Connections(sqlite.reader(path, patience=patience), None, path)
    sqlite.create_file(path)
    lock = WriterLock(path)
    return Connections(
        sqlite.reader(path, patience=patience), sqlite.writer(path, patience=patience), path, lock
    )


@dataclass(slots=True)
class Opened:
    """What opening found out."""

    generation: int | None = None
    audit_key: bytes | None = None
    witness: Witness | None = None
    older_copy: str = ""
    head: audit.AuditHead = field(default_factory=lambda: audit.AuditHead(0, audit.START))


class Opening:
    """Runs the steps for one database; used once."""

    def __init__(self, connections: Connections, *, clock: Clock, set_aside: SetAside) -> None:
        self._connections = connections
        self._clock = clock
        self._set_aside = set_aside

    async def read_only(self, box: SecretBox | None) -> Opened:
        """Nothing is changed and no generation taken. Raises ConfigError for another schema."""
        async with self._transaction(self._connections.reader, writing=False) as work:
            schema.refuse_old(await schema.revision(work.connection))
            key = await self._checked(work, box)
        return Opened(audit_key=key)

    async def for_writing(
        self, *, state_dir: Path, build: str, box: SecretBox | None, generation: Generation
    ) -> Opened:
        writer = self._connections.writer
        assert writer is not None
        async with self._transaction(writer, writing=True) as work:
            found = await schema.revision(work.connection)
            if found is not None:
                await self._checked(work, box)
            if not self._connections.on_sqlite:
                schema.refuse_old(found)
            elif found != HEAD:
                await schema.upgrade(work.connection)
            opened = await self._take_over(work, state_dir, build, generation)
            if box is not None:
                opened.audit_key = await keys.create_audit_key(work, box)
            if opened.older_copy:
                await self._halt(work, opened)
            opened.head = await audit.head(work)
        assert opened.generation is not None
        assert opened.witness is not None
        opened.witness.open(Sighting(opened.generation, opened.head))
        return opened

    async def _halt(self, work: Work, opened: Opened) -> None:
        """In the same transaction that accepts the copy: it starts halted, whoever opens it first (I62)."""
        tx = SqlTx(work, generation=opened.generation, audit_key=opened.audit_key)
        before = await tx.halts.get(DESK)
        if before is not None and before.state == HALTED:
            return
        version = 1 if before is None else before.version + 1
        reason = f"an older copy of the database was put back: {opened.older_copy}"
        await tx.halts.put(HaltRow(DESK, HALTED, "bot", reason, self._clock.now(), version))
        if opened.audit_key is not None:
            await tx.audit(AuditEntry("bot", "halt", DESK, "ok", (("reason", reason),)))
            await tx.finish()

    async def _checked(self, work: Work, box: SecretBox | None) -> bytes | None:
        if box is None:
            return None
        tx = SqlTx(work, generation=None, audit_key=None)
        await keys.check(tx, box)
        return await keys.audit_key(work, box)

    async def _take_over(self, work: Work, state_dir: Path, build: str, generation: Generation) -> Opened:
        await inserted(
            work,
            deployment,
            id=1,
            database_id=secrets.token_hex(16),
            generation=0,
            build="",
            opened_at=self._clock.now(),
        )
        row = (await work.read(sa.select(deployment).with_for_update())).one()
        witness = Witness(state_dir, row.database_id)
        why = await self._older_copy(work, witness, row.generation)
        kept = generation == "keep" or (generation == "build" and row.build == build)
        number = row.generation if kept and row.generation else row.generation + 1
        if number != row.generation:
            await work.write(
                deployment.update().values(generation=number, build=build, opened_at=self._clock.now())
            )
        return Opened(generation=number, witness=witness, older_copy=why)

    async def _older_copy(self, work: Work, witness: Witness, generation: int) -> str:
        try:
            seen = witness.last()
        except ValueError as error:
            return str(error)
        there = None
        if seen is not None:
            statement = sa.select(audit_table.c.mac).where(audit_table.c.seq == seen.head.seq)
            there = (await work.read(statement)).scalar()
        return older_copy(
            seen,
            generation=generation,
            head=await audit.head(work),
            mac_there=there,
            must_exist=self._connections.on_sqlite,
        )

    def _transaction(self, engine: AsyncEngine, *, writing: bool) -> AbstractAsyncContextManager[Work]:
        return transaction(engine, clock=self._clock, set_aside=self._set_aside, writing=writing)
