"""Approval by another person through the front door; the judge is the broker simulator's ledger (I4, I27 to I33, F92)."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.e2e.stage import Json, Stage, has_action, shown, stage
from tests.e2e.test_policy import host, member

ORDER, TITLE = "order buy 100 AAPL @ 187.50", "Buy 100 AAPL"


async def prepared(desk: Stage) -> None:
    """Orders above $10,000 need an approval; ben and cara may give it."""
    await desk.connect("ana")
    await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
    await host(desk, "policy", "set", "notional", "10000/1000000")
    for name in ("ben", "cara"):
        await host(desk, "roles", "grant", member(desk, name), "approver")


async def said(desk: Stage, user: str, message: Json, action: str, words: str) -> None:
    """Press a button that opens a form, and send it."""
    await desk.press(user, message, action)
    view = await desk.view(user)
    state = {"approval_field": {"said": words}}
    await desk.sim("/_sim/submit", {"user": user, "view_id": view["id"], "state": state})


async def asking(desk: Stage, reason: str = "replaces December") -> Json:
    await desk.command("ana", ORDER)
    preview = await desk.until("ana", lambda m: TITLE in shown(m) and has_action(m, "order_ask"))
    assert not has_action(preview, "order_confirm")
    assert "needs 1 approval" in shown(preview)
    await said(desk, "ana", preview, "order_ask", reason)
    return preview


async def asked_of(desk: Stage, name: str) -> Json:
    return await desk.until(name, lambda m: "asked of you" in shown(m) and has_action(m, "approval_approve"))


async def test_from_the_limit_to_the_fill_with_a_second_person(tmp_path: Path) -> None:
    """I28, I31: two taps from the buzz; the order is sent once; terminal messages lose their buttons."""
    async with stage(tmp_path) as desk:
        await prepared(desk)
        await asking(desk)
        await desk.says("ana", "0 of 1")
        cards = {name: await asked_of(desk, name) for name in ("ben", "cara")}
        for card in cards.values():
            assert "PRACTICE" in shown(card)
            assert "replaces December" in shown(card)
            assert '"confirm"' in str(card["blocks"]).replace("'", '"')
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.32", "ask": "187.43"}, side="broker")
        await desk.press("ben", cards["ben"], "approval_refresh")
        for name in ("ben", "cara"):
            await desk.until(name, lambda m, ts=cards[name]["ts"]: m["ts"] == ts and "187.32" in shown(m))
        await desk.press("ben", cards["ben"], "approval_approve", times=2, interval_ms=10)
        await desk.says("ana", "Filled")
        assert len(await desk.creates()) == 1
        for name in ("ben", "cara"):
            over = await desk.until(
                name, lambda m: "Approved:" in shown(m) and not has_action(m, "approval_approve")
            )
            assert over["ts"] == cards[name]["ts"]
        await desk.press("cara", cards["cara"], "approval_approve")
        await desk.says("cara", "approved already")
        assert len(await desk.creates()) == 1
        await under_a_mandate(desk)


STRANGLE, SHORT = "sell 1 SPY strangle 45d 16Δ @ mid", "Sell 1 SPY strangle"


async def under_a_mandate(desk: Stage) -> None:
    """I23, I27, I29: asked, granted by the button, used without asking, counted, revoked; the ledger has one more."""
    await desk.command("ana", "mandate at most 1 SPY strangle a day at 18 delta or less until friday")
    card = await desk.until("ben", lambda m: has_action(m, "mandate_approve"))
    assert "the loss of what is sold has no cap" in shown(card)
    await desk.press("ben", card, "mandate_approve", times=2, interval_ms=10)
    await desk.says("ana", "Your mandate is granted")
    await desk.command("ana", f"policy test {STRANGLE}")
    await desk.says("ana", "A mandate covers")
    covered = await desk.preview("ana", STRANGLE, SHORT)
    assert "0 of 1 used today" in shown(covered)
    assert not has_action(covered, "order_ask")
    await desk.press("ana", covered, "order_confirm", times=2, interval_ms=10)
    used = await desk.until("ben", lambda m: m["ts"] == card["ts"] and "1 of 1 used on" in shown(m))
    await desk.live_order()
    assert len(await desk.creates()) == 2
    await desk.command("ana", STRANGLE.replace("1", "2", 1))
    over = await desk.until("ana", lambda m: "Sell 2 SPY" in shown(m) and has_action(m, "order_ask"))
    assert "1 of 1 are used today" in shown(over)
    assert not has_action(over, "order_confirm")
    await desk.press("ben", used, "mandate_revoke")
    await desk.says("ana", "Your mandate was revoked")
    await desk.command("ana", "mandates")
    await desk.says("ana", "No mandate holds now")
    assert len(await desk.creates()) == 2


async def test_decline_fewer_and_a_question(tmp_path: Path) -> None:
    async with stage(tmp_path) as desk:
        await prepared(desk)
        await asking(desk)
        card = await asked_of(desk, "ben")
        await said(desk, "ben", card, "approval_question", "why so many?")
        waiting = await desk.until(
            "ana", lambda m: "why so many?" in shown(m) and has_action(m, "order_answer")
        )
        await said(desk, "ana", waiting, "order_answer", "it is a hedge")
        await desk.says("ben", "Answered: it is a hedge")
        # a number that is none stays in the form, with what to say instead
        await said(desk, "ben", card, "approval_fewer", "many")
        assert "Say a whole number" in str(await desk.sim(f"/_sim/views?user={'ben'}"))
        view = await desk.view("ben")
        state = {"approval_field": {"said": "40"}}
        await desk.sim("/_sim/submit", {"user": "ben", "view_id": view["id"], "state": state})
        fewer = await desk.until("ana", lambda m: "40 of 100" in shown(m) and has_action(m, "order_confirm"))
        assert await desk.creates() == []
        await desk.press("ana", fewer, "order_confirm")
        await desk.says("ana", "Filled: bought 40 AAPL")
        (order,) = await desk.orders()
        assert str(order["size"]) == "40"

        await asking(desk)
        card = await desk.until(
            "cara", lambda m: "asked of you" in shown(m) and has_action(m, "approval_decline")
        )
        await said(desk, "cara", card, "approval_decline", "earnings tonight")
        await desk.says("ana", "Declined, nothing sent: earnings tonight")
        assert len(await desk.creates()) == 1


async def test_nobody_eligible_is_here(tmp_path: Path) -> None:
    """I28: said at the preview, with the limit and what would pass."""
    async with stage(tmp_path) as desk:
        await prepared(desk)
        for name in ("ben", "cara"):
            await host(desk, "roles", "revoke", member(desk, name), "approver")
        await host(desk, "roles", "grant", member(desk, "ana"), "approver")
        await desk.command("ana", ORDER)
        answer = await desk.says("ana", "obody may approve this now")
        assert "53 or fewer would pass" in shown(answer)
        await desk.press("ana", answer, "say#0")
        await desk.until("ana", lambda m: "Buy 53 AAPL" in shown(m) and has_action(m, "order_confirm"))


@pytest.mark.parametrize("second", ["approve", "discard", "halt"])
async def test_f92_two_who_click_together(tmp_path: Path, second: str) -> None:
    """The ledger has one order or none, and what is shown says the same."""
    async with stage(tmp_path) as desk:
        await prepared(desk)
        preview = await asking(desk)
        ben, cara = await asked_of(desk, "ben"), await asked_of(desk, "cara")
        mine = await desk.until("ana", lambda m: m["ts"] == preview["ts"] and "0 of 1" in shown(m))
        other = {
            "approve": lambda: desk.press("cara", cara, "approval_approve"),
            "discard": lambda: desk.press("ana", mine, "order_discard"),
            "halt": lambda: desk.command("ana", "halt", channel="@bot"),
        }[second]
        await asyncio.gather(desk.press("ben", ben, "approval_approve"), other())
        over = ("Filled", "Discarded", "Not sent")
        card = await desk.until(
            "ana", lambda m: m["ts"] == preview["ts"] and any(words in shown(m) for words in over)
        )
        created = await desk.creates()
        assert len(created) == ("Filled" in shown(card))
        if second == "approve":
            assert len(created) == 1
        await desk.until("ben", lambda m: m["ts"] == ben["ts"] and not has_action(m, "approval_approve"))


@pytest.mark.parametrize("moment", [0.0, 0.15])
async def test_a_bot_that_is_killed_around_the_approval_sends_once_or_says_so(
    tmp_path: Path, moment: float
) -> None:
    """I1, I9: whatever it had done by then; the next start sends what is approved, or does not know and says it."""
    async with stage(tmp_path) as desk:
        await prepared(desk)
        preview = await asking(desk)
        card = await asked_of(desk, "ben")
        await desk.press("ben", card, "approval_approve")
        with contextlib.suppress(TimeoutError):
            await desk.until("ben", lambda m: "Approved:" in shown(m), seconds=moment)
        await desk.bot.kill()
        await desk.bot.start()
        await desk.press("ben", card, "approval_approve")
        ends = ("Filled", "Not known")
        over = await desk.until(
            "ana", lambda m: m["ts"] == preview["ts"] and any(words in shown(m) for words in ends), seconds=40
        )
        created = await desk.creates()
        assert len(created) <= 1
        assert len(created) == 1 or "Not known" in shown(over)
