"""Alerts as they are told: one, a burst in one message, what was held back while it was quiet, an escalation.

Who owns an alert reads money and account; a room, and anybody else, reads neither (design decision 14).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from senexbot.blocks import figures
from senexbot.blocks.actions import ActionId
from senexbot.blocks.kit import Block, Message, button, card, esc, link, once_more, person, section, when
from senexbot.domain.alerting.terms import Severity
from senexbot.domain.instruments import OptionContract
from senexbot.domain.news import AlertNews, RiskButton, RiskNews
from senexbot.domain.routing.digest import InMessage
from senexbot.domain.routing.entry import Entry
from senexbot.domain.routing.raised import Raised

TOP = 5  # lines of a burst that stand for themselves
SYMBOLS_SHOWN = 12
TRADES_SHOWN = 2
MENTIONED = 10


@dataclass(frozen=True, slots=True)
class Face:
    """For whom it is shown. `reader`: the person whose direct message it is, "" in a room. `mentioned`: whom it
    buzzes in a room."""

    now: datetime
    reader: str = ""
    mentioned: frozenset[str] = frozenset()
    maybe_repeat: bool = False

    def words(self, alert: Raised) -> str:
        return esc(alert.words if self.reader == alert.owner else alert.room_words, 160)

    @property
    def mark(self) -> str:
        return "Possible repeat: " if self.maybe_repeat else ""


def fired(entry: Entry, face: Face) -> Message:
    """A message of one alert. A late, checked or repeated one says so first (I42, I47)."""
    news = entry.alert.news
    return _price(entry, news, face) if isinstance(news, AlertNews) else _risk(entry, news, face)


def _price(entry: Entry, news: AlertNews, face: Face) -> Message:
    late = "Seen late: " if news.late else "Found in the candles: " if news.gap_check else ""
    notes = []
    if news.asked:
        notes.append(f"Fired because {_whose(entry, face, bare=True)} asked; it was true already")
    if news.late:
        notes.append("The price line was down when it crossed; found in the check afterwards")
    if news.gap_check:
        notes.append("The price line was down then; the candles show it")
    what = f'{_whose(entry, face)} "{esc(news.words, 90)}"'
    return card(
        f"{face.mark}{late}{esc(news.headline, 160) or fired_words(news)} ({figures.age(news.at, face.now)})",
        *notes,
        _repeat_note(face),
        _has_it(entry, face.now),
        fine=f"{what} · {when(news.at, face.now, seconds=True)} · {_again(news)} · {entry.name}",
        buttons=_price_buttons(entry, news),
    )


def fired_words(news: AlertNews) -> str:
    """As an alert of one level was told by the first grammar."""
    return (
        f"{esc(news.symbol, 40)} {figures.price(news.price)}, "
        f"{esc(news.direction, 10)} {figures.price(news.level)}"
    )


def _again(news: AlertNews) -> str:
    return esc(news.again, 80) or "it fires once, so it is done"


def _whose(entry: Entry, face: Face, *, bare: bool = False) -> str:
    owner = entry.alert.owner
    if face.reader == owner:
        return "you" if bare else "Your alert"
    # In a room a name is a buzz: whoever was buzzed within the minute is not named.
    named = bool(face.reader) or owner in face.mentioned
    if bare:
        return person(owner) if named else "its owner"
    return f"Alert of {person(owner)}:" if named else "Alert"


def _price_buttons(entry: Entry, news: AlertNews) -> list[Block]:
    trade = [button("Trade", ActionId.TICKET_TRADE, news.trade)] if news.trade else []
    snooze = [button("Snooze 1 h", ActionId.ALERT_SNOOZE, news.snooze)] if news.snooze else []
    move = [button("Move level", ActionId.ALERT_MOVE, news.move)] if news.move else []
    return [*_have_it(entry), *trade, *snooze, *move]


def _have_it(entry: Entry) -> list[Block]:
    handle = entry.alert.handle
    return [button("I have it", ActionId.ALERT_ACK, handle)] if entry.is_open and handle else []


def _has_it(entry: Entry, now: datetime) -> str:
    if not entry.acked_by or entry.acked_at is None or not entry.alert.is_critical:
        return ""
    return f"{person(entry.acked_by)} has it since {when(entry.acked_at, now)}"


def _repeat_note(face: Face) -> str:
    return "Slack did not confirm the first message, so this may be its double" if face.maybe_repeat else ""


def _risk(entry: Entry, news: RiskNews, face: Face) -> Message:
    own = face.reader == news.owner
    title, lines = (news.headline, news.lines) if own else (news.room_headline, news.room_lines)
    late = "Seen late: " if news.late and not news.over else ""
    buttons = []
    if not news.over:
        own_buttons = news.buttons if own else ()
        buttons = [
            *_have_it(entry),
            *(button(b.label, f"{b.action}{b.number}", b.handle) for b in own_buttons),
            *_snooze(entry, own=own),
        ]
    whose = "" if own else f"{_whose(entry, face)} "
    return card(
        f"{face.mark}{late}{esc(title, 160)}",
        *(esc(line, 200) for line in lines),
        _repeat_note(face),
        _has_it(entry, face.now),
        fine=f"{whose.strip(': ')} · {when(news.at, face.now, seconds=True)} · {entry.name}".lstrip(" ·"),
        buttons=buttons,
    )


def _snooze(entry: Entry, *, own: bool) -> list[Block]:
    alert = entry.alert
    if not (own and alert.subject and alert.handle):
        return []
    return [button("Snooze 1 h", ActionId.ALERT_SNOOZE, alert.handle)]


# --- many ----------------------------------------------------------------------------------------


def burst(held: InMessage, face: Face, *, quiet: str = "") -> Message:
    """Many in one message: how many, the worst first, the rest counted, and the way to all of them (I45).

    `quiet`: the hours that have ended, when it tells what was held back in them.
    """
    if held.count == 1 and not quiet:
        return fired(held.top[0], face)
    return card(
        f"{face.mark}{_burst_title(held, quiet)}",
        *(_line(entry, face) for entry in held.top[:TOP]),
        _rest(held),
        _owners(face),
        _burst_ack(held, face),
        fine=_foot(held, face, quiet),
        buttons=_burst_buttons(held, face),
    )


def _burst_title(held: InMessage, quiet: str) -> str:
    counted = figures.counted(held.count, "alert")
    critical = f": {held.critical:,} critical" if held.critical else ""
    if quiet:
        return f"{counted} while it was quiet, {quiet}{critical}"
    seconds = (held.last - held.first).total_seconds()
    time = f"in {figures.span(held.last - held.first)}" if seconds >= 1 else "at once"
    accounts = f" on {held.accounts:,} accounts" if held.accounts > 1 else ""
    return f"{counted} {time}{accounts}{critical}"


def _line(entry: Entry, face: Face) -> str:
    mark = {Severity.CRITICAL: "*critical* · ", Severity.WARNING: "", Severity.NOTICE: ""}
    late = " (seen late)" if entry.alert.late else ""
    over = " (over)" if entry.alert.is_over and "over" not in entry.alert.words.lower() else ""
    return f"{mark[entry.alert.severity]}{face.words(entry.alert)}{late}{over} · {entry.name}"


def _rest(held: InMessage) -> str:
    """All of them by severity and by symbol: what has no line of its own is counted."""
    if held.count <= min(len(held.top), TOP):
        return ""
    kinds = [
        figures.counted(many, word)
        for severity, word in (
            (Severity.CRITICAL, "critical"),
            (Severity.WARNING, "warning"),
            (Severity.NOTICE, "notice"),
        )
        if (many := held.severities.get(severity, 0))
    ]
    kinds = [kind.replace("criticals", "critical") for kind in kinds]
    shown = [f"{_instrument(symbol)} {many:,}" for symbol, many in held.symbols[:SYMBOLS_SHOWN]]
    left = held.count - sum(many for _, many in held.symbols[:SYMBOLS_SHOWN])
    more = f", others {left:,}" if left > 0 else ""
    return f"{', '.join(kinds)} · {', '.join(shown)}{more}"


def _instrument(symbol: str) -> str:
    contract = OptionContract.from_occ(symbol)
    return esc(symbol, 20) or "no symbol" if contract is None else contract.words


def _owners(face: Face) -> str:
    if face.reader or not face.mentioned:
        return ""
    named = sorted(face.mentioned)[:MENTIONED]
    return f"Alerts of {', '.join(person(one) for one in named)}"


def _burst_ack(held: InMessage, face: Face) -> str:
    if not held.acked_by or held.acked_at is None:
        return ""
    return f"{person(held.acked_by)} has what is critical since {when(held.acked_at, face.now)}"


def _foot(held: InMessage, face: Face, quiet: str) -> str:
    first, last = (when(at, face.now, seconds=True) for at in (held.first, held.last))
    times = first if first == last else f"{first} to {last}"
    if quiet:
        return f"{times} · only what is critical comes through then"
    money = "" if face.reader else " · no dollars here"
    return f"{times} · updates itself, buzzes only for a new critical{money}"


def _burst_buttons(held: InMessage, face: Face) -> list[Block]:
    handle = next((entry.alert.handle for entry in held.top if entry.alert.handle), "")
    buttons: list[Block] = []
    if handle:
        if held.open_critical:
            buttons.append(button("I have it", ActionId.ALERT_ACK, handle))
        buttons.append(button(f"All {held.count:,}", ActionId.ALERTS_ALL, handle))
        if held.critical:
            buttons.append(button("Halt …", ActionId.ALERT_HALT, handle, "danger", _halt_asked()))
    return [*buttons, *_remedies(held.top, face), *_trades(held.top)]


def _remedies(top: Sequence[Entry], face: Face) -> list[Block]:
    """Closing is as near as on an alert of its own: of the most urgent, for their owner, each trade once and at the
    newest figures of it."""
    found: dict[str, tuple[RiskButton, datetime]] = {}
    for entry in top:
        news = entry.alert.news
        if not isinstance(news, RiskNews) or news.over or news.owner != face.reader:
            continue
        for one in news.buttons:
            about = one.about or entry.alert.symbol
            known = found.get(about)
            if one.action == ActionId.RISK_CLOSE and (known is None or known[1] < news.at):
                found[about] = one, news.at
    shown = list(found.items())[:TRADES_SHOWN]
    return [
        button(f"{about}: {one.label}", f"{one.action}#{i}", one.handle)
        for i, (about, (one, _)) in enumerate(shown)
    ]


def _halt_asked() -> Block:
    return once_more(
        "Halt the desk?",
        "No new order starts until a person with the right role lifts it. Cancels still work.",
        "Halt the desk",
    )


def _trades(top: Sequence[Entry]) -> list[Block]:
    by_symbol: dict[str, str] = {}
    for entry in top:
        news = entry.alert.news
        if isinstance(news, AlertNews) and news.trade:
            by_symbol.setdefault(news.symbol, news.trade)
    return [
        button(f"Trade {_instrument(symbol)}", f"{ActionId.TICKET_TRADE}#{i}", handle)
        for i, (symbol, handle) in enumerate([*by_symbol.items()][:TRADES_SHOWN])
    ]


def called(count: int, entries: Sequence[Entry], face: Face, *, where: str) -> Message:
    """Critical ones were put into a message that stands, and an edit buzzes nobody: said in its thread.

    `entries`: the open ones of that message, the most urgent first: what a phone shows is the worst of them.
    `where`: its permalink, or "".
    """
    counted = f"{count:,} new critical {'alert' if count == 1 else 'alerts'}"
    worst = f": {face.words(entries[0].alert)}" if entries else ""
    people = ", ".join(person(one) for one in sorted(face.mentioned)[:MENTIONED])
    for_whom = f"For {people or person(face.reader)}" if people or face.reader else ""
    return card(f"{face.mark}{counted}{worst}", for_whom, link(where, "To the list") if where else "")


def escalated(entries: Sequence[Entry], face: Face, *, since: datetime, where: str) -> Message:
    """Nobody has these critical alerts: to whoever is asked next. At least one entry; no dollars, no account."""
    owners = sorted({entry.alert.owner for entry in entries})
    named = ", ".join(person(owner) for owner in owners[:3]) + (" and others" if len(owners) > 3 else "")
    handle, ago = entries[0].alert.handle, figures.span(face.now - since)
    lines = [f"{esc(entry.alert.room_words, 160)} · {entry.name}" for entry in entries[:3]]
    if len(entries) == 1:  # what a phone shows says what it is about
        title, lines = f"Nobody has it for {ago}: {esc(entries[0].alert.room_words, 160)}", []
    else:
        title = f"Nobody has {len(entries):,} critical alerts, told {ago} ago"
    return card(
        f"{face.mark}{title}",
        f"Critical, of {named}" if face.reader != owners[0] else "Yours; there is nobody else here to ask",
        *lines,
        link(where, "To the message") if where else "",
        fine=entries[0].name if len(entries) == 1 else "",
        buttons=[button("I have it", ActionId.ALERT_ACK, handle)] if handle else (),
    )


def rows_of(entries: Collection[Entry], face: Face) -> list[Block]:
    """One line each, for lists."""
    return [
        section(f"{_line(entry, face)} · {when(entry.alert.at, face.now, seconds=True)}") for entry in entries
    ]
