"""Telling of risk alerts through the one door of all alerts, in the transaction of their state (I39, I40)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from senexbot.blocks.risk import one_line, risk_news
from senexbot.domain.risk.alerts import RiskAlert
from senexbot.domain.routing.raised import Raised
from senexbot.ports import Handle, Ids, Tx
from senexbot.services.alerts.routing import raise_all, update_alert
from senexbot.services.clocks import EXCHANGE_ZONE

KIND = "risk"


async def tell_raised(tx: Tx, alerts: Sequence[RiskAlert], ids: Ids, now: datetime) -> None:
    """New ones: the handle behind their buttons, and their messages, which may buzz."""
    await tx.handles.issue(*(Handle(one.handle, KIND, one.id, 1, one.owner) for one in alerts))
    await raise_all(tx, [_raised(one, ids.handle(), now) for one in alerts], now=now)


async def tell_changed(tx: Tx, alert: RiskAlert, now: datetime) -> None:
    """What was told is edited in silence to what is true now."""
    news = risk_news(alert, now=now, zone=EXCHANGE_ZONE)
    words, room_words = one_line(news), one_line(news, in_room=True)
    await update_alert(tx, alert.id, news=news, words=words, room_words=room_words)


def _raised(alert: RiskAlert, handle: str, now: datetime) -> Raised:
    news = risk_news(alert, now=now, zone=EXCHANGE_ZONE)
    return Raised(
        id=alert.id,
        kind=alert.preset.value,
        owner=alert.owner,
        team_id=alert.team_id,
        severity=alert.severity,
        words=one_line(news),
        room_words=one_line(news, in_room=True),
        at=alert.raised_at,
        news=news,
        handle=handle,
        link_id=alert.link_id,
        account=alert.account,
        symbol=alert.figures.underlying,
        money_at_risk=alert.at_stake,
        channel=alert.channel,
        to_user=alert.to_user,
        subject=alert.open_key,
        escalate=alert.escalate,
        group=f"{alert.environment.value}:{alert.account}:{alert.preset.value}:{alert.subject}",
    )
