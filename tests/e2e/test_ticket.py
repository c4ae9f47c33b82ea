"""The order ticket, through the front door: opened, filled in, read anew, previewed; and a preview edited."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.e2e.stage import PATIENCE, Stage, has_action, monthly, shown, stage

Json = dict[str, Any]


async def _view(desk: Stage, words: str, *, user: str = "ana") -> Json:
    """The open form once it says these words."""
    async with asyncio.timeout(PATIENCE):
        while words not in shown(view := await desk.view(user)):
            await asyncio.sleep(0.05)
    return view


def _chosen(view: Json) -> dict[str, Json]:
    """What the form's inputs hold."""
    return {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}


def _fields(**changed: str) -> Json:
    """Values as a person leaves them; keys are the fields without their prefix."""
    action = {"symbol": "ticket_symbol"}
    return {f"ticket_{name}": {action.get(name, "ticket_changed"): value} for name, value in changed.items()}


async def _submit(desk: Stage, view: Json, **fields: str) -> Json:
    return await desk.sim("/_sim/submit", {"user": "ana", "view_id": view["id"], "state": _fields(**fields)})


async def _choose_symbol(desk: Stage, view: Json, typed: str) -> list[str]:
    answer = await desk.sim(
        "/_sim/suggest",
        {
            "user": "ana",
            "view_id": view["id"],
            "block_id": "ticket_symbol",
            "action_id": "ticket_symbol",
            "value": typed,
        },
    )
    return [str(option["value"]) for option in answer["options"]]


async def test_an_order_from_the_ticket_to_its_fill(tmp_path: Path) -> None:
    """`/order` alone opens it; the words of its preview are those that a command has; sent once (I4)."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.40", "ask": "187.45"}, side="broker")
        await desk.command("ana", "", command="/order")
        view = await _view(desk, "Choose a symbol")
        assert "AAPL" in await _choose_symbol(desk, view, "AAPL")
        place = {"view_id": view["id"], "block_id": "ticket_symbol", "action_id": "ticket_symbol"}
        await desk.sim("/_sim/click", {"user": "ana", **place, "selected_option": "AAPL"})
        view = await _view(desk, "187.40 bid / 187.45 ask, mid 187.425")  # of the symbol, before all else
        assert "How many? Say it like 100, half or $500." in shown(view)
        fields = {"symbol": "AAPL", "side": "buy", "quantity": "10", "pricing": "limit", "price": "187.50"}
        fields |= {"legs": "", "time": "day"}
        saturday = monthly() + timedelta(days=1)
        for changed, field, words in (
            ({"price": "187.5x"}, "ticket_price", "187.5x"),
            ({"price": "187.505"}, "ticket_price", "nearest: 187.50 or 187.51"),
            ({"price": "187.505"}, "ticket_price", "nearest"),  # a no is said again, not "previewed already"
            ({"pricing": "mid"}, "ticket_price", "takes no price"),
            ({"quantity": "10000000"}, "ticket_quantity", "one order may have"),
            ({"legs": f"{saturday:%d%b%y} 190c", "price": "2"}, "ticket_legs", f"{monthly():%-d %b %y}"),
            ({"time": "gtc ext", "pricing": "mkt", "price": ""}, "ticket_time", ""),
        ):
            await _submit(desk, view, **{**fields, **changed})
            (errors,) = [v["errors"] for v in (await desk.sim("/_sim/views?user=ana"))["views"]]
            assert words in errors[field]
        await _submit(desk, view, **fields)
        card = await desk.until(
            "ana", lambda m: "Buy 10 AAPL, limit 187.50, today" in shown(m) and has_action(m, "order_confirm")
        )
        # Closed by its own answer, or told that it is done where the answer took longer than Slack waits.
        left = (await desk.sim("/_sim/views?user=ana"))["views"]
        assert all("The preview stands in your messages" in str(one) for one in left)
        assert await desk.creates() == []
        await desk.press("ana", card, "order_confirm")
        await desk.says("ana", "Filled")
        assert len(await desk.creates()) == 1


async def test_a_change_reads_the_market_anew(tmp_path: Path) -> None:
    """What a strangle comes to now stands in the form: legs, why, and what it can lose."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        await desk.command("ana", "", command="/order")
        view = await _view(desk, "Choose a symbol")
        await _choose_symbol(desk, view, "SPY")
        for name, value in (
            ("symbol", {"selected_option": "SPY"}),
            ("side", {"selected_option": "sell"}),
            ("quantity", {"value": "1"}),
            ("strategy", {"selected_option": "strangle"}),
            ("legs", {"value": "45d 16Δ"}),
            ("pricing", {"selected_option": "mid"}),
        ):
            action = "ticket_symbol" if name == "symbol" else "ticket_changed"
            place = {"view_id": view["id"], "block_id": f"ticket_{name}", "action_id": action}
            answer = await desk.sim("/_sim/click", {"user": "ana", **place, **value})
            assert answer["acked"], answer
        read = await _view(desk, "PRACTICE · Sell 1 SPY")
        assert "put Δ −0.1" in shown(read), "what was chosen, and why"
        assert "no cap on the loss" in shown(read)
        assert "chance of profit" in shown(read)
        assert "bid / " in shown(read)
        assert "This order: Δ" in shown(read)
        triggers = _chosen(read)["ticket_quantity"]["dispatch_action_config"]["trigger_actions_on"]
        assert "on_character_entered" in triggers, "not on enter alone"
        place = {"view_id": view["id"], "block_id": "ticket_quantity", "action_id": "ticket_changed"}
        for typed in ("1", "12", "123"):  # one character after the other: the last one counts
            await desk.sim("/_sim/click", {"user": "ana", **place, "value": typed})
        await _view(desk, "PRACTICE · Sell 123 SPY")
        assert await desk.creates() == []


async def test_a_preview_is_edited_in_the_ticket(tmp_path: Path) -> None:
    """I31: the edited one ends, its Confirm does nothing more; the new one is confirmed by itself."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        old = await desk.preview("ana", "order buy 10 AAPL @ 150 gtc in 0002", "Buy 10 AAPL")
        await desk.press("ana", old, "ticket_open")
        view = await _view(desk, "PRACTICE · Buy 10 AAPL")
        state = _chosen(view)
        assert state["ticket_quantity"]["initial_value"] == "10"
        assert state["ticket_price"]["initial_value"] == "150.00"
        assert state["ticket_time"]["initial_option"]["value"] == "gtc"
        assert state["ticket_account"]["initial_option"]["value"] == "0002", "not the default one"
        await _submit(desk, view, quantity="20")
        new = await desk.until(
            "ana", lambda m: "Buy 20 AAPL, limit 150.00, GTC" in shown(m) and has_action(m, "order_confirm")
        )
        await desk.until("ana", lambda m: m["ts"] == old["ts"] and "Discarded" in shown(m))
        await desk.press("ana", old, "order_confirm")
        await desk.press("ana", new, "order_confirm")
        await desk.says("ana", "orking")
        sent = await desk.creates()
        assert [leg["quantity"] for one in sent for leg in one["body"]["legs"]] == [20]
        assert sent[0]["path"].split("/")[2].endswith("0002")
        await _close_a_position(desk)


async def _close_a_position(desk: Stage) -> None:
    """From the list of positions: the other side of one of them, in its account."""
    await desk.command("ana", "positions")
    listed = await desk.until("ana", lambda m: has_action(m, "position_menu"))
    menus = [b["accessory"]["options"] for b in listed["blocks"] if "accessory" in b]
    entry = next(
        o["value"] for menu in menus for o in menu if o["text"]["text"].startswith("Close short 2 AAPL")
    )
    block = next(b["block_id"] for b in listed["blocks"] if entry in str(b))
    await desk.press("ana", listed, "position_menu", block_id=block, selected_option=entry)
    view = await _view(desk, "Buy 2 AAPL")
    state = _chosen(view)
    assert state["ticket_pricing"]["initial_option"]["value"] == "mid"
    assert state["ticket_account"]["initial_option"]["value"] == "0001"
    assert "to close" in shown(view)
    assert "position −2 → 0" in shown(view)
    assert "AAPL Δ" in shown(view)
    await _submit(desk, view)
    await desk.until("ana", lambda m: "to close for" in shown(m) and has_action(m, "order_confirm"))


async def test_i34_the_ticket_is_for_members_and_for_its_owner(tmp_path: Path) -> None:
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        card = await desk.preview("ana", "order buy 10 AAPL @ 150", "Buy 10 AAPL")
        guest = next(u["name"] for u in desk.slack.info["users"] if u["is_restricted"])
        await desk.command(guest, "", command="/order")
        await desk.says(guest, "uest")
        assert (await desk.sim(f"/_sim/views?user={guest}"))["views"] == []
        assert has_action(card, "ticket_open")
        await _trade_on_an_alert(desk, guest)


async def _trade_on_an_alert(desk: Stage, guest: str) -> None:
    """Whoever reads it may press it, with their own rights: I34, I36. The ticket is the presser's own."""
    await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.40", "ask": "187.45"}, side="broker")
    await desk.command("ana", "AAPL > 200", command="/alert", channel="trading")
    await desk.says("ana", "Watching", channel="trading")
    await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "200.00", "ask": "200.10"}, side="broker")
    fired = await desk.until("ana", lambda m: has_action(m, "ticket_trade"), channel="trading")
    assert "AAPL 200.05, over 200" in shown(fired)
    for user, words in ((guest, "uests need a role"), ("ben", "Connect")):
        await desk.press(user, fired, "ticket_trade", channel="trading")
        await desk.says(user, words, channel="trading")
        assert (await desk.sim(f"/_sim/views?user={user}"))["views"] == []
    await desk.connect("ben", 1)
    await desk.press("ben", fired, "ticket_trade", channel="trading")
    view = await _view(desk, "200.00 bid / 200.10 ask", user="ben")
    assert _chosen(view)["ticket_symbol"]["initial_option"]["value"] == "AAPL"
    assert (await desk.sim("/_sim/views?user=ana"))["views"] == []
    await desk.sim(
        "/_sim/submit", {"user": "ben", "view_id": view["id"], "state": _fields(quantity="1", price="190")}
    )
    await desk.until(
        "ben", lambda m: "Buy 1 AAPL, limit 190.00" in shown(m) and has_action(m, "order_confirm")
    )


async def test_the_picture_of_the_risk_stands_in_the_cards_thread(tmp_path: Path) -> None:
    """Profit and loss at expiration; shares alone have none."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        shares = await desk.preview("ana", "order buy 10 AAPL @ 150", "Buy 10 AAPL")
        assert not has_action(shares, "order_picture")
        card = await desk.preview("ana", "order sell 1 SPY 45d 16Δ strangle @ mid", "strangle")
        await desk.press("ana", card, "order_picture")
        async with asyncio.timeout(PATIENCE):
            while not (found := [m for m in await desk.messages("ana") if m.get("files")]):
                await asyncio.sleep(0)
        (picture,) = found
        (file,) = picture["files"]
        assert picture["thread_ts"] == card["ts"]
        assert "at expiration" in file["title"]
        assert "No cap on the loss" in file["alt_txt"]
        for words in ("chance of profit", "(model, at IV", "This order: Δ", "vega −$", "SPY Δ", "put 0 → −1"):
            assert words in file["alt_txt"]
            assert words in shown(card)
        assert file["size"] > 5_000
