"""After a blind time: what candles show is told once, marked; what they cannot show is said once (I46, I47, F60)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from senexbot.alerts.gap_watch import BEAT_SECONDS, HEARTBEAT, GapWatch
from senexbot.domain.alerting.rules import AlertRule, RuleState
from senexbot.domain.alerting.terms import (
    All,
    Amount,
    Direction,
    Field,
    Gap,
    Level,
    Often,
    Repeat,
    Side,
    Source,
)
from senexbot.domain.errors import Fenced
from senexbot.domain.news import NoticeNews
from senexbot.ids import RandomIds
from senexbot.ports.values import Spans
from senexbot.services.alerts.gap_check import CandleCheck
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.store.engine import SqlStore
from tests.fakes.candles import HandCandles
from tests.stores import NOON, HandClock, sqlite_store

from .kit import LINK, SPY, above, add, alerts, below, desk, lease, outbox, rule, stored, watched

SINCE = NOON - timedelta(minutes=10)
BID = Level(Source("AAPL", Field.BID), Side.ABOVE, Decimal(200))
BEFORE = {"armed_at": NOON - timedelta(hours=1), "created_at": NOON - timedelta(hours=2)}
CROSSED_AND_BACK = ((199, 199, 198, 198), (198, 201, 198, 199), (199, 199, 198, 198))


@dataclass
class Bench:
    store: SqlStore
    clock: HandClock
    candles: HandCandles
    watch: GapWatch

    async def check(self, since: datetime = SINCE) -> None:
        await self.watch(LINK, (), since, NOON)

    async def notices(self) -> list[dict[str, str]]:
        rows = await outbox(self.store)
        return [dict(row.news.params) for row in rows if isinstance(row.news, NoticeNews)]


def waiting(condition: object = None, repeat: Repeat | None = None, **changes: object) -> AlertRule:
    return rule(condition, repeat, **{**BEFORE, **changes})  # type: ignore[arg-type]


@asynccontextmanager
async def bench(tmp_path: Path, *rules: AlertRule, now: datetime = NOON) -> AsyncIterator[Bench]:
    async with sqlite_store(tmp_path) as store:
        await add(store, *rules)
        clock, candles = HandClock(now), HandCandles()
        check = CandleCheck(candles=candles, clock=clock, exchange_zone=EXCHANGE_ZONE)
        watch = GapWatch(store=store, check=check, clock=clock, ids=RandomIds(clock=clock))
        await watch.begin(await lease(store))
        yield Bench(store, clock, candles, watch)


async def test_i47_a_crossing_that_came_back_is_told_once_and_marked(tmp_path: Path) -> None:
    async with bench(tmp_path, waiting(), waiting(id="R2", condition=above(300))) as at:
        at.candles.put("AAPL", SINCE, *CROSSED_AND_BACK)
        await at.check()
        await at.check()
        (told,) = await alerts(at.store)
        news = told.alert.news
        assert (news.gap_check, news.late, news.price) == (True, False, Decimal(201))
        assert news.at == SINCE + timedelta(minutes=1)
        assert (await stored(at.store)).state is RuleState.FIRED
        assert await alerts(at.store, "R2") == ()
        assert await at.notices() == []
        assert at.candles.asked.count(("AAPL", "1m")) == 2, "once a look, however many alerts"


async def test_i46_what_the_stream_has_told_is_not_told_again(tmp_path: Path) -> None:
    every = Repeat(Often.EVERY)
    told_by_stream = waiting(repeat=every, state=RuleState.RESTING, fired_at=SINCE + timedelta(minutes=2))
    async with bench(tmp_path, told_by_stream) as at:
        at.candles.put("AAPL", SINCE, *CROSSED_AND_BACK, (198, 201, 198, 201))
        await at.check()
        assert await alerts(at.store) == ()


async def test_i46_an_alert_that_rested_has_to_be_back_before_it_is_told(tmp_path: Path) -> None:
    """The stream has armed it since; in the gap it began where it was when the gap began."""
    fired_before = {"fired_at": SINCE - timedelta(hours=1), "armed_at": NOON - timedelta(seconds=5)}
    one = waiting(repeat=Repeat(Often.EVERY), **fired_before)
    other = waiting(id="R2", armed_at=NOON - timedelta(seconds=5))
    async with bench(tmp_path, one, other) as at:
        at.candles.put("AAPL", SINCE, (201, 202, 200.5, 201), (201, 201, 199, 199))
        await at.check()
        assert await alerts(at.store) == await alerts(at.store, "R2") == ()
        at.candles.put("AAPL", SINCE, (201, 202, 199, 199), (199, 201, 199, 199))
        await at.check()
        assert len(await alerts(at.store)) == len(await alerts(at.store, "R2")) == 1


async def test_an_alert_that_was_set_in_the_gap_is_asked_from_then_on(tmp_path: Path) -> None:
    set_late = waiting(created_at=SINCE + timedelta(minutes=2), armed_at=SINCE + timedelta(minutes=2))
    async with bench(tmp_path, set_late) as at:
        at.candles.put("AAPL", SINCE, *CROSSED_AND_BACK)
        await at.check()
        assert await alerts(at.store) == ()


async def test_i47_what_candles_cannot_tell_is_said_in_one_message(tmp_path: Path) -> None:
    gap = Gap("AAPL", Direction.UP, Amount(Decimal(3)))
    rules = [waiting(BID, text="AAPL bid > 200"), waiting(gap, id="R2"), waiting(above(1, SPY), id="R3")]
    rules[2] = replace(rules[2], instruments=watched("SPY"))
    async with bench(tmp_path, *rules) as at:
        at.candles.put("AAPL", SINCE, *CROSSED_AND_BACK)
        at.candles.failing.add("SPY")
        await at.check()
        (said,) = await at.notices()
        assert said["count"] == "3"
        assert "1 (AAPL bid > 200): candles do not tell bid" in said["which"]
        assert "daily candles could not be read" in said["which"]
        assert "candles could not be read" in said["which"]
        assert ("AAPL", "1d") in at.candles.asked


async def test_a_long_list_is_cut_and_counted(tmp_path: Path) -> None:
    async with bench(tmp_path, *(waiting(BID, id=f"R{n}") for n in range(1, 9))) as at:
        at.candles.put("AAPL", SINCE, *CROSSED_AND_BACK)
        await at.check()
        (said,) = await at.notices()
        assert said["which"].endswith("and 3 more")


async def test_a_night_in_which_nothing_traded_wakes_nobody(tmp_path: Path) -> None:
    night = datetime(2026, 11, 22, 8, tzinfo=UTC)
    async with bench(tmp_path, waiting(BID), waiting(id="R2"), now=night) as at:
        await at.watch(LINK, (), night - timedelta(hours=3), night)
        at.candles.failing.add("AAPL")
        await at.watch(LINK, (), night - timedelta(hours=3), night)
        assert await at.notices() == []
        assert await alerts(at.store, "R2") == ()


async def test_two_symbols_are_checked_together(tmp_path: Path) -> None:
    both = replace(waiting(All((above(200), below(590, SPY)))), instruments=watched("AAPL", "SPY"))
    async with bench(tmp_path, both) as at:
        at.candles.put("AAPL", SINCE, (199, 199, 199, 199), (199, 201, 199, 201))
        at.candles.put("SPY", SINCE, (595, 595, 595, 595), (595, 595, 589, 589))
        await at.check()
        assert len(await alerts(at.store)) == 1


async def test_i60_whoever_lost_the_lease_tells_nothing(tmp_path: Path) -> None:
    async with bench(tmp_path, waiting()) as at:
        at.candles.put("AAPL", SINCE, *CROSSED_AND_BACK)
        async with at.store.begin() as tx:
            await tx.leases.take("stream", "me", seconds=15, now=NOON)
        with pytest.raises(Fenced):
            await at.check()
        assert await alerts(at.store) == ()


async def test_i47_a_start_looks_at_the_time_since_somebody_looked(tmp_path: Path) -> None:
    """F60, the bot being down: the heartbeat says from when."""
    async with bench(tmp_path, waiting()) as at:
        held = await lease(at.store)
        at.candles.put("AAPL", NOON, *CROSSED_AND_BACK)
        await at.watch.begin(held)
        assert at.candles.asked == [], "nobody ever looked: nothing was missed"
        beating = asyncio.create_task(at.watch.beat(lambda: True))
        async with asyncio.timeout(30):
            while True:
                async with at.store.read() as tx:
                    if await tx.leases.until(HEARTBEAT) == NOON + timedelta(seconds=BEAT_SECONDS):
                        break
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        at.clock.advance(8)
        await at.watch.begin(held)
        assert at.candles.asked == [], "a restart within a beat or two"
        at.clock.advance(600)
        await at.watch.begin(held)
        (told,) = await alerts(at.store)
        assert told.alert.news.gap_check


async def test_a_blind_engine_does_not_say_that_it_looks(tmp_path: Path) -> None:
    async with bench(tmp_path, waiting()) as at:
        beating = asyncio.create_task(at.watch.beat(lambda: False))
        for _ in range(20):
            await asyncio.sleep(0)
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        async with at.store.read() as tx:
            assert await tx.leases.until(HEARTBEAT) is None


async def test_i47_the_watch_asks_when_its_line_is_back(tmp_path: Path) -> None:
    asked: list[tuple[str, datetime, datetime]] = []

    async def check(link: object, keys: object, since: datetime, until: datetime) -> None:
        asked.append((link.id, since, until))  # type: ignore[attr-defined]

    async with desk(tmp_path, waiting(), gap_check=check) as at:
        at.feed.tell(Spans((), blind_since=SINCE))
        await at.settled()
        assert asked == []
        at.feed.tell(Spans((), recovered_from=SINCE))
        await at.until(lambda: bool(asked))
        assert asked[0][:2] == ("L1", SINCE)
