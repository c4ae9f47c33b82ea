"""An account that loses more than its limit in a trading day turns to reducing by itself; a person lifts it."""

from __future__ import annotations

import asyncio
from datetime import tzinfo

import structlog

from senexbot.domain.access import effective_roles
from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import BrokerFault, NotConnected, Stale, StoreFault
from senexbot.domain.halts.halts import account_scope
from senexbot.domain.links import AccountRef, Actor, Link, Role
from senexbot.domain.market import Balances
from senexbot.domain.money import dollars
from senexbot.domain.policy.rules import Limit, Policy, RuleName, Subject
from senexbot.ports import BrokerReads, Clock, Store
from senexbot.services.halts.halts import BOT, put_halt
from senexbot.services.rules import DeskRules

log = structlog.get_logger()
ROUND_SECONDS = 15.0
READ_SECONDS = 8.0


class DailyLoss:
    def __init__(
        self, *, store: Store, reads: BrokerReads, clock: Clock, rules: DeskRules, exchange_zone: tzinfo
    ) -> None:
        self._store = store
        self._reads = reads
        self._clock = clock
        self._rules = rules
        self._zone = exchange_zone

    async def run(self) -> None:
        """Look at every account that has such a limit, until cancelled."""
        while True:
            try:
                await self.round()
            except StoreFault as fault:
                log.warning("daily_loss.store", code=fault.code)
            await self._clock.sleep(ROUND_SECONDS)

    async def round(self) -> None:
        """Each account is read side by side; one that cannot be read is left for the next round."""
        async with self._store.read() as tx:
            policy = await tx.policies.current()
            links = await tx.links.all()
            granted = await tx.roles.all()
        if not any(s.rule is RuleName.DAILY_LOSS for s in policy.settings):
            return
        roles: dict[tuple[str, str], set[Role]] = {}
        for team, user, role in granted:
            roles.setdefault((team, user), set()).add(role)
        looks = [
            self._look(policy, link, AccountRef(link.id, account.number, link.environment), roles)
            for link in links
            for account in link.accounts
            if not account.is_closed
        ]
        await asyncio.gather(*looks)

    async def _look(
        self, policy: Policy, link: Link, account: AccountRef, roles: dict[tuple[str, str], set[Role]]
    ) -> None:
        owner = Actor(link.team_id, link.user_id, link.team_id)
        held = effective_roles(owner, roles.get((link.team_id, link.user_id), set()), linked=True)
        if _limit(policy, Subject(link.user_id, held, account)).deny_over is None:
            return
        try:
            async with asyncio.timeout(READ_SECONDS):
                balances = await self._reads.balances(account)
        except (BrokerFault, NotConnected, TimeoutError):
            return
        await self.seen(account, link.user_id, held, balances)

    async def seen(self, account: AccountRef, user: str, roles: frozenset[Role], balances: Balances) -> bool:
        """Turn the account to reducing when this is a loss over its limit; once a trading day.

        Committed when this returns; True when it was turned.
        """
        if balances.day_change is None or balances.day_change >= 0:
            return False
        scope, subject = account_scope(account.environment, account.number), Subject(user, roles, account)
        loss = -balances.day_change
        async with self._store.read() as tx:
            limit = _limit(await tx.policies.current(), subject).deny_over
        if limit is None or loss <= limit:
            return False
        try:
            async with self._store.begin() as tx:
                before = await tx.halts.get(scope, changing=True)
                if before is not None and before.state != "active":
                    return False
                if not await tx.policies.trip(scope, trading_day(self._clock.now(), self._zone)):
                    return False
                reason = f"down {dollars(loss)} today, limit {dollars(limit)}"
                await put_halt(tx, self._clock, self._rules, scope, "reducing", by=BOT, reason=reason)
        except Stale:  # somebody else halts it at this moment
            return False
        log.warning("daily_loss.reducing", account=account.masked)
        return True


def _limit(policy: Policy, subject: Subject) -> Limit:
    value = policy.value(RuleName.DAILY_LOSS, subject)
    assert isinstance(value, Limit)
    return value
