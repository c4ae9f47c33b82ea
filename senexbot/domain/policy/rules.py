"""The desk's policy as a value: rules with thresholds, for the desk and overridden for roles, people, accounts.

Two thresholds where they make sense: above `approve_over` an order needs approval, above `deny_over` it
is denied. Which value holds for an order is said by `Policy.value`; what an order is worth against it in
policy/assess.py.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import reduce

from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import AccountRef, Role


class RuleName(enum.StrEnum):
    """As it is said in `policy set`; docs/policy.md tells each with its unit and default."""

    NOTIONAL = "notional"
    SHARES = "shares"
    CONTRACTS = "contracts"
    LOSS = "loss"
    UNCAPPED = "uncapped"
    BUYING_POWER = "buying_power"
    CONCENTRATION = "concentration"
    ORDERS = "orders"
    THROTTLE = "throttle"
    COLLAR = "collar"
    DAILY_LOSS = "daily_loss"
    DUPLICATE = "duplicate"
    SPLITTING = "splitting"
    RESTRICTED = "restricted"
    PRODUCTS = "products"
    HOURS = "hours"
    APPROVERS = "approvers"
    ELSEWHERE = "elsewhere"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Limit:
    """None: no threshold. The unit is the rule's: dollars, percent, or a count."""

    approve_over: Decimal | None = None
    deny_over: Decimal | None = None

    @property
    def is_off(self) -> bool:
        return self.approve_over is None and self.deny_over is None

    @property
    def first(self) -> Decimal | None:
        """Where the first of the two begins to hold."""
        known = [t for t in (self.approve_over, self.deny_over) if t is not None]
        return min(known, default=None)


@dataclass(frozen=True, slots=True)
class Number:
    """Seconds or minutes in which orders are seen together (0 is off), or how many persons lift a halt."""

    amount: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A symbol that may not be opened on the days from `since` to `until`, both included (None: no end).

    `closing_too`: not even closed.
    """

    symbol: str
    since: date | None = None
    until: date | None = None
    closing_too: bool = False

    def holds_on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Restricted:
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Products:
    allowed: tuple[InstrumentType, ...] = (
        InstrumentType.EQUITY,
        InstrumentType.EQUITY_OPTION,
        InstrumentType.FUTURE,
    )


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of the exchange's day, Monday to Friday, in which opening orders are taken; None: at any time."""

    begin: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Approvers:
    """How many other persons with this role approve an order that needs it."""

    count: int = 1
    role: Role = Role.APPROVER


class Which(enum.StrEnum):
    """Of the orders placed elsewhere, from the mildest."""

    OFF = "off"
    OVER = "over"  # those that would have needed an approval, or been denied, for their size
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Of which orders that were placed elsewhere the account's owner is asked for a reason."""

    which: Which = Which.OFF


RuleValue = Limit | Number | Restricted | Products | Hours | Approvers | Elsewhere

DEFAULTS: Mapping[RuleName, RuleValue] = {
    RuleName.NOTIONAL: Limit(Decimal(500_000), Decimal(2_000_000)),
    RuleName.SHARES: Limit(None, Decimal(10_000)),
    RuleName.CONTRACTS: Limit(Decimal(50), Decimal(500)),
    RuleName.LOSS: Limit(),
    RuleName.UNCAPPED: Limit(None, Decimal(10)),
    RuleName.BUYING_POWER: Limit(),
    RuleName.CONCENTRATION: Limit(),
    RuleName.ORDERS: Limit(None, Decimal(200)),
    RuleName.THROTTLE: Limit(None, Decimal(20)),
    RuleName.COLLAR: Limit(None, Decimal(50)),
    RuleName.DAILY_LOSS: Limit(),
    RuleName.DUPLICATE: Number(60),
    RuleName.SPLITTING: Number(15),
    RuleName.RESTRICTED: Restricted(),
    RuleName.PRODUCTS: Products(),
    RuleName.HOURS: Hours(),
    RuleName.APPROVERS: Approvers(),
    RuleName.ELSEWHERE: Elsewhere(),
    RuleName.RESUME: Number(1),
}


class ScopeKind(enum.StrEnum):
    DESK = "desk"
    ROLE = "role"
    USER = "user"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Scope:
    """`name`: a role's word, a member id, or environment and number of an account (`practice:5WT00001`)."""

    kind: ScopeKind = ScopeKind.DESK
    name: str = ""


DESK = Scope()


@dataclass(frozen=True, slots=True)
class Setting:
    rule: RuleName
    scope: Scope
    value: RuleValue


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose order, in which account: what decides between a rule and its overrides."""

    user: str
    roles: frozenset[Role]
    account: AccountRef

    @property
    def account_name(self) -> str:
        return account_name(self.account)


def account_name(account: AccountRef) -> str:
    return f"{account.environment.value}:{account.number}"


@dataclass(frozen=True, slots=True)
class Policy:
    """`version` grows with each change; 0 is what a fresh desk has. `settings` are what was said."""

    version: int = 0
    settings: tuple[Setting, ...] = ()

    def said(self, rule: RuleName, scope: Scope) -> RuleValue | None:
        """What was said for exactly this scope."""
        return next((s.value for s in self.settings if (s.rule, s.scope) == (rule, scope)), None)

    def desk_value(self, rule: RuleName) -> RuleValue:
        return self.said(rule, DESK) or DEFAULTS[rule]

    def value(self, rule: RuleName, subject: Subject) -> RuleValue:
        """An override takes the desk's place: a person's own before their roles' (the strictest of several);
        where a person and an account each have one, the stricter counts."""
        said = {s.scope: s.value for s in self.settings if s.rule is rule}
        return _override(said, _Scopes.of(subject)) or said.get(DESK) or DEFAULTS[rule]

    def values(self, subject: Subject) -> Mapping[RuleName, RuleValue]:
        """The value of every rule, in one pass."""
        values, others = dict(DEFAULTS), dict[RuleName, dict[Scope, RuleValue]]()
        for setting in self.settings:
            if setting.scope.kind is ScopeKind.DESK:
                values[setting.rule] = setting.value
            else:
                others.setdefault(setting.rule, {})[setting.scope] = setting.value
        if others:
            scopes = _Scopes.of(subject)
            for rule, said in others.items():
                values[rule] = _override(said, scopes) or values[rule]
        return values

    def with_setting(self, rule: RuleName, scope: Scope, value: RuleValue | None) -> Policy:
        """The next version with this said, or (None) no longer said."""
        kept = tuple(s for s in self.settings if (s.rule, s.scope) != (rule, scope))
        added = () if value is None else (Setting(rule, scope, value),)
        return replace(self, version=self.version + 1, settings=kept + added)


@dataclass(frozen=True, slots=True)
class _Scopes:
    """Where an override for a subject may stand."""

    user: Scope
    roles: tuple[Scope, ...]
    account: Scope

    @classmethod
    def of(cls, subject: Subject) -> _Scopes:
        roles = tuple(Scope(ScopeKind.ROLE, role.value) for role in subject.roles)
        return cls(Scope(ScopeKind.USER, subject.user), roles, Scope(ScopeKind.ACCOUNT, subject.account_name))


def _override(said: Mapping[Scope, RuleValue], scopes: _Scopes) -> RuleValue | None:
    """What was said for the subject themselves; None where nothing was."""
    person = said.get(scopes.user)
    if person is None:
        roles = (said.get(scope) for scope in scopes.roles)
        person = _strictest(value for value in roles if value is not None)
    account = said.get(scopes.account)
    return _strictest(value for value in (person, account) if value is not None)


def _strictest(values: Iterable[RuleValue]) -> RuleValue | None:
    known = list(values)
    return reduce(stricter, known) if known else None


def stricter(one: RuleValue, other: RuleValue) -> RuleValue:
    """What forbids whatever either forbids. Both are values of one rule."""
    match one, other:
        case Limit(), Limit():
            return Limit(_lower(one.approve_over, other.approve_over), _lower(one.deny_over, other.deny_over))
        case Number(), Number():
            return Number(max(one.amount, other.amount))
        case Restricted(), Restricted():
            return Restricted(tuple(dict.fromkeys(one.entries + other.entries)))
        case Products(), Products():
            return Products(tuple(p for p in one.allowed if p in other.allowed))
        case Hours(), Hours():
            return _hours_of_both(one, other)
        case Approvers(), Approvers():
            return one if one.count >= other.count else other
        case Elsewhere(), Elsewhere():
            return max(one, other, key=_asked)
        case _:
            raise TypeError(f"{one!r} and {other!r} are of different rules")


def _lower(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    known = [t for t in (one, other) if t is not None]
    return min(known, default=None)


def _asked(value: Elsewhere) -> int:
    return tuple(Which).index(value.which)


def _hours_of_both(one: Hours, other: Hours) -> Hours:
    if one.begin is None or one.end is None:
        return other
    if other.begin is None or other.end is None:
        return one
    begin, end = max(one.begin, other.begin), min(one.end, other.end)
    return Hours(begin, max(begin, end))


def is_as_strict(one: RuleValue, other: RuleValue) -> bool:
    """Whether `one` lets nothing pass that `other` stops. False when that cannot be told."""
    match one, other:
        case Limit(), Limit():
            return _reaches(one.first, other.first) and _reaches(one.deny_over, other.deny_over)
        case Number(), Number():
            return one.amount >= other.amount
        case Restricted(), Restricted():
            return set(one.entries) >= set(other.entries)
        case Products(), Products():
            return set(one.allowed) <= set(other.allowed)
        case Hours(), Hours():
            if other.begin is None or other.end is None:
                return True
            return (
                one.begin is not None
                and one.end is not None
                and (one.begin >= one.end or (one.begin >= other.begin and one.end <= other.end))
            )
        case Approvers(), Approvers():
            return one.role is other.role and one.count >= other.count
        case Elsewhere(), Elsewhere():
            return _asked(one) >= _asked(other)
        case _:
            raise TypeError(f"{one!r} and {other!r} are of different rules")


def _reaches(one: Decimal | None, other: Decimal | None) -> bool:
    return other is None or (one is not None and one <= other)
