"""The engine between a feed and the store: nothing advances before it is committed (I40, I41, I46, I60)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from senexbot.alerts.engine import Engine, LinkWatch
from senexbot.domain.alerting.rules import RuleState
from senexbot.domain.alerts import (
    AlertDraft,
    Direction,
    PriceRule,
    Tick,
    deleted,
    new_rule,
    standing,
    stepped,
)
from senexbot.domain.errors import Fenced, StoreUnavailable
from senexbot.domain.links import BrokerAccount, Environment, Link
from senexbot.domain.news import AlertNews, NoticeNews
from senexbot.ids import RandomIds
from senexbot.ports import FeedBatch, Lease, OutboxRow, Sealed
from senexbot.store.engine import SqlStore
from tests.alerts.routed import opened
from tests.fakes.broker import HandReads
from tests.stores import NOON, HandClock, sqlite_store

LINK = Link(
    id="L1",
    team_id="T1",
    user_id="U1",
    environment=Environment.PRACTICE,
    customer_id="C1",
    accounts=(BrokerAccount("5WT00001", "Main", "Individual", "Margin"),),
    default_account="5WT00001",
    created_at=NOON,
)


class HandFeed:
    """A MarketFeed whose batches are put in by the test."""

    def __init__(self) -> None:
        self.wanted: frozenset[str] = frozenset()
        self.batches: asyncio.Queue[FeedBatch] = asyncio.Queue()
        self.running = asyncio.Event()
        self.last: dict[str, Tick] = {}

    def want(self, streamer_symbols: frozenset[str]) -> None:
        self.wanted = streamer_symbols

    async def run(self) -> None:
        self.running.set()
        await asyncio.Event().wait()

    async def changes(self) -> FeedBatch:
        return await self.batches.get()

    def latest(self, streamer_symbol: str) -> Tick | None:
        return self.last.get(streamer_symbol)


class HandFeeds:
    def __init__(self) -> None:
        self.opened: list[HandFeed] = []

    def open(self, link: Link) -> HandFeed:
        self.opened.append(HandFeed())
        return self.opened[-1]


class Balky:
    """A store whose next writes fail as a full disk does."""

    def __init__(self, store: SqlStore, failures: int) -> None:
        self._store = store
        self.failures = failures

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[object]:
        async with self._store.begin() as tx:
            yield tx
            if self.failures:
                self.failures -= 1
                raise StoreUnavailable("the disk is full")

    def read(self) -> object:
        return self._store.read()


def rule(**changes: object) -> PriceRule:
    made = new_rule(
        AlertDraft("AAPL", Direction.ABOVE, Decimal(200)),
        id="R1",
        team_id="T1",
        owner="U1",
        link_id="L1",
        symbol="AAPL",
        streamer_symbol="AAPL",
        words="AAPL",
        channel="C1",
        now=NOON,
        last=Decimal(199),
    )
    return replace(made, **changes)


def tick(last: str, low: str = "", high: str = "") -> Tick:
    return Tick("AAPL", Decimal(last), Decimal(low or last), Decimal(high or last), NOON, confirmed=True)


async def lease(store: SqlStore, owner: str = "me") -> Lease:
    async with store.begin() as tx:
        taken = await tx.leases.take("stream", owner, seconds=15, now=NOON)
    assert taken is not None
    return taken


async def add(store: SqlStore, *rules: PriceRule) -> None:
    async with store.begin() as tx:
        await tx.links.add(LINK, Sealed("00000000", b"n" * 12, b"sealed"))
        for number, one in enumerate(rules, start=1):
            await tx.rules.add(standing(one, number))


async def outbox(store: SqlStore) -> tuple[OutboxRow, ...]:
    async with store.begin() as tx:
        return await opened(tx, await tx.outbox.claim("test", 100, NOON))


def watch(store: object, feed: HandFeed, held: Lease, clock: HandClock) -> LinkWatch:
    return LinkWatch(
        link=LINK,
        feed=feed,
        reads=HandReads(clock),
        store=store,
        clock=clock,
        ids=RandomIds(clock=clock),
        lease=held,
    )


async def test_i40_a_firing_and_its_message_are_one_commit(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as store:
        await add(store, rule())
        clock, held = HandClock(), await lease(store)
        watching = watch(store, HandFeed(), held, clock)
        watching.load((rule(),))
        await watching.take(tick("199", low="198", high="200.5"))
        await watching.take(tick("201"))
        rows = await outbox(store)
        assert [type(row.news) for row in rows] == [AlertNews]
        assert rows[0].channel == "C1"
        assert rows[0].news.price == Decimal("200.5")  # the print that crossed, not the one after it
        async with store.read() as tx:
            stored = await tx.rules.get("R1")
        assert stored is not None
        assert stored.state is RuleState.FIRED


async def test_i41_a_rule_meets_the_print_that_came_before_it_was_loaded(tmp_path: Path) -> None:
    """The symbol is silent afterwards; the low and high before the rule do not count."""
    async with sqlite_store(tmp_path) as store:
        quiet = rule(id="R2", level=Decimal(300))
        await add(store, rule(), quiet)
        clock, held, feed = HandClock(), await lease(store), HandFeed()
        feed.last["AAPL"] = tick("201", low="150", high="400")
        watching = watch(store, feed, held, clock)
        watching.load((rule(), quiet))
        await watching.catch_up()
        watching.load((quiet,))
        await watching.catch_up()
        assert [row.news.rule_id for row in await outbox(store)] == ["R1"]


async def test_i41_a_full_disk_delays_a_firing_and_never_loses_it(tmp_path: Path) -> None:
    """F67 for alerts: the same firing is committed when space is back, once."""
    async with sqlite_store(tmp_path) as store:
        await add(store, rule())
        clock, held = HandClock(), await lease(store)
        balky = Balky(store, failures=3)
        watching = watch(balky, HandFeed(), held, clock)
        watching.load((rule(),))
        await watching.take(tick("201"))
        assert balky.failures == 0
        assert len(await outbox(store)) == 1


async def test_f96_a_rule_deleted_while_it_fires_tells_nothing(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as store:
        await add(store, rule())
        clock, held = HandClock(), await lease(store)
        watching = watch(store, HandFeed(), held, clock)
        watching.load((rule(),))
        async with store.begin() as tx:
            await tx.rules.save(stepped(standing(rule(), 1), deleted(rule())))
        await watching.take(tick("201"))
        assert await outbox(store) == ()


async def test_i60_whoever_lost_the_lease_writes_nothing(tmp_path: Path) -> None:
    async with sqlite_store(tmp_path) as store:
        await add(store, rule())
        clock, held = HandClock(), await lease(store)
        async with store.begin() as tx:
            await tx.leases.release(held)
        await lease(store, "another")
        watching = watch(store, HandFeed(), held, clock)
        watching.load((rule(),))
        with pytest.raises(Fenced):
            await watching.take(tick("201"))
        assert await outbox(store) == ()


async def test_the_engine_follows_what_is_set_and_deleted(tmp_path: Path) -> None:
    """One feed a link, opened with the first rule, told the wanted set, ended with the last rule."""
    async with sqlite_store(tmp_path) as store:
        await add(store, rule())
        clock, held, feeds = HandClock(), await lease(store), HandFeeds()
        engine = Engine(
            store=store, feeds=feeds, reads=HandReads(clock), clock=clock, ids=RandomIds(clock=clock)
        )
        running = asyncio.create_task(engine.run(held))
        async with asyncio.timeout(30):
            while not feeds.opened:
                await asyncio.sleep(0)
            feed = feeds.opened[0]
            await feed.running.wait()
            assert feed.wanted == {"AAPL"}
            feed.batches.put_nowait(FeedBatch((tick("201"),), recovered_from=NOON))
            rows: list[OutboxRow] = []
            while not any(isinstance(row.news, AlertNews) for row in rows):
                rows += await outbox(store)
            told, alert = (row.news for row in rows)
            assert isinstance(told, NoticeNews)
            assert told.kind == "seen_again"  # also when its beginning was never read
            assert isinstance(alert, AlertNews)
            assert alert.late
            engine.rules_changed()
            while asyncio.all_tasks() - {running, asyncio.current_task()} and any(
                t.get_name().startswith("alerts-") for t in asyncio.all_tasks()
            ):
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_i46_quiet_ticks_before_and_after_a_change_lose_no_crossing(tmp_path: Path) -> None:
    """The prices known to be quiet follow the rules: one that arms, one that fires, one that is set later."""
    waits = rule(id="R2", level=Decimal(150), state=RuleState.WAITING, armed_at=None)
    later = rule(id="R3", level=Decimal(205))
    async with sqlite_store(tmp_path) as store:
        await add(store, rule(), waits, later)
        watching = watch(store, HandFeed(), await lease(store), HandClock())
        watching.load((rule(), waits))

        async def fired() -> set[str]:
            async with store.read() as tx:
                found = [await tx.rules.get(name) for name in ("R1", "R2", "R3")]
            return {one.id for one in found if one is not None and one.state is RuleState.FIRED}

        for price in ("199", "198", "150"):  # the last one arms R2
            await watching.take(tick(price))
        assert await fired() == set()
        await watching.take(tick("151"))
        assert await fired() == {"R2"}
        await watching.take(tick("199"))
        await watching.take(tick("201"))
        assert await fired() == {"R1", "R2"}
        await watching.take(tick("206"))
        watching.load((later,))
        await watching.take(tick("204"))
        assert await fired() == {"R1", "R2"}
        await watching.take(tick("206"))
        assert await fired() == {"R1", "R2", "R3"}
