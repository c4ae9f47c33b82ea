"""What a walk does next: only within its limits, never twice, and nothing when in doubt (I7)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.errors import AlreadyHandled
from senexbot.domain.news import Buzz
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.intents import IntentState, OrderFacts, Replace, ReplaceState, WalkState
from senexbot.domain.orders.lifecycle import Trigger, move
from senexbot.domain.orders.moving import claim_replace
from senexbot.domain.orders.story import buzz_for, story_line
from senexbot.domain.orders.terms import OrderType, PriceView, WalkTerms
from senexbot.domain.orders.walking import (
    STOPPED,
    Decision,
    Todo,
    adopted,
    begun,
    decide,
    halted,
    is_possible,
    resumed,
    stepped,
    walk_offer,
)
from senexbot.domain.orders.words import terms_text, walk_words
from tests.domain.builders import NOW, D, after, bracket, intent, strangle, terms

S, R, W = IntentState, ReplaceState, WalkState
DOWN = WalkTerms(D("0.02"), 20, D("3.41"))  # of a credit
LIVE = OrderFacts(7, BrokerStatus.LIVE, D(2))


def walking(price="3.46", **changes):
    values = {"terms": strangle(price=price), "facts": LIVE, "walk": begun(DOWN, NOW), **changes}
    return intent(S.WORKING, **values)


def replacing(state, **changes):
    values = {
        "number": 1,
        "identifier": "sx1-p-1.r1",
        "state": state,
        "old_id": 7,
        "old_price": D("3.46"),
        "price": D("3.44"),
        "by": "walk",
        "claimed_at": NOW,
        **changes,
    }
    return Replace(**values)


def next_of(what, *, in_session=True, at=20):
    return decide(what, what.walk, in_session=in_session, now=after(at))


@pytest.mark.parametrize(
    ("price", "walk", "possible"),
    [
        ("3.46", DOWN, True),
        ("-187.50", WalkTerms(D("0.01"), 20, D("-187.60")), True),
        ("3.46", replace(DOWN, to=D("3.46")), False),
        ("3.46", replace(DOWN, to=D("3.50")), False),  # better, not dearer
        ("3.46", replace(DOWN, to=D("-0.10")), False),  # a credit never turns into a debit
        ("3.46", replace(DOWN, to=D(0)), False),
        ("3.46", replace(DOWN, step=D(0)), False),
        ("3.46", replace(DOWN, every_seconds=4), False),
        (None, DOWN, False),
    ],
)
def test_a_walk_goes_to_a_dearer_limit_of_the_same_sign(price, walk, possible):
    assert is_possible(walk, None if price is None else D(price)) is possible


def test_it_waits_its_time_and_takes_one_step():
    what = walking()
    assert next_of(what, at=19).todo is Todo.WAIT
    assert next_of(what) == Decision(Todo.STEP, D("3.44"))
    assert next_of(walking("3.42")) == Decision(Todo.STEP, D("3.41"))  # never past its limit
    assert stepped(what.walk, after(20)).next_at == after(40)


@given(st.integers(1, 60), st.integers(1, 9))
def test_it_never_leaves_what_was_confirmed(length, step):
    to = D("3.46") - D(length) / 100
    walk = begun(WalkTerms(D(step) / 100, 20, to), NOW)
    price, seen = D("3.46"), []
    while (todo := decide(walking(str(price)), walk, in_session=True, now=after(20))).todo is Todo.STEP:
        assert to <= todo.price < price
        price = todo.price
        seen.append(price)
    assert todo.todo is Todo.END
    assert seen[-1] == to


@pytest.mark.parametrize(
    ("changes", "todo", "words"),
    [
        ({"facts": replace(LIVE, status=BrokerStatus.CONTINGENT)}, Todo.WAIT, ""),
        ({"facts": None}, Todo.WAIT, ""),
        ({"replacing": replacing(R.CLAIMED)}, Todo.WAIT, ""),
        ({"replacing": replacing(R.UNKNOWN)}, Todo.PAUSE, "not known"),
        ({"terms": strangle(price="3.41")}, Todo.END, "reached its limit"),
        ({"terms": strangle(price=None)}, Todo.END, "reached its limit"),
        ({"state": S.FILLED}, Todo.END, "is filled"),
        ({"state": S.CANCEL_REQUESTED}, Todo.END, "is cancel requested"),
    ],
)
def test_when_it_waits_rests_and_ends(changes, todo, words):
    decision = next_of(replace(walking(), **changes))
    assert decision.todo is todo
    assert words in decision.reason


@pytest.mark.parametrize("state", [R.NOT_SENT, R.REFUSED, R.DROPPED, R.NOT_DONE])
def test_a_step_that_was_not_taken_rests_it(state):
    """Nothing is tried twice; a move of before the walk says nothing."""
    took = replace(begun(DOWN, NOW), steps=1)
    for reason, words in (("no", "no"), ("", "the last step was not taken")):
        what = walking(walk=took, replacing=replacing(state, reason=reason))
        assert next_of(what) == Decision(Todo.PAUSE, reason=words)
    assert next_of(walking(replacing=replacing(state))).todo is Todo.STEP
    assert next_of(walking(walk=took, replacing=replacing(R.DONE))).todo is Todo.STEP


def test_it_ends_with_the_session():
    assert next_of(walking(), in_session=False) == Decision(Todo.END, reason="the session is over")


def test_it_is_paused_resumed_and_ended():
    what = walking(walk=replace(begun(DOWN, NOW), steps=3, epoch=1))
    paused = halted(what, W.PAUSED, "the bot was started again")
    assert (paused.walk.state, paused.version) == (W.PAUSED, what.version + 1)
    assert buzz_for(what, paused) is Buzz.WALK_PAUSED
    assert story_line(what, paused) == "Walk paused: the bot was started again."
    on = resumed(paused, after(60))
    assert (on.walk.state, on.walk.next_at, on.walk.steps, on.walk.epoch) == (W.RUNNING, after(80), 3, None)
    assert story_line(paused, on) == "Walking: 0.02 every 20 s to 3.41 credit."
    assert adopted(on, 5).walk.epoch == 5
    for no in (on, halted(on, W.ENDED, STOPPED), intent(S.WORKING), replace(paused, state=S.FILLED)):
        with pytest.raises(AlreadyHandled):
            resumed(no, NOW)
    with pytest.raises(AlreadyHandled):
        halted(halted(on, W.ENDED, STOPPED), W.PAUSED, "")
    with pytest.raises(AlreadyHandled):
        halted(intent(S.WORKING), W.PAUSED, "")


def test_what_its_owner_did_does_not_buzz():
    what = walking()
    assert buzz_for(what, halted(what, W.ENDED, STOPPED)) is None
    limit = halted(what, W.ENDED, "it reached its limit")
    assert buzz_for(what, limit) is Buzz.WALK_ENDED
    assert story_line(what, limit) == "Walk ended: it reached its limit."
    over = replace(what, state=S.FILLED)
    assert buzz_for(over, halted(over, W.ENDED, "the order is filled")) is None


def test_a_walk_that_was_confirmed_with_its_order_begins_with_the_claim():
    waiting = intent(terms=strangle(walk=DOWN))
    claimed = move(waiting, Trigger.CONFIRM, claimed_at=NOW)
    assert claimed.walk == begun(DOWN, NOW)
    assert move(waiting, Trigger.CONFIRM).walk is None
    assert waiting.terms.dearest_price == D("3.41")
    assert strangle().dearest_price == D("3.46")
    assert replace(terms(price=None), walk=DOWN).dearest_price is None
    assert terms_text(waiting.terms).endswith("@ 3.46 credit gtc walk 0.02 every 20s to 3.41")
    assert walk_words(WalkTerms(D("0.01"), 20, D("-187.60")), legs=1) == "0.01 every 20 s to 187.60"


# --- the claim of a step -------------------------------------------------------------------------


def test_a_step_is_claimed_only_while_the_walk_runs_and_within_it():
    what = walking()
    step = claim_replace(what, replacing(R.CLAIMED), "h2")
    assert (step.walk.steps, step.confirmed_price) == (1, D("3.46"))
    paused = halted(what, W.PAUSED, "")
    for no, price in ((paused, "3.44"), (replace(what, walk=None), "3.44"), (what, "3.40")):
        with pytest.raises(AlreadyHandled) as caught:
            claim_replace(no, replacing(R.CLAIMED, price=D(price)), "h2")
        assert caught.value.code == "no_walk"


def test_a_move_by_hand_ends_the_walk():
    by_hand = claim_replace(walking(), replacing(R.CLAIMED, by="U1"), "h2")
    assert (by_hand.walk.state, by_hand.walk.reason) == (W.ENDED, "you changed the order yourself")
    again = claim_replace(replace(by_hand, replacing=None), replacing(R.CLAIMED, by="U1"), "h3")
    assert again.walk == by_hand.walk


# --- the offer -----------------------------------------------------------------------------------


VIEW = PriceView(D("187.44"), D("187.60"), D("187.50"), NOW, delayed=False, session_open=True, tick=D("0.01"))


def offered(**changes):
    return walk_offer(intent(S.WORKING, **{"price_view": VIEW, **changes}))


def test_a_card_offers_a_walk_to_the_other_side_of_the_market():
    assert offered() == WalkTerms(D("0.01"), 20, D("-187.60"))
    sell = replace(terms(price="-187.50"), price=D("187.50"))
    assert offered(terms=sell) == WalkTerms(D("0.01"), 20, D("187.44"))
    ended = halted(walking(), W.ENDED, STOPPED).walk
    assert offered(walk=ended) is not None


@pytest.mark.parametrize(
    ("price", "natural", "to"),
    [
        ("3.46", "3.40", "3.40"),  # a credit walks down
        ("-3.40", "-3.52", "-3.52"),  # a debit walks up
        ("3.46", "3.403", "3.41"),  # never past what the market gives
        ("-3.40", "-3.517", "-3.51"),
        ("3.46", "3.46", None),  # it is there already
        ("3.46", "3.50", None),
        ("0.05", "-0.02", None),  # a credit never turns into a debit
        ("-3.40", "0.02", None),
        ("3.46", None, None),
    ],
)
def test_a_spread_is_offered_a_walk_to_what_taking_every_leg_comes_to(price, natural, to):
    """The shown bid and ask have no sign: the offer goes by the signed net."""
    view = replace(VIEW, bid=D("0.02"), ask=D("9"), natural=None if natural is None else D(natural))
    made = offered(terms=strangle(price=price), price_view=view)
    assert made == (None if to is None else WalkTerms(D("0.01"), 20, D(to)))


@pytest.mark.parametrize(
    "changes",
    [
        {"price_view": None},
        {"price_view": replace(VIEW, ask=None)},
        {"price_view": replace(VIEW, ask=D("187.50"))},
        {"terms": strangle()},
        {"terms": terms(price=None)},
        {"terms": bracket()},
        {"terms": replace(terms(), type=OrderType.STOP_LIMIT, stop_trigger=D(187))},
        {"walk": begun(DOWN, NOW)},
        {"replacing": replacing(R.CLAIMED)},
    ],
)
def test_no_walk_is_offered_where_there_is_none(changes):
    assert offered(**changes) is None
