"""What is approved is sent by itself; what then lies outside of the approval waits for its owner, with the difference.

Asking for the approval was the owner's confirmation of these terms. The claim is sending.py's, once (I1, I3).
"""

from __future__ import annotations

import structlog

from senexbot.domain.approval.approving import fewer, held, sends_itself
from senexbot.domain.errors import AlreadyHandled, Outside, SenexError, Stale, StoreFault
from senexbot.domain.links import Actor
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.ports import Clock, Handle, Ids, Store
from senexbot.services.approval.approvals import Decided
from senexbot.services.news.telling import tell_change
from senexbot.services.orders.handles import owned_intent, same_terms
from senexbot.services.orders.sending import Sending
from senexbot.services.orders.waiting import still_waiting

log = structlog.get_logger()


class Executing:
    def __init__(self, *, store: Store, sending: Sending, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._sending = sending
        self._clock = clock
        self._ids = ids
        self._in_hand: set[str] = set()

    async def run(self, intent_id: str) -> None:
        """Send an approved order, or say on its card why not. Raises nothing that a person could mend."""
        if intent_id in self._in_hand:
            return
        self._in_hand.add(intent_id)
        try:
            await self._sending.send_approved(intent_id)
        except (Stale, AlreadyHandled):
            return  # somebody was faster: the claim is made once
        except StoreFault as fault:
            log.warning("approved.store", intent=intent_id, code=fault.code)  # the next round tries again
        except SenexError as no:
            await self._hold(intent_id, no, by="bot")
        finally:
            self._in_hand.discard(intent_id)

    async def after(self, decided: Decided) -> None:
        """Send what a decision has completed; nothing when more are needed, or its owner has to agree to fewer."""
        if sends_itself(decided.intent):
            await self.run(decided.intent.id)

    async def run_due(self) -> int:
        """Approved orders that nobody has sent: the process that was to send them has ended."""
        async with self._store.read() as tx:
            waiting = await tx.intents.in_states((IntentState.APPROVED,))
        due = [intent for intent in waiting if sends_itself(intent) and intent.expires_at > self._clock.now()]
        for intent in due:
            await self.run(intent.id)
        return len(due)

    async def send(self, actor: Actor, handle_value: str) -> Intent:
        """The owner's own click on an approved order that was held."""
        try:
            return await self._sending.confirm(actor, handle_value)
        except Outside as no:
            async with self._store.read() as tx:
                _, intent = await owned_intent(tx, actor, handle_value)
            await self._hold(intent.id, no, by=actor.user_id)
            raise

    async def send_fewer(self, actor: Actor, handle_value: str) -> Intent:
        """The owner's click on the button that names how many are covered: these terms are confirmed, and sent."""
        async with self._store.begin() as tx:
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
            still_waiting(intent, self._clock.not_before(), self._sending.rules)
            value = self._ids.handle()
            smaller = fewer(intent, handle=value)
            await tx.handles.issue(Handle(value, "intent", smaller.id, smaller.terms_version, smaller.owner))
            await tell_change(
                tx, intent, smaller, by=actor.user_id, action="order.fewer", now=self._clock.now()
            )
        return await self.send(actor, value)

    async def _hold(self, intent_id: str, no: SenexError, *, by: str) -> None:
        covered = no.covered if isinstance(no, Outside) and no.covered else None
        try:
            async with self._store.begin() as tx:
                intent = await tx.intents.get(intent_id)
                if intent is None:
                    return
                waits = held(intent, no.message or "it could not be sent", no.code, covered)
                await tell_change(tx, intent, waits, by=by, action="order.hold", now=self._clock.now())
        except AlreadyHandled:
            return  # its owner was faster
        except StoreFault as fault:
            log.warning("approved.hold", intent=intent_id, code=fault.code)
