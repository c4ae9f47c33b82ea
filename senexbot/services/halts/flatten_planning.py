"""What a plan to flatten would be: what is held and what works is read, priced and checked. Nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from senexbot.domain.errors import (
    BrokerFault,
    Refused,
    SenexError,
    StoreFault,
    Unavailable,
)
from senexbot.domain.halts.flatten import Left, closings, kept_back, left_of, limit_for
from senexbot.domain.halts.flatten_plan import (
    CancelStep,
    CloseStep,
    FlattenPlan,
    LeftOver,
    PlanState,
    StepState,
)
from senexbot.domain.halts.halts import DESK, HaltState, scope_words
from senexbot.domain.halts.protecting import Kind, kind_of, parts_of_order
from senexbot.domain.instruments import Instrument
from senexbot.domain.links import AccountRef, Actor
from senexbot.domain.market import Position, Quote, TradingStatus
from senexbot.domain.orders.broker_orders import BrokerOrder, CancelWanted, OrdersLook
from senexbot.domain.orders.checks import LegFacts
from senexbot.domain.orders.intents import Intent
from senexbot.domain.orders.terms import OrderTerms, OrderType, TimeInForce
from senexbot.domain.orders.words import order_words
from senexbot.domain.policy.rules import Limit, Policy, RuleName, Subject
from senexbot.domain.words import quoted
from senexbot.ports import BrokerReads, Clock, Ids, Store, Tx
from senexbot.services.halts.halts import brake_on
from senexbot.services.halts.mass_cancelling import held_of
from senexbot.services.orders.checking import roles_of
from senexbot.services.orders.following import Following
from senexbot.services.orders.market_facts import MarketFacts, held
from senexbot.services.orders.previews import Previews
from senexbot.services.rules import DeskRules

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


class FlattenPlanning:
    def __init__(
        self,
        *,
        store: Store,
        reads: BrokerReads,
        previews: Previews,
        following: Following,
        clock: Clock,
        ids: Ids,
        rules: DeskRules,
    ) -> None:
        self._store = store
        self._reads = reads
        self._previews = previews
        self._following = following
        self._clock = clock
        self._ids = ids
        self._rules = rules

    async def planned(self, actor: Actor, refs: Sequence[AccountRef]) -> FlattenPlan:
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
        return FlattenPlan(
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
