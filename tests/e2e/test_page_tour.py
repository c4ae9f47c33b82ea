"""The page's tools with the real bot behind them: the tour, the market's controls, the wire, two windows."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser import DESKTOP, PHONE, Visitor, chromium, visit
from tests.e2e.stage import Stage, has_action, stage
from tests.e2e.test_page_journey import place, sound
from tests.e2e.test_policy import host, member

pytestmark = pytest.mark.page


async def test_the_tour_plays_the_first_day_and_the_tools_show_what_is_behind_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as desk, chromium() as browser:
        await toured(desk, browser)
        await on_a_phone(desk, browser)
        await two_approve_at_once(desk, browser)


async def toured(desk: Stage, browser: Browser) -> None:
    """Ten real steps: four orders for four decisions, one of them pressed twice; then the market and the wire."""
    for name, role in (("ben", "approver"), ("cara", "approver"), ("cara", "risk")):
        await host(desk, "roles", "grant", member(desk, name), role)
    async with visit(browser, place(desk, "ana"), DESKTOP) as ana:
        await ana.page.keyboard.press("Alt+g")
        for done in range(10):
            await expect(ana.by_id("tour-step", state="done")).to_have_count(done)
            if done == 2:  # left, and gone on with where it stood
                await ana.page.keyboard.press("Escape")
                await expect(ana.by_id("dock")).to_be_hidden()
                await ana.page.keyboard.press("Alt+g")
            await ana.page.get_by_role("button", name="Do it").press("Enter")
        await expect(ana.by_id("tour-over")).to_be_visible()
        assert len(await desk.creates()) == 4  # the last one ended with the day
        await sound(ana, DESKTOP, "tour")
        await host(desk, "policy", "set", "notional", "500000/2000000")
        await moved_by_hand(desk, ana)
        await seen_on_the_wire(ana)


async def on_a_phone(desk: Stage, browser: Browser) -> None:
    """In the dark, too."""
    async with visit(browser, place(desk, "ana"), PHONE, "dark") as ana:
        await ana.by_id("sidebar-open").click()
        await ana.page.get_by_role("button", name="Market").click()
        await expect(ana.by_id("sidebar")).to_be_hidden()
        await ana.by_id("market-quote", symbol="AAPL").locator("summary").click()
        await sound(ana, PHONE, "market")
        await ana.page.get_by_role("tab", name="Wire").click()
        await expect(ana.by_id("sequence")).to_be_visible()
        await sound(ana, PHONE, "wire")
        await ana.page.get_by_role("button", name="Close tools").click()
        await expect(ana.by_id("dock")).to_be_hidden()


async def moved_by_hand(desk: Stage, ana: Visitor) -> None:
    """A price moved in the panel is the broker's; an order is filled there, another refused, the market closed."""
    await ana.page.get_by_role("tab", name="Market").click()
    row = ana.by_id("market-quote", symbol="AAPL")
    await row.locator("summary").click()
    await row.get_by_label("New price of AAPL").fill("190")
    await row.get_by_role("button", name="Set").click()
    await expect(row).to_contain_text("189.98 / 190.02")
    await expect(row).to_contain_text("held")
    for words, presses, told in (
        ("150", ("Fill half of", "Fill"), "Filled: bought 2 AAPL"),
        ("151", ("Reject",), "Rejected"),
    ):
        card_ = await desk.preview("ana", f"order buy 2 AAPL @ {words}", f"Buy 2 AAPL, limit {words}")
        await desk.press("ana", card_, "order_confirm")
        for press in presses:
            await ana.page.get_by_role("button", name=f"{press} order").first.click()
        await desk.says("ana", told)
    await row.get_by_role("button", name="Halt AAPL").click()
    await expect(row).to_contain_text("halted")
    await row.get_by_role("button", name="Resume AAPL").click()
    await expect(row.get_by_role("button", name="Halt AAPL")).to_be_visible()
    await ana.page.get_by_role("button", name="Close the market").click()
    await expect(ana.by_id("market-bell")).to_have_text("Open the market")
    await ana.page.get_by_role("button", name="Open the market").click()
    await expect(ana.by_id("market-bell")).to_have_text("Close the market")
    await ana.page.get_by_role("button", name="Freeze all prices").click()
    await expect(ana.by_id("market").get_by_label("Trouble that stands")).to_contain_text("freeze")
    await ana.page.get_by_role("button", name="End all trouble").click()
    await expect(ana.by_id("market").get_by_label("Trouble that stands").locator("li")).to_have_count(0)


async def seen_on_the_wire(ana: Visitor) -> None:
    """The confirmation that was pressed twice is one create, from the press to the broker; no secret is shown."""
    await ana.page.get_by_role("tab", name="Wire").click()
    await ana.by_id("wire-one").filter(has_text="presses order_confirm").last.click()
    picture = ana.by_id("sequence")
    create = picture.get_by_role("button", name="POST /accounts/5WT00001/orders")
    await expect(picture.locator('[data-lane="person"]').first).to_be_visible()
    await expect(create.first).to_be_visible()
    await create.first.press("Enter")
    await create.first.press("ArrowDown")
    await expect(create.first).not_to_be_focused()
    await expect(ana.by_id("wire-one").filter(has_text="By itself: GET /accounts")).to_have_count(0)
    await expect(ana.by_id("wire-detail")).to_contain_text("external-identifier")
    for one in await ana.by_id("wire-one").filter(has_text="submits a window").all():
        await one.click()
        await expect(picture).to_be_visible()
    shown = await ana.page.evaluate("fetch('/_sim/wire').then(a => a.text())")
    shown += await ana.page.evaluate("fetch('/_sim/broker/wire').then(a => a.text())")
    grants = await ana.page.evaluate("fetch('/_sim/workspace').then(a => a.json()).then(w => w.grants)")
    assert grants
    assert not [
        value
        for grant in grants
        for value in (grant["provider_secret"], grant["refresh_token"])
        if value in shown
    ]


async def two_approve_at_once(desk: Stage, browser: Browser) -> None:
    """I31, F92: two windows, two approvers, one press each at the same moment; one order is sent."""
    await host(desk, "policy", "set", "notional", "5000/1000000")
    await desk.command("ana", "order buy 100 AAPL @ 190.10")
    asked = await desk.until("ana", lambda m: "Buy 100 AAPL" in str(m) and has_action(m, "order_ask"))
    await desk.press("ana", asked, "order_ask")
    view = await desk.view("ana")
    state = {"approval_field": {"said": "two at once"}}
    await desk.sim("/_sim/submit", {"user": "ana", "view_id": view["id"], "state": state})
    before = len(await desk.creates())
    async with visit(browser, place(desk, "ana"), DESKTOP) as ana:
        both = await ana.page.context.new_page()
        await both.goto(f"{desk.slack.info['page_url']}split#ben/cara")
        windows = [both.frame_locator(f'[data-user="{name}"]') for name in ("ben", "cara")]
        for window in windows:
            card_ = window.locator('[data-testid="message"]').filter(has_text="two at once").last
            await card_.locator('[data-action-id="approval_approve"]').click()
        for window in windows:
            agree = window.locator('[data-testid="confirm-ok"]')
            await agree.evaluate("button => setTimeout(() => button.click(), 50)")
        for window in windows:
            await expect(
                window.locator('[data-testid="message"]').filter(has_text="two at once").last
            ).to_contain_text("Approved:")
    await desk.says("ana", "Filled: bought 100 AAPL")
    assert len(await desk.creates()) == before + 1
