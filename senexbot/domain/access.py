"""Who may do what: authority is a person's, never a room's. Text never gives any.

A full member who links an account is trader on it; every other role defaults to nobody.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from senexbot.domain.errors import Reason
from senexbot.domain.links import Actor, Role
from senexbot.domain.verbs import Verb


def effective_roles(actor: Actor, granted: AbstractSet[Role], *, linked: bool) -> frozenset[Role]:
    """The roles a person holds at this moment: those granted, and trader for a full member with a link."""
    own = {Role.VIEWER, Role.TRADER} if linked and actor.is_full_member else set()
    return frozenset(granted) | own


def stranger(actor: Actor, roles: AbstractSet[Role]) -> Reason | None:
    """Why this person has no rights at all (I34); None for full members and for guests with a role."""
    if actor.is_bot:
        return Reason("bot", "bots cannot use this desk")
    if actor.deleted:
        return Reason("deactivated", "this Slack account is deactivated")
    if actor.home_team_id != actor.team_id:
        return Reason("outsider", "this desk serves members of its own workspace only")
    if actor.is_guest and not roles:
        return Reason("guest", "guests need a role here: an operator can give you one")
    return None


def may(actor: Actor, roles: AbstractSet[Role], verb: Verb) -> Reason | None:
    """None when this person may use the verb with these (effective) roles; else why not.

    A verb without roles is for everybody who is no stranger; the others need one of theirs.
    """
    no = stranger(actor, roles)
    if no is not None:
        return no
    if not verb.roles or verb.roles & roles:
        return None
    wanted = " or ".join(sorted(role.value for role in verb.roles))
    hint = "; connecting an account makes you trader" if Role.TRADER in verb.roles else ""
    return Reason("role_missing", f"“{verb.name}” needs the role {wanted}{hint}")
