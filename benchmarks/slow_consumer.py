"""Memory of a process whose consumer is a hundred times too slow: ours conflates, the SDK queues.

As a program (`python -m benchmarks.slow_consumer ours|sdk PORT SECONDS`) it is that process.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from benchmarks import feeds
from benchmarks.children import child, told
from benchmarks.figures import Goal, Row, Sizes, interleaved
from benchmarks.replay import final_price, symbols

SYMBOLS = 200
PER_SECOND = 20_000
HANDLED = 200  # a second
MEGABYTE = 1024 * 1024


async def run(sizes: Sizes) -> list[Row]:
    """Growth in so many seconds; ours is stopped only after each symbol's last price was delivered."""
    tenths = sizes.of(100, 3)
    async with child("benchmarks.replay") as server:
        port = server["port"]
        await feeds.plan(
            port,
            events=5_000,
            per_frame=10,
            symbols=SYMBOLS,
            passes=1,
            per_second=PER_SECOND,
            seconds=tenths / 10,
        )

        async def growth(side: str) -> float:
            answer = await told("benchmarks.slow_consumer", side, str(port), str(tenths / 10))
            assert side == "sdk" or answer["missing"] == 0, "a last price was not delivered"
            return float(answer["grown"]) / MEGABYTE

        figures = await interleaved(min(sizes.rounds, 3), lambda: growth("ours"), lambda: growth("sdk"), "MB")
    goal = Goal(32, at_least=False, absolute=True, note="MB in 10 s")
    name = f"growth in {tenths / 10:g} s, consumer 100x too slow"
    return [Row(name, *figures, "SDK listen", goal)]


def resident() -> int:
    """Bytes of this process in memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def _measure(side: str, port: int, seconds: float) -> dict[str, int]:
    before, most, missing = 0, 0, 0
    ends = time.monotonic() + seconds

    async def handled() -> None:
        """Slow while the flood lasts; the first call is the zero of the growth."""
        nonlocal before, most
        before = before or resident()
        most = max(most, resident())
        if time.monotonic() < ends:
            await asyncio.sleep(1 / HANDLED)

    if side == "ours":
        _, last = await feeds.read_own(port, feeds.loud(SYMBOLS), handled)
        missing = sum(last.get(name) != final_price(name) for name in symbols(SYMBOLS))
    else:  # what it has queued would take minutes to hand out
        try:
            async with asyncio.timeout(seconds + 0.3):
                await feeds.read_sdk(port, SYMBOLS, handled)
        except TimeoutError:
            most = max(most, resident())
    return {"grown": most - before, "missing": missing}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_measure(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))))
