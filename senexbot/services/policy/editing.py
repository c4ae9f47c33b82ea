"""Editing the policy (I38): two persons once two hold the risk role; with one, tightening at once and
loosening after 15 minutes and announced; the host's command line at once, audited and announced."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from senexbot.domain.errors import (
    AlreadyHandled,
    NotFound,
    NotPermitted,
    Stale,
    StoreFault,
)
from senexbot.domain.links import Actor, Role
from senexbot.domain.news import NoticeNews
from senexbot.domain.policy.changes import ChangeState, PolicyChange, first_state, tightens
from senexbot.domain.policy.reading import SaidSetting
from senexbot.domain.policy.rules import Policy, RuleValue, Scope, ScopeKind
from senexbot.domain.policy.words import setting_words
from senexbot.ports import AuditEntry, Clock, Handle, Ids, Outgoing, Store, Tx
from senexbot.services.halts.halts import HOST, Halts
from senexbot.services.news.admins import tell_admins
from senexbot.services.rules import DeskRules

log = structlog.get_logger()
KIND = "policy_change"
BOT = "bot"


@dataclass(frozen=True, slots=True)
class PolicyView:
    """What holds, and what waits: each with a handle for the person's button, "" where they have none."""

    policy: Policy
    waiting: tuple[tuple[PolicyChange, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """`before`: the value that held in that scope; `others`: who else may agree to a proposal."""

    change: PolicyChange
    before: RuleValue | None
    others: tuple[str, ...] = ()


class Policies:
    def __init__(self, *, store: Store, halts: Halts, clock: Clock, ids: Ids, rules: DeskRules) -> None:
        self._store = store
        self._halts = halts
        self._clock = clock
        self._ids = ids
        self._rules = rules

    async def current(self) -> Policy:
        async with self._store.read() as tx:
            return await tx.policies.current()

    async def view(self, actor: Actor) -> PolicyView:
        """The policy, and the open changes with the buttons this person may press."""
        async with self._store.read() as tx:
            policy = await tx.policies.current()
            waiting = await tx.policies.open_changes()
            may = await _holds_risk(tx, actor)
        shown = []
        if waiting:
            async with self._store.begin() as tx:
                for change in waiting:
                    shown.append((change, await self._handle(tx, change, actor.user_id) if may else ""))
        return PolicyView(policy, tuple(shown))

    async def set(self, actor: Actor, said: SaidSetting) -> Edited:
        """Adopted at once, waiting for its time, or proposed to the others with the role."""
        scope = await self._scope(said)
        now = self._clock.now()
        async with self._store.begin() as tx:
            if not await _holds_risk(tx, actor):
                raise NotPermitted("Only a person with the role risk may change the policy.")
            policy = await tx.policies.current(changing=True)
            change = PolicyChange(
                self._ids.row(),
                actor.team_id,
                said.rule,
                scope,
                said.value,
                ChangeState.ADOPTED,
                actor.user_id,
                now,
            )
            before = policy.said(said.rule, scope)
            _must_change(policy, change)
            holders = await risk_holders(tx, actor.team_id)
            others = tuple(user for user in holders if user != actor.user_id)
            state, due = first_state(
                tightening=tightens(policy, change.applied(policy), said.rule), holders=len(holders), now=now
            )
            change = replace(change, state=state, due_at=due)
            if state is ChangeState.ADOPTED:
                change = replace(change, decided_by=actor.user_id)
                await self._put(tx, policy, change, by=actor.user_id)
            await tx.policies.add_change(change)
            await self._told(tx, change, actor.user_id, others, f"policy.{state.value}")
        return Edited(change, before, others)

    async def agree(self, actor: Actor, handle: str) -> PolicyChange:
        """The second person: another than who proposed it, with the role at this moment (I29, I38)."""
        async with self._store.begin() as tx:
            change = await self._of(tx, actor, handle)
            if change.state is not ChangeState.PROPOSED:
                raise AlreadyHandled(f"This change is {change.state.value} already.", code=change.state.value)
            if change.by == actor.user_id:
                raise NotPermitted("Another person with the role risk has to agree to your change.")
            return await self._adopt(tx, change, by=actor.user_id)

    async def withdraw(self, actor: Actor, handle: str) -> PolicyChange:
        """Anybody with the role may stop a change that does not hold yet."""
        async with self._store.begin() as tx:
            change = await self._of(tx, actor, handle)
            if change.state not in {ChangeState.PROPOSED, ChangeState.WAITING}:
                raise AlreadyHandled(f"This change is {change.state.value} already.", code=change.state.value)
            after = _moved(change, ChangeState.WITHDRAWN, actor.user_id)
            await tx.policies.save_change(after)
            others = [u for u in await risk_holders(tx, actor.team_id) if u != actor.user_id]
            await self._told(tx, after, actor.user_id, tuple(others), "policy.withdrawn")
        return after

    async def set_from_host(self, said: SaidSetting) -> PolicyChange:
        """Break-glass: at once, audited and announced to everybody with the role."""
        scope = await self._scope(said)
        async with self._store.begin() as tx:
            policy = await tx.policies.current(changing=True)
            change = PolicyChange(
                self._ids.row(),
                "",
                said.rule,
                scope,
                said.value,
                ChangeState.ADOPTED,
                HOST,
                self._clock.now(),
            )
            _must_change(policy, change)
            await self._put(tx, policy, change, by=HOST)
            await tx.policies.add_change(change)
            await self._told(tx, change, HOST, await risk_holders(tx, ""), "policy.adopted")
        return change

    async def adopt_due(self) -> int:
        """Loosenings whose 15 minutes are over. One whose author lost the role is withdrawn; when a second
        person has got it meanwhile, they have to agree."""
        async with self._store.read() as tx:
            waiting = [c for c in await tx.policies.open_changes() if self._is_due(c)]
        for change in waiting:
            try:
                async with self._store.begin() as tx:
                    await self._end_waiting(tx, change)
            except (Stale, AlreadyHandled):
                continue  # somebody was faster
            except StoreFault as fault:
                log.warning("policy.due", code=fault.code)
        return len(waiting)

    def _is_due(self, change: PolicyChange) -> bool:
        return (
            change.state is ChangeState.WAITING
            and change.due_at is not None
            and self._clock.now() >= change.due_at
        )

    async def _end_waiting(self, tx: Tx, change: PolicyChange) -> None:
        holders = await risk_holders(tx, change.team_id)
        others = tuple(user for user in holders if user != change.by)
        if change.by not in holders:
            after = _moved(change, ChangeState.WITHDRAWN, BOT)
            await tx.policies.save_change(after)
            await self._told(tx, after, BOT, (*others, change.by), "policy.withdrawn")
        elif others:
            after = _moved(change, ChangeState.PROPOSED, "")
            await tx.policies.save_change(after)
            await self._told(tx, after, change.by, others, "policy.proposed")
        else:
            await self._adopt(tx, change, by=change.by)

    # --- inside ----------------------------------------------------------------------------------

    async def _adopt(self, tx: Tx, change: PolicyChange, *, by: str) -> PolicyChange:
        policy = await tx.policies.current(changing=True)
        await self._put(tx, policy, change, by=by)
        after = _moved(change, ChangeState.ADOPTED, by)
        await tx.policies.save_change(after)
        others = tuple(u for u in await risk_holders(tx, change.team_id) if u != by)
        await self._told(tx, after, by, others, "policy.adopted")
        return after

    async def _put(self, tx: Tx, policy: Policy, change: PolicyChange, *, by: str) -> None:
        await tx.policies.add(change.applied(policy), by=by, why=change.id)

    async def _of(self, tx: Tx, actor: Actor, value: str) -> PolicyChange:
        handle = await tx.handles.find(value)
        change = await tx.policies.change(handle.subject) if handle and handle.kind == KIND else None
        if handle is None or change is None:
            raise NotFound("This change is not known here any more. Say policy.")
        if handle.owner != actor.user_id:
            raise NotPermitted("This button belongs to somebody else.")
        if not await _holds_risk(tx, actor):
            raise NotPermitted("Only a person with the role risk may change the policy.")
        return change

    async def _handle(self, tx: Tx, change: PolicyChange, owner: str) -> str:
        value = self._ids.handle()
        await tx.handles.issue(Handle(value, KIND, change.id, change.version, owner))
        return value

    async def _scope(self, said: SaidSetting) -> Scope:
        """An account by its last digits becomes the one that is known here. Raises NotFound."""
        if said.kind is not ScopeKind.ACCOUNT:
            return Scope(said.kind, said.name)
        return Scope(said.kind, (await self._halts.account_scope(said.name)).removeprefix("account:"))

    async def _told(
        self, tx: Tx, change: PolicyChange, by: str, others: tuple[str, ...], action: str
    ) -> None:
        """Audited, announced to those who look after the desk, and to the others with the role."""
        words = _words(change)
        version = (await tx.policies.current()).version
        params = (("change", words), ("state", change.state.value), ("policy", str(version)))
        await tx.audit(AuditEntry(by, action, change.id, "ok", params))
        at = self._clock.now()
        news = NoticeNews("policy_changed", _params(change, by, words), at)
        dedupe = f"policy:{change.id}:{change.version}"
        await tell_admins(tx, self._rules.admin_channel, news, dedupe=dedupe, doer=by)
        for user in others:
            handle = ""
            if change.state in {ChangeState.PROPOSED, ChangeState.WAITING}:
                handle = await self._handle(tx, change, user)
            mine = NoticeNews("policy_changed", (*_params(change, by, words), ("handle", handle)), at)
            await tx.outbox.put(
                Outgoing(key=f"user:{user}", news=mine, dedupe=f"{dedupe}:risk:{user}", to_user=user)
            )


def _must_change(policy: Policy, change: PolicyChange) -> None:
    if policy.said(change.rule, change.scope) == change.value:
        raise AlreadyHandled(f"The policy says so already: {_words(change)}.", code="policy_same")


def _moved(change: PolicyChange, state: ChangeState, by: str) -> PolicyChange:
    return replace(change, state=state, decided_by=by, version=change.version + 1)


def _params(change: PolicyChange, by: str, words: str) -> tuple[tuple[str, str], ...]:
    due = f"{change.due_at:%H:%M} UTC" if change.due_at is not None else ""
    return (("by", by), ("change", words), ("state", change.state.value), ("due", due))


def _words(change: PolicyChange) -> str:
    return setting_words(change.rule, change.scope, change.value)


async def _holds_risk(tx: Tx, actor: Actor) -> bool:
    return actor.is_full_member and Role.RISK in await tx.roles.of(actor.team_id, actor.user_id)


async def risk_holders(tx: Tx, team_id: str) -> tuple[str, ...]:
    """Who holds the role in this workspace ("": in any), in order of their id."""
    return tuple(
        sorted(
            {user for team, user, role in await tx.roles.all() if role is Role.RISK and team_id in {team, ""}}
        )
    )
