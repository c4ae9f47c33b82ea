import pytest

from senexbot.domain.halts import HaltState, allows
from senexbot.domain.terms import Action

from .builders import terms

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
