"""The book: who is woken by what, the band of each number, and what becomes of bounds that were given up."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.alerting.book import Book, Place
from senexbot.domain.alerting.quiet import ALL, NOTHING, Interval


def test_a_number_that_nobody_watches_has_no_band_and_wakes_nobody():
    book: Book[str, str] = Book()
    assert book.band("AAPL") == ALL
    assert book.woken("AAPL", 0.0, 1e9) == []
    book.drop(Place("r", "AAPL"))
    assert book.changed == set()


def test_the_nearest_bounds_are_the_band_and_what_is_beyond_them_is_woken_once():
    book: Book[str, str] = Book()
    near, far, both = Place("near", "AAPL"), Place("far", "AAPL"), Place("both", "AAPL")
    book.put(near, Interval(-math.inf, 200.0))
    book.put(far, Interval(-math.inf, 300.0))
    book.put(both, Interval(150.0, 250.0))
    assert book.band("AAPL") == Interval(150.0, 200.0)
    assert book.woken("AAPL", 150.0, 200.0) == []
    assert book.woken("AAPL", 190.0, 200.5) == ["near"]
    assert book.woken("AAPL", 190.0, 200.5) == []
    assert book.band("AAPL") == Interval(150.0, 250.0)
    assert sorted(book.woken("AAPL", 149.0, 301.0)) == ["both", "far"]
    book.put(near, ALL)
    book.drop(both)
    assert book.band("AAPL") == ALL
    book.drop(near)
    assert "AAPL" not in book.lines


def test_what_was_given_up_behind_others_wakes_nobody():
    book: Book[str, str] = Book()
    near, far = Place("near", "AAPL"), Place("far", "AAPL")
    book.put(near, Interval(100.0, 200.0))
    book.put(far, Interval(90.0, 300.0))
    book.drop(far)
    assert book.woken("AAPL", 80.0, 400.0) == ["near"]


def test_one_that_has_always_something_to_say_makes_every_value_count():
    book: Book[str, str] = Book()
    place = Place("r", "AAPL")
    book.put(place, NOTHING)
    assert book.woken("AAPL", 5.0, 5.0) == ["r"]
    book.put(place, Interval(1.0, 9.0))
    book.put(place, Interval(2.0, 8.0))  # in place of the bounds before
    book.changed.clear()
    book.put(place, Interval(2.0, 8.0))
    assert book.changed == set()
    assert book.woken("AAPL", 1.0, 9.0) == ["r"]


def test_bounds_that_were_given_up_do_not_pile_up():
    book: Book[str, str] = Book()
    places = [Place(str(number), "AAPL") for number in range(10)]
    for round_ in range(200):
        for number, place in enumerate(places):
            book.put(place, Interval(100.0 - number - round_ % 7, 200.0 + number + round_))
    assert len(book.lines["AAPL"]) < 300


moves = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from("ab"),
        st.integers(0, 10),
        st.integers(0, 10),
        st.sampled_from("pdw"),
    ),
    max_size=60,
)


@given(moves)
def test_it_wakes_exactly_those_whose_bounds_were_left(history):
    """Against a dictionary that is searched from end to end."""
    book: Book[str, int] = Book()
    places = {(number, key): Place(number, key) for number in range(6) for key in "ab"}
    model: dict[tuple[int, str], Interval] = {}
    for number, key, low, high, what in history:
        place, interval = places[number, key], Interval(float(low), float(high))
        if what == "p":
            book.put(place, interval)
            model[number, key] = interval
        elif what == "d":
            book.drop(place)
            model.pop((number, key), None)
        else:
            low, high = sorted((low, high))
            left = {
                n for (n, k), bounds in model.items() if k == key and (low < bounds.low or high > bounds.high)
            }
            assert set(book.woken(key, float(low), float(high))) == left
            model = {(n, k): bounds for (n, k), bounds in model.items() if k != key or n not in left}
        for one in "ab":
            bounds = [b for (_, k), b in model.items() if k == one]
            assert book.band(one).low == max((b.low for b in bounds), default=-math.inf)
            assert book.band(one).high == min((b.high for b in bounds), default=math.inf)
