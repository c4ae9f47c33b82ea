"""The market of several legs as one."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.instruments import OptionContract, Right, TickSize
from senexbot.domain.orders.net import Net, in_favour, net_of, net_ticks, on_grid, two_sided, unit_ratios
from senexbot.domain.orders.terms import Action
from tests.domain.builders import NICKELS, PENNIES, PUT, D, option, quote, share, terms

OTHER = OptionContract("SPY", PUT.expiration, Right.PUT, D(585))


def legs(*signed):
    found = []
    for number, what in zip(signed, (PUT, OTHER), strict=False):
        action = Action.BUY_TO_OPEN if number > 0 else Action.SELL_TO_OPEN
        found += terms(action, abs(number), instrument=option(what)).legs
    return found


def market(bid, ask):
    return quote(option(), bid=D(bid), ask=D(ask))


def test_a_package_is_counted_by_the_unit():
    """Two sold and four bought are a ratio of one by two; the price is for one of these."""
    found = net_of(legs(-2, 4), [market("3.00", "3.10"), market("1.00", "1.20")])
    assert found == Net(natural=D("0.60"), mid=D("0.85"), best=D("1.10"))
    assert unit_ratios(legs(-2, 4)) == (1, 2)
    assert unit_ratios([replace(legs(-2)[0], quantity=D("1.5"))]) == (1,)
    assert unit_ratios([replace(legs(-2)[0], quantity=D(0))]) == (1,)


def test_a_market_has_two_sides():
    assert two_sided(None) is None
    for bid, ask in ((None, D(1)), (D(1), None), (D(2), D(1)), (D(-1), D(1)), (D(0), D(0)), (D(1), D("NaN"))):
        assert two_sided(quote(bid=bid, ask=ask)) is None
    assert two_sided(quote(bid=D(0), ask=D("0.05"))) == (0, D("0.05"))
    assert net_of(legs(-1, 1), [market(1, 2), None]) is None


def test_several_legs_move_in_the_smallest_step_of_any():
    assert net_ticks([share()]) == PENNIES
    assert net_ticks([option(), option(OTHER)]) == (TickSize(D("0.05")),)
    assert net_ticks([option(), option(OTHER, tick_sizes=(TickSize(D("0.01")),))]) == (TickSize(D("0.01")),)
    assert net_ticks([option(tick_sizes=()), option(tick_sizes=())]) == (TickSize(D("0.01")),)


@given(st.integers(-100_000, 100_000), st.sampled_from((PENNIES, NICKELS, (TickSize(D("0.25")),))))
def test_rounding_is_never_worse_than_said(thousandths, ticks):
    said = D(thousandths) / 1000
    found = in_favour(said, ticks)
    assert found >= said
    assert found - said < D("0.25")
    assert on_grid(in_favour(found, ticks), ticks)
