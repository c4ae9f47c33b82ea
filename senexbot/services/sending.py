"""From a click on Confirm to the broker's answer: claim, commit, send once, record.

The only caller of OrderDesk.place. Nothing here, below or around it repeats a request (I7): an outcome
that is not proven becomes *unknown* and is settled by reading (settling.py).
"""

from __future__ import annotations

import asyncio
from hashlib import sha256

import structlog

from senexbot.domain.checks import check_claim
from senexbot.domain.errors import (
    AlreadyHandled,
    BrokerFault,
    Denied,
    Expired,
    InvariantBroken,
    NotFound,
    Reason,
    SenexError,
    Stale,
    StoreFault,
    UserError,
)
from senexbot.domain.lifecycle import Trigger, answered, move
from senexbot.domain.links import Actor
from senexbot.domain.orders import Intent, IntentState, NotProven, PlaceOutcome
from senexbot.ports import AuditEntry, Clock, OrderDesk, Store, Tx
from senexbot.services.checking import check_input, unresolved_of
from senexbot.services.following import Following
from senexbot.services.gate import Gate
from senexbot.services.handles import owned_intent, same_terms
from senexbot.services.market_facts import MarketFacts, MarketReader
from senexbot.services.rules import DeskRules
from senexbot.services.telling import tell_change

log = structlog.get_logger()
GATE_SECONDS = 5.0
RECORD_TRIES = 8


class Sending:
    def __init__(
        self,
        *,
        store: Store,
        desk: OrderDesk,
        market: MarketReader,
        clock: Clock,
        rules: DeskRules,
        gate: Gate,
        following: Following,
    ) -> None:
        self._store = store
        self._desk = desk
        self._market = market
        self._clock = clock
        self._rules = rules
        self._gate = gate
        self._following = following
        self._in_flight: dict[str, asyncio.Task[None]] = {}
        self._closing = False

    def in_flight(self, intent_id: str) -> bool:
        """Whether this process still awaits the answer of that intent's create request."""
        return intent_id in self._in_flight

    async def confirm(self, actor: Actor, handle_value: str) -> Intent:
        """Claim the intent behind the person's button and send it. Returns once the claim is committed.

        Raises NotPermitted, AlreadyHandled, Expired, Denied, NotConnected, StoreUnavailable: nothing was sent.
        """
        try:
            intent = await self._peek(actor, handle_value)
            await self._compared(intent)
            facts = await self._market.facts(intent.terms)
            claimed, body = await self._claim(actor, handle_value, facts)
        except (UserError, StoreFault) as refusal:
            await self._audit_refusal(actor, handle_value, refusal)
            raise
        task = asyncio.create_task(self._send(claimed, body), name=f"send-{claimed.id}")
        self._in_flight[claimed.id] = task
        task.add_done_callback(lambda _: self._in_flight.pop(claimed.id, None))
        return claimed

    async def drain(self, seconds: float) -> None:
        """No new claim starts; wait for answers. What has none then stays claimed and is unknown next time (I63)."""
        self._closing = True
        if self._in_flight:
            await asyncio.wait(tuple(self._in_flight.values()), timeout=seconds)

    async def _peek(self, actor: Actor, handle_value: str) -> Intent:
        async with self._store.read() as tx:
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
            self._still_waiting(intent)
        return intent

    async def _compared(self, intent: Intent) -> None:
        """After a start nothing is sent before the account was compared with the broker (I64)."""
        if self._gate.is_open(intent.account):
            return
        try:
            async with asyncio.timeout(GATE_SECONDS):
                await self._following.sweep(intent.account)
        except (BrokerFault, TimeoutError):
            log.warning("gate.sweep_failed", intent=intent.id)
        self._gate.refuse(intent.account)

    def _still_waiting(self, intent: Intent) -> None:
        if intent.state is IntentState.LAPSED or (
            intent.state is IntentState.PREVIEWED and self._clock.not_before() >= intent.expires_at
        ):
            raise Expired("This preview has ended. Preview it again for today's price.")
        if intent.state is not IntentState.PREVIEWED:
            raise AlreadyHandled(
                f"This order is {intent.state.value.replace('_', ' ')} already.", code=intent.state.value
            )

    async def _claim(self, actor: Actor, handle_value: str, facts: MarketFacts) -> tuple[Intent, bytes]:
        """Rights, state, version, expiry, halt, limits and generation in the transaction that claims (I2, I29)."""
        if self._closing:
            raise Denied(Reason("stopping", "the bot is stopping; confirm again when it is back"))
        async with self._store.begin() as tx:
            await tx.check_generation()
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
            self._still_waiting(intent)
            await self._check(tx, actor, intent, facts)
            alike = [other for other in await unresolved_of(tx, intent.owner) if _alike(other, intent)]
            now = self._clock.now()
            body = self._desk.compose(intent.terms, intent.identifier)
            claimed = move(intent, Trigger.CONFIRM, claimed_at=now, repeats=alike[0].id if alike else "")
            await tx.intents.add_attempt(
                intent.id, body=body, body_hash=sha256(body).hexdigest(), build=self._rules.build, at=now
            )
            await tell_change(tx, intent, claimed, by=actor.user_id, action="order.confirm", now=now)
        return claimed, body

    async def _check(self, tx: Tx, actor: Actor, intent: Intent, facts: MarketFacts) -> None:
        checked = check_claim(
            await check_input(
                tx,
                actor,
                intent.terms,
                facts,
                live_trading=self._rules.live_trading,
                now=self._clock.not_before(),
            )
        )
        checked.require()

    async def _send(self, intent: Intent, body: bytes) -> None:
        try:
            outcome = await self._desk.place(intent.account, body)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # The port promises not to raise; if it does, nothing about the outcome is proven (I9).
            log.exception("order.place.unforeseen", intent=intent.id)
            outcome = NotProven(f"unforeseen trouble while sending ({type(error).__name__})")
        await self.record(intent.id, outcome)

    async def record(self, intent_id: str, outcome: PlaceOutcome) -> None:
        """Store the outcome and tell it. A database step only: it may be tried again (I59)."""
        for attempt in range(RECORD_TRIES):
            try:
                async with self._store.begin() as tx:
                    intent = await tx.intents.get(intent_id)
                    if intent is None:
                        raise InvariantBroken(f"intent {intent_id} has vanished")
                    now = self._clock.now()
                    after = answered(intent, outcome, now)
                    if after is not None:
                        await tell_change(tx, intent, after, by="bot", action="order.answer", now=now)
            except Stale:
                continue
            except StoreFault:
                await self._clock.sleep(min(2.0**attempt / 4, 5.0))
            except SenexError as error:
                log.exception("order.record", intent=intent_id, code=error.code)
                return
            else:
                return
        log.error("order.record.gave_up", intent=intent_id)  # it stays claimed: settling makes it unknown

    async def _audit_refusal(self, actor: Actor, handle_value: str, refusal: SenexError) -> None:
        if isinstance(refusal, NotFound):
            return
        try:
            async with self._store.begin() as tx:
                handle = await tx.handles.find(handle_value)
                entry = AuditEntry(
                    actor=actor.user_id,
                    action="order.confirm",
                    subject=handle.subject if handle else "",
                    result=refusal.code,
                )
                await tx.audit(entry)
        except StoreFault:
            log.warning("audit.store", action="order.confirm", code=refusal.code)


def _alike(one: Intent, other: Intent) -> bool:
    """Same account, underlying and side (I13): the card of a new one names the unresolved one."""
    return (
        one.account.number == other.account.number
        and one.terms.underlying == other.terms.underlying
        and one.terms.side is other.terms.side
    )
