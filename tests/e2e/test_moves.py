"""Live orders and their exits moved, a walk begun and stopped, a reason given for an order that was placed
elsewhere; judged by the broker's ledger."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.e2e.stage import Json, Stage, has_action, shown, stage

PINNED = {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}


async def _writes(desk: Stage) -> list[Json]:
    """Every request that reached an account and was not a read."""
    requests = (await desk.sim("/_sim/requests", side="broker"))["requests"]
    return [r for r in requests if r["method"] != "GET" and r["path"].startswith("/accounts/")]


async def _replaces(desk: Stage) -> list[Json]:
    return [r for r in await _writes(desk) if r["method"] == "PUT"]


async def _puts(desk: Stage) -> list[str]:
    return [r["body"]["price"] for r in await _replaces(desk)]


async def _moved(desk: Stage, words: str, offered: str, told: str) -> Json:
    """Say it, press what is shown, and wait for what is told; the body of the one request that it made."""
    before = len(await _replaces(desk))
    await desk.command("ana", words)
    offer = await desk.until("ana", lambda m: has_action(m, "move_accept") and offered in shown(m))
    assert len(await _replaces(desk)) == before
    await desk.press("ana", offer, "move_accept", times=3, interval_ms=2)
    await desk.says("ana", told)
    made = (await _replaces(desk))[before:]
    assert len(made) == 1
    return made[0]


async def _exits(desk: Stage) -> dict[str, Json]:
    """The bracket's exits that are not over, by their type, as soon as both work."""
    async with asyncio.timeout(60):
        while True:
            found = {
                order["order-type"]: order
                for order in await desk.orders()
                if order.get("complex-order-tag") == "OTOCO::oco-1-order" and order["status"] == "Live"
            }
            if len(found) == 2:
                return found
            await asyncio.sleep(0.05)


async def test_one_tap_moves_the_price_and_a_walk_is_stopped_where_it_was_begun(tmp_path: Path) -> None:
    """I1, I7, I33: ten taps at once are one replace request."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        await desk.sim("/_sim/quote", dict(PINNED), side="broker")
        card = await desk.preview("ana", "order buy 10 AAPL @ 187.40", "AAPL")
        await desk.press("ana", card, "order_confirm")
        await desk.until("ana", lambda m: m["ts"] == card["ts"] and has_action(m, "order_move_up"))
        await desk.press("ana", card, "order_move_up", times=10, interval_ms=2)
        await desk.says("ana", "Working: buy 10 AAPL, limit 187.41")
        await desk.says("ana", "Price moved from 187.40 to 187.41")
        assert await _puts(desk) == ["187.41"]

        await desk.command("ana", f"replace {await desk.live_order()} @ 187.42")
        offer = await desk.until("ana", lambda m: has_action(m, "move_accept"))
        assert await _puts(desk) == ["187.41"]
        await desk.press("ana", offer, "move_accept")
        await desk.says("ana", "Working: buy 10 AAPL, limit 187.42")

        await desk.until("ana", lambda m: m["ts"] == card["ts"] and has_action(m, "walk_start"))
        await desk.press("ana", card, "walk_start")
        await desk.says("ana", "Walking 0.01 every 20 s to 187.50")
        await desk.until("ana", lambda m: m["ts"] == card["ts"] and has_action(m, "walk_stop"))
        await desk.press("ana", card, "walk_stop")
        await desk.says("ana", "Walk ended: stopped by you")
        assert await _puts(desk) == ["187.41", "187.42"]

        number = await desk.live_order()
        told = "Time in force moved from today only to GTC"
        moved = await _moved(desk, f"replace {number} gtc", "from today only to GTC?", told)
        assert (moved["body"]["time-in-force"], moved["body"]["price"]) == ("GTC", "187.42")
        assert len(await desk.creates()) == 1
        await _an_exit_moves(desk)
        await _a_reason_is_given(desk)


async def _an_exit_moves(desk: Stage) -> None:
    """The broker keeps both in their group: when the moved one fills, the other is cancelled."""
    card = await desk.preview("ana", "order buy 20 AAPL @ 188 tp 210 sl 180", "Buy 20 AAPL")
    await desk.press("ana", card, "order_confirm")
    exits = await _exits(desk)
    profit = exits["Limit"]["id"]
    await desk.until("ana", lambda m: m["ts"] == card["ts"] and f"exits {profit}" in shown(m))
    moved = await _moved(
        desk,
        f"replace {profit} @ 211",
        f"Move take profit {profit} from 210.00 to 211.00?",
        "Take profit moved from",
    )
    assert moved["path"].endswith(f"/orders/{profit}")
    assert moved["body"]["price"] == "211"
    exits = await _exits(desk)
    loss = exits["Stop"]["id"]
    moved = await _moved(
        desk,
        f"replace {loss} stop 182",
        f"Move stop loss {loss} from 180.00 to 182.00?",
        "Stop loss moved from",
    )
    assert (moved["body"]["stop-trigger"], moved["body"]["order-type"]) == ("182", "Stop")
    exits = await _exits(desk)
    await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "211.20", "ask": "211.30"}, side="broker")
    await desk.says("ana", "Take profit filled")
    ends = {order["id"]: order["status"] for order in await desk.orders()}
    assert ends[exits["Limit"]["id"]] == "Filled"
    async with asyncio.timeout(60):
        while ends[exits["Stop"]["id"]] != "Cancelled":
            await asyncio.sleep(0.05)
            ends = {order["id"]: order["status"] for order in await desk.orders()}


async def _a_reason_is_given(desk: Stage) -> None:
    """I15: asked by policy, given in a form, told; the order itself is never touched."""
    code, _ = await desk.host("policy", "set", "elsewhere", "any")
    assert code == 0
    before = await _writes(desk)
    leg = {"instrument-type": "Equity", "symbol": "MSFT", "quantity": 3, "action": "Buy to Open"}
    order = {
        "order-type": "Limit",
        "time-in-force": "Day",
        "price": "10",
        "price-effect": "Debit",
        "legs": [leg],
    }
    account = desk.broker.info["users"][0]["accounts"][0]
    made = await desk.sim("/_sim/order", {"account": account, **order}, side="broker")
    asked = await desk.until("ana", lambda m: has_action(m, "external_reason"))
    assert "Placed elsewhere: why? Buy to Open 3 MSFT" in shown(asked)
    await desk.press("ana", asked, "external_reason")
    view = await desk.view("ana")
    state = {"approval_field": {"said": "a hedge of the morning"}}
    await desk.sim("/_sim/submit", {"user": "ana", "view_id": view["id"], "state": state})
    await desk.until("ana", lambda m: m["ts"] == asked["ts"] and "reason given" in shown(m))
    await desk.press("ana", asked, "external_reason")
    await desk.says("ana", "You have given a reason for this order already")
    await desk.until_listed("ana", "a hedge of the morning")
    assert await _writes(desk) == before
    assert next(o for o in await desk.orders() if o["id"] == made["order"]["id"])["status"] == "Live"
