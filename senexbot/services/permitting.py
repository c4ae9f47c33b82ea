"""Whether an order may be claimed as it stands now: policy, and for an approved one the envelope (design decision 8).

Asked inside the claim's transaction, with figures that were read just before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from senexbot.domain.approvals import ApprovalRequest
from senexbot.domain.approving import movable, permitted
from senexbot.domain.orders import Intent
from senexbot.domain.terms import Estimate
from senexbot.domain.verdict import PolicyVerdict
from senexbot.ports import Tx
from senexbot.services.eligibility import People, refusal
from senexbot.services.mandate_check import MandateCheck, MandateReads
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


async def permit(
    tx: Tx,
    intent: Intent,
    fresh: Fresh,
    verdict: PolicyVerdict,
    now: datetime,
    *,
    mandates: MandateCheck,
) -> None:
    """By the policy's verdict of this moment. Raises Denied; Outside when it is not what was approved."""
    request = await tx.approvals.get(intent.approval.request_id) if intent.approval else None
    lost = await _lost(tx, request, fresh.people, now) if request else []
    outside = await mandates.uncovered(tx, intent, verdict, fresh.reads.mandates)
    permitted(intent, request, verdict, fresh.estimate, lost, now, outside_mandate=outside)


async def permit_move(
    tx: Tx,
    intent: Intent,
    verdict: PolicyVerdict,
    now: datetime,
    *,
    mandates: MandateCheck,
    reads: MandateReads,
) -> None:
    """The same for a working order at another price: `intent` has its terms. Raises Denied."""
    request = await tx.approvals.get(intent.approval.request_id) if intent.approval else None
    outside = await mandates.uncovered(tx, intent, verdict, reads, moved=True)
    movable(intent, request, verdict, now, outside_mandate=outside)


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
