"""What an approval covers: each difference is named, and nothing outside passes (I31)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.approval.envelopes import (
    Envelope,
    covered_units,
    covers,
    envelope_for,
    narrowed,
    resized,
    units,
    used_buying_power,
)
from senexbot.domain.errors import Outside
from senexbot.domain.links import AccountRef, Environment
from senexbot.domain.orders.terms import (
    Action,
    ChildRole,
    ChildTerms,
    Estimate,
    Group,
    Leg,
    OrderTerms,
    OrderType,
    TimeInForce,
)
from senexbot.domain.policy.verdict import Exposure
from tests.domain.builders import NOW, D, after, option, terms

PENNY = D("0.01")
LOSS = Exposure(greatest_loss=D(4000))


def dry(used: str | int, before: str = "100000") -> Estimate:
    return Estimate(D(-1), D(0), D(before), D(before) - D(used), (), NOW)


def strangle(quantity: int = 2, price: str = "3.46") -> OrderTerms:
    one = terms(Action.SELL_TO_OPEN, quantity, price, instrument=option())
    call = replace(one.legs[0], symbol="SPY   261218C00630000", words="SPY 18 Dec 26 630 call")
    exits = ChildTerms(
        ChildRole.TAKE_PROFIT,
        tuple(replace(leg, action=Action.BUY_TO_CLOSE) for leg in (one.legs[0], call)),
        OrderType.LIMIT,
        D("-1.73"),
        TimeInForce.GTC,
    )
    return replace(one, legs=(one.legs[0], call), group=Group.OTO, children=(exits,))


def asked(order: OrderTerms, used: int = 19_200, exposure: Exposure = LOSS) -> Envelope:
    return envelope_for(order, dry(used), exposure, tick=PENNY, until=after(60))


def test_what_was_asked_is_covered_and_has_a_little_room():
    order = strangle()
    envelope = asked(order)
    assert covers(envelope, order, dry(19_200), NOW, LOSS) == ()
    assert envelope.worst_price == D("3.40")  # 2 % of 3.46, in whole steps
    assert envelope.greatest_buying_power == D(20160)
    assert envelope.greatest_loss == D(4200)
    assert covers(envelope, replace(order, price=D("3.40")), dry(20_160), NOW, LOSS) == ()
    assert covers(envelope, replace(order, price=D("3.90")), dry(0), NOW, Exposure(greatest_loss=D(1))) == ()
    assert covers(envelope, resized(order, D(1)), dry(9_600), NOW, LOSS) == ()


def test_the_limit_price_of_shares_is_their_protection():
    assert asked(terms()).worst_price == D("-187.50")
    no_tick = envelope_for(strangle(), dry(1), LOSS, tick=None, until=after(60))
    assert no_tick.worst_price == D("3.46")


OUTSIDE = {
    "another account": (
        lambda o: replace(o, account=AccountRef("l", "5WT00009", Environment.PRACTICE)),
        "account",
    ),
    "another environment": (
        lambda o: replace(o, account=replace(o.account, environment=Environment.LIVE)),
        "account",
    ),
    "another leg": (
        lambda o: replace(o, legs=(replace(o.legs[0], symbol="SPY   261218P00585000"), o.legs[1])),
        "legs",
    ),
    "another action": (
        lambda o: replace(o, legs=(replace(o.legs[0], action=Action.BUY_TO_OPEN), o.legs[1])),
        "legs",
    ),
    "another ratio": (lambda o: replace(o, legs=(replace(o.legs[0], quantity=D(4)), o.legs[1])), "legs"),
    "a leg less": (lambda o: replace(o, legs=o.legs[:1]), "legs"),
    "no exits": (lambda o: replace(o, children=(), group=None), "legs"),
    "another exit": (lambda o: replace(o, children=(replace(o.children[0], price=D(-3)),)), "behind"),
    "GTC": (lambda o: replace(o, time_in_force=TimeInForce.GTC), "kind"),
    "another day": (lambda o: replace(o, gtc_date=date(2027, 1, 1)), "kind"),
    "a stop": (lambda o: replace(o, stop_trigger=D(3)), "kind"),
    "a market order": (lambda o: replace(o, type=OrderType.MARKET, price=None), "kind"),
    "a worse price": (
        lambda o: replace(o, price=D("3.39")),
        "price would be 3.39 credit, approved from 3.40 credit",
    ),
    "more": (lambda o: resized(o, D(3)), "quantity would be 3, approved up to 2"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_each_thing_that_lies_outside_is_named(name):
    change, words = OUTSIDE[name]
    (said, *_) = covers(asked(strangle()), change(strangle()), dry(19_200), NOW, LOSS)
    assert words in said


def test_what_changes_around_it_is_named_too():
    order, envelope = strangle(), asked(strangle())
    assert covers(envelope, order, dry(25_700), NOW, LOSS) == (
        "buying power used would be $25,700.00, approved up to $20,160.00",
    )
    assert covers(envelope, order, None, NOW, LOSS) == ("buying power used could not be told",)
    assert covers(envelope, order, dry(1), after(60), LOSS) == ("the approval has ended",)
    assert covers(envelope, order, dry(1), after(59), Exposure()) == ("the greatest loss could not be told",)
    assert covers(envelope, order, dry(1), NOW, Exposure(uncapped=True)) == (
        "its loss has no cap, which was not approved",
    )
    assert (
        "greatest loss would be $4,201.00"
        in covers(envelope, order, dry(1), NOW, Exposure(greatest_loss=D(4201)))[0]
    )


def test_a_loss_without_a_cap_that_was_shown_is_covered():
    envelope = asked(strangle(), exposure=Exposure(uncapped=True))
    assert envelope.greatest_loss is None
    assert covers(envelope, strangle(), dry(1), NOW, Exposure(uncapped=True)) == ()
    assert covers(envelope, strangle(), dry(1), NOW, Exposure(greatest_loss=D(9))) == ()


def test_what_nobody_could_tell_when_it_was_asked_is_not_asked_for_later():
    envelope = envelope_for(terms(), None, Exposure(), tick=PENNY, until=after(60))
    assert covers(envelope, terms(), dry(5), NOW, Exposure()) == ()


def test_a_market_order_covers_no_price_and_a_value_its_own():
    market = asked(terms(price=None))
    assert covers(market, terms(price=None), dry(1), NOW, LOSS) == ()
    assert "no price" in covers(replace(market, type=OrderType.LIMIT), terms(), dry(1), NOW, LOSS)[0]
    leg = replace(terms().legs[0], quantity=D(0))
    notional = replace(terms(price=None), legs=(leg,), type=OrderType.NOTIONAL_MARKET, value=D(-500))
    envelope = asked(notional)
    assert units(notional) == 1
    assert covers(envelope, notional, dry(1), NOW, LOSS) == ()
    assert covers(envelope, replace(notional, value=D(-501)), dry(1), NOW, LOSS) == (
        "its value would be $501.00, approved up to $500.00",
    )
    assert covers(replace(envelope, greatest_value=None), notional, dry(1), NOW, LOSS)


def test_a_smaller_envelope_has_smaller_dollars():
    smaller = narrowed(asked(strangle()), D(1))
    assert (smaller.greatest_quantity, smaller.greatest_buying_power, smaller.greatest_loss) == (
        1,
        10080,
        2100,
    )
    bare = replace(asked(strangle()), greatest_buying_power=None, greatest_loss=None)
    assert narrowed(bare, D(1)).greatest_loss is None


def test_how_many_are_still_covered_when_margins_grow():
    order = strangle(10)
    envelope = asked(order)
    assert covered_units(envelope, order, dry(25_700), NOW, LOSS) == 7
    assert covered_units(envelope, order, dry(19_200), NOW, Exposure(greatest_loss=D(8400))) == 5
    assert covered_units(envelope, resized(order, D(20)), dry(1), NOW, LOSS) == 10
    assert covered_units(envelope, order, dry(900_000), NOW, LOSS) == 0
    assert covered_units(envelope, replace(order, price=D("3.00")), dry(1), NOW, LOSS) == 0
    assert covered_units(envelope, order, None, NOW, LOSS) == 0
    assert covered_units(envelope, order, dry(1), NOW, Exposure()) == 0


def test_a_fraction_of_a_share_is_one_unit_of_its_own():
    order = terms(quantity="0.5")
    assert units(order) == D("0.5")
    assert covers(asked(order), order, dry(1), NOW, LOSS) == ()
    assert covered_units(asked(order), order, dry(900_000), NOW, LOSS) == 0


def test_an_order_that_frees_buying_power_uses_none():
    assert used_buying_power(dry(-500)) == 0
    assert used_buying_power(None) is None


@given(
    quantity=st.integers(1, 40),
    price=st.integers(250, 450),
    used=st.integers(0, 60_000),
    loss=st.integers(0, 9000),
    fewer=st.integers(1, 9),
)
def test_i31_nothing_that_is_covered_lies_outside(quantity, price, used, loss, fewer):
    """Judged by the envelope's own figures, not by `covers`."""
    envelope = narrowed(asked(strangle(10)), D(fewer))
    order = replace(resized(strangle(10), D(quantity)), price=D(price) / 100)
    exposure = Exposure(greatest_loss=D(loss))
    inside = (
        quantity <= fewer
        and order.price >= envelope.worst_price
        and used <= envelope.greatest_buying_power
        and loss <= envelope.greatest_loss
    )
    assert (covers(envelope, order, dry(used), NOW, exposure) == ()) == inside
    fits = covered_units(envelope, order, dry(used), NOW, exposure)
    assert 0 <= fits <= min(quantity, fewer)


def test_what_lies_outside_is_a_denial_with_every_difference_and_what_is_covered():
    no = Outside(("the quantity would be 3, approved up to 2", "the approval has ended"), D(2))
    assert (no.code, no.covered) == ("outside_envelope", 2)
    assert no.message == "the quantity would be 3, approved up to 2; the approval has ended"


def test_resized_keeps_ratios_and_what_hangs_on_it():
    order = strangle()
    one = replace(order, legs=(replace(order.legs[0], quantity=Decimal(4)), order.legs[1]))
    half = resized(one, D(1))
    assert [leg.quantity for leg in half.legs] == [2, 1]
    assert [leg.quantity for leg in half.children[0].legs] == [1, 1]
    assert isinstance(half.legs[0], Leg)
