"""Which value holds for whom, what is stricter than what, and how a change comes into force (I38)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import Role
from senexbot.domain.policy.assess import assess
from senexbot.domain.policy.changes import ChangeState, PolicyChange, first_state, tightens
from senexbot.domain.policy.reservations import Hold
from senexbot.domain.policy.rules import (
    DESK,
    Approvers,
    Elsewhere,
    Entry,
    Hours,
    Limit,
    Number,
    Policy,
    Products,
    Restricted,
    RuleName,
    Scope,
    ScopeKind,
    Subject,
    Which,
    is_as_strict,
    stricter,
)
from senexbot.domain.policy.verdict import Exposure, Outcome
from tests.domain.builders import ACCOUNT, NOW, D, terms
from tests.domain.policy.cases import balances, estimate, facts, held, limit, position

R = RuleName
USER, ROLE = Scope(ScopeKind.USER, "U1"), Scope(ScopeKind.ROLE, "trader")
RISK, ACC = Scope(ScopeKind.ROLE, "risk"), Scope(ScopeKind.ACCOUNT, "practice:5WT00001")
BOTH = Subject("U1", frozenset({Role.TRADER, Role.RISK}), ACCOUNT)
EQUITY, OPTION = InstrumentType.EQUITY, InstrumentType.EQUITY_OPTION


def said(*settings):
    made = Policy()
    for scope, most in settings:
        made = made.with_setting(R.NOTIONAL, scope, limit(None, most))
    return made


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ((), None),
        (((DESK, 5),), 5),
        (((DESK, 5), (ROLE, 9)), 9),
        (((DESK, 5), (ROLE, 9), (RISK, 7)), 7),
        (((DESK, 5), (ROLE, 9), (RISK, 7), (USER, 20)), 20),
        (((DESK, 5), (ACC, 9)), 9),
        (((DESK, 5), (USER, 20), (ACC, 9)), 9),
        (((DESK, 5), (USER, 20), (ACC, 30)), 20),
        (((Scope(ScopeKind.USER, "U2"), 3),), None),
    ],
)
def test_an_override_takes_the_desks_place_and_the_stricter_of_two_counts(settings, most):
    made = said(*settings)
    expected = Policy().desk_value(R.NOTIONAL) if most is None else limit(None, most)
    assert made.value(R.NOTIONAL, BOTH) == expected
    assert made.version == len(settings)


def test_what_is_taken_back_no_longer_holds():
    made = said((DESK, 5), (USER, 20)).with_setting(R.NOTIONAL, USER, None)
    assert (made.value(R.NOTIONAL, BOTH), made.version) == (limit(None, 5), 3)


A, B = Entry("A"), Entry("B")
PAIRS = [
    # stricter, milder
    (limit(None, 1), limit(None, 2)),
    (limit(1, 2), limit(None, 2)),
    (limit(None, 1), limit(1, 2)),
    (limit(1), Limit()),
    (Number(2), Number(1)),
    (Restricted((A, B)), Restricted((B,))),
    (Products((EQUITY,)), Products((OPTION, EQUITY))),
    (Hours(2, 3), Hours()),
    (Hours(2, 3), Hours(1, 3)),
    (Hours(5, 5), Hours(1, 3)),
    (Approvers(2), Approvers(1)),
    (Elsewhere(Which.OVER), Elsewhere()),
    (Elsewhere(Which.ANY), Elsewhere(Which.OVER)),
]


@pytest.mark.parametrize(("strict", "mild"), PAIRS)
def test_what_is_stricter(strict, mild):
    assert is_as_strict(strict, mild)
    assert not is_as_strict(mild, strict)
    assert is_as_strict(strict, strict)
    for both in (stricter(strict, mild), stricter(mild, strict)):
        assert is_as_strict(both, mild)


def test_what_cannot_be_compared_is_no_tightening():
    assert not is_as_strict(Approvers(2, Role.RISK), Approvers(1))
    assert not is_as_strict(limit(1), limit(None, 2))
    assert not is_as_strict(Hours(1, 3), Hours(2, 4))
    assert stricter(Hours(1, 3), Hours(2, 4)) == Hours(2, 3)
    assert stricter(Hours(1, 2), Hours(3, 4)) == Hours(3, 3)
    assert stricter(limit(5), limit(None, 3)) == limit(5, 3)
    assert stricter(Hours(), Hours(1, 2)) == stricter(Hours(1, 2), Hours()) == Hours(1, 2)
    for compare in (stricter, is_as_strict):
        with pytest.raises(TypeError):
            compare(Number(1), Limit())


# --- the laws ------------------------------------------------------------------------------------

AMOUNTS = st.none() | st.integers(0, 40).map(lambda n: Decimal(n * 1_000))
LIMITS = st.builds(Limit, AMOUNTS, AMOUNTS)
SCOPES = st.sampled_from((DESK, USER, ROLE, RISK, ACC, Scope(ScopeKind.USER, "U2")))
RULES = st.sampled_from(
    (R.NOTIONAL, R.LOSS, R.SHARES, R.UNCAPPED, R.ORDERS, R.THROTTLE, R.COLLAR, R.DAILY_LOSS)
)
SETTINGS = st.lists(st.tuples(RULES, SCOPES, LIMITS), max_size=6)
NUMBERS = st.builds(Number, st.integers(0, 90))
OTHERS = st.lists(
    st.builds(
        held,
        st.integers(1, 9),
        ago=st.integers(0, 2_000),
        hold=st.sampled_from(Hold),
        account=st.sampled_from(("5WT00001", "5WT00002")),
    ),
    max_size=4,
).map(tuple)
GRAVITY = (Outcome.CLEAR, Outcome.NEEDS_APPROVAL, Outcome.DENIED)


def policy_of(settings):
    made = Policy()
    for rule, scope, value in settings:
        made = made.with_setting(rule, scope, value)
    return made


@settings(deadline=None)
@given(SETTINGS, RULES, SCOPES, LIMITS | st.none(), OTHERS, st.integers(1, 300), st.integers(0, 20))
def test_tightening_never_turns_a_denial_into_clear(said_before, rule, scope, value, others, quantity, down):
    """I38: what may take effect at once lets nothing pass that was stopped, for any order."""
    before = policy_of(said_before)
    after = before.with_setting(rule, scope, value)
    if not tightens(before, after, rule):
        return
    case = facts(
        terms(quantity=quantity),
        subject=BOTH,
        ours=others,
        balances=balances(day_change=D(-1_000 * down)),
        positions=(position(),),
        estimate=estimate(),
        estimated=True,
        eligible=1,
    )
    assert GRAVITY.index(assess(after, case).outcome) >= GRAVITY.index(assess(before, case).outcome)


@given(st.sampled_from((R.SPLITTING, R.DUPLICATE)), NUMBERS, NUMBERS, SCOPES, OTHERS)
def test_a_longer_window_is_a_tightening(rule, one, other, scope, others):
    before = Policy().with_setting(R.NOTIONAL, DESK, limit(None, 20_000)).with_setting(rule, scope, one)
    after = before.with_setting(rule, scope, other)
    if tightens(before, after, rule):
        case = facts(ours=others)
        assert GRAVITY.index(assess(after, case).outcome) >= GRAVITY.index(assess(before, case).outcome)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 400)), min_size=1, max_size=25))
def test_reservations_never_exceed_the_limit_whatever_the_order_of_things(steps):
    """I23 as a model: claims, ends without a fill and fills interleave; what is open and filled fits."""
    rules = (
        Policy().with_setting(R.NOTIONAL, DESK, limit(None, 50_000)).with_setting(R.THROTTLE, DESK, Limit())
    )
    ours = {}
    for number, (what, quantity) in enumerate(steps):
        working = [n for n, one in ours.items() if one.hold is Hold.CLAIMED]
        if what or not working:
            case = facts(terms(quantity=quantity, price=f"-{100 + number}"), ours=tuple(ours.values()))
            verdict = assess(rules, case)
            if verdict.outcome is Outcome.CLEAR:
                ours[number] = held(number, ago=0, exposure=verdict.exposure, hold=Hold.CLAIMED)
        else:
            first = working[0]
            share = Decimal(quantity % 3) / 2
            ours[first] = held(first, ago=0, exposure=ours[first].exposure, hold=Hold.ENDED, share=share)
        total = sum(r.part(r.exposure.notional) for r in ours.values())
        assert total <= 50_000


# --- changes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "scope", "most", "tighter"),
    [
        ((), DESK, 1, True),
        ((), DESK, 9_000_000, False),
        ((), USER, 1, True),
        ((), USER, 9_000_000, False),
        (((DESK, 5), (ROLE, 3)), USER, 4, False),  # the person's role had less
        (((DESK, 5), (ROLE, 3)), USER, 3, True),
        (((USER, 20),), ACC, 10, True),
        (((DESK, 5), (USER, 20)), ACC, 10, False),  # everybody else had 5
        (((DESK, 5), (USER, 20)), USER, None, True),
        (((DESK, 5), (USER, 2)), USER, None, False),
        (((DESK, 5), (ACC, 2)), ACC, None, False),
        (((DESK, 5), (ROLE, 9)), RISK, 7, False),
        (((DESK, 5), (ROLE, 9)), RISK, 5, True),
    ],
)
def test_a_change_tightens_when_nobody_may_more_than_before(settings, scope, most, tighter):
    before = said(*settings)
    value = None if most is None else limit(None, most)
    assert tightens(before, before.with_setting(R.NOTIONAL, scope, value), R.NOTIONAL) is tighter


def test_i38_two_persons_once_two_hold_the_role_else_tightening_at_once_and_loosening_later():
    assert first_state(tightening=True, holders=2, now=NOW) == (ChangeState.PROPOSED, None)
    assert first_state(tightening=False, holders=2, now=NOW) == (ChangeState.PROPOSED, None)
    assert first_state(tightening=True, holders=1, now=NOW) == (ChangeState.ADOPTED, None)
    due = NOW + timedelta(minutes=15)
    assert first_state(tightening=False, holders=1, now=NOW) == (ChangeState.WAITING, due)


def test_a_change_makes_the_next_version():
    change = PolicyChange("c1", "T1", R.NOTIONAL, USER, limit(None, 7), ChangeState.WAITING, "U1", NOW)
    assert change.applied(said((DESK, 5))) == said((DESK, 5), (USER, 7))
    assert Exposure() == Exposure(None, None, None)
