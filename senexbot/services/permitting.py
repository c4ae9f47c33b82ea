"""Whether an order may be claimed as it stands now: policy, and for an approved one the envelope (design decision 8).

Asked inside the claim's transaction, with figures that were read just before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from senexbot.domain.approvals import ApprovalRequest, RequestState
from senexbot.domain.envelopes import covered_units, covers
from senexbot.domain.errors import Denied, Outside, Reason
from senexbot.domain.orders import Intent, IntentState
from senexbot.domain.policy_clear import require_not_denied
from senexbot.domain.terms import Estimate
from senexbot.domain.verdict import Outcome, PolicyVerdict
from senexbot.ports import Tx
from senexbot.services.eligibility import People, refusal
from senexbot.services.market_facts import MarketFacts
from senexbot.services.policy_check import PolicyReads


@dataclass(frozen=True, slots=True)
class Fresh:
    """What was read for one claim, before its transaction. `estimate`: the dry run, repeated for an approved order;
    `people`: those who have approved and whoever their right rests on, as Slack knows them now."""

    facts: MarketFacts
    reads: PolicyReads
    estimate: Estimate | None
    people: People


async def permit(tx: Tx, intent: Intent, fresh: Fresh, verdict: PolicyVerdict, now: datetime) -> None:
    """By the policy's verdict of this moment. Raises Denied; Outside when it is not what was approved."""
    require_not_denied(verdict)
    if intent.state is IntentState.APPROVED:
        await _inside(tx, intent, fresh, verdict, now)
        return
    asked_for = intent.verdict is not None and intent.verdict.outcome is Outcome.NEEDS_APPROVAL
    if asked_for or verdict.outcome is Outcome.NEEDS_APPROVAL:
        raise Denied(
            Reason("approval_needed", "this order needs another person's approval: preview it again to ask")
        )


async def _inside(tx: Tx, intent: Intent, fresh: Fresh, verdict: PolicyVerdict, now: datetime) -> None:
    request = await tx.approvals.get(intent.approval.request_id) if intent.approval else None
    if request is None or request.state is not RequestState.APPROVED:
        raise Denied(Reason("approval_needed", "nobody has approved this order"))
    differences = [
        *covers(request.envelope, intent.terms, fresh.estimate, now, verdict.exposure),
        *await _lost(tx, request, fresh.people, now),
        *_more_needed(request, verdict),
    ]
    if differences:
        fits = covered_units(request.envelope, intent.terms, fresh.estimate, now, verdict.exposure)
        raise Outside(tuple(differences), fits)


async def _lost(tx: Tx, request: ApprovalRequest, people: People, now: datetime) -> list[str]:
    """An approval counts as long as who gave it may give it (I28, F107)."""
    words = []
    for person in request.given:
        no = await refusal(
            tx,
            person,
            people,
            request.need.role,
            team_id=request.team_id,
            requester=request.requester,
            now=now,
        )
        if no is not None:
            words.append(f"an approval does not count any more: {no.words}")
    return words


def _more_needed(request: ApprovalRequest, verdict: PolicyVerdict) -> list[str]:
    need = verdict.need
    if need is None or (need.count <= request.need.count and need.role is request.need.role):
        return []
    return [f"it needs {need.count} with the role {need.role.value} now"]
