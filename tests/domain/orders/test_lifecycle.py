"""The table, and what the broker's news and answers do to an intent."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from senexbot.domain.errors import AlreadyHandled, InvariantBroken
from senexbot.domain.orders.broker_orders import Accepted, BrokerStatus, NotProven, NotSent, RefusedByBroker
from senexbot.domain.orders.intents import IntentState, NewsSource
from senexbot.domain.orders.lifecycle import TRANSITIONS, Trigger, absorb, answered, move, state_for
from tests.domain.builders import NOW, after, fill, intent, order

S, T, B = IntentState, Trigger, BrokerStatus
STREAM, SWEEP = NewsSource.STREAM, NewsSource.SWEEP

# What is believed about the order, from "nothing happened" to "filled": transitions never lead down.
STAGE = {
    S.PREVIEWED: 0,
    S.AWAITING_APPROVAL: 0.3,
    S.APPROVED: 0.6,
    S.CLAIMED: 1,
    S.UNKNOWN: 2,
    S.NEEDS_PERSON: 3,
    S.DECLINED: 4,
    S.DENIED: 4,
    S.DISCARDED: 4,
    S.LAPSED: 4,
    S.NOT_SENT: 4,
    S.REFUSED: 4,
    S.PRESUMED_NOT_PLACED: 4,
    S.CLOSED_BY_OWNER: 4,
    S.WORKING: 5,
    S.CANCEL_REQUESTED: 5,
    S.CANCELLED: 6,
    S.EXPIRED: 6,
    S.REJECTED: 6,
    S.FILLED: 7,
}
AT_BROKER = {s for s, stage in STAGE.items() if stage >= 5}


def test_the_table_leads_forward_only():
    """I16."""
    for (state, trigger), target in TRANSITIONS.items():
        assert STAGE[target] >= STAGE[state], (state, trigger)
    assert {state for state, _ in TRANSITIONS} == set(S)


def test_a_claim_happens_only_from_a_preview_and_never_leads_back():
    """I3."""
    into_claimed = [(s, t) for (s, t), target in TRANSITIONS.items() if target is S.CLAIMED]
    assert into_claimed == [(S.PREVIEWED, T.CONFIRM), (S.APPROVED, T.CONFIRM)]
    reachable, frontier = set(), {S.CLAIMED}
    while frontier:
        state = frontier.pop()
        news = {target for (s, _), target in TRANSITIONS.items() if s is state} - reachable
        reachable |= news
        frontier |= news
    assert not {S.PREVIEWED, S.AWAITING_APPROVAL, S.APPROVED, S.CLAIMED} & reachable


def test_an_order_at_the_broker_is_seen_from_every_state():
    """I14: no state closes its eyes to an order with our identifier."""
    for state in S:
        facts = order(B.FILLED, 9, fill("f1", 100))
        seen = absorb(intent(state), facts, STREAM, NOW)
        assert seen is not None
        assert seen.state is S.FILLED
        live = intent(state) if STAGE[state] < 6 else None
        if live is not None:
            working = absorb(live, order(B.LIVE, 3), SWEEP, NOW)
            assert working is not None
            assert working.state is (S.CANCEL_REQUESTED if state is S.CANCEL_REQUESTED else S.WORKING)
            assert working.facts is not None
            assert working.facts.found_by_sweep
            assert working.last_look_at == NOW


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("trigger", list(T))
def test_every_cell(state, trigger):
    before = intent(state)
    if (state, trigger) in TRANSITIONS:
        moved = move(before, trigger, reason="because")
        assert (moved.state, moved.version, moved.reason) == (TRANSITIONS[state, trigger], 2, "because")
    else:
        with pytest.raises(AlreadyHandled) as caught:
            move(before, trigger)
        assert caught.value.code == state.value
    assert before.version == 1


class Walk(RuleBasedStateMachine):
    """Any triggers in any order: claimed at most once, stages never go down, FILLED is the last word."""

    def __init__(self):
        super().__init__()
        self.intent = intent()
        self.claims = 0
        self.best = 0

    @rule(trigger=st.sampled_from(Trigger))
    def trigger(self, trigger):
        before = self.intent
        try:
            self.intent = move(before, trigger)
        except AlreadyHandled:
            return
        self.claims += trigger is T.CONFIRM
        assert self.intent.version == before.version + 1
        if before.state is S.FILLED:
            assert self.intent.state is S.FILLED

    @invariant()
    def forward(self):
        assert self.claims <= 1
        assert STAGE[self.intent.state] >= self.best
        self.best = STAGE[self.intent.state]


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=100, stateful_step_count=15)


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state", "reason", "code"),
    [
        (NotSent("no connection"), S.NOT_SENT, "no connection", "not_sent"),
        (
            RefusedByBroker("margin_check_failed", "Too much", 422),
            S.REFUSED,
            "Too much",
            "margin_check_failed",
        ),
        (NotProven("timed out"), S.UNKNOWN, "timed out", "unknown"),
    ],
)
def test_answers_without_an_order(outcome, state, reason, code):
    """I8, I9."""
    after_it = answered(intent(S.CLAIMED), outcome, after(3))
    assert after_it is not None
    assert (after_it.state, after_it.reason, after_it.reason_code) == (state, reason, code)
    assert after_it.unknown_since == (after(3) if state is S.UNKNOWN else None)


def test_accepted_answers():
    """F30: an unreadable rest still gives the order id."""
    read = answered(intent(S.CLAIMED), Accepted(7, order(B.ROUTED, 1)), NOW)
    assert read is not None
    assert read.state is S.WORKING
    unread = answered(intent(S.CLAIMED), Accepted(7, None), NOW)
    assert unread is not None
    assert unread.facts is not None
    assert (unread.state, unread.facts.order_id, unread.facts.quantity) == (S.WORKING, 7, 100)


@pytest.mark.parametrize(
    "outcome",
    [
        Accepted(7, order(B.ROUTED, 1)),
        Accepted(7, None),
        NotSent("?"),
        RefusedByBroker("x", "y", 422),
        NotProven("timed out"),
    ],
)
def test_a_fill_before_the_answer_stands_whatever_the_answer(outcome):
    """F52."""
    filled = absorb(intent(S.CLAIMED), order(B.FILLED, 5, fill("f1", 100)), STREAM, NOW)
    assert filled is not None
    assert filled.state is S.FILLED
    assert answered(filled, outcome, NOW) is None


def test_an_answer_for_an_intent_that_was_not_claimed_is_a_fault():
    with pytest.raises(AlreadyHandled):
        answered(intent(S.PREVIEWED), NotSent("x"), NOW)


# --- news --------------------------------------------------------------------------------------


def told(start, *reports, source=STREAM):
    current = start
    for report in reports:
        current = absorb(current, report, source, NOW) or current
    return current


def test_the_usual_life():
    current = told(intent(S.CLAIMED), order(B.ROUTED, 1), order(B.LIVE, 2), order(B.LIVE, 3, fill("a", 40)))
    assert current.state is S.WORKING
    assert current.facts is not None
    assert current.facts.filled == 40
    current = told(current, order(B.FILLED, 4, fill("a", 40), fill("b", 60)))
    assert current.state is S.FILLED
    assert current.version == 5


def test_repeats_and_old_news_change_nothing():
    """I16, F51."""
    filled = told(intent(S.CLAIMED), order(B.FILLED, 4, fill("a", 100)))
    for report in (
        order(B.LIVE, 3),
        order(B.ROUTED, 1),
        order(B.FILLED, 4, fill("a", 100)),
        order(B.LIVE, 9),
    ):
        assert absorb(filled, report, SWEEP, NOW) is None


def test_filled_counts_when_the_fills_add_up():
    """Pitfall 43, I17."""
    early = told(intent(S.CLAIMED), order(B.FILLED, 4, fill("a", 40)))
    assert early.state is S.WORKING
    done = told(early, order(B.FILLED, 4, fill("a", 40), fill("b", 60)))
    assert done.state is S.FILLED


def test_a_word_we_do_not_know_is_never_an_end():
    strange = order(B.UNKNOWN, 3, status_word="Dead")
    assert told(intent(S.CLAIMED), order(B.LIVE, 2), strange).state is S.WORKING


@pytest.mark.parametrize("state", [S.UNKNOWN, S.NEEDS_PERSON])
def test_an_unknown_one_is_found(state):
    """F25."""
    assert told(intent(state), order(B.LIVE, 2), source=SWEEP).state is S.WORKING
    assert told(intent(state), order(B.CANCELLED, 2), source=SWEEP).state is S.CANCELLED
    assert told(intent(state), order(B.REJECTED, 2, reject_reason="No"), source=SWEEP).reason == "No"


@pytest.mark.parametrize(
    "state", [S.PRESUMED_NOT_PLACED, S.REFUSED, S.CLOSED_BY_OWNER, S.PREVIEWED, S.LAPSED]
)
def test_a_late_sighting_wins(state):
    """F29, F33."""
    found = told(intent(state, watch_until=after(99)), order(B.LIVE, 2), source=SWEEP)
    assert found.state is S.WORKING
    assert found.watch_until is None
    with pytest.raises(AlreadyHandled):
        move(found, T.CONFIRM)


def test_a_cancel_that_was_asked_stays_asked_until_the_broker_says_otherwise():
    asked = move(told(intent(S.CLAIMED), order(B.LIVE, 2)), T.CANCEL_ASK)
    part = told(asked, order(B.LIVE, 3, fill("a", 1)))
    assert part.state is S.CANCEL_REQUESTED
    pending = told(part, order(B.CANCEL_REQUESTED, 4, fill("a", 1)))
    assert pending.state is S.CANCEL_REQUESTED
    back = told(pending, order(B.LIVE, 5, fill("a", 1)))
    assert back.state is S.WORKING
    assert told(back, order(B.CANCEL_REQUESTED, 6)).state is S.CANCEL_REQUESTED
    assert move(asked, T.CANCEL_FAIL).state is S.WORKING


@pytest.mark.parametrize(
    ("status", "state"), [(B.CANCELLED, S.CANCELLED), (B.EXPIRED, S.EXPIRED), (B.REJECTED, S.REJECTED)]
)
def test_fills_after_the_end_are_kept(status, state):
    """F42: quantities add up after a cancel; a completed order is filled, whatever was said before."""
    ended = told(intent(S.CLAIMED), order(status, 4, fill("a", 40)))
    assert ended.state is state
    more = told(ended, order(B.LIVE, 3, fill("b", 10)))
    assert more.state is state
    assert more.facts is not None
    assert more.facts.filled == 50
    full = told(more, order(status, 4, fill("c", 50)))
    assert full.state is S.FILLED
    assert told(full, order(B.FILLED, 8)).state is S.FILLED


def test_an_end_stays_that_end():
    rejected = told(intent(S.CLAIMED), order(B.REJECTED, 4, reject_reason="No"))
    other = told(rejected, order(B.CANCELLED, 5))
    assert (other.state, other.reason) == (S.REJECTED, "No")


@pytest.mark.parametrize("status", [B.REMOVED, B.PARTIALLY_REMOVED])
def test_removed_is_cancelled(status):
    assert told(intent(S.CLAIMED), order(status, 4)).state is S.CANCELLED


def test_an_order_replaced_elsewhere_says_so():
    """F43: the card follows, the replacement is external."""
    live = told(intent(S.CLAIMED), order(B.LIVE, 2))
    assert absorb(live, order(B.LIVE, 3, id=8, replaces=7), STREAM, NOW) is None
    gone = told(live, order(B.CANCELLED, 4, replaced_by=8))
    assert gone.state is S.CANCELLED
    assert "order 8" in gone.reason


def test_what_cannot_be_ours_is_a_bug():
    live = told(intent(S.CLAIMED), order(B.LIVE, 2))
    with pytest.raises(InvariantBroken):
        absorb(live, order(B.LIVE, 3, id=8), STREAM, NOW)
    with pytest.raises(InvariantBroken):
        absorb(live, order(B.LIVE, 3, identifier="sx1-p-other"), STREAM, NOW)
    two = order(B.LIVE, 3)
    with pytest.raises(InvariantBroken):
        absorb(live, replace(two, legs=two.legs * 2), STREAM, NOW)


REPORTS = st.lists(
    st.sampled_from(
        [
            order(B.ROUTED, 1),
            order(B.LIVE, 2),
            order(B.LIVE, 3, fill("a", 40)),
            order(B.CANCEL_REQUESTED, 4, fill("a", 40)),
            order(B.UNKNOWN, 4),
            order(B.LIVE, 5, fill("a", 40), fill("b", 10)),
            order(B.CANCELLED, 6, fill("a", 40), fill("b", 10)),
            order(B.FILLED, 7, fill("a", 40), fill("b", 10), fill("c", 50)),
            order(B.EXPIRED, 8),
            order(B.REJECTED, 9, reject_reason="No"),
        ]
    ),
    max_size=12,
)


@given(st.sampled_from([s for s in S if STAGE[s] < 5]), REPORTS)
def test_no_news_leads_back_and_the_state_is_what_the_facts_prove(state, reports):
    """I16, I17, for any reports in any order."""
    current = intent(state)
    for report in reports:
        moved = absorb(current, report, STREAM, NOW)
        if moved is None:
            continue
        assert STAGE[moved.state] >= STAGE[current.state]
        assert moved.state in AT_BROKER
        assert moved.version == current.version + 1
        facts = moved.facts
        assert facts is not None
        assert facts.filled <= facts.quantity
        assert (moved.state is S.FILLED) == (facts.filled == facts.quantity)
        if moved.state not in {S.CANCELLED, S.EXPIRED, S.REJECTED, S.CANCEL_REQUESTED}:
            assert moved.state is state_for(facts)
        current = moved
