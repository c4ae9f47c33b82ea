"""The children of a complex order: each known by its own identifier, followed on its own (I5, I14, F41)."""

from dataclasses import replace

import pytest

from senexbot.domain.errors import AlreadyHandled, InvariantBroken
from senexbot.domain.news import Buzz
from senexbot.domain.orders.broker_orders import Accepted, BrokerStatus, NotProven, NotSent, RefusedByBroker
from senexbot.domain.orders.identifiers import (
    base_identifier,
    child_identifier,
    order_identifier,
    replacement_identifier,
)
from senexbot.domain.orders.intents import IntentState, NewsSource, Replace, ReplaceState
from senexbot.domain.orders.lifecycle import (
    TRANSITIONS,
    Trigger,
    absorb,
    answered,
    buzz_for,
    move,
    story_line,
)
from senexbot.domain.orders.moving import claim_replace, replaced, settle_replace
from senexbot.domain.orders.terms import Besides, TimeInForce
from tests.domain.builders import NOW, D, bracket, fill, intent, order

B, S, T, R = BrokerStatus, IntentState, Trigger, ReplaceState
STREAM, SWEEP = NewsSource.STREAM, NewsSource.SWEEP
CLAIMED = move(intent(terms=bracket()), T.CONFIRM, claimed_at=NOW)


def child(number, status=B.CONTINGENT, updated=1, *fills, **changes):
    values = {"id": 70 + number, "identifier": f"sx1-p-1.{number}", "complex_id": 56, **changes}
    return order(status, updated, *fills, **values)


def told(start, *reports, source=STREAM):
    current = start
    for report in reports:
        current = absorb(current, report, source, NOW) or current
    return current


FILLED = told(CLAIMED, order(B.FILLED, 5, fill("a", 100), complex_id=56), child(1), child(2))


def test_children_have_identifiers_of_their_own_that_lead_back():
    """I5: stored with the claim."""
    assert [c.identifier for c in CLAIMED.children] == ["sx1-p-1.1", "sx1-p-1.2"]
    assert base_identifier(child_identifier("sx1-p-1", 2)) == "sx1-p-1"
    assert base_identifier(replacement_identifier("sx1-p-1", 12)) == "sx1-p-1"
    for other in ("sx1-p-1", "sx1-p-1.0", "sx1-p-1.x", "sx1-p-1.r0", "sx1-p-1.12", ""):
        assert base_identifier(other) == other


@pytest.mark.parametrize(
    "state", [s for s in S if (s, T.FIND_LATE) in TRANSITIONS or s in {S.CLAIMED, S.UNKNOWN, S.NEEDS_PERSON}]
)
def test_a_child_at_the_broker_proves_the_whole(state):
    """I14, F41: whatever we believed, no orphan stop stays without a card."""
    found = absorb(intent(state, terms=bracket()), child(2), SWEEP, NOW)
    assert found.state is S.WORKING
    assert found.complex_id == 56
    assert found.children[1].facts.order_id == 72
    assert found.facts is None
    late = told(found, order(B.LIVE, 3))
    assert (late.state, late.facts.order_id) == (S.WORKING, 7)


def test_the_answer_names_all_parts_in_one_change():
    outcome = Accepted(7, order(B.CONTINGENT, 1), 56, (child(1), child(2, identifier="")))
    after = answered(CLAIMED, outcome, NOW)
    assert (after.state, after.version, after.complex_id) == (S.WORKING, CLAIMED.version + 1, 56)
    assert [c.facts.order_id for c in after.children] == [71, 72]
    assert answered(after, outcome, NOW) is None


def test_an_answer_that_cannot_be_read_still_names_the_order():
    """F30: also when a child's news came first."""
    assert answered(CLAIMED, Accepted(7, None, 56), NOW).complex_id == 56
    early = told(CLAIMED, child(1))
    after = answered(early, Accepted(7, None, 56), NOW)
    assert (after.state, after.facts.order_id) == (S.WORKING, 7)


@pytest.mark.parametrize("outcome", [NotSent("?"), NotProven("timed out")])
def test_a_childs_news_stands_whatever_the_answer(outcome):
    """F52."""
    assert answered(told(CLAIMED, child(1)), outcome, NOW) is None


def test_children_are_followed_while_the_order_is_over():
    working = told(FILLED, child(1, B.LIVE, 2), child(2, B.LIVE, 2))
    assert (working.state, working.version) == (S.FILLED, FILLED.version + 2)
    assert working.has_open_children
    taken = told(working, child(1, B.FILLED, 3, fill("x", 100, "210.05")), child(2, B.CANCELLED, 3))
    assert not taken.has_open_children
    assert taken.state is S.FILLED


def test_repeats_and_old_news_of_children_change_nothing():
    """I16, F51."""
    taken = told(FILLED, child(1, B.FILLED, 3, fill("x", 100)))
    for report in (child(1, B.LIVE, 2), child(1, B.FILLED, 3, fill("x", 100)), child(1)):
        assert absorb(taken, report, STREAM, NOW) is None


def test_a_child_without_identifier_is_known_by_its_number():
    assert told(FILLED, child(1, B.LIVE, 2, identifier="")).children[0].facts.status is B.LIVE


def test_a_child_that_was_edited_elsewhere_is_followed():
    """F43: the new order hangs on ours and carries its tag; late news of the old one changes nothing."""
    live = told(FILLED, child(1, B.LIVE, 2, fill("x", 40, "210")))
    moved = told(live, child(1, B.CONTINGENT, 1, id=99, replaces=71))
    assert moved.children[0].facts.order_id == 99
    assert moved.children[0].facts.filled == 40
    assert moved.children[0].is_open
    assert absorb(moved, child(1, B.CANCELLED, 9, fill("x", 40, "210")), STREAM, NOW) is None


def test_what_happens_to_exits_is_told():
    live = told(FILLED, child(1, B.LIVE, 2))
    assert story_line(FILLED, live) == "Take profit is live at the exchange."
    part = told(live, child(1, B.LIVE, 3, fill("x", 40, "210.05")))
    assert story_line(live, part) == "Take profit: filled 40 at 210.05, 60 left."
    assert buzz_for(live, part) is None
    full = told(part, child(1, B.FILLED, 4, fill("x", 40, "210.05"), fill("y", 60, "210.05")))
    assert buzz_for(part, full) is Buzz.EXIT_FILLED
    gone = told(full, child(2, B.CANCELLED, 4))
    assert story_line(full, gone) == "Stop loss cancelled."
    assert buzz_for(full, gone) is None
    cut = told(part, child(1, B.EXPIRED, 4))
    assert buzz_for(part, cut) is Buzz.EXIT_PART_FILLED_END
    swept = told(live, child(1, B.EXPIRED, 4), source=SWEEP)
    assert story_line(live, swept).endswith("(Seen by a check of the broker's list, not by its stream.)")


def test_a_rejected_stop_is_told_with_its_reason():
    bad = told(FILLED, child(2, B.REJECTED, 3, reject_reason="Not in the increment"))
    assert buzz_for(FILLED, bad) is Buzz.EXIT_REJECTED
    assert story_line(FILLED, bad) == "Stop loss rejected: Not in the increment"
    first = told(CLAIMED, child(2, B.REJECTED, 3))
    assert buzz_for(CLAIMED, first) is Buzz.EXIT_REJECTED


def test_news_of_the_order_itself_leaves_children_alone():
    before = told(FILLED, child(1, B.LIVE, 2))
    after = replace(before, version=before.version + 1)
    assert story_line(before, after) == ""
    assert buzz_for(before, after) is None
    assert buzz_for(CLAIMED, told(CLAIMED, child(1))) is None


def test_the_sum_of_a_childs_fills_never_exceeds_it():
    """I17."""
    over = told(FILLED, child(1, B.LIVE, 2, fill("x", 90), fill("y", 20)))
    assert over.children[0].facts.filled == D(90)


# --- an exit is replaced --------------------------------------------------------------------------

OPEN = told(FILLED, child(1, B.LIVE, 2), child(2, B.LIVE, 2))


def exit_move(number=1, part=1, **changes):
    values = {
        "number": number,
        "identifier": f"sx1-p-1.{part}.r{number}",
        "state": R.CLAIMED,
        "old_id": 70 + part,
        "old_price": D(210) if part == 1 else None,
        "price": D(211) if part == 1 else None,
        "by": "U1",
        "claimed_at": NOW,
        "part": part,
        **changes,
    }
    return Replace(**values)


STOP_MOVE = exit_move(
    part=2, old_besides=Besides(D(180), TimeInForce.GTC), besides=Besides(D(182), TimeInForce.GTC)
)
MOVING = claim_replace(OPEN, exit_move(), "h2")


def made(status=B.CONTINGENT, updated=1, *fills, part=1, **changes):
    """The order that the replacement made."""
    values = {"id": 81, "identifier": f"sx1-p-1.{part}.r1", "replaces": 70 + part, "price": D(211), **changes}
    return order(status, updated, *fills, **values)


def test_the_names_of_what_hangs_on_a_child_lead_back_to_it():
    name = replacement_identifier(child_identifier("sx1-p-1", 2), 3)
    assert name == "sx1-p-1.2.r3"
    assert order_identifier(name) == "sx1-p-1.2"
    assert base_identifier(name) == "sx1-p-1"
    assert order_identifier("sx1-p-1.2") == "sx1-p-1.2"


def test_an_exit_is_moved_and_the_order_itself_stays_as_it_is():
    """F40: the card's own order has filled long since."""
    assert MOVING.has_open_replace
    assert (MOVING.version, MOVING.terms_version, MOVING.handle) == (OPEN.version + 1, 2, "h2")
    assert (MOVING.facts, MOVING.replacing, MOVING.state) == (OPEN.facts, None, S.FILLED)
    done = replaced(MOVING, 1, Accepted(81, made()), NOW)
    exit_now = done.children[0]
    assert (exit_now.facts.order_id, exit_now.replacing.state, exit_now.chain) == (81, R.DONE, (71,))
    assert (done.terms.children[0].price, done.terms.children[1].stop_trigger) == (D(211), D(180))
    assert (done.facts, done.state, done.has_open_replace) == (OPEN.facts, S.FILLED, False)
    assert story_line(MOVING, done).startswith(
        "Take profit moved from 210.00 to 211.00: order 81 in place of 71."
    )
    late = told(done, child(1, B.CANCELLED, 9), made(B.LIVE, 3))
    assert late.children[0].is_open
    taken = told(late, made(B.FILLED, 9, fill("x", 100, "211.10")))
    assert taken.children[0].facts.filled == 100
    assert buzz_for(late, taken) is Buzz.EXIT_FILLED


def test_a_stop_is_moved_with_its_time():
    moving = claim_replace(OPEN, replace(STOP_MOVE, besides=Besides(D(182), TimeInForce.DAY)), "h2")
    after = replaced(moving, 1, Accepted(82, None), NOW)
    assert (after.children[1].facts.order_id, after.children[1].chain) == (82, (72,))
    child_terms = after.terms.children[1]
    assert (child_terms.stop_trigger, child_terms.time_in_force) == (D(182), TimeInForce.DAY)
    assert replaced(after, 1, Accepted(82, None), NOW) is None


def test_an_exit_that_filled_in_between_drops_the_new_one():
    """Pitfall 49: told, with the fill."""
    filled = told(MOVING, child(1, B.FILLED, 9, fill("x", 100, "210.05")))
    assert filled.children[0].replacing.state is R.DROPPED
    assert filled.terms.children[0].price == D(210)
    assert buzz_for(MOVING, filled) is Buzz.EXIT_FILLED
    assert "it stays 210.00: the order filled before" in story_line(MOVING, filled)


@pytest.mark.parametrize(
    ("outcome", "state", "buzz"),
    [
        (NotSent("no connection"), R.NOT_SENT, Buzz.MOVE_FAILED),
        (RefusedByBroker("cannot_update_order", "could not be updated", 422), R.REFUSED, Buzz.MOVE_FAILED),
        (NotProven("timed out"), R.UNKNOWN, Buzz.MOVE_UNKNOWN),
    ],
)
def test_answers_without_a_new_exit(outcome, state, buzz):
    """I8, I9: it works on as it was, as far as is known."""
    current = replaced(MOVING, 1, outcome, NOW)
    assert (current.children[0].replacing.state, current.state) == (state, S.FILLED)
    assert (current.children[0].facts, current.terms) == (OPEN.children[0].facts, OPEN.terms)
    assert buzz_for(MOVING, current) is buzz
    assert replaced(current, 2, outcome, NOW) is None
    assert (
        settle_replace(replaced(MOVING, 1, NotProven("x"), NOW), R.NOT_DONE, "y").children[0].replacing.state
        is R.NOT_DONE
    )


def test_an_unknown_new_exit_is_known_by_what_it_replaces_when_it_lost_its_name():
    unknown = replaced(MOVING, 1, NotProven("timed out"), NOW)
    assert told(unknown, made(B.LIVE, 3, identifier="")).children[0].facts.order_id == 81
    stop = replaced(claim_replace(OPEN, STOP_MOVE, "h2"), 1, NotProven("timed out"), NOW)
    bare = {"identifier": "", "part": 2, "price": None, "stop_trigger": D(182), "time_in_force": "GTC"}
    assert told(stop, made(B.LIVE, 3, **bare)).children[1].facts.order_id == 81
    for other in ({"stop_trigger": D(175)}, {"time_in_force": "Day"}):
        with pytest.raises(InvariantBroken):
            absorb(stop, made(B.LIVE, 3, **bare | other | {"identifier": "elsewhere"}), STREAM, NOW)
        assert absorb(stop, made(B.LIVE, 3, **bare | other), STREAM, NOW) is None


def test_i14_two_live_exits_are_an_alarm():
    first = settle_replace(replaced(MOVING, 1, NotProven("timed out"), NOW), R.NOT_DONE, "not seen")
    second = claim_replace(first, exit_move(2), "h3")
    with pytest.raises(InvariantBroken, match="taken for not done"):
        absorb(second, made(B.LIVE, 3), STREAM, NOW)
    with pytest.raises(InvariantBroken, match="taken for not done"):
        absorb(OPEN, made(B.LIVE, 3), STREAM, NOW)


def test_an_exit_is_claimed_only_while_it_works_and_nothing_else_moves():
    for no in (
        MOVING,  # one at a time
        told(OPEN, child(1, B.CANCEL_REQUESTED, 9)),
        told(OPEN, child(1, B.FILLED, 9, fill("x", 100))),
        replace(OPEN, state=S.CANCEL_REQUESTED),
        replace(OPEN, children=(replace(OPEN.children[0], facts=None), OPEN.children[1])),
    ):
        with pytest.raises(AlreadyHandled):
            claim_replace(no, exit_move(2), "h3")
    with pytest.raises(AlreadyHandled):
        claim_replace(MOVING, exit_move(2, part=0), "h3")


def test_an_edit_of_an_exit_in_the_brokers_own_app_is_followed():
    """F43: before and after a move of ours."""
    done = replaced(MOVING, 1, Accepted(81, made(B.LIVE, 3)), NOW)
    edited = order(B.LIVE, 4, id=99, identifier="sx1-p-1.1", replaces=81, price=D(215))
    assert told(done, edited).children[0].facts.order_id == 99
    assert absorb(done, order(B.LIVE, 4, id=98, identifier="sx1-p-1.1", replaces=71), STREAM, NOW) is None
