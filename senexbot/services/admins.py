"""Telling those who look after the desk: their channel, or without one each operator by message (I48)."""

from __future__ import annotations

from senexbot.domain.links import Role
from senexbot.domain.news import NoticeNews
from senexbot.ports import Outgoing, Tx


async def tell_admins(tx: Tx, admin_channel: str, news: NoticeNews, *, dedupe: str, doer: str = "") -> None:
    """In the transaction of the fact. `admin_channel`: "" when none is set. The `doer` knows already."""
    if admin_channel:
        key = f"channel:{admin_channel}"
        await tx.outbox.put(Outgoing(key=key, news=news, dedupe=dedupe, channel=admin_channel))
        return
    operators = {user for _, user, role in await tx.roles.all() if role is Role.OPERATOR}
    for user in sorted(operators - {doer}):
        await tx.outbox.put(Outgoing(key=f"user:{user}", news=news, dedupe=f"{dedupe}:{user}", to_user=user))
