"""The market anew on a request that waits for its decision: whoever is asked sees what they decide on.

It changes what is shown and nothing that is decided: the envelope stays, and so do the buttons that were made for it.
"""

from __future__ import annotations

from dataclasses import replace

from senexbot.domain.approval.approvals import ApprovalRequest, seen_anew
from senexbot.domain.errors import NotFound, Stale, Unavailable
from senexbot.domain.links import AccountRef, Actor
from senexbot.ports import Store, Tx
from senexbot.services.news.telling import tell_approvers
from senexbot.services.orders.handles import owned_handle, reachable_account
from senexbot.services.orders.market_facts import MarketReader
from senexbot.services.orders.preview_figures import price_view_of

TRIES = 5


class ApprovalQuotes:
    def __init__(self, *, store: Store, market: MarketReader) -> None:
        self._store = store
        self._market = market

    async def refresh(self, actor: Actor, handle_value: str) -> ApprovalRequest:
        """Reads the market of the order through its owner's link; every message about the request shows it.

        Raises AlreadyHandled once it is decided, NotFound, NotPermitted, Unavailable.
        """
        async with self._store.read() as tx:
            request, account = await _asked(tx, actor, handle_value)
        facts = await self._market.facts(replace(request.terms, account=account))
        view = price_view_of(facts, request.terms)
        if view is None:
            raise Unavailable("The market cannot be read now. The message shows what it was.")
        for _ in range(TRIES):
            try:
                async with self._store.begin() as tx:
                    request, _ = await _asked(tx, actor, handle_value)
                    after = seen_anew(request, view)
                    await tx.approvals.save(after)
                    await tell_approvers(tx, after)
            except Stale:
                continue  # somebody has decided or looked meanwhile
            return after
        raise Unavailable("The request changes faster than it can be shown. Press again.")


async def _asked(tx: Tx, actor: Actor, value: str) -> tuple[ApprovalRequest, AccountRef]:
    handle = await owned_handle(tx, actor, value, "approval")
    request = await tx.approvals.get(handle.subject)
    intent = await tx.intents.get(request.intent_id) if request is not None else None
    if request is None or intent is None or request.team_id != actor.team_id:
        raise NotFound("This request is not known here any more.")
    seen_anew(request, request.view)
    return request, await reachable_account(tx, intent)
