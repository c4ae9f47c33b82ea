"""An order's words read and checked, beside the broker's own dry run of it (the simulator, on loopback)."""

from __future__ import annotations

import asyncio
import time
from datetime import date

from benchmarks.figures import Row, Sizes, interleaved
from senexbot.domain.checks import check_preview
from senexbot.domain.parsing_order import parse_order
from senexsim.broker.server import BrokerSim
from tests.broker.kit import account, simulated, terms
from tests.domain.builders import facts

TEXTS = ("buy 100 AAPL @ 187.50", "sell 50 AAPL mkt", "buy 1 SPY 18DEC26 590p @ 4.20 gtc")
TODAY = date(2026, 11, 23)


async def run(sizes: Sizes) -> list[Row]:
    times, runs = sizes.of(100, 2), sizes.of(3, 1)
    checked = facts()

    async def ours() -> float:
        began = time.perf_counter()
        for _ in range(times):
            for text in TEXTS:
                parse_order(text, TODAY)
                assert not check_preview(checked).denials
        return (time.perf_counter() - began) / (times * len(TEXTS)) * 1e3

    async with BrokerSim(port=0, seed=1) as sim:
        number = sim.info["users"][0]["accounts"][0]
        async with simulated(sim) as broker:
            body = broker.desk.compose(terms(number=number), "sx1-p-bench")

            async def dry_run() -> float:
                await asyncio.sleep(sizes.of(1, 0))  # else our own pacing of requests is what is measured
                began = time.perf_counter()
                for _ in range(runs):
                    await broker.desk.dry_run(account(number), body)
                return (time.perf_counter() - began) / runs * 1e3

            await dry_run()  # the session's token is no part of it
            figures = await interleaved(sizes.rounds, ours, dry_run, "ms")
    return [Row("an order's words read and checked", *figures, "broker's dry run")]
