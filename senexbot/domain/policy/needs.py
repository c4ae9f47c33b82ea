"""Which figures the policy needs of the broker for one order: nothing is read that no rule looks at."""

from __future__ import annotations

import enum

from senexbot.domain.orders.terms import Action, OrderTerms
from senexbot.domain.policy.reservations import opens
from senexbot.domain.policy.rules import Limit, Policy, RuleName, Subject


class Needs(enum.Flag):
    NOTHING = 0
    BALANCES = enum.auto()
    POSITIONS = enum.auto()
    ORDERS = enum.auto()  # those placed elsewhere


_OF_RULE = {
    RuleName.NOTIONAL: Needs.ORDERS,
    RuleName.SHARES: Needs.ORDERS,
    RuleName.CONTRACTS: Needs.ORDERS,
    RuleName.LOSS: Needs.ORDERS,
    RuleName.UNCAPPED: Needs.ORDERS,
    RuleName.BUYING_POWER: Needs.BALANCES,
    RuleName.CONCENTRATION: Needs.ORDERS | Needs.POSITIONS | Needs.BALANCES,
    RuleName.ORDERS: Needs.ORDERS,
    RuleName.DAILY_LOSS: Needs.BALANCES,
}

_COVERED_BY_SHARES = frozenset({RuleName.LOSS, RuleName.UNCAPPED})  # a sold call


def needs(policy: Policy, subject: Subject, terms: OrderTerms) -> Needs:
    """An order that only closes is subject to none of these rules."""
    wanted = Needs.NOTHING
    if not opens(terms):
        return wanted
    for rule, of_rule in _OF_RULE.items():
        value = policy.value(rule, subject)
        if isinstance(value, Limit) and not value.is_off:
            wanted |= of_rule
            if rule in _COVERED_BY_SHARES and _sells(terms):
                wanted |= Needs.POSITIONS
    return wanted


def _sells(terms: OrderTerms) -> bool:
    legs = (*terms.legs, *(leg for child in terms.children for leg in child.legs))
    return any(leg.action is Action.SELL_TO_OPEN for leg in legs)
