"""The services over a real store of each kind, with the broker and Slack by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from senexbot.broker import sdk
from senexsim.broker.server import BrokerSim
from tests.domain.builders import NOW
from tests.services.house import House
from tests.stores import HandClock, Home, postgres_home, postgres_server, sqlite_home


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Home]:
    async with sqlite_home(tmp_path, clock=HandClock(NOW)) as home:
        yield home


@pytest.fixture
async def postgres(server: str, tmp_path: Path, worker_id: str) -> AsyncIterator[Home]:
    async with postgres_home(server, tmp_path, clock=HandClock(NOW), name=f"worker_{worker_id}") as home:
        yield home


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest) -> Home:
    chosen: Home = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
async def any_house(home: Home) -> House:
    """On both databases."""
    return await House.build(home)


@pytest.fixture
async def house(sqlite: Home) -> House:
    return await House.build(sqlite)


@pytest.fixture(scope="session")
def _sdk_is_imported() -> None:
    """Seconds of importing must not fall into a test's time limits."""
    sdk.constants()


@pytest.fixture
async def sim(_sdk_is_imported: None) -> AsyncIterator[BrokerSim]:
    async with BrokerSim(port=0, seed=1) as running:
        yield running
