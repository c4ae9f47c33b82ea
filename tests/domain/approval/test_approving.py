"""What an approval does to its order, and what the claim asks of it (I21, I28, I31)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from senexbot.domain.approval.approvals import Choice, Decision, decide, expire
from senexbot.domain.approval.approving import (
    asked,
    carried,
    fewer,
    held,
    movable,
    permitted,
    sends_itself,
    still_waiting,
)
from senexbot.domain.errors import AlreadyHandled, Denied, Expired, Outside
from senexbot.domain.links import Role
from senexbot.domain.orders.intents import IntentState
from senexbot.domain.policy.verdict import ApprovalNeed, Outcome, PolicyVerdict
from tests.domain.approval.test_approvals import request
from tests.domain.builders import NOW, D, after, intent

S = IntentState
NEEDS = PolicyVerdict(Outcome.NEEDS_APPROVAL, need=ApprovalNeed())
CLEAR = PolicyVerdict(Outcome.CLEAR)


def approved(quantity: int | None = None):
    before = request()
    waiting = asked(intent(verdict=NEEDS), before)
    decision = Decision("U2", Choice.APPROVE, after(60), None if quantity is None else D(quantity))
    done = decide(before, decision)
    return carried(waiting, before, done, handle="new"), done


def refused(order, found, verdict, lost=()):
    with pytest.raises(Denied) as no:
        permitted(order, found, verdict, None, lost, after(61))
    return no.value


def test_what_was_approved_is_permitted_and_sends_itself():
    order, done = approved()
    assert sends_itself(order)
    assert order.expires_at == done.envelope.until
    permitted(order, done, NEEDS, None, (), after(61))
    permitted(intent(), None, CLEAR, None, (), NOW)


def test_what_nobody_has_approved_is_not():
    order, done = approved()
    for one in (refused(intent(), None, NEEDS), refused(intent(verdict=NEEDS), None, CLEAR)):
        assert one.code == "approval_needed"
    assert refused(order, None, NEEDS).code == "approval_needed"
    assert refused(order, request(), NEEDS).code == "approval_needed"
    assert not isinstance(refused(order, done, PolicyVerdict(Outcome.DENIED)), Outside)


@pytest.mark.parametrize("need", [ApprovalNeed(2), ApprovalNeed(1, Role.RISK)])
def test_a_policy_that_wants_more_than_was_given_is_outside_and_nothing_is_covered(need):
    order, done = approved()
    no = refused(order, done, replace(NEEDS, need=need))
    assert isinstance(no, Outside)
    assert no.covered == 0
    assert f"it needs {need.count} with the role {need.role.value} now" in no.message
    permitted(order, done, replace(NEEDS, need=None), None, (), after(61))


def test_an_approval_that_counts_no_more_is_outside():
    order, done = approved()
    no = refused(order, done, NEEDS, ("an approval does not count any more",))
    assert isinstance(no, Outside)
    assert no.covered == 0


def test_fewer_wait_for_their_owner():
    order, _ = approved(40)
    assert not sends_itself(order)
    assert (order.terms.legs[0].quantity, order.terms_version, order.handle) == (40, 2, "new")
    assert (order.estimate, order.payoff) == (None, None)


def test_what_is_held_names_what_is_covered_and_fewer_is_that():
    order, _ = approved()
    waits = held(order, "margins have grown", "outside_envelope", D(7))
    assert (waits.state, waits.reason) == (S.APPROVED, "margins have grown")
    smaller = fewer(waits, handle="next")
    assert smaller.terms.legs[0].quantity == 7
    for none in (order, intent(), smaller, replace(waits, approval=None)):
        with pytest.raises(AlreadyHandled):
            fewer(none, handle="next")
    assert held(replace(order, approval=None), "why", "code", D(1)).approval is None


@pytest.mark.parametrize(
    ("state", "seconds", "error"),
    [
        (S.PREVIEWED, 0, None),
        (S.PREVIEWED, 120, Expired),
        (S.PREVIEWED, -1, Expired),
        (S.APPROVED, 0, None),
        (S.APPROVED, 120, Expired),
        (S.APPROVED, -46 * 60, Expired),
        (S.LAPSED, 0, Expired),
        (S.AWAITING_APPROVAL, 0, AlreadyHandled),
        (S.CLAIMED, 0, AlreadyHandled),
    ],
)
def test_what_still_waits(state, seconds, error):
    """I32, I67."""
    times = {"confirm": timedelta(seconds=120), "approval": timedelta(minutes=30)}
    if error is None:
        still_waiting(intent(state), after(seconds), **times)
        return
    with pytest.raises(error):
        still_waiting(intent(state), after(seconds), **times)


def test_a_working_order_moves_within_what_was_approved():
    """I31: also after the claim; shares have no room beyond the price that was asked."""
    order, done = approved()
    movable(order, done, NEEDS, after(61))
    better = replace(order, terms=replace(order.terms, price=D("-187.00")))
    movable(better, done, NEEDS, after(61))
    for worse, when in ((replace(order, terms=replace(order.terms, price=D("-187.51"))), 61), (order, 9999)):
        with pytest.raises(Denied) as no:
            movable(worse, done, NEEDS, after(when))
        assert no.value.code == "outside_envelope"


def test_a_move_that_breaks_a_limit_needs_an_approval_and_gets_none():
    movable(intent(), None, CLEAR, NOW)
    with pytest.raises(Denied) as no:
        movable(intent(), None, NEEDS, NOW)
    assert no.value.code == "approval_needed"
    with pytest.raises(Denied):
        movable(intent(), None, PolicyVerdict(Outcome.DENIED), NOW)


def test_what_ends_a_request_ends_its_order_in_words():
    before = request()
    waiting = asked(intent(verdict=NEEDS), before)
    no = decide(before, Decision("U2", Choice.DECLINE, after(60), reason="earnings tonight"))
    assert (carried(waiting, before, no).state, carried(waiting, before, no).reason) == (
        S.DECLINED,
        "earnings tonight",
    )
    over = expire(before, after(1800))
    assert over is not None
    assert carried(waiting, before, over).reason == "nobody decided in time"
