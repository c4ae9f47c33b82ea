"""Alerts meeting ticks: quiet ones beside fewer alerts, a plain loop and another engine; what a firing costs, and
what an alert takes in memory."""

from __future__ import annotations

import gc
import random
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.bare import bare_database, insert
from benchmarks.figures import Figures, Goal, Row, Sizes, interleaved
from senexbot.alerts.board import Board
from senexbot.alerts.storing import Storing
from senexbot.alerts.watch import LinkWatch
from senexbot.clock import SystemClock
from senexbot.domain.alerting.book import Book, Place
from senexbot.domain.alerting.evaluating import begin, step
from senexbot.domain.alerting.looks import Look, Seen
from senexbot.domain.alerting.quiet import quiet
from senexbot.domain.alerting.rules import AlertRule, RuleState, Watched
from senexbot.domain.alerting.terms import AlertTerms, Amount, Field, Level, Often, Repeat, Side, Source
from senexbot.ids import RandomIds
from senexbot.ports import Lease
from senexbot.ports.values import DayFigures, Key, Span
from senexbot.store.engine import SqlStore
from senexbot.store.tables import rules as rules_table
from tests.fakes.broker import HandReads
from tests.fakes.values import HandFeed
from tests.store.values import a_link, a_rule, seal
from tests.stores import NOON, sqlite_home

SYMBOLS = [f"S{i:03}" for i in range(500)]
EVERY = Repeat(Often.EVERY, Amount(Decimal(1)))
NOT_HERE = "the PyPI package rule-engine is not installed"


class Still:
    """Stands where a board asks its feed: every symbol was at 100."""

    def cut(self, keys: Sequence[Key]) -> tuple[Span, ...]:  # noqa: ARG002  the port's shape
        return ()

    def latest(self, key: Key) -> Span | None:
        return span(key.streamer_symbol, 100)

    def day(self, streamer_symbol: str) -> DayFigures | None:  # noqa: ARG002  the port's shape
        return None


def span(symbol: str, last: int, at: datetime = NOON) -> Span:
    price = Decimal(last)
    return Span(Key(symbol, Field.LAST), price, price, price, at)


async def run(sizes: Sizes) -> list[Row]:
    rows = [
        await _flat(sizes, sizes.of(1_000_000, 1_000)),
        *await _beside(sizes, sizes.of(100_000, 1_000)),
        _memory(sizes),
        _in_memory(sizes),
        await _firing(sizes),
    ]
    return [row for row in rows if row is not None]


def levels(count: int, names: Sequence[str] = SYMBOLS) -> list[tuple[str, Side, Decimal]]:
    """2 to 50 % away from 100, as many above as below."""
    draw = random.Random(2)
    made = []
    for i in range(count):
        side = Side.ABOVE if i % 2 else Side.BELOW
        away = Decimal(draw.randint(200, 5000)) / 100
        made.append((names[i % len(names)], side, 100 + away if side is Side.ABOVE else 100 - away))
    return made


def rules_of(count: int, names: Sequence[str] = SYMBOLS) -> list[AlertRule]:
    watched = {symbol: (Watched(symbol, symbol, symbol, symbol),) for symbol in names}
    return [
        a_rule(
            number,
            terms=AlertTerms(Level(Source(symbol), side, level), EVERY),
            instruments=watched[symbol],
        )
        for number, (symbol, side, level) in enumerate(levels(count, names))
    ]


def filled(rules: Sequence[AlertRule]) -> Board:
    board = Board(Still())
    board.meet([board.put(rule) for rule in rules], NOON)
    return board


def booked(count: int) -> Book[Key, int]:
    """The bounds of so many armed alerts, each as the engine's own laws find them after its first look. Without their
    rows, of which a million would not leave room for anything else."""
    book: Book[Key, int] = Book()
    keys = {symbol: Key(symbol, Field.LAST) for symbol in SYMBOLS}
    price = Decimal(100)
    look = Look(NOON, NOON.date(), {Source(symbol): Seen(price, price, price) for symbol in SYMBOLS})
    for number, (symbol, side, level) in enumerate(levels(count)):
        terms = AlertTerms(Level(Source(symbol), side, level), EVERY)
        met = step(terms, begin(terms), look).memory
        (bounds,) = quiet(terms, met, look).values()
        book.put(Place(number, keys[symbol]), bounds)
    return book


def quiet_ticks(count: int) -> list[tuple[Key, float]]:
    """Within 1 % of 100: nothing is crossed. As the feed has them, in floats."""
    draw = random.Random(3)
    keys = {symbol: Key(symbol, Field.LAST) for symbol in SYMBOLS}
    return [(keys[draw.choice(SYMBOLS)], draw.randint(9900, 10100) / 100) for _ in range(count)]


def passed(book: Book[Key, Any], ticks: Sequence[tuple[Key, float]], passes: int) -> float:
    """Ticks a second of our own time through the book's bands, as the feed asks them."""
    lines = book.lines
    began = time.process_time()
    for _ in range(passes):
        for key, price in ticks:
            line = lines[key]
            if price < line.floor or price > line.ceiling:
                raise AssertionError("a quiet tick left its band")
    return len(ticks) * passes / (time.process_time() - began)


async def _flat(sizes: Sizes, count: int) -> Row:
    few, many = booked(100), booked(count)
    watched = {key.streamer_symbol for key in few.lines}
    ticks = [tick for tick in quiet_ticks(sizes.of(50_000, 100)) if tick[0].streamer_symbol in watched]
    passes = sizes.of(40, 1)

    async def ours() -> float:
        return passed(many, ticks, passes)

    async def other() -> float:
        return passed(few, ticks, passes)

    figures = await interleaved(sizes.rounds, ours, other, "ticks/s")
    return Row(f"quiet ticks, {count:,} alerts", *figures, "100 alerts", Goal(0.8, at_least=True))


async def _beside(sizes: Sizes, count: int) -> list[Row]:
    """What others do with the same alerts: look at each one of the symbol."""
    book, ticks = booked(count), quiet_ticks(sizes.of(20_000, 100))
    few = ticks[: sizes.of(400, 20)]  # the others are so slow that they get a part of them
    plain: dict[str, list[tuple[bool, float]]] = {symbol: [] for symbol in SYMBOLS}
    for symbol, side, level in levels(count):
        plain[symbol].append((side is Side.ABOVE, float(level)))

    async def ours() -> float:
        return passed(book, ticks, sizes.of(50, 1))

    async def loop() -> float:
        began = time.process_time()
        for key, price in few:
            for above, level in plain[key.streamer_symbol]:
                if price > level if above else price < level:
                    raise AssertionError("a quiet tick crossed a level")
        return len(few) / (time.process_time() - began)

    name = f"quiet ticks, {count:,} alerts on 500 symbols"
    figures = await interleaved(sizes.rounds, ours, loop, "ticks/s")
    rows = [Row(name, *figures, "plain loop", Goal(100, at_least=True))]
    peer = _peer(count)
    if peer is None:
        return [*rows, Row(f"the same beside rule-engine: {NOT_HERE}", figures[0])]

    async def engine() -> float:
        asked = few[: sizes.of(40, 5)]
        began = time.process_time()
        for key, price in asked:
            thing = {"last": price}
            for rule in peer[key.streamer_symbol]:
                if rule.matches(thing):
                    raise AssertionError("a quiet tick crossed a level")
        return len(asked) / (time.process_time() - began)

    figures = await interleaved(sizes.rounds, ours, engine, "ticks/s")
    return [*rows, Row("the same", *figures, "rule-engine", Goal(1_000, at_least=True))]


def _peer(count: int) -> dict[str, list[Any]] | None:
    try:
        import rule_engine
    except ImportError:
        return None
    found: dict[str, list[Any]] = {symbol: [] for symbol in SYMBOLS}
    for symbol, side, level in levels(count):
        sign = ">" if side is Side.ABOVE else "<"
        found[symbol].append(rule_engine.Rule(f"last {sign} {level}"))
    return found


def _memory(sizes: Sizes) -> Row:
    """What the board holds for each alert beside the alert itself."""
    rules = rules_of(sizes.of(50_000, 500))
    gc.collect()
    tracemalloc.start()
    board = filled(rules)
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(board.entries) == len(rules)
    figures = Figures((taken / len(rules),), "bytes")
    return Row(
        "an alert in memory, beyond its row",
        figures,
        goal=Goal(500, at_least=False, absolute=True, note="bytes"),
    )


def _in_memory(sizes: Sizes) -> Row:
    """A burst through levels and back behind their bands, among 100,000 others: what each costs to fire and arm again.
    A level of its own for each; the first round, which nobody could know, counts as much as the others."""
    burst = [
        a_rule(number, id=f"one{number}", terms=_crossed(Decimal(number) / 2_000))
        for number in range(sizes.of(1_000, 10))
    ]
    board = filled([*rules_of(sizes.of(100_000, 500)), *burst])
    values: list[float] = []
    at = NOON
    for _ in range(sizes.rounds):
        began = time.process_time()
        fired = board.take((span("AAPL", 102, at),), at)
        back = board.take((span("AAPL", 99, at),), at)
        values.append((time.process_time() - began) / len(burst) * 1e6)
        assert len(fired) == len(back) == len(burst)
        assert all(one.stepped.fired for one in fired)
        assert all(one.stepped.memory.phase is RuleState.ARMED for one in back)
    goal = Goal(10, at_least=False, absolute=True, note="us")
    return Row("fired and armed again, in memory", Figures(tuple(values), "us"), goal=goal)


def _crossed(more: Decimal = Decimal(0)) -> AlertTerms:
    return AlertTerms(Level(Source("AAPL"), Side.ABOVE, Decimal(101) + more), EVERY)


async def _firing(sizes: Sizes) -> Row:
    """A burst of firings: rule, record, alert and lease, durable; beside one row inserted and committed for each."""
    count = sizes.of(60, 3)
    with tempfile.TemporaryDirectory() as place:
        async with sqlite_home(Path(place), clock=SystemClock()) as home, bare_database(Path(place)) as bare:
            store = await home.open()
            await _add_link(store, home.box)
            lease = await _lease(store)
            serial = iter(range(1, 10**9))

            async def ours() -> float:
                numbers = [next(serial) for _ in range(count)]
                rules = [a_rule(number, id=f"f{number}", terms=_crossed()) for number in numbers]
                async with store.begin() as tx:
                    for rule in rules:
                        await tx.rules.add(rule)
                watch = watch_over(store, lease)
                await watch.load(rules)
                began = time.perf_counter()
                await watch.take((span("AAPL", 102),))
                took = (time.perf_counter() - began) / count * 1e3
                assert watch.firings == count
                return took

            async with store.begin() as tx:
                await tx.rules.add(a_rule(next(serial), id="copied"))
            row = await bare.copied(store, rules_table, "copied")

            async def committed() -> float:
                began = time.perf_counter()
                for _ in range(count):
                    await insert(bare, rules_table, row | {"id": f"b{next(serial)}"})
                return (time.perf_counter() - began) / count * 1e3

            figures = await interleaved(sizes.rounds, ours, committed, "ms")
    return Row("one firing of a burst, committed with its alert", *figures, "bare insert + commit")


def watch_over(store: SqlStore, lease: Lease) -> LinkWatch:
    clock = SystemClock()
    return LinkWatch(
        link=a_link(),
        feed=HandFeed(),
        reads=HandReads(clock),
        storing=Storing(store=store, clock=clock, lease=lease, owed={}),
        clock=clock,
        ids=RandomIds(clock=clock),
    )


async def _add_link(store: SqlStore, box: Any) -> None:
    async with store.begin() as tx:
        await tx.links.add(a_link(), seal(box, a_link()))


async def _lease(store: SqlStore) -> Lease:
    clock = SystemClock()
    async with store.begin() as tx:
        lease = await tx.leases.take("stream", "bench", seconds=600, now=clock.now())
    assert lease is not None
    return replace(lease)
