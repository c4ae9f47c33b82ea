"""Moving a working order or one of its exits: each replacement is a claim of its own, sent once, settled by reading.

The only caller of OrderDesk.replace. An outcome that is not proven is never answered by sending again (I7).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import structlog

from senexbot.domain.errors import (
    AlreadyHandled,
    Fenced,
    SenexError,
    StoreFault,
)
from senexbot.domain.instruments import tick_at
from senexbot.domain.links import Actor
from senexbot.domain.money import step
from senexbot.domain.orders.broker_orders import NotProven, PlaceOutcome
from senexbot.domain.orders.changes import Change, alone, as_it_stands, changed, priced, told_apart
from senexbot.domain.orders.identifiers import replacement_identifier
from senexbot.domain.orders.intents import Intent, Replace, ReplaceState
from senexbot.domain.orders.moving import claim_replace, replaced
from senexbot.domain.orders.net import net_ticks
from senexbot.domain.orders.terms import PriceView
from senexbot.ports import AuditEntry, Clock, Handle, Ids, OrderDesk, Store, Tx
from senexbot.services.news.telling import tell_change
from senexbot.services.orders.handles import owned_intent, reachable_account, same_terms
from senexbot.services.orders.market_facts import MarketFacts, MarketReader
from senexbot.services.orders.preview_figures import price_view_of, stepped_price
from senexbot.services.orders.recording import Recording
from senexbot.services.orders.sending import Sending
from senexbot.services.policy.check import PolicyReads
from senexbot.services.rules import DeskRules

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
        change = priced(intent.terms, stepped_price(intent.terms, facts, steps))
        return await self.move(actor, intent, change, facts, by=actor.user_id)

    async def change(self, actor: Actor, intent: Intent, change: Change) -> Intent:
        """The same to whatever its owner has confirmed, of the order itself or of one of its exits."""
        facts = await self._market.facts(alone(intent.terms, change.part))
        return await self.move(actor, intent, change, facts, by=actor.user_id)

    async def move(
        self,
        actor: Actor,
        intent: Intent,
        change: Change,
        facts: MarketFacts,
        *,
        by: str,
        guard: Guard | None = None,
    ) -> Intent:
        """Claim and send one replacement of exactly this version of the intent. `by`: the person, or "walk";
        `facts`: of the part's legs; `guard`: what else must hold in the transaction that claims."""
        number = max((one.number for one in intent.replacings), default=0) + 1
        await self._sending.compared(intent)
        reads = await self._sending.policy_reads(actor, alone(intent.terms, change.part))

        async def claim() -> _Claimed:
            return await self._claim(actor, intent, change, facts, reads, number, by, guard)

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
        change: Change,
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
            if (intent.terms_version, intent.terms) != (seen.terms_version, seen.terms):
                raise AlreadyHandled("Its price was moved since. Use the newest card.", code="older_preview")
            _possible(intent, change)
            account = await reachable_account(tx, intent)
            terms = replace(changed(intent.terms, change), account=account)
            moved = replace(intent, terms=terms)
            await self._sending.recheck(tx, actor, moved, change.part, facts, reads)
            now = self._clock.now()
            wanted = self._wanted(intent, change, number, by, facts, now)
            part = alone(terms, change.part)
            body = self._desk.compose_replacement(part, wanted.identifier)
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

    def _wanted(
        self, intent: Intent, change: Change, number: int, by: str, facts: MarketFacts, now: datetime
    ) -> Replace:
        """What is claimed: the order that it is of as it was last seen, and what it is to ask for."""
        old = as_it_stands(intent.terms, change.part)
        named, known = intent.identifier, intent.facts
        if change.part:
            child = intent.children[change.part - 1]
            named, known = child.identifier, child.facts
        if known is None:
            raise AlreadyHandled("This exit is not at the broker yet.", code="not_working")
        besides = told_apart(old, change)
        view = None
        if not change.part and change.price is not None:
            view = _view(intent, facts, change.price)
        return Replace(
            number=number,
            identifier=replacement_identifier(named, number),
            state=ReplaceState.CLAIMED,
            old_id=known.order_id,
            old_price=old.price,
            price=change.price,
            by=by,
            claimed_at=now,
            view=view,
            old_status=known.status,
            old_updated_at=known.updated_at,
            part=change.part,
            old_besides=besides[0],
            besides=besides[1],
        )

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


def _possible(intent: Intent, change: Change) -> None:
    """Raises AlreadyHandled for what is no move of this order."""
    now = as_it_stands(intent.terms, change.part)
    if now == change:
        raise AlreadyHandled("It stands like that already.", code="no_price")
    if not change.part and intent.terms.value is not None:
        raise AlreadyHandled("An order in dollars has nothing to move.", code="no_price")
    if (now.price is None) != (change.price is None) or change.price == 0:
        raise AlreadyHandled("This order has no price to move.", code="no_price")
    single = len(alone(intent.terms, change.part).legs) == 1
    if (
        now.price is not None
        and change.price is not None
        and single
        and (now.price < 0) != (change.price < 0)
    ):
        raise AlreadyHandled("The price cannot go lower.", code="no_price")


def _view(intent: Intent, facts: MarketFacts, price: Decimal) -> PriceView | None:
    """The market beside the new price; where it cannot be told that of before, with the steps of the new one."""
    terms = replace(intent.terms, price=price)
    fresh = price_view_of(facts, terms)
    if fresh is not None or intent.price_view is None:
        return fresh
    ticks, limit = net_ticks(facts.instruments), abs(price)
    return replace(
        intent.price_view,
        tick=tick_at(ticks, limit),
        lower=step(limit, ticks, -1),
        higher=step(limit, ticks, 1),
    )
