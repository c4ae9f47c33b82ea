"""One order under the policy's eye: the case that each rule looks at, and what a rule may say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from senexbot.domain.policy.input import PolicyInput
from senexbot.domain.policy.reservations import Reservation
from senexbot.domain.policy.rules import Limit, Number, RuleName, RuleValue
from senexbot.domain.policy.verdict import Concentration, Exposure, Finding, Outcome

NO_ORDERS = "limits not checked: the orders placed elsewhere could not be read"


@dataclass(frozen=True, slots=True)
class Missing:
    """A rule that is set and could not be evaluated."""

    rule: RuleName
    words: str


Said = Finding | Missing


@dataclass(frozen=True, slots=True)
class Case:
    """`values`: the rules as they hold for this order. `beside`: the orders that count as one with it. `share`: of
    the account in its underlying, where the policy limits that and the order opens."""

    values: Mapping[RuleName, RuleValue]
    facts: PolicyInput
    exposure: Exposure
    beside: tuple[Reservation, ...]
    share: Concentration | Missing | None = None

    def limit(self, rule: RuleName) -> Limit:
        value = self.values[rule]
        assert isinstance(value, Limit)
        return value

    def number(self, rule: RuleName) -> int:
        value = self.values[rule]
        assert isinstance(value, Number)
        return value.amount


Rule = Callable[[Case], Iterator[Said]]


def over(
    rule: RuleName, code: str, limit: Limit, value: Decimal, words: Callable[[Decimal, Decimal], str]
) -> Iterator[Finding]:
    for threshold, outcome in (
        (limit.deny_over, Outcome.DENIED),
        (limit.approve_over, Outcome.NEEDS_APPROVAL),
    ):
        if threshold is not None and value > threshold:
            yield Finding(code, rule.value, outcome, words(value, threshold), threshold, value)
            return
