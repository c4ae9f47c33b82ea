"""Fixtures of the adapter's tests."""

import pytest

from senexsim.broker.server import BrokerSim

from .kit import simulated


@pytest.fixture
async def sim():
    async with BrokerSim(port=0, seed=1) as running:
        yield running


@pytest.fixture
async def broker(sim):
    async with simulated(sim) as made:
        yield made
