"""The model behind the chance of profit: its laws, and against an integration that knows nothing of it."""

from dataclasses import replace
from math import exp, log, pi, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.domain.options.chain import Greeks
from senexbot.domain.options.payoff import gains_of_terms
from senexbot.domain.options.probability import Model, chance, chance_of_profit, volatility_of
from tests.domain.builders import NOW, D, terms
from tests.domain.options.test_payoff import CALL, JAN, PUT, order

MODEL = Model(D(600), D("0.18"), D(46) / 365)


def integrated(gains, model):
    """The share of a lognormal density, summed in 10,000 small steps of the logarithm."""
    spread = float(model.volatility) * sqrt(model.years)
    middle = log(model.spot) - spread * spread / 2
    steps, total = 10_000, 0.0
    width = 20 * spread / steps
    for i in range(steps):
        x = middle + (-10 * spread) + (i + 0.5) * width
        price = exp(x)
        if any(low < price and (high is None or price <= high) for low, high in gains):
            total += exp(-((x - middle) ** 2) / (2 * spread * spread)) / (spread * sqrt(2 * pi)) * width
    return total


@pytest.mark.parametrize(
    ("made", "want"),
    [
        (order("3.46", (-2, 562, PUT), (-2, 630, CALL)), "0.673"),
        (order("1.20", (-1, 580, PUT), (1, 575, PUT), (-1, 625, CALL), (1, 630, CALL)), "0.461"),
        (order("-2.50", (1, 620, CALL)), "0.272"),
        (order("4.00", (-1, 580, PUT)), "0.728"),
    ],
)
def test_by_hand(made, want):
    """Worked with a table of the normal distribution: break-evens 558.54 and 633.46, 578.80 and 626.20, …"""
    assert chance_of_profit(made, MODEL) == D(want)


LEGS = st.lists(
    st.tuples(st.sampled_from([-3, -2, -1, 1, 2, 3]), st.integers(500, 700), st.sampled_from((PUT, CALL))),
    min_size=1, max_size=4, unique_by=lambda leg: leg[1:],
)  # fmt: skip
MODELS = st.builds(
    Model,
    st.integers(450, 750).map(D),
    st.integers(5, 150).map(lambda n: D(n) / 100),
    st.integers(1, 900).map(lambda n: D(n) / 365),
)


@settings(deadline=None)
@given(LEGS, st.integers(-500, 500).filter(bool), MODELS)
def test_a_chance_lies_between_none_and_all_and_the_other_side_has_the_rest(legs, cents, model):
    """Whoever takes the other side at the same price wins where this one loses; ties have no weight, but for a
    stretch at zero, which neither wins."""
    price = D(cents) / 7  # no strike is a break-even
    one, other = order(price, *legs), order(-price, *((-n, s, r) for n, s, r in legs))
    both = [chance(gains_of_terms(made), model) for made in (one, other)]
    assert all(0 <= p <= 1 for p in both)
    assert abs(sum(both) - 1) < D("1e-9")


@settings(deadline=None, max_examples=20)
@given(LEGS, st.integers(-500, 500), MODELS)
def test_an_independent_integration_says_the_same(legs, cents, model):
    gains = gains_of_terms(order(D(cents) / 10, *legs))
    assert float(chance(gains, model)) == pytest.approx(integrated(gains, model), abs=5e-3)


@settings(deadline=None)
@given(st.integers(400, 800), st.integers(1, 50), st.integers(1, 200), MODELS)
def test_it_is_monotone_in_the_strike_and_in_the_price(strike, more, cents, model):
    """Further out of the money for the same credit, or more credit at the same strike: never less likely."""
    credit, wider = D(cents) / 100, D(cents + more) / 100

    def p(price, strike, right):
        return chance(gains_of_terms(order(price, (-1, strike, right))), model)

    assert p(credit, strike - more, PUT) >= p(credit, strike, PUT)
    assert p(credit, strike + more, CALL) >= p(credit, strike, CALL)
    assert p(wider, strike, PUT) >= p(credit, strike, PUT)
    assert p(-credit, strike, CALL) <= p(-credit, strike - more, CALL) + D("1e-12")


def test_held_shares_count_as_in_the_payoff():
    """A covered call wins from 598 on; the call alone up to 612."""
    call = order("2.00", (-1, 610, CALL))
    covered = replace(MODEL, shares=D(100))
    assert gains_of_terms(call, spot=D(600), held_shares=D(100)) == ((D(598), None),)
    assert gains_of_terms(call) == ((D(0), D(612)),)
    assert chance_of_profit(call, covered) == chance(((D(598), None),), MODEL).quantize(D("0.001"))


def test_stretches_that_touch_are_one_and_one_at_zero_is_none():
    assert gains_of_terms(order("5", (-1, 600, PUT), (1, 595, PUT), (-1, 610, CALL), (1, 615, CALL))) == (
        (D(595), D(615)),
    )
    assert gains_of_terms(order("-1", (1, 600, PUT), (1, 600, CALL))) == ((D(0), D(599)), (D(601), None))
    assert gains_of_terms(order("-20", (1, 600, CALL), (-1, 610, CALL))) == ()
    assert chance((), MODEL) == 0


def test_what_is_not_known_is_not_said():
    assert chance_of_profit(order("1.20", (-1, 580, PUT), (1, 580, PUT, JAN)), MODEL) is None
    assert chance_of_profit(terms(), MODEL) is None
    assert chance_of_profit(replace(order("1", (-1, 580, PUT)), price=None), MODEL) is None


def told(volatility):
    return Greeks(D("0.2"), None, None, None, None if volatility is None else D(volatility), None, NOW)


def test_the_volatility_is_the_mean_of_the_legs_by_contracts():
    made = order("1", (-1, 580, PUT), (-3, 630, CALL))
    put, call = (leg.symbol for leg in made.legs)
    assert volatility_of(made, {put: told("0.22"), call: told("0.14")}) == D("0.16")
    assert volatility_of(made, {put: told("0.22")}) is None
    assert volatility_of(made, {put: told("0.22"), call: told(None)}) is None
    assert volatility_of(made, {put: told("0.22"), call: told("0")}) is None
    assert volatility_of(terms(), {}) is None
    mixed = replace(made, legs=(*terms().legs, *made.legs))
    assert volatility_of(mixed, {put: told("0.2"), call: told("0.2")}) == D("0.2")
