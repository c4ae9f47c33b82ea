"""The door by which every alert enters: stored with its fact in one transaction, told by the relay (I40)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from senexbot.domain.news import AlertEditNews, AlertsDueNews, AlertsNews, News, RiskNews
from senexbot.domain.routing.entry import TOLD, Place
from senexbot.domain.routing.raised import Raised
from senexbot.ports import ANYBODY, Handle, Outgoing, Tx

__all__ = [
    "Raised",
    "raise_alert",
    "raise_all",
    "show_message",
    "to_place",
    "update_alert",
    "wake",
    "wake_at",
]

BUTTONS_LIVE = timedelta(days=30)


async def raise_alert(tx: Tx, alert: Raised, *, now: datetime) -> None:
    """Stored, and told, or held back for a named reason, which `/alerts why` tells. Raising it again does nothing."""
    await raise_all(tx, (alert,), now=now)


async def raise_all(
    tx: Tx, alerts: Sequence[Raised], *, now: datetime, handles: Sequence[Handle] = ()
) -> None:
    """As `raise_alert`, in a few statements for any number. `handles`: of other buttons below them, issued too."""
    new = await tx.alerts.add(alerts)
    fresh = [alert for alert in alerts if alert.id in new]
    await tx.handles.issue(
        *handles,
        *(Handle(one.handle, "alert", one.id, 0, ANYBODY, now + BUTTONS_LIVE) for one in fresh if one.handle),
    )
    for place in dict.fromkeys(alert.place for alert in fresh):
        await wake(tx, place)


async def update_alert(tx: Tx, alert_id: str, *, news: RiskNews, words: str, room_words: str) -> bool:
    """What was told is shown as it is now (over, worse, better), by an edit in silence; False: not known here.

    What is not told yet is told as it is now.
    """
    entry = await tx.alerts.by_id(alert_id)
    if entry is None:
        return False
    alert = replace(entry.alert, news=news, words=words, room_words=room_words)
    await tx.alerts.change(replace(entry, alert=alert))
    if entry.outcome in TOLD:
        await show_message(tx, entry.place, entry.channel, entry.ts)
    return True


async def wake(tx: Tx, place: str) -> None:
    """Whatever waits for this place is looked at; one row of the outbox, however often it is asked for."""
    await tx.outbox.put(
        to_place(place, AlertsNews(place), key=f"alerts:{place}", collapse="alerts", at_once=True)
    )


async def wake_at(tx: Tx, place: str, at: datetime) -> None:
    """As `wake`, then. In a key of its own: what comes earlier does not wait for it."""
    key = f"alerts-due:{place}:{at.isoformat()}"
    await tx.outbox.put(replace(to_place(place, AlertsDueNews(place), key=key, dedupe=key), not_before=at))


async def show_message(tx: Tx, place: str, channel: str, ts: str) -> None:
    """A message of alerts is to show what is true now; in the order of everything said at its place (I43)."""
    news = AlertEditNews(place, channel, ts)
    await tx.outbox.put(to_place(place, news, key=f"alerts:{place}", collapse=f"edit:{ts}"))


def to_place(
    place: str, news: News, *, key: str, dedupe: str = "", collapse: str = "", at_once: bool = False
) -> Outgoing:
    """To a room, or to a person's direct message."""
    is_room = Place(place).is_room
    return Outgoing(
        key=key,
        news=news,
        dedupe=dedupe,
        channel=place if is_room else "",
        to_user="" if is_room else place,
        collapse=collapse,
        at_once=at_once,
    )
