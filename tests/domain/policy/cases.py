"""Ordinary values for the tests of the policy; each test changes what it is about."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from senexbot.domain.halts.halts import account_scope
from senexbot.domain.instruments import InstrumentType, OptionContract, Right
from senexbot.domain.links import AccountRef, Environment, Role
from senexbot.domain.market import Balances, Position
from senexbot.domain.orders.terms import Action, Estimate, OrderTerms
from senexbot.domain.policy.assess import assess
from senexbot.domain.policy.input import PolicyInput
from senexbot.domain.policy.measures import OrderMarket
from senexbot.domain.policy.reservations import Hold, Reservation
from senexbot.domain.policy.rules import DESK, Limit, Policy, RuleName, RuleValue, Scope, Subject
from senexbot.domain.policy.verdict import Exposure, PolicyVerdict
from tests.domain.builders import ACCOUNT, NOW, PUT, TODAY, D, option, terms

ZONE = ZoneInfo("America/New_York")  # NOW is Monday 23 November, 10:00 there
CALL = OptionContract("AAPL", PUT.expiration, Right.CALL, Decimal(200))
SUBJECT = Subject("U1", frozenset({Role.TRADER}), ACCOUNT)
MARKET = OrderMarket(D("187.44"), D("187.50"), D("187.47"), usable=True)
SCOPE = account_scope(Environment.PRACTICE, ACCOUNT.number)

OFF: dict[RuleName, RuleValue] = {
    rule: Limit()
    for rule in (
        RuleName.NOTIONAL,
        RuleName.SHARES,
        RuleName.CONTRACTS,
        RuleName.UNCAPPED,
        RuleName.ORDERS,
        RuleName.THROTTLE,
        RuleName.COLLAR,
    )
}


def limit(approve: str | int | None = None, deny: str | int | None = None) -> Limit:
    return Limit(None if approve is None else Decimal(approve), None if deny is None else Decimal(deny))


def policy(said: dict[RuleName, RuleValue] | None = None, *, scope: Scope = DESK) -> Policy:
    """The defaults, with this said for the scope."""
    made = Policy()
    for rule, value in (said or {}).items():
        made = made.with_setting(rule, scope, value)
    return made


def balances(**changes: Any) -> Balances:
    values: dict[str, Any] = {
        "account": ACCOUNT.number,
        "net_liquidating_value": D(100_000),
        "cash": D(100_000),
        "equity_buying_power": D(140_000),
        "derivative_buying_power": D(70_000),
        "day_change": D(0),
        "maintenance_requirement": D(30_000),
        "at": NOW,
    }
    return Balances(**values | changes)


def position(symbol: str = "AAPL", quantity: str | int = 100, **changes: Any) -> Position:
    values: dict[str, Any] = {
        "account": ACCOUNT.number,
        "symbol": symbol,
        "instrument_type": InstrumentType.EQUITY,
        "underlying": "AAPL",
        "quantity": Decimal(quantity),
        "multiplier": D(1),
        "average_open_price": D(100),
        "close_price": None,
        "mark": D(200),
    }
    return Position(**values | changes)


def held(number: int = 1, *, ago: float = 10, **changes: Any) -> Reservation:
    """What another order holds: 100 shares of AAPL for $10,000, sent `ago` seconds before now."""
    at = NOW - timedelta(seconds=ago)
    values: dict[str, Any] = {
        "intent_id": f"other{number}",
        "environment": Environment.PRACTICE,
        "account": ACCOUNT.number,
        "owner": "U1",
        "underlying": "AAPL",
        "opens": True,
        "print": f"other {number}",
        "exposure": Exposure(
            notional=D(10_000), buying_power=D(5_000), greatest_loss=D(10_000), shares=D(100)
        ),
        "at": at,
        "day": TODAY,
        "hold": Hold.WORKING,
        "changed_at": at,
    }
    return Reservation(**values | changes)


def estimate(taken: str | int = 9_000) -> Estimate:
    return Estimate(D(-18_750), D("0.08"), D(70_000), D(70_000) - Decimal(taken), (), NOW)


def facts(order: OrderTerms | None = None, **changes: Any) -> PolicyInput:
    """Buy 100 AAPL at 187.50, $18,750, at 10:00 in New York; nothing else on its way."""
    values: dict[str, Any] = {
        "terms": order or terms(),
        "subject": SUBJECT,
        "now": NOW,
        "local": NOW.astimezone(ZONE),
        "market": MARKET,
        "balances": balances(),
        "positions": (),
    }
    return PolicyInput(**values | changes)


def short_call(quantity: int = 1, price: str = "3.00") -> OrderTerms:
    return terms(Action.SELL_TO_OPEN, quantity, price, instrument=option(CALL, underlying="AAPL"))


def short_put(quantity: int = 1, price: str = "3.40") -> OrderTerms:
    return terms(Action.SELL_TO_OPEN, quantity, price, instrument=option())


def of(rule: RuleName, value: RuleValue, case: PolicyInput) -> PolicyVerdict:
    """Of this one rule, the other limits off."""
    return assess(policy({**OFF, rule: value}), case)


def codes(verdict: PolicyVerdict) -> tuple[str, ...]:
    return tuple(finding.code for finding in verdict.findings)


def elsewhere_in(account: str) -> AccountRef:
    return AccountRef("link1", account, Environment.PRACTICE)
