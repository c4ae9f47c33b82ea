"""SQLite's engines: one connection that writes, a few that can only read (I57).

WAL and synchronous=FULL: readers never wait for the writer, and a commit that returned is on the disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from senexbot.domain.errors import ConfigError, StoreUnavailable
from senexbot.store import one_hop

READERS = 4
WRITER_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
)
READER_PRAGMAS = ("query_only=ON", "trusted_schema=OFF")


def database_path(url: URL) -> Path:
    """Where the file is, absolute. Raises ConfigError for a database in memory."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise ConfigError("DATABASE_URL: an SQLite database has to be a file, sqlite:////path/to/file")
    return Path(url.database).resolve()


def create_file(path: Path) -> None:
    """An empty file that only its owner may read, if there is none. Raises StoreUnavailable."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be opened ({error.strerror})") from error


def writer(path: Path, *, patience: float) -> AsyncEngine:
    return _engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        patience=patience,
        size=1,
        pragmas=WRITER_PRAGMAS,
        begin="BEGIN IMMEDIATE",
    )


def reader(path: Path, *, patience: float) -> AsyncEngine:
    return _engine(
        URL.create(
            "sqlite+aiosqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"}
        ),
        patience=patience,
        size=READERS,
        pragmas=READER_PRAGMAS,
        begin="BEGIN",
    )


def _engine(url: URL, *, patience: float, size: int, pragmas: tuple[str, ...], begin: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        # None: the driver never begins by itself; what begins says so below
        connect_args={"isolation_level": None, "timeout": patience, "async_creator_fn": one_hop.connect},
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=patience,
        # every transaction is committed or rolled back before its connection is given back (transactions.py)
        pool_reset_on_return=None,
        hide_parameters=True,
    )
    sa.event.listen(engine.sync_engine, "connect", _pragmas(pragmas))
    sa.event.listen(engine.sync_engine, "begin", _begin(begin))
    return engine


def _pragmas(pragmas: tuple[str, ...]) -> Callable[[Any, Any], None]:
    def set_up(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return set_up


def _begin(statement: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin
