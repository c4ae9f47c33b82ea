"""The door by which every alert enters: stored with its fact in one transaction, told by the relay (I40)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from senexbot.domain.news import RiskNews
from senexbot.domain.routing.raised import Raised
from senexbot.ports import Tx

__all__ = ["Raised", "raise_alert", "raise_all", "update_alert"]


async def raise_alert(tx: Tx, alert: Raised, *, now: datetime) -> None:
    """Stored, and told, or held back for a named reason, which `/alerts why` tells. Raising it again does nothing."""
    await raise_all(tx, (alert,), now=now)


async def raise_all(tx: Tx, alerts: Sequence[Raised], *, now: datetime) -> None:
    """As `raise_alert`, in a few statements for any number."""
    raise NotImplementedError


async def update_alert(
    tx: Tx, alert_id: str, *, news: RiskNews, words: str, room_words: str, now: datetime
) -> bool:
    """What was told is shown as it is now (over, worse, better), by an edit in silence; False: not known here."""
    raise NotImplementedError
