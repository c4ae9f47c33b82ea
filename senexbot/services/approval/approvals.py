"""Asking others to approve an order, and what they say. Sending what is approved is executing.py's.

Every change of a request is a change of its order too, in one transaction, both by compare-and-set: whoever comes
second reads again and finds it done (F92, I29, I32, I33).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from senexbot.domain.approval import approvals as machine
from senexbot.domain.approval.approvals import COVER, ApprovalRequest, Asked, Choice, Decision, RequestState
from senexbot.domain.approval.approvers import WEEKDAYS, asking_order
from senexbot.domain.approval.approving import asked, carried, shrinks
from senexbot.domain.approval.envelopes import envelope_for
from senexbot.domain.errors import (
    AlreadyHandled,
    Denied,
    NotFound,
    NotPermitted,
    Reason,
    Stale,
    StoreFault,
)
from senexbot.domain.links import Actor
from senexbot.domain.money import quantity_text
from senexbot.domain.news import NoticeNews
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.words import order_words
from senexbot.domain.policy.verdict import ApprovalNeed, Outcome, PolicyVerdict
from senexbot.ports import AuditEntry, Clock, Handle, Ids, Messenger, Outgoing, Store, Tx
from senexbot.services.approval.eligibility import People, concerned, directory, eligible, require_right
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.news.telling import tell_approvers, tell_change
from senexbot.services.orders.handles import owned_handle, owned_intent, same_terms
from senexbot.services.orders.waiting import still_waiting
from senexbot.services.rules import DeskRules

log = structlog.get_logger()
TRIES = 5
Change = Callable[[ApprovalRequest, datetime], ApprovalRequest]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision has made of the request and of its order."""

    request: ApprovalRequest
    intent: Intent


class Approvals:
    def __init__(
        self, *, store: Store, messenger: Messenger, clock: Clock, ids: Ids, rules: DeskRules
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._ids = ids
        self._rules = rules

    # --- the requester -------------------------------------------------------------------------

    async def require_somebody(self, actor: Actor, verdict: PolicyVerdict) -> None:
        """Raises Denied(no_approver) at the preview, naming the limit, rather than letting a trader wait (I28)."""
        if verdict.outcome is not Outcome.NEEDS_APPROVAL:
            return
        people, now = await self._people(verdict), self._clock.now()
        async with self._store.read() as tx:
            found = await self._eligible(tx, actor, verdict, people, now)
        if len(found) < _need(verdict).count:
            raise _nobody(verdict)

    async def ask(self, actor: Actor, handle_value: str, reason: str = "") -> Intent:
        """The owner confirms these terms and asks others to approve them; when they have, it is sent (I31)."""
        async with self._store.read() as tx:
            _, intent = await owned_intent(tx, actor, handle_value)
        verdict = _verdict(intent)
        people = await self._people(verdict)
        async with self._store.begin() as tx:
            handle, intent = await owned_intent(tx, actor, handle_value)
            same_terms(handle, intent)
            still_waiting(intent, self._clock.not_before(), self._rules)
            now = self._clock.now()
            found = await self._eligible(tx, actor, verdict, people, now)
            if len(found) < _need(verdict).count:
                raise _nobody(verdict)
            request = await self._request(tx, intent, verdict, found, reason, now)
            sent_out = asked(intent, request)
            await tx.approvals.add(request)
            await tell_change(tx, intent, sent_out, by=actor.user_id, action="order.ask", now=now)
            await tell_approvers(tx, request)
        return sent_out

    async def answer(self, actor: Actor, handle_value: str, text: str) -> Intent:
        """The owner's answer to the question that was asked back; who asked is told."""
        async with self._store.begin() as tx:
            _, intent = await owned_intent(tx, actor, handle_value)
            request = await _request_of(tx, intent)
            now = self._clock.not_before()
            after = machine.answer(request, text, now)
            told = await self._save(tx, request, after, intent, by=actor.user_id, action="approval.answer")
            asker = after.questions[-1].by
            params = (
                ("environment", intent.environment.label),
                ("order", order_words(intent.terms)),
                ("by", actor.user_id),
                ("answer", after.questions[-1].answer),
            )
            await tx.outbox.put(
                Outgoing(
                    key=f"user:{asker}",
                    news=NoticeNews("approval_answered", params, now),
                    dedupe=f"answer:{after.id}:{after.version}",
                    to_user=asker,
                )
            )
        return told.intent

    # --- those who are asked -------------------------------------------------------------------

    async def approve(self, actor: Actor, handle_value: str, quantity: Decimal | None = None) -> Decided:
        """One approval of exactly the envelope that the button was made for; with `quantity` of fewer units."""

        def change(request: ApprovalRequest, now: datetime) -> ApprovalRequest:
            return machine.decide(request, Decision(actor.user_id, Choice.APPROVE, now, quantity))

        return await self._decide(actor, handle_value, change, "approval.approve")

    async def decline(self, actor: Actor, handle_value: str, reason: str) -> Decided:
        """One decline ends the request; it needs a reason, which the requester reads."""

        def change(request: ApprovalRequest, now: datetime) -> ApprovalRequest:
            return machine.decide(request, Decision(actor.user_id, Choice.DECLINE, now, reason=reason))

        return await self._decide(actor, handle_value, change, "approval.decline")

    async def ask_back(self, actor: Actor, handle_value: str, text: str) -> Decided:
        def change(request: ApprovalRequest, now: datetime) -> ApprovalRequest:
            return machine.ask_back(request, actor.user_id, text, now)

        return await self._decide(actor, handle_value, change, "approval.question")

    async def request_of(self, actor: Actor, handle_value: str) -> ApprovalRequest:
        """What is asked behind this person's own button. Raises NotFound, NotPermitted."""
        async with self._store.read() as tx:
            return (await self._own(tx, actor, handle_value))[1]

    # --- time ----------------------------------------------------------------------------------

    async def lapse_due(self, limit: int = 100) -> int:
        """Requests that nobody decided decline themselves; those that only the first were asked go to the others."""
        now = self._clock.not_before()
        async with self._store.read() as tx:
            due = await tx.approvals.due(now, limit)
        for request in due:
            try:
                async with self._store.begin() as tx:
                    await self._pass_time(tx, request)
            except (StoreFault, AlreadyHandled):
                continue  # somebody was faster, or the next round does it
        return len(due)

    # --- inside --------------------------------------------------------------------------------

    async def _decide(self, actor: Actor, handle_value: str, change: Change, action: str) -> Decided:
        request = await self.request_of(actor, handle_value)
        wanted = await concerned(self._store, request.team_id, request.need.role, self._clock.now())
        people = {**await directory(self._messenger, wanted - {actor.user_id}), actor.user_id: actor}

        async def work(tx: Tx) -> Decided:
            handle, request = await self._own(tx, actor, handle_value)
            now = self._clock.not_before()
            await require_right(
                tx,
                actor,
                people,
                request.need.role,
                team_id=request.team_id,
                requester=request.requester,
                now=now,
            )
            machine.same_envelope(request, handle.version)
            intent = await tx.intents.get(request.intent_id)
            if intent is None:
                raise NotFound("This order is not known here any more.")
            after = change(request, now)
            return await self._save(tx, request, after, intent, by=actor.user_id, action=action)

        try:
            return await self._again(work)
        except NotPermitted as no:
            await self._audit_refusal(actor, request.intent_id, action, no.code)
            raise

    async def _again(self, work: Callable[[Tx], Awaitable[Decided]]) -> Decided:
        """Two who approve at once both count: who lost the race reads again."""
        for _ in range(TRIES - 1):
            try:
                async with self._store.begin() as tx:
                    return await work(tx)
            except Stale:
                continue
        async with self._store.begin() as tx:
            return await work(tx)

    async def _own(self, tx: Tx, actor: Actor, value: str) -> tuple[Handle, ApprovalRequest]:
        handle = await owned_handle(tx, actor, value, "approval")
        request = await tx.approvals.get(handle.subject)
        if request is None or request.team_id != actor.team_id:
            raise NotFound("This request is not known here any more.")
        return handle, request

    async def _save(
        self, tx: Tx, before: ApprovalRequest, after: ApprovalRequest, intent: Intent, *, by: str, action: str
    ) -> Decided:
        """Request, order, their messages and the audit, in one transaction (I39)."""
        now = self._clock.now()
        if after.envelope_version != before.envelope_version:
            after = replace(after, asked=await self._handles(tx, after, [a.person for a in after.asked]))
        await tx.approvals.save(after)
        handle = await self._issue(tx, intent) if shrinks(intent, after) else ""
        told = carried(intent, before, after, handle=handle)
        await tell_change(tx, intent, told, by=by, action=action, now=now)
        await tell_approvers(tx, after)
        return Decided(after, told)

    async def _pass_time(self, tx: Tx, request: ApprovalRequest) -> None:
        now = self._clock.not_before()
        intent = await tx.intents.get(request.intent_id)
        if intent is None:
            return
        over = machine.expire(request, now)
        if over is not None:
            await self._save(tx, request, over, intent, by="bot", action="approval.expire")
            return
        wider = machine.widen(request, now)
        if wider is None:
            return
        fresh = await self._handles(tx, wider, [a.person for a in wider.asked if not a.handle])
        wider = replace(wider, asked=(*request.asked, *fresh))
        await self._save(tx, request, wider, intent, by="bot", action="approval.widen")

    async def _request(
        self,
        tx: Tx,
        intent: Intent,
        verdict: PolicyVerdict,
        found: list[str],
        reason: str,
        now: datetime,
    ) -> ApprovalRequest:
        minutes = timedelta(minutes=self._rules.approval_minutes)
        ends = self._clock.not_before() + minutes
        day = WEEKDAYS[now.astimezone(EXCHANGE_ZONE).weekday()]
        first, later = asking_order(found, await tx.deputies.rota(intent.team_id, day))
        if len(first) < _need(verdict).count:
            first, later = (*first, *later), ()
        view = intent.price_view
        request = ApprovalRequest(
            id=self._ids.row(),
            intent_id=intent.id,
            team_id=intent.team_id,
            requester=intent.owner,
            state=RequestState.OPEN,
            version=1,
            envelope_version=1,
            need=_need(verdict),
            envelope=envelope_for(
                intent.terms,
                intent.estimate,
                verdict.exposure,
                tick=view.tick if view else None,
                until=ends + COVER,
            ),
            terms=intent.terms,
            breaks=tuple(f.words for f in verdict.findings if f.outcome is Outcome.NEEDS_APPROVAL),
            reason=" ".join(reason.split())[: machine.MOST_TEXT],
            asked_at=now,
            expires_at=ends,
            later=later,
            widen_at=now + minutes / 2 if later else None,
            view=view,
            payoff=intent.payoff,
        )
        return replace(request, asked=await self._handles(tx, request, list(first)))

    async def _handles(self, tx: Tx, request: ApprovalRequest, people: list[str]) -> tuple[Asked, ...]:
        """A button for each of these persons, for the request's present envelope and no other (I30, I31)."""
        issued = []
        for person in people:
            value = self._ids.handle()
            await tx.handles.issue(Handle(value, "approval", request.id, request.envelope_version, person))
            issued.append(Asked(person, value))
        return tuple(issued)

    async def _issue(self, tx: Tx, intent: Intent) -> str:
        value = self._ids.handle()
        await tx.handles.issue(Handle(value, "intent", intent.id, intent.terms_version + 1, intent.owner))
        return value

    async def _people(self, verdict: PolicyVerdict) -> People:
        role = _need(verdict).role
        wanted = await concerned(self._store, self._rules.team_id, role, self._clock.now())
        return await directory(self._messenger, wanted)

    async def _eligible(
        self, tx: Tx, actor: Actor, verdict: PolicyVerdict, people: People, now: datetime
    ) -> list[str]:
        return await eligible(
            tx, people, _need(verdict).role, team_id=actor.team_id, requester=actor.user_id, now=now
        )

    async def _audit_refusal(self, actor: Actor, intent_id: str, action: str, code: str) -> None:
        try:
            async with self._store.begin() as tx:
                await tx.audit(AuditEntry(actor.user_id, action, intent_id, code))
        except StoreFault:
            log.warning("audit.store", action=action, code=code)


async def withdraw_request(tx: Tx, intent: Intent, now: datetime) -> None:
    """The owner has discarded an order that others were asked about: their messages say so, in this transaction."""
    if intent.state is not IntentState.AWAITING_APPROVAL:
        return
    request = machine.withdraw(await _request_of(tx, intent), now)
    await tx.approvals.save(request)
    await tell_approvers(tx, request)


async def _request_of(tx: Tx, intent: Intent) -> ApprovalRequest:
    request = await tx.approvals.get(intent.approval.request_id) if intent.approval else None
    if request is None:
        raise AlreadyHandled("Nobody was asked to approve this order.", code="not_asked")
    return request


def _verdict(intent: Intent) -> PolicyVerdict:
    """Raises AlreadyHandled for an order that nobody has to approve."""
    if intent.verdict is None or intent.verdict.outcome is not Outcome.NEEDS_APPROVAL:
        raise AlreadyHandled("This order needs no approval: confirm it.", code="needs_none")
    return intent.verdict


def _need(verdict: PolicyVerdict) -> ApprovalNeed:
    return verdict.need or ApprovalNeed()


def _nobody(verdict: PolicyVerdict) -> Denied:
    """Names the limit and what would pass without anybody (design decision 7)."""
    breaks = "; ".join(f.words for f in verdict.findings if f.outcome is Outcome.NEEDS_APPROVAL)
    words = f"nobody may approve this now ({breaks or 'it needs an approval'})"
    if verdict.passes:
        words += f"; {quantity_text(verdict.passes)} or fewer would pass"
    return Denied(Reason("no_approver", words, quantity=verdict.passes or None))
