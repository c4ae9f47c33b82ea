"""Whether an order may be claimed as it stands now: policy, and for an approved one the envelope (design decision 8).

Asked inside the claim's transaction, with figures that were read just before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from senexbot.domain.approval.approving import movable, permitted
from senexbot.domain.orders.intents import Intent
from senexbot.domain.orders.terms import Estimate
from senexbot.domain.policy.verdict import PolicyVerdict
from senexbot.ports import Tx
from senexbot.services.approval.eligibility import People, lost_rights
from senexbot.services.approval.mandate_check import MandateCheck, MandateReads
from senexbot.services.orders.market_facts import MarketFacts
from senexbot.services.policy.check import PolicyReads


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
    lost = await lost_rights(tx, fresh.people, request, now) if request else []
    lost = [f"an approval does not count any more: {why}" for why in lost]
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
