"""Terms as words again, and the words that a denial leaves open."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from senexbot.domain.errors import Denied, Reason
from senexbot.domain.language import parse, said_text, said_words
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
    OnDate,
    Part,
    Pegged,
    Reference,
    ReplaceSaid,
    RollSaid,
    SameStrike,
    Standing,
    Stop,
    StopLimit,
    Strategy,
    Walk,
)
from senexbot.domain.orders.terms import Side, TimeInForce
from senexbot.domain.resolving import CannotResolve
from senexbot.domain.resolving.back import said_of
from senexbot.domain.resolving.mending import instead_of, label_of
from tests.domain.builders import TODAY, D

from .test_laws import SENTENCES, held, resolved
from .test_strategies import CASES, COLLAR, COVERED, at, spread
from .world import CALL, DEC, JAN8, PUT, World, occ, position, say

BUY, SELL = Side.BUY, Side.SELL
MID = Pegged(Reference.MID)
STRANGLE = spread(Strategy.STRANGLE, at(562, PUT), at(630, CALL))
GTD = Standing(TimeInForce.GTD, DEC)
LEGS = spread(Strategy.LEGS)
SHARES = (position("SPY", 300), position("AAPL", 100))


def same_again(world, terms):
    """Written, read and resolved again it is the same order; its text names nothing that moves."""
    said = said_of(terms)
    text = said_text(said)
    if len(said_words(said)) <= 90:  # what is longer is refused when it is typed: four legs on two days
        assert parse(text, TODAY) == said
    again = world.one(said).terms
    assert replace(again, strategy=terms.strategy) == terms
    return text


# as the language orders legs: one case lists its wings first on purpose
AS_READ = [case for case in CASES if case[1].legs[0] != at(575, PUT)]


@pytest.mark.parametrize(("side", "what", "legs", "sign"), AS_READ)
def test_every_strategy_is_stored_as_what_it_came_to(side, what, legs, sign):
    world = World()
    text = same_again(world, world.one(say(side, 2, what, MID)).terms)
    assert "mid" not in text
    assert "Δ" not in text


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (say(BUY, 100, "AAPL", Limit(D("187.50")), standing=GTD), "buy 100 AAPL @ 187.50 until 18DEC26"),
        (say(SELL, Part(1, 2), "AAPL", Market()), "sell 50 AAPL mkt"),
        (say(BUY, 100, "AAPL", Stop(D(190))), "buy 100 AAPL stop 190.00"),
        (
            say(BUY, 1, STRANGLE, StopLimit(D(5), D("5.10"), Effect.DEBIT)),
            "buy 1 SPY 18DEC26 562/630 strangle stop 5.00 limit 5.10 debit",
        ),
        (say(BUY, Notional(D(500)), "AAPL", Market()), "buy $500 AAPL"),
        (say(SELL, 2, COVERED, Limit(D(2))), "sell 2 SPY 18DEC26 610 covered call @ 2.00"),
        (say(BUY, 2, COLLAR, Limit(D(2), Effect.DEBIT)), "buy 2 SPY 18DEC26 580/615 collar @ 2.00 debit"),
        (
            say(SELL, 2, STRANGLE, Limit(D("3.46"), Effect.CREDIT), exits=Exits(AtPercent(D(50)), AtMultiple(D(2)))),
            "sell 2 SPY 18DEC26 562/630 strangle @ 3.46 credit tp 1.73 sl 6.92 exits gtc",
        ),
        (
            say(BUY, 10, "AAPL", Limit(D(187)), exits=Exits(AtPrice(D(210)), None, Standing(TimeInForce.DAY))),
            "buy 10 AAPL @ 187.00 tp 210.00 exits day",
        ),
        (
            say(BUY, 10, "AAPL", Limit(D(187)), exits=Exits(None, AtPrice(D(180)))),
            "buy 10 AAPL @ 187.00 sl 180.00 exits gtc",
        ),
        (
            say(BUY, 10, "AAPL", Limit(D(187)), walk=Walk(D("0.01"), timedelta(seconds=20), D(188))),
            "buy 10 AAPL @ 187.00 walk 0.01 every 20s to 188.00",
        ),
        (
            say(BUY, 10, "AAPL", Limit(D(187)), then=(say(SELL, 10, "AAPL", Limit(D(210))),)),
            "buy 10 AAPL @ 187.00 then sell 10 AAPL @ 210.00",
        ),
    ],
)  # fmt: skip
def test_what_is_stored(said, text):
    world = World(positions=SHARES)
    assert same_again(world, world.one(said).terms) == text


def test_closes_and_rolls_are_stored_as_their_legs():
    lines = (position(occ(580), -2), position(occ(615, CALL), -2))
    world = World(positions=lines)
    closed = world.one(CloseSaid(Part(1, 1), "SPY")).terms
    assert same_again(world, closed).startswith("buy 2 SPY 18DEC26 615c and buy 2 580p @ ")
    rolled = world.one(RollSaid("SPY", OnDate(JAN8), SameStrike(), right=PUT)).terms
    assert same_again(world, rolled).startswith("buy 2 SPY 18DEC26 580p and sell 2 8JAN27 580p @ ")


def test_an_oco_on_one_position_is_stored_with_its_number():
    oco = Exits(AtPrice(D(210)), AtPrice(D(180)))
    world = World(positions=SHARES)
    half = world.one(CloseSaid(Part(1, 2), "AAPL", exits=oco)).terms
    assert same_again(world, half) == "protect 50 AAPL tp 210.00 sl 180.00 exits gtc"
    puts = World(positions=(position(occ(580), -2),))
    bought_back = CloseSaid(
        Part(1, 1), "SPY", exits=Exits(AtPrice(D("0.50")), AtPrice(D(9)), Standing(TimeInForce.DAY))
    )
    text = same_again(puts, puts.one(bought_back).terms)
    assert text == "protect 2 SPY261218P00580000 tp 0.50 sl 9.00 exits day"


def test_an_oco_on_several_legs_is_stored_with_each_of_them():
    exits = Exits(AtPrice(D("0.50")), AtPrice(D(30)))
    strangle = (position(occ(580), -2), position(occ(615, CALL), -2))
    world = World(positions=(*strangle, position("AAPL", 100)))
    text = same_again(world, world.one(CloseSaid(Part(1, 1), "SPY", exits=exits)).terms)
    assert text == "protect 2 SPY261218C00615000 and 580p tp 0.50 sl 30.00 exits gtc"
    half = world.one(CloseSaid(Part(1, 2), "SPY", exits=exits)).terms
    assert same_again(world, half) == "protect 1 SPY261218C00615000 and 580p tp 0.50 sl 30.00 exits gtc"
    condor = World(positions=(*strangle, position(occ(575), 2), position(occ(620, CALL), 2)))
    bought = Exits(AtPrice(D(4)), AtPrice(D("0.50")))
    text = same_again(condor, condor.one(CloseSaid(Part(1, 1), "SPY", exits=bought)).terms)
    assert text == "protect 2 SPY261218C00615000 and 620c and 575p and 580p tp 4.00 sl 0.50 exits gtc"
    dates = World(positions=(position(occ(580), -2), position(occ(580, PUT, JAN8), -2)))
    text = same_again(dates, dates.one(CloseSaid(Part(1, 1), "SPY", exits=exits)).terms)
    assert text == "protect 2 SPY261218P00580000 and 8JAN27 580p tp 0.50 sl 30.00 exits gtc"
    gone = World(positions=strangle[1:])
    with pytest.raises(CannotResolve, match="you hold no SPY 18 Dec 26 580 put") as no:
        gone.one(said_of(half))
    assert no.value.code == "position_missing"


def test_an_oco_that_no_sentence_makes_has_none():
    world = World(positions=(position(occ(580), -2), position(occ(615, CALL), -2)))
    oco = world.one(CloseSaid(Part(1, 1), "SPY", exits=Exits(AtPrice(D("0.50")), AtPrice(D(30))))).terms
    put, call = oco.legs
    assert said_of(replace(oco, legs=(put, replace(call, quantity=D(1))))) is None
    assert said_of(replace(oco, legs=(put, replace(call, symbol="SPY")))) is None


@settings(max_examples=60, deadline=None)
@given(held(), SENTENCES.filter(lambda said: getattr(said, "what", LEGS).strategy is Strategy.LEGS))
def test_whatever_was_resolved_is_stored_as_the_same_order(lines, said):
    """The second law's other half: the words of the stored order parse back to the same order."""
    world = World(positions=lines)
    for found in resolved(world, said):
        same_again(world, found.terms)


# -- what would do instead ---------------------------------------------------------------------------------


def denied(code, *prices):
    return Denied(Reason(code, "no", tuple(D(p) for p in prices)))


LASTING = Standing(TimeInForce.GTC)


@pytest.mark.parametrize(
    ("said", "no", "offers"),
    [
        (say(BUY, 1, "AAPL", Limit(D("1.005"))), denied("off_tick", "1", "1.01"), ["buy 1 AAPL @ 1.00", "buy 1 AAPL @ 1.01"]),
        (say(BUY, 1, "AAPL", StopLimit(D(1), D("1.005"))), denied("off_tick", "1.01"), ["buy 1 AAPL stop 1.00 limit 1.01"]),
        (say(BUY, 1, "AAPL", Stop(D("1.005"))), denied("trigger_off_tick", "1.01"), ["buy 1 AAPL stop 1.01"]),
        (say(BUY, 1, "AAPL", MID), denied("off_tick", "1.01"), []),
        (say(BUY, 1, "AAPL", MID), denied("trigger_off_tick", "1.01"), []),
        (say(BUY, 1, "AAPL", Stop(D(1)), standing=LASTING), denied("stop_gtc"), ["buy 1 AAPL stop 1.00"]),
        (say(BUY, 1, "AAPL", Market(), standing=LASTING), denied("market_gtc"), ["buy 1 AAPL mkt"]),
        (say(BUY, 1, "AAPL", Limit(D(1)), standing=GTD), denied("gtd_date"), ["buy 1 AAPL @ 1.00"]),
        (say(BUY, 1, "AAPL", Market(), standing=Standing(TimeInForce.EXT)), denied("extended_shares"), ["buy 1 AAPL mkt"]),
        (
            say(BUY, 1, "AAPL", Limit(D(1)), standing=Standing(TimeInForce.GTC_EXT)),
            denied("extended_shares"),
            ["buy 1 AAPL @ 1.00 gtc", "buy 1 AAPL @ 1.00"],
        ),
        (say(BUY, 1, "AAPL", Market()), denied("market_closed"), ["buy 1 AAPL @ mid"]),
        (say(BUY, 1, "AAPL", MID), denied("market_closed"), []),
        (say(BUY, 1, "AAPL", MID), denied("halted"), []),
        (say(BUY, 100, "AAPL", MID), Denied(Reason("limit_notional", "a", quantity=D(53))), ["buy 53 AAPL @ mid"]),
        (say(BUY, 1, "AAPL", MID), Denied(Reason("off_tick", "a"), Reason("halted", "b")), []),
        (say(BUY, 1, "AAPL", MID), CannotResolve("x", "y", instead=(say(BUY, 2, "AAPL", MID),) * 4), ["buy 2 AAPL @ mid"] * 3),
    ],
)  # fmt: skip
def test_the_nearest_words_that_a_denial_leaves_open(said, no, offers):
    assert [said_text(offer) for offer in instead_of(said, no)] == offers


@pytest.mark.parametrize(
    ("said", "offer", "label"),
    [
        (say(BUY, 1, "AAPL", Limit(D("1.005"))), say(BUY, 1, "AAPL", Limit(D("1.01"))), "1.01"),
        (say(BUY, 1, "AAPL", Market()), say(BUY, 1, "AAPL", MID), "mid"),
        (
            say(SELL, 1, STRANGLE, Limit(D(1), Effect.DEBIT)),
            say(SELL, 1, STRANGLE, Limit(D(1), Effect.CREDIT)),
            "1.00 credit",
        ),
        (say(BUY, 3, "AAPL", MID), say(BUY, 2, "AAPL", MID), "2"),
        (say(BUY, 1, "AAPL", MID, standing=LASTING), say(BUY, 1, "AAPL", MID), "today only"),
        (say(BUY, 1, "AAPL", MID, standing=GTD), say(BUY, 1, "AAPL", MID, standing=LASTING), "gtc"),
        (say(BUY, 1, "AAP", MID), say(BUY, 1, "AAPL", MID), "buy 1 AAPL @ mid"),
        (CloseSaid(Part(1, 1), "SPY", pricing=MID), CloseSaid(Part(1, 1), "SPY"), "close SPY"),
        (CloseSaid(Part(1, 2), "SPY"), CloseSaid(Part(1, 1), "SPY"), "all"),
        (CloseSaid(Part(1, 1), "SPY"), say(BUY, 1, "SPY", MID), "buy 1 SPY @ mid"),
        (say(BUY, 1, "SPY", MID), ReplaceSaid(7, MID), "replace 7 @ mid"),
    ],
)
def test_a_button_says_what_differs(said, offer, label):
    assert label_of(said, offer) == label
