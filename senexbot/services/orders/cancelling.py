"""Cancels: asked by the owner, always allowed, and told only as the broker has read back (I18)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from senexbot.domain.errors import AlreadyHandled, BrokerFault, NotConnected, SenexError
from senexbot.domain.links import AccountRef, Actor
from senexbot.domain.orders.broker_orders import BrokerStatus, CancelOutcome
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource
from senexbot.domain.orders.lifecycle import Trigger, move
from senexbot.ports import AuditEntry, Clock, OrderDesk, Store, Tx
from senexbot.services.news.telling import tell_change
from senexbot.services.orders.following import Following
from senexbot.services.orders.handles import owned_handle, owned_intent, reachable_account

CANCELLABLE = (IntentState.WORKING, IntentState.CANCEL_REQUESTED)
STILL_WORKING = (BrokerStatus.RECEIVED, BrokerStatus.ROUTED, BrokerStatus.IN_FLIGHT, BrokerStatus.LIVE)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What became of it: our intent (None for an order placed elsewhere) and what was read back."""

    intent: Intent | None
    outcome: CancelOutcome
    environment: str = ""  # label, for an order placed elsewhere


class Cancelling:
    def __init__(self, *, store: Store, desk: OrderDesk, following: Following, clock: Clock) -> None:
        self._store = store
        self._desk = desk
        self._following = following
        self._clock = clock

    async def cancel(self, actor: Actor, handle_value: str) -> Cancelled:
        """Cancel the order behind the person's card, also once more. Raises AlreadyHandled when it works no more."""
        async with self._store.begin() as tx:
            _, intent = await owned_intent(tx, actor, handle_value)
            if not cancellable(intent):
                raise AlreadyHandled(
                    f"This order is {intent.state.value.replace('_', ' ')}: there is nothing to cancel.",
                    code=intent.state.value,
                )
            account = await reachable_account(tx, intent)
            asked = await self.note(tx, intent, by=actor.user_id)
        outcome = await self.ask_for(account, intent)
        current = await self.read_back(asked, outcome, account)
        return Cancelled(current, _what_counts(intent, outcome))

    async def note(self, tx: Tx, intent: Intent, *, by: str, together: int = 1) -> Intent:
        """In the transaction that has checked the rights: that its cancel is asked for, with so many others by the same
        press. The intent afterwards."""
        if intent.state is IntentState.WORKING:
            asked = move(intent, Trigger.CANCEL_ASK, together=together)
            await tell_change(tx, intent, asked, by=by, action="order.cancel", now=self._clock.now())
            return asked
        # asking again names the same order and is harmless: the first may never have arrived; the exits of a
        # filled order change nothing of its own state
        await tx.audit(AuditEntry(by, "order.cancel", intent.id, "again"))
        return intent

    async def cancel_external(self, actor: Actor, handle_value: str) -> Cancelled:
        """Cancel an order that was placed elsewhere, because its owner asks for it here."""
        async with self._store.begin() as tx:
            handle = await owned_handle(tx, actor, handle_value, "order", now=self._clock.not_before())
            link_id, number, order_id = handle.subject.split("|")
            link = await tx.links.get(link_id)
            if link is None or link.user_id != actor.user_id or link.account(number) is None:
                raise NotConnected("The account of this order is not linked any more.")
            await tx.audit(AuditEntry(actor.user_id, "order.cancel_external", order_id, "ok"))
        account = AccountRef(link.id, number, link.environment)
        return Cancelled(None, await self._ask(account, int(order_id)), link.environment.label)

    async def ask_for(self, account: AccountRef, intent: Intent) -> CancelOutcome:
        """A complex order by the number of the whole (pitfall 38), any other by its own."""
        if intent.complex_id is not None:
            try:
                return await self._desk.cancel_complex(account, intent.complex_id)
            except BrokerFault as error:
                return CancelOutcome(None, words=error.message)
        assert intent.facts is not None, "cancellable"
        outcome = await self._ask(account, intent.facts.order_id)
        wanted, gone = intent.replacing, outcome.order
        if wanted is not None and gone is not None and gone.replaced_by is not None:
            # the order went because its price was moved: what works now is the replacement we asked for (F40)
            await self._following.learn_of(gone, NewsSource.ANSWER, account.environment)
            if wanted.old_id == gone.id and (wanted.state.is_open or wanted.new_id == gone.replaced_by):
                outcome = await self._ask(account, gone.replaced_by)
        return outcome

    async def _ask(self, account: AccountRef, order_id: int) -> CancelOutcome:
        try:
            return await self._desk.cancel(account, order_id)
        except BrokerFault as error:
            return CancelOutcome(None, words=error.message)

    async def read_back(self, asked: Intent, outcome: CancelOutcome, account: AccountRef) -> Intent:
        """Take in what was read back, and take the cancel back where it was not done. The intent as it is then."""
        if outcome.order is None:
            return await self._undone(asked)
        current = asked
        for order in outcome.parts or (outcome.order,):
            news = self._following.learn_of(order, NewsSource.ANSWER, account.environment)
            current = await news or current
        if current.state is IntentState.CANCEL_REQUESTED and outcome.order.status in STILL_WORKING:
            return await self._undone(current)
        return current

    async def _undone(self, intent: Intent) -> Intent:
        """The broker shows it working, or nothing could be read: the card must not claim a cancel."""
        async with self._store.begin() as tx:
            current = await tx.intents.get(intent.id) or intent
            if current.state is not IntentState.CANCEL_REQUESTED:
                return current
            try:
                after = move(current, Trigger.CANCEL_FAIL)
            except SenexError:
                return current
            await tell_change(
                tx, current, after, by="bot", action="order.cancel_failed", now=self._clock.now()
            )
        return after


def cancellable(intent: Intent) -> bool:
    """What the broker may still work on: the order itself, or the exits of one that has filled."""
    if intent.state in CANCELLABLE:
        return intent.facts is not None or intent.complex_id is not None
    return intent.complex_id is not None and intent.has_open_children


def _what_counts(before: Intent, outcome: CancelOutcome) -> CancelOutcome:
    """Of the exits of an order that had filled before, what is told is what became of the exits."""
    done = before.facts.order_id if before.facts is not None and before.state not in CANCELLABLE else None
    exits = tuple(part for part in outcome.parts if part.id != done)
    if done is None or not exits:
        return outcome
    running = next((part for part in exits if not part.status.is_terminal), None)
    filled = next((part for part in exits if part.status is BrokerStatus.FILLED), None)
    return replace(outcome, order=running or filled or exits[0], too_late=filled is not None)
