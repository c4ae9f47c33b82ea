"""What a verdict that is not clear means for an order now."""

from __future__ import annotations

from senexbot.domain.errors import Denied, Reason
from senexbot.domain.money import quantity_text
from senexbot.domain.policy.verdict import Outcome, PolicyVerdict


def require_not_denied(verdict: PolicyVerdict) -> None:
    """Raises Denied with each rule that says no, and what would pass. What needs an approval passes here."""
    if verdict.outcome is not Outcome.DENIED:
        return
    denied = [f for f in verdict.findings if f.outcome is Outcome.DENIED]
    reasons = [Reason(f.code, f.words) for f in denied or verdict.findings]
    words = passing_words(verdict)
    if words:
        reasons[0] = Reason(reasons[0].code, f"{reasons[0].words}; {words}", quantity=verdict.passes)
    raise Denied(*reasons)


def passing_words(verdict: PolicyVerdict) -> str:
    """`53 or fewer would pass`; "" when a smaller order would not help."""
    return f"{quantity_text(verdict.passes)} or fewer would pass" if verdict.passes else ""
