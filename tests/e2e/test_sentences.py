"""Sentences through Slack to the broker's ledger: strategies by the live market, exits, closes, rolls, repairs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.stage import Stage, has_action, shown, stage


def bodies(requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [r["body"] for r in requests]
    return [json.loads(body) if isinstance(body, str) else body for body in found]


async def placed(desk: Stage, path: str) -> list[dict[str, Any]]:
    """Bodies of the create requests that reached the broker (I4)."""
    requests = (await desk.sim("/_sim/requests", side="broker"))["requests"]
    wanted = [r for r in requests if r["method"] == "POST" and r["path"].endswith(path)]
    return bodies(wanted)


async def test_what_a_trader_says_reaches_the_broker_as_it_was_confirmed(tmp_path: Path) -> None:
    """I4, I19: each order once, with the legs, signs and effects that the preview showed."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana", customer=1)

        preview = await desk.preview("ana", "sell 2 SPY strangle 45d 16Δ @ mid gtc", "strangle")
        text = shown(preview)
        assert "put Δ −0." in text
        assert "call Δ 0." in text
        assert "no cap on the loss" in text
        assert "credit" in text.splitlines()[0]
        await desk.press("ana", preview, "order_confirm")
        await desk.until("ana", lambda m: "strangle" in shown(m) and has_action(m, "order_cancel"))
        (sent,) = await placed(desk, "/orders")
        assert [leg["action"] for leg in sent["legs"]] == ["Sell to Open"] * 2
        assert {leg["quantity"] for leg in sent["legs"]} == {2}
        assert (sent["price-effect"], sent["time-in-force"]) == ("Credit", "GTC")
        assert f"{float(sent['price']):.2f}" in text.splitlines()[0]

        preview = await desk.preview("ana", "sell 1 QQQ put 45d 20Δ @ mid tp 50% sl 2x", "QQQ")
        assert "Take profit" in shown(preview) or "take profit" in shown(preview)
        await desk.press("ana", preview, "order_confirm")
        await desk.until("ana", lambda m: "QQQ" in shown(m) and has_action(m, "order_cancel"))
        (sent,) = await placed(desk, "/complex-orders")
        assert sent["type"] == "OTOCO"
        assert [one["order-type"] for one in sent["orders"]] == ["Limit", "Stop"]
        assert {leg["action"] for one in sent["orders"] for leg in one["legs"]} == {"Buy to Close"}

        preview = await desk.preview("ana", "close half NVDA", "NVDA")
        assert "100 of 200 NVDA" in shown(preview)
        await desk.press("ana", preview, "order_confirm")
        await desk.until("ana", lambda m: "NVDA" in shown(m) and not has_action(m, "order_confirm"))
        sent = (await placed(desk, "/orders"))[-1]
        assert sent["legs"] == [
            {"action": "Sell to Close", "instrument-type": "Equity", "quantity": 100, "symbol": "NVDA"}
        ]
        assert sent["advanced-instructions"] == {"strict-position-effect-validation": True}

        await desk.command("ana", "sell 1 SPY 45d 600.5p @ 3")
        offer = await desk.says("ana", "not listed")
        assert "600 or 601" in shown(offer)
        assert '"action_id": "say' in json.dumps(offer["blocks"])

        await desk.command("ana", "policy test sell 1 SPY put vertical 45d 30Δ 5 wide @ mid")
        await desk.says("ana", "vertical")
