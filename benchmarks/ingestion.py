"""Frames to evaluated ticks: senexbot's shared connection under 100,000 armed rules, beside the SDK's `listen` without
any, and beside only decoding; the same frames from one server on another core."""

from __future__ import annotations

import time

from benchmarks import cores, feeds
from benchmarks.children import child
from benchmarks.figures import Goal, Row, Sizes, side_by_side
from benchmarks.replay import final_price, symbols

SYMBOLS = 400  # one subscription message: at most 500 fit
PASSES = {1: 20, 10: 20, 100: 80}  # ours is so quick that it gets the same frames many times over
SDK_GOALS = {1: 8.0, 10: None, 100: 15.0}
DECODING_GOALS = {1: None, 10: None, 100: 0.6}


async def run(sizes: Sizes) -> list[Row]:
    rows = []
    async with child("benchmarks.replay") as server:
        with cores.measured():
            for per_frame, events in ((1, 3_000), (10, 8_000), (100, 12_000)):
                wanted = {"events": sizes.of(events, 400), "per_frame": per_frame, "symbols": SYMBOLS}
                rows += await _beside(sizes, server["port"], wanted)
    return rows


async def _beside(sizes: Sizes, port: int, wanted: dict[str, int]) -> list[Row]:
    events, per_frame = wanted["events"], wanted["per_frame"]
    passes = sizes.of(PASSES[per_frame], 1)
    armed = feeds.armed(SYMBOLS)
    expected = {name: final_price(name) for name in symbols(SYMBOLS)}

    async def ours() -> float:
        await feeds.plan(port, **wanted, passes=passes)
        began, last = await feeds.read_own(port, armed.keys, meets=armed)
        took = time.monotonic() - began
        assert last == expected, "a last price was not delivered"
        return (events * passes + SYMBOLS) / took

    async def sdk() -> float:
        await feeds.plan(port, **wanted, passes=1)
        began, _ = await feeds.read_sdk(port, SYMBOLS)
        return (events + SYMBOLS) / (time.monotonic() - began)

    async def decoding() -> float:
        await feeds.plan(port, **wanted, passes=passes)
        began = await feeds.read_decoding(port, events // per_frame * passes + 1)
        return (events * passes + SYMBOLS) / (time.monotonic() - began)

    own, slow, bare = await side_by_side(sizes.rounds, "events/s", ours, sdk, decoding)
    name = f"frames to evaluated ticks, 100,000 rules, {per_frame} a frame"
    return [
        Row(name, own, slow, "SDK listen, no rules", _goal(SDK_GOALS[per_frame])),
        Row("the same", own, bare, "only decoding", _goal(DECODING_GOALS[per_frame])),
    ]


def _goal(bound: float | None) -> Goal | None:
    return None if bound is None else Goal(bound, at_least=True)
