"""Asking for a mandate, granting, revoking and ending it. Whether it covers an order is mandate_check.py's.

It is granted like an order is approved: by others with the role, in time, each once (domain/approval/approvals.py). In every
transaction rights and halts are read before the mandate itself, so that two of them never wait for one another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from senexbot.domain.access import stranger
from senexbot.domain.approval import approvals as machine
from senexbot.domain.approval.approvals import Asked, Choice, Decision, RequestState
from senexbot.domain.approval.approvers import WEEKDAYS, asking_order
from senexbot.domain.approval.mandates import End, Mandate, MandateRow, closed, decided
from senexbot.domain.approval.mandates_parsing import MANDATE_GRAMMAR, MandateSaid
from senexbot.domain.approval.mandates_terms import mandate_text
from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import (
    AlreadyHandled,
    Denied,
    NotConnected,
    NotFound,
    NotPermitted,
    ParseError,
    Reason,
    StoreFault,
)
from senexbot.domain.links import AccountRef, Actor, Role
from senexbot.domain.news import NoticeNews
from senexbot.domain.policy.rules import Subject
from senexbot.domain.policy.verdict import ApprovalNeed
from senexbot.ports import AuditEntry, Clock, Handle, Ids, Messenger, Outgoing, Store, Tx
from senexbot.services.accounts import Accounts
from senexbot.services.approval.eligibility import concerned, directory, eligible, require_right
from senexbot.services.approval.mandate_check import MandateCheck, halted_since, scopes
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.halts.halts import brake_on
from senexbot.services.news.telling import tell_mandate
from senexbot.services.orders.checking import roles_of
from senexbot.services.orders.handles import owned_handle
from senexbot.services.policy.check import approval_need
from senexbot.services.rules import DeskRules

SEES_ALL = frozenset({Role.APPROVER, Role.RISK, Role.OPERATOR, Role.AUDITOR})
Change = Callable[[Mandate, datetime], Mandate]


class Mandates:
    def __init__(
        self,
        *,
        store: Store,
        messenger: Messenger,
        accounts: Accounts,
        check: MandateCheck,
        clock: Clock,
        ids: Ids,
        rules: DeskRules,
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._accounts = accounts
        self._check = check
        self._clock = clock
        self._ids = ids
        self._rules = rules

    async def ask(self, actor: Actor, said: MandateSaid) -> Mandate:
        """For oneself: others are asked to grant it. For another person: who may grant it is asked first, by a
        button, since a text grants nothing.

        Raises ParseError, NotConnected, NotFound, NotPermitted, Denied (halted, no_approver).
        """
        proposes = said.person not in {"", actor.user_id}
        holder = await self._holder(said.person) if proposes else actor
        account = await self._account(holder, said.terms.account, proposes=proposes)
        ends_at = said.terms.ends(EXCHANGE_ZONE)
        if self._clock.not_before() >= ends_at:
            raise ParseError("That time is over.", hint="Say until and a later time, or a day.")
        async with self._store.read() as tx:
            need = await self._need(tx, holder, account)
        wanted = await concerned(self._store, actor.team_id, need.role, self._clock.now())
        people = {**await directory(self._messenger, wanted), actor.user_id: actor}
        async with self._store.begin() as tx:
            need, now = await self._need(tx, holder, account), self._clock.now()
            await _require_trading(tx, holder, account)
            if proposes:
                await require_right(
                    tx, actor, people, need.role, team_id=actor.team_id, requester=holder.user_id, now=now
                )
            found = await eligible(
                tx, people, need.role, team_id=actor.team_id, requester=holder.user_id, now=now
            )
            if len(found) < need.count:
                raise Denied(Reason("no_approver", "nobody may grant this mandate now"))
            mandate = await self._request(tx, actor, holder, account, said, need, found, now)
            await tx.mandates.add(mandate)
            await tell_mandate(tx, mandate)
            await _audit(tx, mandate, actor.user_id, "mandate.ask")
        return mandate

    async def approve(self, actor: Actor, handle_value: str) -> Mandate:
        """One approval of the mandate as it is shown; the last that was needed grants it."""

        def change(mandate: Mandate, now: datetime) -> Mandate:
            return decided(mandate, Decision(actor.user_id, Choice.APPROVE, now))

        return await self._decide(actor, handle_value, change, "mandate.approve")

    async def decline(self, actor: Actor, handle_value: str, reason: str) -> Mandate:
        """One decline ends it; it needs a reason, which the requester reads."""

        def change(mandate: Mandate, now: datetime) -> Mandate:
            return decided(mandate, Decision(actor.user_id, Choice.DECLINE, now, reason=reason))

        return await self._decide(actor, handle_value, change, "mandate.decline")

    async def revoke(self, actor: Actor, handle_value: str) -> Mandate:
        """By who granted it, by its holder, or by risk; before it is granted, by who asked for it.

        Committed when this returns: no order is sent under it any more.
        """
        known = await self.of_handle(actor, handle_value)
        async with self._store.begin() as tx:
            roles = await roles_of(tx, actor)
            mandate = await _get(tx, known.id)
            now = self._clock.not_before()
            if mandate.state is RequestState.OPEN:
                if actor.user_id not in {mandate.requester, mandate.proposed_by} and Role.RISK not in roles:
                    raise NotPermitted("Only who asked for this mandate may withdraw it.")
                after = machine.withdraw(mandate, now)
            else:
                if actor.user_id not in {mandate.requester, *mandate.given} and Role.RISK not in roles:
                    raise NotPermitted(
                        "Only who granted it, who holds it, or the role risk may revoke a mandate."
                    )
                after = closed(mandate, End.REVOKED, actor.user_id, now)
            await self._save(tx, after, by=actor.user_id, action="mandate.revoke")
        return after

    async def of_handle(self, actor: Actor, handle_value: str) -> Mandate:
        """The mandate behind this person's own button. Raises NotFound, NotPermitted."""
        async with self._store.read() as tx:
            handle = await owned_handle(tx, actor, handle_value, "mandate")
            return await _get(tx, handle.subject)

    async def standing(self, actor: Actor) -> tuple[MandateRow, ...]:
        """Those that hold, or wait to be granted: one's own, and everybody's for who has a role on the desk."""
        async with self._store.read() as tx:
            roles = await roles_of(tx, actor)
            all_ = await tx.mandates.standing(actor.team_id)
        day = trading_day(self._clock.not_before(), EXCHANGE_ZONE)
        seen = [m for m in all_ if actor.user_id in {m.requester, m.proposed_by} or roles & SEES_ALL]
        people = await self._check.people([m for m in seen if m.is_granted])
        async with self._store.begin() as tx:
            rows = []
            for mandate in seen:
                lapsed = await self._check.why_lapsed(tx, mandate, people) if mandate.is_granted else ()
                mine = mandate.handle_of(actor.user_id)
                may_grant = bool(mine) and not mandate.is_granted and actor.user_id not in mandate.given
                handle = mine if may_grant else await self._button(tx, mandate, actor, roles)
                shown = replace(mandate, today=mandate.used_on(day))
                rows.append(MandateRow(shown, handle, lapsed, may_grant))
        return tuple(rows)

    async def pass_time(self, limit: int = 100) -> int:
        """Undecided ones decline themselves, granted ones end with their time or with a halt."""
        now = self._clock.not_before()
        async with self._store.read() as tx:
            due = {mandate.id: mandate for mandate in await tx.mandates.due(now, limit)}
            rows = list(await tx.halts.all())
            due |= {m.id: m for m in await tx.mandates.granted() if halted_since(m, rows)}
        for mandate in due.values():
            try:
                async with self._store.begin() as tx:
                    await self._pass_time(tx, mandate)
            except (StoreFault, AlreadyHandled):
                continue  # somebody was faster, or the next round does it
        return len(due)

    # --- inside --------------------------------------------------------------------------------

    async def _decide(self, actor: Actor, handle_value: str, change: Change, action: str) -> Mandate:
        known = await self.of_handle(actor, handle_value)
        role = known.need.role
        wanted = await concerned(self._store, known.team_id, role, self._clock.now())
        people = {**await directory(self._messenger, wanted - {actor.user_id}), actor.user_id: actor}
        try:
            async with self._store.begin() as tx:
                handle = await owned_handle(tx, actor, handle_value, "mandate")
                now = self._clock.not_before()
                await require_right(
                    tx, actor, people, role, team_id=known.team_id, requester=known.requester, now=now
                )
                await self._no_halt(tx, known)
                mandate = await _get(tx, known.id)
                machine.same_envelope(mandate, handle.version)
                after = change(mandate, now)
                if after.state is RequestState.APPROVED and now >= after.ends_at:
                    raise AlreadyHandled("The time of this mandate is over.", code="over")
                await self._save(tx, after, by=actor.user_id, action=action)
        except NotPermitted as no_right:
            async with self._store.begin() as tx:
                await tx.audit(AuditEntry(actor.user_id, action, known.id, no_right.code))
            raise
        return after

    async def _no_halt(self, tx: Tx, mandate: Mandate) -> None:
        """A mandate ends with a halt, so none begins in one."""
        rows = [await tx.halts.get(scope) for scope in scopes(mandate)]
        if any(row is not None and row.state != "active" for row in rows):
            raise Denied(Reason("halted", "no mandate is granted during a halt: resume first"))

    async def _pass_time(self, tx: Tx, known: Mandate) -> None:
        now = self._clock.not_before()
        rows = [await tx.halts.get(scope) for scope in scopes(known)]
        mandate = await _get(tx, known.id)
        if mandate.is_granted:
            if now >= mandate.ends_at:
                await self._save(tx, closed(mandate, End.OVER, "bot", now), by="bot", action="mandate.end")
            elif halted_since(mandate, [row for row in rows if row is not None]):
                await self._save(tx, closed(mandate, End.HALTED, "bot", now), by="bot", action="mandate.end")
            return
        over = machine.expire(mandate, now)
        if over is not None:
            await self._save(tx, over, by="bot", action="mandate.expire")
            return
        wider = machine.widen(mandate, now)
        if wider is not None:
            fresh = await self._handles(tx, mandate.id, [a.person for a in wider.asked if not a.handle])
            wider = replace(wider, asked=(*mandate.asked, *fresh))
            await self._save(tx, wider, by="bot", action="mandate.widen")

    async def _save(self, tx: Tx, after: Mandate, *, by: str, action: str) -> None:
        """The mandate, its messages, what its holder has to hear, and the audit, in one transaction (I39)."""
        await tx.mandates.save(after)
        await tell_mandate(tx, after)
        state = after.end.value if after.end else after.state.value
        unheard = after.proposed_by and after.granted_at is None
        if after.state is not RequestState.OPEN and by != after.requester and not unheard:
            no = after.declined
            params = (
                ("environment", after.environment.label),
                ("mandate", after.text),
                ("state", state),
                ("by", by if by != "bot" else ""),
                ("reason", no.reason if no else ""),
            )
            await tx.outbox.put(
                Outgoing(
                    key=f"user:{after.requester}",
                    news=NoticeNews("mandate", params, self._clock.now()),
                    dedupe=f"mandate:{after.id}:{after.version}",
                    to_user=after.requester,
                )
            )
        await _audit(tx, after, by, action)

    async def _request(
        self,
        tx: Tx,
        actor: Actor,
        holder: Actor,
        account: AccountRef,
        said: MandateSaid,
        need: ApprovalNeed,
        found: list[str],
        now: datetime,
    ) -> Mandate:
        minutes = timedelta(minutes=self._rules.approval_minutes)
        day = WEEKDAYS[now.astimezone(EXCHANGE_ZONE).weekday()]
        first, later = asking_order(found, await tx.deputies.rota(actor.team_id, day))
        if actor.user_id in found:  # who proposes it, alone where one is enough
            first, later = ((actor.user_id,), ()) if need.count == 1 else (tuple(found), ())
        elif len(first) < need.count:
            first, later = (*first, *later), ()
        made = self._ids.row()
        handle = self._ids.handle()
        await tx.handles.issue(Handle(handle, "mandate", made, 1, holder.user_id))
        return Mandate(
            id=made,
            team_id=actor.team_id,
            requester=holder.user_id,
            state=RequestState.OPEN,
            version=1,
            envelope_version=1,
            need=need,
            reason=" ".join(said.reason.split())[: machine.MOST_TEXT],
            asked_at=now,
            expires_at=self._clock.not_before() + minutes,
            asked=await self._handles(tx, made, list(first)),
            later=later,
            widen_at=now + minutes / 2 if later else None,
            environment=account.environment,
            account=account.number,
            terms=said.terms,
            text=mandate_text(said.terms),
            grammar=MANDATE_GRAMMAR,
            ends_at=said.terms.ends(EXCHANGE_ZONE),
            holder_handle=handle,
            proposed_by=actor.user_id if holder.user_id != actor.user_id else "",
        )

    async def _handles(self, tx: Tx, mandate_id: str, people: list[str]) -> tuple[Asked, ...]:
        issued = []
        for person in people:
            value = self._ids.handle()
            await tx.handles.issue(Handle(value, "mandate", mandate_id, 1, person))
            issued.append(Asked(person, value))
        return tuple(issued)

    async def _button(self, tx: Tx, mandate: Mandate, actor: Actor, roles: frozenset[Role]) -> str:
        """For Revoke, or Withdraw; "" for who may do neither."""
        who = actor.user_id
        may = (
            {mandate.requester, *mandate.given}
            if mandate.is_granted
            else {mandate.requester, mandate.proposed_by}
        )
        if who not in may and Role.RISK not in roles:
            return ""
        return mandate.button_of(who) or (await self._handles(tx, mandate.id, [who]))[0].handle

    async def _holder(self, person: str) -> Actor:
        holder = (await directory(self._messenger, (person,))).get(person)
        if holder is None or stranger(holder, frozenset()) is not None or not holder.is_full_member:
            raise NotFound("A mandate is for a full member of this workspace.")
        return holder

    async def _account(self, holder: Actor, hint: str, *, proposes: bool) -> AccountRef:
        """Of somebody else it is not told which accounts they have."""
        try:
            return await self._accounts.pick(holder, hint)
        except NotConnected:
            if not proposes:
                raise
            raise NotFound("They have not linked a tastytrade account yet.") from None
        except ParseError:
            if not proposes:
                raise
            raise ParseError(
                f"They have no one account that fits “{hint}”.",
                word=hint,
                hint="Leave it out for their default one.",
            ) from None

    async def _need(self, tx: Tx, holder: Actor, account: AccountRef) -> ApprovalNeed:
        """The same persons as for the orders it would cover."""
        subject = Subject(holder.user_id, await roles_of(tx, holder), account)
        return approval_need(await tx.policies.current(), subject)


async def _require_trading(tx: Tx, holder: Actor, account: AccountRef) -> None:
    if Role.TRADER not in await roles_of(tx, holder):
        raise NotPermitted("A mandate is for somebody who may trade here.")
    brake = await brake_on(tx, account, holder.user_id)
    if brake.state.value != "active":
        raise Denied(Reason("halted", "no mandate is granted during a halt: resume first"))


async def _get(tx: Tx, mandate_id: str) -> Mandate:
    mandate = await tx.mandates.get(mandate_id)
    if mandate is None:
        raise NotFound("This mandate is not known here any more.")
    return mandate


async def _audit(tx: Tx, mandate: Mandate, by: str, action: str) -> None:
    params = (
        ("holder", mandate.requester),
        ("mandate", mandate.text),
        ("environment", mandate.environment.value),
        ("state", mandate.end.value if mandate.end else mandate.state.value),
        ("version", str(mandate.version)),
    )
    await tx.audit(AuditEntry(by, action, mandate.id, "ok", params))
