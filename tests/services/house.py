"""One desk of services, wired as bootstrap wires it, over a given store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from senexbot.domain.errors import StoreUnavailable
from senexbot.domain.language import parse
from senexbot.domain.links import Actor, Link, Role
from senexbot.domain.orders.intents import Intent
from senexbot.domain.policy.rules import DESK, Policy, RuleName, RuleValue
from senexbot.ids import RandomIds
from senexbot.ports import Handle, OutboxRow, Sealed, Store
from senexbot.services.accounts import Accounts
from senexbot.services.approval.approvals import Approvals
from senexbot.services.approval.executing import Executing
from senexbot.services.approval.mandate_check import MandateCheck
from senexbot.services.approval.mandates import Mandates
from senexbot.services.approval.quotes import ApprovalQuotes
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.halts.daily_loss import DailyLoss
from senexbot.services.halts.flatten_planning import FlattenPlanning
from senexbot.services.halts.flatten_running import FlattenRunning
from senexbot.services.halts.flattening import Flattening
from senexbot.services.halts.halts import Halts
from senexbot.services.halts.mass_cancelling import MassCancelling
from senexbot.services.news.outbox import Relay
from senexbot.services.orders.cancelling import Cancelling
from senexbot.services.orders.external import ExternalOrders
from senexbot.services.orders.following import Following
from senexbot.services.orders.gate import Gate
from senexbot.services.orders.looking_ahead import LookingAhead
from senexbot.services.orders.market_facts import MarketReader
from senexbot.services.orders.move_offers import MoveOffers
from senexbot.services.orders.previews import Previews
from senexbot.services.orders.replacing import Replacing
from senexbot.services.orders.resolving import Resolving
from senexbot.services.orders.sending import Sending
from senexbot.services.orders.settling import Settling
from senexbot.services.orders.settling_replaces import SettlingReplaces
from senexbot.services.orders.walking import Walking
from senexbot.services.policy.check import PolicyCheck
from senexbot.services.policy.editing import Policies
from senexbot.services.rules import DeskRules
from senexbot.store.engine import SqlStore
from tests.domain.builders import NOW, TODAY, after, intent, link, terms
from tests.fakes.broker import HandDesk, HandReads
from tests.fakes.policy import HandPolicy
from tests.fakes.slack import HandMessenger
from tests.stores import HandClock, Home

RULES = DeskRules(
    team_id="T1",
    live_trading=False,
    has_practice=True,
    confirm_seconds=120,
    admin_channel="CADMIN",
    build="t",
)


class Balky:
    """A store whose next `failures` writes end as on a full disk."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.failures = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self._store.begin() as tx:
            yield tx
            if self.failures:
                self.failures -= 1
                raise StoreUnavailable("the disk is full")

    async def write(self, act: Callable[[Any], Awaitable[Any]]) -> Any:
        async def failing(tx: Any) -> Any:
            found = await act(tx)
            if self.failures:
                self.failures -= 1
                raise StoreUnavailable("the disk is full")
            return found

        return await self._store.write(failing)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@dataclass
class House:
    home: Home
    sql: SqlStore
    store: Balky
    clock: HandClock
    desk: HandDesk
    reads: HandReads
    slack: HandMessenger
    following: Following
    sending: Sending
    settling: Settling
    replacing: Replacing
    settling_replaces: SettlingReplaces
    walking: Walking
    moves: MoveOffers
    previews: Previews
    cancelling: Cancelling
    mass_cancelling: MassCancelling
    flattening: Flattening
    flatten_running: FlattenRunning
    halts: Halts
    daily_loss: DailyLoss
    policy_check: PolicyCheck
    policies: Policies
    relay: Relay
    policy: HandPolicy
    approvals: Approvals
    approval_quotes: ApprovalQuotes
    executing: Executing
    external: ExternalOrders
    mandates: Mandates

    @classmethod
    async def build(
        cls, home: Home, *, link_first: bool = True, desk: Any = None, reads: HandReads | None = None
    ) -> House:
        """`desk`: the real adapter instead of the one by hand."""
        clock: HandClock = home.clock
        sql = await home.open()
        store = Balky(sql)
        ids, gate, reads = RandomIds(clock=clock), Gate(), reads or HandReads(clock)
        desk = desk or HandDesk(clock)
        slack, market = HandMessenger(), MarketReader(reads=reads)
        accounts = Accounts(store=store, reads=reads)
        following = Following(store=store, desk=desk, clock=clock, rules=RULES, gate=gate)
        external = ExternalOrders(store=store, clock=clock, ids=ids, rules=RULES, exchange_zone=EXCHANGE_ZONE)
        following.on_external(external.seen)
        halts = Halts(store=store, clock=clock, rules=RULES)
        daily_loss = DailyLoss(
            store=store, reads=reads, clock=clock, rules=RULES, exchange_zone=EXCHANGE_ZONE
        )
        mandate_check = MandateCheck(
            store=store, reads=reads, messenger=slack, clock=clock, exchange_zone=EXCHANGE_ZONE
        )
        policy = HandPolicy(
            store=store,
            reads=reads,
            following=following,
            daily_loss=daily_loss,
            mandates=mandate_check,
            clock=clock,
            exchange_zone=EXCHANGE_ZONE,
        )
        sending = Sending(
            store=store,
            desk=desk,
            market=market,
            clock=clock,
            rules=RULES,
            gate=gate,
            following=following,
            policy=policy,
            messenger=slack,
        )
        approvals = Approvals(store=store, messenger=slack, clock=clock, ids=ids, rules=RULES)
        replacing = Replacing(
            store=store, desk=desk, market=market, sending=sending, clock=clock, ids=ids, rules=RULES
        )
        cancelling = Cancelling(store=store, desk=desk, following=following, clock=clock)
        mass_cancelling = MassCancelling(
            store=store, desk=desk, reads=reads, cancelling=cancelling, clock=clock, ids=ids
        )
        previews = Previews(
            store=store,
            desk=desk,
            accounts=accounts,
            market=market,
            clock=clock,
            ids=ids,
            rules=RULES,
            policy=policy,
            approvals=approvals,
            resolving=Resolving(reads=reads, clock=clock, exchange_zone=EXCHANGE_ZONE),
            ahead=LookingAhead(reads=reads, clock=clock, exchange_zone=EXCHANGE_ZONE),
        )
        walking = Walking(store=store, replacing=replacing, market=market, clock=clock)
        made = cls(
            home=home,
            sql=sql,
            store=store,
            clock=clock,
            desk=desk,
            reads=reads,
            slack=slack,
            following=following,
            sending=sending,
            settling=Settling(
                store=store,
                desk=desk,
                following=following,
                clock=clock,
                exchange_zone=EXCHANGE_ZONE,
                in_flight=sending.in_flight,
            ),
            replacing=replacing,
            walking=walking,
            moves=MoveOffers(
                store=store,
                replacing=replacing,
                walking=walking,
                market=market,
                clock=clock,
                ids=ids,
                rules=RULES,
            ),
            settling_replaces=SettlingReplaces(
                store=store, desk=desk, following=following, clock=clock, in_flight=sending.in_flight
            ),
            previews=previews,
            flattening=Flattening(
                store=store,
                accounts=accounts,
                planning=FlattenPlanning(
                    store=store,
                    reads=reads,
                    previews=previews,
                    following=following,
                    clock=clock,
                    ids=ids,
                    rules=RULES,
                ),
                clock=clock,
            ),
            flatten_running=FlattenRunning(
                store=store,
                previews=previews,
                sending=sending,
                cancelling=mass_cancelling,
                market=market,
                messenger=slack,
                clock=clock,
            ),
            policy=policy,
            approvals=approvals,
            approval_quotes=ApprovalQuotes(store=store, market=market),
            external=external,
            mandates=Mandates(
                store=store,
                messenger=slack,
                accounts=accounts,
                check=mandate_check,
                clock=clock,
                ids=ids,
                rules=RULES,
            ),
            executing=Executing(store=store, sending=sending, clock=clock, ids=ids),
            cancelling=cancelling,
            mass_cancelling=mass_cancelling,
            halts=halts,
            daily_loss=daily_loss,
            policy_check=policy,
            policies=Policies(store=store, halts=halts, clock=clock, ids=ids, rules=RULES),
            relay=Relay(store=store, messenger=slack, clock=clock, rules=RULES, owner="test"),
        )
        if link_first:
            await made.link()
        return made

    async def limits(self, **values: RuleValue) -> Policy:
        """Say these rules for the desk, past the rights."""
        async with self.sql.begin() as tx:
            policy = await tx.policies.current()
            for rule, value in values.items():
                policy = policy.with_setting(RuleName(rule), DESK, value)
                await tx.policies.add(policy, by="test", why="test")
        return policy

    async def grant(self, *roles: Role, user: str = "U1") -> None:
        async with self.sql.begin() as tx:
            for role in roles:
                await tx.roles.grant("T1", user, role, by="host")

    async def audited(self, action: str) -> list[tuple[str, str]]:
        """(actor, result) of each entry with this action."""
        records = [record async for record in self.sql.export_audit()]
        return [(r.entry.actor, r.entry.result) for r in records if r.entry.action == action]

    async def link(self, **changes: Any) -> Link:
        made = link(**changes)
        async with self.sql.begin() as tx:
            await tx.links.add(made, Sealed("00000000", b"n" * 12, b"sealed"))
        return made

    async def put(self, number: int = 1, **changes: Any) -> Intent:
        """A stored intent, waiting for Confirm unless told otherwise; its button is `h<number>`."""
        values = {"expires_at": after(120), "created_at": NOW, "handle": f"h{number}", **changes}
        values.setdefault("terms", terms(quantity=99 + number))  # no two alike
        made = intent(id=f"intent{number}", identifier=f"sx1-p-{number}", **values)
        async with self.sql.begin() as tx:
            await tx.intents.add(made)
            await tx.handles.issue(Handle(f"h{number}", "intent", made.id, made.terms_version, made.owner))
        return made

    async def preview(self, actor: Actor, text: str) -> Intent:
        """What a person has said, as its stored preview."""
        (made,) = await self.previews.preview_sentence(actor, parse(text, TODAY))
        return made

    async def intent(self, number: int = 1) -> Intent:
        async with self.sql.read() as tx:
            found = await tx.intents.get(f"intent{number}")
        assert found is not None
        return found

    async def told(self) -> tuple[OutboxRow, ...]:
        """Everything that waits to be told and is due, claimed by the test."""
        rows: list[OutboxRow] = []
        while True:
            async with self.sql.begin() as tx:
                claimed = await tx.outbox.claim("judge", 100, self.clock.now())
                for row in claimed:
                    await tx.outbox.sent(row.id, self.clock.now())
            if not claimed:
                return tuple(rows)
            rows += claimed

    async def answered(self) -> None:
        """Wait for the answers of all orders in flight."""
        await self.sending.drain(10)
        self.sending._closing = False  # the desk goes on after the test has waited

    async def relayed(self) -> None:
        """Tell everything that is due."""
        while await self.relay.drain():
            await self.relay.settle()


async def outcomes(*work: Any) -> list[Any]:
    return await asyncio.gather(*work, return_exceptions=True)


if __debug__:

    def _fits(store: Balky) -> Store:
        return store
