"""Prices, pegs, credit and debit; amounts, parts and dollars; open or close."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from senexbot.domain.errors import Denied
from senexbot.domain.instruments import OptionContract
from senexbot.domain.language.said import (
    AtPrice,
    CloseSaid,
    Contract,
    Effect,
    Exits,
    Limit,
    Market,
    Notional,
    Part,
    Pegged,
    Reference,
    Shares,
    Spread,
    Standing,
    Stop,
    StopLimit,
    Strategy,
    Units,
    Walk,
)
from senexbot.domain.orders.terms import Action, OrderType, Side, TimeInForce, WalkTerms
from senexbot.domain.resolving import CannotResolve
from senexbot.domain.resolving.orders import month_of
from tests.domain.builders import D, future, quote, share

from .test_strategies import at, legs_of, spread
from .world import CALL, DEC, PUT, World, expiration, occ, position, say

BUY, SELL = Side.BUY, Side.SELL
VERTICAL = spread(Strategy.VERTICAL, at(580, PUT), at(575, PUT))
STRANGLE = spread(Strategy.STRANGLE, at(580, PUT), at(615, CALL))
RISK_REVERSAL = spread(Strategy.LEGS, at(580, PUT, side=SELL), at(615, CALL, side=BUY))


def quoted(*markets):
    """A world in which these contracts stand at bid and ask."""
    world = World()
    for strike, right, bid, ask in markets:
        contract = expiration().contract(Decimal(strike), right)
        world.quotes[contract.symbol] = quote(contract, bid=D(bid), ask=D(ask), last=None)
    return world


CONDOR_MARKET = ((580, PUT, "3.95", "4.05"), (575, PUT, "3.05", "3.18"))


@pytest.mark.parametrize(
    ("side", "reference", "offset", "price", "words"),
    [
        (SELL, Reference.MID, "0", "0.89", "mid of 0.77 / 1.00: 0.89 credit"),
        (BUY, Reference.MID, "0", "-0.88", "mid of 0.77 / 1.00: 0.88 debit"),
        (SELL, Reference.BID, "0", "0.77", "bid of 0.77 / 1.00: 0.77 credit"),
        (SELL, Reference.ASK, "0", "1.00", "ask of 0.77 / 1.00: 1.00 credit"),
        (BUY, Reference.BID, "0", "-0.77", "bid of 0.77 / 1.00: 0.77 debit"),
        (BUY, Reference.ASK, "0", "-1.00", "ask of 0.77 / 1.00: 1.00 debit"),
        (SELL, Reference.MID, "-0.05", "0.84", "mid-0.05 of 0.77 / 1.00: 0.84 credit"),
        (BUY, Reference.MID, "-0.05", "-0.83", "mid-0.05 of 0.77 / 1.00: 0.83 debit"),
        (BUY, Reference.BID, "0.01", "-0.78", "bid+0.01 of 0.77 / 1.00: 0.78 debit"),
    ],
)
def test_a_peg_is_the_market_of_all_legs_on_the_grid_in_the_persons_favour(
    side, reference, offset, price, words
):
    """0.885 becomes 0.89 for who sells it and 0.88 for who buys it: never worse than said."""
    found = quoted(*CONDOR_MARKET).one(say(side, 1, VERTICAL, Pegged(reference, D(offset))))
    assert found.terms.price == D(price)
    assert found.choices[-1].words == words
    assert found.terms.type is OrderType.LIMIT


def test_a_peg_of_one_leg_is_its_own_market():
    found = World().one(say(BUY, 10, "AAPL", Pegged(Reference.BID)))
    assert found.terms.price == D("-187.44")
    assert World().one(say(BUY, 10, "AAPL", Pegged(Reference.ASK, D("0.02")))).terms.price == D("-187.52")


@pytest.mark.parametrize(
    ("side", "what", "pricing", "offered"),
    [
        (SELL, VERTICAL, Pegged(Reference.MID, D("-0.885")), Limit(D("0.01"), Effect.CREDIT)),
        (SELL, VERTICAL, Pegged(Reference.MID, D(-5)), Limit(D("0.01"), Effect.CREDIT)),
        (BUY, VERTICAL, Pegged(Reference.MID, D("-0.88")), Limit(D("0.01"), Effect.DEBIT)),
        (BUY, "AAPL", Pegged(Reference.MID, D(-200)), Limit(D("0.0001"))),
    ],
)
def test_a_peg_that_comes_to_nothing_is_no_price(side, what, pricing, offered):
    """Pitfall 31: zero loses its credit or debit."""
    with pytest.raises(CannotResolve) as caught:
        quoted(*CONDOR_MARKET).one(say(side, 1, what, pricing))
    assert caught.value.code == "price_zero"
    assert caught.value.instead[0].pricing == offered


def test_a_peg_needs_a_market_on_both_sides_of_every_leg():
    """I22: each leg without one is named."""
    for bid, ask in ((None, D(1)), (D(2), D(1)), (D(0), D(0)), (D("NaN"), D(1)), (D(1), None)):
        world = quoted(CONDOR_MARKET[0])
        wing = expiration().contract(D(575), PUT)
        world.quotes[wing.symbol] = quote(wing, bid=bid, ask=ask, last=None)
        with pytest.raises(CannotResolve) as caught:
            world.one(say(SELL, 1, VERTICAL, Pegged(Reference.MID)))
        assert caught.value.code == "market_missing"
        assert "SPY 18 Dec 26 575 put" in caught.value.message
        assert "580" not in caught.value.message
    with pytest.raises(CannotResolve):
        World(silent={occ(580)}).one(say(SELL, 1, VERTICAL, Pegged(Reference.MID)))


@pytest.mark.parametrize("kind", ["limit", "stop limit"])
@pytest.mark.parametrize(
    ("what", "side", "effect", "price"),
    [
        (VERTICAL, SELL, Effect.CREDIT, "0.90"),
        (VERTICAL, BUY, Effect.DEBIT, "-0.90"),
        (STRANGLE, SELL, Effect.CREDIT, "0.90"),
        (STRANGLE, SELL, None, "0.90"),
        (STRANGLE, BUY, None, "-0.90"),
        (RISK_REVERSAL, SELL, Effect.CREDIT, "0.90"),
    ],
)
def test_the_sign_is_the_word(kind, what, side, effect, price):
    pricing = Limit(D("0.90"), effect) if kind == "limit" else StopLimit(D("0.80"), D("0.90"), effect)
    found = quoted(*CONDOR_MARKET).one(say(side, 1, what, pricing))
    assert found.terms.price == D(price)
    assert found.terms.stop_trigger == (None if kind == "limit" else D("0.80"))


@pytest.mark.parametrize(
    ("what", "side", "effect", "other"),
    [
        (VERTICAL, SELL, Effect.DEBIT, Effect.CREDIT),
        (VERTICAL, BUY, Effect.CREDIT, Effect.DEBIT),
        (STRANGLE, SELL, Effect.DEBIT, Effect.CREDIT),
        (STRANGLE, BUY, Effect.CREDIT, Effect.DEBIT),
    ],
)
def test_a_word_against_the_market_is_refused_with_both_forms(what, side, effect, other):
    """Pitfalls 30, 31: one sign mistake turns a credit into a debit."""
    for pricing in (Limit(D("0.90"), effect), Pegged(Reference.MID, D(0), effect)):
        with pytest.raises(CannotResolve) as caught:
            quoted(*CONDOR_MARKET).one(say(side, 1, what, pricing))
        assert caught.value.code == "credit_or_debit"
        assert f" {other}, or turn the sides round" in caught.value.message
        assert caught.value.instead[0].pricing.effect is other
        quoted(*CONDOR_MARKET).one(caught.value.instead[0])


def test_without_a_market_the_sides_alone_decide():
    world = World(silent={occ(580), occ(615, CALL)})
    with pytest.raises(CannotResolve) as caught:
        world.one(say(SELL, 1, STRANGLE, Limit(D(1), Effect.DEBIT)))
    assert caught.value.message.startswith("these legs make a credit")
    assert world.one(say(SELL, 1, RISK_REVERSAL, Limit(D(1), Effect.DEBIT))).terms.price == -1


@pytest.mark.parametrize("side", [BUY, SELL])
def test_a_price_of_mixed_legs_needs_its_word(side):
    with pytest.raises(CannotResolve) as caught:
        quoted(*CONDOR_MARKET).one(say(side, 1, VERTICAL, Limit(D("0.90"))))
    assert caught.value.code == "effect_missing"
    nearest = Effect.CREDIT if side is SELL else Effect.DEBIT
    assert caught.value.instead[0].pricing.effect is nearest
    assert len(caught.value.instead) == 2


def test_legs_that_are_worth_nothing_together_may_be_either():
    even = quoted((580, PUT, "2.00", "2.20"), (615, CALL, "2.00", "2.20"))
    for effect in Effect:
        assert even.one(say(SELL, 1, RISK_REVERSAL, Limit(D("0.05"), effect))).terms.price
    with pytest.raises(CannotResolve) as caught:
        even.one(say(SELL, 1, RISK_REVERSAL, Pegged(Reference.MID, D(0), Effect.CREDIT)))
    assert caught.value.code == "price_zero"


def test_market_stop_and_standing():
    found = World().one(say(BUY, 10, "AAPL", Market()))
    assert (found.terms.type, found.terms.price) == (OrderType.MARKET, None)
    stop = say(BUY, 10, "AAPL", Stop(D(190)), standing=Standing(TimeInForce.GTD, DEC))
    terms = World().one(stop).terms
    assert (terms.type, terms.stop_trigger, terms.gtc_date) == (OrderType.STOP, D(190), DEC)
    assert terms.time_in_force is TimeInForce.GTD
    with pytest.raises(CannotResolve) as caught:
        World().one(say(SELL, 1, VERTICAL, Market()))
    assert caught.value.code == "market_legs"
    assert World().one(caught.value.instead[0]).terms.type is OrderType.LIMIT


MINUTE = timedelta(seconds=60)


def test_a_walk_is_part_of_what_is_confirmed():
    """`walk 0.01 every 60s to 188`: the end signed like the price."""
    walk = Walk(D("0.01"), MINUTE, D(188))
    found = World().one(say(BUY, 1, "AAPL", Limit(D("187.50")), walk=walk))
    assert found.terms.walk == WalkTerms(D("0.01"), 60, D(-188))
    sold = quoted(*CONDOR_MARKET).one(
        say(SELL, 1, VERTICAL, Limit(D("0.90"), Effect.CREDIT), walk=Walk(D("0.01"), MINUTE, D("0.80")))
    )
    assert sold.terms.walk == WalkTerms(D("0.01"), 60, D("0.80"))
    held = World(positions=(position("AAPL", 5),))
    closing = CloseSaid(Part(1, 1), "AAPL", walk=Walk(D("0.01"), MINUTE, D(187)))
    assert held.one(closing).terms.walk == WalkTerms(D("0.01"), 60, D(187))


EXIT = Exits(AtPrice(D(210)), None)


@pytest.mark.parametrize(
    "said",
    [
        say(BUY, 1, "AAPL", Market(), walk=Walk(D("0.01"), MINUTE, D(188))),
        say(BUY, 1, "AAPL", Limit(D(187)), exits=EXIT, walk=Walk(D("0.01"), MINUTE, D(188))),
        say(BUY, 1, "AAPL", Limit(D(187)), walk=Walk(D("0.01"), timedelta(seconds=4), D(188))),
        say(BUY, 1, "AAPL", Limit(D(187)), walk=Walk(D("0.005"), MINUTE, D(188))),
        say(BUY, 1, "AAPL", Limit(D(187)), walk=Walk(D("0.01"), MINUTE, D("187.505"))),
        say(BUY, 1, "AAPL", Limit(D(187)), walk=Walk(D("0.01"), MINUTE, D(186))),
        say(SELL, 1, "AAPL", Limit(D(187)), walk=Walk(D("0.01"), MINUTE, D(188))),
        CloseSaid(Part(1, 1), "AAPL", pricing=Market(), walk=Walk(D("0.01"), MINUTE, D(188))),
        CloseSaid(Part(1, 1), "AAPL", exits=Exits(EXIT.take_profit, AtPrice(D(180))), walk=Walk(D(1), MINUTE, D(1))),
    ],
)  # fmt: skip
def test_a_walk_that_cannot_be_is_refused_and_never_dropped(said):
    held = World(positions=(position("AAPL", 5),))
    with pytest.raises(CannotResolve) as caught:
        held.one(said)
    assert caught.value.code == "walk_shape"
    assert held.one(caught.value.instead[0]).terms.walk is None


# -- how much ----------------------------------------------------------------------------------------------

PUT580 = Contract(OptionContract("SPY", DEC, PUT, D(580)))


@pytest.mark.parametrize(
    ("held", "side", "what", "part", "quantity", "action"),
    [
        ((position("AAPL", 101),), SELL, Shares("AAPL"), Part(1, 2), 50, Action.SELL_TO_CLOSE),
        ((position("AAPL", 101),), SELL, Shares("AAPL"), Part(1, 1), 101, Action.SELL_TO_CLOSE),
        ((position("AAPL", "1.5"),), SELL, Shares("AAPL"), Part(1, 1), "1.5", Action.SELL_TO_CLOSE),
        ((position(occ(580), -5),), BUY, PUT580, Part(1, 3), 1, Action.BUY_TO_CLOSE),
        ((position(occ(580), 8),), SELL, PUT580, Part(1, 4), 2, Action.SELL_TO_CLOSE),
        ((position(occ(580), 8),), SELL, PUT580, Part(3, 8), 3, Action.SELL_TO_CLOSE),
    ],
)
def test_a_part_of_what_is_held(held, side, what, part, quantity, action):
    found = World(positions=held).one(say(side, part, what, Pegged(Reference.MID)))
    (leg,) = found.terms.legs
    assert (leg.quantity, leg.action) == (D(quantity), action)
    assert " of " in found.choices[0].words


def test_a_part_of_a_spread_is_counted_in_whole_units():
    held = (position(occ(580), -5), position(occ(615, CALL), -4))
    found = World(positions=held).one(say(BUY, Part(1, 2), STRANGLE, Pegged(Reference.MID)))
    assert legs_of(found) == ["+2 580P", "+2 615C"]
    assert found.terms.closes
    assert found.choices[0].words == "half of 4: 2"


@pytest.mark.parametrize(
    ("held", "part", "code"),
    [
        ((), Part(1, 2), "position_missing"),
        ((position("AAPL", -5),), Part(1, 1), "position_missing"),
        ((position("AAPL", 1),), Part(1, 2), "part_too_small"),
        (None, Part(1, 2), "position_missing"),
    ],
)
def test_a_part_of_nothing_is_refused(held, part, code):
    with pytest.raises(CannotResolve) as caught:
        World(positions=held).one(say(SELL, part, "AAPL", Limit(D(190))))
    assert caught.value.code == code
    if code == "part_too_small":
        assert caught.value.instead[0].amount == Units(D(1))


@pytest.mark.parametrize(
    ("held", "side", "number", "what", "near"),
    [
        (position("AAPL", 30), SELL, 31, Shares("AAPL"), 30),
        (position(occ(580), -2), BUY, 3, PUT580, 2),
        (position(occ(580), 2), SELL, 3, spread(Strategy.SINGLE, at(580, PUT)), 2),
        (
            position(occ(600, CALL), -1),
            BUY,
            1,
            spread(Strategy.RATIO, at(600, CALL, ratio=2), at(610, CALL)),
            None,
        ),
    ],
)
def test_an_order_never_crosses_zero(held, side, number, what, near):
    """I19: to close and what goes beyond are two orders; the one that only closes is offered."""
    with pytest.raises(CannotResolve) as caught:
        World(positions=(held,)).one(say(side, number, what, Pegged(Reference.MID)))
    assert caught.value.code == "crosses_zero"
    assert "to close, and what goes beyond as an order of its own" in caught.value.message
    assert [s.amount.number for s in caught.value.instead] == ([near] if near else [])


def test_what_opens_and_what_closes_may_stand_together():
    found = World(positions=(position(occ(580), -2),)).one(
        say(BUY, 2, spread(Strategy.VERTICAL, at(580, PUT), at(575, PUT)), Pegged(Reference.MID))
    )
    assert [leg.action for leg in found.terms.legs] == [Action.BUY_TO_CLOSE, Action.SELL_TO_OPEN]
    assert [leg.held for leg in found.legs] == [-2, 0]


def test_shares_are_not_sold_short_and_positions_have_to_be_known():
    with pytest.raises(Denied) as caught:
        World().one(say(SELL, 1, "AAPL", Market()))
    assert caught.value.code == "short_not_offered"
    with pytest.raises(Denied) as caught:
        World(positions=None).one(say(BUY, 1, "AAPL", Market()))
    assert caught.value.code == "positions_missing"
    found = World(positions=None).one(say(SELL, 1, "AAPL", Market()))
    assert found.terms.legs[0].action is Action.SELL_TO_CLOSE


def test_a_future_may_be_sold_to_open():
    found = World().one(say(SELL, 1, "/ESZ6", Limit(D("6000.25"))))
    assert found.terms.legs[0].action is Action.SELL_TO_OPEN
    assert found.terms.legs[0].multiplier == 50


def test_a_symbol_that_is_not_known():
    with pytest.raises(CannotResolve) as caught:
        World().one(say(BUY, 1, "NOSUCH", Market()))
    assert caught.value.code == "unknown_symbol"
    with pytest.raises(CannotResolve) as caught:
        World().one(say(BUY, 1, Contract(OptionContract("NO", DEC, PUT, D(5))), Market()))
    assert "NO 18 Dec 26 5 put" in caught.value.message


def test_a_contract_that_stands_for_something_else_is_only_closed():
    world = World(positions=(position(occ(580), 1),))
    odd = expiration(multiplier=D(10))
    world.chains["SPY"] = type(world.chains["SPY"])("SPY", (odd,))
    assert world.one(say(SELL, 1, PUT580, Limit(D(1)))).terms.closes
    with pytest.raises(CannotResolve) as caught:
        world.one(say(BUY, 1, PUT580, Limit(D(1))))
    assert caught.value.code == "nonstandard"


# -- dollars -----------------------------------------------------------------------------------------------


def test_dollars_at_the_market():
    found = World().one(say(BUY, Notional(D(500)), "AAPL", Market()))
    terms = found.terms
    assert (terms.type, terms.value, terms.price) == (OrderType.NOTIONAL_MARKET, D(-500), None)
    assert (terms.legs[0].quantity, terms.legs[0].action) == (0, Action.BUY_TO_OPEN)
    held = World(positions=(position("AAPL", 5),))
    sold = held.one(say(SELL, Notional(D(500)), "AAPL", Market())).terms
    assert (sold.value, sold.legs[0].action) == (D(500), Action.SELL_TO_CLOSE)
    unknown = World(positions=None).one(say(SELL, Notional(D(500)), "AAPL", Market())).terms
    assert unknown.legs[0].action is Action.SELL_TO_CLOSE


def test_dollars_at_a_limit_are_whole_shares_that_cost_no_more():
    found = World().one(say(BUY, Notional(D(500)), "AAPL", Limit(D("187.50"))))
    assert found.terms.legs[0].quantity == 2
    assert found.choices[0].words == "$500.00 at 187.50: 2 shares"


@pytest.mark.parametrize(
    ("said", "held", "code"),
    [
        (say(BUY, Notional(D(100)), "AAPL", Limit(D("187.50"))), (), "notional"),
        (say(BUY, Notional(D(100)), "AAPL", Pegged(Reference.MID)), (), "notional"),
        (say(BUY, Notional(D(100)), PUT580, Market()), (), "notional"),
        (say(BUY, Notional(D(100)), "SPX", Market()), (), "notional"),
        (say(BUY, Notional(D(100)), "AAPL", Market()), (position("AAPL", -5),), "notional"),
        (say(BUY, Notional(D(100)), "AAPL", Market()), None, "notional"),
        (say(SELL, Notional(D(100)), "AAPL", Market()), (), "position_missing"),
    ],
)
def test_dollars_that_cannot_be_traded(said, held, code):
    with pytest.raises(CannotResolve) as caught:
        World(positions=held).one(said)
    assert caught.value.code == code
    for offer in caught.value.instead:
        assert World().one(offer).terms.type is OrderType.NOTIONAL_MARKET


def test_the_words_of_a_spread_of_one_leg_are_those_of_the_contract():
    one = World().one(say(SELL, 1, spread(Strategy.SINGLE, at(580, PUT)), Limit(D(4)))).terms
    two = World().one(say(SELL, 1, PUT580, Limit(D(4)))).terms
    assert one == two
    assert isinstance(VERTICAL, Spread)
    assert replace(share(), symbol="X").words == "X"


def test_a_product_alone_is_its_active_month_and_told():
    found = World().one(say(BUY, 1, "/ES", Limit(D("6000.25"))))
    assert found.terms.legs[0].symbol == "/ESZ6"
    assert [c.words for c in found.choices] == ["/ES: /ESZ6, the broker's active month, last trade 18 Dec 26"]
    assert World().one(say(BUY, 1, "/ESZ6", Limit(D("6000.25")))).choices == ()
    bare = replace(future(), future=replace(future().future, active_month=False, last_trade=None))
    assert month_of("/ES", bare)[0].words == "/ES: /ESZ6, the nearest month"
