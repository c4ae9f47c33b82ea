"""From words to a preview in the person's messages: resolve, check, the broker's own dry run, store."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from senexbot.domain.errors import AlreadyHandled, Denied, StoreFault
from senexbot.domain.language import GRAMMAR, said_text
from senexbot.domain.links import AccountRef, Actor
from senexbot.domain.market import TradingStatus
from senexbot.domain.options.chain import Greeks
from senexbot.domain.options.outlook import Outlook
from senexbot.domain.options.payoff import Payoff
from senexbot.domain.orders.checks import Checked, CheckInput, check_preview
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.lifecycle import Trigger, move
from senexbot.domain.orders.terms import OrderTerms, PriceView
from senexbot.domain.policy.clear import require_not_denied
from senexbot.domain.policy.verdict import PolicyVerdict
from senexbot.domain.resolving import Resolvable, Resolved
from senexbot.ports import AuditEntry, CardPlace, Clock, Handle, Ids, OrderDesk, Store, Tx
from senexbot.services.accounts import Accounts
from senexbot.services.approval.approvals import Approvals, withdraw_request
from senexbot.services.news.card_edits import doubt_card
from senexbot.services.news.telling import refusal_params, tell_change
from senexbot.services.orders.checking import check_input
from senexbot.services.orders.handles import owned_intent, same_terms
from senexbot.services.orders.looking_ahead import LookingAhead
from senexbot.services.orders.market_facts import MarketFacts, MarketReader
from senexbot.services.orders.preview_figures import (
    payoff_of,
    payoff_repriced,
    price_view_of,
    stepped_price,
    text_of,
)
from senexbot.services.orders.resolving import Resolving
from senexbot.services.policy.check import PolicyCheck, PolicyReads
from senexbot.services.rules import DeskRules

LOOK_SECONDS = 2.5  # a form that is filled in waits no longer for greeks


class _Foreseen(NamedTuple):
    """What the broker was not asked for yet."""

    reads: PolicyReads
    facts: CheckInput
    checked: Checked
    verdict: PolicyVerdict


@dataclass(frozen=True, slots=True)
class Look:
    """One order as it would be previewed, with the market beside it."""

    terms: OrderTerms
    choices: tuple[str, ...]
    payoff: Payoff | None
    view: PriceView | None
    outlook: Outlook


class Previews:
    def __init__(
        self,
        *,
        store: Store,
        desk: OrderDesk,
        accounts: Accounts,
        market: MarketReader,
        clock: Clock,
        ids: Ids,
        rules: DeskRules,
        policy: PolicyCheck,
        approvals: Approvals,
        resolving: Resolving,
        ahead: LookingAhead,
    ) -> None:
        self._ahead = ahead
        self._policy = policy
        self._resolving = resolving
        self._store = store
        self._desk = desk
        self._accounts = accounts
        self._market = market
        self._clock = clock
        self._ids = ids
        self._rules = rules
        self._approvals = approvals

    async def understood(self, actor: Actor, said: Resolvable) -> tuple[OrderTerms, MarketFacts]:
        """What the words come to, and the market beside it; nothing is checked, stored or sent."""
        found, status = await self._resolve(actor, said)
        return found[0].terms, MarketFacts.of(found[0], status)

    async def preview_sentence(self, actor: Actor, said: Resolvable) -> tuple[Intent, ...]:
        """Stored previews whose cards are on their way: several where closing takes several orders, all or none.

        Raises ParseError, CannotResolve with what would do instead, Denied, Refused, NotConnected, …
        """
        found, status = await self._resolve(actor, said)
        intents = []
        for resolved in found:
            facts = MarketFacts.of(resolved, status)
            intent = await self._assess(
                actor, resolved.terms, facts, shares=resolved.shares, known=resolved.greeks
            )
            choices = tuple(choice.words for choice in resolved.choices)
            intents.append(replace(intent, choices=choices, payoff=payoff_of(resolved)))
        async with self._store.begin() as tx:
            for intent in intents:
                await self._issue(tx, intent)
                await tell_change(
                    tx, None, intent, by=actor.user_id, action="order.preview", now=self._clock.now()
                )
        return tuple(intents)

    async def look(self, actor: Actor, said: Resolvable) -> tuple[Look, ...]:
        """What the words come to now, for a form that is being filled in, by the rules of a preview: neither the
        policy nor the broker is asked, nothing is stored or sent.

        Raises CannotResolve, Denied, NotConnected, Unavailable.
        """
        account = await self._accounts.pick(actor, said.account_hint)
        found, status = await self._resolving.resolve(account, said)
        every = [MarketFacts.of(resolved, status) for resolved in found]
        async with self._store.read() as tx:
            for resolved, facts in zip(found, every, strict=True):
                check_preview(await self._input(tx, actor, resolved.terms, facts)).require()
        outlooks = await asyncio.gather(
            *(
                self._ahead.at(
                    r.terms, facts.instruments, shares=r.shares, known=r.greeks, seconds=LOOK_SECONDS
                )
                for r, facts in zip(found, every, strict=True)
            )
        )
        return tuple(
            Look(
                resolved.terms,
                tuple(choice.words for choice in resolved.choices),
                payoff_of(resolved),
                price_view_of(facts, resolved.terms),
                outlook,
            )
            for resolved, facts, outlook in zip(found, every, outlooks, strict=True)
        )

    async def _resolve(
        self, actor: Actor, said: Resolvable
    ) -> tuple[tuple[Resolved, ...], TradingStatus | None]:
        account = await self._accounts.pick(actor, said.account_hint)
        try:
            return await self._resolving.resolve(account, said)
        except Denied as denied:
            await self._audit_denial(actor, account, said_text(said), denied)
            raise

    async def step(self, actor: Actor, handle_value: str, *, steps: int) -> Intent:
        """The same order `steps` price steps dearer (or cheaper, when negative); a new version, a new button."""
        async with self._store.read() as tx:
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
            if intent.state is not IntentState.PREVIEWED:
                raise AlreadyHandled(
                    f"This order is {intent.state.value.replace('_', ' ')} already.", code=intent.state.value
                )
        facts = await self._market.facts(intent.terms)
        terms = replace(intent.terms, price=stepped_price(intent.terms, facts, steps))
        fresh = await self._judged(actor, terms, facts)
        after = move(
            intent,
            Trigger.EDIT,
            terms=terms,
            terms_version=intent.terms_version + 1,
            text=fresh.text,
            grammar=fresh.grammar,
            estimate=fresh.estimate,
            price_view=fresh.price_view,
            checks_missing=fresh.checks_missing,
            verdict=fresh.verdict,
            mandate=fresh.mandate,
            uncovered=fresh.uncovered,
            expires_at=fresh.expires_at,
            repeats=fresh.repeats,
            payoff=payoff_repriced(intent, terms),
            handle=self._ids.handle(),
        )
        async with self._store.begin() as tx:
            await self._issue(tx, after)
            await tell_change(tx, intent, after, by=actor.user_id, action="order.edit", now=self._clock.now())
        return after

    async def again(self, actor: Actor, handle_value: str) -> Intent:
        """A new preview of an ended one's terms, on the same card."""
        async with self._store.read() as tx:
            _, old = await owned_intent(tx, actor, handle_value)
            place = await tx.cards.place(old.id)
        now = self._clock.not_before()
        if old.state is IntentState.PREVIEWED and now < old.expires_at:
            raise AlreadyHandled("This preview still waits for you.", code="previewed")
        if old.state not in {
            IntentState.PREVIEWED,
            IntentState.LAPSED,
            IntentState.DISCARDED,
            IntentState.DECLINED,
            IntentState.APPROVED,
            IntentState.NOT_SENT,
        }:
            raise AlreadyHandled(
                f"This order is {old.state.value.replace('_', ' ')} already.", code=old.state.value
            )
        facts = await self._market.facts(old.terms)
        stands_on = old.outlook.model.shares if old.outlook and old.outlook.model else Decimal(0)
        assessed = await self._assess(actor, old.terms, facts, shares=stands_on, known={})
        intent = replace(assessed, choices=old.choices, payoff=old.payoff)
        async with self._store.begin() as tx:
            if not await tx.first_time(f"again:{old.id}"):
                raise AlreadyHandled("This order was previewed again already.", code="previewed_again")
            if old.state is IntentState.PREVIEWED:
                lapsed = move(old, Trigger.LAPSE)
                await tx.intents.save(lapsed)
            elif (
                old.state is IntentState.APPROVED
            ):  # what was approved cannot be sent any more beside the new one
                await tx.intents.save(move(old, Trigger.DISCARD))
            await self._issue(tx, intent)
            if place is not None:
                # The same message becomes the new preview: the old one's card is not edited any more.
                await tx.cards.forget(old.id)
                await tx.cards.put(intent.id, CardPlace(place.channel, place.ts, -1))
                # An edit of the old card may be on its way still; the two cards do not wait for one another.
                await doubt_card(tx, place, self._clock, because=f"again:{old.id}")
            await tell_change(
                tx, None, intent, by=actor.user_id, action="order.preview", now=self._clock.now()
            )
        return intent

    async def discard(self, actor: Actor, handle_value: str) -> Intent:
        async with self._store.begin() as tx:
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
            after = move(intent, Trigger.DISCARD)
            await withdraw_request(tx, intent, self._clock.now())
            await tell_change(
                tx, intent, after, by=actor.user_id, action="order.discard", now=self._clock.now()
            )
        return after

    async def lapse_due(self, limit: int = 100) -> int:
        """Previews whose time is over get a card that says so and offers another."""
        async with self._store.read() as tx:
            due = await tx.intents.lapsing(self._clock.not_before(), limit)
        for intent in due:
            try:
                async with self._store.begin() as tx:
                    after = move(intent, Trigger.LAPSE)
                    await tell_change(
                        tx, intent, after, by="bot", action="order.lapse", now=self._clock.now()
                    )
            except (StoreFault, AlreadyHandled):
                continue  # somebody was faster, or the next round does it
        return len(due)

    async def assess(self, actor: Actor, terms: OrderTerms, facts: MarketFacts) -> Intent:
        """A preview of terms that exist already, as `preview_sentence` makes it, and not stored."""
        return await self._judged(actor, terms, facts)

    async def foresee(self, actor: Actor, terms: OrderTerms, facts: MarketFacts) -> PolicyVerdict:
        """Our checks and the policy alone, for an order that the broker would refuse as long as another one holds what
        it sells. Raises Denied."""
        try:
            return (await self._foreseen(actor, terms, facts)).verdict
        except Denied as denied:
            await self._audit_denial(actor, terms.account, text_of(terms), denied)
            raise

    async def _foreseen(self, actor: Actor, terms: OrderTerms, facts: MarketFacts) -> _Foreseen:
        """What can be told before the broker is asked. Raises Denied."""
        reads = await self._policy.read(actor, terms)
        async with self._store.read() as tx:
            found = await self._input(tx, actor, terms, facts)
            checked = check_preview(found)
            checked.require()
            verdict = await self._policy.judge(tx, actor, terms, facts, reads, estimate=None)
        require_not_denied(verdict)
        return _Foreseen(reads, found, checked, verdict)

    async def _assess(
        self,
        actor: Actor,
        terms: OrderTerms,
        facts: MarketFacts,
        *,
        shares: Decimal,
        known: Mapping[str, Greeks],
    ) -> Intent:
        """Our checks and the policy, then the broker's dry run and what it says of buying power; beside them what
        the order would change (`shares`: held ones that its payoff counts; `known`: greeks).

        Nothing is stored for an order that is denied.
        """
        ahead = asyncio.ensure_future(self._ahead.at(terms, facts.instruments, shares=shares, known=known))
        try:
            return replace(await self._judged(actor, terms, facts), outlook=await ahead)
        finally:
            ahead.cancel()

    async def _judged(self, actor: Actor, terms: OrderTerms, facts: MarketFacts) -> Intent:
        try:
            reads, facts_in, checked, _ = await self._foreseen(actor, terms, facts)
            identifier = self._ids.identifier(terms.environment)
            estimate = await self._desk.dry_run(terms.account, self._desk.compose(terms, identifier))
            async with self._store.read() as tx:
                verdict = await self._policy.judge(tx, actor, terms, facts, reads, estimate=estimate)
                cover = await self._policy.mandates.cover(tx, actor, terms, verdict, reads.mandates)
            require_not_denied(verdict)
            if cover.mark is None:
                await self._approvals.require_somebody(actor, verdict)
        except Denied as denied:
            await self._audit_denial(actor, terms.account, text_of(terms), denied)
            raise
        now = self._clock.now()
        return Intent(
            id=self._ids.row(),
            identifier=identifier,
            team_id=actor.team_id,
            owner=actor.user_id,
            version=1,
            terms_version=1,
            state=IntentState.PREVIEWED,
            terms=terms,
            text=text_of(terms),
            grammar=GRAMMAR,
            created_at=now,
            expires_at=self._clock.not_before() + timedelta(seconds=self._rules.confirm_seconds),
            estimate=replace(estimate, warnings=(*estimate.warnings, *checked.warnings)),
            price_view=price_view_of(facts, terms),
            checks_missing=tuple(dict.fromkeys((*checked.missing, *verdict.missing))),
            verdict=verdict,
            mandate=cover.mark,
            uncovered=cover.why,
            handle=self._ids.handle(),
            repeats=next((other.id for other in facts_in.unresolved), ""),
        )

    async def _input(self, tx: Tx, actor: Actor, terms: OrderTerms, facts: MarketFacts) -> CheckInput:
        live, now = self._rules.live_trading, self._clock.not_before()
        return await check_input(tx, actor, terms, facts, live_trading=live, now=now)

    async def _issue(self, tx: Tx, intent: Intent) -> None:
        await tx.handles.issue(Handle(intent.handle, "intent", intent.id, intent.terms_version, intent.owner))

    async def _audit_denial(self, actor: Actor, account: AccountRef, order: str, denied: Denied) -> None:
        async with self._store.begin() as tx:
            await tx.audit(
                AuditEntry(
                    actor=actor.user_id,
                    action="order.preview",
                    subject="",
                    result=denied.code,
                    params=(
                        ("order", order),
                        ("environment", account.environment.value),
                        *await refusal_params(tx, denied),
                    ),
                )
            )
