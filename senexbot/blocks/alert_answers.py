"""Answers about alerts that were raised: why one was told as it was, quiet hours, snoozed, the list of all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from senexbot.blocks import figures
from senexbot.blocks.actions import ActionId
from senexbot.blocks.alert_posts import Face, rows_of
from senexbot.blocks.alert_rules import escalation_words
from senexbot.blocks.kit import (
    Block,
    Message,
    Modal,
    actions,
    button,
    card,
    channel_words,
    esc,
    link,
    person,
    plain_text,
    section,
    when,
)
from senexbot.domain.routing.entry import Entry, Outcome, Place, Reason
from senexbot.domain.routing.escalation import Escalation
from senexbot.domain.routing.quiet_hours import QuietHours


def why(entry: Entry, face: Face, *, where: str = "") -> Message:
    """What became of one alert and for which reason. `where`: the permalink of its message, or ""."""
    return card(
        f"{entry.name}: {_became(entry, face)}",
        f"{face.words(entry.alert)} · raised {when(entry.alert.at, face.now, seconds=True)}",
        _because(entry, face),
        _moved(entry, face),
        _cared(entry, face),
        link(where, "To its message") if where else "",
    )


def why_list(entries: Sequence[Entry], face: Face) -> Message:
    if not entries:
        return card(
            "No alert of yours was raised yet", "Each that is has a number, as f1042; ask for it by that"
        )
    rows = [
        section(f"*{entry.name}* · {_became(entry, face)}\n{face.words(entry.alert)}") for entry in entries
    ]
    title = f"Your last {figures.counted(len(entries), 'alert')}, and what became of each"
    return card(title, rows=rows, foot="More of one: `/senex alerts why f1042`")


def _became(entry: Entry, face: Face) -> str:
    at = f" at {when(entry.told_at, face.now)}" if entry.told_at else ""
    where = _place(entry.place, face)
    match entry.outcome:
        case Outcome.WAITING:
            return "waits to be told"
        case Outcome.HELD:
            assert entry.reason is not None
            return f"held back: {_REASONS[entry.reason]}"
        case Outcome.BUZZ | Outcome.POST:
            return f"told in {where}{at}"
        case Outcome.DIGEST:
            return f"told with others in {where}{at}"
        case _:
            return f"told after quiet hours in {where}{at}"


def _place(place: str, face: Face) -> str:
    if Place(place).is_room:
        return channel_words(place)
    return "your messages" if place == face.reader else f"the messages of {person(place)}"


_REASONS = {
    Reason.SNOOZED: "snoozed",
    Reason.QUIET_HOURS: "quiet hours",
    Reason.DUPLICATE: "said already",
    Reason.COOLDOWN: "said a short while ago",
    Reason.OWN_ACTION: "their own action",
    Reason.MERGED_INTO: "a burst",
    Reason.RATE: "one buzz a minute",
    Reason.AUDIENCE: "the room",
}


def _because(entry: Entry, face: Face) -> str:
    """The named reason, as the metrics name it too, and what it means."""
    if entry.reason is None:
        return ""
    until = f" until {when(entry.until, face.now)}" if entry.until else ""
    later = f"; it comes {when(entry.until, face.now, seconds=True)}" if entry.until else ""
    words = {
        Reason.SNOOZED: f"its owner snoozed it{until}",
        Reason.QUIET_HOURS: f"it is not critical and came in quiet hours{until}",
        Reason.DUPLICATE: f"the same was told at the same place, as f{entry.ref}",
        Reason.COOLDOWN: f"the same was told there a short while before, as f{entry.ref}",
        Reason.OWN_ACTION: "who would be told caused it by their own action",
        Reason.MERGED_INTO: "several came at once: they stand in one message",
        Reason.RATE: f"a person is buzzed once a minute and a burst is three messages, unless it is critical{later}",
        Reason.AUDIENCE: "the place it was meant for may not, or cannot, be told",
    }
    return f"`{entry.reason.value}`: {words[entry.reason]}"


def _moved(entry: Entry, face: Face) -> str:
    return f"Meant for {_place(entry.moved_from, face)}" if entry.moved_from else ""


def _cared(entry: Entry, face: Face) -> str:
    has = (
        f"{person(entry.acked_by)} has it since {when(entry.acked_at, face.now)}"
        if entry.acked_by and entry.acked_at
        else ""
    )
    passed_on = f"passed on {when(entry.escalated_at, face.now)}: nobody had it" if entry.escalated_at else ""
    return " · ".join(part for part in (has, passed_on) if part)


def have_it(entries: Sequence[Entry]) -> Message:
    """To whoever pressed; the message itself shows it too."""
    count = figures.counted(len(entries), "critical alert")
    return card(f"You have {count}", "Everybody reads it there; nobody else is asked")


def snoozed(entry: Entry, until: datetime, face: Face) -> Message:
    return card(
        f"Snoozed until {when(until, face.now)}",
        f"{face.words(entry.alert)} · what it raises until then is kept: `/senex alerts why`",
    )


def quiet(hours: QuietHours | None, until: datetime | None, waiting: int, *, now: datetime) -> Message:
    """What is set, whether it runs, and what waits for its end."""
    if hours is None:
        come = "comes" if waiting == 1 else "come"
        came = f"{figures.counted(waiting, 'alert')} held back {come} now" if waiting else ""
        return card(
            "No quiet hours: alerts buzz you at any time", came, "Set them: `/senex alerts quiet 22-7`"
        )
    runs = f"Quiet now, until {when(until, now)}" if until else "Not quiet now"
    s = "s" if waiting == 1 else ""
    does = f"wait{s} until then" if until else f"come{s} now"
    kept = f" · {figures.counted(waiting, 'alert')} {does}" if waiting else ""
    return card(
        f"Quiet hours {hours.words}, {esc(hours.zone, 40)}",
        f"{runs}{kept}",
        "Only what is critical buzzes you then; the rest comes in one message when they end",
        "End them: `/senex alerts quiet off`",
    )


def escalation(desk: Escalation, *, admin_channel: str, done: bool) -> Message:
    """To whom what is critical goes on this desk when nobody has it. `done`: it was said just now."""
    first = f"{channel_words(admin_channel)}, else " if admin_channel else ""
    to = "" if desk.to else f"to {first}everybody with role risk, else the operators"
    words = " ".join(part for part in (escalation_words(Escalation(desk.to, desk.wait)), to) if part)
    return card(
        f"{'Set: a' if done else 'A'} critical alert that nobody has is passed on, once",
        words[:1].upper() + words[1:],
        "An alert may say otherwise: `/alert AAPL &gt; 200 critical escalate to risk after 10m`",
        "For the desk, with role risk or operator: `/alerts escalate to risk after 10m`, `/alerts escalate usual`",
    )


def all_of(entries: Sequence[Entry], face: Face, *, offset: int, total: int, handle: str, page: int) -> Modal:
    """All alerts of one message, a page of them. `page`: how many stand on one."""
    last = min(offset + len(entries), total)
    blocks: list[Block] = [section(f"*{offset + 1} to {last} of {total:,}*, the most urgent first")]
    blocks += rows_of(entries, face)
    turns = []
    if offset:
        turns.append(button("Back", f"{ActionId.ALERTS_ALL}#{max(offset - page, 0)}", handle))
    if last < total:
        turns.append(button(f"Next {min(page, total - last)}", f"{ActionId.ALERTS_ALL}#{last}", handle))
    if turns:
        blocks.append(actions(*turns))
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": ActionId.ALERTS_ALL.value,
        "title": plain_text(f"All {total:,} alerts", 24),
        "close": plain_text("Close", 24),
        "private_metadata": "",
        "blocks": blocks,
    }
    return Modal(view)
