"""One browser for all of the page's tests, the page's files alone, and a workspace with an app behind it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from aiohttp import web
from page_app import GRANTS, MANIFEST, DeskApp
from page_desk import Desk
from playwright.async_api import Browser

from senexsim.slack import SlackSim
from tests.browser import Visitor, chromium, visit

PAGE = Path(__file__).parents[3] / "senexsim" / "slack" / "page"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bare_url() -> AsyncIterator[str]:
    """The page's files alone, for tests of one module; the address serves an empty document."""
    app = web.Application()

    async def empty(_request: web.Request) -> web.Response:
        text = '<!doctype html><link rel="icon" href="data:,"><div id="app"></div>'
        return web.Response(text=text, content_type="text/html")

    app.router.add_get("/", empty)
    app.router.add_static("/page/", PAGE)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bare(browser: Browser, bare_url: str) -> AsyncIterator[Visitor]:
    async with visit(browser, bare_url) as visitor:
        yield visitor


@pytest_asyncio.fixture(loop_scope="session")
async def desk(browser: Browser) -> AsyncIterator[Desk]:
    """A workspace with a real Bolt app connected by Socket Mode."""
    async with SlackSim(manifest=MANIFEST, grants=GRANTS) as sim, DeskApp(sim) as app:
        yield Desk(sim, app, browser)
