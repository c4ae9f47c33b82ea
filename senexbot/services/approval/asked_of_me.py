"""What waits for one person's approval, each with the way to its message."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from senexbot.domain.approval.approvals import ApprovalRequest
from senexbot.domain.errors import Gone, MessengerFault
from senexbot.domain.links import Actor
from senexbot.domain.news import ApprovalNews
from senexbot.ports import Clock, Ids, Messenger, Outgoing, Store


@dataclass(frozen=True, slots=True)
class AskedOfMe:
    """`link`: permalink of the person's message, "" when it cannot be told; `brought`: it was deleted, and comes anew."""

    request: ApprovalRequest
    link: str
    brought: bool = False


class WaitingApprovals:
    def __init__(self, *, store: Store, messenger: Messenger, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._ids = ids

    async def of(self, actor: Actor) -> tuple[AskedOfMe, ...]:
        """Open requests that this person was asked for and has not decided, the one that ends first first."""
        async with self._store.read() as tx:
            requests = await tx.approvals.open(actor.team_id, self._clock.now())
        mine = [r for r in requests if r.handle_of(actor.user_id) and actor.user_id not in r.given]
        return tuple(await asyncio.gather(*(self._found(actor.user_id, request) for request in mine)))

    async def _found(self, person: str, request: ApprovalRequest) -> AskedOfMe:
        async with self._store.read() as tx:
            place = await tx.cards.place(f"{request.id}:{person}")
        if place is None:
            return AskedOfMe(request, "")  # the relay is about to post it
        try:
            return AskedOfMe(request, await self._messenger.permalink(place.channel, place.ts))
        except Gone:
            await self._bring(person, request)
            return AskedOfMe(request, "", brought=True)
        except MessengerFault:
            return AskedOfMe(request, "")

    async def _bring(self, person: str, request: ApprovalRequest) -> None:
        """The person deleted the message (F18): a new one, with the buttons."""
        key = f"{request.id}:{person}"
        async with self._store.begin() as tx:
            await tx.cards.forget(key)
            await tx.outbox.put(
                Outgoing(
                    key=f"approval:{key}",
                    news=ApprovalNews(request.id, person),
                    dedupe=f"brought:{self._ids.handle()}",
                    to_user=person,
                    collapse="card",
                )
            )
