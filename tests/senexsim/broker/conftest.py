"""A broker simulator per test, with its answers compared with the shape tables."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from house_bench import Client, plain_client, sdk_session
from tastytrade import Account, Session

from senexsim.broker.server import BrokerSim


@pytest.fixture
async def sim() -> AsyncIterator[BrokerSim]:
    """A simulator; every answer of the test must fit the shape tables."""
    async with BrokerSim(port=0, seed=7, check_shapes=True) as running:
        yield running
        assert running.shape_faults == []


@pytest.fixture
async def session(sim: BrokerSim) -> AsyncIterator[Session]:
    async with sdk_session(sim) as opened:
        yield opened


@pytest.fixture
async def account(session: Session) -> Account:
    return await Account.get(session, "5WT00001")


@pytest.fixture
async def client(sim: BrokerSim) -> AsyncIterator[Client]:
    async with plain_client(sim) as made:
        yield made
