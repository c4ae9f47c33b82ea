"""A running simulator, a person at its controls, and unmodified Bolt apps on both transports."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from slacksim_bench import HttpApp, Person

from senexsim.slack import SlackSim


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """Bolt tells of unhandled requests as warnings of its log; here they are often the point."""
    logging.getLogger("slack_bolt").setLevel(logging.CRITICAL)


@pytest_asyncio.fixture
async def sim() -> AsyncIterator[SlackSim]:
    async with SlackSim() as running:
        yield running


@pytest_asyncio.fixture
async def person(sim: SlackSim) -> AsyncIterator[Person]:
    async with aiohttp.ClientSession(sim.info["page_url"]) as session:
        yield Person(sim, session)


@pytest.fixture
def client(sim: SlackSim) -> AsyncWebClient:
    return AsyncWebClient(token=sim.info["bot_token"], base_url=sim.info["api_url"])


@pytest.fixture
def app(client: AsyncWebClient) -> AsyncApp:
    return AsyncApp(client=client, raise_error_for_unhandled_request=False)


# The client hands this on to aiohttp as its heartbeat, which tears the line when a pong is not there after half of
# it. At 0.2 s any pause of 0.1 s on a busy machine did, and a command on its way was lost with the line. A line that
# was killed is missed after one or two intervals, so longer is slower.
PING_SECONDS = 2.0


@pytest_asyncio.fixture
async def socket(sim: SlackSim, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app on Socket Mode."""
    handler = AsyncSocketModeHandler(app, sim.info["app_token"], ping_interval=PING_SECONDS)
    await handler.connect_async()
    yield handler
    await handler.close_async()


@pytest_asyncio.fixture
async def http_app(sim: SlackSim) -> AsyncIterator[HttpApp]:
    served = HttpApp(sim)
    await served.start()
    yield served
    await served.stop()
