"""The children of a complex order: each known by its own identifier, followed on its own (I5, I14, F41)."""

from dataclasses import replace

import pytest

from senexbot.domain.identifiers import base_identifier, child_identifier, replacement_identifier
from senexbot.domain.lifecycle import TRANSITIONS, Trigger, absorb, answered, buzz_for, move, story_line
from senexbot.domain.news import Buzz
from senexbot.domain.orders import Accepted, BrokerStatus, IntentState, NewsSource, NotProven, NotSent

from .builders import NOW, D, bracket, fill, intent, order

B, S, T = BrokerStatus, IntentState, Trigger
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
