"""From a click on Confirm to the broker's answer: claim, commit, send once, record.

The only caller of OrderDesk.place. Nothing here, below or around it repeats a request (I7): an outcome
that is not proven becomes *unknown* and is settled by reading (settling.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from hashlib import sha256
from typing import Any, TypeVar

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
    Unreadable,
    UserError,
)
from senexbot.domain.lifecycle import Trigger, answered, move
from senexbot.domain.links import Actor
from senexbot.domain.orders import Intent, IntentState, NotProven, PlaceOutcome
from senexbot.ports import AuditEntry, Clock, OrderDesk, Store, Tx
from senexbot.services.checking import check_input, unresolved_like
from senexbot.services.following import Following
from senexbot.services.gate import Gate
from senexbot.services.handles import owned_intent, same_terms
from senexbot.services.market_facts import MarketFacts, MarketReader
from senexbot.services.rules import DeskRules
from senexbot.services.telling import tell_change

log = structlog.get_logger()
GATE_SECONDS = 5.0
T = TypeVar("T")
LONGEST_PAUSE = 5.0  # between tries to record an answer


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
        self._claiming: dict[asyncio.Future[None], str] = {}
        self._in_flight: dict[str, asyncio.Task[None]] = {}
        self._closing = False

    def in_flight(self, intent_id: str) -> bool:
        """Whether this process claims that intent now, or still awaits the answer of its create request."""
        return intent_id in self._in_flight or intent_id in self._claiming.values()

    async def confirm(self, actor: Actor, handle_value: str) -> Intent:
        """Claim the intent behind the person's button and send it. Returns once the claim is committed.

        Raises NotPermitted, AlreadyHandled, Expired, Denied, NotConnected, StoreUnavailable: nothing was sent.
        """
        try:
            intent = await self._peek(actor, handle_value)
            await self._compared(intent)
            facts = await self._market.facts(intent.terms)
            return await self._claim_and_send(actor, handle_value, intent.id, facts)
        except (UserError, StoreFault) as refusal:
            await self._audit_refusal(actor, handle_value, refusal)
            raise

    async def _claim_and_send(
        self, actor: Actor, handle_value: str, intent_id: str, facts: MarketFacts
    ) -> Intent:
        """From before the claim commits until the answer is recorded, the intent counts as in flight."""
        mark = asyncio.get_running_loop().create_future()
        self._claiming[mark] = intent_id
        try:
            claimed, body = await self._claim(actor, handle_value, facts)
            task = asyncio.create_task(self._send(claimed, body), name=f"send-{claimed.id}")
            self._in_flight[claimed.id] = task
            task.add_done_callback(lambda _: self._in_flight.pop(claimed.id, None))
        finally:
            del self._claiming[mark]
            mark.set_result(None)
        return claimed

    async def carry(
        self, name: str, claim: Callable[[], Awaitable[T]], send: Callable[[T], Coroutine[Any, Any, None]]
    ) -> T:
        """The same care for a replacement: claim, then send in a task of its own; both count as in flight
        under `name`, and a stop waits for them."""
        mark = asyncio.get_running_loop().create_future()
        self._claiming[mark] = name
        try:
            claimed = await claim()
            task = asyncio.create_task(send(claimed), name=f"send-{name}")
            self._in_flight[name] = task
            task.add_done_callback(lambda _: self._in_flight.pop(name, None))
        finally:
            del self._claiming[mark]
            mark.set_result(None)
        return claimed

    async def recheck(self, tx: Tx, actor: Actor, intent: Intent, facts: MarketFacts) -> None:
        """Every rule of a claim for a replacement's terms, in the transaction that claims it (I21, I25)."""
        await self._check(tx, actor, intent, facts)

    def refuse_when_stopping(self) -> None:
        """Asked last in a claim, so that none commits after the stop began (I63)."""
        if self._closing:
            raise Denied(Reason("stopping", "the bot is stopping; confirm again when it is back"))

    async def compared(self, intent: Intent) -> None:
        """After a start nothing is sent before the account was compared with the broker (I64)."""
        await self._compared(intent)

    async def drain(self, seconds: float) -> None:
        """No new claim starts; wait for answers. What has none then stays claimed and is unknown next time (I63)."""
        self._closing = True
        ends = self._clock.monotonic() + seconds
        while waiting := (*self._claiming, *self._in_flight.values()):
            left = ends - self._clock.monotonic()
            if left <= 0:
                log.warning("drain.unanswered", orders=len(waiting))
                return
            await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)

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
        left = intent.expires_at - self._clock.not_before()
        # More left than a preview ever has: the wall clock was set back while no bot ran (I67).
        over = left <= timedelta(0) or left > timedelta(seconds=self._rules.confirm_seconds)
        if intent.state is IntentState.LAPSED or (intent.state is IntentState.PREVIEWED and over):
            raise Expired("This preview has ended. Preview it again for today's price.")
        if intent.state is not IntentState.PREVIEWED:
            raise AlreadyHandled(
                f"This order is {intent.state.value.replace('_', ' ')} already.", code=intent.state.value
            )

    async def _claim(self, actor: Actor, handle_value: str, facts: MarketFacts) -> tuple[Intent, bytes]:
        """Rights, state, version, expiry, halt, limits and generation in the transaction that claims (I2, I29)."""
        async with self._store.begin() as tx:
            await tx.check_generation()
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
            self._still_waiting(intent)
            await self._check(tx, actor, intent, facts)
            alike = await unresolved_like(tx, intent.terms)
            now = self._clock.now()
            body = self._desk.compose(intent.terms, intent.identifier)
            claimed = move(intent, Trigger.CONFIRM, claimed_at=now, repeats=alike[0].id if alike else "")
            await tx.intents.add_attempt(
                intent.id, body=body, body_hash=sha256(body).hexdigest(), build=self._rules.build, at=now
            )
            await tell_change(tx, intent, claimed, by=actor.user_id, action="order.confirm", now=now)
            self.refuse_when_stopping()
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
        pause = 0.25
        while True:
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
            except Unreadable:
                log.exception("order.record.unreadable", intent=intent_id)
                return
            except StoreFault as fault:
                # As long as it takes: what is known must not become unknown. The stop ends it.
                log.warning("order.record.store", intent=intent_id, code=fault.code)
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except SenexError as error:
                log.exception("order.record", intent=intent_id, code=error.code)
                return
            else:
                return

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
