"""Prints to ticks: the same law as domain/tape.py, in floats, bounded by what is wanted (I54, I55, F61, F63)."""

import math
import time
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.broker import dxlink
from senexbot.broker.conflation import FAR, Conflation, exact
from senexbot.domain.tape import Tape

from .kit import NOW


def wanting(*symbols):
    made = Conflation()
    made.want(frozenset(symbols))
    return made


PRICES = st.one_of(
    st.integers(1, 400).map(float),
    st.sampled_from([100.0, 101.5, 99.25, 109.0, 112.0, 90.5, 1000.0, 0.01, 201.5417]),
    st.sampled_from([0.0, -1.0, math.nan, math.inf]),
)


def on_the_edge(prices):
    """Exactly 10 % apart: floats and decimals may differ in the last bit there."""
    sound = [p for p in prices if p is not None and math.isfinite(p) and p > 0]
    return any(abs(abs(a - b) - FAR * b) < 1e-6 for a in sound for b in sound)


@given(st.lists(st.one_of(PRICES, st.none()), max_size=25))
@settings(max_examples=500)
def test_it_is_the_tape_of_the_domain(prices):
    """None stands for an evaluation in between: however the feed is cut up, the ticks are the same."""
    if on_the_edge(prices):
        return
    made, tape = wanting("A"), Tape("A")
    for price in [*prices, None]:
        if price is not None:
            made.add([("A", price)], NOW)
            tape = tape.take(Decimal(repr(price)), NOW)
            continue
        tape, expected = tape.cut()
        got = made.take()
        assert list(got) == ([] if expected is None else [expected])


def test_decimals_are_the_ones_sent():
    for text in ("201.5417", "0.0001", "100", "5931.91"):
        assert exact(float(text)) == Decimal(text)


@given(
    st.lists(st.tuples(st.text(max_size=2), st.floats() | st.integers() | st.none() | st.text(max_size=3)))
)
def test_what_is_not_wanted_is_not_kept(rows):
    made = wanting("A", "B")
    made.add(rows, NOW)
    assert {t.symbol for t in made.take()} <= {"A", "B"}
    assert all(t.low > 0 for t in made.take())


def test_what_is_no_longer_wanted_is_forgotten():
    made = wanting("A", "B")
    made.add([("A", 1.0), ("B", 2.0)], NOW)
    made.want(frozenset({"B"}))
    assert [t.symbol for t in made.take()] == ["B"]
    assert made.latest("A") is None


def test_a_million_events_keep_one_row_a_symbol_and_the_pace():
    """F63, I55; the floor is far below what is measured, so that a slow machine passes."""
    names = [f"S{i}" for i in range(500)]
    made = wanting(*names)
    values = [v for i in range(20) for n in names for v in ("Trade", n, 100.0 + i / 10)]
    frame = ["Trade", values]
    began = time.perf_counter()
    for _ in range(20):
        made.add(dxlink.trades(frame, dxlink.FIELDS), NOW)
    rate = 20 * 20 * 500 / (time.perf_counter() - began)
    assert len(made.take()) == 500
    assert rate > 100_000


def test_a_held_print_is_trusted_when_the_market_stands_around_it():
    """F61: one print ten times too high is nothing; with quotes at that level it is the price."""
    made = wanting("A", "B")
    made.add([("A", 100.0), ("B", 10.0)], NOW)
    made.take()
    made.add([("A", 1000.0)], NOW)
    assert made.suspects == {"A"}
    assert made.take() == ()
    for bid, ask in [(99.0, 101.0), ("NaN", 1001.0), (1001.0, 999.0), (0, 2000.0), (None, None), (True, 1.0)]:
        made.confirm([("A", bid, ask), ("B", 9.0, 11.0), ([], 1, 2)], NOW)
        assert made.take() == ()
    made.confirm([("A", 999.0, 1002.0)], NOW)
    (tick,) = made.take()
    assert (tick.last, tick.low, tick.high) == (1000, 1000, 1000)
    assert made.suspects == frozenset()


def test_a_print_that_goes_back_clears_the_suspect():
    made = wanting("A")
    made.add([("A", 100.0)], NOW)
    made.add([("A", 1000.0)], NOW)
    made.add([("A", 100.5)], NOW)
    assert made.suspects == frozenset()
    (tick,) = made.take()
    assert tick.high == Decimal("100.5")


def test_rows_that_do_not_fit_their_layout_make_no_sense():
    for data in (None, 5, "x", ["Trade", ["Trade", "A"]], ["Trade", 5], ["Trade", None], ["Quote", [1]]):
        if data == ["Quote", [1]]:
            assert dxlink.quotes(data, dxlink.FIELDS) is None
            continue
        assert dxlink.trades(data, dxlink.FIELDS) is None
    assert dxlink.trades([], dxlink.FIELDS) == []
    assert dxlink.trades(["Quote", ["Quote", "A", 1.0]], dxlink.FIELDS) == []
    layout = [["Trade", ["eventType", "eventSymbol", "price"]], ["Trade", "A", 1.5]]
    assert dxlink.trades(layout, dxlink.FIELDS) == [("A", 1.5)]
