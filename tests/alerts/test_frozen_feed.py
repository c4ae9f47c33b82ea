"""From the simulator's frozen stream to the words in the outbox: the real feed, the real store (I47, I49, F56)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from senexbot.alerts.engine import Engine
from senexbot.broker import sdk
from senexbot.broker.adapter import Tastytrade
from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.links import Link
from senexbot.domain.news import AlertNews, News, NoticeNews
from senexbot.ids import RandomIds
from senexbot.store.engine import SqlStore
from senexsim.broker.server import BrokerSim
from tests.alerts.kit import LINK, above, add, alerts, lease, rule
from tests.broker.kit import PushedClock, control, eventually, grant, simulated
from tests.broker.test_standstill import LIMITS, TOLD, Line, moved
from tests.stores import NOON, sqlite_store


@pytest.fixture
async def sim() -> AsyncIterator[BrokerSim]:
    sdk.constants()  # seconds of importing must not fall into time limits
    async with BrokerSim(port=0, seed=1) as served:
        yield served


class Desk:
    """An engine on a pushed clock over the simulator, and everything it has put into the outbox."""

    def __init__(self, sim: BrokerSim, store: SqlStore, clock: PushedClock, feeds: Opened) -> None:
        self.sim, self.store, self.clock, self.feeds = sim, store, clock, feeds
        self.told: list[News] = []

    @property
    def line(self) -> Line:
        return Line(self.feeds, self.clock)

    async def collect(self) -> None:
        async with self.store.begin() as tx:
            for row in await tx.outbox.claim("test", 100, NOON):
                self.told.append(row.news)
                await tx.outbox.sent(row.id, NOON)
        found = [entry.alert.news for entry in await alerts(self.store)]
        self.told = [n for n in self.told if not isinstance(n, AlertNews)] + found

    def notices(self, kind: str) -> list[dict[str, str]]:
        return [dict(n.params) for n in self.told if isinstance(n, NoticeNews) and n.kind == kind]

    @property
    def alerts(self) -> list[AlertNews]:
        return [n for n in self.told if isinstance(n, AlertNews)]


class Opened:
    """ports.values.ValueFeeds that remembers what it opened."""

    def __init__(self, broker: Tastytrade) -> None:
        self._broker = broker
        self.opened: list[Any] = []

    @property
    def line(self) -> Any:
        """The shared connection."""
        return self.opened[0].connection

    def open(self, link: Link) -> Any:
        self.opened.append(self._broker.value_feeds.open(link))
        return self.opened[-1]


@asynccontextmanager
async def desk(sim: BrokerSim, tmp_path: Path, *rules: AlertRule) -> AsyncIterator[Desk]:
    clock = PushedClock(datetime.now(UTC))
    async with simulated(sim, market_limits=LIMITS, clock=clock) as broker, sqlite_store(tmp_path) as store:
        person = sim.info["users"][0]
        broker.sessions._grants.grants[LINK.id] = grant(person["provider_secret"], person["refresh_token"])
        await add(store, *rules)
        feeds = Opened(broker)
        engine = Engine(store=store, feeds=feeds, reads=broker.reads, clock=clock, ids=RandomIds(clock=clock))
        running = asyncio.create_task(engine.run(await lease(store)))
        at = Desk(sim, store, clock, feeds)
        try:
            await eventually(lambda: bool(feeds.opened) and at.line.stands)
            yield at
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_i49_f56_frozen_data_are_told_within_90_s_with_from_and_to(
    sim: BrokerSim, tmp_path: Path
) -> None:
    async with desk(sim, tmp_path, rule(above(100_000))) as at:
        await moved(sim, at.line, "AAPL", "SPY")
        last = at.feeds.line.watchdog.flow.last
        await control(sim, "fault", {"target": "dxlink", "kind": "freeze", "scope": "data"})
        while not at.notices("blind"):
            assert at.clock.monotonic() - last[1] <= TOLD
            if at.line.made.line.up:
                await at.line.look()
            await at.collect()
        assert at.notices("blind")[0]["since"] == f"{last[0]:%H:%M:%S} UTC"
        await control(sim, "fault", method="DELETE")
        at.clock.push(60.0)
        await eventually(lambda: not at.feeds.line._frozen)
        at.clock.push(1.0)
        async with asyncio.timeout(30):
            while not at.notices("seen_again"):
                await at.collect()
        assert at.notices("seen_again")[0]["since"] == at.notices("blind")[0]["since"]
        assert len(at.notices("blind")) == 1


async def test_i49_f56_a_crossing_behind_one_frozen_symbol_is_found_late_within_90_s(
    sim: BrokerSim, tmp_path: Path
) -> None:
    level = sim.market.quote("AAPL").last + 30  # type: ignore[union-attr]
    async with desk(sim, tmp_path, rule(above(level)), rule(above(level + 1000), id="R2")) as at:
        for _ in range(13):
            await moved(sim, at.line, "AAPL", "SPY")
        await control(sim, "fault", {"target": "dxlink", "kind": "freeze", "symbol": "AAPL"})
        crossed = float(level + 1)
        pin = {"symbol": "AAPL", "bid": crossed - 0.1, "ask": crossed + 0.1, "last": crossed}
        await control(sim, "quote", pin)
        began = at.clock.monotonic()
        while not at.alerts or not at.notices("symbol_still"):
            assert at.clock.monotonic() - began <= TOLD
            await moved(sim, at.line, "SPY")
            await at.collect()
        (alert,) = at.alerts
        assert (alert.rule_id, alert.price, alert.late) == ("R1", Decimal(str(crossed)), True)
        for _ in range(20):
            await moved(sim, at.line, "SPY")
            await at.collect()
        assert len(at.notices("symbol_still")) == 1
        await control(sim, "fault", method="DELETE")
        async with asyncio.timeout(30):
            while not at.notices("symbol_moves"):
                await moved(sim, at.line, "AAPL", "SPY")
                await at.collect()
        assert at.notices("blind") == []
