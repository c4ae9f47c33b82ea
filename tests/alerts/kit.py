"""One link's alerts between a market by hand and a real store; what was stored and raised is the judge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from senexbot.alerts.storing import Storing
from senexbot.alerts.watch import GapCheck, LinkWatch
from senexbot.domain.alerting.rules import AlertRule, RuleState, Watched
from senexbot.domain.alerting.terms import AlertTerms, Condition, Level, Repeat, Side, Source
from senexbot.domain.errors import StoreUnavailable
from senexbot.domain.links import BrokerAccount, Environment, Link
from senexbot.domain.routing.entry import Entry
from senexbot.ids import RandomIds
from senexbot.ports import Lease, OutboxRow, Sealed
from senexbot.services.alerts.firing import Fired
from senexbot.store.engine import SqlStore
from tests.fakes.broker import HandReads
from tests.fakes.values import HandFeed
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
AAPL, SPY = Source("AAPL"), Source("SPY")


def above(level: object, source: Source = AAPL) -> Level:
    return Level(source, Side.ABOVE, Decimal(str(level)))


def below(level: object, source: Source = AAPL) -> Level:
    return Level(source, Side.BELOW, Decimal(str(level)))


def watched(*symbols: str) -> tuple[Watched, ...]:
    return tuple(Watched(one, one, one, one) for one in symbols)


def rule(condition: Condition | None = None, repeat: Repeat | None = None, **changes: Any) -> AlertRule:
    """Number and id "R1" unless told; armed; on AAPL above 200 in channel C1."""
    terms = AlertTerms(condition or above(200), repeat or Repeat())
    made = AlertRule(
        id="R1",
        number=1,
        team_id="T1",
        owner="U1",
        link_id="L1",
        terms=terms,
        text="AAPL > 200",
        instruments=watched("AAPL"),
        channel="C1",
        state=RuleState.ARMED,
        version=1,
        created_at=NOON,
        armed_at=NOON,
    )
    if "id" in changes:
        changes.setdefault("number", int(changes["id"].removeprefix("R")))
    return replace(made, **changes)


class Balky:
    """A store whose next writes fail as a full disk does, at the end of the transaction."""

    def __init__(self, store: SqlStore, failures: int = 0) -> None:
        self._store = store
        self.failures = failures
        self.failed = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[object]:
        async with self._store.begin() as tx:
            yield tx
            if self.failures:
                self.failures -= 1
                self.failed += 1
                raise StoreUnavailable("the disk is full")

    async def write(self, act: Callable[[Any], Awaitable[object]]) -> object:
        async def failing(tx: object) -> object:
            found = await act(tx)
            if self.failures:
                self.failures -= 1
                self.failed += 1
                raise StoreUnavailable("the disk is full")
            return found

        return await self._store.write(failing)

    def read(self) -> object:
        return self._store.read()


async def lease(store: SqlStore, owner: str = "me") -> Lease:
    async with store.begin() as tx:
        taken = await tx.leases.take("stream", owner, seconds=15, now=NOON)
    assert taken is not None
    return taken


async def add(store: SqlStore, *rules: AlertRule, link: Link | None = LINK) -> None:
    async with store.begin() as tx:
        if link is not None:
            await tx.links.add(link, Sealed("00000000", b"n" * 12, b"sealed"))
        for one in rules:
            await tx.rules.add(one)


async def alerts(store: SqlStore, subject: str = "R1") -> tuple[Entry, ...]:
    """What was raised of one rule, oldest first."""
    async with store.read() as tx:
        return (await tx.alerts.of_subject(subject, 1000))[::-1]


async def prices(store: SqlStore, subject: str = "R1") -> list[Decimal]:
    """The value told of each firing."""
    return [entry.alert.news.price for entry in await alerts(store, subject)]  # type: ignore[union-attr]


async def stored(store: SqlStore, rule_id: str = "R1") -> AlertRule:
    async with store.read() as tx:
        found = await tx.rules.get(rule_id)
    assert found is not None
    return found


async def outbox(store: SqlStore) -> tuple[OutboxRow, ...]:
    async with store.begin() as tx:
        return await tx.outbox.claim("test", 100, NOON)


@dataclass
class Desk:
    """A watch that runs, and what it stands between."""

    store: SqlStore
    clock: HandClock
    reads: HandReads
    feed: HandFeed
    watch: LinkWatch
    balky: Balky
    owed: dict[str, Fired] = field(default_factory=dict)
    rules: tuple[AlertRule, ...] = ()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0)

    async def settled(self) -> None:
        """Everything that was told has been taken, and stored."""
        await self.until(lambda: self.feed.is_idle)
        async with self.watch._turn:
            pass
        await self.until(lambda: self.feed.is_idle)

    async def ticks(self, *prices: object, symbol: str = "AAPL") -> None:
        """Each is looked at before the next one comes."""
        for price in prices:
            self.feed.tick(price, symbol=symbol)
            self.clock.advance(0.001)
            await self.settled()

    async def later(self, seconds: float) -> None:
        """Time passes; everything that it makes due is done."""
        self.clock.advance(seconds)
        self.feed.at = max(self.feed.at, self.clock.now())
        for _ in range(200):
            await asyncio.sleep(0)
        await self.settled()


@asynccontextmanager
async def desk(
    tmp_path: Path,
    *rules: AlertRule,
    start: datetime = NOON,
    known: Sequence[tuple[str, object]] = (("AAPL", 199),),
    reads: Callable[[HandClock], HandReads] = HandReads,
    gap_check: GapCheck | None = None,
    runs: bool = True,
) -> AsyncIterator[Desk]:
    """`known`: the last trades that came before the alerts were loaded."""
    async with sqlite_store(tmp_path) as store:
        mine = rules or (rule(),)
        await add(store, *mine)
        clock, feed, balky = HandClock(start), HandFeed(at=start), Balky(store)
        for symbol, price in known:
            feed.tick(price, symbol=symbol)
        owed: dict[str, Fired] = {}
        storing = Storing(store=balky, clock=clock, lease=await lease(store), owed=owed)  # type: ignore[arg-type]
        made = reads(clock)
        watch = LinkWatch(
            link=LINK,
            feed=feed,
            reads=made,
            storing=storing,
            clock=clock,
            ids=RandomIds(clock=clock),
            gap_check=gap_check,
        )
        await watch.load(mine)
        at = Desk(store, clock, made, feed, watch, balky, owed, mine)
        if not runs:
            yield at
            return
        running = asyncio.create_task(watch.run())
        try:
            yield at
            if running.done():
                await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
