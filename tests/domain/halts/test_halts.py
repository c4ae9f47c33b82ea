import pytest

from senexbot.domain.halts.halts import (
    DESK,
    Brake,
    HaltState,
    account_scope,
    allows,
    resume_words,
    scope_words,
    scopes_of,
    strictest,
    user_of,
    user_scope,
)
from senexbot.domain.links import Environment
from senexbot.domain.orders.terms import Action
from tests.domain.builders import ACCOUNT, terms

OPENS, CLOSES = terms(), terms(Action.SELL_TO_CLOSE, 30, None)


@pytest.mark.parametrize(
    ("state", "what", "code"),
    [
        (HaltState.ACTIVE, OPENS, None),
        (HaltState.ACTIVE, CLOSES, None),
        (HaltState.REDUCING, OPENS, "reducing"),
        (HaltState.REDUCING, CLOSES, None),
        (HaltState.HALTED, OPENS, "halted"),
        (HaltState.HALTED, CLOSES, "halted"),
    ],
)
def test_what_starts_while_halted(state, what, code):
    """I25."""
    reason = allows(state, what)
    assert (reason and reason.code) == code


ONE = account_scope(Environment.PRACTICE, "5WT00001")


def test_of_the_halts_that_meet_in_an_order_the_strictest_wins():
    """I25."""
    halted, reducing = Brake(HaltState.HALTED, "user:U1"), Brake(HaltState.REDUCING, ONE)
    assert strictest((Brake(), reducing, halted)) == halted
    assert strictest((reducing, Brake())) == reducing
    assert strictest(()) == Brake(HaltState.ACTIVE, DESK)
    assert scopes_of(ACCOUNT, "U1") == (DESK, ONE, "user:U1")


def test_a_refusal_says_whose_halt_it_is():
    assert allows(HaltState.HALTED, OPENS, ONE).words.startswith("PRACTICE account …0001 is halted")
    assert allows(HaltState.REDUCING, OPENS, user_scope("U1")).words.startswith("this person is reducing")
    assert allows(HaltState.HALTED, OPENS).words.startswith("the desk is halted")
    assert scope_words(DESK) == "the desk"


def test_what_to_say_to_lift_it():
    assert [resume_words(scope) for scope in (DESK, ONE, user_scope("U012AB"))] == [
        "resume",
        "resume account 0001",
        "resume user U012AB",
    ]
    assert (user_of(user_scope("U1")), user_of(ONE)) == ("U1", "")
