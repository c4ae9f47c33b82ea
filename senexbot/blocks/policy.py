"""The desk's policy as people read it: what holds, what waits, what it says of an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from senexbot.blocks import figures, trades
from senexbot.blocks.actions import ActionId
from senexbot.blocks.kit import Block, Message, actions, button, card, esc, person, section, when
from senexbot.blocks.mandates import covered
from senexbot.domain.approval.mandates_terms import MandateMark
from senexbot.domain.orders.terms import OrderTerms
from senexbot.domain.policy.changes import ChangeState, PolicyChange
from senexbot.domain.policy.rules import Policy, RuleName, Setting
from senexbot.domain.policy.verdict import Finding, Outcome, PolicyVerdict
from senexbot.domain.policy.words import ABOUT, scope_text, setting_words, value_words

RULES_PER_BLOCK = 9
OVERRIDES_SHOWN = 30
FINDINGS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class OpenChange:
    """A change that does not hold yet. `handle`: for the reader's buttons, "" without; `may_agree`: theirs
    is the agreement that it waits for."""

    change: PolicyChange
    handle: str = ""
    may_agree: bool = False


def policy_card(policy: Policy, waiting: Sequence[OpenChange] = (), *, now: datetime) -> Message:
    """Every rule with what holds for the desk, the overrides below, and what waits with its buttons."""
    lines = [
        f"`{rule}` {esc(value_words(rule, policy.desk_value(rule)), 200)} · {ABOUT[rule]}"
        for rule in RuleName
    ]
    parts = [lines[i : i + RULES_PER_BLOCK] for i in range(0, len(lines), RULES_PER_BLOCK)]
    overrides = [s for s in policy.settings if scope_text(s.scope)]
    rows: list[Block] = [section("\n".join(part)) for part in parts]
    if overrides:
        rows.append(section("\n".join(_override(s) for s in overrides[:OVERRIDES_SHOWN])))
    if len(overrides) > OVERRIDES_SHOWN:
        rows.append(section(f"… and {len(overrides) - OVERRIDES_SHOWN} more"))
    for one in waiting:
        rows.append(section(_waiting(one.change, now)))
        rows += _buttons(one)
    return card(
        f"Desk policy, version {policy.version}" + ("" if policy.version else ": as installed"),
        "Try it: `/senex policy test buy 100 AAPL @ 187.50` · Change it (role risk): `/senex policy set`",
        rows=tuple(rows),
    )


def _override(setting: Setting) -> str:
    whom = _whom(setting)
    return f"`{setting.rule}`{whom}: {esc(value_words(setting.rule, setting.value), 200)}"


def _whom(setting: Setting) -> str:
    scope = setting.scope
    return f" for {person(scope.name)}" if scope.kind.value == "user" else f" {esc(scope_text(scope), 40)}"


def _change(change: PolicyChange) -> str:
    return esc(setting_words(change.rule, change.scope, change.value), 160)


def _waiting(change: PolicyChange, now: datetime) -> str:
    if change.state is ChangeState.WAITING and change.due_at is not None:
        until = f"takes effect {when(change.due_at, now)}"
    else:
        until = "waits for another person with the role risk"
    return f"*Not yet:* {_change(change)} · by {person(change.by)} · {until}"


def _buttons(one: OpenChange) -> list[Block]:
    if not one.handle:
        return []
    agree = [button("Agree", ActionId.POLICY_AGREE, one.handle)] if one.may_agree else []
    stop = button("Withdraw", ActionId.POLICY_WITHDRAW, one.handle)
    return [actions(*agree, stop)]


# --- after a change ------------------------------------------------------------------------------


def edited(change: PolicyChange, before: str, others: Sequence[str], *, now: datetime) -> Message:
    """What became of `policy set`. `before`: the value in words that held, "" when none was said."""
    was = f"Before: {esc(before, 160)}" if before else ""
    if change.state is ChangeState.ADOPTED:
        return card("Policy changed: it holds now", _change(change), was, "See all: `/senex policy`")
    if change.state is ChangeState.WAITING and change.due_at is not None:
        return card(
            "Policy not changed yet: loosening waits 15 minutes",
            _change(change),
            was,
            f"Takes effect {when(change.due_at, now)}; it was announced",
            "Stop it: `/senex policy`, Withdraw",
        )
    named = ", ".join(person(user) for user in others[:5])
    return card(
        "Policy not changed yet: a second person has to agree",
        _change(change),
        was,
        f"Asked: {named}" if named else "Nobody else holds the role risk now",
        "Stop it: `/senex policy`, Withdraw",
    )


def decided(change: PolicyChange) -> Message:
    """After Agree or Withdraw."""
    done = "changed: it holds now" if change.state is ChangeState.ADOPTED else "not changed: withdrawn"
    return card(f"Policy {done}", _change(change), f"Asked for by {person(change.by)}")


# --- what it says of an order --------------------------------------------------------------------


def explained(
    terms: OrderTerms,
    verdict: PolicyVerdict,
    approvers: Sequence[str],
    mandate: MandateMark | None = None,
    uncovered: str = "",
    *,
    now: datetime | None = None,
) -> Message:
    """`policy test`: which rule decides, who could approve, what would pass, and which mandate covers it."""
    states = {
        Outcome.CLEAR: "Policy says clear",
        Outcome.NEEDS_APPROVAL: "Policy asks for an approval",
        Outcome.DENIED: "Policy denies",
    }
    state = "A mandate covers" if mandate else states[verdict.outcome]
    return card(
        f"{terms.environment.label} · {state}: {figures.lowered(trades.what(terms))}",
        *_findings(verdict.findings),
        _passing(verdict),
        covered(mandate, now) or _who(verdict, approvers),
        f"Your mandate does not cover it: {esc(uncovered, 160)}" if uncovered else "",
        foot=f"Account {esc(terms.account.masked, 8)} · policy version {verdict.policy_version} · "
        "nothing was previewed or sent; buying power is told by the preview",
    )


def _findings(findings: Sequence[Finding]) -> list[str]:
    if not findings:
        return ["No rule is touched"]
    first, *rest = findings
    lines = [f"Decides: `{esc(first.rule, 30)}`, {esc(first.words, 200)} (code {esc(first.code, 30)})"]
    lines += [f"Also: `{esc(f.rule, 30)}`, {esc(f.words, 160)}" for f in rest[: FINDINGS_SHOWN - 1]]
    return lines


def _passing(verdict: PolicyVerdict) -> str:
    if verdict.passes is None or verdict.outcome is Outcome.CLEAR:
        return ""
    if not verdict.passes:
        return "No smaller quantity would pass"
    return f"{figures.quantity(verdict.passes)} or fewer would be clear"


def _who(verdict: PolicyVerdict, approvers: Sequence[str]) -> str:
    if verdict.need is None:
        return ""
    named = ", ".join(person(user) for user in approvers[:5])
    more = f" and {len(approvers) - 5} more" if len(approvers) > 5 else ""
    needed = figures.counted(verdict.need.count, "approval")
    if len(approvers) < verdict.need.count:
        return f"Needs {needed} (role {verdict.need.role.value}), which nobody can give now: its preview would be denied"
    return f"Needs {needed} (role {verdict.need.role.value}): {named}{more}"
