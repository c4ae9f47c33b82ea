"""A mandate's life, and what lies inside of it: each difference alone, in words."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.approval.approvals import Asked, Choice, Decision, RequestState, withdraw
from senexbot.domain.approval.approving import asked, movable, permitted
from senexbot.domain.approval.mandates import (
    End,
    Mandate,
    Use,
    Used,
    after_use,
    closed,
    counts,
    decided,
    is_live,
    together,
)
from senexbot.domain.approval.mandates_cover import is_about, kinds_of, outside
from senexbot.domain.approval.mandates_parsing import parse_mandate
from senexbot.domain.approval.mandates_terms import Kind, MandateMark
from senexbot.domain.errors import AlreadyHandled, Denied, Expired, ParseError
from senexbot.domain.instruments import OptionContract, Right
from senexbot.domain.links import Environment, Role
from senexbot.domain.orders.intents import IntentState
from senexbot.domain.orders.story import story_line
from senexbot.domain.orders.terms import (
    Action,
    ChildRole,
    ChildTerms,
    Group,
    OrderType,
    TimeInForce,
    WalkTerms,
)
from senexbot.domain.policy.verdict import ApprovalNeed, Exposure, Finding, Outcome, PolicyVerdict
from tests.domain import builders as b
from tests.domain.builders import CALL, NOW, PUT, TODAY, D

NEED = ApprovalNeed()
SELL, BUY = Action.SELL_TO_OPEN, Action.BUY_TO_OPEN
DELTAS = {PUT.occ: D("-0.16"), CALL.occ: D("0.155")}
EXPOSURE = Exposure(notional=D(1000), greatest_loss=None, uncapped=True)


def mandate(text="at most 10 SPY strangles a day at 16 delta or less until friday", **changes) -> Mandate:
    terms = parse_mandate(text, TODAY).terms
    values = {
        "id": "m1",
        "team_id": "T1",
        "requester": "U1",
        "state": RequestState.APPROVED,
        "version": 2,
        "envelope_version": 1,
        "need": NEED,
        "reason": "",
        "asked_at": NOW,
        "expires_at": NOW + timedelta(minutes=30),
        "asked": (Asked("U2", "h2"),),
        "decisions": (Decision("U2", Choice.APPROVE, NOW),),
        "environment": Environment.PRACTICE,
        "account": "5WT00001",
        "terms": terms,
        "text": text,
        "grammar": 1,
        "ends_at": NOW + timedelta(days=4),
        "holder_handle": "h1",
        "granted_at": NOW,
    }
    return Mandate(**values | changes)


def asking(**changes):
    return mandate(state=RequestState.OPEN, decisions=(), granted_at=None, **changes)


def contract(right, strike, day=18):
    return OptionContract("SPY", date(2026, 12, day), right, D(strike))


def order(*legs, price="1.00", quantity=1, **changes):
    """Legs as (action, right, strike)."""
    made = tuple(b.leg(contract(right, strike), action, quantity) for action, right, strike in legs)
    return b.strangle(legs=made, price=price, **changes)


P, C = Right.PUT, Right.CALL
STRANGLE = b.strangle()
CONDOR = ((BUY, P, 570), (SELL, P, 575), (SELL, C, 640), (BUY, C, 645))


def words(made, terms=STRANGLE, *, exposure=EXPOSURE, used=None, deltas=DELTAS, now=NOW, need=NEED, **more):
    day = Used(TODAY) if used is None else Used(TODAY, D(used))
    return "; ".join(outside(made, terms, exposure, day, deltas, now=now, need=need, **more))


# --- what an order is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "kinds"),
    [
        (STRANGLE, {Kind.STRANGLE}),
        (order((BUY, P, 590), (BUY, C, 640)), {Kind.STRANGLE}),
        (order((SELL, C, 640), (SELL, P, 590)), {Kind.STRANGLE}),
        (order((SELL, P, 640), (SELL, C, 590)), set()),  # guts
        (order((SELL, P, 590), (BUY, C, 640)), set()),  # a risk reversal
        (order((SELL, P, 600), (SELL, C, 600)), {Kind.STRADDLE}),
        (order((SELL, P, 590), (BUY, P, 580)), {Kind.VERTICAL}),
        (order((BUY, C, 590), (SELL, C, 600)), {Kind.VERTICAL}),
        (order((SELL, P, 590), (SELL, P, 580)), set()),
        (order((SELL, P, 590), (BUY, P, 590)), set()),
        (order(*CONDOR), {Kind.IRON_CONDOR}),
        (order(*reversed(CONDOR)), {Kind.IRON_CONDOR}),
        (order((SELL, P, 570), (BUY, P, 575), (BUY, C, 640), (SELL, C, 645)), {Kind.IRON_CONDOR}),
        (order((BUY, P, 590), (SELL, P, 600), (SELL, C, 600), (BUY, C, 610)), {Kind.IRON_BUTTERFLY}),
        (order((BUY, P, 570), (SELL, P, 640), (SELL, C, 575), (BUY, C, 645)), set()),
        (order((SELL, P, 570), (BUY, P, 575), (SELL, C, 640), (BUY, C, 645)), set()),
        (order((SELL, P, 590)), {Kind.PUT, Kind.OPTION}),
        (order((BUY, C, 640)), {Kind.CALL, Kind.OPTION}),
        (b.terms(), {Kind.SHARE}),
        (b.terms(Action.SELL_TO_OPEN), set()),
        (b.strangle(legs=(b.leg(PUT, quantity=2), b.leg(CALL, quantity=1))), set()),
        (b.strangle(legs=(b.leg(PUT), b.leg(contract(C, 640, 24)))), set()),
        (replace(STRANGLE, legs=(*STRANGLE.legs[:1], b.terms(quantity=2).legs[0])), set()),
    ],
)  # fmt: skip
def test_an_order_is_what_its_legs_are_not_what_it_is_called(terms, kinds):
    assert kinds_of(terms) == kinds


# --- what lies inside ------------------------------------------------------------------------------


def test_what_fits_is_covered():
    assert words(mandate()) == ""
    assert words(mandate(), used=8) == ""
    assert words(mandate(), b.strangle(quantity=10)) == ""
    assert words(mandate(), replace(STRANGLE, walk=WalkTerms(D("0.01"), 20, D("3.40")))) == ""


EXITS = (
    ChildTerms(
        ChildRole.TAKE_PROFIT, (b.leg(action=Action.BUY_TO_CLOSE),), OrderType.LIMIT, D(-1), TimeInForce.GTC
    ),
)
OPENING = (replace(EXITS[0], legs=(b.leg(),)),)
VERTICAL = order((SELL, P, 590), (BUY, P, 580), quantity=2)


@pytest.mark.parametrize(
    ("said", "terms", "found", "more"),
    [
        ("at 16 delta or less", b.strangle(quantity=3), "8 of 10 are used today", {"used": 8}),
        ("at 16 delta or less", b.strangle(quantity=11), "it is for 11, 0 of 10 are used today", {}),
        ("at 15 delta or less", STRANGLE, "a delta is 16, covered up to 15", {}),
        ("at 16 delta or less", STRANGLE, "the deltas could not be read", {"deltas": None}),
        ("at 16 delta or less", STRANGLE, "the deltas could not be read", {"deltas": {PUT.occ: D("-0.1")}}),
        ("for 3.47 credit or better", STRANGLE, "the price is 3.46 credit, covered from 3.47 credit", {}),
        ("for 3.46 credit or better", replace(STRANGLE, walk=WalkTerms(D("0.01"), 20, D("3.40"))),
         "the price is 3.40 credit", {}),
        ("loss 5000 a day", STRANGLE, "its loss has no cap", {}),
        ("notional 999 an order", STRANGLE, "the notional would be $1,000.00, covered up to $999.00", {}),
        ("notional 999 a day", STRANGLE, "$1,000.00 today, covered up to $999.00", {}),
        ("notional 999 a day", STRANGLE, "the notional could not be told", {"exposure": Exposure()}),
        ("", b.strangle(price=None, type=OrderType.MARKET), "only limit orders", {}),
        ("", b.strangle(type=OrderType.STOP_LIMIT), "only limit orders", {}),
        ("", b.strangle(legs=(b.leg(action=Action.BUY_TO_CLOSE), b.leg(CALL, Action.BUY_TO_CLOSE))),
         "only orders that open", {}),
        ("", b.strangle(group=Group.OTO, children=OPENING), "what follows it opens", {}),
        ("", STRANGLE, "its time is over", {"now": NOW + timedelta(days=4)}),
        ("", STRANGLE, "it needs 2 with the role approver", {"need": ApprovalNeed(2)}),
        ("", STRANGLE, "it needs 1 with the role risk", {"need": ApprovalNeed(1, Role.RISK)}),
        ("", VERTICAL, "it covers SPY strangles", {}),
        ("", replace(STRANGLE, underlying="QQQ"), "it covers SPY strangles", {}),
        ("", replace(STRANGLE, account=replace(b.ACCOUNT, number="5WT00002")), "in another account", {}),
        ("", replace(STRANGLE, account=replace(b.ACCOUNT, environment=Environment.LIVE)), "another account", {}),
        ("", b.strangle(quantity="1.5"), "not a whole number", {}),
    ],
)  # fmt: skip
def test_each_difference_is_told_in_words(said, terms, found, more):
    made = mandate(f"at most 10 SPY strangles a day {said} until friday")
    assert found in words(made, terms, **more)


def test_exits_that_only_close_are_covered_with_the_entry():
    assert words(mandate(), b.strangle(group=Group.OTO, children=EXITS)) == ""


def test_the_sides_are_those_of_the_legs():
    """Legs that are all sold are sold, whatever the price claims."""
    short = mandate("at most 10 short SPY strangles a day until friday")
    long = mandate("at most 10 long SPY strangles a day until friday")
    bought = order((BUY, P, 590), (BUY, C, 640), price="-2.00")
    assert words(short) == ""
    assert "only bought ones" in words(long)
    assert words(long, bought) == ""
    assert "only sold ones" in words(short, bought)
    assert "only bought ones" in words(long, b.strangle(price="-3.46"))
    assert words(mandate("at most 2 short SPY verticals a day until friday"), VERTICAL) == ""
    assert "only sold" in words(
        mandate("at most 2 short SPY verticals a day until friday"), replace(VERTICAL, price=D(-1))
    )


def test_dollars_count_for_the_day_or_for_each_order():
    a_day = mandate("at most 10 SPY verticals a day loss 1500 a day until friday")
    each = mandate("at most 10 SPY verticals a day loss 1500 an order until friday")
    exposure = Exposure(notional=D(1000), greatest_loss=D(1000))
    used = Used(TODAY, D(2), D(1000), D(501))
    for made, found in ((a_day, "the greatest loss would be $1,501.00 today"), (each, "")):
        said = outside(made, VERTICAL, exposure, used, None, now=NOW, need=NEED)
        assert "; ".join(said)[: len(found) or None].startswith(found)
        assert bool(said) == bool(found)
    unknown = replace(used, loss=None)
    assert outside(a_day, VERTICAL, exposure, unknown, None, now=NOW, need=NEED) == (
        "the greatest loss could not be told",
    )


def test_a_working_order_is_not_asked_again_for_its_number_and_deltas():
    made = mandate(
        "at most 10 SPY strangles a day at 16 delta or less for 3.40 credit or better until friday"
    )
    assert words(made, used=10, deltas=None, moved=True) == ""
    assert "3.39 credit" in words(made, b.strangle(price="3.39"), used=10, deltas=None, moved=True)


def test_a_mandate_without_a_need_to_compare_covers():
    assert words(mandate(), need=None) == ""


@given(st.integers(1, 12), st.integers(0, 12), st.integers(1, 40), st.integers(1, 40))
def test_law_what_is_covered_is_within_the_number_and_the_delta(size, used, put, call):
    deltas = {PUT.occ: -D(put) / 100, CALL.occ: D(call) / 100}
    said = words(mandate(), b.strangle(quantity=size), used=used, deltas=deltas)
    assert (said == "") == (size + used <= 10 and max(put, call) <= 16)


# --- its life --------------------------------------------------------------------------------------


def test_it_is_granted_by_the_last_approval_that_is_needed():
    two = asking(need=ApprovalNeed(2), asked=(Asked("U2", "h2"), Asked("U3", "h3")))
    one = decided(two, Decision("U2", Choice.APPROVE, NOW))
    assert (one.state, one.granted_at, is_live(one, NOW)) == (RequestState.OPEN, None, False)
    with pytest.raises(AlreadyHandled):
        decided(one, Decision("U2", Choice.APPROVE, NOW))
    later = NOW + timedelta(minutes=1)
    granted = decided(one, Decision("U3", Choice.APPROVE, later))
    assert (granted.state, granted.granted_at, granted.version) == (RequestState.APPROVED, later, 4)
    assert is_live(granted, NOW)
    assert not is_live(granted, granted.ends_at)
    with pytest.raises(AlreadyHandled):
        decided(granted, Decision("U4", Choice.APPROVE, later))


def test_one_no_ends_it_with_a_reason_and_too_late_is_too_late():
    with pytest.raises(ParseError):
        decided(asking(), Decision("U2", Choice.DECLINE, NOW))
    no = decided(asking(), Decision("U2", Choice.DECLINE, NOW, reason="too wide"))
    assert (no.state, no.granted_at) == (RequestState.DECLINED, None)
    with pytest.raises(Expired):
        decided(asking(), Decision("U2", Choice.APPROVE, NOW + timedelta(minutes=30)))


@pytest.mark.parametrize("end", End)
def test_what_has_ended_covers_nothing_and_ends_once(end):
    over = closed(mandate(), end, "U2", NOW)
    assert not over.is_granted
    assert not is_live(over, NOW)
    word = "its time is over" if end is End.OVER else f"it was {end.value}"
    assert word in words(over)
    with pytest.raises(AlreadyHandled) as no:
        closed(over, End.REVOKED, "U1", NOW)
    assert no.value.code == end.value


def test_what_was_never_granted_cannot_be_revoked():
    with pytest.raises(AlreadyHandled) as no:
        closed(withdraw(asking(), NOW), End.REVOKED, "U1", NOW)
    assert no.value.code == "withdrawn"


def test_its_holder_hears_of_a_proposal_once_it_is_granted():
    assert asking().people == ("U1", "U2")
    assert asking(proposed_by="U2").people == ("U2",)
    assert mandate(proposed_by="U2").people == ("U1", "U2")
    made = mandate()
    assert [made.button_of(who) for who in ("U1", "U2", "U3")] == ["h1", "h2", ""]


def use(number, units=1, *, counts=True, day=TODAY, notional="100", loss: str | None = "50"):
    amount = None if loss is None else D(loss)
    return Use(
        "m1", f"i{number}", day, NOW + timedelta(minutes=number), D(units), D(notional), amount, counts
    )


def test_uses_of_a_day_add_up_without_those_that_were_given_back():
    uses = (use(1, 2), use(2, 3), use(3, 5, counts=False), use(4, 7, day=TODAY - timedelta(days=1)))
    assert together(uses, TODAY) == Used(TODAY, D(5), D(200), D(100), 2, NOW + timedelta(minutes=2))
    assert together((), TODAY) == Used(TODAY)
    assert together((*uses, use(5, loss=None)), TODAY).loss is None
    assert mandate(today=together(uses, TODAY)).used_on(TODAY).units == 5
    assert mandate(today=together(uses, TODAY)).used_on(TODAY + timedelta(days=1)).units == 0
    assert mandate().used_on(TODAY).units == 0
    after = after_use(mandate(), together(uses, TODAY))
    assert (after.version, after.used_on(TODAY).orders) == (3, 2)


@pytest.mark.parametrize("state", IntentState)
def test_only_what_never_was_at_the_market_gives_back(state):
    """A cancelled or expired order keeps what it has used, and so does one that is not known."""
    assert counts(b.intent(state)) == (state not in {IntentState.NOT_SENT, IntentState.REFUSED})


def test_a_day_ends_with_its_last_minute_as_people_say_it():
    made = mandate()
    assert made.ends_at - made.last == timedelta(minutes=1)
    at_noon = mandate("at most 1 SPY put a day until friday 12:00")
    assert at_noon.last == at_noon.ends_at


def test_is_about_is_account_symbol_and_kind():
    assert is_about(mandate(), STRANGLE)
    assert is_about(mandate("at most 1 SPY options a day until friday"), order((BUY, P, 590)))
    assert not is_about(mandate(), VERTICAL)


# --- in the claim ----------------------------------------------------------------------------------

MARK = MandateMark("m1", ("U2",), NOW + timedelta(days=4), D(10), D(3))
ASKS = PolicyVerdict(
    Outcome.NEEDS_APPROVAL, (Finding("limit_notional", "notional", Outcome.NEEDS_APPROVAL, "notional"),), NEED
)
DENIES = PolicyVerdict(Outcome.DENIED, (Finding("limit_notional", "notional", Outcome.DENIED, "notional"),))


def marked(**changes):
    return b.intent(verdict=ASKS, mandate=MARK, **changes)


def test_i21_the_claim_asks_the_mandate_again():
    permitted(marked(), None, ASKS, None, (), NOW)
    with pytest.raises(Denied) as no:
        permitted(marked(), None, ASKS, None, (), NOW, outside_mandate=("10 of 10 are used today",))
    assert no.value.code == "mandate"
    assert "10 of 10 are used today" in no.value.message


def test_what_the_policy_denies_is_never_cleared():
    with pytest.raises(Denied) as no:
        permitted(marked(), None, DENIES, None, (), NOW)
    assert no.value.code == "limit_notional"
    with pytest.raises(Denied):
        movable(marked(state=IntentState.WORKING), None, DENIES, NOW)


def test_a_mandate_that_the_preview_did_not_name_clears_nothing():
    with pytest.raises(Denied) as no:
        permitted(b.intent(verdict=ASKS), None, ASKS, None, (), NOW)
    assert no.value.code == "approval_needed"


def test_a_price_moves_within_the_mandate():
    working = marked(state=IntentState.WORKING)
    movable(working, None, ASKS, NOW)
    with pytest.raises(Denied) as no:
        movable(working, None, ASKS, NOW, outside_mandate=("the price is 3.39 credit",))
    assert no.value.code == "mandate"


def test_who_asks_for_an_approval_uses_no_mandate():
    from tests.domain.approval.test_approvals import request

    assert asked(marked(), request()).mandate is None


def test_the_thread_tells_the_use_once():
    before = marked()
    taken = replace(MARK, used=D(5), taken=True)
    sent = replace(before, state=IntentState.CLAIMED, mandate=taken, version=2)
    assert "Covered by a mandate: 5 of 10 used today" in story_line(before, sent)
    again = replace(sent, state=IntentState.NEEDS_PERSON, version=3)
    assert "mandate" not in story_line(sent, again)
