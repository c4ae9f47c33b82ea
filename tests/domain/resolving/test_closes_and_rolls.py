"""Closing what is held, in one order or several, and rolling it to a later day."""

from decimal import Decimal

import pytest

from senexbot.domain.instruments import InstrumentType, OptionContract, Right
from senexbot.domain.language.said import (
    AtDelta,
    AtStrike,
    CloseSaid,
    Effect,
    InDays,
    Limit,
    Market,
    OnDate,
    Part,
    Pegged,
    Reference,
    RollSaid,
    SameDelta,
    SameStrike,
    Standing,
    StopLimit,
    Units,
)
from senexbot.domain.orders.terms import Action, OrderType, Side, TimeInForce
from senexbot.domain.resolving import CannotResolve
from tests.domain.builders import D

from .test_strategies import legs_of
from .world import CALL, DEC, JAN8, JAN15, NOV27, PUT, World, delta_of, occ, position

ALL, HALF = Part(1, 1), Part(1, 2)
STRANGLE = (position(occ(580), -2), position(occ(615, CALL), -2))
CONDOR = (*STRANGLE, position(occ(575), 2), position(occ(620, CALL), 2))


def closed(held, said):
    found = World(positions=held).resolve(said)
    assert all(leg.action.closes for one in found for leg in one.terms.legs)
    return [legs_of(one) for one in found]


def shares_of(found):
    return [(leg.symbol, leg.quantity, leg.action) for leg in found.terms.legs]


def test_shares_are_closed_at_mid_when_nothing_is_said():
    found = World(positions=(position("AAPL", 100), position("SPY", 5))).one(CloseSaid(ALL, "AAPL"))
    assert shares_of(found) == [("AAPL", 100, Action.SELL_TO_CLOSE)]
    assert (found.terms.type, found.terms.price) == (OrderType.LIMIT, D("187.47"))
    assert found.terms.time_in_force is TimeInForce.DAY
    assert [c.words for c in found.choices] == [
        "closes 100 of 100 AAPL (long)",
        "mid of 187.44 / 187.50: 187.47 credit",
    ]


def test_a_product_closes_every_month_of_it():
    held = (position("/ESZ6", 2), position("/ESH7", -1), position("/MESZ6", 5), position("/ESZ6", 0))
    found = World(positions=held).resolve(CloseSaid(ALL, "/ES"))
    assert [shares_of(one) for one in found] == [
        [("/ESH7", 1, Action.BUY_TO_CLOSE)],
        [("/ESZ6", 2, Action.SELL_TO_CLOSE)],
    ]
    (one,) = World(positions=held).resolve(CloseSaid(HALF, "/ESZ26", pricing=Market()))
    assert shares_of(one) == [("/ESZ6", 1, Action.SELL_TO_CLOSE)]
    with pytest.raises(CannotResolve, match="you hold no /NQ"):
        World(positions=held).resolve(CloseSaid(ALL, "/NQ"))


def test_what_is_short_is_bought_back():
    found = World(positions=(position("AAPL", -30),)).one(
        CloseSaid(Units(D(10)), "AAPL", pricing=Market(), standing=Standing(TimeInForce.DAY))
    )
    assert shares_of(found) == [("AAPL", 10, Action.BUY_TO_CLOSE)]
    assert found.terms.type is OrderType.MARKET
    assert found.choices[0].words == "closes 10 of 30 AAPL (short)"


@pytest.mark.parametrize(
    ("held", "said", "orders"),
    [
        (STRANGLE, CloseSaid(ALL, "SPY"), [["+2 615C", "+2 580P"]]),
        (STRANGLE, CloseSaid(HALF, "SPY"), [["+1 615C", "+1 580P"]]),
        (CONDOR, CloseSaid(ALL, "SPY", options_only=True), [["+2 615C", "-2 620C", "-2 575P", "+2 580P"]]),
        (CONDOR, CloseSaid(ALL, "SPY", options_only=True, right=PUT), [["-2 575P", "+2 580P"]]),
        (
            CONDOR,
            CloseSaid(ALL, "SPY", options_only=True, expiration=OnDate(DEC), right=CALL),
            [["+2 615C", "-2 620C"]],
        ),
        (
            (
                position(occ(580), -2),
                position(
                    "./X P580", -1, instrument_type=InstrumentType.FUTURE_OPTION, underlying="SPY"
                ),  # of which it cannot be told what it is
            ),
            CloseSaid(ALL, "SPY", options_only=True, right=PUT),
            [["+2 580P"]],
        ),
        (
            (position(occ(580), -2), position(occ(580, PUT, JAN15), -1), position("SPY", 100)),
            CloseSaid(ALL, "SPY", options_only=True, expiration=OnDate(JAN15)),
            [["+1 580P"]],
        ),
        (CONDOR, CloseSaid(Units(D(1)), "SPY"), [["+1 615C", "-1 620C", "-1 575P", "+1 580P"]]),
        (
            (position(occ(580), -2), position(occ(615, CALL), -3)),
            CloseSaid(ALL, "SPY"),
            [["+2 580P"], ["+3 615C"]],
        ),
        (
            (position(occ(580), -2),),
            CloseSaid(ALL, "SPY", contract=OptionContract("SPY", DEC, PUT, D(580))),
            [["+2 580P"]],
        ),
        (
            tuple(position(occ(s, PUT, day), -1) for day in (DEC, JAN15) for s in (560, 565, 570)),
            CloseSaid(ALL, "SPY"),
            [["+1 560P", "+1 565P", "+1 570P"]] * 2,
        ),
        (
            tuple(position(occ(s), -1) for s in range(560, 565)),
            CloseSaid(ALL, "SPY"),
            [["+1 560P", "+1 561P", "+1 562P", "+1 563P"], ["+1 564P"]],
        ),
    ],
)
def test_options_are_closed_together_where_one_order_can(held, said, orders):
    """At most four legs in an order, of equal number, and an expiration at a time where they are more."""
    assert closed(held, said) == orders


def test_shares_and_options_are_closed_in_orders_of_their_own():
    held = (*STRANGLE, position("SPY", 100), position("AAPL", 7))
    found = World(positions=held).resolve(CloseSaid(ALL, "SPY"))
    assert shares_of(found[0]) == [("SPY", 100, Action.SELL_TO_CLOSE)]
    assert len(found) == 2
    assert len(World(positions=held).resolve(CloseSaid(ALL, "SPY", options_only=True))) == 1


def test_one_price_cannot_serve_several_orders():
    held = (*STRANGLE, position("SPY", 100))
    for pricing in (Limit(D(5), Effect.DEBIT), StopLimit(D(5), D(5), Effect.DEBIT)):
        with pytest.raises(CannotResolve) as caught:
            World(positions=held).resolve(CloseSaid(ALL, "SPY", pricing=pricing))
        assert caught.value.code == "several_orders"
        assert len(World(positions=held).resolve(caught.value.instead[0])) == 2


def test_a_peg_of_one_of_several_orders_offers_that_order():
    """What would come to nothing is offered as an order of its own."""
    held = (position("SPY", 100), position(occ(580), -2))
    with pytest.raises(CannotResolve) as caught:
        World(positions=held).resolve(CloseSaid(ALL, "SPY", pricing=Pegged(Reference.MID, D(-50))))
    (offer,) = caught.value.instead
    assert (offer.side, offer.what.contract.strike, offer.amount.number) == (Side.BUY, 580, 2)
    with pytest.raises(CannotResolve) as caught:
        World(positions=held).resolve(CloseSaid(ALL, "SPY", pricing=Pegged(Reference.MID, D(-900))))
    assert caught.value.instead[0].what.symbol == "SPY"
    five = tuple(position(occ(s), -1) for s in range(560, 565))
    with pytest.raises(CannotResolve) as caught:
        World(positions=five).resolve(CloseSaid(ALL, "SPY", pricing=Pegged(Reference.MID, D(-50))))
    assert isinstance(caught.value.instead[0], CloseSaid)
    with pytest.raises(CannotResolve) as caught:
        World(positions=held[1:]).resolve(CloseSaid(ALL, "SPY", pricing=Pegged(Reference.MID, D(-50))))
    assert isinstance(caught.value.instead[0], CloseSaid)


@pytest.mark.parametrize(
    ("held", "said", "code"),
    [
        ((), CloseSaid(ALL, "SPY"), "position_missing"),
        ((position("SPY", 0),), CloseSaid(ALL, "SPY"), "position_missing"),
        ((position("SPY", 5),), CloseSaid(ALL, "SPY", options_only=True), "position_missing"),
        (STRANGLE, CloseSaid(ALL, "SPY", options_only=True, expiration=OnDate(JAN15)), "position_missing"),
        ((position("SPY", 5),), CloseSaid(ALL, "SPY", options_only=True, right=PUT), "position_missing"),
        (
            STRANGLE,
            CloseSaid(ALL, "SPY", contract=OptionContract("SPY", DEC, PUT, D(581))),
            "position_missing",
        ),
        (None, CloseSaid(ALL, "SPY"), "position_missing"),
        ((position("SPY", 1),), CloseSaid(HALF, "SPY"), "part_too_small"),
        ((position("SPY", 5),), CloseSaid(Units(D(6)), "SPY"), "crosses_zero"),
        ((position(occ(9999), -1),), CloseSaid(ALL, "SPY"), "unknown_symbol"),
    ],
)
def test_what_cannot_be_closed(held, said, code):
    with pytest.raises(CannotResolve) as caught:
        World(positions=held).resolve(said)
    assert caught.value.code == code
    for offer in caught.value.instead:
        World(positions=held).resolve(offer)


# -- rolling -----------------------------------------------------------------------------------------------


def test_a_roll_closes_and_opens_in_one_order():
    """`roll SPY 45d same delta`: the same delta as the leg has now, told with what was chosen."""
    found = World(positions=STRANGLE).one(RollSaid("SPY", InDays(45), SameDelta()))
    assert [leg.action for leg in found.terms.legs] == [
        Action.BUY_TO_CLOSE,
        Action.SELL_TO_OPEN,
        Action.BUY_TO_CLOSE,
        Action.SELL_TO_OPEN,
    ]
    assert [leg.symbol for leg in found.terms.legs] == [
        occ(615, CALL),
        occ(615, CALL, JAN8),
        occ(580),
        occ(580, PUT, JAN8),
    ]
    assert found.terms.strategy == "roll"
    assert found.terms.price > 0
    assert found.choices[0].words == (
        "8 Jan 27 (46 days, nearest to 45): SPY 18 Dec 26 615 call to 615 Δ 0.36, nearest to Δ 0.36, "
        "SPY 18 Dec 26 580 put to 580 Δ −0.36, nearest to Δ −0.36"
    )
    assert found.spot is not None


@pytest.mark.parametrize(
    ("strike", "expected"),
    [
        (SameStrike(), 580),
        (AtStrike(D(570)), 570),
        (AtDelta(D(16)), 555),
        (SameDelta(), 580),
    ],
)
def test_the_new_strike_of_a_roll(strike, expected):
    long = (position(occ(580), 3),)
    found = World(positions=long).one(RollSaid("SPY", OnDate(JAN15), strike, amount=Units(D(2))))
    assert legs_of(found) == ["-2 580P", f"+2 {expected}P"]
    assert [leg.action for leg in found.terms.legs] == [Action.SELL_TO_CLOSE, Action.BUY_TO_OPEN]


def test_only_one_right_is_rolled_when_it_is_named():
    said = RollSaid("SPY", OnDate(JAN8), SameStrike(), right=Right.PUT, amount=HALF)
    found = World(positions=(*STRANGLE, position("SPY", 100))).one(said)
    assert legs_of(found) == ["+1 580P", "-1 580P"]
    priced = RollSaid(
        "SPY",
        OnDate(JAN8),
        SameStrike(),
        right=Right.PUT,
        pricing=Limit(D("0.40"), Effect.CREDIT),
        standing=Standing(TimeInForce.GTC),
    )
    terms = World(positions=STRANGLE).one(priced).terms
    assert (terms.price, terms.time_in_force) == (D("0.40"), TimeInForce.GTC)


@pytest.mark.parametrize(
    ("held", "said", "code"),
    [
        ((), RollSaid("SPY", OnDate(JAN8), SameStrike()), "position_missing"),
        ((position("SPY", 100),), RollSaid("SPY", OnDate(JAN8), SameStrike()), "position_missing"),
        (STRANGLE[:1], RollSaid("SPY", OnDate(JAN8), SameStrike(), right=CALL), "position_missing"),
        (CONDOR, RollSaid("SPY", OnDate(JAN8), SameStrike()), "roll_shape"),
        (STRANGLE, RollSaid("SPY", OnDate(DEC), AtStrike(D(570))), "roll_shape"),
        (STRANGLE, RollSaid("SPY", OnDate(NOV27), SameStrike()), "roll_shape"),
        (
            (position(occ(580), -1), position(occ(580, PUT, JAN8), 1)),
            RollSaid("SPY", OnDate(JAN15), AtStrike(D(590))),
            "roll_shape",
        ),
        (
            (position(occ(580, PUT, JAN15), -1),),
            RollSaid("SPY", InDays(90), SameStrike()),
            "expiration_not_listed",
        ),
        ((position(occ(580), -1),), RollSaid("SPY", OnDate(JAN8), AtStrike(D("570.5"))), "strike_not_listed"),
        (
            (position(occ(580), -1),),
            RollSaid("SPY", OnDate(JAN8.replace(day=9)), SameStrike()),
            "expiration_not_listed",
        ),
    ],
)
def test_what_cannot_be_rolled(held, said, code):
    world = World(positions=held)
    with pytest.raises(CannotResolve) as caught:
        world.one(said)
    assert caught.value.code == code
    for offer in caught.value.instead:
        world.one(offer)


def test_too_many_legs_offer_the_right_that_fits():
    three = (*STRANGLE, position(occ(620, CALL), -2))
    with pytest.raises(CannotResolve) as caught:
        World(positions=three).one(RollSaid("SPY", OnDate(JAN8), SameStrike()))
    assert [offer.right for offer in caught.value.instead] == [Right.CALL, Right.PUT]


def test_a_roll_at_a_price_of_nothing_offers_one():
    said = RollSaid("SPY", OnDate(JAN8), SameStrike(), pricing=Pegged(Reference.MID, D(-50)))
    with pytest.raises(CannotResolve) as caught:
        World(positions=STRANGLE).one(said)
    assert caught.value.instead[0].pricing == Limit(D("0.01"), Effect.CREDIT)


def test_a_delta_that_could_not_be_read_is_not_kept():
    world = World(positions=STRANGLE, dumb={occ(580), occ(615, CALL)})
    with pytest.raises(CannotResolve) as caught:
        world.one(RollSaid("SPY", OnDate(JAN8), SameDelta()))
    assert caught.value.code == "greeks_missing"
    assert delta_of(OptionContract("SPY", DEC, PUT, Decimal(580)))
