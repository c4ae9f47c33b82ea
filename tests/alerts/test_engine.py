"""Between a feed and the store: every kind of alert, and nothing advances before it is committed (I40, I41, I46, I60)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from senexbot.domain.alerting.rules import RuleState, deleted
from senexbot.domain.alerting.terms import (
    AlertTerms,
    All,
    Amount,
    Any,
    Direction,
    Extreme,
    Field,
    Gap,
    Held,
    Hours,
    Move,
    Not,
    Often,
    Period,
    Reach,
    Repeat,
    Sum,
    Trail,
    Weighted,
)
from senexbot.domain.errors import Fenced, Unavailable
from senexbot.domain.market import SessionState
from senexbot.ports.values import DayFigures, Key, Spans
from tests.fakes.broker import HandReads
from tests.stores import NOON

from .kit import AAPL, SPY, above, add, alerts, below, desk, lease, outbox, prices, rule, stored, watched

LAST = Key("AAPL", Field.LAST)
OPEN_BELL = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


class Unasked(HandReads):
    """A broker that does not tell whether the session runs: the exchange's table of hours does."""

    async def session_state(self, link_id: str) -> SessionState:
        raise Unavailable("not now")


async def test_i40_a_firing_is_one_commit_and_its_value_the_one_that_crossed(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        at.feed.tick(198, "200.5", 199)  # beyond and back between two looks
        await at.settled()
        assert await prices(at.store) == [Decimal("200.5")]
        assert (await stored(at.store)).state is RuleState.FIRED
        await at.ticks(201, 199, 202)
        assert len(await alerts(at.store)) == 1
        assert at.watch.board.keys == set()  # nothing is left in memory of what is done
        assert at.feed.wanted == {}


async def test_a_quiet_tick_does_not_wake_the_engine(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.settled()
        reads = at.feed.reads
        at.feed.tick(*range(150, 201))
        await at.settled()
        assert at.feed.reads == reads
        assert at.feed.wanted[LAST].ceiling == 200.0


async def test_f62_ten_thousand_ticks_around_a_level_are_one_alert(tmp_path: Path) -> None:
    async with desk(tmp_path, rule(repeat=Repeat(Often.EVERY))) as at:
        for number in range(10_000):
            at.feed.tick("200.05" if number % 2 else "199.95")
            if number % 50 == 0:
                await at.settled()
        await at.settled()
        assert len(await alerts(at.store)) == 1
        await at.ticks("199.5", "200.01")  # a quarter percent below, and through it again
        assert await prices(at.store) == [Decimal("200.05"), Decimal("200.01")]


async def test_i41_an_alert_meets_the_value_that_came_before_it_was_loaded(tmp_path: Path) -> None:
    """The symbol is silent afterwards."""
    async with desk(tmp_path, rule(), rule(above(300), id="R2"), known=[("AAPL", 201)]) as at:
        await at.settled()
        assert len(await alerts(at.store, "R1")) == 1
        assert await alerts(at.store, "R2") == ()


async def test_i41_a_full_disk_delays_a_firing_and_never_loses_it(tmp_path: Path) -> None:
    """F67 for alerts: the same firing is committed when space is back, once."""
    async with desk(tmp_path, rule(), rule(above(202), id="R2")) as at:
        at.balky.failures = 3
        at.feed.tick(201)
        await at.until(lambda: at.balky.failed > 0)
        at.feed.tick(203, 199)  # meanwhile
        await at.settled()
        assert at.balky.failures == 0
        assert await prices(at.store, "R1") == [Decimal(201)]
        assert await prices(at.store, "R2") == [Decimal(203)]
        assert at.owed == {}


async def test_f96_an_alert_deleted_while_it_fires_tells_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        async with at.store.begin() as tx:
            await tx.rules.save(deleted(rule()))
        await at.ticks(201)
        assert await alerts(at.store) == ()
        assert at.watch.board.entries == {}


async def test_i60_whoever_lost_the_lease_writes_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, runs=False) as at:
        async with at.store.begin() as tx:
            held = await tx.leases.take("stream", "me", seconds=15, now=NOON)
            assert held is not None
            await tx.leases.release(held)
        await lease(at.store, "another")
        at.feed.tick(201)
        with pytest.raises(Fenced):
            await at.watch.take(at.feed.cut((LAST,)))
        assert await alerts(at.store) == ()


async def test_i46_true_already_waits_until_it_was_not(tmp_path: Path) -> None:
    waits = rule(state=RuleState.WAITING, armed_at=None)
    async with desk(tmp_path, waits, known=[("AAPL", 205)]) as at:
        await at.ticks(206, 205)
        assert await alerts(at.store) == ()
        await at.ticks(200)
        assert (await stored(at.store)).state is RuleState.ARMED
        await at.ticks(201)
        assert len(await alerts(at.store)) == 1


async def test_a_composite_takes_the_touch_of_one_with_the_newest_of_the_others(tmp_path: Path) -> None:
    both = rule(All((above(200), below(590, SPY))), instruments=watched("AAPL", "SPY"))
    async with desk(tmp_path, both, known=[("AAPL", 199), ("SPY", 600)]) as at:
        at.feed.tick(201, 199)
        await at.settled()
        assert await alerts(at.store) == ()  # SPY is high
        at.feed.tick(589, symbol="SPY")
        await at.settled()
        at.feed.tick(201, 199)
        await at.settled()
        assert await prices(at.store) == [Decimal(201)]


async def test_a_quiet_part_of_a_sum_counts_as_it_is(tmp_path: Path) -> None:
    spread = Sum((Weighted(Decimal(1), AAPL), Weighted(Decimal(-1), SPY)))
    wide = rule(above(20, spread), instruments=watched("AAPL", "SPY"))  # type: ignore[arg-type]
    async with desk(tmp_path, wide, known=[("AAPL", 200), ("SPY", 190)]) as at:
        at.feed.tick(204, symbol="AAPL")  # within its share of the way
        at.feed.tick(187, symbol="SPY")
        await at.settled()
        assert await alerts(at.store) == ()
        at.feed.tick(186, symbol="SPY")
        at.feed.tick("206.5", symbol="AAPL")
        await at.settled()
        assert await prices(at.store) == [Decimal("20.5")]


async def test_held_fires_by_the_clock_and_a_break_begins_it_anew(tmp_path: Path) -> None:
    held = rule(Held(above(200), timedelta(minutes=5)))
    async with desk(tmp_path, held) as at:
        await at.ticks(201)
        await at.later(200)
        await at.ticks(199, 201)
        await at.later(200)
        assert await alerts(at.store) == ()
        await at.later(101)
        assert len(await alerts(at.store)) == 1


async def test_a_move_within_its_window_knows_of_what_moved_quietly(tmp_path: Path) -> None:
    move = rule(Move(AAPL, Direction.UP, Amount(Decimal(2), is_percent=True), timedelta(minutes=5)))
    async with desk(tmp_path, move, known=[("AAPL", 200)]) as at:
        for _ in range(12):  # the window's first value ends; what followed was quiet
            await at.later(30)
            at.feed.tick(202)
        await at.ticks("205.9")
        assert await alerts(at.store) == ()
        await at.ticks("206.1")
        assert await prices(at.store) == [Decimal("206.1")]


async def test_a_trail_is_stored_as_it_moves_and_a_restart_does_not_forget_it(tmp_path: Path) -> None:
    trail = rule(Trail(AAPL, Reach.HIGH, Amount(Decimal(1), is_percent=True)))
    async with desk(tmp_path, trail, known=[("AAPL", 200)]) as at:
        await at.ticks(203, 206, "205.9", "206.1")
        assert (await stored(at.store)).mark == Decimal(206)
        kept = await stored(at.store)
    other = tmp_path / "later"
    other.mkdir()
    async with desk(other, kept, known=[("AAPL", 205)]) as at:
        await at.ticks("203.93")
        assert await prices(at.store) == [Decimal("203.93")]


async def test_a_gap_is_told_by_the_day_and_an_extreme_by_its_trade(tmp_path: Path) -> None:
    gap = rule(Gap("AAPL", Direction.UP, Amount(Decimal(2), is_percent=True)), Repeat(Often.EVERY))
    high = rule(Extreme("AAPL", Reach.HIGH, Period.DAY), id="R2")
    async with desk(tmp_path, gap, high) as at:
        assert at.feed.wanted_days == {"AAPL"}
        at.feed.tell_day("AAPL", DayFigures(previous_close=Decimal(190), day_high=Decimal(200), day_id=1))
        await at.settled()
        at.feed.tell_day(
            "AAPL", DayFigures(Decimal(194), Decimal(200), None, Decimal(190), None, None, day_id=1)
        )
        await at.settled()
        assert await prices(at.store, "R1") == [Decimal(194)]
        await at.ticks(200, "200.1")
        assert await prices(at.store, "R2") == [Decimal("200.1")]


async def test_market_hours_only_meets_at_the_bell_what_happened_before(tmp_path: Path) -> None:
    terms = AlertTerms(above(200), hours=Hours.REGULAR)
    early = OPEN_BELL - timedelta(minutes=30)
    async with desk(tmp_path, rule(terms=terms), start=early, reads=Unasked) as at:
        await at.settled()
        await at.later(1)
        at.feed.tick(201)
        await at.settled()
        assert await alerts(at.store) == ()
        await at.later(1900)
        assert await prices(at.store) == [Decimal(201)]


async def test_daily_fires_once_a_day_of_the_exchange(tmp_path: Path) -> None:
    async with desk(tmp_path, rule(repeat=Repeat(Often.DAILY))) as at:
        await at.ticks(201, 198, 201, 198)
        assert len(await alerts(at.store)) == 1
        await at.later(24 * 3600)
        assert (await stored(at.store)).state is RuleState.ARMED
        await at.ticks(201)
        assert len(await alerts(at.store)) == 2


async def test_a_cooldown_keeps_two_firings_apart(tmp_path: Path) -> None:
    calm = rule(repeat=Repeat(Often.EVERY, Amount(Decimal(1)), timedelta(minutes=10)))
    async with desk(tmp_path, calm) as at:
        await at.ticks(201, "198.9", 201, "198.9")
        await at.later(300)
        assert (await stored(at.store)).state is RuleState.RESTING
        await at.later(301)
        assert (await stored(at.store)).state is RuleState.ARMED
        await at.ticks(201)
        assert len(await alerts(at.store)) == 2


async def test_what_was_loaded_again_keeps_its_memory_and_what_was_changed_does_not(tmp_path: Path) -> None:
    held = rule(Held(above(200), timedelta(minutes=5)))
    async with desk(tmp_path, held) as at:
        await at.ticks(201)
        await at.later(200)
        await at.watch.load((held, rule(above(250), id="R2")))
        await at.later(101)
        assert len(await alerts(at.store)) == 1
        await at.watch.load(())
        assert at.feed.wanted == {}


async def test_a_thousand_firings_of_one_look_are_few_transactions(tmp_path: Path) -> None:
    many = [rule(id=f"R{number}") for number in range(1, 1001)]
    async with desk(tmp_path, *many) as at:
        at.feed.tick(201)
        await at.settled()
        assert at.watch.firings == 1000
        assert at.watch.board.entries == {}


async def test_i47_a_blind_time_is_told_checked_and_what_comes_after_it_is_late(tmp_path: Path) -> None:
    asked: list[object] = []

    async def gap_check(link, keys, since, until):  # type: ignore[no-untyped-def]
        asked.append((link.id, tuple(keys), since, until))

    async with desk(tmp_path, gap_check=gap_check) as at:
        at.feed.tell(Spans((), blind_since=NOON))
        await at.settled()
        await at.later(60)
        at.feed.tick(201)
        at.feed.tell(Spans((), recovered_from=NOON))
        await at.settled()
        (entry,) = await alerts(at.store)
        assert entry.alert.late
        kinds = [row.news.kind for row in await outbox(at.store) if hasattr(row.news, "kind")]
        assert kinds == ["blind"]  # the second waits behind it, in order
        assert asked == []  # nothing is left to be checked: the alert has fired
        assert at.watch.blindness.seconds >= 60


async def test_i47_what_a_blind_time_hid_is_asked_for(tmp_path: Path) -> None:
    asked: list[object] = []

    async def gap_check(link, keys, since, until):  # type: ignore[no-untyped-def]
        asked.append((link.id, tuple(keys), since, until))

    async with desk(tmp_path, gap_check=gap_check) as at:
        at.feed.tell(Spans((), blind_since=NOON))
        await at.settled()
        await at.later(60)
        at.feed.tell(Spans((), recovered_from=NOON))
        await at.until(lambda: bool(asked))
        assert asked == [("L1", (LAST,), NOON, at.clock.now())]


async def test_i49_the_nightly_disconnect_wakes_nobody_until_something_trades(tmp_path: Path) -> None:
    night = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # one at night in New York
    async with desk(tmp_path, start=night, reads=Unasked) as at:
        at.feed.tell(Spans((), blind_since=night))
        await at.settled()
        await at.later(600)
        assert await outbox(at.store) == ()
        await at.later(3 * 3600)  # shares begin to trade at four
        (row,) = await outbox(at.store)
        assert row.news.kind == "blind"  # type: ignore[union-attr]


async def test_not_and_any_are_read_in_three_values(tmp_path: Path) -> None:
    """SPY was never told: what depends on it alone is not known, what does not is."""
    either = rule(Any((above(200), above(600, SPY))), instruments=watched("AAPL", "SPY"))
    neither = rule(Not(above(600, SPY)), id="R2", instruments=watched("SPY"))
    async with desk(tmp_path, either, neither) as at:
        await at.ticks(201)
        assert len(await alerts(at.store, "R1")) == 1
        assert await alerts(at.store, "R2") == ()


@pytest.mark.parametrize("price", ["0", "-1"])
async def test_i54_nonsense_fires_nothing(tmp_path: Path, price: str) -> None:
    async with desk(tmp_path, rule(below(100))) as at:
        await at.ticks(price)
        assert await alerts(at.store) == ()
        await at.ticks(99)
        assert await prices(at.store) == [Decimal(99)]


async def test_i46_an_alert_is_not_told_of_what_was_before_it_was_set(tmp_path: Path) -> None:
    """The low and high that the feed keeps for the others are older than it."""
    async with desk(tmp_path, rule(above(300))) as at:
        await at.ticks(205, 199)  # quiet for the one that is there
        later = rule(id="R2")
        await add(at.store, later, link=None)
        await at.watch.load((rule(above(300)), later))
        await at.ticks("199.5", 198)
        assert await alerts(at.store, "R2") == ()
        await at.ticks(201)
        assert len(await alerts(at.store, "R2")) == 1


async def test_i46_nor_of_what_was_cut_from_the_feed_and_not_looked_at_yet(tmp_path: Path) -> None:
    async with desk(tmp_path, rule(above(300))) as at:
        await at.ticks(199)
        at.feed.tick(205, 199)
        cut, loads = at.feed.cut([LAST]), at.watch.board.loads
        assert [(span.high, span.last) for span in cut] == [(Decimal(205), Decimal(199))]
        later = rule(id="R2")
        await add(at.store, later, link=None)
        await at.watch.load((rule(above(300)), later))
        await at.watch.take(cut, loads=loads)
        assert await alerts(at.store, "R2") == ()
        await at.ticks(201)
        assert len(await alerts(at.store, "R2")) == 1


async def test_the_window_of_an_alert_goes_with_it(tmp_path: Path) -> None:
    moves = rule(Move(AAPL, Direction.UP, Amount(Decimal(2)), timedelta(minutes=5)))
    async with desk(tmp_path, moves, rule(above(300), id="R2")) as at:
        assert len(at.watch.board.windows) == 1
        await at.watch.load((rule(above(300), id="R2"),))
        assert len(at.watch.board.windows) == 0
