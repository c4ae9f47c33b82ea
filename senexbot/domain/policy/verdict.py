"""What the desk's policy says of one order: clear, needs approval, or denied, and why. Shapes only."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal

from senexbot.domain.links import Role


class Outcome(enum.StrEnum):
    CLEAR = "clear"
    NEEDS_APPROVAL = "needs approval"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that was touched. `code` is published; `rule` names the policy's rule; `words` say value and
    limit as the card shows them ("buying power 46 % over 40 %"). `limit`, `value`: in the rule's own unit."""

    code: str
    rule: str
    outcome: Outcome
    words: str
    limit: Decimal | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ApprovalNeed:
    """So many different persons with this role, none of them the requester."""

    count: int = 1
    role: Role = Role.APPROVER


@dataclass(frozen=True, slots=True)
class Exposure:
    """What an order takes of the limits: reserved in the claim, so that parallel orders never exceed one
    together (I23). Dollars, positive; None where it could not be told (an uncapped loss has `uncapped`)."""

    notional: Decimal | None = None
    buying_power: Decimal | None = None
    greatest_loss: Decimal | None = None
    uncapped: bool = False
    shares: Decimal = Decimal(0)
    contracts: Decimal = Decimal(0)
    uncapped_contracts: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Concentration:
    """Percent of the account in the order's underlying, before and after it, and the nearest limit on that."""

    before: Decimal
    after: Decimal
    limit: Decimal | None


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """`missing`: checks that could not be made and were let pass (a reducing limit order), in words.
    `policy_version`: the version that decided. `need` is set exactly when the outcome is NEEDS_APPROVAL.
    `passes`: the largest quantity of the same order that would be clear, when the order is not; 0 for none.
    `concentration`: where the policy limits it and it is known."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    need: ApprovalNeed | None = None
    missing: tuple[str, ...] = ()
    exposure: Exposure = Exposure()
    policy_version: int = 0
    passes: Decimal | None = None
    concentration: Concentration | None = None
