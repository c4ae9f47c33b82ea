"""From a button's random value to the intent behind it: the owner's, of the version it was made for (I27 to I31)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from senexbot.domain.errors import AlreadyHandled, Expired, NotConnected, NotFound, NotPermitted
from senexbot.domain.links import AccountRef, Actor
from senexbot.domain.orders.intents import Intent
from senexbot.ports import Handle, Tx


async def owned_handle(tx: Tx, actor: Actor, value: str, kind: str, *, now: datetime | None = None) -> Handle:
    """Raises NotFound for a value we never issued, NotPermitted for somebody else's button, Expired for one
    whose time is over at `now` (ports.Clock.not_before)."""
    handle = await tx.handles.find(value)
    if handle is None or handle.kind != kind:
        raise NotFound("This button is not known here any more. Say the command again.")
    if handle.owner != actor.user_id:
        raise NotPermitted("This button belongs to somebody else.")
    if now is not None and handle.expires_at is not None and now >= handle.expires_at:
        raise Expired("This button is too old. Say the command again.")
    return handle


async def owned_intent(tx: Tx, actor: Actor, value: str) -> tuple[Handle, Intent]:
    """The intent of the person's own button, whatever its version; `same_terms` checks the version."""
    handle = await owned_handle(tx, actor, value, "intent")
    intent = await tx.intents.get(handle.subject)
    if intent is None or intent.owner != actor.user_id or intent.team_id != actor.team_id:
        raise NotFound("This order is not known here any more.")
    return handle, intent


def same_terms(handle: Handle, intent: Intent) -> None:
    """Raises AlreadyHandled when the terms were edited after this button was made (F8)."""
    if handle.version != intent.terms_version:
        raise AlreadyHandled("This preview was changed since. Use the newest one.", code="older_preview")


async def reachable_account(tx: Tx, intent: Intent) -> AccountRef:
    """The intent's account through the owner's present link, which may be a newer one than the intent's.

    Raises NotConnected when its owner does not reach the account any more.
    """
    for link in await tx.links.of_user(intent.team_id, intent.owner):
        if link.environment is intent.environment and link.account(intent.account.number) is not None:
            return replace(intent.account, link_id=link.id)
    raise NotConnected("The account of this order is not linked any more.")
