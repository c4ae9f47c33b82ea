"""Sliding windows: exact to a bucket, bounded, shared (I55)."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.alerting.looks import Look, Range
from senexbot.domain.alerting.terms import All, Amount, Direction, Move, Not, Ratio
from senexbot.domain.alerting.windows import BUCKETS, Window, Windows, bucket_width, windows_in

from .laws import DAY, START, A, B, D, above, fine_prices, seen

MINUTE = timedelta(minutes=1)
UP = Move(A, Direction.UP, Amount(D(1)), MINUTE)
OF_BOTH = Move(Ratio(A, B), Direction.UP, Amount(D(1)), MINUTE)


@given(st.lists(st.tuples(st.integers(0, 200), fine_prices, fine_prices), min_size=1, max_size=150))
def test_a_window_is_what_fell_into_it_to_a_bucket(history):
    window, told, at = Window(MINUTE), [], START
    for seconds, one, other in history:
        at += timedelta(milliseconds=seconds * 50)
        low, high = min(one, other), max(one, other)
        window.add(at, low, high)
        told.append((at, low, high))
        surely = [entry for entry in told if at - entry[0] <= MINUTE]
        maybe = [entry for entry in told if at - entry[0] <= MINUTE + bucket_width(MINUTE)]
        found = window.range(at)
        assert found is not None
        assert min(e[1] for e in maybe) <= found.low <= min(e[1] for e in surely)
        assert max(e[2] for e in surely) <= found.high <= max(e[2] for e in maybe)
        assert len(window) <= 2 * (BUCKETS + 1)
    assert window.range(at + 3 * MINUTE) is None


def test_windows_are_shared_told_by_source_and_forgotten():
    windows = Windows()
    assert (len(windows), windows.width()) == (0, None)
    both = All((UP, Not(UP), OF_BOTH, above(1)))
    assert windows_in(both) == ((A, MINUTE), (Ratio(A, B), MINUTE))
    windows.want(both)
    windows.want(UP)
    assert (len(windows), windows.width()) == (2, timedelta(seconds=1))
    assert windows.sources() == {A, B}
    look = Look(START, DAY, {A: seen(200, 190, 210)})
    windows.add(look)
    ranges = windows.ranges(START)
    assert dict(ranges) == {(A, MINUTE): Range(D(190), D(210))}
    assert len(ranges) == 1
    assert ranges.get((Ratio(A, B), MINUTE)) is None
    windows.add(Look(START, DAY, {A: seen(300), B: seen(100)}), (B,))
    assert dict(windows.ranges(START)) == {
        (A, MINUTE): Range(D(190), D(210)),
        (Ratio(A, B), MINUTE): Range(D(3), D(3)),
    }
    windows.add(Look(START, DAY, {}), (A,))
    windows.keep({(A, MINUTE)})
    assert windows.sources() == {A}
    assert len(windows) == 1


def test_a_short_window_has_buckets_of_a_second():
    assert bucket_width(timedelta(seconds=10)) == timedelta(seconds=1)
    assert bucket_width(timedelta(hours=1)) == MINUTE
