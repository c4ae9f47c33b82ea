"""The order ticket, through the front door: opened, filled in, read anew, previewed; and a preview edited."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.e2e.stage import PATIENCE, Stage, has_action, shown, stage

Json = dict[str, Any]


async def _view(desk: Stage, words: str) -> Json:
    """The open form once it says these words."""
    async with asyncio.timeout(PATIENCE):
        while words not in shown(view := await desk.view("ana")):
            await asyncio.sleep(0)
    return view


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
        fields = {"symbol": "AAPL", "side": "buy", "quantity": "10", "price": "187.50"}
        refused = await _submit(desk, view, **{**fields, "price": "187.5x"})
        assert refused["acked"]
        assert "187.5x" in str(await desk.sim("/_sim/views?user=ana")), "the error names what was typed"
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
        assert await desk.creates() == []


async def test_a_preview_is_edited_in_the_ticket(tmp_path: Path) -> None:
    """I31: the edited one ends, its Confirm does nothing more; the new one is confirmed by itself."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        old = await desk.preview("ana", "order buy 10 AAPL @ 150 gtc", "Buy 10 AAPL")
        await desk.press("ana", old, "ticket_open")
        view = await _view(desk, "PRACTICE · Buy 10 AAPL")
        state = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
        assert state["ticket_quantity"]["initial_value"] == "10"
        assert state["ticket_price"]["initial_value"] == "150.00"
        assert state["ticket_time"]["initial_option"]["value"] == "gtc"
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


async def test_i34_the_ticket_is_for_members_and_for_its_owner(tmp_path: Path) -> None:
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        card = await desk.preview("ana", "order buy 10 AAPL @ 150", "Buy 10 AAPL")
        guest = next(u["name"] for u in desk.slack.info["users"] if u["is_restricted"])
        await desk.command(guest, "", command="/order")
        await desk.says(guest, "uest")
        assert (await desk.sim(f"/_sim/views?user={guest}"))["views"] == []
        assert has_action(card, "ticket_open")


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
        assert "no cap on the loss" in file["alt_txt"]
        assert file["size"] > 5_000
