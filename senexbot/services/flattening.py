"""Planning the way out of an account: read what is held and what works, price it, check it, store it; and its owner's
presses. Nothing is sent here; carrying it out is services/flatten_running.py's.

Only the person whose link reaches an account plans and confirms its orders (I28, I36); the roles that may halt
somebody else cannot trade in their place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from senexbot.domain.checks import LegFacts
from senexbot.domain.errors import (
    BrokerFault,
    NotFound,
    NotPermitted,
    Refused,
    SenexError,
    StoreFault,
    Unavailable,
)
from senexbot.domain.flatten import Left, closings, kept_back, left_of, limit_for
from senexbot.domain.flatten_plan import (
    STOPPED,
    CancelStep,
    CloseStep,
    FlattenPlan,
    LeftOver,
    PlanState,
    StepState,
    confirmed,
    lapsed,
    paused,
    resumed,
)
from senexbot.domain.halts import DESK, HaltState, account_scope, scope_words, user_scope
from senexbot.domain.instruments import Instrument
from senexbot.domain.links import AccountRef, Actor
from senexbot.domain.market import Position, Quote, TradingStatus
from senexbot.domain.news import PlanNews
from senexbot.domain.order_words import order_words
from senexbot.domain.orders import BrokerOrder, CancelWanted, Intent, OrdersLook
from senexbot.domain.policy import Limit, Policy, RuleName, Subject
from senexbot.domain.protecting import Kind, kind_of, parts_of_order
from senexbot.domain.terms import OrderTerms, OrderType, TimeInForce
from senexbot.domain.words import quoted
from senexbot.ports import AuditEntry, BrokerReads, Clock, Handle, Ids, Outgoing, Store, Tx
from senexbot.services.accounts import Accounts
from senexbot.services.checking import roles_of
from senexbot.services.following import Following
from senexbot.services.halts import brake_on
from senexbot.services.handles import owned_handle
from senexbot.services.market_facts import MarketFacts, held
from senexbot.services.mass_cancelling import held_of
from senexbot.services.previews import Previews
from senexbot.services.rules import DeskRules

KIND = "flatten_plan"
ASK_KIND = "flatten"
READ_SECONDS = 2.5
CHECK_SECONDS = 1.8  # the plan is there within five seconds; what was not checked by then is when it is sent
LOOK_WITHIN = 2.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Account:
    """What was read of one account. None: it could not be."""

    ref: AccountRef
    positions: tuple[Position, ...]
    look: OrdersLook
    status: TradingStatus | None
    instruments: Mapping[str, Instrument]
    quotes: Mapping[str, Quote]


class Flattening:
    def __init__(
        self,
        *,
        store: Store,
        reads: BrokerReads,
        accounts: Accounts,
        previews: Previews,
        following: Following,
        clock: Clock,
        ids: Ids,
        rules: DeskRules,
    ) -> None:
        self._store = store
        self._reads = reads
        self._accounts = accounts
        self._previews = previews
        self._following = following
        self._clock = clock
        self._ids = ids
        self._rules = rules

    # --- the plan ------------------------------------------------------------------------------

    async def plan(self, actor: Actor, hint: str = "") -> FlattenPlan:
        """A stored plan whose card is on its way. `hint`: an account, `all`, or "" for the default one.

        Raises ParseError, NotConnected, Unavailable when what is held cannot be read.
        """
        if hint.strip().lower() == "all":
            return await self._plan(actor, await self._own(actor))
        return await self._plan(actor, (await self._accounts.pick(actor, hint.strip()),))

    async def plan_for(self, actor: Actor, handle_value: str) -> FlattenPlan:
        """The button beside a halt: the person's own accounts within its scope."""
        async with self._store.read() as tx:
            handle = await owned_handle(tx, actor, handle_value, ASK_KIND)
        scope = handle.subject
        accounts = tuple(
            one
            for one in await self._own(actor)
            if scope in {DESK, user_scope(actor.user_id), account_scope(one.environment, one.number)}
        )
        if not accounts:
            raise NotPermitted("Only the person who has linked an account can flatten it.")
        return await self._plan(actor, accounts)

    async def _own(self, actor: Actor) -> tuple[AccountRef, ...]:
        return tuple(
            AccountRef(link.id, account.number, link.environment)
            for link in await self._accounts.links(actor)
            for account in link.accounts
            if not account.is_closed
        )

    async def _plan(self, actor: Actor, refs: Sequence[AccountRef]) -> FlattenPlan:
        read = await asyncio.gather(*(self._read(ref) for ref in refs))
        async with self._store.read() as tx:
            policy = await tx.policies.current()
            roles = await roles_of(tx, actor)
            brakes = [await brake_on(tx, ref, actor.user_id) for ref in refs]
        halted = next((brake for brake in brakes if brake.state is HaltState.HALTED), None)
        opening: list[CancelStep] = []
        protecting: list[CancelStep] = []
        closes: list[CloseStep] = []
        left: list[LeftOver] = []
        closed = False
        for account in read:
            works = await self._working(account)
            collar = _collar(policy, Subject(actor.user_id, roles, account.ref))
            own, rest, is_closed = self._closes(
                account, [s for s, kind in works if kind is Kind.PROTECTS], collar
            )
            symbols = {leg.symbol for close in own for leg in close.terms.legs}
            opening += [step for step, kind in works if kind is not Kind.PROTECTS]
            protecting += [
                step
                for step, kind in works
                if kind is Kind.PROTECTS and symbols & self._symbols(account, step)
            ]
            closes += own
            left += [LeftOver(account.ref, one) for one in rest]
            closed |= is_closed
        if halted is None:
            facts = {account.ref: account for account in read}
            closes = await self._checked(actor, closes, facts)
        now = self._clock.now()
        blocked = ""
        if halted is not None:
            blocked = _halted_words(halted.scope)
        plan = FlattenPlan(
            id=self._ids.row(),
            team_id=actor.team_id,
            owner=actor.user_id,
            version=1,
            state=PlanState.PLANNED,
            accounts=tuple(refs),
            opening=tuple(opening),
            protecting=tuple(protecting),
            closes=tuple(closes),
            left=tuple(left),
            created_at=now,
            expires_at=self._clock.not_before() + timedelta(seconds=self._rules.confirm_seconds),
            handle=self._ids.handle(),
            blocked=blocked,
            closed_market=closed,
        )
        async with self._store.begin() as tx:
            await tx.flatten.add(plan)
            await tx.handles.issue(Handle(plan.handle, KIND, plan.id, 1, actor.user_id))
            await tell_plan(tx, plan, by=actor.user_id, action="flatten.plan")
        return plan

    async def _read(self, ref: AccountRef) -> _Account:
        """Without positions and working orders there is no plan; what else is missing is said on it."""
        try:
            async with asyncio.timeout(READ_SECONDS):
                positions, look, status = await asyncio.gather(
                    self._reads.positions(ref),
                    self._following.looked(ref, within=LOOK_WITHIN),
                    _or_none(self._reads.trading_status(ref)),
                )
        except TimeoutError:
            raise Unavailable(f"Account {ref.masked} could not be read in time. Nothing was sent.") from None
        if not look.complete:
            raise Unavailable(f"The orders of {ref.masked} could not all be read: {look.why_incomplete}.")
        symbols = sorted({position.symbol for position in positions if position.quantity})
        found = await asyncio.gather(
            *(self._within(self._reads.instrument(ref.link_id, symbol)) for symbol in symbols)
        )
        instruments = {s: one for s, one in zip(symbols, found, strict=True) if one is not None}
        quotes = await self._within(self._reads.quotes(ref.link_id, tuple(instruments.values())))
        return _Account(ref, positions, look, status, instruments, quotes or {})

    async def _within(self, read: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await _or_none(read)
        except TimeoutError:
            return None

    async def _working(self, account: _Account) -> list[tuple[CancelStep, Kind]]:
        """Each working order, or complex order as a whole, with what it does."""
        positions = held_of(account.positions)
        wholes: dict[CancelWanted, list[BrokerOrder]] = {}
        for order in account.look.orders:
            if not order.status.is_terminal:
                wholes.setdefault(_wanted(order), []).append(order)
        found = []
        async with self._store.read() as tx:
            for wanted, orders in wholes.items():
                intent = await self._ours(tx, account.ref, orders)
                parts = tuple(part for order in orders for part in parts_of_order(order))
                words = order_words(intent.terms) if intent else _words_of(orders[0])
                step = CancelStep(account.ref, wanted, words, intent.id if intent else "")
                found.append((step, kind_of(parts, positions)))
        return found

    async def _ours(self, tx: Tx, ref: AccountRef, orders: Sequence[BrokerOrder]) -> Intent | None:
        for order in orders:
            intent = await tx.intents.by_order(ref.environment, ref.number, order.id)
            if intent is not None:
                return intent
        return None

    def _symbols(self, account: _Account, step: CancelStep) -> set[str]:
        orders = [order for order in account.look.orders if _wanted(order) == step.wanted]
        return {leg.symbol for order in orders for leg in order.legs}

    def _closes(
        self, account: _Account, protecting: Sequence[CancelStep], collar: Decimal | None
    ) -> tuple[list[CloseStep], list[Left], bool]:
        """The closes that can be priced; the others among what is left, with why."""
        orders, left = closings(account.positions, account.instruments)
        rest, closed, limits = list(left), False, {}
        for order in orders:
            priced = limit_for(order, [account.quotes.get(leg.symbol) for leg in order.legs], collar)
            if priced.price is None:
                closed |= priced.is_closed
                rest += left_of(order, priced.why)
            else:
                limits[order] = priced
        kept, all_left = kept_back(limits, rest)
        steps = []
        for order in kept:
            priced = limits[order]
            symbols = {leg.symbol for leg in order.legs}
            holds = tuple(s.wanted.number for s in protecting if symbols & self._symbols(account, s))
            terms = OrderTerms(
                account=account.ref,
                underlying=order.underlying,
                legs=order.legs,
                type=OrderType.LIMIT,
                price=priced.price,
                time_in_force=TimeInForce.DAY,
            )
            steps.append(CloseStep(self._ids.row(), order.stage, terms, holds, priced.note, unchecked=True))
        return steps, list(all_left), closed

    async def _checked(
        self, actor: Actor, closes: Sequence[CloseStep], accounts: Mapping[AccountRef, _Account]
    ) -> list[CloseStep]:
        """Every check, the policy and the broker's dry run, as for any preview; what is late, or whose protection
        still holds the position at the broker, is checked when it is sent."""
        ends = self._clock.monotonic() + CHECK_SECONDS

        async def check(close: CloseStep) -> CloseStep:
            if close.protection:
                return close
            left = ends - self._clock.monotonic()
            try:
                async with asyncio.timeout(max(left, 0.0)):
                    facts = facts_of(close.terms, accounts[close.terms.account])
                    assessed = await self._previews.assess(actor, close.terms, facts)
            except TimeoutError:
                return close
            except SenexError as no:
                if isinstance(no, StoreFault) or (
                    isinstance(no, BrokerFault) and not isinstance(no, Refused)
                ):
                    return close  # trouble is no answer: it is asked again when it is sent
                return replace(close, state=StepState.FAILED, why=no.message, unchecked=False)
            missing = "; ".join(assessed.checks_missing)
            note = " · ".join(part for part in (close.note, missing) if part)
            return replace(close, note=note, unchecked=False)

        return list(await asyncio.gather(*(check(close) for close in closes)))

    # --- its owner's presses -------------------------------------------------------------------

    async def confirm(self, actor: Actor, handle_value: str) -> FlattenPlan:
        """Begin to carry it out; a second press finds it begun (I4, I33)."""
        async with self._store.begin() as tx:
            plan = await self._of(tx, actor, handle_value)
            after = confirmed(plan, self._clock.not_before())
            await save_plan(tx, after, by=actor.user_id, action="flatten.confirm")
        return after

    async def stop(self, actor: Actor, handle_value: str) -> FlattenPlan:
        async with self._store.begin() as tx:
            after = paused(await self._of(tx, actor, handle_value), STOPPED)
            await save_plan(tx, after, by=actor.user_id, action="flatten.stop")
        return after

    async def go_on(self, actor: Actor, handle_value: str) -> FlattenPlan:
        async with self._store.begin() as tx:
            after = resumed(await self._of(tx, actor, handle_value))
            await save_plan(tx, after, by=actor.user_id, action="flatten.go_on")
        return after

    async def _of(self, tx: Tx, actor: Actor, handle_value: str) -> FlattenPlan:
        handle = await owned_handle(tx, actor, handle_value, KIND)
        plan = await tx.flatten.get(handle.subject)
        if plan is None or plan.owner != actor.user_id or plan.team_id != actor.team_id:
            raise NotFound("This plan is not known here any more.")
        return plan

    async def lapse_due(self) -> int:
        """Plans whose time is over say so."""
        async with self._store.read() as tx:
            due = await tx.flatten.lapsing(self._clock.not_before())
        for plan in due:
            try:
                async with self._store.begin() as tx:
                    await save_plan(tx, lapsed(plan), by="bot", action="flatten.lapse")
            except StoreFault:
                continue  # somebody was faster, or the next round does it
        return len(due)


async def save_plan(tx: Tx, plan: FlattenPlan, *, by: str, action: str) -> None:
    """The row, its audit entry and its card's edit, in the transaction in hand (I39)."""
    await tx.flatten.save(plan)
    await tell_plan(tx, plan, by=by, action=action)


async def tell_plan(tx: Tx, plan: FlattenPlan, *, by: str, action: str) -> None:
    key = f"flatten:{plan.id}"
    await tx.outbox.put(
        Outgoing(
            key=key,
            news=PlanNews(plan.id),
            dedupe=f"{key}:{plan.version}",
            to_user=plan.owner,
            collapse="card",
        )
    )
    params = (("state", plan.state.value), ("version", str(plan.version)), ("closes", str(len(plan.closes))))
    await tx.audit(AuditEntry(by, action, plan.id, "ok", params))


def facts_of(terms: OrderTerms, account: _Account) -> MarketFacts:
    """What was read for the plan, for the checks of one of its orders."""
    first, *more = (
        LegFacts(
            account.instruments[leg.symbol],
            account.quotes.get(leg.symbol),
            held(account.positions, leg.symbol),
        )
        for leg in terms.legs
    )
    return MarketFacts(first.instrument, first.quote, account.status, first.position_quantity, tuple(more))


def _wanted(order: BrokerOrder) -> CancelWanted:
    if order.complex_id is not None:
        return CancelWanted(order.complex_id, is_complex=True)
    return CancelWanted(order.id)


def _words_of(order: BrokerOrder) -> str:
    legs = " + ".join(f"{leg.action.lower()} {leg.quantity:f} {quoted(leg.symbol)}" for leg in order.legs)
    price = "at market" if order.price is None else f"{order.type.lower()} {abs(order.price):f}"
    return f"{legs or order.underlying} {price}"


def _collar(policy: Policy, subject: Subject) -> Decimal | None:
    """The nearest threshold: a limit of the plan never needs an approval for its price."""
    value = policy.value(RuleName.COLLAR, subject)
    return value.first if isinstance(value, Limit) else None


def _halted_words(scope: str) -> str:
    words = scope_words(scope)
    name = f"{words[:1].upper()}{words[1:]}"
    say = "halt reducing" if scope == DESK else f"halt {_scope_text(scope)} reducing"
    return f"{name} is halted: no close starts before it is reducing (role risk or operator: {say})"


def _scope_text(scope: str) -> str:
    return f"account {scope[-4:]}" if scope.startswith("account:") else f"user {scope.removeprefix('user:')}"


async def _or_none(read: Awaitable[T]) -> T | None:
    try:
        return await read
    except BrokerFault:
        return None
