"""Symbols that stand still on the feed: what the broker's quote tells of them, and to whom (F56, I47, I49)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest

from senexbot.alerts.standing import CLOSED_SECONDS, EVERY_SECONDS
from senexbot.alerts.watch import LinkWatch
from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.errors import BrokerFault, Unavailable
from senexbot.domain.instruments import Instrument
from senexbot.domain.market import Quote, SessionState
from senexbot.domain.news import AlertNews, NoticeNews
from senexbot.ports import OutboxRow
from senexbot.ports.values import Spans
from senexbot.store.engine import SqlStore
from tests.domain.builders import quote
from tests.fakes.broker import HandReads
from tests.fakes.values import HandFeed
from tests.stores import NOON, HandClock

from .kit import above, alerts, outbox, rule
from .kit import desk as watching


@dataclass
class SteeredReads(HandReads):
    """Quotes as the test says; `asked` counts them."""

    last: Decimal | None = Decimal(199)
    more: dict[str, object] = field(default_factory=dict)
    trouble: BrokerFault | None = None
    listed: bool = True
    asked: int = 0

    async def quotes(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Quote]:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        given = {"session": SessionState.OPEN, "bid": None, "ask": None, **self.more}
        found = {one.symbol: replace(quote(one), last=self.last, **given) for one in instruments}
        return found if self.listed else {}


@dataclass
class Desk:
    """A watch over AAPL, whose last print was 199 at noon, and what it has told so far."""

    store: SqlStore
    clock: HandClock
    reads: SteeredReads
    feed: HandFeed
    watch: LinkWatch
    rows: list[OutboxRow] = field(default_factory=list)

    async def still(self, *symbols: str) -> None:
        """The feed says that these stand still."""
        self.feed.tell(Spans((), still=dict.fromkeys(symbols, NOON)))
        await _turns()

    async def look(self) -> None:
        """Time for the next quote has come, and it was asked."""
        asked = self.reads.asked
        self.clock.advance(EVERY_SECONDS)
        await self.until(lambda: self.reads.asked > asked)
        await _turns()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0)

    async def told(self) -> list[NoticeNews]:
        fresh = [row for row in await outbox(self.store) if isinstance(row.news, NoticeNews)]
        async with self.store.begin() as tx:
            for row in fresh:
                await tx.outbox.sent(row.id, NOON)
        self.rows += fresh
        return [row.news for row in self.rows if isinstance(row.news, NoticeNews)]

    async def told_until(self, count: int) -> list[NoticeNews]:
        async with asyncio.timeout(30):
            while len(await self.told()) < count:
                await asyncio.sleep(0)
        return await self.told()

    async def fired(self, rule_id: str = "R1") -> AlertNews:
        """The news of the rule's firing, waited for."""
        async with asyncio.timeout(30):
            while not (found := await alerts(self.store, rule_id)):
                await asyncio.sleep(0)
        (entry,) = found
        assert isinstance(entry.alert.news, AlertNews)
        return entry.alert.news


async def _turns() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


@asynccontextmanager
async def desk(tmp_path: Path, *rules: AlertRule, **reads: object) -> AsyncIterator[Desk]:
    made: list[SteeredReads] = []

    def steered(clock: HandClock) -> SteeredReads:
        made.append(SteeredReads(clock, **reads))  # type: ignore[arg-type]
        return made[0]

    async with watching(tmp_path, *rules, reads=steered) as at:
        task = asyncio.create_task(at.watch.standing.run())
        try:
            yield Desk(at.store, at.clock, made[0], at.feed, at.watch)
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_f56_a_crossing_that_a_frozen_symbol_hides_is_found_late_and_marked(tmp_path: Path) -> None:
    async with desk(tmp_path, last=Decimal("201.5")) as at:
        await at.still("AAPL")
        alert = await at.fired()
        assert (alert.price, alert.late) == (Decimal("201.5"), True)
        (notice,) = await at.told_until(1)
        assert notice.kind == "symbol_still"
        assert dict(notice.params) == {
            "what": "AAPL",
            "since": "17:00:00 UTC",
            "price": "201.5",
            "environment": "PRACTICE",
        }
        assert at.rows[0].key == "user:U1"


async def test_f56_each_owner_is_told_once_and_that_it_moves_again(tmp_path: Path) -> None:
    """I47: from when to when; however many rules they have and quotes are read."""
    rules = (
        rule(above(300)),
        rule(above(301), id="R2"),
        rule(above(302), id="R3", owner="U2"),
    )
    async with desk(tmp_path, *rules, last=Decimal("199.5")) as at:
        await at.still("AAPL")
        for _ in range(4):
            await at.look()
        told = await at.told_until(2)
        assert [n.kind for n in told] == ["symbol_still"] * 2
        assert {row.key for row in at.rows} == {"user:U1", "user:U2"}
        at.clock.advance(60)
        await at.still()
        *_, one, other = await at.told_until(4)
        assert (one.kind, other.kind) == ("symbol_moves", "symbol_moves")
        params = dict(one.params)
        assert (params["since"], params["until"]) == ("17:00:00 UTC", f"{at.clock.now():%H:%M:%S} UTC")
        asked = at.reads.asked
        at.clock.advance(3600)
        await _turns()
        assert at.reads.asked == asked


async def test_f65_a_halted_symbol_fires_nothing_and_its_owner_is_told_of_the_halt_and_its_end(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, last=Decimal(201), more={"halted": True}) as at:
        await at.still("AAPL")
        for _ in range(3):
            await at.look()
        (notice,) = await at.told_until(1)
        assert (notice.kind, dict(notice.params)["what"]) == ("symbol_halted", "AAPL")
        assert await alerts(at.store) == ()
        await at.still()
        *_, over = await at.told_until(2)
        assert over.kind == "symbol_trades"


async def test_f56_a_level_crossed_later_in_a_standstill_is_found_by_the_next_quote(tmp_path: Path) -> None:
    async with desk(tmp_path, last=Decimal("199.5")) as at:
        await at.still("AAPL")
        await at.told_until(1)
        at.reads.last = Decimal(199)  # as it printed last: also what is quiet is read on
        await at.look()
        at.reads.last = Decimal("200.5")
        await at.look()
        assert (await at.fired()).late


@pytest.mark.parametrize(
    "reads",
    [
        {"last": Decimal(199)},  # as on the feed: it is quiet, not frozen
        {"last": Decimal(201), "more": {"session": SessionState.EXTENDED}},
        {"last": None},
        {"last": Decimal(0)},
        {"last": Decimal(2000)},  # a spike with no market around it (I54)
        {"last": Decimal(2000), "more": {"bid": Decimal(200), "ask": Decimal(201)}},
    ],
)
async def test_f56_what_is_no_proof_tells_nobody_and_fires_nothing(
    tmp_path: Path, reads: dict[str, object]
) -> None:
    async with desk(tmp_path, **reads) as at:
        await at.still("AAPL")
        await at.until(lambda: at.reads.asked == 1)
        at.clock.advance(CLOSED_SECONDS)
        await at.until(lambda: at.reads.asked == 2)
        await _turns()
        assert await at.told() == []
        assert await alerts(at.store) == ()


async def test_f56_a_jump_with_a_market_around_it_is_believed(tmp_path: Path) -> None:
    async with desk(tmp_path, last=Decimal(250), more={"bid": Decimal(249), "ask": Decimal(251)}) as at:
        await at.still("AAPL")
        assert (await at.fired()).price == Decimal(250)


async def test_f56_a_closed_session_is_asked_for_seldom(tmp_path: Path) -> None:
    async with desk(tmp_path, last=Decimal(201), more={"session": SessionState.CLOSED}) as at:
        await at.still("AAPL")
        await at.until(lambda: at.reads.asked == 1)
        at.clock.advance(EVERY_SECONDS * 2)
        await _turns()
        assert at.reads.asked == 1


@pytest.mark.parametrize("reads", [{"trouble": Unavailable("away")}, {"listed": False}])
async def test_f56_a_quote_that_cannot_be_read_is_told_too_once(
    tmp_path: Path, reads: dict[str, object]
) -> None:
    async with desk(tmp_path, **reads) as at:
        await at.still("AAPL")
        for _ in range(3):
            await at.look()
        (notice,) = await at.told_until(1)
        assert "price" not in dict(notice.params)
        at.reads.trouble, at.reads.listed, at.reads.last = None, True, Decimal(201)
        await at.look()
        assert (await at.fired()).late


async def test_f56_a_symbol_nobody_watches_any_more_is_not_asked_for(tmp_path: Path) -> None:
    async with desk(tmp_path, last=Decimal("199.5")) as at:
        await at.still("AAPL")
        await at.told_until(1)
        await at.watch.load(())
        asked = at.reads.asked
        at.clock.advance(EVERY_SECONDS)
        await _turns()
        await at.still()
        assert at.reads.asked == asked
        assert len(await at.told()) == 1


async def test_i47_what_comes_blind_or_after_a_standstill_is_late(tmp_path: Path) -> None:
    """Also while the line is up and its prices have not been proven to flow."""
    rules = (rule(), rule(above(205), id="R2"), rule(above(210), id="R3"))
    async with desk(tmp_path, *rules) as at:
        states = [{"late": frozenset({"AAPL"})}, {"blind_since": NOON}, {}]
        late = []
        for price, rule_id, state in zip((201, 206, 211), ("R1", "R2", "R3"), states, strict=True):
            at.feed.tick(price)
            at.feed.tell(Spans((), **state))  # type: ignore[arg-type]
            late.append((await at.fired(rule_id)).late)
        assert late == [True, True, False]
