"""A live order's price moved from the card, and a walk begun and stopped there; judged by the broker's ledger."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.stage import Stage, has_action, stage

PINNED = {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}


async def _puts(desk: Stage) -> list[str]:
    requests = (await desk.sim("/_sim/requests", side="broker"))["requests"]
    return [r["body"]["price"] for r in requests if r["method"] == "PUT"]


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
        assert len(await desk.creates()) == 1
