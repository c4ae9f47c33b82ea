"""The main job, end to end, on the real protocols: link, read, quote, order, confirm, fill, alert."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.stage import shown, stage


@pytest.mark.parametrize("http_mode", [False, True], ids=["socket", "http"])
async def test_the_main_job(tmp_path: Path, http_mode: bool) -> None:
    """One create request for one confirmation (I4); the fill and the alert are told."""
    async with stage(tmp_path, http_mode=http_mode) as desk:
        await desk.connect("ana")
        await desk.command("ana", "", command="/balances")
        await desk.says("ana", "Net liq")
        await desk.command("ana", "AAPL SPY", command="/quote", channel="trading")
        quoted = await desk.says("ana", "AAPL", channel="trading")
        assert quoted["ephemeral"]
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
        preview = await desk.preview("ana", "order buy 100 AAPL @ 187.50", "Buy 100 AAPL")
        assert "PRACTICE" in shown(preview)
        await desk.press("ana", preview, "order_confirm", times=2, interval_ms=10)
        await desk.says("ana", "Filled")
        assert len(await desk.creates()) == 1
        await desk.command("ana", "AAPL > 200", command="/alert", channel="trading")
        await desk.says("ana", "Watching", channel="trading")
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "200.40", "ask": "200.60"}, side="broker")
        fired = await desk.until(
            "ben", lambda m: "AAPL" in shown(m) and "200.5" in shown(m), channel="trading"
        )
        assert not fired["ephemeral"]
