"""Each line of the bot's table, said by a person (issue: the main job, item 4)."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.stage import PATIENCE, Json, Stage, has_action, monthly, shown, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    port = str(free_port())
    more = {"SENEXBOT_CONFIRM_SECONDS": "5", "SENEXBOT_HEALTH_PORT": port}
    async with stage(tmp_path_factory.mktemp("verbs"), **more) as opened:
        await opened.command("cara", "balances")
        await opened.says("cara", "No tastytrade account is linked")
        await opened.connect("ana")
        await opened.connect("cara", customer=2)
        await opened.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
        yield opened


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def told(desk: Stage, outcome: str, reason: str) -> int:
    """How many alerts the metrics count that way."""
    async with desk.http.get(
        f"http://127.0.0.1:{desk.bot.environment['SENEXBOT_HEALTH_PORT']}/metrics"
    ) as answer:
        lines = (await answer.text()).splitlines()
    name = f'senexbot_alerts_total{{outcome="{outcome}",reason="{reason}"}} '
    return sum(int(float(line.removeprefix(name))) for line in lines if line.startswith(name))


async def pinned(desk: Stage, symbol: str, bid: str, ask: str) -> None:
    await desk.sim("/_sim/quote", {"symbol": symbol, "bid": bid, "ask": ask}, side="broker")


async def fresh(desk: Stage, user: str, words: str, text: str, **more: str) -> Json:
    """The answer that is not older than the command."""
    channel = more.get("channel", "@bot")
    before = {m["ts"]: m["seq"] for m in await desk.messages(user, channel)}
    await desk.command(user, text, **more)
    return await desk.until(
        user,
        lambda m: words in shown(m) and m["seq"] > before.get(m["ts"], -1),
        channel=channel,
    )


def value_of(message: Json, action: str) -> str:
    return next(
        e["value"]
        for b in message["blocks"]
        for e in (*b.get("elements", []), *([b["accessory"]] if b.get("accessory") else []))
        if e.get("action_id", "").split("#")[0] == action
    )


async def test_accounts_are_masked_and_the_default_is_chosen_by_button(desk: Stage) -> None:
    listed = await fresh(desk, "ana", "2 accounts linked", "accounts")
    assert "5WT" not in shown(listed)
    await desk.press("ana", listed, "link_default", value=value_of(listed, "link_default"))
    moved = await desk.until(
        "ana", lambda m: "Retirement" in shown(m) and "…0002" in shown(m) and m["seq"] > listed["seq"]
    )
    assert "…0002 Roth IRA, Cash, Retirement · default" in shown(moved)
    await desk.press("ana", moved, "link_default", value=value_of(moved, "link_default"))
    await desk.until("ana", lambda m: "Main · default" in shown(m) and m["seq"] > moved["seq"])


async def test_an_empty_account_says_so_and_offers_the_next_step(desk: Stage) -> None:
    empty = await fresh(desk, "cara", "No positions", "positions")
    assert "/quote" in shown(empty)


async def test_quotes_name_the_unknown_and_answer_the_rest(desk: Stage) -> None:
    answer = await fresh(
        desk,
        "ana",
        "Not known",
        f"AAPL ZZZQ SPY {monthly():%d%b%y} 590p",
        command="/quote",
        channel="trading",
    )
    said = shown(answer)
    assert "187.47" in said
    assert f"SPY {monthly():%-d %b %y} 590 put" in said
    assert "bid" in said
    assert "ask" in said
    assert "old" in said
    occ = await fresh(desk, "ana", "590 put", f"SPY   {monthly():%y%m%d}P00590000", command="/quote")
    assert "590 put" in shown(occ)


async def test_disconnect_asks_and_only_its_button_erases(desk: Stage) -> None:
    """I27: the text changes nothing; the card names what hangs on the link, the press erases it once."""
    await desk.connect("ben", customer=1)
    await fresh(desk, "ben", "Watching", "AAPL > 900", command="/alert")
    asked = await fresh(desk, "ben", "Nothing is erased yet", "disconnect")
    said = shown(asked)
    assert "…" in said
    assert "5WT" not in said
    assert "1 alert would wait" in said
    assert "No order of yours is open" in said
    await fresh(desk, "ben", "et liq", "balances")
    listed = await fresh(desk, "ben", "linked", "accounts")
    await desk.press("ben", listed, "link_disconnect", value=value_of(listed, "link_disconnect"))
    await desk.until("ben", lambda m: "Nothing is erased yet" in shown(m) and m["seq"] > listed["seq"])
    await fresh(desk, "ben", "et liq", "balances")
    await desk.press("ben", asked, "link_erase")
    await desk.says("ben", "Disconnected, the grant is erased here")
    await desk.press("ben", asked, "link_erase")
    await desk.says("ben", "No tastytrade account is linked yet")


async def test_every_verb_works_in_a_direct_message_without_a_slash(desk: Stage) -> None:
    for text, words in (
        ("quote AAPL", "187.4"),
        ("balances", "Net liq"),
        ("positions", "position"),
        ("orders", "rders"),
        ("alerts", "alert"),
        ("accounts", "linked"),
        ("status", "Desk is"),
        ("connect", "Connect account"),
        ("help", "All words"),
        ("help all", "What you can say"),
        ("AAPL > 400", "AAPL"),
    ):
        before = {m["ts"] for m in await desk.messages("ana")}
        await desk.sim("/_sim/message", {"user": "ana", "channel": "@bot", "text": text.replace(">", "&gt;")})
        await desk.until(
            "ana", lambda m, b=before, w=words: m["ts"] not in b and not m.get("ephemeral") and w in shown(m)
        )


async def test_one_option_leg_is_previewed_in_words(desk: Stage) -> None:
    put = f"SPY {monthly():%-d %b %y} 590 put"
    preview = await desk.preview("ana", f"order buy 2 SPY {monthly():%d%b%y} 590p @ 1.05 gtc", put)
    first = shown(preview).splitlines()[0]
    assert first.startswith(f"PRACTICE · Buy 2 {put}")
    assert "GTC" in first


async def test_a_button_of_the_home_tab_answers_in_the_messages(desk: Stage) -> None:
    """Slow answers show a progress; what a button said stays when the press is over."""
    await desk.sim("/_sim/home", {"user": "ana"})
    async with asyncio.timeout(PATIENCE):
        while not (home := (await desk.sim("/_sim/home?user=ana")).get("view")):
            await asyncio.sleep(0)
    before = {m["ts"] for m in await desk.messages("ana")}
    delay = {"target": "GET /accounts/*/balances/*", "kind": "delay", "count": 4, "delay_ms": 1200}
    await desk.sim("/_sim/fault", delay, side="broker")
    await desk.sim("/_sim/click", {"user": "ana", "view_id": home["id"], "action_id": "say#0"})
    answer = await desk.until("ana", lambda m: m["ts"] not in before and "Net liq" in shown(m))
    await desk.command("ana", "status")
    await desk.says("ana", "Desk is")
    assert answer["ts"] in {m["ts"] for m in await desk.messages("ana") if not m["deleted"]}


async def test_a_price_between_the_steps_offers_those_beside_it(desk: Stage) -> None:
    no = await fresh(desk, "ana", "150.005 is not a price", "order buy 9 AAPL @ 150.005 gtc")
    assert "Nothing sent" in shown(no)
    await desk.press("ana", no, "say#1")
    preview = await desk.until("ana", lambda m: "Buy 9 AAPL" in shown(m) and has_action(m, "order_confirm"))
    assert "limit 150.01, GTC" in shown(preview)


async def test_shares_that_are_not_held_are_named(desk: Stage) -> None:
    await fresh(desk, "ana", "you hold no NVDA", "order sell 3 NVDA mkt")


async def test_an_expired_preview_offers_another_on_the_same_card(desk: Stage) -> None:
    """F7, I32: the click after the end sends nothing; Preview again makes the same message a preview."""
    preview = await desk.preview("ana", "order buy 7 AAPL @ 150", "Buy 7 AAPL")
    lapsed = await desk.until(
        "ana", lambda m: m["ts"] == preview["ts"] and has_action(m, "order_again"), seconds=15
    )
    await desk.press("ana", lapsed, "order_confirm", value=value_of(preview, "order_confirm"))
    await desk.says("ana", "preview has ended")
    assert not await desk.creates()
    await desk.press("ana", lapsed, "order_again")
    again = await desk.until(
        "ana",
        lambda m: m["ts"] == preview["ts"] and has_action(m, "order_confirm") and m["seq"] > lapsed["seq"],
    )
    assert "Buy 7 AAPL" in shown(again)


async def test_from_a_fired_alert_to_a_closing_order_in_three_taps_and_on_to_the_next_level(
    desk: Stage,
) -> None:
    """Trade, Preview, Confirm: one create request. Move level says what it did; its second press says that it is done."""
    account = desk.broker.info["users"][0]["accounts"][0]
    held = {"account": account, "symbol": "QQQ", "quantity": 10, "average_open_price": "400"}
    await desk.sim("/_sim/position", held, side="broker")
    await pinned(desk, "QQQ", "500.00", "500.02")
    before = len(await desk.creates())
    await fresh(desk, "ana", "Watching", "QQQ > 510", command="/alert")
    await pinned(desk, "QQQ", "511.00", "511.02")
    alert = await desk.until(
        "ana", lambda m: "QQQ 511.01, over 510" in shown(m) and has_action(m, "alert_move")
    )
    await desk.press("ana", alert, "ticket_trade")
    async with asyncio.timeout(PATIENCE):
        while "osition 10 → 0" not in shown(view := await desk.view("ana")):
            await asyncio.sleep(0.05)
    assert len(await desk.creates()) == before
    await desk.sim("/_sim/submit", {"user": "ana", "view_id": view["id"], "state": {}})
    preview = await desk.until("ana", lambda m: "Sell 10 QQQ" in shown(m) and has_action(m, "order_confirm"))
    await desk.press("ana", preview, "order_confirm", times=2)
    await desk.until("ana", lambda m: m["ts"] == preview["ts"] and not has_action(m, "order_confirm"))
    async with asyncio.timeout(PATIENCE):
        while len(sent := (await desk.creates())[before:]) == 0:
            await asyncio.sleep(0.05)
    body = sent[0]["body"] if isinstance(sent[0]["body"], dict) else json.loads(sent[0]["body"])
    assert [(leg["symbol"], leg["action"], int(leg["quantity"])) for leg in body["legs"]] == [
        ("QQQ", "Sell to Close", 10)
    ]
    assert len(sent) == 1

    await desk.press("ana", alert, "alert_move")
    moved = await desk.until(
        "ana", lambda m: "Watching: QQQ last above" in shown(m) and "Before: QQQ" in shown(m)
    )
    level = re.search(r"above ([\d.]+)", shown(moved)).group(1)
    assert float(level) > 511.01
    await desk.press("ana", alert, "alert_move")
    await desk.says("ana", f"it watches QQQ &gt; {level} now")


async def test_why_an_alert_was_no_message_of_its_own_is_told_and_counted(desk: Stage) -> None:
    """A second one within the minute is put into the message that stands there; in quiet hours one waits."""
    seen = {pair: await told(desk, *pair) for pair in (("digest", "rate"), ("held", "quiet_hours"))}
    await fresh(desk, "ana", "Watching", "QQQ < 505", command="/alert")
    await pinned(desk, "QQQ", "504.00", "504.02")
    await desk.until("ana", lambda m: "2 alerts" in shown(m) and "QQQ 504.01, under 505" in shown(m))
    why = await fresh(desk, "ana", "Your last", "alerts why")
    number = re.search(r"(f\d+)\* · told with others[^\n]*\nQQQ 504.01", shown(why)).group(1)
    said = await fresh(desk, "ana", f"{number}: told with others in your messages", f"alerts why {number}")
    assert "rate: a person is buzzed once a minute" in shown(said).replace("`", "")
    await fresh(desk, "ana", "Quiet now", "alerts quiet 00:00-23:59")
    await fresh(desk, "ana", "Watching", "QQQ < 503", command="/alert")
    await pinned(desk, "QQQ", "502.00", "502.02")
    async with asyncio.timeout(PATIENCE):
        while "held back: quiet hours" not in shown(
            why := await fresh(desk, "ana", "Your last", "alerts why")
        ):
            await asyncio.sleep(0.1)
    number = re.search(r"(f\d+)\* · held back: quiet hours", shown(why)).group(1)
    said = await fresh(desk, "ana", f"{number}: held back", f"alerts why {number}")
    assert "quiet_hours: it is not critical and came in quiet hours" in shown(said).replace("`", "")
    for pair, count in seen.items():
        assert await told(desk, *pair) == count + 1
    await fresh(desk, "ana", "No quiet hours", "alerts quiet off")


async def test_i35_a_private_channel_is_named_by_its_members_only(desk: Stage) -> None:
    """Who is not in it hears of it what Slack says of one that the bot cannot see."""
    said = []
    for name, members in (("closed", ["ben", "@bot"]), ("unseen", ["ana", "ben"])):
        made = await desk.sim("/_sim/channel", {"create": name, "is_private": True, "members": members})
        no = await fresh(desk, "ana", "Not set", f"AAPL > 950 to <#{made['id']}|{name}>", command="/alert")
        said.append(shown(no))
    assert said[0] == said[1]
    assert "no such channel that you are a member of" in said[0]
    closed = (await desk.sim("/_sim/channel", {"channel": "closed", "invite": "ana"}))["id"]
    made = await fresh(desk, "ana", "Watching", f"AAPL > 950 to <#{closed}|closed>", command="/alert")
    assert f"Told in <#{closed}>" in shown(made)


async def test_an_alert_that_is_true_already_waits_and_can_be_fired_now(desk: Stage) -> None:
    made = await fresh(desk, "ana", "already", "AAPL > 150", command="/alert", channel="trading")
    await desk.press("ana", made, "rule_fire", channel="trading")
    await desk.until("ben", lambda m: "AAPL" in shown(m) and "150" in shown(m), channel="trading")


def entry_of(message: Json, label: str, number: str) -> tuple[str, str]:
    """The block and the value of an entry of the menu beside one alert."""
    return next(
        (block["block_id"], option["value"])
        for block in message["blocks"]
        if f"*{number}* ·" in str(block.get("text", "")) and "accessory" in block
        for option in block["accessory"]["options"]
        if option["text"]["text"] == label
    )


async def test_alerts_are_listed_with_distance_changed_in_a_form_paused_and_deleted(desk: Stage) -> None:
    made = await fresh(desk, "ana", "Watching", "AAPL < 100 critical", command="/alert", channel="trading")
    number = re.search(r"alert (\d+)", shown(made)).group(1)
    listed = await fresh(desk, "ana", "100.00", "alerts")
    assert "%" in shown(listed)
    block, value = entry_of(listed, "Change", number)
    await desk.press("ana", listed, "rule_menu", block_id=block, selected_option=value)
    one = await desk.until("ana", lambda m: f"Alert {number}:" in shown(m) and has_action(m, "rule_change"))
    await desk.press("ana", one, "rule_change")
    view = await desk.view("ana")
    (block,) = view["blocks"]
    assert block["element"]["initial_value"] == "AAPL < 100.00 critical"
    state = {block["block_id"]: {block["element"]["action_id"]: "AAPL < 100 sometimes"}}
    refused = await desk.sim("/_sim/submit", {"user": "ana", "view_id": view["id"], "state": state})
    assert "sometimes" in str(refused)
    state = {block["block_id"]: {block["element"]["action_id"]: "AAPL < 99 notice"}}
    await desk.sim("/_sim/submit", {"user": "ana", "view_id": view["id"], "state": state})
    changed = await desk.until("ana", lambda m: "under 99.00" in shown(m) and "Before: AAPL" in shown(m))
    listed = await fresh(desk, "ana", "under 99.00", "alerts")
    block, value = entry_of(listed, "Pause", number)
    await desk.press("ana", listed, "rule_menu", block_id=block, selected_option=value)
    await desk.says("ana", "Paused: AAPL last under 99.00")
    await fresh(desk, "ana", "nothing to pause", f"alerts pause {number}")
    await fresh(desk, "ana", "Watching again: AAPL last under 99.00", f"alerts resume {number}")
    await desk.press("ana", changed, "rule_delete")
    await desk.says("ana", "Deleted: AAPL last under 99.00")
    await desk.press("ana", changed, "rule_delete")
    await desk.says("ana", "deleted already")
    await fresh(desk, "ana", "Which alert?", "alerts pause")


async def test_i15_an_order_from_elsewhere_is_shown_and_cancelled_only_when_asked(desk: Stage) -> None:
    """F43, F44: external in /orders; the button cancels it and reads the result back."""
    await desk.sim(
        "/_sim/order",
        {
            "account": "5WT00001",
            "order": {
                "order-type": "Limit",
                "time-in-force": "Day",
                "price": "100.00",
                "price-effect": "Debit",
                "legs": [
                    {"instrument-type": "Equity", "symbol": "AAPL", "action": "Buy to Open", "quantity": 9}
                ],
            },
        },
        side="broker",
    )
    listed = await desk.until_listed("ana", "9 AAPL")
    assert "lsewhere" in shown(listed)
    await desk.press("ana", listed, "external_cancel", value=value_of(listed, "external_cancel"))
    await desk.says("ana", "Cancelled, nothing filled")
