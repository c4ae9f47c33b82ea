"""A store of each kind: `any_store` runs a test on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from senexbot.store.engine import SqlStore
from tests.stores import Home, postgres_home, postgres_server, sqlite_home


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Home]:
    """Nothing is there yet: the first opening makes it."""
    async with sqlite_home(tmp_path, upgraded=False) as home:
        yield home


@pytest.fixture
async def upgraded_sqlite(tmp_path: Path) -> AsyncIterator[Home]:
    async with sqlite_home(tmp_path) as home:
        yield home


@pytest.fixture
async def postgres(server: str, tmp_path: Path, worker_id: str) -> AsyncIterator[Home]:
    async with postgres_home(server, tmp_path, name=f"worker_{worker_id}") as home:
        yield home


@pytest.fixture(params=["upgraded_sqlite", "postgres"], ids=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest) -> Home:
    return request.getfixturevalue(request.param)


@pytest.fixture
async def sqlite_store(sqlite: Home) -> SqlStore:
    return await sqlite.open()


@pytest.fixture
async def any_store(home: Home) -> SqlStore:
    return await home.open()
