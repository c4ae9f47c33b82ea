"""What an approval does to its order: pure, the same for the desk and for its model (tests/domain/machine/)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from senexbot.domain.approval.approvals import COVER, ApprovalRequest, RequestState, mark
from senexbot.domain.approval.envelopes import covered_units, covers, resized, units
from senexbot.domain.errors import AlreadyHandled, Denied, Expired, Outside, Reason
from senexbot.domain.money import quantity_text
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.lifecycle import Trigger, move
from senexbot.domain.orders.terms import Estimate, OrderTerms
from senexbot.domain.orders.words import terms_text
from senexbot.domain.policy.clear import require_not_denied
from senexbot.domain.policy.verdict import Outcome, PolicyVerdict

_TRIGGER = {
    RequestState.OPEN: Trigger.COUNT,
    RequestState.APPROVED: Trigger.APPROVE,
    RequestState.DECLINED: Trigger.DECLINE,
    RequestState.EXPIRED: Trigger.DECLINE,
}


def still_waiting(intent: Intent, now: datetime, *, confirm: timedelta, approval: timedelta) -> None:
    """Raises Expired, or AlreadyHandled for a state from which nothing can be sent. `confirm`, `approval`: how long
    a person has for each."""
    if intent.state is IntentState.LAPSED:
        raise Expired("This preview has ended. Preview it again for today's price.")
    if intent.state is IntentState.PREVIEWED:
        longest, words = confirm, "This preview has ended. Preview it again"
    elif intent.state is IntentState.APPROVED:
        longest, words = approval + COVER, "The approval has ended. Ask again"
    else:
        raise AlreadyHandled(
            f"This order is {intent.state.value.replace('_', ' ')} already.", code=intent.state.value
        )
    left = intent.expires_at - now
    # More left than there ever is: the wall clock was set back while no bot ran (I67).
    if left <= timedelta(0) or left > longest:
        raise Expired(f"{words} for today's price.")


def asked(intent: Intent, request: ApprovalRequest) -> Intent:
    """Its owner has confirmed these terms by asking others to approve them."""
    return move(intent, Trigger.ASK, approval=mark(request), expires_at=request.expires_at, mandate=None)


def shrinks(intent: Intent, after: ApprovalRequest) -> bool:
    """Whether fewer are approved than the order has: its terms get a new version, and a new button."""
    return units(intent.terms) > after.envelope.greatest_quantity


def carried(intent: Intent, before: ApprovalRequest, after: ApprovalRequest, *, handle: str = "") -> Intent:
    """The order after its request has moved on. `handle`: the new button when it shrinks.

    Approved for fewer than its owner has confirmed, it is held for the owner's word (I31).
    """
    changes: dict[str, Any] = {"approval": mark(after)}
    confirmed = intent.terms == before.terms
    if shrinks(intent, after):
        changes |= _smaller(intent, resized(intent.terms, after.envelope.greatest_quantity), handle)
        confirmed = False
    if after.state is RequestState.APPROVED:
        changes["expires_at"] = after.envelope.until
        if not confirmed:
            most, wanted = after.envelope.greatest_quantity, units(before.terms)
            changes["reason"] = f"{quantity_text(most)} of {quantity_text(wanted)}, send that?"
            changes["reason_code"] = "approved_fewer"
    elif after.state is RequestState.DECLINED and after.declined is not None:
        changes |= {"reason": after.declined.reason, "reason_code": "declined"}
    elif after.state is RequestState.EXPIRED:
        changes |= {"reason": "nobody decided in time", "reason_code": "approval_expired"}
    return move(intent, _TRIGGER[after.state], **changes)


def _smaller(intent: Intent, terms: OrderTerms, handle: str) -> dict[str, Any]:
    return {
        "terms": terms,
        "text": terms_text(terms),
        "terms_version": intent.terms_version + 1,
        "estimate": None,
        "payoff": None,
        "handle": handle,
    }


def sends_itself(intent: Intent) -> bool:
    """Approved as its owner has confirmed it, and not held."""
    return intent.state is IntentState.APPROVED and not intent.reason


def held(intent: Intent, reason: str, code: str, covered: Decimal | None) -> Intent:
    """Approved and not sent: it waits for its owner. Raises AlreadyHandled when it is not approved any more."""
    approval = None if intent.approval is None else replace(intent.approval, covered=covered)
    return move(intent, Trigger.HOLD, reason=reason, reason_code=code, approval=approval)


def fewer(intent: Intent, *, handle: str) -> Intent:
    """As many as are still covered, by the owner's click on the button that names them. Raises AlreadyHandled."""
    approval = intent.approval
    if intent.state is not IntentState.APPROVED or approval is None or not approval.covered:
        raise AlreadyHandled("No smaller number is covered by the approval.", code="not_covered")
    terms = resized(intent.terms, approval.covered)
    return move(
        intent, Trigger.EDIT, **_smaller(intent, terms, handle), approval=replace(approval, covered=None)
    )


def permitted(
    intent: Intent,
    request: ApprovalRequest | None,
    verdict: PolicyVerdict,
    estimate: Estimate | None,
    lost: Sequence[str],
    now: datetime,
    *,
    outside_mandate: Sequence[str] = (),
) -> None:
    """Whether the claim may be made, by policy and envelope (design decision 8). `verdict`, `estimate`: of this moment;
    `lost`: why approvals that were given count no more; `outside_mandate`: why the mandate its preview named does not
    cover it now. Raises Denied; Outside when it is not what was approved."""
    require_not_denied(verdict)
    if intent.state is not IntentState.APPROVED:
        if intent.mandate is not None:
            require_covered(outside_mandate, "preview it again to ask")
            return
        asked_for = intent.verdict is not None and intent.verdict.outcome is Outcome.NEEDS_APPROVAL
        if asked_for or verdict.outcome is Outcome.NEEDS_APPROVAL:
            words = "this order needs another person's approval: preview it again to ask"
            raise Denied(Reason("approval_needed", words))
        return
    if request is None or request.state is not RequestState.APPROVED:
        raise Denied(Reason("approval_needed", "nobody has approved this order"))
    differences = (
        *covers(request.envelope, intent.terms, estimate, now, verdict.exposure),
        *lost,
        *_more_needed(request, verdict),
    )
    if differences:
        fits = covered_units(request.envelope, intent.terms, estimate, now, verdict.exposure)
        raise Outside(differences, fits if not lost and not _more_needed(request, verdict) else Decimal(0))


def require_covered(outside_mandate: Sequence[str], then: str) -> None:
    """Raises Denied with the difference, and what to do then."""
    if outside_mandate:
        words = f"the mandate does not cover it now: {'; '.join(outside_mandate)}"
        raise Denied(Reason("mandate", f"{words}; {then}"))


def movable(
    intent: Intent,
    request: ApprovalRequest | None,
    verdict: PolicyVerdict,
    now: datetime,
    *,
    outside_mandate: Sequence[str] = (),
) -> None:
    """Whether a working order may go to the price that `intent` has: by the policy, and within what was approved,
    or within the mandate it was sent under. Raises Denied."""
    require_not_denied(verdict)
    if intent.mandate is not None:
        require_covered(outside_mandate, "the order stays as it is, or cancel it")
        return
    if request is not None:
        differences = covers(request.envelope, intent.terms, intent.estimate, now, verdict.exposure)
        if differences:
            raise Denied(*(Reason("outside_envelope", words) for words in differences))
    elif verdict.outcome is Outcome.NEEDS_APPROVAL:
        raise Denied(Reason("approval_needed", "at that price the order needs another person's approval"))


def _more_needed(request: ApprovalRequest, verdict: PolicyVerdict) -> tuple[str, ...]:
    need = verdict.need
    if need is None or (need.count <= request.need.count and need.role is request.need.role):
        return ()
    return (f"it needs {need.count} with the role {need.role.value} now",)
