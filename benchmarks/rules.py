"""Alert rules meeting ticks: quiet ones beside a plain loop, and what a firing costs."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.bare import bare_database, insert
from benchmarks.figures import Figures, Goal, Row, Sizes, interleaved
from senexbot.alerts.engine import LinkWatch
from senexbot.clock import SystemClock
from senexbot.domain.alerts import Direction, PriceRule, Tick, evaluate
from senexbot.ids import RandomIds
from senexbot.ports import FeedBatch, Lease
from senexbot.store.engine import SqlStore
from senexbot.store.tables import rules as rules_table
from tests.fakes.broker import HandReads
from tests.store.values import a_link, a_rule, seal
from tests.stores import NOON, sqlite_home

SYMBOLS = [f"S{i:02}" for i in range(100)]


class Unfed:
    """Stands at the port MarketFeed; ticks are handed to the watch directly."""

    def want(self, streamer_symbols: frozenset[str]) -> None: ...

    async def run(self) -> None: ...

    async def changes(self) -> FeedBatch:
        raise NotImplementedError

    def latest(self, streamer_symbol: str) -> Tick | None:  # noqa: ARG002  the port's shape
        return None


def watch_over(store: Any, lease: Lease) -> LinkWatch:
    clock = SystemClock()
    return LinkWatch(
        link=a_link(),
        feed=Unfed(),
        reads=HandReads(clock),
        store=store,
        clock=clock,
        ids=RandomIds(clock=clock),
        lease=lease,
    )


async def run(sizes: Sizes) -> list[Row]:
    rows = [await _quiet(sizes, count) for count in (100, 1_000, 10_000)]
    rows.append(_in_memory(sizes))
    rows.append(await _firing(sizes))
    return rows


def armed(count: int) -> list[PriceRule]:
    """Rules 2 to 50 % away from 100, as many above as below."""
    draw = random.Random(2)
    made = []
    for i in range(count):
        direction = Direction.ABOVE if i % 2 else Direction.BELOW
        away = Decimal(draw.randint(200, 5000)) / 100
        level = 100 + away if direction is Direction.ABOVE else 100 - away
        symbol = SYMBOLS[i % len(SYMBOLS)]
        made.append(
            a_rule(i, id=f"r{i}", symbol=symbol, streamer_symbol=symbol, direction=direction, level=level)
        )
    return made


def quiet_ticks(count: int) -> list[Tick]:
    """Within 1 % of 100: nothing is crossed."""
    draw = random.Random(3)
    made = []
    for _ in range(count):
        low, last, high = sorted(Decimal(draw.randint(9900, 10100)) / 100 for _ in range(3))
        made.append(Tick(draw.choice(SYMBOLS), last, low, high, NOON, confirmed=True))
    return made


async def _quiet(sizes: Sizes, count: int) -> Row:
    rules, ticks = armed(count), quiet_ticks(sizes.of(2_000, 50))
    watch = watch_over(None, Lease("stream", "bench", 1, NOON))
    watch.load(tuple(rules))
    plain: dict[str, list[tuple[bool, Decimal]]] = {symbol: [] for symbol in SYMBOLS}
    for rule in rules:
        plain[rule.symbol].append((rule.direction is Direction.ABOVE, rule.level))
    passes = sizes.of(max(1, 5_000 // count), 1)

    async def ours() -> float:
        began = time.perf_counter()
        for _ in range(passes):
            for tick in ticks:
                await watch.take(tick)
        return len(ticks) * passes / (time.perf_counter() - began)

    async def loop() -> float:
        began = time.perf_counter()
        for _ in range(passes):
            for tick in ticks:
                for above, level in plain[tick.symbol]:
                    if tick.high > level if above else tick.low < level:
                        raise AssertionError("a quiet tick crossed a level")
        return len(ticks) * passes / (time.perf_counter() - began)

    figures = await interleaved(sizes.rounds, ours, loop, "ticks/s")
    goal = Goal(1e6, at_least=True, absolute=True, note="ticks/s")
    return Row(f"quiet ticks, {count:,} rules on 100 symbols", *figures, "plain loop", goal)


def _in_memory(sizes: Sizes) -> Row:
    """The decision alone: one armed rule, one tick through its level."""
    rule = a_rule(level=Decimal(101))
    tick = Tick("AAPL", Decimal(102), Decimal(100), Decimal(102), NOON, confirmed=True)
    times = sizes.of(2_000, 10)

    def microseconds(act: Callable[[], object]) -> float:
        began = time.perf_counter()
        for _ in range(times):
            act()
        return (time.perf_counter() - began) / times * 1e6

    assert evaluate(rule, tick)[1]
    values = tuple(microseconds(lambda: evaluate(rule, tick)) for _ in range(sizes.rounds))
    goal = Goal(10, at_least=False, absolute=True, note="us")
    return Row("one firing decided, in memory", Figures(values, "us"), goal=goal)


async def _firing(sizes: Sizes) -> Row:
    """Rule, record, message and lease in one durable commit, beside one row inserted and committed."""
    count = sizes.of(60, 3)
    with tempfile.TemporaryDirectory() as place:
        async with sqlite_home(Path(place), clock=SystemClock()) as home, bare_database(Path(place)) as bare:
            store = await home.open()
            await _add_link(store, home.box)
            lease = await _lease(store)
            serial = iter(range(10**9))

            async def ours() -> float:
                rules = [
                    a_rule(id=f"f{next(serial)}", streamer_symbol="AAPL", level=Decimal(101))
                    for _ in range(count)
                ]
                async with store.begin() as tx:
                    for rule in rules:
                        await tx.rules.add(rule)
                watch = watch_over(store, lease)
                watch.load(tuple(rules))
                tick = Tick("AAPL", Decimal(102), Decimal(100), Decimal(102), NOON, confirmed=True)
                began = time.perf_counter()
                await watch.take(tick)
                return (time.perf_counter() - began) / count * 1e3

            async with store.begin() as tx:
                await tx.rules.add(a_rule(id="copied"))
            row = await bare.copied(store, rules_table, "copied")

            async def committed() -> float:
                began = time.perf_counter()
                for _ in range(count):
                    await insert(bare, rules_table, row | {"id": f"b{next(serial)}"})
                return (time.perf_counter() - began) / count * 1e3

            figures = await interleaved(sizes.rounds, ours, committed, "ms")
    return Row("one firing, committed with its message", *figures, "bare insert + commit")


async def _add_link(store: SqlStore, box: Any) -> None:
    async with store.begin() as tx:
        await tx.links.add(a_link(), seal(box, a_link()))


async def _lease(store: SqlStore) -> Lease:
    clock = SystemClock()
    async with store.begin() as tx:
        lease = await tx.leases.take("stream", "bench", seconds=600, now=clock.now())
    assert lease is not None
    return replace(lease)
