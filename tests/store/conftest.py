"""A store of each kind: `any_store` runs a test on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from senexbot.store.engine import SqlStore
from tests.stores import Home, postgres_home, postgres_server, run_sql, sqlite_home
from tests.stores import database_url as url_of


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres_server() as url:
        yield url


_templates: dict[str, asyncio.Task[None] | str] = {}


async def _template(server: str, worker: str) -> str:
    """A database with the schema, made once a worker: copying it is quicker than migrating."""
    from senexbot.store.engine import upgrade

    name = f"template_{worker}"
    if name not in _templates:
        await run_sql(server, f"CREATE DATABASE {name}")
        await upgrade(url_of(server, name))
        _templates[name] = name
    return name


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Home]:
    async with sqlite_home(tmp_path) as home:
        yield home


@pytest.fixture
async def postgres(server: str, tmp_path: Path, worker_id: str) -> AsyncIterator[Home]:
    template = await _template(server, worker_id)
    async with postgres_home(server, tmp_path, template=template) as home:
        yield home


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest) -> Home:
    return request.getfixturevalue(request.param)


@pytest.fixture
async def sqlite_store(sqlite: Home) -> SqlStore:
    return await sqlite.open()


@pytest.fixture
async def any_store(home: Home) -> SqlStore:
    return await home.open()
