"""A person at the page with a real Bolt app behind it: commands, cards, windows, threads, people."""

import asyncio
import base64
from collections.abc import Callable

import pytest
from page_app import HOSTILE
from page_desk import Desk
from playwright.async_api import Browser, expect

from senexsim.slack import SlackSim
from tests.browser import PHONE, Visitor, visit

pytestmark = [pytest.mark.page, pytest.mark.asyncio(loop_scope="session")]


DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def until(ready: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not ready():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("size", [(1280, 800), PHONE], ids=["desktop", "phone"])
async def test_tap_opens_the_window_and_its_answer_is_seen(desk: Desk, size: tuple[int, int]) -> None:
    async with desk.visit(size) as ana:
        await ana.say("/form")
        modal = ana.by_id("modal")
        await expect(modal).to_be_visible()
        await ana.action("symbol").fill("AAPL")
        await ana.action("count").fill("100")
        await ana.action("side").select_option("buy")
        await modal.get_by_label("Trade").check()
        submit = ana.by_id("modal-submit")
        await (submit.tap() if size == PHONE else submit.click())
        await expect(modal).to_have_count(0)
        await expect(ana.by_id("message").last).to_contain_text("Preview: buy 100 AAPL")
    values = desk.app.submitted[-1]
    assert values["rights"]["rights"]["selected_options"][0]["value"] == "trade"
    assert values["secret"]["secret"]["value"] is None


async def test_errors_stand_under_their_fields_and_what_was_typed_stays(desk: Desk) -> None:
    async with desk.visit() as ana:
        await ana.say("/form")
        await ana.action("symbol").fill("ZZZ")
        await ana.by_id("modal-submit").click()
        await expect(
            ana.page.locator('.block-input[data-block-id="count"] [data-testid="input-error"]')
        ).to_be_visible()
        await expect(ana.action("symbol")).to_have_value("ZZZ")
        await ana.action("count").fill("1")
        await ana.action("side").select_option("sell")
        await ana.by_id("modal").get_by_label("Read").check()
        await ana.page.keyboard.press("Tab")
        await ana.by_id("modal-submit").click()
        await expect(ana.by_id("input-error")).to_have_text(["ZZZ is not a symbol"])
        await expect(ana.action("symbol")).to_be_focused()
        await expect(ana.action("side")).to_have_value("sell")


async def test_external_choices_are_kept_over_queries(desk: Desk) -> None:
    async with desk.visit() as ana:
        await ana.say("/form")
        await ana.action("symbol").fill("AAPL")
        await ana.action("count").fill("1")
        await ana.action("side").select_option("buy")
        await ana.by_id("modal").get_by_label("Read").check()
        await expect(ana.action("hedge")).to_have_value("SPY")
        await ana.action("hedge").click()
        for typed in ("q", "r"):
            await ana.action("watch").fill(typed)
            await ana.page.get_by_role("option", name=f"{typed.upper()}X").click()
        await expect(ana.by_id("modal").locator(".chip")).to_have_text(["QX", "RX"])
        await ana.by_id("modal-submit").click()
        await expect(ana.by_id("modal")).to_have_count(0)
    values = desk.app.submitted[-1]
    assert values["hedge"]["hedge"]["selected_option"]["value"] == "SPY"
    assert [one["value"] for one in values["watch"]["watch"]["selected_options"]] == ["QX", "RX"]


@pytest.mark.parametrize("size", [(1280, 800), PHONE], ids=["desktop", "phone"])
async def test_suggestions_do_not_cover_the_error_of_their_field(desk: Desk, size: tuple[int, int]) -> None:
    async with desk.visit(size) as ana:
        await ana.say("/form")
        await ana.action("symbol").fill("AAPL")
        await ana.action("count").fill("1")
        await ana.action("side").select_option("buy")
        await ana.by_id("modal").get_by_label("Read").check()
        await ana.action("hedge").fill("zzz")
        await ana.page.get_by_role("option", name="ZZZX").click()
        await ana.by_id("modal-submit").click()
        error = ana.by_id("input-error")
        await expect(error).to_have_text("Nothing is listed as ZZZX")
        await expect(ana.action("hedge")).to_be_focused()
        await expect(ana.page.get_by_role("listbox")).to_have_count(0)
        await ana.action("hedge").fill("q")
        await expect(ana.page.locator(".list-item").first).to_be_visible()
        words, box = await error.bounding_box(), await ana.page.locator(".listbox").bounding_box()
        assert words is not None
        assert box is not None
        apart = box["y"] >= words["y"] + words["height"] or box["y"] + box["height"] <= words["y"]
        assert apart, (words, box)
        await ana.action("hedge").fill("spy")
        await ana.page.get_by_role("option", name="SPYX").click()
        await ana.by_id("modal-submit").click()
        await expect(ana.by_id("modal")).to_have_count(0)


async def test_what_is_typed_travels_with_a_press_in_the_same_window(desk: Desk) -> None:
    async with desk.visit() as ana:
        await ana.say("/form")
        await ana.action("symbol").fill("SPY")
        await ana.action("fill").click()
        await until(lambda: bool(desk.app.pressed))
    assert desk.app.pressed[0]["view"]["state"]["values"]["symbol"]["symbol"]["value"] == "SPY"


async def test_windows_stack_and_escape_closes_the_top_one(desk: Desk) -> None:
    async with desk.visit() as ana:
        await ana.say("/form")
        await ana.action("symbol").fill("SPY")
        await ana.action("push").click()
        title = ana.by_id("modal").locator(".dialog-title")
        await expect(title).to_have_text("Second")
        await ana.page.keyboard.press("Escape")
        await expect(title).to_have_text("Order ticket")
        await expect(ana.action("symbol")).to_have_value("SPY")
        await ana.by_id("modal-x").click()
        await expect(ana.by_id("modal")).to_have_count(0)


async def test_a_double_click_sends_two_clicks(desk: Desk) -> None:
    """Slack does not hold a second press back, so the app has to live with it."""
    async with desk.visit() as ana:
        await ana.say("/card buy 100 AAPL")
        await ana.action("down").dblclick()
        await until(lambda: len(desk.app.pressed) >= 2)
    assert [body["actions"][0]["action_id"] for body in desk.app.pressed] == ["down", "down"]


async def test_an_edit_replaces_the_card_in_place_and_the_thread_has_the_story(desk: Desk) -> None:
    async with desk.visit() as ana:
        await ana.say("/card buy 100 AAPL")
        await ana.action("go").click()
        card = ana.by_id("message").filter(has_text="PRACTICE · Sent")
        await expect(card).to_contain_text("(edited)")
        await expect(ana.action("go")).to_have_count(0)
        await card.locator('[data-testid="thread-open"]').click()
        thread = ana.by_id("thread")
        await expect(thread.locator('[data-testid="message"]').last).to_contain_text("Sent 10:41:02")
        await thread.locator('[data-testid="thread-composer-field"]').fill("well done")
        await thread.locator('[data-testid="thread-composer-send"]').click()
        await expect(thread).to_contain_text("well done")
        await ana.page.keyboard.press("Escape")
        await expect(thread).to_be_hidden()
        await expect(ana.by_id("room")).not_to_contain_text("well done")


async def test_a_confirmation_is_asked_first(desk: Desk) -> None:
    async with desk.visit() as ana:
        await ana.say("/card x")
        await ana.action("ask").click()
        await expect(ana.by_id("confirm")).to_contain_text("Buy 100 AAPL at 187.50")
        await ana.page.keyboard.press("Escape")
        await expect(ana.by_id("confirm")).to_have_count(0)
        assert desk.app.pressed == []
        await ana.action("ask").click()
        await ana.by_id("confirm-ok").click()
        await until(lambda: len(desk.app.pressed) == 1)


async def test_a_press_nobody_answers_says_so(desk: Desk) -> None:
    """F48: an app that does not acknowledge within 3 s is shown as the failure it is."""
    async with desk.visit() as ana:
        await ana.say("/card x")
        await ana.action("silent").click()
        await expect(ana.action("silent")).to_have_attribute("aria-busy", "true")
        await expect(ana.by_id("message-problem").filter(has_text="operation_timeout")).to_be_visible()


async def test_a_command_nobody_answers_and_one_nobody_has(desk: Desk) -> None:
    async with desk.visit() as ana:
        await ana.say("/silent")
        note = ana.by_id("message", ephemeral="true")
        await expect(note).to_contain_text("failed with the error")
        await expect(note).to_contain_text("Only visible to you")
        await note.get_by_role("button", name="Dismiss").click()
        await expect(note).to_have_count(0)
        await ana.say("/nonsense")
        await expect(note).to_contain_text("is not a valid command")
        await expect(note).to_have_count(1)


async def test_an_ephemeral_is_for_one_person(desk: Desk) -> None:
    trading = desk.room("trading")
    async with (
        desk.visit(place=f"#/{desk.user('ana')}/{trading}") as ana,
        desk.visit(place=f"#/{desk.user('ben')}/{trading}") as ben,
    ):
        await ana.say("/whisper hello")
        await expect(ana.by_id("message").last).to_contain_text("psst: hello")
        await ana.say("good morning")
        await expect(ben.by_id("message").last).to_contain_text("good morning")
        await expect(ben.by_id("message").filter(has_text="psst")).to_have_count(0)


async def test_hostile_text_is_shown_as_text(desk: Desk) -> None:
    """I77: nobody's words become markup, and a typed `<!channel>` mentions nobody."""
    async with desk.visit(place=f"#/{desk.user('ana')}/{desk.room('trading')}") as ana:
        for words in (HOSTILE, "<!channel> <@U1|x>", "*bold* &lt;b&gt;"):
            await ana.say(words)
            await expect(ana.by_id("message").last).to_contain_text(words.replace("*", ""))
        await desk.app.client.chat_postMessage(channel=desk.room("trading"), text=HOSTILE)
        await expect(ana.by_id("message").last).to_contain_text('<img src=x onerror="window.hurt=1">')
        await ana.say("/gallery")
        await expect(ana.page.locator(".block-rich-text")).to_contain_text(HOSTILE)
        assert await ana.page.evaluate("window.hurt") is None
        assert (
            await ana.page.locator(".list img, .list script, .mention-loud")
            .filter(has_not_text="@here")
            .count()
            == 0
        )


async def test_people_change_and_each_keeps_place_and_draft(desk: Desk) -> None:
    async with desk.visit() as page:
        await page.by_id("channel", channel=desk.room("trading")).click()
        await page.by_id("composer-field").fill("half a thought")
        await page.by_id("person").click()
        await page.by_id("person-choice", name="ben").click()
        await expect(page.by_id("room-title")).to_have_text("senex")
        await page.say("hello there")
        await expect(page.by_id("message").last).to_contain_text("You said: hello there")
        await page.by_id("person").click()
        await page.by_id("person-choice", name="ana").click()
        await expect(page.by_id("room-title")).to_have_text("trading")
        await expect(page.by_id("composer-field")).to_have_value("half a thought")
        await page.page.reload()
        await expect(page.by_id("room-title")).to_have_text("trading")


async def test_unread_badges_come_and_go(desk: Desk) -> None:
    async with desk.visit() as ana:
        await expect(ana.by_id("room-title")).to_have_text("senex")
        for words in ("one", "two"):
            await desk.app.client.chat_postMessage(channel=desk.room("trading"), text=words)
        entry = ana.by_id("channel", channel=desk.room("trading"))
        await expect(entry.locator('[data-testid="unread"]')).to_have_text("2 unread")
        await entry.click()
        await expect(ana.by_id("message").last).to_contain_text("two")
        await expect(ana.by_id("unread")).to_have_count(0)


async def test_an_uploaded_picture_is_shown_and_a_foreign_one_is_not_fetched(desk: Desk) -> None:
    """Nothing beyond loopback is ever asked for."""
    async with desk.visit(place=f"#/{desk.user('ana')}/{desk.room('trading')}") as ana:
        asked: list[str] = []
        ana.page.on("request", lambda request: asked.append(request.url))
        await desk.app.client.files_upload_v2(
            channel=desk.room("trading"), content=DOT, filename="day.png", title="Day P&L"
        )
        picture = ana.page.get_by_role("img", name="Day P&L")
        await expect(picture).to_be_visible()
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
        await ana.say("/gallery")
        await expect(ana.page.get_by_role("img", name="Day chart")).to_be_visible()
    assert asked != []
    assert [url for url in asked if not url.startswith(desk.url)] == []


async def test_completion_by_keyboard(desk: Desk) -> None:
    async with desk.visit() as ana:
        field = ana.by_id("composer-field")
        await field.press_sequentially("/")
        await expect(ana.by_id("completion-item")).to_have_count(6)
        await field.press("ArrowDown")
        await field.press("Enter")
        await expect(field).to_have_value("/card ")
        await expect(ana.by_id("composer-hint")).to_have_text("/card buy 100 AAPL @ 187.50 [gtc]")
        await field.fill("")
        await field.press_sequentially("/whi")
        await field.press("Tab")
        await field.press_sequentially("hey")
        await field.press("Shift+Enter")
        await expect(field).to_have_value("/whisper hey\n")
        await field.press("Enter")
        await expect(ana.by_id("message").last).to_contain_text("psst: hey")
        await field.press("ArrowUp")
        await expect(field).to_have_value("/whisper hey")
        await field.fill("/")
        await field.press("Escape")
        await expect(ana.by_id("completion")).to_have_count(0)


async def test_lists_and_menus_work_by_touch(desk: Desk) -> None:
    async with desk.visit(PHONE) as ana:
        await ana.by_id("composer-field").tap()
        await ana.page.keyboard.type("/ga")
        await ana.by_id("completion-item").tap()
        await expect(ana.by_id("composer-field")).to_have_value("/gallery ")
        await ana.by_id("composer-send").first.tap()
        await ana.action("symbol").tap()
        await ana.page.keyboard.type("q")
        await ana.page.get_by_role("option", name="QY").tap()
        await ana.action("more").tap()
        await ana.page.get_by_role("menuitem", name="Story").tap()
        await ana.page.get_by_label("Delta").tap()
        await until(lambda: len(desk.app.pressed) == 3)
        await ana.by_id("sidebar-open").tap()
        await ana.by_id("channel", channel=desk.room("trading")).tap()
        await expect(ana.by_id("room-title")).to_have_text("trading")
        await expect(ana.by_id("sidebar")).to_be_hidden()
    assert desk.app.pressed[0]["actions"][0]["selected_option"]["value"] == "QY"


async def test_every_stateful_control_sends_what_was_chosen(desk: Desk) -> None:
    async with desk.visit() as ana:
        await ana.say("/gallery")
        await ana.action("side").select_option("sell")
        await ana.action("symbol").fill("q")
        await ana.page.get_by_role("option", name="QX").click()
        await ana.action("day").fill("2027-01-15")
        await ana.action("approver").select_option(desk.user("ben"))
        await ana.page.get_by_label("Credit").check()
        await ana.page.get_by_label("1", exact=True).check()
        await ana.action("more").click()
        await ana.page.get_by_role("menuitem", name="Close").click()
        await until(lambda: len(desk.app.pressed) == 7)
    told = {one["action_id"]: one for body in desk.app.pressed for one in body["actions"]}
    assert told["side"]["selected_option"]["value"] == "sell"
    assert told["symbol"]["selected_option"]["value"] == "QX"
    assert told["day"]["selected_date"] == "2027-01-15"
    assert told["approver"]["selected_user"] == desk.user("ben")
    assert [one["value"] for one in told["checks"]["selected_options"]] == ["credit"]
    assert told["radios"]["selected_option"]["value"] == "1"
    assert told["more"]["selected_option"]["value"] == "close"


async def test_home_tab_and_global_shortcut(desk: Desk) -> None:
    async with desk.visit() as ana:
        await ana.by_id("tab-home").click()
        await expect(ana.by_id("home")).to_contain_text("Net liquidation")
        await ana.action("refresh").click()
        await until(lambda: bool(desk.app.pressed))
        await ana.by_id("tab-messages").click()
        await ana.by_id("shortcuts").click()
        await ana.page.get_by_role("menuitem", name="New order").click()
        await expect(ana.by_id("modal")).to_contain_text("Order ticket")


async def test_grants_are_shown_and_copied(desk: Desk) -> None:
    async with desk.visit() as ana:
        await ana.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await ana.by_id("grants-open").click()
        panel = ana.by_id("grants")
        await expect(panel).to_contain_text("Practice grant for Ana Trader")
        await panel.get_by_role("button", name="Copy refresh token").first.click()
        copied = await ana.page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("eyJhbGciOiJSUzI1NiJ9.")
        await ana.page.keyboard.press("Escape")
        await expect(panel).to_have_count(0)


async def test_a_break_is_told_and_what_was_missed_is_fetched(desk: Desk) -> None:
    async with desk.visit() as ana:
        await expect(ana.by_id("room-title")).to_have_text("senex")
        ana.breaks_connection = True
        await ana.page.route("**/_sim/updates?*", lambda route: route.abort())
        await desk.app.client.chat_postMessage(channel=desk.user("ana"), text="ends the poll that is held")
        await expect(ana.by_id("connection")).to_be_visible()
        await desk.app.client.chat_postMessage(channel=desk.user("ana"), text="said meanwhile")
        await ana.page.unroute("**/_sim/updates?*")
        await expect(ana.by_id("message").last).to_contain_text("said meanwhile")
        await expect(ana.by_id("connection")).to_be_hidden()


async def test_a_new_workspace_at_the_same_address_is_noticed(browser: Browser) -> None:
    async with SlackSim() as old:
        url = str(old.info["page_url"])
        port = int(url.rstrip("/").rpartition(":")[2])
        async with visit(browser, url) as ana:
            await ana.say("before")
            await expect(ana.by_id("message").last).to_contain_text("before")
            ana.breaks_connection = True
            await old.stop()
            await expect(ana.by_id("connection")).to_be_visible()
            async with SlackSim(port=port):
                await expect(ana.by_id("connection")).to_be_hidden()
                await ana.say("after")
                await expect(ana.by_id("message")).to_have_count(1)
                await expect(ana.by_id("message")).to_contain_text("after")


async def test_a_permalink_leads_to_its_message(desk: Desk) -> None:
    async with desk.visit(place=f"#/{desk.user('ana')}/{desk.room('trading')}") as ana:
        posted = await desk.app.client.chat_postMessage(channel=desk.user("ana"), text="the card")
        link = await desk.app.client.chat_getPermalink(channel=posted["channel"], message_ts=posted["ts"])
        await desk.app.client.chat_postMessage(
            channel=desk.room("trading"), text=f"Continued in <{link['permalink']}|your messages>"
        )
        await ana.page.get_by_role("link", name="your messages").click()
        await expect(ana.by_id("room-title")).to_have_text("senex")
        await expect(ana.page.locator(".message.is-target")).to_contain_text("the card")


async def _seen_by_keyboard(ana: Visitor) -> str:
    return await ana.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")


async def test_focus_is_visible_and_stays_inside_a_window(desk: Desk) -> None:
    async with desk.visit() as ana:
        await ana.say("/form")
        await expect(ana.by_id("modal")).to_be_visible()
        for _ in range(20):
            await ana.page.keyboard.press("Tab")
            inside = await ana.page.evaluate("document.activeElement.closest('[data-testid=modal]') !== null")
            assert inside
            mark = await ana.page.evaluate("document.activeElement.matches('.choice-input')")
            assert mark or await _seen_by_keyboard(ana) != "none"
