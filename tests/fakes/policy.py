"""The desk's policy by hand: it says what the test tells it to."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from senexbot.domain.links import Actor
from senexbot.domain.orders.terms import OrderTerms
from senexbot.domain.policy.verdict import ApprovalNeed, Exposure, Finding, Outcome, PolicyVerdict
from senexbot.ports import Tx
from senexbot.services.policy.check import PolicyCheck


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


class HandPolicy(PolicyCheck):
    """The desk's policy; `says`, once a test sets it, stands in for the rules."""

    says: Callable[[OrderTerms], PolicyVerdict] | None = None

    async def judge(self, tx: Tx, actor: Actor, terms: OrderTerms, *args: Any, **named: Any) -> PolicyVerdict:
        if self.says is None:
            return await super().judge(tx, actor, terms, *args, **named)
        return self.says(terms)
