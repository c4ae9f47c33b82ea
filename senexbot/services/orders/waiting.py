"""Whether an order still waits for its owner's word, by the desk's own times."""

from __future__ import annotations

from datetime import datetime, timedelta

from senexbot.domain.approval import approving
from senexbot.domain.orders.intents import Intent
from senexbot.services.rules import DeskRules


def still_waiting(intent: Intent, now: datetime, rules: DeskRules) -> None:
    """Raises Expired, or AlreadyHandled for a state from which nothing can be sent."""
    confirm, approval = timedelta(seconds=rules.confirm_seconds), timedelta(minutes=rules.approval_minutes)
    approving.still_waiting(intent, now, confirm=confirm, approval=approval)
