"""Take profit, stop loss and orders that follow: levels from the entry, legs that undo it, and their bond."""

from decimal import Decimal

import pytest

from senexbot.domain.language.said import (
    AtMultiple,
    AtPercent,
    AtPrice,
    CloseSaid,
    Effect,
    Exits,
    Limit,
    Market,
    Notional,
    Part,
    Pegged,
    Reference,
    Standing,
    Strategy,
    Walk,
)
from senexbot.domain.orders.terms import Action, ChildRole, Group, OrderType, Side, TimeInForce
from senexbot.domain.resolving import CannotResolve
from tests.domain.builders import D

from .test_strategies import at, spread
from .world import CALL, DEC, PUT, World, occ, position, say

BUY, SELL = Side.BUY, Side.SELL
STRANGLE = spread(Strategy.STRANGLE, at(580, PUT), at(615, CALL))
SPX_PUT = spread(Strategy.SINGLE, at(590, PUT), symbol="SPXW")


def exits(profit=None, loss=None, standing=None):
    return Exits(profit, loss, standing)


def of(child):
    return (child.role, child.type, child.price, child.stop_trigger)


PROFIT, LOSS = ChildRole.TAKE_PROFIT, ChildRole.STOP_LOSS
LIMIT, STOP = OrderType.LIMIT, OrderType.STOP


@pytest.mark.parametrize(
    ("said", "children"),
    [
        (
            say(
                SELL,
                2,
                STRANGLE,
                Limit(D("3.46"), Effect.CREDIT),
                exits=exits(AtPercent(D(50)), AtMultiple(D(2))),
            ),
            [(PROFIT, LIMIT, D("-1.73"), None), (LOSS, STOP, None, D("6.92"))],
        ),
        (
            say(SELL, 2, STRANGLE, Limit(D("3.45")), exits=exits(AtPercent(D(50)), AtPercent(D(100)))),
            [(PROFIT, LIMIT, D("-1.72"), None), (LOSS, STOP, None, D("6.90"))],
        ),
        (
            say(SELL, 2, STRANGLE, Limit(D("3.45")), exits=exits(AtMultiple(D("0.25")), AtPrice(D(7)))),
            [(PROFIT, LIMIT, D("-0.86"), None), (LOSS, STOP, None, D(7))],
        ),
        (
            say(BUY, 100, "AAPL", Limit(D("187.50")), exits=exits(AtPrice(D(210)), AtPrice(D(180)))),
            [(PROFIT, LIMIT, D(210), None), (LOSS, STOP, None, D(180))],
        ),
        (
            say(BUY, 100, "AAPL", Limit(D("187.53")), exits=exits(AtPercent(D(10)), AtPercent(D(5)))),
            [(PROFIT, LIMIT, D("206.29"), None), (LOSS, STOP, None, D("178.16"))],
        ),
        (
            say(BUY, 1, STRANGLE, Limit(D("3.45")), exits=exits(AtMultiple(D(2)), AtMultiple(D("0.5")))),
            [(PROFIT, LIMIT, D("6.90"), None), (LOSS, STOP, None, D("1.73"))],
        ),
        (
            say(SELL, 1, SPX_PUT, Limit(D("3.50")), exits=exits(AtPercent(D(50)), AtMultiple(D("1.9")))),
            [(PROFIT, LIMIT, D("-1.75"), None), (LOSS, STOP, None, D("6.60"))],
        ),
        (
            say(BUY, 100, "AAPL", Market(), exits=exits(AtPrice(D(210)), AtPrice(D(180)))),
            [(PROFIT, LIMIT, D(210), None), (LOSS, STOP, None, D(180))],
        ),
        (
            say(
                SELL,
                1,
                spread(Strategy.SINGLE, at(580, PUT)),
                Market(),
                exits=exits(AtPrice(D(1)), AtPrice(D(9))),
            ),
            [(PROFIT, LIMIT, D(-1), None), (LOSS, STOP, None, D(9))],
        ),
    ],
)
def test_both_exits_make_an_otoco(said, children):
    """`tp 50% sl 2x`: the profit on the grid in the person's favour, the stop on the side that stops sooner."""
    terms = World().one(said).terms
    assert terms.group is Group.OTOCO
    assert [of(child) for child in terms.children] == children
    for child in terms.children:
        assert [leg.symbol for leg in child.legs] == [leg.symbol for leg in terms.legs]
        assert all(leg.action.closes for leg in child.legs)
        assert all(a.action.side is not b.action.side for a, b in zip(child.legs, terms.legs, strict=True))
        assert child.time_in_force is TimeInForce.GTC


def test_the_levels_are_told_and_how_long_they_stand():
    said = say(
        SELL, 2, STRANGLE, Limit(D("3.46"), Effect.CREDIT), exits=exits(AtPercent(D(50)), AtMultiple(D(2)))
    )
    assert [c.words for c in World().one(said).choices] == [
        "take profit at 1.73 debit: 50 % of 3.46",
        "stop loss at 6.92 debit: 2 times of 3.46",
        "exits stand until cancelled (GTC)",
    ]
    standing = Standing(TimeInForce.GTD, DEC)
    shares = say(BUY, 1, "AAPL", Limit(D("187.50")), exits=exits(AtPrice(D(210)), AtPercent(D(5)), standing))
    found = World().one(shares)
    assert [c.words for c in found.choices] == ["take profit at 210.00", "stop loss at 178.13: 5 % of 187.50"]
    assert {(c.time_in_force, c.gtc_date) for c in found.terms.children} == {(TimeInForce.GTD, DEC)}


@pytest.mark.parametrize(
    ("wanted", "role"), [(exits(AtPrice(D(210))), PROFIT), (exits(None, AtPrice(D(180))), LOSS)]
)
def test_one_exit_follows_the_entry(wanted, role):
    terms = World().one(say(BUY, 100, "AAPL", Limit(D("187.50")), exits=wanted)).terms
    assert terms.group is Group.OTO
    assert [child.role for child in terms.children] == [role]


@pytest.mark.parametrize(
    ("pricing", "wanted", "words"),
    [
        (Limit(D("3.46")), exits(AtPercent(D(100))), "the take profit would be at zero"),
        (Limit(D("3.46")), exits(AtPrice(D(4))), "must be below the entry 3.46"),
        (Limit(D("3.46")), exits(None, AtPrice(D(3))), "must be above the entry 3.46"),
        (Limit(D("3.46")), exits(None, AtMultiple(D("0.5"))), "must be above the entry"),
    ],
)
def test_a_level_on_the_wrong_side_of_the_entry_is_refused(pricing, wanted, words):
    with pytest.raises(CannotResolve) as caught:
        World().one(say(SELL, 1, STRANGLE, pricing, exits=wanted))
    assert caught.value.code == "exit_level"
    assert words in caught.value.message


def test_the_nearest_level_above_zero_is_offered():
    shares = say(BUY, 1, "AAPL", Limit(D("187.50")), exits=exits(None, AtPercent(D(100))))
    for said, offered in (
        (shares, Exits(None, AtPrice(D("0.0001")))),
        (say(SELL, 1, STRANGLE, Limit(D(3)), exits=exits(AtPercent(D(100)))), Exits(AtPrice(D("0.01")))),
    ):
        with pytest.raises(CannotResolve) as caught:
            World().one(said)
        assert caught.value.instead[0].exits == offered
        World().one(caught.value.instead[0])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            say(BUY, 1, "AAPL", Market(), exits=exits(AtPrice(D(170)), AtPrice(D(180)))),
            "must be above the stop",
        ),
        (
            say(SELL, 1, STRANGLE, Market(), exits=exits(AtPrice(D(9)), AtPrice(D(8)))),
            "",
        ),
    ],
)
def test_the_profit_lies_beyond_the_stop(said, words):
    with pytest.raises(CannotResolve) as caught:
        World().one(said)
    assert words in caught.value.message


def test_the_profit_of_what_was_sold_lies_below_its_stop():
    one = spread(Strategy.SINGLE, at(580, PUT))
    with pytest.raises(CannotResolve) as caught:
        World().one(say(SELL, 1, one, Market(), exits=exits(AtPrice(D(9)), AtPrice(D(8)))))
    assert "must be below the stop" in caught.value.message


@pytest.mark.parametrize(
    ("said", "held"),
    [
        (say(BUY, 1, "AAPL", Market(), exits=exits(AtPercent(D(10)))), ()),
        (say(BUY, Notional(D(500)), "AAPL", Market(), exits=exits(AtPrice(D(210)))), ()),
        (say(SELL, 10, "AAPL", Limit(D(190)), exits=exits(AtPrice(D(180)))), (position("AAPL", 10),)),
    ],
)
def test_exits_need_an_entry_that_opens_at_a_price(said, held):
    with pytest.raises(CannotResolve) as caught:
        World(positions=held).one(said)
    assert caught.value.code == "exit_entry"


# -- orders that follow ------------------------------------------------------------------------------------


def test_what_follows_is_resolved_as_if_the_first_had_filled():
    """`buy 100 AAPL @ 187 then sell 100 AAPL @ 210`: an OTO; the second closes what the first opens."""
    then = say(SELL, 100, "AAPL", Limit(D(210)), standing=Standing(TimeInForce.GTC))
    terms = World().one(say(BUY, 100, "AAPL", Limit(D(187)), then=(then,))).terms
    assert terms.group is Group.OTO
    (child,) = terms.children
    assert (child.role, child.price, child.time_in_force) == (ChildRole.THEN, D(210), TimeInForce.GTC)
    assert child.legs[0].action is Action.SELL_TO_CLOSE


def test_what_follows_a_sale_counts_it():
    held = (position(occ(580), 3),)
    one = spread(Strategy.SINGLE, at(580, PUT))
    first = say(SELL, 3, one, Limit(D(4)))
    found = World(positions=held).one(say(SELL, 3, one, Limit(D(4)), then=(say(SELL, 1, one, Limit(D(5))),)))
    assert found.terms.children[0].legs[0].action is Action.SELL_TO_OPEN
    assert World(positions=held).one(first).terms.closes


@pytest.mark.parametrize(
    "said",
    [
        say(
            BUY, 1, "AAPL", Limit(D(1)), exits=exits(AtPrice(D(2))), then=(say(SELL, 1, "AAPL", Limit(D(2))),)
        ),
        say(BUY, 1, "AAPL", Limit(D(1)), then=(say(SELL, 1, "AAPL", Limit(D(2))),) * 4),
        say(BUY, Notional(D(500)), "AAPL", Market(), then=(say(SELL, 1, "AAPL", Limit(D(2))),)),
        say(BUY, 1, "AAPL", Limit(D(1)), then=(say(SELL, Notional(D(5)), "AAPL", Market()),)),
        say(
            BUY, 1, "AAPL", Limit(D(1)), then=(say(SELL, 1, "AAPL", Limit(D(2)), exits=exits(AtPrice(D(1)))),)
        ),
        say(
            BUY,
            1,
            "AAPL",
            Limit(D(1)),
            then=(say(SELL, 1, "AAPL", Limit(D(2)), walk=Walk(D(1), None, D(1))),),
        ),
    ],
)
def test_only_plain_orders_follow(said):
    with pytest.raises(CannotResolve) as caught:
        World().one(said)
    assert caught.value.code == "follow_up"


def test_what_a_follower_offers_stands_in_the_whole_sentence():
    odd = say(SELL, 1, spread(Strategy.SINGLE, at("590.5", PUT)), Limit(D(4)))
    plain = say(SELL, 1, "AAPL", Limit(D(200)))
    said = say(BUY, 1, "AAPL", Limit(D(187)), then=(plain, odd))
    with pytest.raises(CannotResolve) as caught:
        World().one(said)
    assert caught.value.code == "strike_not_listed"
    for offer in caught.value.instead:
        assert offer.then[0] == plain
        assert World().one(offer).terms.group is Group.OTO


# -- exits on what is held ---------------------------------------------------------------------------------


def test_both_exits_on_a_position_are_an_oco():
    """`protect AAPL tp 210 sl 180`."""
    held = World(positions=(position("AAPL", 100, "187.50"),))
    found = held.one(CloseSaid(Part(1, 1), "AAPL", exits=exits(AtPrice(D(210)), AtPrice(D(180)))))
    terms = found.terms
    assert terms.group is Group.OCO
    assert (terms.type, terms.price, terms.time_in_force) == (LIMIT, D(210), TimeInForce.GTC)
    assert [of(child) for child in terms.children] == [(LOSS, STOP, None, D(180))]
    assert terms.closes
    assert found.choices[0].words == "closes 100 of 100 AAPL (long)"


@pytest.mark.parametrize(
    ("wanted", "kind"), [(exits(AtPrice(D(210))), LIMIT), (exits(None, AtPercent(D(10))), STOP)]
)
def test_one_exit_on_a_position_is_a_plain_order(wanted, kind):
    held = World(positions=(position("AAPL", 100, "187.50"),))
    terms = held.one(CloseSaid(Part(1, 2), "AAPL", exits=wanted)).terms
    assert (terms.group, terms.children, terms.type) == (None, (), kind)
    assert terms.legs[0].quantity == 50


def test_levels_on_a_short_strangle_count_from_what_it_brought():
    held = World(positions=(position(occ(580), -2, "6.00"), position(occ(615, CALL), -2, "4.00")))
    terms = held.one(CloseSaid(Part(1, 1), "SPY", exits=exits(AtPercent(D(50)), AtMultiple(D(2))))).terms
    assert terms.price == D("-5.00")
    assert terms.children[0].stop_trigger == D(20)
    assert {leg.action for leg in terms.legs} == {Action.BUY_TO_CLOSE}


def test_exits_on_what_is_held_lie_around_the_market_not_around_what_was_paid():
    """Shares bought at 1.00 that stand at 187.47 may be protected at 180."""
    held = World(positions=(position("AAPL", 100, "1.00"),))
    both = CloseSaid(Part(1, 1), "AAPL", exits=exits(AtPrice(D(210)), AtPrice(D(180))))
    assert held.one(both).terms.group is Group.OCO
    for wanted, words in (
        (exits(AtPrice(D(187))), "the take profit 187.00 must be above the market 187.47"),
        (exits(None, AtPrice(D(188))), "the stop loss 188.00 must be below the market 187.47"),
    ):
        with pytest.raises(CannotResolve) as caught:
            held.one(CloseSaid(Part(1, 1), "AAPL", exits=wanted))
        assert caught.value.message == words
    blind = World(positions=(position("AAPL", 100, "1.00"),), silent={"AAPL"})
    assert blind.one(CloseSaid(Part(1, 1), "AAPL", exits=exits(AtPrice(D(187))))).terms.price == 187


def test_a_level_at_zero_on_a_position_offers_the_smallest_step():
    held = World(positions=(position(occ(580), -2, "2.00"),))
    with pytest.raises(CannotResolve) as caught:
        held.one(CloseSaid(Part(1, 1), "SPY", exits=exits(AtPercent(D(100)))))
    assert caught.value.instead[0].exits == exits(AtPrice(D("0.01")))


def test_exits_of_several_orders_are_refused():
    held = World(positions=(position("SPY", 100), position(occ(580), -2)))
    with pytest.raises(CannotResolve) as caught:
        held.one(CloseSaid(Part(1, 1), "SPY", exits=exits(AtPrice(Decimal(700)))))
    assert caught.value.code == "several_orders"
    assert len(held.resolve(caught.value.instead[0])) == 2
    assert Pegged(Reference.MID)
