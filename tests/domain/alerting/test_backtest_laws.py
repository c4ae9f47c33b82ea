"""What is counted from candles holds for every path that could have made them: laws over random ticks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, note, settings
from hypothesis import strategies as st

from senexbot.domain.alerting.backtest import Backtest, backtest
from senexbot.domain.alerting.candle_steps import History
from senexbot.domain.alerting.evaluating import begin, step
from senexbot.domain.alerting.looks import Look, Seen
from senexbot.domain.alerting.terms import (
    AlertTerms,
    All,
    Amount,
    Any,
    Band,
    Condition,
    Cross,
    Direction,
    Held,
    Level,
    Move,
    Not,
    Often,
    Reach,
    Repeat,
    Side,
    Source,
    Sum,
    Trail,
    Way,
    Weighted,
)
from senexbot.domain.alerting.trees import sources_in
from senexbot.domain.alerting.windows import Windows
from senexbot.domain.candles import Candle

START = datetime(2026, 11, 2, 15, tzinfo=UTC)
AAPL, SPY = Source("AAPL"), Source("SPY")
PERIOD = timedelta(minutes=5)
Tick = tuple[datetime, Source, Decimal]


def always(_: datetime) -> bool:
    return True


def history(candles: dict[str, Sequence[Candle]]) -> History:
    return History(candles, PERIOD, UTC, always)


def cut(ticks: Sequence[Tick]) -> dict[str, list[Candle]]:
    """The candles of these ticks."""
    found: dict[str, dict[datetime, list[Decimal]]] = {}
    for at, source, price in ticks:
        begins = at - (at - START) % PERIOD
        found.setdefault(source.symbol, {}).setdefault(begins, []).append(price)
    return {
        symbol: [Candle(at, p[0], max(p), min(p), p[-1], Decimal(1)) for at, p in sorted(rows.items())]
        for symbol, rows in found.items()
    }


def tick_by_tick(terms: AlertTerms, ticks: Sequence[Tick]) -> int:
    """How often the alert fires when every tick is a look, and every look that is due is made."""
    memory, count, due = begin(terms), 0, None
    newest: dict[Source, Seen] = {}
    windows = Windows()
    windows.want(terms.condition)

    def look(at: datetime) -> None:
        nonlocal memory, count, due
        one = Look(at, at.date(), dict(newest), ranges=windows.ranges(at))
        done = step(terms, memory, one)
        windows.add(one)
        memory, count, due = done.memory, count + done.fired, done.due

    for at, source, price in ticks:
        while due is not None and due <= at:
            look(due)
        newest[source] = Seen(price, price, price)
        look(at)
    return count


def holds(found: Backtest, count: int) -> bool:
    return found.least <= count and (found.most is None or count <= found.most)


def steps(most: int = 60) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Seconds to the next tick, and by how many ticks of 5 cents the price moves."""
    return st.lists(st.tuples(st.integers(1, 200), st.integers(-12, 12)), min_size=1, max_size=most)


def ticks_of(moves: list[tuple[int, int]], source: Source = AAPL, start: str = "100") -> list[Tick]:
    at, price, found = START, Decimal(start), []
    for seconds, move in moves:
        at += timedelta(seconds=seconds)
        price = max(price + move * Decimal("0.05"), Decimal("0.05"))
        found.append((at, source, price))
    return found


LEVELS = st.integers(-8, 8).map(lambda n: Decimal(100) + n * Decimal("0.1"))
SIDES = st.sampled_from(Side)
BASICS: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Level, st.just(AAPL), SIDES, LEVELS),
    st.builds(Cross, st.just(AAPL), SIDES, LEVELS),
    st.builds(
        lambda way, low, width: Band(AAPL, way, low, low + width),
        st.sampled_from(Way),
        LEVELS,
        st.sampled_from([Decimal("0.2"), Decimal(1)]),
    ),
)
REARMS = st.none() | st.sampled_from([Amount(Decimal("0.1")), Amount(Decimal("0.5"), is_percent=True)])
REPEATS = st.one_of(
    st.just(Repeat()),
    st.builds(lambda rearm: Repeat(Often.EVERY, rearm), REARMS),
    st.builds(lambda rearm: Repeat(Often.DAILY, rearm), REARMS),
)


@settings(max_examples=40, deadline=None)
@given(BASICS, REPEATS, steps())
def test_levels_crossings_and_bands_lie_within_what_is_said(
    condition: Condition, repeat: Repeat, moves: list[tuple[int, int]]
) -> None:
    terms, ticks = AlertTerms(condition, repeat), ticks_of(moves)
    found = backtest(terms, history(cut(ticks)))
    count = tick_by_tick(terms, ticks)
    note(f"{found} {count}")
    assert holds(found, count)
    sure = sum(moment.is_sure for moment in found.moments)
    assert sure <= (count if found.most is None else max(found.most, sure))


TREES: st.SearchStrategy[Condition] = st.recursive(
    st.builds(Level, st.just(AAPL), SIDES, LEVELS),
    lambda part: st.one_of(st.tuples(part, part).map(All), st.tuples(part, part).map(Any), part.map(Not)),
    max_leaves=4,
)


@settings(max_examples=40, deadline=None)
@given(TREES, REPEATS, steps())
def test_trees_of_levels_lie_within_what_is_said(
    condition: Condition, repeat: Repeat, moves: list[tuple[int, int]]
) -> None:
    terms, ticks = AlertTerms(condition, repeat), ticks_of(moves)
    found = backtest(terms, history(cut(ticks)))
    count = tick_by_tick(terms, ticks)
    note(f"{found} {count}")
    assert not found.is_proven or holds(found, count)


@settings(max_examples=40, deadline=None)
@given(SIDES, LEVELS, st.sampled_from([60, 200, 300, 420, 900]), REPEATS, steps())
def test_what_holds_for_a_time_lies_within_what_is_said(
    side: Side, level: Decimal, seconds: int, repeat: Repeat, moves: list[tuple[int, int]]
) -> None:
    terms = AlertTerms(Held(Level(AAPL, side, level), timedelta(seconds=seconds)), repeat)
    ticks = ticks_of(moves)
    found = backtest(terms, history(cut(ticks)))
    count = tick_by_tick(terms, ticks)
    note(f"{found} {count}")
    assert not found.is_proven or holds(found, count)


AMOUNTS = st.sampled_from(
    [Amount(Decimal("0.5")), Amount(Decimal(1)), Amount(Decimal("0.8"), is_percent=True)]
)


@settings(max_examples=40, deadline=None)
@given(
    st.one_of(
        st.builds(Trail, st.just(AAPL), st.sampled_from(Reach), AMOUNTS),
        st.builds(
            Move,
            st.just(AAPL),
            st.sampled_from(Direction),
            AMOUNTS,
            st.sampled_from([timedelta(minutes=5), timedelta(minutes=12), timedelta(hours=1)]),
        ),
    ),
    REPEATS,
    steps(40),
)
def test_moves_and_trails_lie_within_what_is_said(
    condition: Condition, repeat: Repeat, moves: list[tuple[int, int]]
) -> None:
    terms, ticks = AlertTerms(condition, repeat), ticks_of(moves)
    found = backtest(terms, history(cut(ticks)))
    count = tick_by_tick(terms, ticks)
    note(f"{found} {count}")
    assert not found.is_proven or holds(found, count)


TWO: st.SearchStrategy[Condition] = st.one_of(
    st.builds(lambda a, b, x, y: All((Level(AAPL, a, x), Level(SPY, b, y))), SIDES, SIDES, LEVELS, LEVELS),
    st.builds(
        lambda side, level: Level(
            Sum((Weighted(Decimal(1), AAPL), Weighted(Decimal(-1), SPY))), side, level - 100
        ),
        SIDES,
        LEVELS,
    ),
)


@settings(max_examples=40, deadline=None)
@given(TWO, REPEATS, steps(40), steps(40))
def test_two_symbols_fire_at_least_as_often_as_is_said(
    condition: Condition, repeat: Repeat, one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    terms = AlertTerms(condition, repeat)
    ticks = sorted([*ticks_of(one), *ticks_of(other, SPY)], key=lambda tick: tick[0])
    found = backtest(terms, history(cut(ticks)))
    count = tick_by_tick(terms, ticks)
    note(f"{found} {count}")
    assert found.is_proven
    assert found.most is None
    assert found.least <= count


@settings(max_examples=40, deadline=None)
@given(BASICS, steps())
def test_candles_of_one_price_leave_nothing_open(condition: Condition, moves: list[tuple[int, int]]) -> None:
    terms = AlertTerms(condition, Repeat(Often.EVERY))
    ticks = [(START + PERIOD * i, source, price) for i, (_, source, price) in enumerate(ticks_of(moves))]
    found = backtest(terms, history(cut(ticks)))
    assert found.least == found.most == tick_by_tick(terms, ticks) == len(found.moments)
    assert all(moment.is_sure for moment in found.moments)
    assert len(sources_in(condition)) == 1
