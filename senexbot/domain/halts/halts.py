"""The desk's brake: what may still start while it is on. Cancels are never asked here: they always pass.

It is on for the desk, for one account or for one person; of those that meet in an order the strictest wins.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from senexbot.domain.errors import Reason
from senexbot.domain.links import AccountRef, Environment, masked
from senexbot.domain.orders.terms import OrderTerms

DESK = "desk"
_ACCOUNT, _USER = "account:", "user:"


class HaltState(enum.StrEnum):
    ACTIVE = "active"  # trading as usual
    REDUCING = "reducing"  # only orders that make a position smaller
    HALTED = "halted"  # no create or replace starts


_STRICTNESS = tuple(HaltState)  # from the mildest


def account_scope(environment: Environment, number: str) -> str:
    """One account, whoever reaches it through whichever link."""
    return f"{_ACCOUNT}{environment.value}:{number}"


def user_scope(user_id: str) -> str:
    """One person, in every account."""
    return f"{_USER}{user_id}"


def user_of(scope: str) -> str:
    """The member id of a person's scope; "" for another one."""
    return scope.removeprefix(_USER) if scope.startswith(_USER) else ""


def scopes_of(account: AccountRef, user_id: str) -> tuple[str, ...]:
    """All that an order of this person in this account is subject to."""
    return DESK, account_scope(account.environment, account.number), user_scope(user_id)


def scope_words(scope: str) -> str:
    """`the desk`, `PRACTICE account …0001`, `this person`: no name that only Slack can show."""
    if scope.startswith(_ACCOUNT):
        environment, _, number = scope.removeprefix(_ACCOUNT).partition(":")
        return f"{environment.upper()} account {masked(number)}"
    return "the desk" if scope == DESK else "this person"


def resume_words(scope: str) -> str:
    """What to say to lift it: `resume`, `resume account 0001`, `resume user U012AB3CD`."""
    if user_of(scope):
        return f"resume user {user_of(scope)}"
    return "resume" if scope == DESK else f"resume account {scope[-4:]}"


@dataclass(frozen=True, slots=True)
class Brake:
    """What holds for one order: the state, and the scope whose halt it is."""

    state: HaltState = HaltState.ACTIVE
    scope: str = DESK


def strictest(brakes: Iterable[Brake]) -> Brake:
    """The first of the strictest; active when there is none."""
    return max(brakes, key=lambda brake: _STRICTNESS.index(brake.state), default=Brake())


def allows(state: HaltState, terms: OrderTerms, scope: str = DESK) -> Reason | None:
    """None when an order with these terms may start; else why not (I25)."""
    words = scope_words(scope)
    match state:
        case HaltState.HALTED:
            return Reason("halted", f"{words} is halted: no order starts, cancels work")
        case HaltState.REDUCING if not terms.closes:
            return Reason("reducing", f"{words} is reducing: only orders that close a position start")
        case _:
            return None
