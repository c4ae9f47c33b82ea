"""What is said of deputies and of the rota: `deputy @ben until friday`, `deputy @ben off`, `rota monday @ben @cara`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from senexbot.domain.approval.approvers import WEEKDAYS
from senexbot.domain.errors import ParseError
from senexbot.domain.words import Word, member_id, read_words, stumble

LONGEST_DAYS = 31
_MENTION = re.compile(r"<@([UW][A-Z0-9]{4,20})(?:\|[^<>]*)?>", re.ASCII)
_UNTIL = "Say until and a day: deputy @somebody until friday, until today or until 2026-12-01."


@dataclass(frozen=True, slots=True)
class DeputySaid:
    """`until`: the last day, included; None: not any more."""

    person: str
    until: date | None


@dataclass(frozen=True, slots=True)
class RotaSaid:
    """`people` in the order in which they are asked; none: the day has no rota."""

    weekday: str
    people: tuple[str, ...]


def parse_deputy(text: str, today: date) -> DeputySaid:
    """Raises ParseError with what to say instead."""
    words = read_words(_MENTION.sub(r" \1 ", text))
    if not words:
        raise ParseError("Whom do you name?", hint=_UNTIL)
    person, *rest = words
    who = member_id(person.text)
    if len(rest) == 1 and rest[0].text.lower() == "off":
        return DeputySaid(who, None)
    if len(rest) != 2 or rest[0].text.lower() != "until":
        raise ParseError("Until when?", word=rest[0].text[:40] if rest else None, hint=_UNTIL)
    day = _day(rest[1], today)
    if not today <= day <= today + timedelta(days=LONGEST_DAYS):
        raise stumble(f"{{}} is not within the next {LONGEST_DAYS} days.", rest[1], _UNTIL)
    return DeputySaid(who, day)


def _day(word: Word, today: date) -> date:
    """`today`, `tomorrow`, a weekday (the next one, today included) or a date."""
    said = word.text.lower()
    if said in {"today", "tomorrow"}:
        return today + timedelta(days=said == "tomorrow")
    if (weekday := _weekday(said)) is not None:
        return today + timedelta(days=(WEEKDAYS.index(weekday) - today.weekday()) % 7)
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise stumble("{} is not a day.", word, _UNTIL) from None


def _weekday(said: str) -> str | None:
    return next((day for day in WEEKDAYS if len(said) >= 3 and day.startswith(said)), None)


def parse_rota(text: str) -> RotaSaid:
    """Raises ParseError with what to say instead."""
    hint = "Say a weekday and who is asked first: rota monday @ben @cara, or rota monday off."
    words = read_words(_MENTION.sub(r" \1 ", text))
    weekday = _weekday(words[0].text.lower()) if words else None
    if weekday is None:
        raise ParseError("Which weekday?", word=words[0].text[:40] if words else None, hint=hint)
    people = words[1:]
    if len(people) == 1 and people[0].text.lower() == "off":
        return RotaSaid(weekday, ())
    if not people:
        raise ParseError("Who is asked first on that day?", hint=hint)
    return RotaSaid(weekday, tuple(dict.fromkeys(member_id(word.text) for word in people)))
