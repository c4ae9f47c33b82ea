"""Risk on both databases: an episode is open once, versions move by one, and everything comes back equal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from senexbot.domain.errors import Stale
from senexbot.domain.links import Environment
from senexbot.domain.risk.alerts import RiskAlert, Why, ended, redrawn
from senexbot.domain.risk.presets import Line, Preset
from senexbot.domain.risk.reading import Figures
from senexbot.domain.risk.watches import Watch, watch_id, with_line, with_usual
from senexbot.store.engine import SqlStore
from tests.domain.risk.test_alerts import alert
from tests.stores import NOON

KEY = watch_id(Environment.PRACTICE, "5WT00001", "U1")
FIGURES = Figures(
    name="Strangle ×2",
    what="SPY 562p",
    underlying="SPY",
    expiration=date(2027, 1, 8),
    pnl=Decimal(-408),
    credit=Decimal(692),
    bid=Decimal("5.42"),
    ask=Decimal("5.58"),
    symbols=("SPY   270108P00562000",),
    spot=Decimal(600),
    days=39,
    day=date(2027, 1, 8),
    right="put",
    net_liq=Decimal(50_000),
)


def a_watch() -> Watch:
    bare = Watch(KEY, "T1", "U1", "link1", Environment.PRACTICE, "5WT00001", 0, channel="C0DESK1")
    return with_usual(bare)


def an_alert(number: int = 1, **changes: object) -> RiskAlert:
    made = alert(watch_id=KEY, figures=FIGURES, raised_at=NOON + timedelta(seconds=number))
    return replace(made, id=f"risk{number}", at_stake=Decimal(408), **changes)  # type: ignore[arg-type]


async def test_a_watch_comes_back_equal_and_moves_by_version(any_store: SqlStore) -> None:
    async with any_store.begin() as tx:
        await tx.risk.put_watch(a_watch())
    later = with_line(a_watch(), Preset.DELTA, Line(Decimal("0.40")))
    async with any_store.begin() as tx:
        await tx.risk.put_watch(later)
    async with any_store.read() as tx:
        assert await tx.risk.watch(KEY) == later
        assert await tx.risk.watches() == (later,)
        assert await tx.risk.watch("nobody") is None
    for stale in (a_watch(), later, replace(later, version=9)):
        with pytest.raises(Stale):
            async with any_store.begin() as tx:
                await tx.risk.put_watch(stale)


async def test_an_episode_is_open_once_and_may_come_again_when_it_is_over(any_store: SqlStore) -> None:
    first = an_alert(1)
    async with any_store.begin() as tx:
        assert await tx.risk.add(first)
        assert not await tx.risk.add(an_alert(2))
        assert await tx.risk.add(an_alert(3, subject="SPY   270108C00630000"))
    async with any_store.read() as tx:
        assert await tx.risk.get("risk1") == first
        assert await tx.risk.get("risk2") is None
        assert [one.id for one in await tx.risk.open_of(KEY)] == ["risk1", "risk3"]
        assert await tx.risk.open_watches() == {KEY}
    async with any_store.begin() as tx:
        await tx.risk.save(ended(first, Why.BACK, NOON))
        assert await tx.risk.add(an_alert(2))
    async with any_store.read() as tx:
        assert [one.id for one in await tx.risk.open_of(KEY)] == ["risk2", "risk3"]
        known = await tx.risk.get("risk1")
        assert known is not None
        assert known.why_over is Why.BACK


async def test_of_two_who_move_an_alert_one_is_late(any_store: SqlStore) -> None:
    async with any_store.begin() as tx:
        await tx.risk.add(an_alert())
    async with any_store.begin() as tx:
        await tx.risk.save(redrawn(an_alert(), Line(Decimal("0.40")), NOON))
    with pytest.raises(Stale):
        async with any_store.begin() as tx:
            await tx.risk.save(ended(an_alert(), Why.GONE, NOON))


async def test_the_days_highest_is_kept_for_one_day(any_store: SqlStore) -> None:
    day = NOON.date()
    async with any_store.begin() as tx:
        assert await tx.risk.peak("practice:5WT00001") is None
        await tx.risk.put_peak("practice:5WT00001", day, Decimal("51000.25"))
    async with any_store.begin() as tx:
        await tx.risk.put_peak("practice:5WT00001", day + timedelta(days=1), Decimal(1))
    async with any_store.read() as tx:
        assert await tx.risk.peak("practice:5WT00001") == (day + timedelta(days=1), Decimal(1))
        assert await tx.risk.peak("live:5WT00001") is None
