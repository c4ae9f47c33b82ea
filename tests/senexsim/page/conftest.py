"""A real Chromium for the page's tests. Without one they are skipped, or fail when REQUIRE_BROWSER=1."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from page_app import GRANTS, MANIFEST, DeskApp
from page_browser import Visitor, visit
from page_desk import Desk
from playwright.async_api import Browser, async_playwright

from senexsim.slack import SlackSim

PAGE = Path(__file__).parents[3] / "senexsim" / "slack" / "page"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        why = "NO CHROMIUM: the workspace page was not tested (apt-get install chromium)"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(why)
        pytest.skip(why)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        await launched.close()


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
