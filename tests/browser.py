"""A real Chromium, and a visitor at the page: opens it at a width and in a colour scheme, and measures what a
person would see. Without Chromium the tests are skipped, or fail when REQUIRE_BROWSER=1.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

PHONE = (390, 844)
DESKTOP = (1280, 800)
PATIENCE_MS = 30_000
MEASURES = (Path(__file__).parent / "measures.js").read_text(encoding="utf-8")


FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, started for these tests."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        why = "NO CHROMIUM: the workspace page was not tested (apt-get install chromium)"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(why)
        pytest.skip(why)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield launched
        await launched.close()


@dataclass
class Visitor:
    page: Page
    complaints: list[str] = field(default_factory=list)
    breaks_connection: bool = False
    """The test cuts the line: the browser's own complaints about that are no fault of the page."""

    def by_id(self, testid: str, **attributes: str) -> Locator:
        extra = "".join(f'[data-{name.replace("_", "-")}="{value}"]' for name, value in attributes.items())
        return self.page.locator(f'[data-testid="{testid}"]{extra}')

    def action(self, action_id: str) -> Locator:
        return self.page.locator(f'[data-action-id="{action_id}"]').last

    async def say(self, text: str) -> None:
        field_ = self.by_id("composer-field")
        await field_.fill(text)
        await field_.press("Enter")

    async def measure(self, what: str, *arguments: Any) -> Any:
        """One of the functions of measures.js."""
        return await self.page.evaluate(
            f"(args) => {{ {MEASURES}; return {what}(...args); }}", list(arguments)
        )

    async def overflow(self) -> list[str]:
        """What reaches out of the window sideways; empty when nothing scrolls."""
        return await self.measure("sideways")

    async def small_targets(self, least: int = 44) -> list[str]:
        return await self.measure("smallTargets", least)

    async def faint_text(self, least: float = 4.5) -> list[str]:
        return await self.measure("faintText", least)


@asynccontextmanager
async def visit(
    browser: Browser, url: str, size: tuple[int, int] = DESKTOP, scheme: str = "light"
) -> AsyncIterator[Visitor]:
    touch = size == PHONE
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=touch,
        is_mobile=touch,
        timezone_id="America/New_York",
        reduced_motion="reduce",
    )
    try:
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        visitor = Visitor(page)
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on(
            "console", lambda line: visitor.complaints.append(line.text) if line.type == "error" else None
        )
        page.on("dialog", lambda dialog: visitor.complaints.append(f"dialog: {dialog.message}"))
        await page.goto(url)
        await page.wait_for_selector("#app:not([aria-busy])", state="attached")  # somebody sits at it
        yield visitor
    finally:
        await context.close()
    faults = [line for line in visitor.complaints if not (visitor.breaks_connection and "net::ERR" in line)]
    assert faults == []
