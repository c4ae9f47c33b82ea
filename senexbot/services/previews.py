"""From words to a preview in the person's messages: resolve, check, the broker's own dry run, store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from senexbot.domain.checks import check_preview, resolve_action
from senexbot.domain.errors import AlreadyHandled, Denied, StoreFault
from senexbot.domain.instruments import Instrument, tick_at
from senexbot.domain.lifecycle import Trigger, move
from senexbot.domain.links import Actor
from senexbot.domain.market import Quote, SessionState
from senexbot.domain.money import step
from senexbot.domain.order_words import terms_text
from senexbot.domain.orders import Intent, IntentState
from senexbot.domain.policy_clear import require_clear
from senexbot.domain.terms import Leg, OrderDraft, OrderTerms, OrderType, PriceView, Side
from senexbot.ports import AuditEntry, CardPlace, Clock, Handle, Ids, OrderDesk, Store, Tx
from senexbot.services.accounts import Accounts
from senexbot.services.checking import check_input
from senexbot.services.handles import owned_intent, same_terms
from senexbot.services.market_facts import MarketFacts, MarketReader
from senexbot.services.policy_check import PolicyCheck
from senexbot.services.quotes import Quotes
from senexbot.services.rules import DeskRules
from senexbot.services.telling import refusal_params, tell_change


class Previews:
    def __init__(
        self,
        *,
        store: Store,
        desk: OrderDesk,
        accounts: Accounts,
        quotes: Quotes,
        market: MarketReader,
        clock: Clock,
        ids: Ids,
        rules: DeskRules,
        policy: PolicyCheck,
    ) -> None:
        self._policy = policy
        self._store = store
        self._desk = desk
        self._accounts = accounts
        self._quotes = quotes
        self._market = market
        self._clock = clock
        self._ids = ids
        self._rules = rules

    async def preview(self, actor: Actor, draft: OrderDraft) -> Intent:
        """A stored preview whose card is on its way. Raises ParseError, Denied, Refused, NotConnected, …"""
        terms, facts = await self.understood(actor, draft)
        intent = await self._assess(actor, terms, facts)
        async with self._store.begin() as tx:
            await self._issue(tx, intent)
            await tell_change(
                tx, None, intent, by=actor.user_id, action="order.preview", now=self._clock.now()
            )
        return intent

    async def understood(self, actor: Actor, draft: OrderDraft) -> tuple[OrderTerms, MarketFacts]:
        """What the words come to, and the market beside it; nothing is checked, stored or sent."""
        account = await self._accounts.pick(actor, draft.account_hint)
        term = draft.option or draft.contract or draft.symbol
        instrument = await self._quotes.need(account.link_id, term, command=f"order {draft.side} {{}}")
        facts = await self._market.around(account, instrument)
        action = resolve_action(
            draft.side,
            facts.held,
            draft.quantity,
            is_option=instrument.option is not None,
            words=instrument.words,
        )
        leg = Leg(
            instrument.symbol,
            instrument.type,
            action,
            draft.quantity,
            instrument.words,
            instrument.multiplier,
        )
        terms = OrderTerms(
            account=account,
            underlying=instrument.underlying,
            legs=(leg,),
            type=draft.type,
            price=_signed(draft.side, draft.price),
            time_in_force=draft.time_in_force,
        )
        return terms, facts

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
        terms = replace(intent.terms, price=_stepped(intent.terms, facts.instrument, steps))
        fresh = await self._assess(actor, terms, facts)
        after = move(
            intent,
            Trigger.EDIT,
            terms=terms,
            terms_version=intent.terms_version + 1,
            text=fresh.text,
            estimate=fresh.estimate,
            price_view=fresh.price_view,
            checks_missing=fresh.checks_missing,
            verdict=fresh.verdict,
            expires_at=fresh.expires_at,
            repeats=fresh.repeats,
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
            IntentState.NOT_SENT,
        }:
            raise AlreadyHandled(
                f"This order is {old.state.value.replace('_', ' ')} already.", code=old.state.value
            )
        facts = await self._market.facts(old.terms)
        intent = await self._assess(actor, old.terms, facts)
        async with self._store.begin() as tx:
            if not await tx.first_time(f"again:{old.id}"):
                raise AlreadyHandled("This order was previewed again already.", code="previewed_again")
            if old.state is IntentState.PREVIEWED:
                lapsed = move(old, Trigger.LAPSE)
                await tx.intents.save(lapsed)
            await self._issue(tx, intent)
            if place is not None:
                # The same message becomes the new preview: the old one's card is not edited any more.
                await tx.cards.forget(old.id)
                await tx.cards.put(intent.id, CardPlace(place.channel, place.ts, -1))
            await tell_change(
                tx, None, intent, by=actor.user_id, action="order.preview", now=self._clock.now()
            )
        return intent

    async def discard(self, actor: Actor, handle_value: str) -> Intent:
        async with self._store.begin() as tx:
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
            after = move(intent, Trigger.DISCARD)
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

    async def _assess(self, actor: Actor, terms: OrderTerms, facts: MarketFacts) -> Intent:
        """Our checks and the policy, then the broker's dry run and what it says of buying power.

        Nothing is stored for an order that is denied.
        """
        reads = await self._policy.read(actor, terms)
        try:
            async with self._store.read() as tx:
                facts_in = await check_input(
                    tx,
                    actor,
                    terms,
                    facts,
                    live_trading=self._rules.live_trading,
                    now=self._clock.not_before(),
                )
                checked = check_preview(facts_in)
                checked.require()
                require_clear(await self._policy.judge(tx, actor, terms, facts, reads, estimate=None))
            identifier = self._ids.identifier(terms.environment)
            estimate = await self._desk.dry_run(terms.account, self._desk.compose(terms, identifier))
            async with self._store.read() as tx:
                verdict = await self._policy.judge(tx, actor, terms, facts, reads, estimate=estimate)
            require_clear(verdict)
        except Denied as denied:
            await self._audit_denial(actor, terms, denied)
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
            text=terms_text(terms),
            created_at=now,
            expires_at=self._clock.not_before() + timedelta(seconds=self._rules.confirm_seconds),
            estimate=replace(estimate, warnings=(*estimate.warnings, *checked.warnings)),
            price_view=_price_view(facts, terms),
            checks_missing=tuple(dict.fromkeys((*checked.missing, *verdict.missing))),
            verdict=verdict,
            handle=self._ids.handle(),
            repeats=next((other.id for other in facts_in.unresolved), ""),
        )

    async def _issue(self, tx: Tx, intent: Intent) -> None:
        await tx.handles.issue(Handle(intent.handle, "intent", intent.id, intent.terms_version, intent.owner))

    async def _audit_denial(self, actor: Actor, terms: OrderTerms, denied: Denied) -> None:
        async with self._store.begin() as tx:
            await tx.audit(
                AuditEntry(
                    actor=actor.user_id,
                    action="order.preview",
                    subject="",
                    result=denied.code,
                    params=(
                        ("order", terms_text(terms)),
                        ("environment", terms.environment.value),
                        *await refusal_params(tx, denied),
                    ),
                )
            )


def _signed(side: Side, price: Decimal | None) -> Decimal | None:
    if price is None:
        return None
    return -price if side is Side.BUY else price


def _stepped(terms: OrderTerms, instrument: Instrument, steps: int) -> Decimal:
    """The signed price `steps` higher per share; raises AlreadyHandled for a market order or at zero."""
    if terms.type is not OrderType.LIMIT or terms.price is None:
        raise AlreadyHandled("A market order has no price to change.", code="no_price")
    price: Decimal | None = abs(terms.price)
    for _ in range(abs(steps)):
        price = step(price, instrument.tick_sizes, steps) if price is not None else None
    if price is None:
        raise AlreadyHandled("The price cannot go lower.", code="no_price")
    return -price if terms.side is Side.BUY else price


def _price_view(facts: MarketFacts, terms: OrderTerms) -> PriceView | None:
    quote: Quote | None = facts.quote
    if quote is None:
        return None
    reference = abs(terms.price) if terms.price is not None else (quote.last or quote.mid or Decimal(1))
    return PriceView(
        bid=quote.bid,
        ask=quote.ask,
        last=quote.last,
        at=quote.at,
        delayed=quote.delayed,
        session_open=quote.session is SessionState.OPEN,
        tick=tick_at(facts.instrument.tick_sizes, reference),
        lower=step(abs(terms.price), facts.instrument.tick_sizes, -1) if terms.price is not None else None,
        higher=step(abs(terms.price), facts.instrument.tick_sizes, 1) if terms.price is not None else None,
    )
