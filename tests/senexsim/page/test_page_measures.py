"""The page measured at both widths and in both colour schemes: nothing too wide, too small or too faint."""

import pytest
from page_desk import Desk
from playwright.async_api import expect

from tests.browser import DESKTOP, PHONE, Visitor

pytestmark = [pytest.mark.page, pytest.mark.asyncio(loop_scope="session")]

WAYS = pytest.mark.parametrize("scheme", ["light", "dark"])
WIDTHS = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


async def sound(visitor: Visitor, size: tuple[int, int], where: str) -> None:
    assert await visitor.overflow() == [], where
    assert await visitor.faint_text() == [], where
    if size == PHONE:
        assert await visitor.small_targets() == [], where


@WAYS
@WIDTHS
async def test_every_surface_is_sound(desk: Desk, size: tuple[int, int], scheme: str) -> None:
    async with desk.visit(size, scheme) as ana:
        await expect(ana.by_id("suggestion").first).to_be_visible()
        await sound(ana, size, "empty conversation")
        await ana.by_id("composer-field").fill("/")
        await expect(ana.by_id("completion")).to_be_visible()
        await sound(ana, size, "completion")
        await ana.page.keyboard.press("Escape")
        for command in (
            "/gallery",
            "/whisper " + "long" * 60,
            "/card buy 100 AAPL, limit 187.50",
            "/nonsense",
        ):
            before = await ana.by_id("message").count()
            await ana.say(command)
            await expect(ana.by_id("message")).to_have_count(before + 1)
        await sound(ana, size, "messages")
        await ana.action("ask").click()
        await sound(ana, size, "confirmation")
        await ana.page.keyboard.press("Escape")
        await ana.by_id("message-menu").last.click()
        await sound(ana, size, "message menu")
        await ana.page.keyboard.press("Escape")
        await people_and_grants(ana, size)
        await windows(ana, size)
        await ana.by_id("tab-home").click()
        await expect(ana.by_id("home")).to_contain_text("Net liquidation")
        await sound(ana, size, "home")


async def people_and_grants(ana: Visitor, size: tuple[int, int]) -> None:
    if size == PHONE:
        await ana.by_id("sidebar-open").tap()
    await ana.by_id("person").click()
    await expect(ana.by_id("person-menu")).to_be_visible()
    await sound(ana, size, "people")
    await ana.page.keyboard.press("Escape")
    await ana.by_id("grants-open").click()
    await sound(ana, size, "grants")
    await ana.by_id("grants-close").click()
    if size == PHONE:
        await ana.page.keyboard.press("Escape")
        await expect(ana.by_id("sidebar")).to_be_hidden()


async def windows(ana: Visitor, size: tuple[int, int]) -> None:
    await ana.say("/form")
    await expect(ana.by_id("modal")).to_be_visible()
    await ana.by_id("modal-submit").click()
    await expect(ana.by_id("input-error").first).to_be_visible()
    await sound(ana, size, "window with errors")
    await ana.action("legs").click()
    await ana.page.get_by_role("option", name="Put").click()
    await ana.by_id("grant-strip").locator("summary").click()
    await sound(ana, size, "window with a choice and the grants")
    await ana.by_id("modal-x").click()
    await expect(ana.by_id("modal")).to_have_count(0)


@WIDTHS
async def test_the_longest_of_everything_fits(desk: Desk, size: tuple[int, int]) -> None:
    async with desk.visit(size) as ana:
        await ana.say("/extremes")
        await expect(ana.action("long")).to_be_visible()
        wide_table = await ana.page.locator(".table-frame").evaluate(
            "frame => frame.scrollWidth > frame.clientWidth"
        )
        assert wide_table, "twelve columns scroll inside their own frame"
        await ana.page.locator(".table-frame").evaluate("frame => frame.remove()")
        await sound(ana, size, "extremes")


@WIDTHS
async def test_a_thread_is_sound(desk: Desk, size: tuple[int, int]) -> None:
    async with desk.visit(size) as ana:
        await ana.say("/card buy 100 AAPL")
        await ana.action("go").click()
        await ana.by_id("thread-open").click()
        await expect(ana.by_id("thread")).to_contain_text("Sent 10:41:02")
        await sound(ana, size, "thread")


async def test_the_measures_find_what_is_wrong(desk: Desk) -> None:
    """The measures themselves: a wide box, a small button and faint words are reported."""
    async with desk.visit(PHONE) as ana:
        await expect(ana.by_id("room-title")).to_be_visible()
        await ana.page.evaluate(
            """() => {
              const bad = document.createElement('button');
              bad.textContent = 'bad';
              bad.style.cssText = 'position:fixed;top:0;left:380px;width:30px;height:30px;color:#999;background:#fff';
              document.body.append(bad);
            }"""
        )
        assert len(await ana.overflow()) == 1
        assert len(await ana.small_targets()) == 1
        assert len(await ana.faint_text()) == 1
