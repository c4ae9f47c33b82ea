"""`alert test …` on a live desk: read from the simulator's candles, counted, drawn, and nothing is watched by it."""

from __future__ import annotations

from pathlib import Path

from tests.alerts.live import live


async def test_it_tells_how_often_and_shows_a_picture(tmp_path: Path) -> None:
    async with live(tmp_path) as desk:
        last = desk.broker.market.quote("AAPL").last  # type: ignore[union-attr]
        said = await desk.say(f"alert test AAPL > {last - 20} every time", direct=False)
        assert "in 30 days" in said
        assert "The picture is in your messages" in said
        assert "Set this alert" in said
        calls = (await desk.sim("/_sim/calls", side="slack"))["calls"]
        (shared,) = [c for c in calls if c["method"] == "files.completeUploadExternal"]
        assert shared["answer"]["ok"]
        assert "thread_ts" not in shared["args"]
        assert "no alerts" in await desk.say("alerts")
        frames = await desk.frames()
        assert "Candles do not tell bid" in await desk.say("alert test AAPL bid > 1")
        await desk.say(f"alert test AAPL < {last - 5} every time")
        assert len(await desk.frames()) == len(frames), "read once for whoever asks within a minute"
        both = await desk.say("alert test AAPL > 1 and SPY < 1")
        assert "would not have fired" in both.lower() or "in 30 days" in both
        assert "NOPE" in await desk.say("alert test NOPE > 3")
