"""A new trader at the page, with the real bot behind it: link, quote, order, confirm, fill, alert.

Judged by the broker's ledger and by what a person sees, at both widths.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from tests.browser import DESKTOP, PHONE, Visitor, chromium, visit
from tests.e2e.stage import Stage, stage

pytestmark = [pytest.mark.page, pytest.mark.asyncio(loop_scope="module")]
WIDTHS = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("page")) as opened:
        yield opened


def place(desk: Stage, user: str, room: str = "") -> str:
    """The address of the page as this person, in this channel or in the bot's messages."""
    info = desk.slack.info
    person = next(u["id"] for u in info["users"] if u["name"] == user)
    where = f"/{next(c['id'] for c in info['channels'] if c['name'] == room)}" if room else ""
    return f"{info['page_url']}#/{person}{where}"


async def sound(visitor: Visitor, size: tuple[int, int], where: str) -> None:
    """Nothing reaches out sideways, is too faint, or too small for a thumb."""
    assert await visitor.overflow() == [], where
    assert await visitor.faint_text() == [], where
    if size == PHONE:
        assert await visitor.small_targets() == [], where


def card(visitor: Visitor, words: str) -> Locator:
    return visitor.by_id("message").filter(has_text=words).last


async def link(desk: Stage, trader: Visitor, size: tuple[int, int], customer: int) -> None:
    """By the form: a wrong token is named and keeps nothing, the right one links."""
    await trader.say("/senex connect")
    modal = trader.by_id("modal")
    await expect(modal).to_be_visible()
    person = desk.broker.info["users"][customer]
    await trader.action("client_secret").fill(person["provider_secret"])
    await trader.action("refresh_token").fill("wrong")
    await trader.by_id("modal-submit").click()
    await expect(trader.by_id("input-error")).to_contain_text("refresh token")
    await sound(trader, size, "form with an error")
    await trader.action("refresh_token").fill(person["refresh_token"])
    await trader.by_id("modal-submit").click()
    await expect(modal).to_have_count(0)
    await expect(card(trader, "PRACTICE · Linked: ")).to_be_visible()


@pytest.mark.parametrize(
    ("size", "user", "customer"), [(DESKTOP, "ana", 0), (PHONE, "ben", 1)], ids=["desktop", "phone"]
)
async def test_the_whole_journey(
    desk: Stage, browser: Browser, size: tuple[int, int], user: str, customer: int
) -> None:
    """I4: exactly one create for a confirmation pressed twice; I35: figures for the owner's eyes only."""
    await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
    before = len(await desk.creates())
    async with visit(browser, place(desk, user), size) as ana:
        await link(desk, ana, size, customer)
        for said, words in (
            ("/quote AAPL ZZZQ", "187.44 bid / 187.50 ask"),
            ("/balances", "net liq"),
            ("/positions", "positions, "),
            ("/senex accounts", " linked"),
            ("/senex quoet SPY", "is no word I know"),
            ("/senex help all", "What you can say"),
        ):
            await ana.say(said)
            await expect(card(ana, words)).to_be_visible()
        await sound(ana, size, "answers")
        await ana.say("/order buy 100 AAPL @ 187.49")
        await expect(card(ana, "PRACTICE · Buy 100 AAPL, limit 187.49")).to_be_visible()
        await sound(ana, size, "preview")
        await ana.action("order_step_up").click()
        await expect(card(ana, "PRACTICE · Buy 100 AAPL, limit 187.50")).to_be_visible()
        confirm = ana.action("order_confirm")
        if size == PHONE:
            await confirm.evaluate("button => { button.click(); button.click(); }")
        else:
            await confirm.dblclick()
        await expect(card(ana, "PRACTICE · Filled: bought 100 AAPL at 187.50").first).to_be_visible()
        await sound(ana, size, "filled")
        assert len(await desk.creates()) == before + 1
        await ana.by_id("thread-open").last.click()
        await expect(ana.by_id("thread")).to_contain_text("Confirmed")
        await sound(ana, size, "thread")
    await alert_in_the_channel(desk, browser, size, user)


async def alert_in_the_channel(desk: Stage, browser: Browser, size: tuple[int, int], user: str) -> None:
    """Set by one, only their own eyes see that; fired for all in the room, once."""
    async with (
        visit(browser, place(desk, user, "trading"), size) as setter,
        visit(browser, place(desk, "cara", "trading"), size) as reader,
    ):
        level = 200 if size == DESKTOP else 210
        await setter.say(f"/alert AAPL > {level}")
        await expect(card(setter, f"Watching: AAPL last above {level}.00")).to_be_visible()
        await desk.sim(
            "/_sim/quote", {"symbol": "AAPL", "bid": f"{level}.40", "ask": f"{level}.60"}, side="broker"
        )
        fired = f"AAPL {level}.50, over {level}"
        for visitor in (setter, reader):
            await expect(card(visitor, fired)).to_be_visible()
        await expect(reader.by_id("message").filter(has_text=fired)).to_have_count(1)
        await expect(reader.by_id("message").filter(has_text="Watching")).to_have_count(0)
        await expect(card(reader, fired)).to_contain_text(f"@{user.capitalize()}")
        await sound(reader, size, "alert")


@WIDTHS
async def test_two_windows_of_one_person_confirm_once(
    desk: Stage, browser: Browser, size: tuple[int, int]
) -> None:
    """I4, I32: the same card pressed in two windows is sent once; cancelled from the list, read back."""
    before = len(await desk.creates())
    quantity = 3 if size == DESKTOP else 4
    await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
    async with (
        visit(browser, place(desk, "ana"), size) as one,
        visit(browser, place(desk, "ana"), size) as two,
    ):
        await one.say(f"/order buy {quantity} AAPL @ 150")
        for window in (one, two):
            await expect(window.action("order_confirm")).to_be_visible()
        for window in (one, two):
            await window.action("order_confirm").evaluate("button => setTimeout(() => button.click(), 50)")
        for window in (one, two):
            await expect(card(window, f"PRACTICE · Working: buy {quantity} AAPL")).to_be_visible()
        assert len(await desk.creates()) == before + 1
        await one.say("/orders")
        its = f"buy {quantity} AAPL"
        listed = one.by_id("message").filter(has_text="1 open").filter(has_text=its)
        await expect(listed).to_be_visible()
        await sound(one, size, "orders")
        await listed.locator('[data-action-id="order_cancel"]').click()
        await expect(
            one.by_id("message").filter(has_text="Read back from the broker").filter(has_text=its)
        ).to_be_visible()
        await expect(card(two, f"PRACTICE · Cancelled, nothing filled: buy {quantity} AAPL")).to_be_visible()
        await sound(one, size, "cancelled")
    assert len(await desk.creates()) == before + 1
    assert not [order for order in await desk.orders() if order["status"] == "Live"]


@WIDTHS
async def test_an_order_is_typed_into_the_ticket(
    desk: Stage, browser: Browser, size: tuple[int, int]
) -> None:
    """Suggested, chosen, typed letter by letter, read anew while one types; previewed, edited, sent once (I4)."""
    await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
    before = len(await desk.creates())
    async with visit(browser, place(desk, "ana"), size) as ana:
        await ana.say("/order")
        modal, page = ana.by_id("modal"), ana.page
        side = modal.get_by_role("radiogroup", name="Side")
        await expect(modal).to_contain_text("Choose a symbol and a quantity")
        symbol = ana.action("ticket_symbol")
        await expect(page.get_by_role("listbox")).to_have_count(0)  # what stands below stays in sight
        await symbol.press_sequentially("aap")
        await page.get_by_role("option", name="AAPL").click()
        await expect(modal).to_contain_text("187.44 bid / 187.50 ask")
        await expect(page.get_by_role("listbox")).to_have_count(0)
        await side.get_by_label("Sell").check()
        await modal.get_by_label("Quantity").press_sequentially("12")
        await modal.get_by_label("Price").press_sequentially("190.505")
        await expect(modal).to_contain_text("nearest")
        await modal.get_by_label("Price").press("Backspace")
        await expect(modal).to_contain_text("PRACTICE · Sell 12 AAPL, limit 190.50, today")
        assert await side.get_by_role("radio").evaluate_all("all => all.map(one => one.checked)") == [
            False,
            True,
        ]
        await sound(ana, size, "ticket")
        await modal.get_by_label("Quantity").fill("many")
        await ana.by_id("modal-submit").click()
        await expect(ana.by_id("input-error")).to_contain_text("many")
        await sound(ana, size, "ticket with an error")
        await modal.get_by_label("Quantity").fill("12")
        await ana.by_id("modal-submit").click()
        await expect(modal).to_have_count(0)
        await expect(card(ana, "PRACTICE · Sell 12 AAPL, limit 190.50")).to_be_visible()
        await ana.action("ticket_open").click()
        await expect(modal.get_by_label("Quantity")).to_have_value("12")
        await modal.get_by_label("Quantity").fill("11")
        await ana.by_id("modal-submit").click()
        await expect(card(ana, "PRACTICE · Sell 11 AAPL, limit 190.50")).to_be_visible()
        await expect(page.locator('[data-action-id="order_confirm"]')).to_have_count(
            1
        )  # the edited one is over
        await ana.action("order_confirm").click()
        await expect(card(ana, "PRACTICE · Working: sell 11 AAPL")).to_be_visible()
        await ana.action("order_cancel").click()
        await expect(card(ana, "PRACTICE · Cancelled, nothing filled: sell 11 AAPL")).to_be_visible()
    assert [leg["quantity"] for one in (await desk.creates())[before:] for leg in one["body"]["legs"]] == [11]
