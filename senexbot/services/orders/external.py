"""Orders placed elsewhere: by policy their account's owner is asked for a reason. They are never touched (I15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, tzinfo

import structlog

from senexbot.domain.errors import NotFound, Stale, StoreFault, Unreadable
from senexbot.domain.links import AccountRef, Actor, Environment, Link, Role
from senexbot.domain.news import ExternalNews, NoticeNews, ReminderNews
from senexbot.domain.orders.broker_orders import BrokerOrder
from senexbot.domain.orders.external import (
    ExternalOrder,
    answered,
    asked_for,
    concerns,
    external_id,
    seen_again,
    unanswered,
)
from senexbot.domain.policy.elsewhere import placed_elsewhere
from senexbot.domain.policy.rules import Elsewhere, RuleName, Subject, Which
from senexbot.ports import AuditEntry, Clock, Handle, Ids, Outgoing, Store, Tx
from senexbot.services.news.admins import tell_admins
from senexbot.services.news.faces import external_key
from senexbot.services.news.telling import tell_card
from senexbot.services.orders.checking import roles_of
from senexbot.services.orders.handles import owned_handle
from senexbot.services.rules import DeskRules

log = structlog.get_logger()
KIND = "external"
REMIND_AFTER = timedelta(minutes=30)


class ExternalOrders:
    def __init__(
        self, *, store: Store, clock: Clock, ids: Ids, rules: DeskRules, exchange_zone: tzinfo
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._rules = rules
        self._zone = exchange_zone

    async def seen(self, order: BrokerOrder, environment: Environment) -> None:
        """One report of an order that is none of ours. What fails here is told by the next report."""
        try:
            await self._seen(order, environment)
        except (Stale, StoreFault, Unreadable) as fault:
            log.warning("external.seen", order=order.id, code=fault.code)

    async def _seen(self, order: BrokerOrder, environment: Environment) -> None:
        key = external_id(environment, order)
        async with self._store.read() as tx:
            known = await tx.externals.get(key)
            fresh = None if known is not None else await self._asked(tx, key, order, environment)
            moved = None if known is None else seen_again(known, order)
        if fresh is None and moved is None:
            return
        async with self._store.begin() as tx:
            if moved is not None:
                await tx.externals.save(moved)
                await _show(tx, moved)
            elif fresh is not None and await tx.externals.add(fresh):
                await self._ask(tx, fresh)

    async def form(self, actor: Actor, handle_value: str) -> ExternalOrder:
        """What the reason is asked for. Raises NotPermitted, AlreadyHandled."""
        async with self._store.read() as tx:
            known = await self._of(tx, actor, handle_value)
        unanswered(known)
        return known

    async def give(self, actor: Actor, handle_value: str, reason: str) -> ExternalOrder:
        """The owner's reason, once; told to those who look after the desk. Raises ParseError, AlreadyHandled."""
        now = self._clock.now()
        async with self._store.begin() as tx:
            known = await self._of(tx, actor, handle_value)
            after = answered(known, reason, now)
            await tx.externals.save(after)
            await _show(tx, after)
            params = (
                ("by", actor.user_id),
                ("environment", after.environment.label),
                ("order", _words(after.order)),
                ("over", "; ".join(after.over)),
                ("why", after.reason),
            )
            await self._tell(tx, after, NoticeNews("external_reason", params, now))
            told = (("environment", after.environment.value), ("order", after.id), ("why", after.reason))
            await tx.audit(AuditEntry(actor.user_id, "external.reason", after.id, "ok", told))
        return after

    async def _tell(self, tx: Tx, given: ExternalOrder, news: NoticeNews) -> None:
        """The admin channel; without one the operators, and everybody with the role risk."""
        dedupe, channel = f"reason:{given.id}", self._rules.admin_channel
        await tell_admins(tx, channel, news, dedupe=dedupe, doer=given.owner)
        if channel:
            return
        risk = {
            user for team, user, role in await tx.roles.all() if (team, role) == (given.team_id, Role.RISK)
        }
        for user in sorted(risk - {given.owner}):
            out = Outgoing(key=f"user:{user}", news=news, dedupe=f"{dedupe}:{user}", to_user=user)
            await tx.outbox.put(out)

    async def known(
        self, environment: Environment, orders: Sequence[BrokerOrder]
    ) -> dict[int, ExternalOrder]:
        """By the broker's number: those of these that were asked for."""
        async with self._store.read() as tx:
            found = await tx.externals.these([external_id(environment, order) for order in orders])
        return {one.order.id: one for one in found}

    async def _of(self, tx: Tx, actor: Actor, handle_value: str) -> ExternalOrder:
        handle = await owned_handle(tx, actor, handle_value, KIND)
        known = await tx.externals.get(handle.subject)
        if known is None or (known.owner, known.team_id) != (actor.user_id, actor.team_id):
            raise NotFound("This order is not known here any more.")
        return known

    async def _asked(
        self, tx: Tx, key: str, order: BrokerOrder, environment: Environment
    ) -> ExternalOrder | None:
        """The record to be made; None where the policy does not ask, or asked already for what this one replaces."""
        policy = await tx.policies.current()
        if not any(s.rule is RuleName.ELSEWHERE and s.value != Elsewhere(Which.OFF) for s in policy.settings):
            return None
        link = await _holder(tx, environment, order.account)
        if link is None or not concerns(order, link.created_at):
            return None
        if order.replaces is not None and await tx.externals.get(_of_before(environment, order)) is not None:
            return None
        actor = Actor(team_id=link.team_id, user_id=link.user_id, home_team_id=link.team_id)
        account = AccountRef(link.id, order.account, environment)
        now = self._clock.now()
        subject = Subject(link.user_id, await roles_of(tx, actor), account)
        over = asked_for(policy, subject, placed_elsewhere(order, account, self._zone, now))
        if over is None:
            return None
        return ExternalOrder(
            id=key,
            environment=environment,
            team_id=link.team_id,
            owner=link.user_id,
            version=1,
            order=order,
            over=over,
            handle=self._ids.handle(),
            asked_at=now,
        )

    async def _ask(self, tx: Tx, fresh: ExternalOrder) -> None:
        await tx.handles.issue(Handle(fresh.handle, KIND, fresh.id, 1, fresh.owner))
        await _show(tx, fresh)
        await tx.outbox.put(
            Outgoing(
                key=f"remind:{fresh.id}",
                news=ReminderNews(fresh.id),
                dedupe=f"remind:{fresh.id}",
                to_user=fresh.owner,
                not_before=fresh.asked_at + REMIND_AFTER,
            )
        )
        over = (("over", "; ".join(fresh.over)),)
        await tx.audit(AuditEntry("bot", "external.ask", fresh.id, "ok", over))


async def _show(tx: Tx, known: ExternalOrder) -> None:
    await tell_card(tx, external_key(known.id), ExternalNews(known.id), known.version, known.owner)


async def _holder(tx: Tx, environment: Environment, account: str) -> Link | None:
    """Of several who reach the account whoever linked it first."""
    reach = (
        link for link in await tx.links.all() if link.environment is environment and link.account(account)
    )
    return min(reach, key=lambda link: link.created_at, default=None)


def _of_before(environment: Environment, order: BrokerOrder) -> str:
    return f"{environment.value}:{order.account}:{order.replaces}"


def _words(order: BrokerOrder) -> str:
    legs = " and ".join(f"{leg.action} {leg.quantity.normalize():f} {leg.symbol}" for leg in order.legs)
    return f"{legs or order.underlying}, {order.type}"
