"""Telling those who look after the desk: their channel, or without one each operator by message (I48)."""

from __future__ import annotations

from senexbot.domain.links import Role
from senexbot.domain.news import AlertNews, AlertsNews, BuzzNews, CardNews, NoticeNews, StoryNews
from senexbot.ports import Clock, OutboxRow, Outgoing, Tx


async def tell_admins(
    tx: Tx, admin_channel: str, news: NoticeNews, *, dedupe: str, doer: str = "", not_to: str = ""
) -> bool:
    """In the transaction of the fact. `admin_channel`: "" when none is set. The `doer` knows already.

    `not_to`: a channel or person that cannot be told. False when there was nobody to tell.
    """
    if admin_channel and admin_channel != not_to:
        key = f"channel:{admin_channel}"
        await tx.outbox.put(Outgoing(key=key, news=news, dedupe=dedupe, channel=admin_channel))
        return True
    operators = await operators_of(tx)
    for user in sorted(operators - {doer, not_to}):
        await _tell(tx, user, news, dedupe)
    return bool(operators - {not_to})


async def operators_of(tx: Tx) -> frozenset[str]:
    return frozenset(user for _, user, role in await tx.roles.all() if role is Role.OPERATOR)


async def tell_of_dead_letter(
    tx: Tx, admin_channel: str, row: OutboxRow, reason: str, clock: Clock, *, owner_knows: bool
) -> None:
    """A message that can never be delivered is reported to whoever can mend it, whichever way is open.

    The admin channel; else the operators; else the owner of what it is about; else whoever linked an account
    first, which on a small desk is who installed it. Never to the address that is dead.
    """
    dead_end = row.channel or row.to_user
    params = (("what", type(row.news).__name__), ("reason", reason), ("to", row.key), ("id", str(row.id)))
    dedupe = f"dead:{row.id}:{row.attempts}"
    if await tell_admins(
        tx, admin_channel, NoticeNews("dead_letter", params, clock.now()), dedupe=dedupe, not_to=dead_end
    ):
        return
    owner = await _owner(tx, row)
    if owner and owner != dead_end:
        if owner_knows:
            return
        user = owner
    else:
        links = sorted(await tx.links.all(), key=lambda link: link.created_at)
        user = next((link.user_id for link in links if link.user_id != dead_end), "")
    if user:
        unmanned = NoticeNews("dead_letter", (*params, ("unmanned", "yes")), clock.now())
        await _tell(tx, user, unmanned, dedupe)


async def _tell(tx: Tx, user: str, news: NoticeNews, dedupe: str) -> None:
    await tx.outbox.put(Outgoing(key=f"user:{user}", news=news, dedupe=f"{dedupe}:{user}", to_user=user))


async def _owner(tx: Tx, row: OutboxRow) -> str:
    """Whose order or alert the message is about; for a notice whom it was meant for."""
    match row.news:
        case AlertNews(owner=owner):
            return owner
        case AlertsNews(numbers=numbers) if numbers:
            entries = await tx.alerts.numbered(numbers[:1])
            return entries[0].alert.owner if entries else ""
        case CardNews(intent_id=intent_id) | StoryNews(intent_id=intent_id) | BuzzNews(intent_id=intent_id):
            intent = await tx.intents.get(intent_id)
            return intent.owner if intent else ""
        case _:
            return row.to_user
