"""A plan to flatten as a row: pressed once, stage by stage, and what became of each step."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from senexbot.domain.errors import AlreadyHandled, Expired
from senexbot.domain.halts.flatten import Stage
from senexbot.domain.halts.flatten_plan import (
    CancelStep,
    CloseStep,
    FlattenPlan,
    PlanState,
    StepState,
    adopted,
    confirmed,
    lapsed,
    learned,
    paused,
    protection_of,
    ready,
    resumed,
    settled,
    with_cancels,
    with_close,
)
from senexbot.domain.orders.broker_orders import BrokerStatus, CancelWanted
from senexbot.domain.orders.intents import IntentState, OrderFacts
from senexbot.domain.orders.terms import Action
from senexbot.domain.policy.verdict import ApprovalNeed, Outcome, PolicyVerdict
from tests.domain.builders import ACCOUNT, NOW, after, intent, share, terms

OTHER = replace(ACCOUNT, number="5WT00002")
SHORTS = CloseStep("c1", Stage.SHORT_OPTIONS, terms(Action.BUY_TO_CLOSE, 2, "-3"))
SHARES = CloseStep("c2", Stage.LONG_SHARES, terms(Action.SELL_TO_CLOSE, 100, "187"), protection=(9,))
MSFT = CloseStep("c3", Stage.LONG_SHARES, terms(Action.SELL_TO_CLOSE, 5, "400", instrument=share("MSFT")))
ELSEWHERE = CloseStep("c4", Stage.LONG_SHARES, terms(Action.SELL_TO_CLOSE, 7, "187", account=OTHER))
OPENING = CancelStep(ACCOUNT, CancelWanted(7), "buy 10 AAPL @ 150")
STOP = CancelStep(ACCOUNT, CancelWanted(9), "sell 100 AAPL stop 170")


def plan(*closes: CloseStep, **changes) -> FlattenPlan:
    values = {
        "id": "p1",
        "team_id": "T1",
        "owner": "U1",
        "version": 1,
        "state": PlanState.PLANNED,
        "accounts": (ACCOUNT,),
        "opening": (OPENING,),
        "protecting": (STOP,),
        "closes": closes,
        "left": (),
        "created_at": NOW,
        "expires_at": after(120),
        "handle": "h",
    }
    return FlattenPlan(**values | changes)


def ids(steps) -> list[str]:
    return [step.intent_id for step in steps]


def test_i32_i33_one_press_in_time_begins_it_and_no_other():
    begun = confirmed(plan(SHARES), after(119))
    assert (begun.state, begun.version) == (PlanState.RUNNING, 2)
    with pytest.raises(AlreadyHandled):
        confirmed(begun, after(119))
    with pytest.raises(Expired):
        confirmed(plan(SHARES), after(120))
    with pytest.raises(Expired):
        confirmed(lapsed(plan(SHARES)), NOW)
    with pytest.raises(AlreadyHandled):
        confirmed(plan(opening=()), NOW)


def test_a_halted_account_only_cancels():
    """I25."""
    begun = confirmed(plan(SHARES, blocked="the desk is halted"), NOW)
    assert [close.state for close in begun.closes] == [StepState.FAILED]
    assert ready(begun) == ()
    with pytest.raises(AlreadyHandled):
        confirmed(plan(SHARES, opening=(), blocked="the desk is halted"), NOW)


def test_it_rests_and_goes_on_by_its_owners_word():
    running = confirmed(plan(SHARES), NOW)
    resting = paused(adopted(running, 3), "halted")
    assert (resting.state, resting.reason, resting.epoch) == (PlanState.PAUSED, "halted", 3)
    again = resumed(resting)
    assert (again.state, again.reason, again.epoch) == (PlanState.RUNNING, "", None)
    for wrong in (lambda: paused(resting, "x"), lambda: resumed(running)):
        with pytest.raises(AlreadyHandled):
            wrong()


@pytest.mark.parametrize(
    ("state", "free"),
    [
        (StepState.PLANNED, ["c1"]),
        (StepState.SENT, ["c3", "c4"]),
        (StepState.UNKNOWN, ["c3", "c4"]),
        (StepState.FAILED, ["c3", "c4"]),
        (StepState.DONE, ["c2", "c3", "c4"]),
    ],
)
def test_what_covers_a_short_waits_until_it_has_filled(state, free):
    """Of the same underlying and account; others need not wait, but nothing starts before what is short was sent."""
    running = confirmed(plan(replace(SHORTS, state=state), SHARES, MSFT, ELSEWHERE), NOW)
    assert ids(ready(running)) == free


def test_what_never_can_start_is_named_and_the_plan_ends():
    running = confirmed(plan(replace(SHORTS, state=StepState.FAILED), SHARES), NOW)
    still = settled(running)
    assert still.closes[1].state is StepState.FAILED
    assert "what goes before it was not closed" in still.closes[1].why
    assert still.state is PlanState.RUNNING  # its cancels were not asked for yet
    asked = with_cancels(still, [replace(OPENING, state=StepState.UNKNOWN)])
    assert settled(asked).state is PlanState.DONE
    assert settled(paused(asked, "x")).state is PlanState.PAUSED
    waits = with_cancels(confirmed(plan(SHARES), NOW), [replace(OPENING, state=StepState.DONE)])
    assert settled(waits) == waits


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (IntentState.PREVIEWED, StepState.PLANNED),
        (IntentState.AWAITING_APPROVAL, StepState.ASKS),
        (IntentState.APPROVED, StepState.ASKS),
        (IntentState.CLAIMED, StepState.SENT),
        (IntentState.WORKING, StepState.SENT),
        (IntentState.CANCEL_REQUESTED, StepState.SENT),
        (IntentState.UNKNOWN, StepState.UNKNOWN),
        (IntentState.NEEDS_PERSON, StepState.UNKNOWN),
        (IntentState.FILLED, StepState.DONE),
        (IntentState.REFUSED, StepState.FAILED),
        (IntentState.EXPIRED, StepState.FAILED),
    ],
)
def test_what_became_of_an_order(state, step):
    """I10: unknown is told as unknown."""
    facts = OrderFacts(7, BrokerStatus.LIVE, Decimal(100))
    told = intent(state, id="c2", facts=facts, reason="no margin" if state is IntentState.REFUSED else "")
    now = learned(plan(SHARES), {"c2": told}.get)
    assert now.closes[0].state is step
    assert now.closes[0].filled == 0
    if state is IntentState.REFUSED:
        assert now.closes[0].why == "refused: no margin"
    assert learned(now, {"c2": told}.get) == now


def test_what_needs_an_approval_waits_on_its_own_card():
    verdict = PolicyVerdict(Outcome.NEEDS_APPROVAL, need=ApprovalNeed(1))
    told = intent(IntentState.PREVIEWED, id="c2", verdict=verdict)
    assert learned(plan(SHARES), lambda _: told).closes[0].state is StepState.ASKS
    clear = replace(told, verdict=PolicyVerdict(Outcome.CLEAR))
    assert learned(plan(SHARES), lambda _: clear).closes[0].state is StepState.PLANNED


def test_nothing_new_leaves_the_plan_as_it_is():
    begun = plan(SHARES)
    assert learned(begun, lambda _: None) is begun
    failed = with_close(begun, replace(SHARES, state=StepState.FAILED, why="position gone"))
    assert learned(failed, lambda _: intent(IntentState.DISCARDED)) is failed
    sent = with_close(begun, replace(SHARES, state=StepState.SENT, why="slow"))
    assert learned(sent, lambda _: intent(IntentState.WORKING)).closes[0].why == "slow"


def test_protection_is_that_of_the_same_account():
    begun = plan(SHARES, replace(ELSEWHERE, protection=(9,)))
    assert protection_of(begun, SHARES) == (STOP,)
    assert protection_of(begun, begun.closes[1]) == ()
    gone = with_cancels(begun, [replace(STOP, state=StepState.DONE)])
    assert protection_of(gone, SHARES)[0].state is StepState.DONE
    assert gone.opening == begun.opening
