from dataclasses import replace

import pytest

from senexbot.domain.approval.envelopes import ApprovalMark, envelope_for
from senexbot.domain.news import Buzz
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.intents import IntentState, NewsSource
from senexbot.domain.orders.lifecycle import Trigger, absorb, buzz_for, move, story_line
from senexbot.domain.policy.verdict import Exposure
from tests.domain.builders import NOW, fill, intent, order, terms

S, T, B = IntentState, Trigger, BrokerStatus


def told(start, *reports, source=NewsSource.STREAM):
    current = start
    for report in reports:
        current = absorb(current, report, source, NOW) or current
    return current


LIVE = told(intent(S.CLAIMED), order(B.LIVE, 2))


@pytest.mark.parametrize(
    ("before", "report", "buzz"),
    [
        (intent(S.CLAIMED), order(B.LIVE, 2), None),
        (intent(S.CLAIMED), order(B.FILLED, 2, fill("a", 100)), Buzz.FILLED),
        (LIVE, order(B.LIVE, 3, fill("a", 40)), None),
        (LIVE, order(B.FILLED, 3, fill("a", 100)), Buzz.FILLED),
        (LIVE, order(B.CANCELLED, 3), None),
        (LIVE, order(B.CANCELLED, 3, fill("a", 40)), Buzz.PART_FILLED_END),
        (LIVE, order(B.EXPIRED, 3, fill("a", 40)), Buzz.PART_FILLED_END),
        (LIVE, order(B.EXPIRED, 3), None),
        (LIVE, order(B.REJECTED, 3), Buzz.REJECTED),
        (told(LIVE, order(B.CANCELLED, 3)), order(B.CANCELLED, 4), None),
        (told(LIVE, order(B.CANCELLED, 3)), order(B.CANCELLED, 3, fill("a", 1)), Buzz.PART_FILLED_END),
        (intent(S.UNKNOWN), order(B.LIVE, 2), Buzz.FOUND),
        (intent(S.UNKNOWN), order(B.CANCELLED, 2), Buzz.FOUND),
        (intent(S.NEEDS_PERSON), order(B.FILLED, 2, fill("a", 100)), Buzz.FILLED),
        (intent(S.UNKNOWN), order(B.REJECTED, 2), Buzz.REJECTED),
        (intent(S.PRESUMED_NOT_PLACED), order(B.LIVE, 2), Buzz.FOUND_LATE),
        (intent(S.PRESUMED_NOT_PLACED), order(B.FILLED, 2, fill("a", 100)), Buzz.FOUND_LATE),
        (intent(S.REFUSED), order(B.LIVE, 2), Buzz.FOUND_LATE),
    ],
)
def test_what_buzzes_of_the_brokers_news(before, report, buzz):
    """Design decision 6."""
    assert buzz_for(before, told(before, report)) is buzz


@pytest.mark.parametrize(
    ("state", "trigger", "buzz"),
    [
        (S.PREVIEWED, T.CONFIRM, None),
        (S.PREVIEWED, T.EDIT, None),
        (S.PREVIEWED, T.DENY, None),
        (S.PREVIEWED, T.LAPSE, None),
        (S.PREVIEWED, T.ASK, None),
        (S.AWAITING_APPROVAL, T.COUNT, None),
        (S.AWAITING_APPROVAL, T.APPROVE, Buzz.APPROVED),
        (S.AWAITING_APPROVAL, T.DECLINE, Buzz.DECLINED),
        (S.AWAITING_APPROVAL, T.DISCARD, None),
        (S.APPROVED, T.CONFIRM, None),
        (S.APPROVED, T.EDIT, None),
        (S.CLAIMED, T.NOT_SENT, Buzz.NOT_SENT),
        (S.CLAIMED, T.REFUSE, Buzz.REFUSED),
        (S.CLAIMED, T.LOSE, Buzz.UNKNOWN),
        (S.UNKNOWN, T.HAND_OVER, Buzz.NEEDS_PERSON),
        (S.UNKNOWN, T.PRESUME, Buzz.PRESUMED_NOT_PLACED),
        (S.NEEDS_PERSON, T.OWNER_CLOSE, None),
        (S.WORKING, T.CANCEL_ASK, None),
    ],
)
def test_what_buzzes_of_our_own_moves(state, trigger, buzz):
    before = intent(state)
    assert buzz_for(before, move(before, trigger)) is buzz


def test_a_look_that_found_nothing_does_not_buzz_again():
    before = intent(S.UNKNOWN)
    assert buzz_for(before, replace(before, version=2, looks=1)) is None


@pytest.mark.parametrize(
    ("state", "trigger", "line"),
    [
        (S.PREVIEWED, T.CONFIRM, "Confirmed: on its way to the broker."),
        (S.PREVIEWED, T.DISCARD, "Discarded. Nothing was sent."),
        (S.CLAIMED, T.LOSE, "Not known whether the broker has it: timed out * here"),
        (S.CLAIMED, T.REFUSE, "Refused by the broker: timed out * here"),
        (S.UNKNOWN, T.HAND_OVER, "Still not known after 5 minutes: a person has to look at the broker."),
    ],
)
def test_lines_of_our_own_moves(state, trigger, line):
    before = intent(state)
    assert story_line(before, move(before, trigger, reason="timed out\n * \x1b\u202ehere")) == line


def test_a_reason_that_is_not_known_is_left_out():
    before = intent(S.CLAIMED)
    assert story_line(before, move(before, T.LOSE)) == "Not known whether the broker has it."


def test_lines_of_a_life():
    """Each step is one line, fills are told once."""
    steps = [
        intent(S.CLAIMED),
        *(
            order(B.ROUTED, 1),
            order(B.LIVE, 2),
            order(B.LIVE, 3, fill("a", 40, "187.49")),
            order(B.FILLED, 4, fill("a", 40, "187.49")),
            order(B.FILLED, 4, fill("a", 40, "187.49"), fill("b", 20, "187.48"), fill("c", 40, "187.50")),
        ),
    ]
    lines, current = [], steps[0]
    for report in steps[1:]:
        moved = absorb(current, report, NewsSource.STREAM, NOW)
        lines.append(story_line(current, moved))
        current = moved
    assert lines == [
        "",  # milliseconds on the way are nothing to tell
        "Order 7 is live at the exchange.",
        "Filled 40 at 187.49, 60 left.",
        "Order 7 is filled, the fills are still coming in.",
        "Filled 60 at 187.4933, all 100.",
    ]


def test_lines_of_finding():
    unknown = intent(S.UNKNOWN)
    found = told(unknown, order(B.LIVE, 2), source=NewsSource.SWEEP)
    assert story_line(unknown, found) == (
        "Found at the broker. Order 7 is live at the exchange. "
        "(Seen by a check of the broker's list, not by its stream.)"
    )
    presumed = intent(S.PRESUMED_NOT_PLACED)
    late = told(presumed, order(B.CANCELLED, 2, fill("a", 1)))
    assert (
        story_line(presumed, late) == "Found at the broker after all. Filled 1 at 187.50, 99 left. Cancelled."
    )


def test_lines_of_cancels_and_edits():
    asked = move(LIVE, T.CANCEL_ASK)
    assert story_line(LIVE, asked) == "Cancel asked of the broker; it may still fill."
    assert story_line(asked, move(asked, T.CANCEL_FAIL)) == "Order 7 is live at the exchange."
    for count, words in ((5, "Cancel asked of the broker; it may still fill."), (6, "")):
        assert story_line(LIVE, replace(asked, together=count)) == words
    many = replace(asked, together=200)
    gone = absorb(many, order(B.CANCELLED, 9), NewsSource.SWEEP, NOW)
    assert (gone.state, story_line(many, gone)) == (S.CANCELLED, "")
    partly = absorb(many, order(B.CANCELLED, 9, fill("f1", 40)), NewsSource.SWEEP, NOW)
    assert story_line(many, partly) == (
        "Filled 40 at 187.50, 60 left. (Seen by a check of the broker's list, not by its stream.)"
    )
    assert story_line(many, move(many, T.CANCEL_FAIL)) == "Order 7 is live at the exchange."
    strange = told(LIVE, order(B.CANCEL_REQUESTED, 4), order(B.UNKNOWN, 5))
    assert story_line(asked, strange) == "Order 7 is in a status this bot does not know."
    before = intent()
    assert story_line(None, before) == "Previewed: Buy 100 AAPL, limit 187.50, today only."
    edited = move(before, T.EDIT, terms=terms(price="-187.49"), terms_version=2)
    assert story_line(before, edited) == "Changed: Buy 100 AAPL, limit 187.49, today only."
    assert story_line(LIVE, replace(LIVE, version=9)) == ""


def test_an_approval_is_told_step_by_step():
    """The thread of the card says what happened; a question and what was held buzz too."""
    mark = ApprovalMark("r1", 2, (), NOW, envelope_for(terms(), None, Exposure(), tick=None, until=NOW))
    asked = move(intent(), T.ASK, approval=mark)
    assert story_line(intent(), asked) == "Confirmed, and asked to be approved."
    question = move(asked, T.COUNT, approval=replace(mark, question="why now?", question_by="U2"))
    assert (story_line(asked, question), buzz_for(asked, question)) == ("Asked back: why now?", Buzz.QUESTION)
    answered = move(question, T.COUNT, approval=mark)
    assert (story_line(question, answered), buzz_for(question, answered)) == ("Answered.", None)
    wider = move(answered, T.COUNT)
    assert story_line(answered, wider) == ""
    one = move(wider, T.COUNT, approval=replace(mark, given=("U2",)))
    assert (story_line(wider, one), buzz_for(wider, one)) == ("1 of 2 have approved.", None)
    done = move(one, T.APPROVE, approval=replace(mark, given=("U2", "U3")))
    assert story_line(one, done) == "Approved."
    held = move(done, T.HOLD, reason="the desk is halted")
    assert (story_line(done, held), buzz_for(done, held)) == ("Not sent: the desk is halted", Buzz.HELD)
    same = move(held, T.HOLD)
    assert (story_line(held, same), buzz_for(held, same)) == ("", None)
    bare = move(replace(held, approval=None), T.HOLD, reason="")
    assert story_line(replace(held, approval=None), bare) == "Not sent."
