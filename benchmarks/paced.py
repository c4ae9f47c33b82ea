"""How late a tick is evaluated at 40,000 events a second: ours beside a reader that only decodes, and the SDK's `listen`.

As a program (`python -m benchmarks.paced ours|decoding|sdk PORT`) it is that reader, alone on its core.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from benchmarks import cores, feeds
from benchmarks.children import child, told
from benchmarks.figures import Figures, Goal, Row, Sizes, interleaved, percentile
from benchmarks.replay import EPOCH

SYMBOLS = 400
PER_SECOND = 40_000
PER_FRAME = 10


async def run(sizes: Sizes) -> list[Row]:
    seconds = sizes.of(30, 3) / 10
    async with child("benchmarks.replay") as server:
        port = server["port"]
        await feeds.plan(
            port,
            events=8_000,
            per_frame=PER_FRAME,
            symbols=SYMBOLS,
            passes=1,
            per_second=PER_SECOND,
            seconds=seconds,
            clocked=True,
        )

        async def p99(side: str) -> float:
            answer = await told("benchmarks.paced", side, str(port))
            return float(answer["p99"])

        own, bare = await interleaved(sizes.rounds, lambda: p99("ours"), lambda: p99("decoding"), "ms")
        slow = Figures((await p99("sdk"),), "ms")  # once: it needs several times as long as the sending takes
    name = f"wire to evaluated at {PER_SECOND:,} events/s, p99"
    return [
        Row(name, own, bare, "only decoding", Goal(3.0, at_least=False)),
        Row("the same", own, slow, "SDK listen, no rules"),
    ]


async def _measure(side: str, port: int) -> dict[str, float]:
    late: list[float] = []

    def seen(sent: float) -> None:
        late.append((time.monotonic() + EPOCH - sent) * 1000)

    if side == "ours":
        await feeds.clock_of_own(port, feeds.armed(SYMBOLS), seen)
    elif side == "decoding":
        await feeds.clock_of_decoding(port, seen)
    else:
        await feeds.read_sdk(port, SYMBOLS, seen=seen)
    return {"p50": percentile(late, 0.5), "p99": percentile(late, 0.99), "looks": len(late)}


if __name__ == "__main__":
    cores.settle(cores.MEASURED)
    print(json.dumps(asyncio.run(_measure(sys.argv[1], int(sys.argv[2])))))
