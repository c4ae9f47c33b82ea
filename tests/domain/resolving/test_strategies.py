"""Each strategy by name: its legs, sides, ratios and the sign of its price."""

from decimal import Decimal

import pytest

from senexbot.domain.language.said import (
    AtDelta,
    AtStrike,
    AtTheMoney,
    Effect,
    InDays,
    LegSaid,
    Limit,
    Monthly,
    OnDate,
    Pegged,
    PercentOut,
    Reference,
    SameStrike,
    Spread,
    Strategy,
    WideFrom,
)
from senexbot.domain.orders.terms import OrderType, Side
from senexbot.domain.resolving import CannotResolve
from tests.domain.builders import D

from .world import CALL, DEC, JAN8, JAN15, NOV27, PUT, World, delta_of, expiration, occ, position, say

BUY, SELL = Side.BUY, Side.SELL
MID = Pegged(Reference.MID)
ON_DEC = OnDate(DEC)


def at(strike, right=None, **more):
    return LegSaid(AtStrike(Decimal(strike)), right, **more)


def spread(strategy, *legs, expiration=ON_DEC, symbol="SPY", **more):
    return Spread(symbol, strategy, legs, expiration, **more)


def legs_of(resolved):
    """`-2 562P` and so on: signed contracts, strike and right."""
    shown = []
    for leg in resolved.terms.legs:
        signed = int(leg.quantity) * (1 if leg.action.side is BUY else -1)
        shown.append(f"{signed:+d} {int(leg.symbol[13:]) // 1000}{leg.symbol[12]}")
    return shown


CASES = [
    (SELL, spread(Strategy.SINGLE, at(590, PUT)), ["-2 590P"], 1),
    (BUY, spread(Strategy.SINGLE, at(605, CALL)), ["+2 605C"], -1),
    (SELL, spread(Strategy.VERTICAL, at(580, PUT), at(575, PUT)), ["-2 580P", "+2 575P"], 1),
    (BUY, spread(Strategy.VERTICAL, at(600), at(605), right=CALL), ["+2 600C", "-2 605C"], -1),
    (SELL, spread(Strategy.VERTICAL, at(580, PUT), LegSaid(WideFrom(D(5)), PUT)), ["-2 580P", "+2 575P"], 1),
    (SELL, spread(Strategy.STRANGLE, at(562, PUT), at(630, CALL)), ["-2 562P", "-2 630C"], 1),
    (BUY, spread(Strategy.STRADDLE, at(597, PUT), at(597, CALL)), ["+2 597P", "+2 597C"], -1),
    (
        SELL,
        spread(Strategy.IRON_CONDOR, at(580, PUT), at(575, PUT), at(625, CALL), at(630, CALL)),
        ["-2 580P", "+2 575P", "-2 625C", "+2 630C"],
        1,
    ),
    (
        BUY,
        spread(Strategy.IRON_CONDOR, at(575, PUT), at(580, PUT), at(630, CALL), at(625, CALL)),
        ["-2 575P", "+2 580P", "-2 630C", "+2 625C"],
        -1,
    ),
    (
        SELL,
        spread(
            Strategy.IRON_BUTTERFLY,
            LegSaid(AtTheMoney(), PUT),
            LegSaid(WideFrom(D(10)), PUT),
            LegSaid(AtTheMoney(), CALL),
            LegSaid(WideFrom(D(10)), CALL),
        ),
        ["-2 597P", "+2 587P", "-2 597C", "+2 607C"],
        1,
    ),
    (
        BUY,
        spread(Strategy.BUTTERFLY, at(590), at(600, ratio=2), at(610), right=CALL),
        ["+2 590C", "-4 600C", "+2 610C"],
        -1,
    ),
    (
        BUY,
        spread(Strategy.BUTTERFLY, at(590), at(600), at(610), right=CALL),
        ["+2 590C", "-4 600C", "+2 610C"],
        -1,
    ),
    (
        BUY,
        spread(
            Strategy.BUTTERFLY,
            LegSaid(WideFrom(D(10)), CALL),
            LegSaid(AtTheMoney(), CALL, ratio=2),
            LegSaid(WideFrom(D(10)), CALL),
        ),
        ["+2 587C", "-4 597C", "+2 607C"],
        -1,
    ),
    (
        BUY,
        spread(
            Strategy.BUTTERFLY,
            LegSaid(WideFrom(D(10)), PUT),
            LegSaid(AtStrike(D(590)), PUT, ratio=2),
            LegSaid(WideFrom(D(10)), PUT),
        ),
        ["+2 580P", "-4 590P", "+2 600P"],
        -1,
    ),
    (
        BUY,
        spread(
            Strategy.CALENDAR,
            at(590, CALL, expiration=ON_DEC),
            LegSaid(SameStrike(), CALL, OnDate(JAN15)),
            expiration=None,
        ),
        ["-2 590C", "+2 590C"],
        -1,
    ),
    (
        SELL,
        spread(
            Strategy.CALENDAR,
            LegSaid(AtDelta(D(40)), CALL, InDays(24)),
            LegSaid(SameStrike(), CALL, InDays(52)),
            expiration=None,
        ),
        ["+2 610C", "-2 610C"],
        1,
    ),
    (
        BUY,
        spread(
            Strategy.DIAGONAL,
            at(605, CALL, expiration=ON_DEC),
            at(595, CALL, expiration=OnDate(JAN15)),
            expiration=None,
        ),
        ["-2 605C", "+2 595C"],
        -1,
    ),
    (BUY, spread(Strategy.RATIO, at(600), at(610, ratio=2), right=CALL), ["+2 600C", "-4 610C"], None),
    (
        SELL,
        spread(Strategy.LEGS, at(580, PUT, side=SELL), at(575, PUT, side=BUY), at(640, CALL, side=SELL)),
        ["-2 580P", "+2 575P", "-2 640C"],
        1,
    ),
]


@pytest.mark.parametrize(("side", "what", "legs", "sign"), CASES)
def test_a_strategys_legs_and_the_sign_of_its_price(side, what, legs, sign):
    found = World().one(say(side, 2, what, MID))
    assert legs_of(found) == legs
    assert found.terms.type is OrderType.LIMIT
    if sign is not None:
        assert found.terms.price * sign > 0
    assert len(found.legs) == len(found.terms.legs)
    assert all(not leg.action.closes for leg in found.terms.legs)
    named = "" if what.strategy in {Strategy.SINGLE, Strategy.LEGS} else what.strategy.value
    assert found.terms.strategy == named


WRONG = [
    spread(Strategy.SINGLE, at(590, PUT), at(600, PUT)),
    spread(Strategy.VERTICAL, at(580, PUT), at(600, CALL)),
    spread(Strategy.VERTICAL, at(580, PUT)),
    spread(Strategy.VERTICAL, at(580, PUT), at(575, PUT, expiration=OnDate(JAN8))),
    spread(Strategy.VERTICAL, at(580, PUT), at(580, PUT)),
    spread(Strategy.STRANGLE, at(620, PUT), at(600, CALL)),
    spread(Strategy.STRANGLE, at(590, PUT), at(580, PUT)),
    spread(Strategy.STRADDLE, at(597, PUT), at(600, CALL)),
    spread(Strategy.IRON_CONDOR, at(580, PUT), at(575, PUT), at(625, CALL)),
    spread(Strategy.IRON_CONDOR, at(630, PUT), at(575, PUT), at(625, CALL), at(640, CALL)),
    spread(Strategy.IRON_BUTTERFLY, at(580, PUT), at(575, PUT), at(625, CALL), at(630, CALL)),
    spread(Strategy.BUTTERFLY, at(590, CALL), at(600, CALL)),
    spread(Strategy.CALENDAR, at(590, CALL), at(590, CALL, expiration=OnDate(DEC))),
    spread(Strategy.CALENDAR, at(590, CALL), at(591, CALL, expiration=OnDate(JAN8))),
    spread(Strategy.CALENDAR, at(590, CALL), at(600, CALL)),
    spread(Strategy.DIAGONAL, at(590, CALL), at(600, CALL)),
    spread(Strategy.RATIO, at(600, CALL), at(610, CALL)),
    spread(Strategy.RATIO, at(600, PUT), at(610, CALL, ratio=2)),
    spread(Strategy.RATIO, at(600, CALL, ratio=2), at(610, CALL, ratio=4)),
    spread(Strategy.VERTICAL, LegSaid(WideFrom(D(5)), PUT), at(580, PUT)),
    spread(Strategy.STRANGLE, at(590), at(600)),
    spread(Strategy.VERTICAL, LegSaid(SameStrike(), PUT), at(580, PUT)),
]


@pytest.mark.parametrize("what", WRONG)
def test_legs_that_do_not_make_the_strategy_are_refused(what):
    with pytest.raises(CannotResolve) as caught:
        World().one(say(SELL, 1, what, MID))
    assert caught.value.code == "legs_shape"


@pytest.mark.parametrize("count", [0, 5])
def test_one_order_has_one_to_four_legs(count):
    legs = tuple(at(560 + n, PUT) for n in range(count))
    with pytest.raises(CannotResolve) as caught:
        World().one(say(SELL, 1, spread(Strategy.LEGS, *legs), MID))
    assert caught.value.code == "too_many_legs"


# -- covered call and collar ------------------------------------------------------------------------------

COVERED = spread(Strategy.COVERED_CALL, at(610, CALL))
COLLAR = spread(Strategy.COLLAR, at(580, PUT), at(615, CALL))


def test_a_covered_call_is_sold_against_shares_that_are_held():
    found = World(positions=(position("SPY", 250),)).one(say(SELL, 2, COVERED, MID))
    assert legs_of(found) == ["-2 610C"]
    assert found.choices[0].words == "covered by 200 SPY: you hold 250 free"


def test_a_collar_stands_around_shares_that_are_held():
    found = World(positions=(position("SPY", 100),)).one(say(BUY, 1, COLLAR, MID))
    assert legs_of(found) == ["+1 580P", "-1 615C"]


@pytest.mark.parametrize(
    ("held", "side", "what", "enough"),
    [
        ((), SELL, COVERED, False),
        ((position("SPY", 99),), SELL, COVERED, False),
        ((position("SPY", 100), position(occ(620, CALL), -1)), SELL, COVERED, False),
        (None, SELL, COVERED, False),
        ((position("SPY", 100),), BUY, spread(Strategy.COVERED_CALL, at(610, CALL), with_shares=True), True),
        ((), BUY, spread(Strategy.COLLAR, at(580, PUT), at(615, CALL), with_shares=True), False),
    ],
)
def test_shares_and_options_are_never_one_order(held, side, what, enough):
    """The broker takes one leg of shares or up to four of options: the nearest form is offered instead."""
    with pytest.raises(CannotResolve) as caught:
        World(positions=held).one(say(side, 1, what, Limit(D("590"))))
    assert caught.value.code == "shares_needed"
    (offer,) = caught.value.instead
    if enough:
        assert offer.side is SELL
        assert not offer.what.with_shares
    else:
        assert (offer.side, offer.amount.number) == (BUY, 100)
        assert offer.then[0].what.strategy is what.strategy
    if held is not None:
        found = World(positions=(position("SPY", 100),) if enough else held).one(offer)
        assert found.terms.legs


def test_a_covered_call_says_how_many():
    from senexbot.domain.language.said import Part

    with pytest.raises(CannotResolve) as caught:
        World().one(say(SELL, Part(1, 2), COVERED, MID))
    assert caught.value.code == "legs_shape"
    with pytest.raises(CannotResolve):
        World(positions=(position("SPY", 100),)).one(
            say(SELL, 1, spread(Strategy.COVERED_CALL, at(590, PUT)), MID)
        )
    with pytest.raises(CannotResolve):
        World(positions=(position("SPY", 100),)).one(say(BUY, 1, spread(Strategy.COLLAR, at(590, PUT)), MID))


# -- what the market decides -------------------------------------------------------------------------------


def test_the_card_of_the_voice():
    """cards.md: the expiration with its days, each strike with its delta."""
    what = spread(
        Strategy.STRANGLE, LegSaid(AtDelta(D(20)), PUT), LegSaid(AtDelta(D(19)), CALL), expiration=InDays(45)
    )
    found = World().one(say(SELL, 2, what, MID))
    assert found.choices[0].words == "8 Jan 27 (46 days, nearest to 45): 560 put Δ −0.20, 636 call Δ 0.19"
    assert legs_of(found) == ["-2 560P", "-2 636C"]
    assert found.spot is not None


@pytest.mark.parametrize(
    ("said", "day", "why"),
    [
        (InDays(25), DEC, "25 days"),
        (InDays(45), JAN8, "46 days, nearest to 45"),
        (InDays(0), NOV27, "4 days, nearest to 0"),
        (InDays(1000), JAN15, "53 days, nearest to 1000"),
        (InDays(36), JAN8, "46 days, nearest to 36"),
        (Monthly(), DEC, "monthly, 25 days"),
        (Monthly(month=1), JAN15, "monthly, 53 days"),
        (Monthly(2027, 1), JAN15, "monthly, 53 days"),
        (OnDate(JAN8), JAN8, ""),
    ],
)
def test_expirations(said, day, why):
    found = World().one(say(SELL, 1, spread(Strategy.SINGLE, at(590, PUT), expiration=said), MID))
    assert found.terms.legs[0].symbol[6:12] == f"{day:%y%m%d}"
    shown = found.choices[0].words
    if why:
        assert f"({why})" in shown
    else:
        assert "590 put" not in shown


def test_a_tie_in_days_takes_the_later_expiration():
    world = World()
    early, late = expiration(day=DEC), expiration(day=DEC.replace(day=20), kind="Weekly")
    world.chains["SPY"] = type(world.chains["SPY"])("SPY", (early, late))
    found = world.one(say(SELL, 1, spread(Strategy.SINGLE, at(590, PUT), expiration=InDays(26)), MID))
    assert found.terms.legs[0].symbol[6:12] == "261220"


@pytest.mark.parametrize(
    ("said", "nearest"),
    [
        (OnDate(DEC.replace(day=17)), [DEC, NOV27, JAN8]),
        (Monthly(month=3), [JAN15, DEC]),
        (Monthly(2026, 11), [DEC, JAN15]),
        (Monthly(month=2), [JAN15, DEC]),
    ],
)
def test_a_day_that_is_not_listed_offers_the_nearest(said, nearest):
    what = spread(Strategy.SINGLE, at(590, PUT), expiration=said)
    with pytest.raises(CannotResolve) as caught:
        World().one(say(SELL, 1, what, MID))
    assert caught.value.code == "expiration_not_listed"
    assert [s.what.expiration.day for s in caught.value.instead] == nearest
    for offer in caught.value.instead:
        World().one(offer)


def test_a_legs_own_day_is_offered_for_that_leg():
    what = spread(
        Strategy.CALENDAR,
        at(590, CALL, expiration=ON_DEC),
        at(590, CALL, expiration=OnDate(DEC.replace(day=30))),
    )
    with pytest.raises(CannotResolve) as caught:
        World().one(say(BUY, 1, what, MID))
    assert caught.value.instead[0].what.legs[1].expiration == OnDate(JAN8)
    World().one(caught.value.instead[0])


def test_an_expiration_has_to_be_named():
    with pytest.raises(CannotResolve) as caught:
        World().one(say(SELL, 1, spread(Strategy.SINGLE, at(590, PUT), expiration=None), MID))
    assert caught.value.code == "expiration_missing"


def test_the_root_as_said_wins_and_the_other_is_named():
    """An index expires twice on its monthly day: SPX in the morning, SPXW at the close."""
    monthly = spread(Strategy.SINGLE, at(590, PUT), symbol="SPX", expiration=Monthly())
    found = World().one(say(SELL, 1, monthly, MID))
    assert found.terms.legs[0].symbol.startswith("SPX   ")
    assert found.terms.underlying == "SPX"
    assert found.choices[1].words == "SPX settles in the morning; SPXW expires that day too"
    assert found.terms.price % D("0.05") == 0
    weekly = spread(Strategy.SINGLE, at(590, PUT), symbol="SPXW")
    found = World().one(say(SELL, 1, weekly, MID))
    assert found.terms.legs[0].symbol.startswith("SPXW  ")
    assert "SPXW settles at the close; SPX expires" in found.choices[0].words
    by_days = spread(Strategy.SINGLE, at(590, PUT), symbol="SPX", expiration=InDays(25))
    assert World().one(say(SELL, 1, by_days, MID)).terms.legs[0].symbol.startswith("SPX   ")
    only = spread(Strategy.SINGLE, at(590, PUT), symbol="SPX", expiration=OnDate(JAN8))
    assert World().one(say(SELL, 1, only, MID)).terms.legs[0].symbol.startswith("SPXW  ")


def test_what_delivers_something_else_is_refused():
    world = World()
    odd = expiration(standard=False)
    world.chains["SPY"] = type(world.chains["SPY"])("SPY", (odd,))
    with pytest.raises(CannotResolve) as caught:
        world.one(say(SELL, 1, spread(Strategy.SINGLE, at(590, PUT)), MID))
    assert caught.value.code == "nonstandard"


def test_what_has_no_options():
    with pytest.raises(CannotResolve) as caught:
        World().one(say(SELL, 1, spread(Strategy.SINGLE, at(590, PUT), symbol="AAPL"), MID))
    assert caught.value.code == "no_options"


@pytest.mark.parametrize(
    ("strike", "right", "expected", "why"),
    [
        (AtDelta(D(16)), PUT, 555, "Δ −0.16"),
        (AtDelta(D(16)), CALL, 640, "Δ 0.16"),
        (AtDelta(D(80)), PUT, 635, "Δ −0.80"),
        (AtDelta(D(80)), CALL, 560, "Δ 0.80"),
        (PercentOut(D(5)), PUT, 568, "4.9 % out, nearest to 5"),
        (PercentOut(D(5)), CALL, 627, "5.0 % out, nearest to 5"),
        (AtTheMoney(), CALL, 597, "at the money (597.4)"),
    ],
)
def test_strikes_by_the_market(strike, right, expected, why):
    what = spread(Strategy.SINGLE, LegSaid(strike, right))
    found = World().one(say(SELL, 1, what, MID))
    assert legs_of(found) == [f"-1 {expected}{right.value}"]
    assert found.choices[0].words.endswith(why)


def test_a_tie_in_delta_goes_further_out_of_the_money():
    """A delta in the middle between two puts takes the lower strike."""
    low, high = (abs(delta_of(c)) * 100 for c in _puts(588, 589))
    what = spread(Strategy.SINGLE, LegSaid(AtDelta((low + high) / 2), PUT))
    assert legs_of(World().one(say(SELL, 1, what, MID))) == ["-1 588P"]


def _puts(*strikes):
    from senexbot.domain.instruments import OptionContract

    return [OptionContract("SPY", DEC, PUT, Decimal(s)) for s in strikes]


@pytest.mark.parametrize(
    ("strike", "offers"),
    [
        (AtStrike(D("590.5")), [590, 591]),
        (AtStrike(D(9000)), [660, 659]),
        (WideFrom(D("2.5")), [577, 578]),
    ],
)
def test_a_strike_that_is_not_listed_offers_the_nearest(strike, offers):
    what = spread(Strategy.VERTICAL, at(580, PUT), LegSaid(strike, PUT))
    with pytest.raises(CannotResolve) as caught:
        World().one(say(SELL, 1, what, MID))
    assert caught.value.code == "strike_not_listed"
    assert [int(s.what.legs[1].strike.strike) for s in caught.value.instead] == offers
    for offer in caught.value.instead:
        World().one(offer)


def test_what_could_not_be_read_is_never_chosen_by():
    by_delta = spread(Strategy.SINGLE, LegSaid(AtDelta(D(16)), PUT))
    deaf = World(dumb={expiration().contract(s, PUT).symbol for s in expiration().listed(PUT)})
    for world, code in ((deaf, "greeks_missing"), (World(silent={"SPY"}), "spot_missing")):
        with pytest.raises(CannotResolve) as caught:
            world.one(say(SELL, 1, by_delta, MID))
        assert caught.value.code == code
    some = World(dumb={occ(555)})
    assert legs_of(some.one(say(SELL, 1, by_delta, MID))) == ["-1 554P"]
    bare = World()
    bare.chains["SPY"] = type(bare.chains["SPY"])("SPY", (expiration(strikes=()),))
    with pytest.raises(CannotResolve) as caught:
        bare.one(say(SELL, 1, spread(Strategy.SINGLE, LegSaid(AtTheMoney(), PUT)), MID))
    assert caught.value.code == "strike_not_listed"


def test_a_delta_is_asked_for_on_its_side_of_the_money_only():
    """Bounded questions: the side of the money on which the delta lies, and a few strikes beyond."""
    asked = []

    class Counting(World):
        def greeks(self, contract):
            asked.append(int(contract.option.strike))
            return super().greeks(contract)

    Counting().one(say(SELL, 1, spread(Strategy.SINGLE, LegSaid(AtDelta(D(16)), PUT)), MID))
    assert (min(asked), max(asked), len(asked)) == (540, 609, 70)


def test_what_is_needed_is_read_in_few_rounds():
    """Chain, instrument and positions; the price of the underlying; all deltas; all quotes."""
    delta, wing = AtDelta(D(16)), WideFrom(D(5))
    legs = (LegSaid(delta, PUT), LegSaid(wing, PUT), LegSaid(delta, CALL), LegSaid(wing, CALL))
    world = World()
    world.one(say(SELL, 1, spread(Strategy.IRON_CONDOR, *legs), MID))
    assert world.rounds == 4


def test_words_of_a_roll_have_no_place_in_an_order():
    from senexbot.domain.language.said import SameDelta

    with pytest.raises(CannotResolve) as caught:
        World().one(say(SELL, 1, spread(Strategy.SINGLE, LegSaid(SameDelta(), PUT)), MID))
    assert caught.value.code == "legs_shape"
    assert Effect.CREDIT
