"""What the bands of the book promise: a look within them changes nothing, so that leaving it out loses nothing."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.domain.alerting.evaluating import begin, step
from senexbot.domain.alerting.looks import Look, Seen, sources_in
from senexbot.domain.alerting.quiet import (
    highest_to,
    highest_under,
    lowest_from,
    lowest_over,
    quiet,
)
from senexbot.domain.alerting.windows import Windows

from .laws import DAY, START, A, B, D, Figures, fine_prices, terms

looks = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from([A, B]), st.lists(fine_prices, min_size=1, max_size=3), min_size=1)
    ),
    min_size=2,
    max_size=25,
)
FIGURES = {"AAPL": Figures(D(204), D(205), D(199), D(200), D(206), D(195))}


@settings(max_examples=2500, deadline=None, report_multiple_bugs=False)
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
