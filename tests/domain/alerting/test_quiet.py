"""What the bands of the book promise: a look within them changes nothing, so that leaving it out loses nothing."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.domain.alerting.evaluating import begin, step
from senexbot.domain.alerting.looks import Look, Seen
from senexbot.domain.alerting.quiet import (
    ALL,
    NOTHING,
    highest_to,
    highest_under,
    lowest_from,
    lowest_over,
    quiet,
)
from senexbot.domain.alerting.rules import RuleState
from senexbot.domain.alerting.terms import (
    AlertTerms,
    Amount,
    Band,
    Direction,
    Extreme,
    Field,
    Gap,
    Held,
    Level,
    Move,
    Not,
    Often,
    Period,
    Ratio,
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

from .laws import DAY, START, A, B, D, Figures, Follower, fine_prices, seen, terms

looks = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from([A, B]), st.lists(fine_prices, min_size=1, max_size=3), min_size=1)
    ),
    min_size=2,
    max_size=25,
)
FIGURES = {"AAPL": Figures(D(204), D(205), D(199), D(200), D(206), D(195))}


@settings(max_examples=150, deadline=None, report_multiple_bugs=False)
@given(terms, looks)
def test_a_book_that_sleeps_through_quiet_looks_fires_where_one_that_sees_all_does(alert, history):
    """The windows see all (the engine samples them); the sleeper is woken by a value that leaves its band, or by time."""
    awake = asleep = begin(alert)
    windows = Windows()
    windows.want(alert.condition)
    bands, due = None, None
    values: dict = {}
    at = START
    for (changes,) in history:
        at += timedelta(seconds=1)
        for source, ticks in changes.items():
            values[source] = Seen(ticks[-1], min(ticks), max(ticks))
        look = Look(at, DAY, dict(values), FIGURES, windows.ranges(at))
        seen_all = step(alert, awake, look)
        is_woken = bands is None or any(
            float(values[one].low) < bands[one].low or float(values[one].high) > bands[one].high
            for one in sources_in(alert.condition)
            if one in changes
        )
        if is_woken or (due is not None and due <= at):
            woken = step(alert, asleep, look)
            assert woken.fired == seen_all.fired
            assert woken.value == seen_all.value
            asleep, due = woken.memory, woken.due
            bands = quiet(alert, asleep, look)
        else:
            assert not seen_all.fired
        awake = seen_all.memory
        assert (awake.phase, awake.cleared) == (asleep.phase, asleep.cleared)
        windows.add(look)
        values = {source: Seen(one.last, one.last, one.last) for source, one in values.items()}


EVERY = Repeat(Often.EVERY)
MINUTE = timedelta(minutes=1)
PERCENT = Amount(Decimal(1), is_percent=True)
DELTA, OTHER = Source(".A", Field.DELTA), Source(".B", Field.DELTA)


@pytest.mark.parametrize(
    ("condition", "ticks", "low", "high"),
    [
        (Level(A, Side.ABOVE, D(200)), "199", -math.inf, 200.0),
        (Level(A, Side.BELOW, D(200)), "201", 200.0, math.inf),
        (Level(A, Side.ABOVE, D(200)), "199 201", math.nextafter(199.5, 300), math.inf),  # rests
        (Level(A, Side.BELOW, D(200)), "201 199", -math.inf, math.nextafter(200.5, 0)),
        (Band(A, Way.ENTERS, D(200), D(204)), "199", -math.inf, math.nextafter(200, 0)),
        (Band(A, Way.ENTERS, D(200), D(204)), "205", math.nextafter(204, 300), math.inf),
        (Trail(A, Reach.HIGH, PERCENT), "200", math.nextafter(198, 300), 200.0),
        (Trail(A, Reach.LOW, PERCENT), "200", 200.0, math.nextafter(202, 0)),
        (Not(Trail(A, Reach.HIGH, PERCENT)), "200 197", -math.inf, 198.0),
        (Not(Trail(A, Reach.LOW, PERCENT)), "200 203", 202.0, math.inf),
        (Move(A, Direction.UP, Amount(D(2)), MINUTE), "200", 200.0, math.nextafter(202, 0)),
        (Move(A, Direction.DOWN, Amount(D(2)), MINUTE), "200", math.nextafter(198, 300), 200.0),
        (Move(A, Direction.UP, Amount(D(2)), MINUTE), "200 203", 201.5, math.inf),
        (Move(A, Direction.DOWN, Amount(D(2)), MINUTE), "200 197", -math.inf, 198.5),
        (Extreme("AAPL", Reach.HIGH, Period.DAY), "200", -math.inf, 205.0),
        (Extreme("AAPL", Reach.LOW, Period.DAY), "200", 199.0, math.inf),
        (Gap("AAPL", Direction.UP, PERCENT), "200", -math.inf, math.inf),
        (Not(Level(A, Side.ABOVE, D(200))), "201", math.nextafter(200, 300), math.inf),
        (Held(Level(A, Side.ABOVE, D(200)), MINUTE), "199", -math.inf, 200.0),
    ],
)
def test_the_band_of_each_condition(condition, ticks, low, high):
    follower = Follower(AlertTerms(condition, EVERY))
    follower.days.update(FIGURES)
    follower.ticks(*ticks.split())
    look = Look(follower.at, DAY, follower.values, FIGURES, follower.windows.ranges(follower.at))
    assert quiet(follower.terms, follower.memory, look) == {A: (low, high)}


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        (Level(A, Side.ABOVE, D(200)), {}),
        (Extreme("AAPL", Reach.HIGH, Period.DAY), {A: 200}),  # no figures: what was before is not known
        (Trail(DELTA, Reach.HIGH, PERCENT), {DELTA: 0}),
        (Move(DELTA, Direction.UP, PERCENT, MINUTE), {DELTA: 0}),
        (Move(DELTA, Direction.DOWN, PERCENT, MINUTE), {DELTA: 0}),
        (Level(Ratio(DELTA, OTHER), Side.ABOVE, D(2)), {DELTA: "0.2", OTHER: "-0.2"}),
        (Trail(Ratio(DELTA, OTHER), Reach.HIGH, PERCENT), {DELTA: "0.2", OTHER: "-0.2"}),
    ],
)
def test_where_no_band_can_be_told_every_value_concerns(condition, values):
    terms = AlertTerms(condition)
    look = Look(START, DAY, {one: seen(value) for one, value in values.items()})
    memory = step(terms, begin(terms), look).memory
    assert set(quiet(terms, memory, look).values()) == {NOTHING}


def test_a_part_that_weighs_nothing_has_no_share():
    terms = AlertTerms(Level(Sum((Weighted(D(1), A), Weighted(D(0), B))), Side.ABOVE, D(210)))
    look = Look(START, DAY, {A: seen(200), B: seen(100)})
    bands = quiet(terms, step(terms, begin(terms), look).memory, look)
    assert bands[B] == (-math.inf, math.inf)
    assert bands[A].high < 210


numbers = st.one_of(
    st.decimals(min_value=-1000, max_value=1000, allow_nan=False, places=4),
    st.decimals(min_value="0.0001", max_value=5000, allow_nan=False, places=25),
)


@given(numbers)
def test_bounds_in_floats_are_exact_for_the_decimals_that_floats_are_told_as(level):
    def told(number: float) -> Decimal:
        return Decimal(repr(number))

    assert told(highest_to(level)) <= level < told(math.nextafter(highest_to(level), math.inf))
    assert told(lowest_over(level)) > level >= told(math.nextafter(lowest_over(level), -math.inf))
    assert told(lowest_from(level)) >= level > told(math.nextafter(lowest_from(level), -math.inf))
    assert told(highest_under(level)) < level <= told(math.nextafter(highest_under(level), math.inf))


def test_one_that_is_done_concerns_no_value_at_all():
    once = AlertTerms(Level(A, Side.ABOVE, D(100)))
    memory = begin(once)
    for price in (D(99), D(101)):
        look = Look(START, DAY, {A: Seen(price, price, price)})
        memory = step(once, memory, look).memory
    assert memory.phase is RuleState.FIRED
    assert quiet(once, memory, look) == {A: ALL}


def test_a_level_of_more_digits_than_a_float_keeps_is_not_taken_for_the_float():
    level = D("0.10000000000000000000001")  # its float tells 0.1, which is below it
    assert highest_to(level) == highest_under(level) == 0.1
    assert lowest_over(level) == lowest_from(level) == math.nextafter(0.1, 1)
    assert (highest_to(D("0.1")), lowest_from(D("0.1"))) == (0.1, 0.1)
