"""The engine against stores that go away, leases that end and rules that move while it works (I41, I66)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from senexbot.alerts.engine import Engine
from senexbot.domain.alerts import RuleState, deleted
from senexbot.domain.errors import StoreUnavailable
from senexbot.ids import RandomIds
from senexbot.ports import FeedBatch
from tests.alerts.test_engine import Balky, HandFeed, HandFeeds, add, lease, outbox, rule, tick, watch
from tests.fakes.broker import HandReads
from tests.stores import NOON, HandClock, sqlite_store


async def test_i41_a_rule_that_must_arm_arms_in_spite_of_a_full_disk(tmp_path: Path) -> None:
    """Else the crossing right after it would be missed."""
    waiting = rule(state=RuleState.WAITING, armed_at=None)
    async with sqlite_store(tmp_path) as store:
        await add(store, waiting)
        watching = watch(Balky(store, failures=3), HandFeed(), await lease(store), HandClock())
        watching.load((waiting,))
        await watching.take(tick("199"))
        await watching.take(tick("201"))
        assert len(await outbox(store)) == 1


async def test_i41_a_set_read_before_a_rule_armed_does_not_disarm_it(tmp_path: Path) -> None:
    """The round's read and the tick that arms cross each other."""
    waiting = rule(state=RuleState.WAITING, armed_at=None)
    async with sqlite_store(tmp_path) as store:
        await add(store, waiting)
        watching = watch(store, HandFeed(), await lease(store), HandClock())
        watching.load((waiting,))
        await watching.take(tick("199"))
        watching.load((waiting,))  # as it stood before
        await watching.take(tick("201"))
        assert len(await outbox(store)) == 1


async def test_i66_a_rule_deleted_while_another_of_its_symbol_fires_ends_nothing(tmp_path: Path) -> None:
    other = rule(id="R2", level=Decimal(300))
    async with sqlite_store(tmp_path) as store:
        await add(store, rule(), other)
        feed = HandFeed()

        class Deleting:
            """While the first one is stored, the owner deletes everything."""

            @asynccontextmanager
            async def begin(self) -> Any:
                async with store.begin() as tx:
                    yield tx
                watching.load(())

        watching = watch(Deleting(), feed, await lease(store), HandClock())
        watching.load((rule(), other))
        await watching.take(tick("201"))
        assert feed.wanted == frozenset()
        assert len(await outbox(store)) == 1


async def test_i41_a_crossing_outlives_the_lease_that_saw_it(tmp_path: Path) -> None:
    """The store is away until the lease is lost; the next lease tells it, although the price came back."""
    async with sqlite_store(tmp_path) as store:
        await add(store, rule())
        clock, feeds, balky = HandClock(), HandFeeds(), Balky(store, failures=10_000_000)
        engine = Engine(
            store=balky, feeds=feeds, reads=HandReads(clock), clock=clock, ids=RandomIds(clock=clock)
        )
        running = asyncio.create_task(engine.run(await lease(store)))
        async with asyncio.timeout(30):
            while not feeds.opened:
                await asyncio.sleep(0)
            feeds.opened[0].batches.put_nowait(FeedBatch((tick("199", high="201"),)))
            while balky.failures == 10_000_000:
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert await outbox(store) == ()
        balky.failures = 0
        running = asyncio.create_task(engine.run(await lease(store)))
        async with asyncio.timeout(30):
            while not (rows := await outbox(store)):
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert rows[0].news.late  # type: ignore[union-attr]


async def test_i66_reading_the_rules_may_fail_and_nothing_that_is_watched_ends(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as store:
        await add(store, rule())
        clock, feeds = HandClock(), HandFeeds()
        broken = False

        class Failing(Balky):
            def read(self) -> object:
                if broken:
                    raise StoreUnavailable("away")
                return super().read()

        engine = Engine(
            store=Failing(store, 0),
            feeds=feeds,
            reads=HandReads(clock),
            clock=clock,
            ids=RandomIds(clock=clock),
        )
        running = asyncio.create_task(engine.run(await lease(store)))
        async with asyncio.timeout(30):
            while not feeds.opened:
                await asyncio.sleep(0)
            await feeds.opened[0].running.wait()
            broken = True
            engine.rules_changed()
            feeds.opened[0].batches.put_nowait(FeedBatch((tick("201"),)))
            while not await outbox(store):
                await asyncio.sleep(0)
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert len(feeds.opened) == 1


async def test_i49_a_blind_time_is_told_when_the_store_is_back(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as store:
        await add(store, rule(), replace(rule(id="R2")))
        feed = HandFeed()
        watching = watch(Balky(store, failures=2), feed, await lease(store), HandClock())
        watching.load((rule(), deleted(rule(id="R2"))))
        running = asyncio.create_task(watching.run())
        feed.batches.put_nowait(FeedBatch((), blind_since=NOON))
        async with asyncio.timeout(30):
            while not await outbox(store):
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
