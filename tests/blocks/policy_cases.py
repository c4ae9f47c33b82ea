"""The cards of the desk's policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from senexbot.blocks import policy as blocks
from senexbot.blocks.kit import Message
from senexbot.blocks.policy import OpenChange
from senexbot.domain.links import Role
from senexbot.domain.policy.changes import ChangeState, PolicyChange
from senexbot.domain.policy.rules import DESK, Entry, Limit, Policy, Restricted, RuleName, Scope, ScopeKind
from senexbot.domain.policy.verdict import ApprovalNeed, Finding, Outcome, PolicyVerdict

from .builders import NOW, terms

R = RuleName


def _change(state: ChangeState, value: Limit | None = None, **more: object) -> PolicyChange:
    made = PolicyChange("c1", "T1", R.NOTIONAL, DESK, value, state, "U00009", NOW)
    return replace(made, **more)  # type: ignore[arg-type]


def _policy() -> Policy:
    made = Policy().with_setting(R.NOTIONAL, DESK, Limit(Decimal(100_000), Decimal(250_000)))
    made = made.with_setting(R.RESTRICTED, DESK, Restricted((Entry("GME", None, NOW.date()), Entry("AMC"))))
    made = made.with_setting(R.BUYING_POWER, Scope(ScopeKind.USER, "U00003"), Limit(Decimal(40)))
    made = made.with_setting(
        R.DAILY_LOSS, Scope(ScopeKind.ACCOUNT, "live:5WT00001"), Limit(None, Decimal(5_000))
    )
    return made.with_setting(R.SHARES, Scope(ScopeKind.ROLE, "trader"), Limit(None, Decimal(500)))


def _many() -> Policy:
    made = Policy()
    for number in range(32):
        made = made.with_setting(
            R.SHARES, Scope(ScopeKind.USER, f"U{number:05}"), Limit(None, Decimal(number))
        )
    return made


def policy_cards() -> Mapping[str, Message]:
    due = NOW + timedelta(minutes=15)
    limit = Limit(Decimal(500_000), Decimal(900_000))
    proposed = _change(ChangeState.PROPOSED, limit)
    waiting = _change(ChangeState.WAITING, limit, due_at=due)
    over = Finding(
        "limit_notional", "notional", Outcome.NEEDS_APPROVAL, "notional $18,750.00, limit $10,000.00"
    )
    denied = replace(over, outcome=Outcome.DENIED)
    asks = PolicyVerdict(Outcome.NEEDS_APPROVAL, (over,), ApprovalNeed(1, Role.APPROVER), passes=Decimal(53))
    six = tuple(f"U0000{n}" for n in range(1, 7))
    return {
        "as installed": blocks.policy_card(Policy(), now=NOW),
        "with overrides and what waits": blocks.policy_card(
            _policy(),
            [
                OpenChange(proposed, "h1", may_agree=True),
                OpenChange(waiting, "h2"),
                OpenChange(_change(ChangeState.PROPOSED)),
            ],
            now=NOW,
        ),
        "very many overrides": blocks.policy_card(_many(), now=NOW),
        "changed at once": blocks.edited(_change(ChangeState.ADOPTED, limit), "no limit", (), now=NOW),
        "loosened later": blocks.edited(waiting, "", (), now=NOW),
        "proposed": blocks.edited(proposed, "", ("U00003", "U00004"), now=NOW),
        "proposed to nobody": blocks.edited(proposed, "", (), now=NOW),
        "agreed": blocks.decided(_change(ChangeState.ADOPTED, limit)),
        "withdrawn": blocks.decided(_change(ChangeState.WITHDRAWN, limit)),
        "tested: clear": blocks.explained(terms(), PolicyVerdict(Outcome.CLEAR, policy_version=3), ()),
        "tested: needs an approval": blocks.explained(terms(), asks, six),
        "tested: needs two of one": blocks.explained(
            terms(), replace(asks, need=ApprovalNeed(2, Role.RISK)), ("U00003",)
        ),
        "tested: denied by several rules": blocks.explained(
            terms(), PolicyVerdict(Outcome.DENIED, (denied,) * 6, passes=Decimal(0)), ()
        ),
        "tested: denied, no quantity helps": blocks.explained(
            terms(), PolicyVerdict(Outcome.DENIED, (denied,)), ()
        ),
    }
