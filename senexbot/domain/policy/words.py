"""The policy in words: how a rule and its value are shown. What is shown is read back alike (policy/reading.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from senexbot.domain.instruments import InstrumentType
from senexbot.domain.money import dollars, percent_text, quantity_text
from senexbot.domain.policy.rules import (
    Elsewhere,
    Entry,
    Hours,
    Limit,
    Number,
    Products,
    Restricted,
    RuleName,
    RuleValue,
    Scope,
    ScopeKind,
    Which,
)

IN_DOLLARS = frozenset({RuleName.NOTIONAL, RuleName.LOSS, RuleName.DAILY_LOSS})
IN_PERCENT = frozenset({RuleName.BUYING_POWER, RuleName.CONCENTRATION, RuleName.COLLAR})

ABOUT: Mapping[RuleName, str] = {
    RuleName.NOTIONAL: "worth of an order, with those that count as one with it",
    RuleName.SHARES: "shares of an order",
    RuleName.CONTRACTS: "contracts of an order",
    RuleName.LOSS: "the most an order can lose",
    RuleName.UNCAPPED: "contracts whose loss has no cap",
    RuleName.BUYING_POWER: "buying power in use after the order",
    RuleName.CONCENTRATION: "share of the account in one underlying",
    RuleName.ORDERS: "orders of an account in a trading day",
    RuleName.THROTTLE: "orders of a person within a minute",
    RuleName.COLLAR: "how far a limit may lie through the market",
    RuleName.DAILY_LOSS: "a day's loss that turns the account to reducing",
    RuleName.DUPLICATE: "how long the same order is not sent twice",
    RuleName.SPLITTING: "how long orders in one underlying count as one",
    RuleName.RESTRICTED: "symbols that are not opened",
    RuleName.PRODUCTS: "kinds of instruments",
    RuleName.HOURS: "hours of opening orders, New York time",
    RuleName.APPROVERS: "who approves",
    RuleName.ELSEWHERE: "orders placed elsewhere whose owner is asked for a reason",
    RuleName.RESUME: "who lifts a halt, each with the role risk or operator",
}

KINDS: Mapping[str, InstrumentType] = {
    "shares": InstrumentType.EQUITY,
    "options": InstrumentType.EQUITY_OPTION,
    "futures": InstrumentType.FUTURE,
    "future_options": InstrumentType.FUTURE_OPTION,
    "crypto": InstrumentType.CRYPTOCURRENCY,
}


def value_text(rule: RuleName, value: RuleValue) -> str:
    """As it is said: `100000/250000`, `off`, `GME, TSLA until 2026-12-01`."""
    match value:
        case Limit():
            return _limit_text(value, lambda a: f"{a.normalize():f}" + ("%" if rule in IN_PERCENT else ""))
        case Number():
            return str(value.amount) if value.amount else "off"
        case Restricted():
            return ", ".join(_entry_text(entry) for entry in value.entries) or "none"
        case Products():
            return ", ".join(word for word, kind in KINDS.items() if kind in value.allowed) or ","
        case Hours():
            return hours_text(value)
        case Elsewhere():
            return value.which.value
        case _:
            return f"{value.count} {value.role.value}"


def _limit_text(limit: Limit, amount: Callable[[Decimal], str]) -> str:
    if limit.approve_over is None:
        return "off" if limit.deny_over is None else amount(limit.deny_over)
    return f"{amount(limit.approve_over)}/{'-' if limit.deny_over is None else amount(limit.deny_over)}"


def hours_text(hours: Hours) -> str:
    """`09:30-16:00`, or `any`."""
    if hours.begin is None or hours.end is None:
        return "any"
    return "-".join(f"{m // 60:02}:{m % 60:02}" for m in (hours.begin, hours.end))


def _entry_text(entry: Entry) -> str:
    parts = [entry.symbol]
    parts += [f"from {entry.since}"] if entry.since else []
    parts += [f"until {entry.until}"] if entry.until else []
    return " ".join((*parts, *(["closing"] if entry.closing_too else [])))


def value_words(rule: RuleName, value: RuleValue) -> str:
    """For people: `approval over $100,000.00, denied over $250,000.00`."""
    if isinstance(value, Number) and rule is RuleName.RESUME:
        return "2 persons" if value.amount > 1 else "1 person"
    if isinstance(value, Number) and value.amount:
        return f"{value.amount} {'s' if rule is RuleName.DUPLICATE else 'min'}"
    if isinstance(value, Elsewhere):
        return _WHICH[value.which]
    if not isinstance(value, Limit):
        return value_text(rule, value)
    unit: Callable[[Decimal], str] = quantity_text
    if rule in IN_DOLLARS:
        unit = dollars
    elif rule in IN_PERCENT:
        unit = _percent
    approve, deny = value.approve_over, value.deny_over
    parts = [] if approve is None else [f"approval over {unit(approve)}"]
    parts += (
        []
        if deny is None
        else [f"{'reducing' if rule is RuleName.DAILY_LOSS else 'denied'} over {unit(deny)}"]
    )
    return ", ".join(parts) or "no limit"


_WHICH: Mapping[Which, str] = {
    Which.OFF: "off",
    Which.OVER: "those over a limit",
    Which.ANY: "every one",
}


def _percent(amount: Decimal) -> str:
    return percent_text(amount, places=0)


def scope_text(scope: Scope) -> str:
    """` for role trader`, ` for user U012AB3CD`, ` for account 0001`; "" for the desk. As it is said."""
    if scope.kind is ScopeKind.DESK:
        return ""
    name = scope.name[-4:] if scope.kind is ScopeKind.ACCOUNT else scope.name
    return f" for {scope.kind.value} {name}"


def setting_words(rule: RuleName, scope: Scope, value: RuleValue | None) -> str:
    """`notional for role trader: denied over $250,000.00`."""
    return f"{rule}{scope_text(scope)}: {'as for everybody' if value is None else value_words(rule, value)}"
