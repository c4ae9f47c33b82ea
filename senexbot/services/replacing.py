"""Moving the price of a working order: each replacement is a claim of its own, sent once, settled by reading.

The only caller of OrderDesk.replace. An outcome that is not proven is never answered by sending again (I7).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import structlog

from senexbot.domain.errors import (
    AlreadyHandled,
    Fenced,
    SenexError,
    StoreFault,
)
from senexbot.domain.identifiers import replacement_identifier
from senexbot.domain.instruments import TickSize, tick_at
from senexbot.domain.links import Actor
from senexbot.domain.market import SessionState
from senexbot.domain.money import step
from senexbot.domain.moving import claim_replace, replaced
from senexbot.domain.orders import Intent, NotProven, PlaceOutcome, Replace, ReplaceState
from senexbot.domain.terms import OrderTerms, PriceView
from senexbot.ports import AuditEntry, Clock, Handle, Ids, OrderDesk, Store, Tx
from senexbot.services.handles import owned_intent, reachable_account, same_terms
from senexbot.services.market_facts import MarketFacts, MarketReader
from senexbot.services.policy_check import PolicyReads
from senexbot.services.recording import Recording
from senexbot.services.rules import DeskRules
from senexbot.services.sending import Sending
from senexbot.services.telling import tell_change

log = structlog.get_logger()
Guard = Callable[[Tx], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Claimed:
    intent: Intent
    wanted: Replace
    body: bytes


def flight_name(intent: Intent, number: int) -> str:
    """Under which a replacement counts as in flight."""
    return f"{intent.id}#{number}"


class Replacing:
    def __init__(
        self,
        *,
        store: Store,
        desk: OrderDesk,
        market: MarketReader,
        sending: Sending,
        clock: Clock,
        ids: Ids,
        rules: DeskRules,
    ) -> None:
        self._store = store
        self._desk = desk
        self._market = market
        self._sending = sending
        self._clock = clock
        self._recording = Recording(store=store, clock=clock)
        self._ids = ids
        self._rules = rules

    async def step(self, actor: Actor, handle_value: str, *, steps: int) -> Intent:
        """Move the price of the order behind the person's button by price steps (negative: lower).

        Returns once the claim is committed. Raises as Sending.confirm: then nothing was sent.
        """
        async with self._store.read() as tx:
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
        facts = await self._market.facts(intent.terms)
        price = _stepped(intent, facts, steps)
        return await self.move(actor, intent, price, facts, by=actor.user_id)

    async def move_to(self, actor: Actor, handle_value: str, price: Decimal) -> Intent:
        """The same to a signed price per unit."""
        async with self._store.read() as tx:
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
        return await self.move(actor, intent, price, await self._market.facts(intent.terms), by=actor.user_id)

    async def move(
        self,
        actor: Actor,
        intent: Intent,
        price: Decimal,
        facts: MarketFacts,
        *,
        by: str,
        guard: Guard | None = None,
    ) -> Intent:
        """Claim and send one replacement of exactly this version of the intent. `by`: the person, or "walk";
        `guard`: what else must hold in the transaction that claims."""
        number = intent.replacing.number + 1 if intent.replacing is not None else 1
        await self._sending.compared(intent)
        reads = await self._sending.policy_reads(actor, intent)

        async def claim() -> _Claimed:
            return await self._claim(actor, intent, price, facts, reads, number, by, guard)

        try:
            claimed = await self._sending.carry(flight_name(intent, number), claim, self._send)
        except SenexError as refusal:
            await self._audit_refusal(actor, intent, refusal)
            raise
        return claimed.intent

    async def _claim(
        self,
        actor: Actor,
        seen: Intent,
        price: Decimal,
        facts: MarketFacts,
        reads: PolicyReads,
        number: int,
        by: str,
        guard: Guard | None,
    ) -> _Claimed:
        """Rights, state, version, halt, limits and generation in the transaction that claims (I2, I25, I29)."""
        async with self._store.begin() as tx:
            await tx.check_generation()
            if guard is not None:
                await guard(tx)
            intent = await tx.intents.get(seen.id)
            if intent is None or intent.facts is None or intent.owner != actor.user_id:
                raise AlreadyHandled("This order is not at the broker.", code="not_working")
            if (intent.terms_version, intent.terms.price) != (seen.terms_version, seen.terms.price):
                raise AlreadyHandled("Its price was moved since. Use the newest card.", code="older_preview")
            old = intent.terms.price
            if old is None or intent.terms.value is not None:
                raise AlreadyHandled("This order has no price to move.", code="no_price")
            if (old < 0) != (price < 0) and len(intent.terms.legs) == 1:
                raise AlreadyHandled("The price cannot go lower.", code="no_price")
            if price in {old, Decimal(0)}:
                raise AlreadyHandled("The price is that already.", code="no_price")
            account = await reachable_account(tx, intent)
            terms = replace(intent.terms, price=price, account=account)
            await self._sending.recheck(tx, actor, replace(intent, terms=terms), facts, reads)
            now = self._clock.now()
            wanted = Replace(
                number=number,
                identifier=replacement_identifier(intent.identifier, number),
                state=ReplaceState.CLAIMED,
                old_id=intent.facts.order_id,
                old_price=old,
                price=price,
                by=by,
                claimed_at=now,
                view=_view(intent, facts, price),
                old_status=intent.facts.status,
                old_updated_at=intent.facts.updated_at,
            )
            body = self._desk.compose_replacement(terms, wanted.identifier)
            after = claim_replace(intent, wanted, self._ids.handle())
            await tx.intents.add_replace_attempt(
                intent.id,
                number,
                identifier=wanted.identifier,
                body=body,
                build=self._rules.build,
                at=now,
            )
            await self._issue(tx, after)
            doer = "bot" if by != actor.user_id else actor.user_id
            await tell_change(tx, intent, after, by=doer, action="order.replace", now=now)
            self._sending.refuse_when_stopping()
        return _Claimed(replace(after, terms=replace(after.terms, account=account)), wanted, body)

    async def _issue(self, tx: Tx, intent: Intent) -> None:
        await tx.handles.issue(Handle(intent.handle, "intent", intent.id, intent.terms_version, intent.owner))

    async def _send(self, claimed: _Claimed) -> None:
        try:
            outcome = await self._desk.replace(claimed.intent.account, claimed.wanted.old_id, claimed.body)
        except Exception as error:
            # The port promises not to raise; if it does, nothing about the outcome is proven (I9).
            log.exception("order.replace.unforeseen", intent=claimed.intent.id)
            outcome = NotProven(f"unforeseen trouble while sending ({type(error).__name__})")
        await self.record(claimed.intent.id, claimed.wanted.number, outcome)

    async def record(self, intent_id: str, number: int, outcome: PlaceOutcome) -> None:
        """Store the outcome and tell it."""

        def after(intent: Intent) -> Intent | None:
            return replaced(intent, number, outcome, self._clock.now())

        await self._recording.record(intent_id, after, action="order.replaced")

    async def _audit_refusal(self, actor: Actor, intent: Intent, refusal: SenexError) -> None:
        if isinstance(refusal, Fenced):
            return
        try:
            async with self._store.begin() as tx:
                await tx.audit(AuditEntry(actor.user_id, "order.replace", intent.id, refusal.code))
        except StoreFault:
            log.warning("audit.store", action="order.replace", code=refusal.code)


def _ticks(terms: OrderTerms, facts: MarketFacts, view: PriceView | None) -> tuple[TickSize, ...]:
    """One leg moves in its instrument's steps, several in the step that was shown."""
    if len(terms.legs) == 1 or view is None:
        return facts.instrument.tick_sizes
    return (TickSize(view.tick),)


def _stepped(intent: Intent, facts: MarketFacts, steps: int) -> Decimal:
    """The signed price `steps` higher per unit. Raises AlreadyHandled without a price, or at zero."""
    terms = intent.terms
    if terms.price is None:
        raise AlreadyHandled("This order has no price to move.", code="no_price")
    price: Decimal | None = abs(terms.price)
    for _ in range(abs(steps)):
        price = step(price, _ticks(terms, facts, intent.price_view), steps) if price is not None else None
    if price is None:
        raise AlreadyHandled("The price cannot go lower.", code="no_price")
    return -price if terms.price < 0 else price


def _view(intent: Intent, facts: MarketFacts, price: Decimal) -> PriceView | None:
    """The market beside the new price. Of several legs the net is not quoted: the steps are all that is new."""
    ticks, limit = _ticks(intent.terms, facts, intent.price_view), abs(price)
    quote, shown = facts.quote, intent.price_view
    if len(intent.terms.legs) == 1 and quote is not None:
        shown = PriceView(
            bid=quote.bid,
            ask=quote.ask,
            last=quote.last,
            at=quote.at,
            delayed=quote.delayed,
            session_open=quote.session is SessionState.OPEN,
            tick=tick_at(ticks, limit),
        )
    if shown is None:
        return None
    return replace(
        shown, tick=tick_at(ticks, limit), lower=step(limit, ticks, -1), higher=step(limit, ticks, 1)
    )
