"""The engine against stores that go away, leases that end, alerts that move while it works, and time (I41, I66)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from senexbot.alerts.engine import RELOAD_SECONDS, Engine
from senexbot.alerts.metrics import AlertMetrics
from senexbot.alerts.parking import AGAIN_SECONDS, ROUND_SECONDS
from senexbot.domain.alerting.rules import RuleState, deleted, edited, parked, snoozed
from senexbot.domain.alerting.terms import AlertTerms, Field, Source
from senexbot.domain.errors import StoreUnavailable, Unavailable
from senexbot.domain.instruments import Instrument
from senexbot.domain.market import Quote
from senexbot.domain.news import NoticeNews
from senexbot.ids import RandomIds
from senexbot.ports.values import Key, Spans
from senexbot.store.engine import SqlStore
from tests.domain.builders import quote
from tests.fakes.broker import HandReads
from tests.fakes.values import HandFeed, HandFeeds
from tests.stores import NOON, HandClock, sqlite_store

from .kit import LINK, Balky, above, add, alerts, desk, lease, outbox, prices, rule, stored, watched

assert RELOAD_SECONDS < 5  # real seconds: a round is asked for by `rules_changed`


@dataclass
class Listing(HandReads):
    """What is listed, and the IV rank of all of it."""

    gone: frozenset[str] = frozenset()
    away: bool = False
    iv_rank: Decimal | None = None
    iv: Decimal | None = None

    async def instrument(self, link_id: str, symbol: str) -> Instrument | None:
        if self.away:
            raise Unavailable("away")
        return None if symbol in self.gone else await super().instrument(link_id, symbol)

    async def quotes(self, link_id: str, instruments: Any) -> Any:
        found: dict[str, Quote] = {}
        for one in instruments:
            found[one.symbol] = replace(quote(one), iv_rank=self.iv_rank, iv=self.iv)
        return found


@dataclass
class House:
    store: SqlStore
    balky: Balky
    clock: HandClock
    feeds: HandFeeds
    reads: Listing
    engine: Engine
    registry: CollectorRegistry
    running: asyncio.Task[None]

    async def until(self, condition: Callable[[], Awaitable[bool] | bool]) -> None:
        async with asyncio.timeout(30):
            while True:
                found = condition()
                if found if isinstance(found, bool) else await found:
                    return
                self.engine.rules_changed()
                await asyncio.sleep(0)

    async def feed(self, number: int = 0) -> HandFeed:
        await self.until(lambda: len(self.feeds.opened) > number and self.feeds.opened[number].reads > 0)
        return self.feeds.opened[number]

    async def is_in(self, state: RuleState, rule_id: str = "R1") -> bool:
        return (await stored(self.store, rule_id)).state is state

    async def end(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)

    async def begin(self) -> None:
        self.running = asyncio.create_task(self.engine.run(await lease(self.store)))


@asynccontextmanager
async def house(tmp_path: Path, *rules: Any, failures: int = 0) -> AsyncIterator[House]:
    async with sqlite_store(tmp_path) as store:
        await add(store, *(rules or (rule(),)))
        clock, feeds, balky, registry = HandClock(), HandFeeds(), Balky(store, failures), CollectorRegistry()
        reads = Listing(clock)
        engine = Engine(
            store=balky,  # type: ignore[arg-type]
            feeds=feeds,
            reads=reads,
            clock=clock,
            ids=RandomIds(clock=clock),
            metrics=AlertMetrics(registry),
        )
        running = asyncio.create_task(engine.run(await lease(store)))
        at = House(store, balky, clock, feeds, reads, engine, registry, running)
        try:
            yield at
        finally:
            await at.end()


async def test_the_engine_follows_what_is_set_changed_and_deleted(tmp_path: Path) -> None:
    """One feed a link, opened with the first alert, told the wanted set, closed with the last."""
    async with house(tmp_path) as at:
        feed = await at.feed()
        last = Key("AAPL", Field.LAST)
        feed.tick(149)
        await at.until(lambda: feed.wanted[last].ceiling == 200.0)
        lower = edited(
            rule(),
            AlertTerms(above(150)),
            text="AAPL > 150",
            instruments=watched("AAPL"),
            now=NOON,
            is_true=False,
            expires_at=None,
            last_value=None,
            channel="C1",
        )
        async with at.store.begin() as tx:
            await tx.rules.save(lower)
        await at.until(lambda: feed.wanted[last].ceiling == 150.0)
        async with at.store.begin() as tx:
            await tx.rules.save(deleted(lower))
        await at.until(lambda: feed.is_closed)
        async with at.store.begin() as tx:
            await tx.rules.add(rule(id="R2"))
        second = await at.feed(1)
        second.tick(201)
        await at.until(lambda: at.is_in(RuleState.FIRED, "R2"))


async def test_i41_an_alert_that_must_arm_arms_in_spite_of_a_full_disk(tmp_path: Path) -> None:
    """Else the crossing right after it would be missed."""
    waiting = rule(state=RuleState.WAITING, armed_at=None)
    async with desk(tmp_path, waiting, known=[("AAPL", 205)]) as at:
        at.balky.failures = 3
        await at.ticks(199, 201)
        assert at.balky.failures == 0
        assert await prices(at.store) == [Decimal(201)]


async def test_i41_a_set_read_before_an_alert_armed_does_not_disarm_it(tmp_path: Path) -> None:
    """The round's read and the tick that arms cross each other."""
    waiting = rule(state=RuleState.WAITING, armed_at=None)
    async with desk(tmp_path, waiting, known=[("AAPL", 205)]) as at:
        await at.ticks(199)
        await at.watch.load((waiting,))  # as it stood before
        await at.ticks(201)
        assert len(await alerts(at.store)) == 1


async def test_i66_an_alert_deleted_while_another_of_its_symbol_fires_ends_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, rule(), rule(above(300), id="R2")) as at:
        at.balky.failures = 50
        at.feed.tick(201)
        await at.until(lambda: at.balky.failed > 0)
        loading = asyncio.create_task(at.watch.load(()))
        at.balky.failures = 0
        await loading
        await at.settled()
        assert at.feed.wanted == {}
        assert len(await alerts(at.store)) == 1


async def test_i41_a_crossing_outlives_the_lease_that_saw_it(tmp_path: Path) -> None:
    """The store is away until the lease is lost; the next lease tells it, although the price came back."""
    async with house(tmp_path) as at:
        feed = await at.feed()
        at.balky.failures = 10_000_000
        feed.tick(201, 199)
        await at.until(lambda: at.balky.failed > 0)
        await at.end()
        assert await alerts(at.store) == ()
        at.balky.failures = 0
        await at.begin()
        await at.until(lambda: at.is_in(RuleState.FIRED))
        (entry,) = await alerts(at.store)
        assert entry.alert.late


async def test_i66_reading_the_alerts_may_fail_and_nothing_that_is_watched_ends(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        feed = await at.feed()
        read = at.balky.read

        def away() -> object:
            raise StoreUnavailable("away")

        at.balky.read = away  # type: ignore[method-assign]
        at.engine.rules_changed()
        feed.tick(201)
        await at.until(lambda: at.is_in(RuleState.FIRED))
        assert not at.running.done(), at.running
        at.balky.read = read  # type: ignore[method-assign]
        assert len(at.feeds.opened) == 1


async def test_i49_a_blind_time_is_told_when_the_store_is_back(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        at.balky.failures = 2
        at.feed.tell(Spans((), blind_since=NOON))
        await at.settled()
        (row,) = await outbox(at.store)
        assert row.news.kind == "blind"  # type: ignore[union-attr]
        at.feed.tell(Spans((), blind_since=NOON))
        await at.settled()
        async with at.store.begin() as tx:
            await tx.outbox.sent(row.id, NOON)
        assert await outbox(at.store) == ()  # told once


async def test_time_ends_an_alert_and_a_snooze(tmp_path: Path) -> None:
    soon = NOON + timedelta(minutes=5)
    ends = rule(expires_at=soon)
    sleeps = rule(id="R2")
    async with house(tmp_path, ends, sleeps) as at:
        await at.feed()
        async with at.store.begin() as tx:
            await tx.rules.save(snoozed(sleeps, soon))
        at.clock.advance(301)
        await at.until(lambda: at.is_in(RuleState.EXPIRED))
        await at.until(lambda: at.is_in(RuleState.WAITING, "R2"))
        assert (await stored(at.store, "R2")).snoozed_until is None


async def test_f65_an_instrument_that_is_not_listed_parks_its_alerts_until_it_is(tmp_path: Path) -> None:
    """Its owner is told, with the reason, and when it watches again."""
    async with house(tmp_path, rule(), rule(id="R2", link_id="L9")) as at:
        at.reads.away = True
        feed = await at.feed()
        at.clock.advance(ROUND_SECONDS)
        for _ in range(100):
            await asyncio.sleep(0)
        assert await at.is_in(RuleState.ARMED)  # nobody answered: nothing is known
        at.reads.away, at.reads.gone = False, frozenset({"AAPL"})
        await at.until(lambda: at.is_in(RuleState.PARKED))
        assert (await stored(at.store)).reason == "AAPL is not listed at tastytrade"
        await at.until(lambda: feed.wanted == {})
        at.reads.gone = frozenset()
        at.clock.advance(AGAIN_SECONDS)
        await at.until(lambda: at.is_in(RuleState.WAITING))
        feed.tick(199)
        await at.until(lambda: at.is_in(RuleState.ARMED))
        told = [await _next_notice(at.store) for _ in range(2)]
        assert [news.kind for news in told] == ["alert_parked", "alert_unparked"]
        assert dict(told[0].params)["reason"] == "AAPL is not listed at tastytrade"


async def _next_notice(store: SqlStore) -> NoticeNews:
    (row,) = await outbox(store)
    async with store.begin() as tx:
        await tx.outbox.sent(row.id, NOON)
    assert isinstance(row.news, NoticeNews)
    return row.news


async def test_an_alert_parked_for_another_reason_is_not_taken_up(tmp_path: Path) -> None:
    mine = parked(rule(), "its link was removed")
    async with house(tmp_path, mine, rule(id="R2")) as at:
        await at.feed()
        at.clock.advance(ROUND_SECONDS)
        for _ in range(300):
            at.engine.rules_changed()
            await asyncio.sleep(0)
        assert await at.is_in(RuleState.PARKED)


async def test_what_the_stream_does_not_tell_is_asked_of_the_broker(tmp_path: Path) -> None:
    rank = rule(above(50, Source("AAPL", Field.IV_RANK)))
    volatility = rule(above(30, Source("AAPL", Field.IV)), id="R2")
    async with house(tmp_path, rank, volatility) as at:
        at.reads.iv_rank, at.reads.iv = Decimal("0.40"), Decimal("0.31")
        feed = await at.feed()
        assert feed.wanted == {}  # the feed is not asked for it
        await at.until(lambda: at.is_in(RuleState.FIRED, "R2"))
        assert await at.is_in(RuleState.ARMED)
        at.reads.iv_rank = Decimal("0.505")
        await at.until(lambda: at.is_in(RuleState.FIRED))
        assert await prices(at.store) == [Decimal("50.5")]


async def test_the_monitor_is_told_how_many_alerts_fired_and_how_long_nothing_was_seen(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, rule(), rule(above(300), id="R2")) as at:
        feed = await at.feed()
        feed.tell(Spans((), blind_since=NOON))
        feed.tick(201)
        await at.until(lambda: at.is_in(RuleState.FIRED))
        at.clock.advance(30)
        figure = at.registry.get_sample_value
        await at.until(lambda: (figure("senexbot_alert_blind_seconds_total") or 0) >= 30)
        await at.until(lambda: figure("senexbot_alert_firings_total") == 1)
        await at.until(lambda: figure("senexbot_alert_rules", {"state": "armed"}) == 1)
        assert (figure("senexbot_alert_values_total") or 0) >= 1
        await at.end()
        assert figure("senexbot_alert_firings_total") == 1


async def test_a_link_that_is_gone_ends_its_watch(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        feed = await at.feed()
        async with at.store.begin() as tx:
            await tx.links.erase(LINK.id)
        await at.until(lambda: feed.is_closed)


async def test_f86_a_watch_that_ends_by_itself_goes_on_with_what_its_feed_has_kept(tmp_path: Path) -> None:
    """I41: a crossing there and back before anybody noticed is in the lows and highs of the same feed."""
    async with house(tmp_path) as at:
        feed = await at.feed()
        feed.tick(150)
        await at.until(lambda: feed.is_idle)
        dead = at.engine._running["L1"].task
        dead.cancel()
        await asyncio.gather(dead, return_exceptions=True)
        feed.tick(201, 150)

        async def told() -> bool:
            return await prices(at.store) == [Decimal(201)]

        await at.until(told)
        assert len(at.feeds.opened) == 1


async def test_f86_one_that_ends_at_once_again_is_made_anew(tmp_path: Path) -> None:
    """What it holds in hand may be what it stumbles on."""
    async with house(tmp_path) as at:
        feed = await at.feed()
        for _ in range(2):
            dead = at.engine._running["L1"].task
            dead.cancel()
            await at.until(lambda dead=dead: at.engine._running["L1"].task is not dead)  # type: ignore[misc]
        await at.until(lambda: len(at.feeds.opened) == 2)
        assert feed.is_closed
