"""Who may approve an order: another person, with the role at that moment, a member, not the same broker customer.

Authority is a person's, never a room's (design decision 7). A deputy decides in place of one who holds the role.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from senexbot.domain.access import stranger
from senexbot.domain.errors import Reason
from senexbot.domain.links import Actor, Role

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Deputy:
    """`deputy` may decide in place of `principal` until then; both are member ids."""

    principal: str
    deputy: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """One who may be asked. `roles`: those held at this moment; `customers`: broker customers behind their own links.

    `stands_in_for`: persons who named this one as deputy and hold the role themselves at this moment.
    """

    actor: Actor
    roles: frozenset[Role]
    customers: frozenset[str] = frozenset()
    stands_in_for: frozenset[str] = frozenset()


def may_approve(
    candidate: Candidate, role: Role, *, team_id: str, requester: str, requester_customers: frozenset[str]
) -> Reason | None:
    """None when this person may decide on an order of the requester (I28); else why not."""
    actor = candidate.actor
    no = stranger(actor, candidate.roles)
    if no is not None:
        return no
    if actor.team_id != team_id or not actor.is_full_member:
        return Reason("guest", "guests and people from outside approve nothing")
    if actor.user_id == requester:
        return Reason("own_order", "nobody approves an order of their own")
    if candidate.customers & requester_customers:
        return Reason("same_customer", "both Slack accounts belong to the same customer of the broker")
    # The requester's own deputy is no second person: that would be the requester's authority.
    if role not in candidate.roles and not candidate.stands_in_for - {requester}:
        return Reason("role_missing", f"approving needs the role {role.value}")
    return None


def asking_order(eligible: Iterable[str], rota: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who is asked at once and who after half the time: those on the day's rota first; without one everybody."""
    people = sorted(set(eligible))
    first = tuple(person for person in rota if person in people)
    if not first:
        return tuple(people), ()
    return tuple(dict.fromkeys(first)), tuple(person for person in people if person not in first)
