"""What holds for one alert: what its rule says, and behind it what its desk says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from senexbot.domain.links import Role
from senexbot.domain.routing.escalation import USUAL, USUAL_AFTER, Escalation, of

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("own", "desk", "to", "wait"),
    [
        (None, None, "", USUAL_AFTER),
        (None, Escalation("risk", 2 * MINUTE), "risk", 2 * MINUTE),
        (Escalation("U12345"), Escalation("risk", 2 * MINUTE), "U12345", 2 * MINUTE),
        (Escalation("", 9 * MINUTE), Escalation("risk", 2 * MINUTE), "risk", 9 * MINUTE),
        (Escalation("", 9 * MINUTE), None, "", 9 * MINUTE),
        (Escalation("C12345"), USUAL, "C12345", USUAL_AFTER),
    ],
)
def test_a_rule_says_what_it_says_and_the_desk_the_rest(
    own: Escalation | None, desk: Escalation | None, to: str, wait: timedelta
) -> None:
    held = of(own, desk)
    assert (held.to, held.wait) == (to, wait)


def test_only_a_roles_name_is_a_role() -> None:
    assert Escalation("risk").role is Role.RISK
    assert Escalation("U12345").role is None
    assert USUAL.role is None
