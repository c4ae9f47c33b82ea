import pytest

from senexbot.domain.access import effective_roles, may, stranger
from senexbot.domain.links import Role
from senexbot.domain.verbs import VERBS, verb_named
from tests.domain.builders import actor

NOBODY = frozenset()


def test_a_full_member_who_links_is_trader_and_nobody_else_is():
    """Design section 5, I34."""
    assert Role.TRADER in effective_roles(actor(), NOBODY, linked=True)
    assert effective_roles(actor(), NOBODY, linked=False) == NOBODY
    for other in (actor(is_guest=True), actor(home_team_id="T2"), actor(deleted=True), actor(is_bot=True)):
        assert effective_roles(other, NOBODY, linked=True) == NOBODY
    assert effective_roles(actor(is_guest=True), {Role.VIEWER}, linked=True) == {Role.VIEWER}


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (actor(is_bot=True), "bot"),
        (actor(deleted=True), "deactivated"),
        (actor(home_team_id="T2"), "outsider"),
        (actor(is_guest=True), "guest"),
    ],
)
def test_strangers_may_nothing_at_all(who, code):
    """I34: whatever they hold, except a guest with a role."""
    for verb in VERBS:
        reason = may(who, NOBODY, verb)
        assert reason is not None
        assert reason.code == code
    no = stranger(who, frozenset(Role))
    assert (no is None) == (code == "guest")


MATRIX = [
    ("help", NOBODY, True),
    ("connect", NOBODY, True),
    ("quote", NOBODY, True),
    ("order", NOBODY, False),
    ("order", {Role.VIEWER}, False),
    ("order", {Role.TRADER}, True),
    ("positions", {Role.VIEWER}, True),
    ("halt", {Role.TRADER}, True),
    ("halt", {Role.RISK}, True),
    ("halt", {Role.OPERATOR}, True),
    ("halt", {Role.AUDITOR, Role.APPROVER, Role.VIEWER}, False),
    ("resume", {Role.TRADER}, False),
    ("resume", {Role.RISK}, True),
    ("resume", {Role.OPERATOR}, True),
]


@pytest.mark.parametrize(("verb", "roles", "allowed"), MATRIX)
def test_may(verb, roles, allowed):
    """I26: many may halt, few may lift it."""
    reason = may(actor(), frozenset(roles), verb_named(verb))
    assert (reason is None) == allowed
    if reason is not None:
        assert reason.code == "role_missing"
        assert ("makes you trader" in reason.words) == (Role.TRADER in verb_named(verb).roles)


def test_a_guest_with_a_role_is_held_to_it():
    guest = actor(is_guest=True)
    assert may(guest, {Role.VIEWER}, verb_named("positions")) is None
    assert may(guest, {Role.VIEWER}, verb_named("order")) is not None
