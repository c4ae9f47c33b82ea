"""What the policy looks at, gathered: figures of the account outside any transaction, and what orders hold
of the limits in the transaction that decides (I21, I23, I29)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TypeVar

from senexbot.domain.approval.mandates_terms import MandateMark
from senexbot.domain.calendar import trading_day
from senexbot.domain.halts.halts import account_scope
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import AccountRef, Actor, Role
from senexbot.domain.market import Balances, Position, Quote, SessionState
from senexbot.domain.options.payoff import loss_of_terms, uncapped_contracts
from senexbot.domain.orders.broker_orders import BrokerOrder
from senexbot.domain.orders.intents import Intent
from senexbot.domain.orders.net import net_of
from senexbot.domain.orders.terms import Estimate, OrderTerms
from senexbot.domain.policy.assess import assess
from senexbot.domain.policy.elsewhere import placed_elsewhere
from senexbot.domain.policy.input import PolicyInput
from senexbot.domain.policy.measures import OrderMarket, Risk
from senexbot.domain.policy.needs import Needs, needs
from senexbot.domain.policy.reservations import Reservation, moved, reserve
from senexbot.domain.policy.rules import Approvers, Policy, RuleName, Subject
from senexbot.domain.policy.verdict import ApprovalNeed, PolicyVerdict
from senexbot.ports import BrokerReads, Clock, Store, Tx
from senexbot.services.approval.mandate_check import NO_COVER, NO_MANDATES, Cover, MandateCheck, MandateReads
from senexbot.services.halts.daily_loss import DailyLoss
from senexbot.services.orders.checking import roles_of
from senexbot.services.orders.following import Following
from senexbot.services.orders.market_facts import MarketFacts
from senexbot.services.reading import or_none

READ_SECONDS = 8.0
LOOK_SECONDS = 10.0  # twenty presses at once, or a confirm after its preview, need one list
LONGEST_WINDOW = timedelta(hours=24)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PolicyReads:
    """None: not needed, or the broker did not tell."""

    balances: Balances | None = None
    positions: tuple[Position, ...] | None = None
    elsewhere: tuple[Reservation, ...] | None = None
    mandates: MandateReads = NO_MANDATES


@dataclass(frozen=True, slots=True)
class Explained:
    """`approvers`: the other persons who could approve, when an approval is needed; `cover`: by which mandate not."""

    verdict: PolicyVerdict
    approvers: tuple[str, ...]
    cover: Cover = NO_COVER


class PolicyCheck:
    def __init__(
        self,
        *,
        store: Store,
        reads: BrokerReads,
        following: Following,
        daily_loss: DailyLoss,
        mandates: MandateCheck,
        clock: Clock,
        exchange_zone: tzinfo,
    ) -> None:
        self.mandates = mandates
        self._store = store
        self._reads = reads
        self._following = following
        self._daily_loss = daily_loss
        self._clock = clock
        self._zone = exchange_zone

    async def read(self, actor: Actor, terms: OrderTerms) -> PolicyReads:
        """What the rules that are set for this order need of the broker, side by side within one deadline.

        A loss over the account's limit turns it to reducing here, before anything is decided.
        """
        async with self._store.read() as tx:
            policy = await tx.policies.current()
            subject = Subject(actor.user_id, await roles_of(tx, actor), terms.account)
        wanted = needs(policy, subject, terms)
        balances, positions, orders, mandates = await asyncio.gather(
            or_none(
                self._reads.balances(terms.account) if wanted & Needs.BALANCES else None, within=READ_SECONDS
            ),
            or_none(
                self._reads.positions(terms.account) if wanted & Needs.POSITIONS else None,
                within=READ_SECONDS,
            ),
            or_none(
                self._orders_elsewhere(terms.account) if wanted & Needs.ORDERS else None, within=READ_SECONDS
            ),
            self.mandates.read(actor, terms),
        )
        if balances is not None:
            await self._daily_loss.seen(terms.account, subject.user, subject.roles, balances)
        return PolicyReads(balances, positions, orders, mandates)

    async def judge(
        self,
        tx: Tx,
        actor: Actor,
        terms: OrderTerms,
        facts: MarketFacts,
        reads: PolicyReads,
        *,
        estimate: Estimate | None,
        intent_id: str = "",
    ) -> PolicyVerdict:
        """The verdict by what the transaction in hand sees; in a writing one nobody else reserves meanwhile.

        `estimate`: the broker's dry run; None before it was asked, when buying power is left for later.
        `intent_id`: whose claim it is; what it holds itself is not counted against it.
        """
        terms = replace(terms, price=terms.dearest_price)  # where a walk may end
        policy = await tx.policies.current()
        subject = Subject(actor.user_id, await roles_of(tx, actor), terms.account)
        now = self._clock.not_before()
        day = trading_day(now, self._zone)
        scope = account_scope(terms.environment, terms.account.number)
        held = await tx.reservations.around(terms.account, actor.user_id, day=day, since=now - LONGEST_WINDOW)
        return assess(
            policy,
            PolicyInput(
                terms=terms,
                subject=subject,
                now=now,
                local=now.astimezone(self._zone),
                market=market_of(terms, facts, now),
                balances=reads.balances,
                positions=reads.positions,
                ours=tuple(r for r in held if r.intent_id != intent_id),
                elsewhere=reads.elsewhere,
                estimate=estimate,
                estimated=estimate is not None,
                loss_lifted=await tx.policies.tripped(scope, day),
                risk=risk_of(terms, facts),
            ),
        )

    async def reserve(self, tx: Tx, intent: Intent, verdict: PolicyVerdict) -> MandateMark | None:
        """In the claim's transaction, once it may be sent: what the order takes of the limits (I23), and of the
        mandate that covers it."""
        now = self._clock.now()
        before = await tx.reservations.get(intent.id)
        if before is None:
            held = reserve(intent, verdict.exposure, now, trading_day(now, self._zone))
        else:
            held = moved(before, verdict.exposure, now)
        await tx.reservations.put(held)
        return await self.mandates.take(tx, intent, verdict)

    async def explain(self, actor: Actor, terms: OrderTerms, facts: MarketFacts) -> Explained:
        """What would be said of this order now, and who could approve it; nothing is stored."""
        reads = await self.read(actor, terms)
        async with self._store.read() as tx:
            verdict = await self.judge(tx, actor, terms, facts, reads, estimate=None)
            may = await approvers(tx, actor, verdict.need.role) if verdict.need else ()
            cover = await self.mandates.cover(tx, actor, terms, verdict, reads.mandates)
        return Explained(verdict, may, cover)

    async def _orders_elsewhere(self, account: AccountRef) -> tuple[Reservation, ...] | None:
        """Today's orders of the account that this desk did not place; None when the list is not whole."""
        look = await self._following.looked(account, within=LOOK_SECONDS)
        if not look.complete:
            return None
        async with self._store.read() as tx:
            others = [order for order in look.orders if await _is_foreign(tx, account, order)]
        multipliers = await self._multipliers(account, others)
        return tuple(placed_elsewhere(order, account, self._zone, look.at, multipliers) for order in others)

    async def _multipliers(self, account: AccountRef, orders: Iterable[BrokerOrder]) -> dict[str, Decimal]:
        """Of the futures in these orders, by symbol; one that the broker does not tell is missing."""
        symbols = {leg.symbol for order in orders for leg in order.legs if leg.type is InstrumentType.FUTURE}
        found = await asyncio.gather(
            *(
                or_none(self._reads.instrument(account.link_id, symbol), within=READ_SECONDS)
                for symbol in symbols
            )
        )
        return {one.symbol: one.multiplier for one in found if one is not None}


async def eligible(tx: Tx, actor: Actor, policy: Policy, subject: Subject) -> int:
    """How many other persons hold the role that may approve."""
    return len(await approvers(tx, actor, approval_need(policy, subject).role))


def approval_need(policy: Policy, subject: Subject) -> ApprovalNeed:
    """How many others, with which role, approve what this person does in this account."""
    value = policy.value(RuleName.APPROVERS, subject)
    assert isinstance(value, Approvers)
    return ApprovalNeed(value.count, value.role)


async def approvers(tx: Tx, actor: Actor, role: Role) -> tuple[str, ...]:
    """The other persons with the role, in order of their id."""
    return tuple(
        sorted(
            user
            for team, user, held in await tx.roles.all()
            if held is role and team == actor.team_id and user != actor.user_id
        )
    )


def market_of(terms: OrderTerms, facts: MarketFacts, now: datetime) -> OrderMarket | None:
    """The market for one unit of the whole order: of several legs what all of them together bring or cost."""
    if len(terms.legs) == 1:
        return order_market(facts.quote, now)
    quotes = [quote for quote in facts.quotes if quote is not None]
    net = net_of(terms.legs, facts.quotes) if len(facts.quotes) == len(terms.legs) else None
    if net is None:
        return None
    low, high = sorted((abs(net.natural), abs(net.best)))
    usable = all(quote.session is SessionState.CLOSED or quote.is_fresh(now) for quote in quotes)
    return OrderMarket(_price(low), _price(high), None, usable)


def risk_of(terms: OrderTerms, facts: MarketFacts) -> Risk | None:
    """What several legs that only open can lose together; None: the sum of the legs bounds it."""
    if len(terms.legs) == 1 or not all(leg.action.closes for child in terms.children for leg in child.legs):
        return None
    quoted = len(facts.quotes) == len(terms.legs)
    net = net_of(terms.legs, facts.quotes) if quoted and terms.price is None else None
    found = loss_of_terms(terms, entry=None if net is None else net.natural)
    return None if found is None else Risk(found[0], uncapped_contracts(terms))


def order_market(quote: Quote | None, now: datetime) -> OrderMarket | None:
    """The market for a single leg. With the session closed the closing quote counts."""
    if quote is None:
        return None
    usable = quote.session is SessionState.CLOSED or quote.is_fresh(now)
    return OrderMarket(_price(quote.bid), _price(quote.ask), _price(quote.last), usable)


def _price(value: Decimal | None) -> Decimal | None:
    return value if value is not None and value.is_finite() and value > 0 else None


async def _is_foreign(tx: Tx, account: AccountRef, order: BrokerOrder) -> bool:
    if order.identifier and await tx.intents.by_identifier(order.identifier) is not None:
        return False
    return await tx.intents.by_order(account.environment, order.account, order.id) is None
