"""What legs come to at expiration: worked by hand, and against the plain sum at many prices."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.instruments import InstrumentType, OptionContract, Right
from senexbot.domain.options.payoff import (
    Held,
    Payoff,
    curve_of_terms,
    loss_of_terms,
    payoff,
    payoff_of_terms,
    uncapped_contracts,
)
from senexbot.domain.orders.terms import Action, OrderType
from tests.domain.builders import D, option, share, terms

DEC, JAN = date(2026, 12, 18), date(2027, 1, 15)
PUT, CALL = Right.PUT, Right.CALL


def contract(strike, right, day=DEC):
    return OptionContract("SPY", day, right, D(strike))


def order(price, *legs, strategy=""):
    """`legs`: (signed contracts, strike, right[, day])."""
    made = None
    for signed, strike, right, *day in legs:
        action = Action.BUY_TO_OPEN if signed > 0 else Action.SELL_TO_OPEN
        one = terms(action, abs(signed), price, instrument=option(contract(strike, right, *day)))
        made = one if made is None else replace(made, legs=(*made.legs, *one.legs))
    return replace(made, strategy=strategy)


def told(found):
    return found.greatest_loss, found.greatest_profit, found.break_evens


@pytest.mark.parametrize(
    ("made", "loss", "profit", "evens"),
    [
        (order("3.46", (-2, 562, PUT), (-2, 630, CALL)), None, 692, ["558.54", "633.46"]),
        (order("1.20", (-1, 580, PUT), (1, 575, PUT), (-1, 625, CALL), (1, 630, CALL)), 380, 120, ["578.80", "626.20"]),
        (order("-1.20", (1, 580, PUT), (-1, 575, PUT), (1, 625, CALL), (-1, 630, CALL)), 120, 380, ["578.80", "626.20"]),
        (order("0.90", (-3, 580, PUT), (3, 575, PUT)), 1230, 270, ["579.10"]),
        (order("-2.50", (1, 600, CALL)), 250, None, ["602.50"]),
        (order("-2.50", (1, 600, PUT)), 250, 59750, ["597.50"]),
        (order("4.00", (-1, 580, PUT)), 57600, 400, ["576.00"]),
        (order("-1.50", (1, 590, CALL), (-2, 600, CALL), (1, 610, CALL)), 150, 850, ["591.50", "608.50"]),
        (order("-0.30", (1, 600, CALL), (-2, 610, CALL)), None, 970, ["600.30", "619.70"]),
        (order("-18", (1, 597, PUT), (1, 597, CALL)), 1800, None, ["579", "615"]),
        (order("0.40", (-2, 600, CALL), (1, 590, CALL)), None, 1040, ["610.40"]),
    ],
)  # fmt: skip
def test_by_hand(made, loss, profit, evens):
    found = payoff_of_terms(made)
    want = tuple(None if x is None else D(x) for x in (loss, profit))
    assert told(found) == (*want, tuple(D(e) for e in evens))
    assert (found.up, found.down, found.mixed) == (None, None, False)
    assert loss_of_terms(made) == (found.greatest_loss,)


def test_ten_per_cent_away():
    """cards.md: `At expiry, SPY +10 %: loses …; −10 %: loses …; no cap`."""
    found = payoff_of_terms(order("3.46", (-2, 562, PUT), (-2, 630, CALL)), spot=D(600))
    assert (found.up, found.down) == (D(-5308), D(-3708))
    assert found.greatest_loss is None


def test_shares_are_a_line():
    found = payoff_of_terms(terms(price="-187.50"), spot=D("187.50"))
    assert told(found) == (D(18750), None, (D("187.50"),))
    assert (found.up, found.down) == (D(1875), D(-1875))
    short = payoff_of_terms(terms(Action.SELL_TO_OPEN, price="187.50"))
    assert told(short) == (None, D(18750), (D("187.50"),))


def test_what_stands_on_shares():
    """Shares that are held already count from today's price, as far as the options stand on them."""
    call = order("2.00", (-1, 610, CALL))
    assert payoff_of_terms(call).greatest_loss is None
    covered = payoff_of_terms(call, spot=D(600), held_shares=D(300))
    assert told(covered) == (D(59800), D(1200), (D(598),))
    half = payoff_of_terms(order("2.00", (-2, 610, CALL)), spot=D(600), held_shares=D(100))
    assert half.greatest_loss is None
    collar = payoff_of_terms(order("-1", (1, 580, PUT), (-1, 615, CALL)), spot=D(600), held_shares=D(100))
    assert told(collar) == (D(2100), D(1400), (D(601),))
    assert payoff_of_terms(call, held_shares=D(100)) is None
    assert payoff_of_terms(order("-1", (1, 610, CALL)), held_shares=D(100)).greatest_loss == 100
    assert payoff_of_terms(call, held_shares=D(-100)).greatest_loss is None


@pytest.mark.parametrize(
    ("made", "loss"),
    [
        (order("-4.00", (-1, 600, CALL), (1, 600, CALL, JAN)), 400),
        (order("-9.00", (-1, 610, CALL), (1, 600, CALL, JAN)), 900),
        (order("-9.00", (-1, 600, CALL), (1, 610, CALL, JAN)), 1900),
        (order("4.00", (1, 600, CALL), (-1, 600, CALL, JAN)), None),
        (order("4.00", (1, 600, PUT), (-1, 600, PUT, JAN)), 59600),
        (order("4.00", (-1, 600, PUT), (-1, 600, PUT, JAN)), 119600),
    ],
)
def test_legs_of_different_days_tell_a_bound_alone(made, loss):
    found = payoff_of_terms(made, spot=D(600))
    assert found == Payoff(None if loss is None else D(loss), None, mixed=True)
    assert loss_of_terms(made) == (found.greatest_loss,)


def test_what_is_not_known_is_not_told():
    plain = order("1", (-1, 600, PUT))
    closing = replace(plain, legs=(replace(plain.legs[0], action=Action.BUY_TO_CLOSE),))
    assert payoff_of_terms(closing) is None
    assert loss_of_terms(closing) is None
    assert loss_of_terms(replace(plain, price=None), entry=D(1)) == (D(59_900),)
    assert payoff_of_terms(replace(plain, price=None)) is None
    assert payoff_of_terms(replace(plain, price=None), entry=D(1)).greatest_profit == 100
    assert payoff_of_terms(replace(terms(), type=OrderType.NOTIONAL_MARKET)) is None
    future = share("/ESZ6", type=InstrumentType.FUTURE, multiplier=D(50))
    assert payoff_of_terms(terms(price="-6000", instrument=future)) is None


def test_another_price_moves_it_all():
    found = payoff_of_terms(order("1", (-1, 600, PUT), (1, 590, PUT)), spot=D(600))
    moved = found.shifted(D(10))
    again = payoff_of_terms(order("1.10", (-1, 600, PUT), (1, 590, PUT)), spot=D(600))
    assert replace(moved, break_evens=again.break_evens) == again
    assert found.shifted(D(0)) == found
    bare = payoff_of_terms(order("1", (-1, 600, CALL), (1, 590, PUT)))
    assert bare.shifted(D(10)).greatest_loss is None
    assert bare.shifted(D(10)).up is None
    assert payoff_of_terms(order("-1", (1, 600, CALL))).shifted(D(10)).greatest_profit is None


def test_a_stretch_at_zero_is_named_by_its_ends():
    found = payoff_of_terms(order("5", (-1, 600, PUT), (1, 595, PUT), (-1, 610, CALL), (1, 615, CALL)))
    assert told(found) == (D(0), D(500), (D(595), D(615)))


LEGS = st.lists(
    st.tuples(st.sampled_from([-3, -2, -1, 1, 2, 3]), st.integers(1, 40), st.sampled_from((PUT, CALL))),
    min_size=1, max_size=4, unique_by=lambda leg: leg[1:],
)  # fmt: skip


@given(LEGS, st.integers(-3, 3), st.integers(-3000, 3000))
def test_no_price_does_better_or_worse_than_told(legs, lots, cash):
    """Against the plain sum of intrinsic values at every dollar, far beyond the last strike."""
    options = [Held(contract(strike, right), D(100 * signed)) for signed, strike, right in legs]
    found = payoff(options, D(100 * lots), D(cash))

    def at(spot):
        inside = sum(max(spot - s if r is CALL else s - spot, 0) * 100 * n for n, s, r in legs)
        return cash + 100 * lots * spot + inside

    values = [at(spot) for spot in range(61)]
    rises, falls = values[60] > values[59], values[60] < values[59]
    assert found.greatest_profit == (None if rises else max(0, *values))
    assert found.greatest_loss == (None if falls else max(0, *(-v for v in values)))
    for even in found.break_evens:
        assert abs(at(even)) < D("0.0000001")
    for low, high in zip(range(60), range(1, 61), strict=True):
        if values[low] * values[high] < 0:
            assert any(low < even < high for even in found.break_evens)


@pytest.mark.parametrize(
    ("made", "bare"),
    [
        (order("1", (-2, 630, CALL), (-2, 562, PUT)), 2),
        (order("1", (-2, 630, CALL), (1, 640, CALL)), 1),
        (order("1", (-1, 630, CALL), (1, 640, CALL)), 0),
        (order("1", (-1, 630, CALL), (3, 640, CALL)), 0),
        (order("1", (-1, 630, CALL), (1, 630, CALL, JAN)), 0),
        (order("1", (1, 630, CALL), (-1, 630, CALL, JAN)), 1),
        (order("1", (-1, 562, PUT)), 0),
        (terms(), 0),
    ],
)
def test_what_nothing_caps(made, bare):
    """A call that was sold is capped only by one that lives at least as long."""
    assert uncapped_contracts(made) == bare
    closing = tuple(replace(leg, action=Action.BUY_TO_CLOSE) for leg in made.legs)
    assert uncapped_contracts(replace(made, legs=closing)) == 0


def test_a_curve_for_a_picture_has_the_corners_and_room_beside_them():
    condor = order("1.20", (-1, 580, PUT), (1, 575, PUT), (-1, 625, CALL), (1, 630, CALL))
    curve = dict(curve_of_terms(condor))
    assert [curve[D(strike)] for strike in (575, 580, 625, 630)] == [D(-380), D(120), D(120), D(-380)]
    assert min(curve) < 575
    assert max(curve) > 630
    assert (curve[min(curve)], curve[max(curve)]) == (D(-380), D(-380))
    far = dict(curve_of_terms(condor, spot=D(700)))
    assert max(far) > 700


def test_a_curve_of_one_leg_shows_both_sides_of_its_break_even():
    curve = curve_of_terms(order("-2.50", (1, 600, CALL)))
    assert [price for price, _ in curve] == sorted({price for price, _ in curve})
    assert curve[0][1] == D(-250)
    assert curve[-1][1] > 0
    assert curve_of_terms(terms())[0][1] < 0 < curve_of_terms(terms())[-1][1]


def test_what_has_no_one_curve_gives_none():
    assert curve_of_terms(order("1.20", (-1, 580, PUT), (1, 580, PUT, JAN))) == ()
    assert curve_of_terms(order("1.20", (-1, 580, PUT)), spot=D(600)) != ()
    assert curve_of_terms(terms(Action.SELL_TO_CLOSE)) == ()
