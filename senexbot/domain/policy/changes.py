"""Changes of the policy: whether one tightens it for everybody, and who has to agree (I38)."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from senexbot.domain.links import AccountRef, Environment, Role
from senexbot.domain.policy.rules import Policy, RuleName, RuleValue, Scope, ScopeKind, Subject, is_as_strict

LOOSENING_WAITS = timedelta(minutes=15)
_NOBODY = "nobody"  # a person, or an account, for whom nothing of their own was said


class ChangeState(enum.StrEnum):
    PROPOSED = "proposed"  # waits for a second person with the risk role
    WAITING = "waiting"  # a loosening by the only person with the risk role: takes effect at `due_at`
    ADOPTED = "adopted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """`value` None: what was said for this scope is taken back. `version` moves with every change of state."""

    id: str
    team_id: str
    rule: RuleName
    scope: Scope
    value: RuleValue | None
    state: ChangeState
    by: str
    at: datetime
    due_at: datetime | None = None
    decided_by: str = ""
    version: int = 1

    def applied(self, policy: Policy) -> Policy:
        return policy.with_setting(self.rule, self.scope, self.value)


def tightens(before: Policy, after: Policy, rule: RuleName) -> bool:
    """For no person and no account that either names does the rule let more pass than before."""
    return all(
        is_as_strict(after.value(rule, subject), before.value(rule, subject))
        for subject in _subjects((before, after), rule)
    )


def first_state(*, tightening: bool, holders: int, now: datetime) -> tuple[ChangeState, datetime | None]:
    """What a change asked for in Slack begins as. `holders`: how many persons hold the risk role (I38)."""
    if holders > 1:
        return ChangeState.PROPOSED, None
    if tightening:
        return ChangeState.ADOPTED, None
    return ChangeState.WAITING, now + LOOSENING_WAITS


def _subjects(policies: tuple[Policy, ...], rule: RuleName) -> Iterator[Subject]:
    scopes = {s.scope for p in policies for s in p.settings if s.rule is rule}

    def names(kind: ScopeKind) -> list[str]:
        return sorted(s.name for s in scopes if s.kind is kind)

    roles = [Role(name) for name in names(ScopeKind.ROLE)]
    held = [frozenset(some) for size in range(len(roles) + 1) for some in combinations(roles, size)]
    for user in (_NOBODY, *names(ScopeKind.USER)):
        for account in (f"{Environment.PRACTICE}:{_NOBODY}", *names(ScopeKind.ACCOUNT)):
            environment, _, number = account.partition(":")
            for some in held:
                yield Subject(user, some, AccountRef("", number, Environment(environment)))
