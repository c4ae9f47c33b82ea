"""Orders with several legs, and by value: units, sides, fills leg by leg (I17, F42, F51)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.errors import InvariantBroken
from senexbot.domain.news import Buzz
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.facts import facts_for, learn, state_for
from senexbot.domain.orders.intents import IntentState, LegShare, NewsSource
from senexbot.domain.orders.lifecycle import Trigger, absorb, buzz_for, move, story_line
from senexbot.domain.orders.settle import near_match, wait_until
from senexbot.domain.orders.terms import Action, OrderType, Side
from tests.domain.builders import (
    CALL,
    NOW,
    PUT,
    D,
    fill,
    intent,
    leg,
    leg_fill,
    of_legs,
    order,
    strangle,
    terms,
)

B, S = BrokerStatus, IntentState
STREAM = NewsSource.STREAM
RATIO = strangle(legs=(leg(PUT, Action.BUY_TO_OPEN, 2), leg(CALL, Action.SELL_TO_OPEN, 4)), price="-0.40")


def told(start, *reports):
    current = start
    for report in reports:
        current = absorb(current, report, STREAM, NOW) or current
    return current


def test_units_are_what_the_legs_have_in_common():
    assert strangle(6).units == 6
    assert RATIO.units == 2
    assert terms(quantity=7).units == 7
    assert facts_for(7, RATIO.legs).shares == (
        LegShare(PUT.occ, D(1), Side.BUY),
        LegShare(CALL.occ, D(2), Side.SELL),
    )


@pytest.mark.parametrize(
    ("what", "side"),
    [
        (strangle(), Side.SELL),
        (RATIO, Side.BUY),
        (replace(RATIO, price=D("0.10")), Side.SELL),
        (replace(RATIO, price=None), Side.BUY),
        (terms(Action.SELL_TO_CLOSE, price="190"), Side.SELL),
    ],
)
def test_a_spread_is_sold_for_a_credit_and_bought_for_a_debit(what, side):
    assert what.side is side


def test_an_order_is_filled_when_every_leg_is():
    """Pitfall 43: marked Filled with the first leg, the fills of the others come later."""
    current = intent(S.CLAIMED, terms=strangle())
    put = leg_fill("a", PUT, 2, "1.80")
    current = told(current, of_legs(B.FILLED, 5, put))
    assert current.state is S.WORKING
    assert current.facts.filled == 0
    assert not current.facts.is_even
    done = told(current, of_legs(B.FILLED, 5, put, leg_fill("b", CALL, 2, "1.66")))
    assert done.state is S.FILLED
    assert (done.facts.filled, done.facts.average_price) == (2, D("3.46"))
    assert buzz_for(current, done) is Buzz.FILLED


def test_a_debit_has_a_negative_average():
    facts = learn(
        facts_for(7, RATIO.legs),
        of_legs(B.LIVE, 1, leg_fill("a", PUT, 1, "3.00"), leg_fill("b", CALL, 2, "1.30"), of=RATIO),
        STREAM,
    )
    assert (facts.filled, facts.average_price) == (1, D("-0.40"))


def test_fills_never_exceed_the_leg_they_belong_to():
    """I17: leg by leg, in the leg's own ratio."""
    facts = learn(
        facts_for(7, RATIO.legs),
        of_legs(B.LIVE, 1, leg_fill("a", PUT, 2), leg_fill("b", PUT, 1), leg_fill("c", CALL, 4), of=RATIO),
        STREAM,
    )
    assert [f.id for f in facts.fills] == ["a", "c"]
    assert facts.filled == facts.quantity == 2


@given(st.data())
def test_any_order_of_the_legs_fills_ends_in_the_same_facts(data):
    """I16, F51: legs that fill in turns, reports shuffled and repeated."""
    pieces = data.draw(st.lists(st.sampled_from([PUT, CALL]), max_size=8))
    fills, reports = (), [of_legs(B.LIVE, 1)]
    for number, contract in enumerate(pieces):
        if sum(f.symbol == contract.occ for f in fills) < 4:
            fills += (leg_fill(f"f{number}", contract, 1),)
        reports.append(of_legs(B.LIVE, number + 2, *fills, of=strangle(4)))
    shuffled = data.draw(st.permutations(reports + reports[:2]))
    facts = facts_for(7, strangle(4).legs)
    for report in shuffled:
        grown = learn(facts, report, STREAM)
        assert set(facts.fills) <= set(grown.fills)
        facts = grown
    assert set(facts.fills) == set(fills)
    each = [facts.filled_of(one.occ) for one in (PUT, CALL)]
    assert facts.filled == min(each)
    assert facts.is_even == (each[0] == each[1])
    assert state_for(facts) is (S.FILLED if each == [4, 4] else S.WORKING)


def test_a_cancel_after_a_part_keeps_what_was_filled():
    """F42: also when a leg stands alone."""
    live = told(intent(S.CLAIMED, terms=strangle()), of_legs(B.LIVE, 2))
    uneven = of_legs(B.CANCELLED, 4, leg_fill("a", PUT, 1))
    ended = told(live, uneven)
    assert ended.state is S.CANCELLED
    assert buzz_for(live, ended) is Buzz.PART_FILLED_END
    one = told(ended, of_legs(B.CANCELLED, 4, leg_fill("a", PUT, 1), leg_fill("b", CALL, 1)))
    assert (one.facts.filled, one.facts.is_even) == (1, True)


def test_a_report_with_other_legs_is_a_bug():
    start = facts_for(7, strangle().legs)
    with pytest.raises(InvariantBroken, match="other legs"):
        learn(
            start, of_legs(B.LIVE, 2, of=strangle(legs=(leg(PUT), leg(replace(CALL, strike=D(650)))))), STREAM
        )


def test_the_story_counts_units():
    claimed = intent(S.CLAIMED, terms=strangle())
    first = told(claimed, of_legs(B.LIVE, 2))
    put, call = leg_fill("a", PUT, 1, "1.80"), leg_fill("b", CALL, 1, "1.66")
    one_leg = told(first, of_legs(B.LIVE, 3, put))
    assert story_line(first, one_leg) == ""
    one = told(one_leg, of_legs(B.LIVE, 3, put, call))
    assert story_line(one_leg, one) == "Filled 1 at 3.46 credit, 1 left."
    more = (put, call, leg_fill("c", PUT, 1, "1.80"), leg_fill("d", CALL, 1, "1.64"))
    two = told(one, of_legs(B.FILLED, 4, *more))
    assert story_line(one, two) == "Filled 1 at 3.44 credit, all 2."
    ahead = told(one_leg, of_legs(B.LIVE, 3, put, call, leg_fill("c", PUT, 1)))
    assert story_line(one_leg, ahead) == "Filled 1, 1 left."


# --- by value ------------------------------------------------------------------------------------


def by_value():
    one = terms(quantity=0, price=None)
    return replace(one, type=OrderType.NOTIONAL_MARKET, value=D(-500))


def test_an_order_by_value_is_filled_when_the_broker_says_so():
    """Its quantity is the broker's to tell; until then fills that add up prove nothing."""
    current = told(intent(S.CLAIMED, terms=by_value()), order(B.ROUTED, 1, quantity=0))
    assert (current.state, current.facts.quantity) == (S.WORKING, 0)
    part = told(current, order(B.LIVE, 2, fill("a", "1.5"), quantity="1.5"))
    assert (part.state, part.facts.filled) == (S.WORKING, D("1.5"))
    done = told(part, order(B.FILLED, 3, fill("a", "1.5"), fill("b", "1.17"), quantity="2.67"))
    assert (done.state, done.facts.filled) == (S.FILLED, D("2.67"))


# --- in doubt ------------------------------------------------------------------------------------


def test_a_near_match_compares_every_leg_and_every_price():
    doubted = intent(S.UNKNOWN, terms=strangle())
    alike = of_legs(B.LIVE, 2, identifier="")
    assert near_match(doubted, alike)
    assert not near_match(doubted, replace(alike, legs=alike.legs[:1]))
    assert not near_match(doubted, replace(alike, price=D("-3.46")))
    assert not near_match(doubted, replace(alike, stop_trigger=D(3)))
    value = intent(S.UNKNOWN, terms=by_value())
    assert near_match(
        value, order(B.LIVE, 2, identifier="", type="Notional Market", price=None, quantity="2.67")
    )


def test_a_like_spread_waits_and_the_other_side_does_not():
    """I13: the side is that of the net."""
    doubted = intent(S.UNKNOWN, terms=strangle(), unknown_since=NOW)
    assert wait_until(doubted, replace(RATIO, price=D("0.10"))) is not None
    assert wait_until(doubted, RATIO) is None


def test_the_broker_counts_units_likewise():
    report = of_legs(B.LIVE, 2, leg_fill("a", PUT, 1), leg_fill("b", CALL, 3), of=RATIO)
    assert (report.quantity, report.filled) == (2, 1)
    assert replace(report, legs=()).filled == 0
    nothing = tuple(replace(one, quantity=D(0)) for one in report.legs)
    assert (replace(report, legs=nothing).quantity, replace(report, legs=nothing).filled) == (0, 0)


def test_a_claim_stores_no_children_where_there_are_none():
    assert move(intent(terms=strangle()), Trigger.CONFIRM).children == ()
