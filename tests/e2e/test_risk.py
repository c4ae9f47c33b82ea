"""A risk alert from the buzz to the closing order: three taps, one create request, and the message says Over."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.stage import PATIENCE, Json, Stage, has_action, monthly, shown, stage

PUT = f"SPY   {monthly():%y%m%d}P00590000"
TESTED = "Short put tested: SPY 590p, SPY at 585.00"


async def pinned(desk: Stage, symbol: str, bid: str, ask: str) -> None:
    await desk.sim("/_sim/quote", {"symbol": symbol, "bid": bid, "ask": ask}, side="broker")


async def working(desk: Stage) -> list[Json]:
    return [order for order in await desk.orders() if order["status"] == "Live"]


async def test_from_the_buzz_to_the_closing_order_in_three_taps(tmp_path: Path) -> None:
    """The button's preview is confirmed twice and sent once; the alert ends by an edit of its own message."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana", 2)  # whose account is empty
        account = desk.broker.info["users"][2]["accounts"][0]
        await desk.sim("/_sim/balance", {"account": account, "cash": "250000"}, side="broker")
        await pinned(desk, "SPY", "600.00", "600.02")
        await pinned(desk, PUT, "3.00", "3.10")
        await desk.command("ana", "risk tested")
        listed = await desk.says("ana", "1 watched, all inside")
        assert "5WT" not in shown(listed)
        held = {"account": account, "symbol": PUT, "quantity": -2, "average_open_price": "3.00"}
        await desk.sim("/_sim/position", held, side="broker")
        await pinned(desk, PUT, "8.00", "8.10")
        await pinned(desk, "SPY", "584.99", "585.01")

        alert = await desk.until("ana", lambda m: TESTED in shown(m) and has_action(m, "risk_close"))
        assert shown(alert).startswith(f"PRACTICE · {TESTED}")
        assert "Short put ×2: −$1,010.00, 168 % of the credit; closing costs 8.05 (8.00 / 8.10)" in shown(
            alert
        )
        assert "Close at 8.05 …" in json.dumps(alert["blocks"], ensure_ascii=False)
        assert await desk.creates() == []

        await desk.press("ana", alert, "risk_close")
        preview = await desk.until(
            "ana", lambda m: "Buy 2 SPY" in shown(m) and has_action(m, "order_confirm")
        )
        assert await desk.creates() == []
        await desk.press("ana", preview, "order_confirm", times=2)
        await desk.until("ana", lambda m: m["ts"] == preview["ts"] and not has_action(m, "order_confirm"))
        await desk.live_order()
        (sent,) = await desk.creates()
        body = sent["body"] if isinstance(sent["body"], dict) else json.loads(sent["body"])
        assert [(leg["symbol"], leg["action"], leg["quantity"]) for leg in body["legs"]] == [
            (PUT, "Buy to Close", 2)
        ]
        assert (body["order-type"], body["price-effect"], float(body["price"])) == ("Limit", "Debit", 8.05)

        await pinned(desk, PUT, "7.90", "8.00")
        over = await desk.until(
            "ana", lambda m: m["ts"] == alert["ts"] and "Over:" in shown(m), seconds=PATIENCE * 2
        )
        assert "Over: short put SPY 590p is not held any more" in shown(over)
        assert not has_action(over, "risk_close")
        assert await working(desk) == []
        assert len(await desk.creates()) == 1
