"""A tick on the wire until the alert's request is at Slack, beside one bare commit and one bare HTTP post."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from benchmarks.bare import Bare, bare_database, insert
from benchmarks.figures import Figures, Goal, Row, Sizes
from senexbot.store.tables import outbox
from tests.e2e.stage import Stage, stage
from tests.stores import NOON

FIRST = Decimal("200.50")
PAUSE = 0.25  # the line is still again, and the channels' pace is not what is measured
ROW = {
    "key": "alerts:C1",
    "kind": "AlertNews",
    "news": "x" * 400,
    "to_user": "",
    "channel": "C1",
    "collapse": "",
    "state": "waiting",
    "not_before": NOON,
    "created_at": NOON,
    "attempts": 0,
    "maybe_sent": False,
    "claimed_by": "",
    "reason": "",
}


async def run(sizes: Sizes) -> list[Row]:
    rounds = sizes.of(10, 2)
    with tempfile.TemporaryDirectory() as place:
        async with stage(Path(place)) as desk, bare_database(Path(place)) as bare:
            await desk.connect("ana")
            await _pin(desk, Decimal(200))
            for i in range(rounds):  # a room each: what a place was told within the minute is not measured
                room = f"room-{i}"
                await desk.sim("/_sim/channel", {"create": room, "members": ["@bot", "ana"]})
                level = f"{FIRST + i}"
                await desk.command("ana", f"AAPL > {level}", command="/alert", channel=room)
                await desk.says("ana", f"{level.rstrip('0').rstrip('.')}", channel=room)
            await asyncio.sleep(1)  # the engine has taken the rules up and subscribed
            told, bared, together = [], [], []
            for i in range(rounds):
                told.append(await _told(desk, FIRST + i + Decimal("0.25")))
                await asyncio.sleep(PAUSE)
                commit, post = await _commit(bare), await _post(desk)
                bared.append(commit + post)
                await asyncio.sleep(PAUSE)
            together = [Figures(tuple(told), "ms"), Figures(tuple(bared), "ms")]
    return [Row("tick to alert at Slack", *together, "bare commit + bare post", Goal(3, at_least=False))]


async def _pin(desk: Stage, price: Decimal) -> None:
    await desk.broker.market.pin("AAPL", price - Decimal("0.05"), price + Decimal("0.05"), price)


async def _told(desk: Stage, price: Decimal) -> float:
    """Milliseconds from the frame's sending to the arrival of the post."""
    ws = desk.slack.workspace
    before = len(ws.calls)

    def posted() -> bool:
        return any(call["method"] == "chat.postMessage" for call in itertools.islice(ws.calls, before, None))

    began = time.perf_counter()
    waiting = asyncio.create_task(ws.bus.until(posted, 15_000))
    await _pin(desk, price)
    assert await waiting, "the alert was not posted"
    return (time.perf_counter() - began) * 1e3


async def _commit(bare: Bare) -> float:
    began = time.perf_counter()
    await insert(bare, outbox, ROW)
    return (time.perf_counter() - began) * 1e3


async def _post(desk: Stage) -> float:
    """One chat.postMessage of our own, on a connection that is open already."""
    channel = next(c["id"] for c in desk.slack.info["channels"] if c["name"] == "trading")
    headers = {"Authorization": f"Bearer {desk.slack.info['bot_token']}"}
    body = {"channel": channel, "text": "AAPL is above 200.50"}
    desk.slack.workspace.limits.mode = "off"
    began = time.perf_counter()
    async with desk.http.post(
        f"{desk.slack.info['api_url']}chat.postMessage", json=body, headers=headers
    ) as sent:
        assert (await sent.json())["ok"]
    return (time.perf_counter() - began) * 1e3
