"""SIGTERM while the broker still owes an answer (F82)."""

from __future__ import annotations

import time
from pathlib import Path

from tests.e2e.stage import stage


async def test_i63_a_stop_with_an_order_in_flight(tmp_path: Path) -> None:
    """Within 25 s; what has no answer is unknown at the next start, found, and never sent again (I4, I9)."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana")
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
        preview = await desk.preview("ana", "order buy 10 AAPL @ 187.40", "Buy 10 AAPL")
        fault = {"target": "POST /accounts/*/orders", "kind": "delay", "delay_ms": 40_000, "count": 1}
        await desk.sim("/_sim/fault", fault, side="broker")
        await desk.press("ana", preview, "order_confirm")
        await desk.says("ana", "Sending")
        began = time.monotonic()
        assert await desk.bot.stop() == 0
        assert time.monotonic() - began < 25
        await desk.bot.start()
        await desk.says("ana", "Not known whether the broker has your order")
        assert len(await desk.creates()) <= 1
