"""Sentences through Slack to the broker's ledger: strategies by the live market, exits, closes, rolls, repairs."""

from __future__ import annotations

import json
import re
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

        await a_future_is_traded(desk)


async def a_future_is_traded(desk: Stage) -> None:
    """The month is chosen and shown; opened by a plain Buy, closed by a strict close (I19); watched by an alert."""
    await desk.command("ana", "quote /MES")
    quoted = shown(await desk.says("ana", "a point"))
    assert "$5 a point · active month · last trade" in quoted
    month = re.search(r"/MES[HMUZ]\d", quoted)
    assert month is not None
    symbol = month[0]

    preview = await desk.preview("ana", "buy 2 /MES mkt", symbol)
    text = shown(preview)
    assert f"Buy 2 {symbol} to open at the market" in text.splitlines()[0]
    assert f"/MES: {symbol}, the broker's active month" in text
    assert "Each point is $10; it can lose more than its margin" in text
    assert "Stands for $" in text
    await desk.press("ana", preview, "order_confirm")
    await desk.says("ana", f"Filled: bought 2 {symbol}")
    await desk.command("ana", "positions")
    await desk.says("ana", f"Long 2 *{symbol}*")

    preview = await desk.preview("ana", "close /MES mkt", f"Sell 2 {symbol} to close")
    await desk.press("ana", preview, "order_confirm")
    await desk.says("ana", f"Filled: sold 2 {symbol}")
    opened, closed = (await placed(desk, "/orders"))[-2:]
    future = {"instrument-type": "Future", "quantity": 2, "symbol": symbol}
    assert opened["legs"] == [{"action": "Buy", **future}]
    assert closed["legs"] == [{"action": "Sell to Close", **future}]
    assert closed["advanced-instructions"] == {"strict-position-effect-validation": True}

    await desk.command("ana", f"buy 1 {symbol} @ 5000.10")
    off = await desk.says("ana", "5000.10 is not a price for this order")
    assert {"5000.00", "5000.25"} <= set(shown(off).split("\n"))

    await desk.sim("/_sim/quote", {"symbol": symbol, "bid": "6000", "ask": "6000.25"}, side="broker")
    await desk.command("ana", f"{symbol} > 6010", command="/alert")
    await desk.says("ana", f"Watching: {symbol}")
    await desk.sim("/_sim/quote", {"symbol": symbol, "bid": "6012", "ask": "6012.25"}, side="broker")
    await desk.says("ana", f"{symbol} 6012.1")
