"""Prints to spans: the same law as tape.py, in floats, for each of several users (I54, I55, F61, F63)."""

import math
import time
from decimal import Decimal
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.broker import dxlink
from senexbot.broker.conflation import FAR, NEAR, Told, exact
from senexbot.broker.market_values import MarketValues
from senexbot.domain.alerting.terms import Field
from senexbot.ports import Key, Quiet
from tests.broker.tape import Tape

from .following import LOUD, SILENT
from .kit import NOW


class User(Told):
    """Cuts what has left its band, or whatever it is asked for."""

    def __init__(self):
        super().__init__()
        self.woken = 0

    def wake(self):
        self.woken += 1

    def take(self):
        return {view.key: view.cut() for view in tuple(self.changed)}


class Bench:
    """Values without a connection. Each feeding is a frame of its own."""

    def __init__(self):
        self.values = MarketValues(lambda: None)
        self.moments = ((NOW, float(n)) for n in count())

    def feed(self, event, *rows):
        self.values.feed([(event, tuple(zip(*rows, strict=True)))] if rows else [], next(self.moments))

    def prints(self, *rows):
        self.feed(dxlink.TRADE, *((name, price, "NaN") for name, price in rows))

    def quotes(self, *rows):
        self.feed(dxlink.QUOTE, *rows)

    def follow(self, user, name, quiet=LOUD, field=Field.LAST):
        return self.values.follow(user, Key(name, field), quiet)

    @property
    def suspects(self):
        return {row.name for row in self.values.rows.suspects}


def wanting(*symbols, quiet=LOUD, field=Field.LAST):
    bench, user = Bench(), User()
    return bench, user, {name: bench.follow(user, name, quiet, field) for name in symbols}


PRICES = st.one_of(
    st.integers(190, 210).map(lambda n: n / 2),  # near one another: most of what a feed brings
    st.integers(190, 210).map(lambda n: n / 2),
    st.integers(1, 400).map(float),
    st.sampled_from([100.0, 101.5, 99.25, 109.0, 112.0, 90.5, 1000.0, 0.01, 201.5417]),
    st.sampled_from([0.0, -1.0, math.nan, math.inf]),
)


def on_the_edge(prices):
    """Exactly 10 % apart: floats and decimals may differ in the last bit there."""
    sound = [p for p in prices if p is not None and math.isfinite(p) and p > 0]
    return any(abs(abs(a - b) - FAR * b) < 1e-6 for a in sound for b in sound)


def triple(span):
    return None if span is None else (span.last, span.low, span.high)


BANDS = st.sampled_from([LOUD, SILENT, Quiet(95.0, 105.0), Quiet(0.5, 100.0), Quiet(105.0, 95.0)])


@given(st.lists(st.one_of(PRICES, st.integers(0, 2)), max_size=30), st.lists(BANDS, min_size=1, max_size=3))
@settings(max_examples=500)
def test_it_is_the_tape_of_the_domain_for_each_user_with_bands_of_its_own(steps, bands):
    """An integer below 3 is that user's cut: however the feed is cut up, the spans are the tape's."""
    prices = [step for step in steps if type(step) is float]
    if on_the_edge(prices):
        return
    bench = Bench()
    users = [User() for _ in bands]
    views = [bench.follow(user, "A", band) for user, band in zip(users, bands, strict=True)]
    tapes = [Tape("A") for _ in bands]
    for step in [*steps, 0, 1, 2]:
        if type(step) is float:
            bench.prints(("A", step))
            tapes = [tape.take(Decimal(repr(step)), NOW) for tape in tapes]
            for user, tape, band in zip(users, tapes, bands, strict=True):
                leaves = tape.low is not None and not band.floor <= tape.low <= tape.high <= band.ceiling
                assert bool(user.changed) is leaves
            continue
        if step >= len(bands):
            continue
        tapes[step], expected = tapes[step].cut()
        got = views[step].cut()
        assert triple(got) == (None if expected is None else (expected.last, expected.low, expected.high))


@given(st.floats(0.01, 1e6), st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_within_the_calm_band_no_value_is_a_spike(last, one, other):
    """The fast path tests no spike: any two values that it lets through have to be near each other."""
    first, second = last * NEAR**one, last * NEAR**other
    assert abs(second - first) <= FAR * first


def test_decimals_are_the_ones_sent():
    for text in ("201.5417", "0.0001", "100", "5931.91"):
        assert exact(float(text)) == Decimal(text)
    assert str(exact(0.1433, is_share=True)) == "14.33"


@given(
    st.lists(st.tuples(st.text(max_size=2), st.floats() | st.integers() | st.none() | st.text(max_size=3)))
)
def test_what_is_not_wanted_is_not_kept(rows):
    bench, user, _ = wanting("A", "B")
    bench.prints(*rows)
    spans = user.take()
    assert {key.streamer_symbol for key in spans} <= {"A", "B"}
    assert all(span.low > 0 for span in spans.values())


def test_what_is_no_longer_wanted_is_forgotten():
    bench, user, views = wanting("A", "B")
    bench.prints(("A", 1.0), ("B", 2.0))
    bench.values.unfollow(views["A"])
    assert [key.streamer_symbol for key in user.take()] == ["B"]
    assert set(bench.values.rows.tables[Field.LAST]) == {"B"}


def test_a_million_events_keep_one_row_a_symbol_and_the_pace():
    """F63, I55; the floor is far below what is measured, so that a slow machine passes."""
    names = [f"S{i}" for i in range(500)]
    bench, user, _ = wanting(*names)
    flat = [v for i in range(20) for n in names for v in ("Trade", n, 100.0 + i / 10, 5.0)]
    frame, layout = ["Trade", flat], dxlink.asked([dxlink.TRADE])
    began = time.perf_counter()
    for _ in range(20):
        bench.values.feed(dxlink.columns(frame, layout), next(bench.moments))
    rate = 20 * 20 * 500 / (time.perf_counter() - began)
    assert len(user.take()) == 500
    assert rate > 100_000


def test_a_held_print_is_trusted_when_the_market_stands_around_it():
    """F61: one print ten times too high is nothing; with quotes at that level it is the price."""
    bench, user, _ = wanting("A", "B")
    bench.prints(("A", 100.0), ("B", 10.0))
    user.take()
    bench.prints(("A", 1000.0))
    assert bench.suspects == {"A"}
    assert bench.values.is_needed((dxlink.QUOTE, "A"))
    assert not user.changed
    for bid, ask in [(99.0, 101.0), ("NaN", 1001.0), (1001.0, 999.0), (0, 2000.0), (None, None), (True, 1.0)]:
        bench.quotes(("A", bid, ask), ("B", 9.0, 11.0), ([], 1, 2))
        assert not user.changed
    bench.quotes(("A", 999.0, 1002.0))
    (span,) = user.take().values()
    assert triple(span) == (1000, 1000, 1000)
    bench.prints(("B", 10.0))
    assert bench.suspects == set()
    assert not bench.values.is_needed((dxlink.QUOTE, "A"))


def test_a_held_print_is_trusted_at_once_when_the_market_stands_around_it_already():
    bench, user, _ = wanting("A")
    bench.follow(User(), "A", field=Field.MID)
    bench.prints(("A", 1.0))
    bench.quotes(("A", 2.0, 2.1))
    user.take()
    bench.prints(("A", 2.05))
    assert triple(*user.take().values()) == (Decimal("2.05"),) * 3


def test_a_print_that_goes_back_clears_the_suspect():
    bench, user, _ = wanting("A")
    bench.prints(("A", 100.0))
    bench.prints(("A", 1000.0))
    bench.prints(("A", 100.5))
    assert bench.suspects == set()
    assert triple(*user.take().values()) == (Decimal("100.5"), 100, Decimal("100.5"))
