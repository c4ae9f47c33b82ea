"""The evidence rule: I10 to I13, faults 25, 32 to 35."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.links import AccountRef, Environment
from senexbot.domain.orders.intents import IntentState
from senexbot.domain.orders.settle import (
    LookFacts,
    VerdictKind,
    blocks_new,
    judge,
    looked,
    muted,
    near_match,
    next_look_at,
    next_reminder_at,
    reminded,
    wait_until,
)
from senexbot.domain.orders.terms import Action
from tests.domain.builders import NOW, after, intent, order, share, terms

S, V = IntentState, VerdictKind
UNKNOWN = intent(S.UNKNOWN, unknown_since=after(1))
FULL = [LookFacts(after(s), complete=True, list_is_fresh=True) for s in (2, 60, 121)]


def test_when_it_looks():
    times, current = [], UNKNOWN
    for _ in range(11):
        at = next_look_at(current, after(0))
        times.append((at - after(1)).total_seconds())
        current = looked(current, LookFacts(at, complete=True))
    assert times == [0, 2, 5, 10, 20, 30, 60, 120, 150, 180, 210]
    assert (current.looks, current.version) == (11, 12)
    assert looked(current, LookFacts(after(999), complete=False)).looks == 11


def test_a_late_look_does_not_bring_the_missed_ones():
    late = replace(UNKNOWN, last_look_at=after(26))
    assert next_look_at(late, after(26)) == after(31)


def test_who_is_watched_and_how_long():
    presumed = intent(
        S.PRESUMED_NOT_PLACED, unknown_since=NOW, last_look_at=after(300), watch_until=after(5000)
    )
    assert next_look_at(presumed, after(301)) == after(360)
    closed = replace(presumed, state=S.CLOSED_BY_OWNER)
    assert next_look_at(closed, after(301)) == after(360)
    assert next_look_at(closed, after(5000)) is None
    assert next_look_at(presumed, after(901)) == after(600)
    assert next_look_at(presumed, after(5000)) is None
    assert next_look_at(replace(presumed, watch_until=None), after(9999)) == after(600)
    assert next_look_at(intent(S.NEEDS_PERSON, unknown_since=NOW), after(300)) == after(60)
    assert next_look_at(intent(S.WORKING), NOW) is None


def test_found_wins_even_in_an_incomplete_look():
    """F25, F35."""
    looks = [*FULL, LookFacts(after(3), complete=False, found=order())]
    verdict = judge(UNKNOWN, looks, after(400))
    assert (verdict.kind, verdict.order) == (V.FOUND, order())


def test_not_placed_is_presumed_on_full_evidence_only():
    """I12, F34."""
    assert judge(UNKNOWN, FULL, after(121)).kind is V.PRESUME_NOT_PLACED


@pytest.mark.parametrize(
    "looks",
    [
        [],
        FULL[:2],
        FULL[1:],
        [*FULL[:2], LookFacts(after(119.9), complete=True, list_is_fresh=True)],
        [*FULL[:2], LookFacts(after(121), complete=True)],
        [*FULL[:2], LookFacts(after(121), complete=False, list_is_fresh=True)],
        [*FULL, LookFacts(after(122), complete=True)],
        [
            *FULL[:2],
            LookFacts(after(121), complete=True, list_is_fresh=True, near_match=order(identifier="")),
        ],
        [LookFacts(after(-9), complete=True), *FULL[1:]],
    ],
)
def test_less_than_full_evidence_proves_nothing(looks):
    """I11, I12: it keeps looking, and after 5 minutes calls a person; waiting for one it goes on looking."""
    early = judge(UNKNOWN, looks, after(130))
    assert early.kind is V.KEEP_LOOKING
    assert early.why
    assert judge(UNKNOWN, looks, after(300.9)).kind is V.KEEP_LOOKING
    late = judge(UNKNOWN, looks, after(301))
    assert late.kind is V.HAND_OVER
    assert late.near == next((k.near_match for k in looks if k.near_match), None)
    assert judge(replace(UNKNOWN, state=S.NEEDS_PERSON), looks, after(999)).kind is V.KEEP_LOOKING


LOOKS = st.lists(
    st.builds(
        LookFacts,
        st.integers(-10, 400).map(after),
        st.booleans(),
        st.none(),
        st.sampled_from([None, None, order(identifier="")]),
        st.booleans(),
    ),
    max_size=6,
)


@given(LOOKS, st.integers(0, 500))
def test_the_evidence_rule_as_it_is_written(looks, seconds):
    """I12 once more, spelled out word for word."""
    complete = [k for k in looks if k.complete and k.at >= NOW]
    newest = max(complete, key=lambda k: k.at, default=None)
    freshest = [k for k in complete if newest and k.at == newest.at][-1:]
    proven = (
        len(complete) >= 3
        and newest.at >= after(120)
        and freshest[0].list_is_fresh
        and not any(k.near_match for k in looks)
    )
    verdict = judge(UNKNOWN, looks, after(seconds))
    assert (verdict.kind is V.PRESUME_NOT_PLACED) == proven
    if not proven:
        assert verdict.kind is (V.HAND_OVER if seconds >= 301 else V.KEEP_LOOKING)


def test_near_matches():
    """Same account, leg, size, price and time, no identifier; the broker may have re-tagged the effect."""
    near = order(identifier="")
    assert near_match(UNKNOWN, near)
    assert near_match(UNKNOWN, replace(near, received_at=None))
    assert near_match(UNKNOWN, replace(near, legs=(replace(near.legs[0], action="Buy to Close"),)))
    for far in (
        replace(near, identifier="sx1-p-other"),
        replace(near, account="5WT00002"),
        replace(near, price=terms(price="-187.51").price),
        replace(near, type="Market"),
        replace(near, received_at=after(901)),
        replace(near, received_at=after(-61)),
        replace(near, legs=(replace(near.legs[0], quantity=99),)),
        replace(near, legs=(replace(near.legs[0], action="Sell to Open"),)),
        replace(near, legs=()),
    ):
        assert not near_match(UNKNOWN, far)


def test_a_like_order_waits_five_minutes():
    """I13."""
    assert blocks_new(UNKNOWN, terms(price="-180"), after(300))
    assert not blocks_new(UNKNOWN, terms(), after(301))
    assert wait_until(replace(UNKNOWN, unknown_since=None), terms()) == after(300)
    assert blocks_new(replace(UNKNOWN, state=S.NEEDS_PERSON), terms(), after(10))
    for other in (
        terms(Action.SELL_TO_CLOSE),
        terms(instrument=share("MSFT")),
        terms(account=AccountRef("link1", "5WT00002", Environment.PRACTICE)),
    ):
        assert not blocks_new(UNKNOWN, other, after(10))
    assert wait_until(intent(S.WORKING), terms()) is None
    assert wait_until(intent(S.CLAIMED), terms()) is None


def test_reminders_four_times_then_hourly_in_session():
    """I11."""
    current, times = intent(S.NEEDS_PERSON, unknown_since=NOW), []
    for _ in range(6):
        at = next_reminder_at(current, in_session=True)
        times.append((at - after(300)) / timedelta(minutes=1))
        current = reminded(current, at)
    assert times == [15, 30, 45, 60, 120, 180]
    assert (current.version, current.reminded) == (7, 6)
    assert next_reminder_at(current, in_session=False) is None
    assert next_reminder_at(UNKNOWN, in_session=True) is None


def test_i_am_on_it_mutes_for_four_hours():
    quiet = muted(intent(S.NEEDS_PERSON, unknown_since=NOW), after(400))
    assert quiet.version == 2
    assert next_reminder_at(quiet, in_session=False) == after(400 + 4 * 3600)
