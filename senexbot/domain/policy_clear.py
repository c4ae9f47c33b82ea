"""What a verdict that is not clear means for an order now."""

from __future__ import annotations

from senexbot.domain.errors import Denied, Reason
from senexbot.domain.money import quantity_text
from senexbot.domain.verdict import Outcome, PolicyVerdict


def require_clear(verdict: PolicyVerdict) -> None:
    """Raises Denied unless the verdict is clear: with each rule that was touched, and what would pass.

    An order that needs an approval is denied too, for none can be asked for yet: the one place to change
    when it can.
    """
    if verdict.outcome is Outcome.CLEAR:
        return
    reasons = [Reason(f.code, f.words) for f in verdict.findings]
    if verdict.outcome is Outcome.NEEDS_APPROVAL:
        reasons = [Reason("approval_needed", f"{r.words}: needs an approval") for r in reasons]
    words = passing_words(verdict)
    if words:
        reasons[0] = Reason(reasons[0].code, f"{reasons[0].words}; {words}")
    raise Denied(*reasons)


def passing_words(verdict: PolicyVerdict) -> str:
    """`53 or fewer would pass`; "" when a smaller order would not help."""
    return f"{quantity_text(verdict.passes)} or fewer would pass" if verdict.passes else ""
