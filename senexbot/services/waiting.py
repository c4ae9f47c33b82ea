"""Whether an order still waits for its owner's word: not over, not handled, not by a clock that was set back."""

from __future__ import annotations

from datetime import datetime, timedelta

from senexbot.domain.approvals import COVER
from senexbot.domain.errors import AlreadyHandled, Expired
from senexbot.domain.orders import Intent, IntentState
from senexbot.services.rules import DeskRules


def still_waiting(intent: Intent, now: datetime, rules: DeskRules) -> None:
    """Raises Expired, or AlreadyHandled for a state from which nothing can be sent."""
    if intent.state is IntentState.LAPSED:
        raise Expired("This preview has ended. Preview it again for today's price.")
    if intent.state is IntentState.PREVIEWED:
        longest, words = timedelta(seconds=rules.confirm_seconds), "This preview has ended. Preview it again"
    elif intent.state is IntentState.APPROVED:
        longest, words = (
            timedelta(minutes=rules.approval_minutes) + COVER,
            "The approval has ended. Ask again",
        )
    else:
        raise AlreadyHandled(
            f"This order is {intent.state.value.replace('_', ' ')} already.", code=intent.state.value
        )
    left = intent.expires_at - now
    # More left than there ever is: the wall clock was set back while no bot ran (I67).
    if left <= timedelta(0) or left > longest:
        raise Expired(f"{words} for today's price.")
