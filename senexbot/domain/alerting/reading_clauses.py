"""What stands behind the condition of an alert, in any order, each once: how often, until when, how loud, to whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from senexbot.domain.alerting.reading_bits import Cursor, Stumble, read_bits
from senexbot.domain.alerting.reading_numbers import read_amount, read_time
from senexbot.domain.alerting.terms import (
    AlertTerms,
    Condition,
    Field,
    Hours,
    Often,
    Repeat,
    Severity,
    Source,
    Value,
)
from senexbot.domain.language.expirations import SLASHED, expiration_of
from senexbot.domain.language.misread import Misread
from senexbot.domain.language.said import OnDate
from senexbot.domain.parsing_symbol import MONTHS
from senexbot.domain.routing.escalation import LEAST, MOST, ROLES, USUAL, Escalation
from senexbot.domain.words import Word

MAY_FOLLOW = "Behind it may stand: and, or, for 5m, daily, every time, until friday, market hours, critical, to #channel."
LONGEST_COOLDOWN = timedelta(days=7)
FARTHEST = timedelta(days=366)
_OFTEN: Mapping[str, Often] = {
    **dict.fromkeys(("once a day", "daily", "every day"), Often.DAILY),
    **dict.fromkeys(("every time", "always"), Often.EVERY),
    "once": Often.ONCE,
}
_HOURS: Mapping[str, Hours] = {
    **dict.fromkeys(("market hours", "regular hours", "rth"), Hours.REGULAR),
    **dict.fromkeys(("all hours", "extended hours"), Hours.ALL),
}
_SEVERITIES: Mapping[str, Severity] = {one.value: one for one in Severity}
_CHANNEL = re.compile(r"(?:<#)?(?P<id>[CG][A-Z0-9]{4,20})(?:\|[^<>]*)?>?\Z", re.ASCII)
_PERSON = re.compile(r"(?:<@)?(?P<id>[UW][A-Z0-9]{4,20})(?:\|[^<>]*)?>?\Z", re.ASCII)
_DAY_MONTH = re.compile(rf"(?P<day>\d{{1,2}}) ?(?P<month>{'|'.join(MONTHS)})\Z", re.ASCII)
_MONTH_DAY = re.compile(rf"(?P<month>{'|'.join(MONTHS)}) (?P<day>\d{{1,2}})\Z", re.ASCII)
_DAY = "Say a day: until friday, until 18 dec or until 2026-12-18."
_TO = "In /alert pick it from Slack's list (#channel, @person), or say its ID."
_ESCALATE = "Say escalate to risk after 10m; instead of a role a channel or a person, picked from Slack's list in /alert."
_ANY: Value = Source("", Field.LAST)  # an amount of a re-arm band knows no bounds but its own
CLAUSES = frozenset(
    {"and", "or", "for", "rearm", "cooldown", "until", "to", "escalate", *_SEVERITIES}
    | {phrase.split()[0] for phrase in (*_OFTEN, *_HOURS)}
)


@dataclass(frozen=True, slots=True)
class _Clauses:
    often: Often | None = None
    repeat: Repeat = field(default_factory=Repeat)
    until: date | None = None
    hours: Hours | None = None
    severity: Severity | None = None
    to: str = ""
    escalate: Escalation | None = None


def read_clauses(cursor: Cursor, condition: Condition, today: date) -> AlertTerms:
    """All that is left of the text. Raises ParseError."""
    clauses = _Clauses()
    repeats_at: int | None = None
    seen: dict[str, int] = {}
    while not cursor.is_done:
        start = cursor.at
        name, read = _clause(cursor, today)
        if name in seen:
            raise cursor.stumble(
                f"{{}}: {name} was said already (“{cursor.bits[seen[name]].text}”).",
                index=start,
                hint="Say it once.",
            )
        seen[name] = start
        clauses = read(clauses)
        if name in {"the re-arm band", "the cooldown"}:
            repeats_at = start if repeats_at is None else repeats_at
    if repeats_at is not None and clauses.often in {None, Often.ONCE}:
        raise _never_again(cursor, repeats_at, said=clauses.often is not None)
    if clauses.escalate is not None and clauses.severity is not Severity.CRITICAL:
        raise _not_critical(cursor, seen["the escalation"], said=clauses.severity is not None)
    return AlertTerms(
        condition,
        repeat=replace(clauses.repeat, often=clauses.often or Often.ONCE),
        until=clauses.until,
        hours=clauses.hours or Hours.ALL,
        severity=clauses.severity or Severity.WARNING,
        to=clauses.to,
        escalate=clauses.escalate,
    )


def _never_again(cursor: Cursor, at: int, *, said: bool) -> Stumble:
    fixes = () if said else (("every time", cursor.with_(at, at, "every time")),)
    return cursor.stumble(
        "{}: an alert that fires once does not arm again.",
        index=at,
        hint="Say every time in front of it.",
        fixes=fixes,
    )


def _not_critical(cursor: Cursor, at: int, *, said: bool) -> Stumble:
    fixes = () if said else (("critical", cursor.with_(at, at, "critical")),)
    return cursor.stumble(
        "{}: only what is critical is passed on when nobody has it.",
        index=at,
        hint="Say critical in front of it.",
        fixes=fixes,
    )


Read = Callable[[_Clauses], _Clauses]


def _clause(cursor: Cursor, today: date) -> tuple[str, Read]:
    """What the clause is called, and how it changes what was read. Raises ParseError."""
    if phrase := cursor.take(*_OFTEN):
        often = _OFTEN[phrase]
        return "how often", lambda c: replace(c, often=often)
    if phrase := cursor.take(*_HOURS):
        hours = _HOURS[phrase]
        return "the hours", lambda c: replace(c, hours=hours)
    if phrase := cursor.take(*_SEVERITIES):
        severity = _SEVERITIES[phrase]
        return "the severity", lambda c: replace(c, severity=severity)
    if cursor.take("rearm", "re-arm"):
        amount = read_amount(cursor, _ANY)
        return "the re-arm band", lambda c: replace(c, repeat=replace(c.repeat, rearm=amount))
    if cursor.take("cooldown"):
        time = read_time(cursor, "a cooldown", timedelta(minutes=1), LONGEST_COOLDOWN)
        return "the cooldown", lambda c: replace(c, repeat=replace(c.repeat, cooldown=time))
    if cursor.take("until"):
        day = _day(cursor, today)
        return "the last day", lambda c: replace(c, until=day)
    if cursor.take("to"):
        to = _to(cursor)
        return "to whom", lambda c: replace(c, to=to)
    if cursor.take("escalate"):
        escalation = read_escalation(cursor)
        return "the escalation", lambda c: replace(c, escalate=escalation)
    if cursor.text() == "every":
        ways = tuple((p, cursor.with_(cursor.at, cursor.at + 1, p)) for p in ("every time", "daily"))
        raise cursor.stumble("{} what: every time, or daily?", hint=MAY_FOLLOW, fixes=ways)
    fixes: tuple[tuple[str, str], ...] = ()
    if _CHANNEL.match(cursor.word.text) or _PERSON.match(cursor.word.text):
        fixes = (("to", cursor.with_(cursor.at, cursor.at, "to")),)
    raise cursor.stumble("{} is one word too many.", hint=MAY_FOLLOW, wanted=CLAUSES, fixes=fixes)


def read_escalation(cursor: Cursor) -> Escalation:
    """Behind the word: `to risk after 10m`, either or both, in any order. Raises ParseError."""
    found = Escalation()
    while not cursor.is_done:
        if not found.to and cursor.take("to"):
            found = replace(found, to=_escalated_to(cursor))
        elif found.after is None and cursor.take("after"):
            found = replace(found, after=read_time(cursor, "the time until it is passed on", LEAST, MOST))
        else:
            break
    if found == USUAL:
        behind = "Behind {}: to whom, or after how long?" if cursor.at else "To whom, or after how long?"
        raise cursor.missing(behind, _ESCALATE)
    return found


def parse_escalation(text: str) -> Escalation:
    """Said by itself, for the desk or an account: `to risk after 10m`, or `usual`. Raises ParseError."""
    cursor = Cursor(read_bits(text))
    said = USUAL if cursor.take("usual") else read_escalation(cursor)
    if not cursor.is_done:
        raise cursor.stumble("{} is one word too many.", hint=_ESCALATE)
    return said


def _escalated_to(cursor: Cursor) -> str:
    for filler in ("role", "everybody with role"):
        if cursor.text(len(filler.split())) in ROLES and cursor.take(filler):
            break
    if cursor.text() in ROLES:
        return cursor.take(*ROLES)
    return _to(cursor, "{} names no channel, no role and nobody here.", _ESCALATE)


def _to(cursor: Cursor, message: str = "{} names no channel and nobody here.", hint: str = "") -> str:
    hint = hint or _TO
    if cursor.is_done:
        raise cursor.missing("Behind {}: to which channel or person?", hint)
    text = cursor.word.text
    match = _CHANNEL.match(text) or _PERSON.match(text)
    if match is None:
        raise cursor.stumble(message, hint=hint, wanted=ROLES if hint == _ESCALATE else ())
    cursor.at += 1
    return match["id"]


def _day(cursor: Cursor, today: date) -> date:
    """Of three words, two or one, the longest that is a day. A day without a year is the next such day."""
    if cursor.is_done:
        raise cursor.missing("Behind {} the day is missing.", _DAY)
    at = cursor.at
    if cursor.text() == "today":
        cursor.at += 1
        return today
    for size in (3, 2, 1):
        texts = [cursor.text(i) for i in range(size)]
        day = _day_of(cursor, " ".join(texts), today) if all(texts) else None
        if day is not None:
            cursor.at += size
            return _within(cursor, at, day, today)
    raise cursor.stumble("{} is not a day.", hint=_DAY)


def _day_of(cursor: Cursor, text: str, today: date) -> date | None:
    match = _DAY_MONTH.match(text) or _MONTH_DAY.match(text)
    if match is not None:
        return _next(cursor, int(match["day"]), MONTHS.index(match["month"]) + 1, today)
    if text[0].isdigit() and not _is_date(text):
        return None
    found = expiration_of(text, Word(text, cursor.word.place), today)
    if found is None or found[0] != "DATE":
        return None
    try:
        said = found[1]()
    except Misread as error:
        size = len(text.split())
        fixes = ((f.label, cursor.with_(cursor.at, cursor.at + size, f.label)) for f in error.fixes)
        message = str(error).replace(f"“{text}”", "{}", 1)
        raise cursor.stumble(message, hint=_DAY, fixes=tuple(fixes)) from None
    assert isinstance(said, OnDate), "a date is one day"
    return said.day


def _is_date(text: str) -> bool:
    return any(c.isalpha() for c in text) or text.count("-") == 2 or SLASHED.match(text) is not None


def _next(cursor: Cursor, day: int, month: int, today: date) -> date:
    for year in range(today.year, today.year + 9):  # 29 February is found within eight years
        try:
            meant = date(year, month, day)
        except ValueError:
            continue
        if meant >= today:
            return meant
    raise cursor.stumble("{} is no day of the calendar.", hint=_DAY)


def _within(cursor: Cursor, at: int, day: date, today: date) -> date:
    if day > today + FARTHEST:
        raise cursor.stumble("{}: an alert lasts a year at most.", index=at, hint=_DAY)
    return day
