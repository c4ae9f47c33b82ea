"""The desk's policy by hand, where services/checking.py asks for it: it says what the test tells it to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from senexbot.domain.links import Actor
from senexbot.domain.terms import Estimate, OrderTerms
from senexbot.domain.verdict import ApprovalNeed, Exposure, Finding, Outcome, PolicyVerdict
from senexbot.ports import Tx
from senexbot.services.market_facts import MarketFacts


def needs(
    count: int = 1, *, over: str = "notional $18,750 over $10,000", loss: str | None = "18750"
) -> PolicyVerdict:
    return PolicyVerdict(
        Outcome.NEEDS_APPROVAL,
        findings=(Finding("notional", "notional", Outcome.NEEDS_APPROVAL, over),),
        need=ApprovalNeed(count),
        exposure=Exposure(greatest_loss=None if loss is None else Decimal(loss)),
        passes=Decimal(53),
    )


@dataclass
class HandPolicy:
    """services.checking.Judge."""

    says: Callable[[OrderTerms], PolicyVerdict] = lambda _: PolicyVerdict(Outcome.CLEAR)

    async def judge(
        self,
        tx: Tx,
        actor: Actor,
        terms: OrderTerms,
        facts: MarketFacts,
        estimate: Estimate | None,
        now: datetime,
    ) -> PolicyVerdict:
        del tx, actor, facts, estimate, now
        return self.says(terms)
