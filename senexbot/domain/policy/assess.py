"""What the policy says of one order: pure, the same at the preview and in the claim (I21).

An order that only closes is asked for its price and its double alone: getting out is not a matter of
limits. What cannot be evaluated refuses; a limit order that only closes passes with the check named (I22).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from senexbot.domain.orders.terms import OrderType
from senexbot.domain.policy.case import Case, Missing, Rule
from senexbot.domain.policy.conditions import collar, duplicate, hours, orders, products, restricted, throttle
from senexbot.domain.policy.input import PolicyInput
from senexbot.domain.policy.limits import LIMITS, concentration
from senexbot.domain.policy.measures import measure, units
from senexbot.domain.policy.reservations import opens
from senexbot.domain.policy.rules import Approvers, Limit, Number, Policy, RuleName
from senexbot.domain.policy.verdict import ApprovalNeed, Finding, Outcome, PolicyVerdict

_OPENING: tuple[Rule, ...] = (restricted, products, hours, *LIMITS, orders, throttle, duplicate, collar)
_CLOSING: tuple[Rule, ...] = (restricted, duplicate, collar)


def assess(policy: Policy, facts: PolicyInput) -> PolicyVerdict:
    """Clear, needs approval or denied, with every rule that was touched, the gravest first."""
    verdict = _judge(policy, facts)
    if verdict.outcome is Outcome.CLEAR:
        return verdict
    if any(finding.code == "duplicate" for finding in verdict.findings):
        return verdict  # another quantity is another order, not a remedy
    return replace(verdict, passes=_largest_clear(policy, facts))


def _judge(policy: Policy, facts: PolicyInput) -> PolicyVerdict:
    exposure = measure(facts.terms, facts.market, facts.estimate, facts.risk)
    values = policy.values(facts.subject)
    window, limit = values[RuleName.SPLITTING], values[RuleName.CONCENTRATION]
    assert isinstance(window, Number)
    assert isinstance(limit, Limit)
    beside, opening = facts.together(window.amount), opens(facts.terms)
    share = concentration(limit, facts, exposure, beside) if opening else None
    case = Case(values, facts, exposure, beside, share)
    rules = _OPENING if opening else _CLOSING
    passes_unknown = facts.terms.closes and facts.terms.type is OrderType.LIMIT and not opening
    findings: list[Finding] = []
    missing: list[str] = []
    for said in (said for rule in rules for said in rule(case)):
        if isinstance(said, Finding):
            findings.append(said)
        elif passes_unknown:
            missing.append(said.words)
        elif all(said.words != known.words for known in findings):
            findings.append(Finding("policy_unknown", said.rule.value, Outcome.DENIED, said.words))
    findings.sort(key=lambda f: f.outcome is not Outcome.DENIED)
    outcome = findings[0].outcome if findings else Outcome.CLEAR
    need = None
    if outcome is Outcome.NEEDS_APPROVAL:
        need = _need(case)
        if facts.eligible is not None and facts.eligible < need.count:
            findings.insert(0, _nobody(need, findings[0], facts.eligible))
            outcome, need = Outcome.DENIED, None
    return PolicyVerdict(
        outcome,
        tuple(findings),
        need,
        tuple(missing),
        exposure,
        policy.version,
        concentration=None if isinstance(share, Missing) else share,
    )


def _need(case: Case) -> ApprovalNeed:
    value = case.values[RuleName.APPROVERS]
    assert isinstance(value, Approvers)
    return ApprovalNeed(value.count, value.role)


def _nobody(need: ApprovalNeed, first: Finding, eligible: int) -> Finding:
    who = "nobody" if not eligible else f"only {eligible} of the {need.count} needed"
    return Finding("no_approver", first.rule, Outcome.DENIED, f"{who} may approve this now ({first.words})")


def _largest_clear(policy: Policy, facts: PolicyInput) -> Decimal | None:
    """The largest quantity that would be clear; None when the order has no quantity to make smaller."""
    terms = facts.terms
    if terms.value is not None or not opens(terms):
        return None
    low, high = 0, int(units(terms))  # clear at low, not at high
    while high - low > 1:
        middle = (low + high) // 2
        if _judge(policy, facts.sized(Decimal(middle))).outcome is Outcome.CLEAR:
            low = middle
        else:
            high = middle
    return Decimal(low)
