"""A crossing while no bot ran is told after the start, from candles, once (I47, F60)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from senexbot.domain.alerting.rules import RuleState
from tests.alerts.live import live

SPEED = 25.0


async def test_i47_what_crossed_and_came_back_while_the_bot_was_down_is_told(tmp_path: Path) -> None:
    async with live(tmp_path, speed=SPEED) as desk:
        await desk.pin("AAPL", 190.0)
        room = desk.room("down")
        rule = await desk.watch("AAPL > 192.01", channel=room)
        await desk.heard("AAPL", lambda _: 190.0)
        armed = desk.clock.now()
        await desk.stop()
        while (desk.clock.now() - armed).total_seconds() < 130:  # a whole minute of the market lies between
            await asyncio.sleep(0.02)
        await desk.pin("AAPL", 193.0)
        await desk.pin("AAPL", 190.0)
        await desk.start()
        posts = await desk.until(lambda posts: any("192.01" in post for post in posts), channel=room)
        assert "Found in the candles" in next(post for post in posts if "192.01" in post)
        assert (await desk.state(rule)).state is RuleState.FIRED
        await desk.quiet()
        assert sum("192.01" in post for post in await desk.posts(room)) == 1
