"""From a click on Confirm to the broker's answer: claim, commit, send once, record.

The only caller of OrderDesk.place. Nothing here, below or around it repeats a request (I7): an outcome
that is not proven becomes *unknown* and is settled by reading (settling.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from hashlib import sha256
from typing import Any, TypeVar

import structlog

from senexbot.domain.approval.approving import sends_itself
from senexbot.domain.errors import (
    AlreadyHandled,
    BrokerFault,
    Denied,
    NotFound,
    NotPermitted,
    Reason,
    SenexError,
    StoreFault,
    UserError,
)
from senexbot.domain.links import Actor, Role
from senexbot.domain.orders.broker_orders import NotProven, PlaceOutcome
from senexbot.domain.orders.changes import alone
from senexbot.domain.orders.checks import Checked, check_claim, without_position
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.lifecycle import Trigger, answered, move
from senexbot.domain.orders.terms import Group, OrderTerms
from senexbot.ports import AuditEntry, Clock, Messenger, OrderDesk, Store, Tx
from senexbot.services.approval.eligibility import concerned, directory
from senexbot.services.news.telling import refusal_params, tell_change
from senexbot.services.orders.checking import check_input, unresolved_like
from senexbot.services.orders.following import Following
from senexbot.services.orders.gate import Gate
from senexbot.services.orders.handles import owned_intent, same_terms
from senexbot.services.orders.market_facts import MarketFacts, MarketReader
from senexbot.services.orders.permitting import Fresh, permit, permit_move
from senexbot.services.orders.recording import Recording
from senexbot.services.orders.waiting import still_waiting
from senexbot.services.policy.check import PolicyCheck, PolicyReads
from senexbot.services.rules import DeskRules

Find = Callable[[Tx], Awaitable[Intent]]
log = structlog.get_logger()
GATE_SECONDS = 5.0
T = TypeVar("T")


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
        policy: PolicyCheck,
        messenger: Messenger,
    ) -> None:
        self._policy = policy
        self._store = store
        self._desk = desk
        self._market = market
        self._clock = clock
        self.rules = rules
        self._gate = gate
        self._following = following
        self._messenger = messenger
        self._recording = Recording(store=store, clock=clock)
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

        async def find(tx: Tx) -> Intent:
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
            return intent

        try:
            return await self._claim_and_send(actor, find, by=actor.user_id)
        except (UserError, StoreFault) as refusal:
            await self._audit_refusal(actor, handle_value, refusal)
            raise

    async def send_approved(self, intent_id: str) -> Intent:
        """Claim an order that others have approved, in the name of its owner, who confirmed it by asking them.

        Raises as `confirm` does; Outside when it is not, or not any more, what was approved.
        """

        async def find(tx: Tx) -> Intent:
            intent = await tx.intents.get(intent_id)
            if intent is None or not sends_itself(intent):
                raise AlreadyHandled("This order does not wait to be sent.", code="not_waiting")
            return intent

        async with self._store.read() as tx:
            intent = await find(tx)
        owner = (await directory(self._messenger, (intent.owner,))).get(intent.owner)
        if owner is None:
            raise NotPermitted("Slack does not tell who has asked for this.", code="outsider")
        return await self._claim_and_send(owner, find, by="bot")

    async def _claim_and_send(self, actor: Actor, find: Find, *, by: str) -> Intent:
        """From before the claim commits until the answer is recorded, the intent counts as in flight."""
        async with self._store.read() as tx:
            intent = await find(tx)
            still_waiting(intent, self._clock.not_before(), self.rules)
        await self._compared(intent)
        fresh = await self._fresh(actor, intent)
        mark = asyncio.get_running_loop().create_future()
        self._claiming[mark] = intent.id
        try:
            claimed, body = await self._claim(actor, find, fresh, by=by)
            task = asyncio.create_task(self._send(claimed, body), name=f"send-{claimed.id}")
            self._in_flight[claimed.id] = task
            task.add_done_callback(lambda _: self._in_flight.pop(claimed.id, None))
        finally:
            del self._claiming[mark]
            mark.set_result(None)
        return claimed

    async def _fresh(self, actor: Actor, intent: Intent) -> Fresh:
        """The market now; for an approved order also the dry run once more, and those who have approved."""
        facts, reads = await asyncio.gather(
            self._market.facts(intent.terms), self._policy.read(actor, intent.terms)
        )
        if intent.state is not IntentState.APPROVED:
            return Fresh(facts, reads, intent.estimate, {})
        body = self._desk.compose(intent.terms, intent.identifier)
        estimate = await self._desk.dry_run(intent.account, body)
        role = intent.verdict.need.role if intent.verdict and intent.verdict.need else Role.APPROVER
        given = intent.approval.given if intent.approval else ()
        wanted = await concerned(self._store, intent.team_id, role, self._clock.now())
        return Fresh(facts, reads, estimate, await directory(self._messenger, {*given, *wanted}))

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

    async def policy_reads(self, actor: Actor, terms: OrderTerms) -> PolicyReads:
        """What the policy looks at of a replacement, before the transaction that claims it."""
        return await self._policy.read(actor, terms)

    async def recheck(
        self, tx: Tx, actor: Actor, intent: Intent, part: int, facts: MarketFacts, reads: PolicyReads
    ) -> None:
        """Every rule of a claim for a replacement's terms, limits and envelope too, in the transaction that claims
        it (I21, I23, I25, I31). An exit (`part`) only closes: what its order holds of the limits stays."""
        terms = alone(intent.terms, part)
        checked = await self._checked(tx, actor, terms, facts)
        waits = part and not _is_entered(intent)
        (without_position(checked) if waits else checked).require()
        estimate = None if part else intent.estimate
        verdict = await self._policy.judge(
            tx, actor, terms, facts, reads, estimate=estimate, intent_id=intent.id
        )
        await permit_move(
            tx,
            intent,
            verdict,
            self._clock.not_before(),
            mandates=self._policy.mandates,
            reads=reads.mandates,
        )
        if not part:
            await self._policy.reserve(tx, intent, verdict)

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

    async def _claim(self, actor: Actor, find: Find, fresh: Fresh, *, by: str) -> tuple[Intent, bytes]:
        """Rights, state, version, expiry, halt, limits, envelope and generation in the claiming transaction (I2, I29)."""
        async with self._store.begin() as tx:
            await tx.check_generation()
            intent = await find(tx)
            still_waiting(intent, self._clock.not_before(), self.rules)
            await self._check(tx, actor, intent, fresh.facts)
            now = self._clock.now()
            verdict = await self._policy.judge(
                tx,
                actor,
                intent.terms,
                fresh.facts,
                fresh.reads,
                estimate=fresh.estimate,
                intent_id=intent.id,
            )
            mandates = self._policy.mandates
            await permit(tx, intent, fresh, verdict, self._clock.not_before(), mandates=mandates)
            mandate = await self._policy.reserve(tx, intent, verdict)
            alike = await unresolved_like(tx, intent.terms)
            body = self._desk.compose(intent.terms, intent.identifier)
            claimed = move(
                intent,
                Trigger.CONFIRM,
                claimed_at=now,
                repeats=alike[0].id if alike else "",
                estimate=fresh.estimate,
                verdict=verdict,
                mandate=mandate,
                reason="",
                reason_code="",
            )
            await tx.intents.add_attempt(
                intent.id, body=body, body_hash=sha256(body).hexdigest(), build=self.rules.build, at=now
            )
            await tell_change(tx, intent, claimed, by=by, action="order.confirm", now=now)
            self.refuse_when_stopping()
        return claimed, body

    async def _check(self, tx: Tx, actor: Actor, intent: Intent, facts: MarketFacts) -> None:
        (await self._checked(tx, actor, intent.terms, facts)).require()

    async def _checked(self, tx: Tx, actor: Actor, terms: OrderTerms, facts: MarketFacts) -> Checked:
        return check_claim(
            await check_input(
                tx,
                actor,
                terms,
                facts,
                live_trading=self.rules.live_trading,
                now=self._clock.not_before(),
            )
        )

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
        """Store the outcome and tell it."""

        def after(intent: Intent) -> Intent | None:
            return answered(intent, outcome, self._clock.now())

        await self._recording.record(intent_id, after, action="order.answer")

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
                    params=await refusal_params(tx, refusal),
                )
                await tx.audit(entry)
        except StoreFault:
            log.warning("audit.store", action="order.confirm", code=refusal.code)


def _is_entered(intent: Intent) -> bool:
    """All of the order has filled, so that there is a position its exits close."""
    facts = intent.facts
    return intent.terms.group is Group.OCO or (facts is not None and facts.filled == facts.quantity)
