"""Which events make which values, and what counts as one: quotes, greeks, volatility, volume, days (I54, F61)."""

import math
from decimal import Decimal

import pytest

from senexbot.broker import dxlink
from senexbot.broker.market_values import STANDS, DayUser, events_of
from senexbot.domain.alerting.terms import Field
from senexbot.ports import DayFigures, Key, Quiet

from .following import LOUD, SILENT
from .kit import NOW
from .test_conflation import Bench, User, triple

PUT = ".SPY261218P590"


def latest(view):
    span = view.latest()
    return None if span is None else span.last


def test_bid_ask_and_mid_of_one_quote():
    bench, user = Bench(), User()
    bid, ask, mid = (bench.follow(user, "A", field=f) for f in (Field.BID, Field.ASK, Field.MID))
    bench.quotes(("A", 99.9, 100.1), ("B", 1.0, 2.0))
    assert [latest(view) for view in (bid, ask, mid)] == [Decimal("99.9"), Decimal("100.1"), 100]
    bench.quotes(("A", 99, 101), ("A", 99.5, 100.1))
    assert triple(mid.cut()) == (Decimal("99.8"), Decimal("99.8"), 100)
    assert triple(bid.cut()) == (Decimal("99.5"), 99, Decimal("99.9"))


@pytest.mark.parametrize(
    ("bid", "ask"),
    [
        (0, 0),
        (0.0, 100.0),
        (101.0, 99.0),
        (-1.0, 100.0),
        ("NaN", "NaN"),
        (None, None),
        (True, 100.0),
        (99.0, 1e13),
    ],
)
@pytest.mark.parametrize("field", [Field.BID, Field.MID])
def test_a_nonsense_quote_is_no_value(bid, ask, field):
    """I54, pitfall 66: zero, crossed, negative, NaN."""
    bench, user = Bench(), User()
    view = bench.follow(user, "A", field=field)
    if (field, ask) == (Field.BID, 1e13):
        return  # its bid is sound
    bench.quotes(("A", bid, ask))
    assert latest(view) is None
    assert not user.changed


def test_one_side_without_the_other():
    """Pitfall 66: a dead option's bid is NaN, its ask may stand."""
    bench, user = Bench(), User()
    bid, ask, mid = (bench.follow(user, PUT, field=f) for f in (Field.BID, Field.ASK, Field.MID))
    bench.quotes((PUT, "NaN", 0.05))
    assert [latest(view) for view in (bid, ask, mid)] == [None, Decimal("0.05"), None]


def test_a_bid_of_zero_is_real_for_an_option_and_its_middle_with_it():
    bench, user = Bench(), User()
    bid, mid = (bench.follow(user, PUT, field=f) for f in (Field.BID, Field.MID))
    bench.quotes((PUT, 0, 0.05))
    assert (latest(bid), latest(mid)) == (None, Decimal("0.025"))


def test_a_quote_far_away_needs_a_second_one_or_has_to_stand():
    """F61: a glitch that is taken back fires nothing; one that is not is the market."""
    bench, user = Bench(), User()
    view = bench.follow(user, "A", field=Field.MID)
    bench.quotes(("A", 99.0, 101.0))
    view.cut()
    bench.quotes(("A", 990.0, 1010.0))
    bench.quotes(("A", 99.0, 101.0))
    assert triple(view.cut()) == (100, 100, 100)
    bench.quotes(("A", 990.0, 1010.0))
    now = next(bench.moments)
    bench.values.let_stand(now)
    assert view.cut() is None
    bench.values.let_stand((NOW, now[1] + STANDS))
    assert triple(view.cut()) == (1000, 1000, 1000)
    bench.quotes(("A", 9.0, 11.0), ("A", 9.5, 11.0))
    assert latest(view) == Decimal("10.25")


def test_five_cents_are_no_spike_however_cheap_the_option():
    bench, user = Bench(), User()
    view = bench.follow(user, PUT, field=Field.ASK)
    bench.quotes((PUT, 0.05, 0.10))
    bench.quotes((PUT, 0.05, 0.15))
    assert latest(view) == Decimal("0.15")


@pytest.mark.parametrize(
    ("trade", "quote", "expected"),
    [
        (100.0, (99.0, 101.0), "100"),
        (95.0, (99.0, 101.0), "99"),
        (105.0, (99.0, 101.0), "101"),
        (None, (99.0, 101.0), "100"),
        (100.0, None, "100"),
        (100.0, ("NaN", 98.0), "98"),
    ],
)
@pytest.mark.parametrize("quote_first", [True, False])
def test_the_mark_is_the_last_trade_kept_between_bid_and_ask(trade, quote, expected, quote_first):
    bench, user = Bench(), User()
    view = bench.follow(user, "A", field=Field.MARK)
    for is_quote in (quote_first, not quote_first):
        if is_quote and quote:
            bench.quotes(("A", *quote))
        elif not is_quote and trade:
            bench.prints(("A", trade), ("B", 1.0))
    assert latest(view) == Decimal(expected)


def test_volume_of_the_day_and_its_new_beginning():
    bench, user = Bench(), User()
    volume, last = (bench.follow(user, "A", field=f) for f in (Field.VOLUME, Field.LAST))
    for one in (1_000_000.0, 1_500_000.0, "NaN", -5.0, 0):
        bench.feed(dxlink.TRADE, ("A", 100.0, one))
    assert triple(volume.cut()) == (0, 0, 1_500_000)
    assert latest(last) == 100


def greek(name=PUT, delta=-0.25, volatility=0.1433):
    return (name, 3.25, volatility, delta, 0.01, -0.12, -0.4, 0.9)


def test_greeks_as_the_feed_has_them_and_volatility_in_percent():
    bench, user = Bench(), User()
    fields = (Field.IV, Field.DELTA, Field.GAMMA, Field.THETA, Field.RHO, Field.VEGA)
    views = [bench.follow(user, PUT, field=field) for field in fields]
    bench.feed(dxlink.GREEKS, greek(), greek("other"), greek([]))
    assert [str(latest(view)) for view in views] == ["14.33", "-0.25", "0.01", "-0.12", "-0.4", "0.9"]
    bench.feed(dxlink.GREEKS, greek(delta=-1.5, volatility="NaN"))
    assert [str(latest(view)) for view in views[:2]] == ["14.33", "-0.25"]
    for view in views:
        bench.values.unfollow(view)
    assert bench.values.greeks == {}


def test_volatility_of_an_underlying_leaves_a_band_that_is_given_in_percent():
    bench, user = Bench(), User()
    view = bench.follow(user, "SPY", Quiet(10.0, 30.0), field=Field.IV)
    bench.feed(dxlink.UNDERLYING, ("SPY", 0.3), ("QQQ", 0.5))
    assert not user.changed
    bench.feed(dxlink.UNDERLYING, ("SPY", 0.325))
    assert str(user.take()[view.key].last) == "32.5"


@pytest.mark.parametrize(
    ("field", "name", "events"),
    [
        (Field.LAST, "A", {"Trade"}),
        (Field.VOLUME, "A", {"Trade"}),
        (Field.MID, "A", {"Quote"}),
        (Field.MARK, "A", {"Trade", "Quote"}),
        (Field.IV, "A", {"Underlying"}),
        (Field.IV, PUT, {"Greeks"}),
        (Field.IV, "./ESZ26P5000:XCME", {"Greeks"}),
        (Field.VEGA, PUT, {"Greeks"}),
    ],
)
def test_each_value_comes_from_its_events_and_they_are_let_go_with_it(field, name, events):
    assert set(events_of(Key(name, field))) == events
    bench, user = Bench(), User()
    views = [bench.follow(user, name, field=field) for _ in range(2)]
    assert bench.values.needed() == {(event, name) for event in events}
    bench.values.unfollow(views[0])
    assert bench.values.needed() == {(event, name) for event in events}
    bench.values.unfollow(views[1])
    assert bench.values.needed() == set()
    assert not any(bench.values.rows.tables.values())


def test_iv_rank_is_not_streamed():
    with pytest.raises(ValueError, match="iv rank"):
        events_of(Key("A", Field.IV_RANK))


class Reader(DayUser):
    def wake(self) -> None:
        """Nothing of it is watched here."""

    def __init__(self):
        super().__init__()
        self.told = []

    def day_changed(self, streamer_symbol):
        self.told.append(streamer_symbol)


def test_figures_of_the_day_are_put_together_and_told_once():
    bench, reader = Bench(), Reader()
    bench.values.follow_day(reader, "A")
    bench.feed(
        dxlink.SUMMARY, ("A", 20500, 100.0, 103.0, 99.0, 98.5), ("B", 1, 1, 1, 1, 1), ([], 1, 1, 1, 1, 1)
    )
    bench.feed(dxlink.PROFILE, ("A", "HALTED", 150.0, "NaN"))
    bench.feed(dxlink.PROFILE, ("A", "ACTIVE", 150.0, "NaN"))
    assert reader.told == ["A", "A"]
    assert bench.values.days["A"] == DayFigures(
        Decimal(100), Decimal(103), Decimal(99), Decimal("98.5"), Decimal(150), None, 20500
    )
    assert bench.values.halted == {"A": False}
    bench.values.unfollow_day(reader, "A")
    assert bench.values.days == bench.values.halted == {}
    assert bench.values.needed() == set()


def test_a_user_that_wants_it_quiet_is_not_woken_and_can_cut_all_the_same():
    bench, loud, still = Bench(), User(), User()
    a, b = bench.follow(loud, "A", LOUD), bench.follow(still, "A", SILENT)
    bench.prints(("A", 100.0), ("A", 101.0))
    bench.prints(("A", 99.0))
    assert triple(a.cut()) == triple(b.cut()) == (99, 99, 101)
    assert (loud.woken, still.woken) == (1, 0)
    bench.prints(("A", 100.0))
    assert triple(a.cut()) == (100, 100, 100)
    assert a.cut() is None


def test_a_band_that_excludes_what_is_known_is_told_at_once_also_when_it_was_cut():
    bench, user = Bench(), User()
    view = bench.follow(user, "A", SILENT)
    bench.prints(("A", 100.0))
    view.cut()
    view.quieten(Quiet(101.0, math.inf))
    assert triple(user.take()[view.key]) == (100, 100, 100)
    later = User()
    bench.follow(later, "A", Quiet(0.0, 99.0))
    assert triple(*later.take().values()) == (100, 100, 100)


def test_what_was_told_is_told_once_until_it_is_taken_with_all_that_came_after():
    bench, user = Bench(), User()
    view = bench.follow(user, "A", Quiet(99.0, 101.0))
    for price in (100.0, 105.0, 107.0, 98.0, 100.0):
        bench.prints(("A", price))
    assert user.woken == 1
    assert triple(user.take()[view.key]) == (100, 98, 107)
    bench.prints(("A", 100.5))
    assert not user.changed


def test_the_band_that_a_view_has_is_no_news():
    """Whoever sets all bands again and again wakes nobody, and disturbs nothing."""
    bench, user = Bench(), User()
    band = Quiet(101.0, 102.0)
    view = bench.follow(user, "A", band)
    bench.prints(("A", 100.0))
    user.take()
    view.quieten(Quiet(*band))
    assert not user.changed
    bench.prints(("A", 100.0))
    assert list(user.changed) == [view]
