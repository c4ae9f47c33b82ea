"""DXLink frames to ticks: senexbot's feed beside the SDK's `listen`, the same frames from one server."""

from __future__ import annotations

import time

from benchmarks import feeds
from benchmarks.children import child
from benchmarks.figures import Goal, Row, Sizes, interleaved
from benchmarks.replay import final_price, symbols

SYMBOLS = 400  # one subscription message: at most 500 fit
PASSES = 10  # ours is so quick that it gets the same frames ten times over
GOALS = {1: 12.0, 10: None, 100: 20.0}


async def run(sizes: Sizes) -> list[Row]:
    rows = []
    async with child("benchmarks.replay") as server:
        port = server["port"]
        for per_frame, events in ((1, 3_000), (10, 8_000), (100, 12_000)):
            wanted = {"events": sizes.of(events, 400), "per_frame": per_frame, "symbols": SYMBOLS}
            passes = sizes.of(PASSES, 1)
            goal = GOALS[per_frame]
            rows.append(
                await _beside(
                    sizes, port, f"frames to ticks, {per_frame} a frame", wanted, passes, goal, bare=False
                )
            )
        name = "the same, with the 3 fields we ask for"
        rows.append(await _beside(sizes, port, name, wanted, passes, None, bare=True))
    return rows


async def _beside(
    sizes: Sizes, port: int, name: str, wanted: dict[str, int], passes: int, goal: float | None, *, bare: bool
) -> Row:
    events = wanted["events"]

    async def ours() -> float:
        await feeds.plan(port, **wanted, passes=passes, bare=bare)
        began, last = await feeds.read_own(port, SYMBOLS)
        took = time.monotonic() - began
        assert last == {s: final_price(s) for s in symbols(SYMBOLS)}, "a last price was not delivered"
        return (events * passes + SYMBOLS) / took

    async def sdk() -> float:
        await feeds.plan(port, **wanted, passes=1, bare=False)
        began, _ = await feeds.read_sdk(port, SYMBOLS)
        return (events + SYMBOLS) / (time.monotonic() - began)

    figures = await interleaved(sizes.rounds, ours, sdk, "events/s")
    return Row(name, *figures, "SDK listen", Goal(goal, at_least=True) if goal else None)
