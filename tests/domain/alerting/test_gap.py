"""What is found in the candles of a blind time: each crossing that was there, once, and none of before (I47, F60)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from senexbot.domain.alerting.candle_steps import History, Hit
from senexbot.domain.alerting.evaluating import begin, step
from senexbot.domain.alerting.gap import lead_of, missed
from senexbot.domain.alerting.looks import Look, Seen
from senexbot.domain.alerting.memory import Memory
from senexbot.domain.alerting.rules import RuleState
from senexbot.domain.alerting.terms import (
    AlertTerms,
    All,
    Amount,
    Band,
    Condition,
    Direction,
    Extreme,
    Held,
    Level,
    Move,
    Often,
    Period,
    Reach,
    Repeat,
    Side,
    Source,
    Trail,
    Way,
)
from senexbot.domain.candles import Candle

START = datetime(2026, 11, 2, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
AAPL, SPY = Source("AAPL"), Source("SPY")
ABOVE = Level(AAPL, Side.ABOVE, Decimal(100))
Row = tuple[float, float, float, float]


def rows(*some: Row, start: datetime = START) -> tuple[Candle, ...]:
    return tuple(
        Candle(start + MINUTE * i, *(Decimal(str(price)) for price in row), Decimal(1))
        for i, row in enumerate(some)
    )


def history(**candles: tuple[Candle, ...]) -> History:
    return History(candles, MINUTE, UTC, lambda _: True)


def armed(terms: AlertTerms, price: object = 99, **others: object) -> Memory:
    """What it remembers after one look at these prices."""
    values = {Source(name): Decimal(str(at)) for name, at in {"AAPL": price, **others}.items()}
    seen = {source: Seen(at, at, at) for source, at in values.items()}
    return step(terms, begin(terms), Look(START, START.date(), seen)).memory


def told(condition: Condition, *some: Row, repeat: Repeat | None = None, **more: Any) -> Hit | None:
    terms = AlertTerms(condition, repeat or Repeat())
    given = {"since": START, **more}
    return missed(terms, armed(terms), history(AAPL=rows(*some)), **given)


def test_i47_a_crossing_that_came_back_is_found_with_its_minute_and_value() -> None:
    hit = told(ABOVE, (99, 99.5, 99, 99.2), (99.2, 101, 99, 99.4), (99.4, 99.4, 99, 99))
    assert hit is not None
    assert (hit.at, hit.value, hit.values) == (START + MINUTE, Decimal(101), ((AAPL, Decimal(101)),))
    assert told(ABOVE, (99, 99.9, 98, 99), (99, 100, 98, 99)) is None
    assert told(ABOVE) is None


def test_i46_what_has_fired_rests_until_it_was_back() -> None:
    every = Repeat(Often.EVERY)
    terms = AlertTerms(ABOVE, every)
    memory = Memory(RuleState.RESTING, (), fired_at=START, fired_day=START.date())
    still = history(AAPL=rows((101, 102, 100.5, 101)))
    again = history(AAPL=rows((101, 102, 99, 99.5), (99.5, 101, 99.5, 101)))
    assert missed(terms, memory, still, since=START) is None
    assert missed(terms, memory, again, since=START) is not None


def test_i46_prices_of_before_the_gap_are_not_told_again() -> None:
    """The minute in which the line was lost holds prices that were seen: only an alert that was armed all through it
    cannot have been told of them."""
    since = START + timedelta(seconds=30)
    crossed: Row = (99, 101, 98, 99)
    assert told(ABOVE, crossed, since=since, armed_at=START + timedelta(seconds=10)) is None
    assert told(ABOVE, crossed, since=since) is None
    assert told(ABOVE, (99, 101, 98, 100.5), since=since, armed_at=START + timedelta(seconds=10)) is not None
    hit = told(ABOVE, crossed, since=since, armed_at=START - MINUTE)
    assert hit is not None
    assert hit.at == since
    held = Held(ABOVE, timedelta(seconds=20))
    assert told(held, (99, 101, 99, 101), since=since, armed_at=START - MINUTE) is not None


@pytest.mark.parametrize(
    ("condition", "some", "is_found"),
    [
        (Held(ABOVE, MINUTE * 2), [(101, 101, 101, 101)] * 4, True),
        (Held(ABOVE, MINUTE * 5), [(101, 101, 101, 101)] * 2, False),
        (Trail(AAPL, Reach.HIGH, Amount(Decimal(2))), [(99, 104, 99, 104), (104, 104, 101, 103)], True),
        (Trail(AAPL, Reach.HIGH, Amount(Decimal(9))), [(99, 104, 99, 104), (104, 104, 101, 103)], False),
        (Band(AAPL, Way.ENTERS, Decimal(100), Decimal(101)), [(99, 103, 99, 103)], True),
        (Band(AAPL, Way.ENTERS, Decimal(100), Decimal(101)), [(99, 99.9, 99, 99)], False),
    ],
)
def test_every_kind_of_condition_is_looked_for(condition: Condition, some: list[Row], is_found: bool) -> None:
    assert (told(condition, *some) is not None) is is_found


def test_a_move_is_measured_from_before_the_gap() -> None:
    move = Move(AAPL, Direction.UP, Amount(Decimal(3)), MINUTE * 10)
    terms = AlertTerms(move)
    assert lead_of(terms) == MINUTE * 10
    assert lead_of(AlertTerms(ABOVE)) == timedelta()
    before = rows(*[(97, 97, 97, 97)] * 3, start=START - MINUTE * 3)
    candles = (*before, *rows((99, 100.2, 99, 99)))
    assert missed(terms, armed(terms, 97), history(AAPL=candles), since=START) is not None
    assert missed(terms, armed(terms, 97), history(AAPL=candles[2:]), since=START) is not None
    assert missed(terms, armed(terms, 97), history(AAPL=candles[3:]), since=START) is None


def test_two_symbols_are_looked_at_minute_by_minute() -> None:
    both = AlertTerms(All((ABOVE, Level(SPY, Side.BELOW, Decimal(590)))))
    memory = armed(both, 99, SPY=595)
    one = rows((99, 101, 99, 101), (101, 101, 99, 99))
    hit = missed(both, memory, history(AAPL=one, SPY=rows((595, 595, 589, 589))), since=START)
    assert hit is not None
    assert dict(hit.values) == {AAPL: Decimal(101), SPY: Decimal(589)}
    assert missed(both, memory, history(AAPL=one, SPY=rows((595, 595, 594, 594))), since=START) is None
    earlier = rows((99, 101, 99, 101), start=START - MINUTE * 5)
    calm = history(AAPL=(*earlier, *rows((99, 99, 99, 99))), SPY=rows((589, 589, 589, 589)))
    assert missed(both, memory, calm, since=START) is None


def test_a_new_high_needs_the_figures_of_the_day() -> None:
    condition = Extreme("AAPL", Reach.HIGH, Period.DAY)
    assert told(condition, (99, 99, 99, 99), (99, 100, 99, 99)) is not None


TICKS = st.lists(st.tuples(st.integers(1, 50), st.integers(-15, 15)), min_size=1, max_size=40)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(Side), st.integers(-8, 8), TICKS, st.integers(0, 400))
def test_i47_no_crossing_of_the_gap_is_lost(
    side: Side, level: int, moves: list[tuple[int, int]], seconds: int
) -> None:
    """Ticks up to `since` are seen one by one, the later ones only as candles: what they would have fired is found."""
    terms = AlertTerms(Level(AAPL, side, Decimal(100) + level * Decimal("0.1")), Repeat())
    memory = kept = begin(terms)
    at, price = START, Decimal(100)
    since = START + timedelta(seconds=seconds)
    armed_at: datetime | None = None
    fires = False
    cut: dict[datetime, list[Decimal]] = {}
    for wait, move in moves:
        at, price = at + timedelta(seconds=wait), price + move * Decimal("0.05")
        done = step(terms, memory, Look(at, at.date(), {AAPL: Seen(price, price, price)}))
        if at <= since:
            if done.memory.phase is RuleState.ARMED and memory.phase is not RuleState.ARMED:
                armed_at = at
            if done.fired:
                return
            kept = done.memory
        fires = fires or done.fired
        memory = done.memory
        cut.setdefault(at - (at - START) % MINUTE, []).append(price)
    candles = tuple(Candle(t, p[0], max(p), min(p), p[-1], Decimal(1)) for t, p in sorted(cut.items()))
    hit = missed(terms, kept, history(AAPL=candles), since=since, armed_at=armed_at)
    note(f"{hit} {fires} {armed_at} {kept}")
    is_sure = kept.phase is RuleState.ARMED and (
        armed_at is None or armed_at <= since - (since - START) % MINUTE
    )
    if fires and is_sure:
        assert hit is not None
    if hit is not None and is_sure:
        assert fires
