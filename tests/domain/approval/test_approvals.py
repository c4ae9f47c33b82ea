"""A request to approve, and who may decide on one (I28, I31 to I33)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from senexbot.domain.approval.approvals import (
    COVER,
    ApprovalRequest,
    Asked,
    Choice,
    Decision,
    RequestState,
    answer,
    ask_back,
    decide,
    expire,
    mark,
    one_text,
    same_envelope,
    seen_anew,
    widen,
    withdraw,
)
from senexbot.domain.approval.approvers import Candidate, asking_order, may_approve
from senexbot.domain.approval.envelopes import envelope_for
from senexbot.domain.errors import AlreadyHandled, Expired, ParseError
from senexbot.domain.links import Role
from senexbot.domain.policy.verdict import ApprovalNeed, Exposure
from tests.domain.builders import NOW, D, actor, after, terms

S = RequestState


def request(count: int = 1, **changes: object) -> ApprovalRequest:
    made = ApprovalRequest(
        id="request1",
        intent_id="intent1",
        team_id="T1",
        requester="U1",
        state=S.OPEN,
        version=1,
        envelope_version=1,
        need=ApprovalNeed(count),
        envelope=envelope_for(terms(), None, Exposure(), tick=None, until=after(1800) + COVER),
        terms=terms(),
        breaks=("buying power 46 % over 40 %",),
        reason="",
        asked_at=NOW,
        expires_at=after(1800),
        asked=(Asked("U2", "a2"), Asked("U3", "a3")),
    )
    return replace(made, **changes)


def yes(person: str = "U2", seconds: float = 60, quantity: int | None = None) -> Decision:
    return Decision(person, Choice.APPROVE, after(seconds), None if quantity is None else D(quantity))


def no(person: str = "U2", reason: str = "too large") -> Decision:
    return Decision(person, Choice.DECLINE, after(60), reason=reason)


def test_one_approval_is_enough_where_one_is_needed():
    done = decide(request(), yes())
    assert (done.state, done.version, done.given, done.ended_at) == (S.APPROVED, 2, ("U2",), after(60))
    assert done.decisions[0].quantity == 100
    assert done.envelope_version == 1


def test_two_persons_are_two_persons():
    one = decide(request(2), yes())
    assert (one.state, one.ended_at) == (S.OPEN, None)
    with pytest.raises(AlreadyHandled):
        decide(one, yes())
    assert decide(one, yes("U3")).state is S.APPROVED
    assert decide(one, no("U3")).state is S.DECLINED


def test_a_decline_needs_a_reason_in_one_line():
    with pytest.raises(ParseError):
        decide(request(), no(reason=" \n\t"))
    done = decide(request(), no(reason="too\nlarge \x00 today" + "x" * 400))
    assert done.declined is not None
    assert done.declined.reason.startswith("too large today")
    assert len(done.declined.reason) == 300
    assert mark(done).declined_by == "U2"


@pytest.mark.parametrize("wrong", [0, -1, 101])
def test_a_number_to_approve_is_inside_of_what_is_asked(wrong):
    with pytest.raises(ParseError):
        decide(request(), yes(quantity=wrong))


def test_i31_fewer_make_a_new_envelope():
    done = decide(request(2), yes(quantity=40))
    assert (done.envelope.greatest_quantity, done.envelope_version, done.state) == (40, 2, S.OPEN)
    with pytest.raises(AlreadyHandled):
        same_envelope(done, 1)
    same_envelope(done, 2)
    assert decide(done, yes("U3")).envelope_version == 2
    assert decide(request(), yes(quantity=100)).envelope_version == 1


def test_i31_the_market_anew_is_no_other_envelope():
    made = request()
    seen = seen_anew(made, None)
    assert (seen.version, seen.envelope_version, seen.envelope, seen.view) == (2, 1, made.envelope, None)
    with pytest.raises(AlreadyHandled):
        seen_anew(decide(made, yes()), None)


def test_what_is_over_never_opens_again():
    """I32, I33."""
    over = [
        decide(request(), yes()),
        decide(request(), no()),
        withdraw(request(), NOW),
        expire(request(), after(1800)),
    ]
    for one in over:
        assert one is not None
        with pytest.raises((AlreadyHandled, Expired)):
            decide(one, yes("U3"))
        with pytest.raises(AlreadyHandled):
            withdraw(one, NOW)
        with pytest.raises((AlreadyHandled, Expired)):
            ask_back(one, "U3", "why?", NOW)
        assert expire(one, after(9999)) is None
        assert widen(replace(one, later=("U4",), widen_at=NOW), after(9999)) is None


def test_the_end_is_sharp_and_a_clock_that_was_set_back_is_an_end():
    assert decide(request(), yes(seconds=1799.999)).state is S.APPROVED
    for seconds in (1800, 9999, -61):
        with pytest.raises(Expired):
            decide(request(), yes(seconds=seconds))
        assert expire(request(), after(seconds)) is not None
    assert decide(request(), yes(seconds=-59)).state is S.APPROVED  # clocks of two machines
    assert expire(request(), after(1799)) is None


def test_those_who_are_asked_later():
    waiting = request(later=("U4",), widen_at=after(900))
    assert widen(waiting, after(899)) is None
    assert widen(request(), after(900)) is None
    assert widen(replace(waiting, widen_at=None), after(900)) is None
    wider = widen(waiting, after(900))
    assert wider is not None
    assert (wider.asked[-1], wider.later, wider.widen_at) == (Asked("U4", ""), (), None)
    assert wider.handle_of("U2") == "a2"
    assert wider.handle_of("U9") == ""


def test_one_question_at_a_time_and_its_answer():
    asked = ask_back(request(), "U2", "why now?", after(1))
    assert (mark(asked).question, mark(asked).question_by) == ("why now?", "U2")
    with pytest.raises(AlreadyHandled):
        ask_back(asked, "U3", "and how?", after(2))
    told = answer(asked, "IV is high", after(3))
    assert told.questions[-1].answer == "IV is high"
    assert mark(told).question == ""
    with pytest.raises(AlreadyHandled):
        answer(told, "again", after(4))
    with pytest.raises(ParseError):
        one_text("", "Say it.")


# --- who may -------------------------------------------------------------------------------------


def who(
    user: str = "U2", *roles: Role, customers: str = "", deputy_of: str = "", **changes: object
) -> Candidate:
    return Candidate(
        actor(user_id=user, **changes),
        frozenset(roles),
        frozenset(customers.split()),
        frozenset(deputy_of.split()),
    )


CASES = [
    (who("U2", Role.APPROVER), ""),
    (who("U2", Role.APPROVER, customers="practice:C2"), ""),
    (who("U2", deputy_of="U3"), ""),
    (who("U2"), "role_missing"),
    (who("U2", Role.RISK), "role_missing"),
    (who("U2", deputy_of="U1"), "role_missing"),
    (who("U1", Role.APPROVER), "own_order"),
    (who("U1", deputy_of="U3"), "own_order"),
    (who("U2", Role.APPROVER, customers="practice:C1"), "same_customer"),
    (who("U2", Role.APPROVER, is_guest=True), "guest"),
    (who("U2", Role.APPROVER, home_team_id="T2"), "outsider"),
    (who("U2", Role.APPROVER, team_id="T2", home_team_id="T2"), "guest"),
    (who("U2", Role.APPROVER, is_bot=True), "bot"),
    (who("U2", Role.APPROVER, deleted=True), "deactivated"),
]


@pytest.mark.parametrize(("candidate", "code"), CASES)
def test_i28_who_may_approve(candidate, code):
    said = may_approve(
        candidate,
        Role.APPROVER,
        team_id="T1",
        requester="U1",
        requester_customers=frozenset({"practice:C1", "live:C9"}),
    )
    assert (said.code if said else "") == code


def test_who_is_asked_first():
    assert asking_order({"U3", "U2"}, ()) == (("U2", "U3"), ())
    assert asking_order({"U3", "U2"}, ("U9",)) == (("U2", "U3"), ())
    assert asking_order({"U4", "U3", "U2"}, ("U3", "U9", "U3")) == (("U3",), ("U2", "U4"))
