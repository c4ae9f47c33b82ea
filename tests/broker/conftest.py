"""Fixtures of the adapter's tests."""

import pytest

from senexbot.broker import sdk
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


@pytest.fixture(scope="session", autouse=True)
def _sdk_is_imported():
    """Seconds of importing must not fall into a test's time limits."""
    sdk.constants()
