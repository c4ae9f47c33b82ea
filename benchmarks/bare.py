"""SQLAlchemy without senexbot: an engine on a second SQLite file with the same tables and the same safety."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from senexbot.store.engine import SqlStore
from senexbot.store.tables import metadata


@dataclass(frozen=True, slots=True)
class Bare:
    engine: AsyncEngine

    async def copied(self, store: SqlStore, table: sa.Table, row_id: str) -> dict[str, Any]:
        """A row as senexbot has stored it, to insert the very same bytes here."""
        source = create_async_engine(f"sqlite+aiosqlite:///{store.path}")
        async with source.connect() as connection:
            found = (await connection.execute(sa.select(table).where(table.c.id == row_id))).one()
        await source.dispose()
        return dict(found._mapping)  # noqa: SLF001  SQLAlchemy's public name for it


@contextlib.asynccontextmanager
async def bare_database(place: Path) -> AsyncIterator[Bare]:
    """WAL and synchronous=FULL, as senexbot has them (SQLAlchemy's default pool and transactions)."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{place / 'bare.sqlite3'}")

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _safe(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    try:
        yield Bare(engine)
    finally:
        await engine.dispose()


async def insert(bare: Bare, table: sa.Table, row: dict[str, Any]) -> None:
    """One row, one commit."""
    async with bare.engine.begin() as connection:
        await connection.execute(table.insert().values(**row))
