"""Expirations as they are said: a day, so many days, a weekday, a monthly.

A weekday is the first such day from today on (`friday` said on a Friday is today); with `next` it is the first
one after today. Day and month are never swapped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.said import Expiration, InDays, Monthly, OnDate
from senexbot.domain.language.vocabulary import WEEKDAYS
from senexbot.domain.parsing_symbol import MONTHS
from senexbot.domain.words import Word

MAX_DAYS = 1_100
LAST_YEAR = 2099  # what an OCC symbol can say
EXAMPLE = "Name an expiration like 18DEC26, 45d, friday or monthly."

_MONTH = "(?P<mon>" + "|".join(MONTHS) + ")"
_COMPACT = re.compile(rf"(?P<day>\d{{1,2}}) ?{_MONTH} ?(?P<year>\d{{4}}|\d{{2}})?\Z", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)
SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\Z", re.ASCII)
_DAYS = re.compile(r"(?P<days>\d{1,9}) ?(?:d|dte|days?)\Z", re.ASCII)
_MONTHLY = re.compile(rf"(?:{_MONTH} (?:(?P<year>\d{{4}}|\d{{2}}) )?)?monthly\Z", re.ASCII)
_WEEKDAY = re.compile(r"(?:(?P<which>this|next) )?(?P<name>[a-z]+)\Z")

_NAMES = tuple(name.upper() for name in MONTHS)
_DIGITS = frozenset("0123456789")
_BEGINNINGS = frozenset({*MONTHS, *WEEKDAYS, "this", "next", "tomorrow", "monthly"})

Found = tuple[str, Callable[[], Expiration]]


def may_be_expiration(text: str) -> bool:
    """A quick look: a number with anything behind it, or a word that begins an expiration."""
    return not text.isdigit() if text[0] in _DIGITS else text.partition(" ")[0] in _BEGINNINGS


def expiration_of(text: str, word: Word, today: date) -> Found | None:
    """Its kind in the grammar and how to read it; None when the text is none.

    The reading raises Misread for a day that does not exist, is over, or can be two days.
    """
    if not may_be_expiration(text):
        return None
    if match := _DAYS.match(text):
        return "DAYS", lambda: _in_days(int(match["days"]), word)
    if match := _MONTHLY.match(text):
        return "MONTHLY", lambda: _monthly(match, word, today)
    day = _day_of(text, word, today)
    return None if day is None else ("DATE", lambda: OnDate(not_past(day(), word, today)))


def not_past(day: date, word: Word, today: date) -> date:
    if day < today:
        raise misread(f"{{}}: {day.day} {day:%b %Y} is over.", word, "Name a day that is not over.")
    if day.year > LAST_YEAR:
        raise misread("{} is further away than any expiration.", word, EXAMPLE)
    return day


def _in_days(days: int, word: Word) -> InDays:
    if days > MAX_DAYS:
        raise misread("{} is further away than any expiration.", word, f"At most {MAX_DAYS:,} days.")
    return InDays(days)


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _monthly(match: re.Match[str], word: Word, today: date) -> Monthly:
    if match["mon"] is None:
        return Monthly()
    month = MONTHS.index(match["mon"]) + 1
    if match["year"] is None:
        return Monthly(None, month)
    year = _year(match["year"])
    if year > LAST_YEAR:
        raise misread("{} is further away than any expiration.", word, EXAMPLE)
    if (year, month) < (today.year, today.month):
        raise misread("{}: that month is over.", word, EXAMPLE)
    return Monthly(year, month)


def _day_of(text: str, word: Word, today: date) -> Callable[[], date] | None:
    if compact := _COMPACT.match(text):
        return lambda: _compact(compact, word, today)
    if iso := _ISO.match(text):
        return lambda: _real(word, int(iso[1]), int(iso[2]), int(iso[3]))
    if slashed := SLASHED.match(text):
        return lambda: _slashed(word, slashed)
    if text == "tomorrow":
        return lambda: today + timedelta(1)
    weekday = _WEEKDAY.match(text)
    if weekday and weekday["name"] in WEEKDAYS:
        start = today + timedelta(1) if weekday["which"] == "next" else today
        return lambda: start + timedelta((WEEKDAYS[weekday["name"]] - start.weekday()) % 7)
    return None


def _compact(match: re.Match[str], word: Word, today: date) -> date:
    month = MONTHS.index(match["mon"]) + 1
    if match["year"] is None:
        raise _no_year(match, word, month, today)
    return _real(word, _year(match["year"]), month, int(match["day"]))


def _real(word: Word, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise misread("{} is no day of the calendar.", word, EXAMPLE) from None


def day_text(day: date) -> str:
    """`18DEC26`."""
    return f"{day.day}{_NAMES[day.month - 1]}{day.year % 100:02}"


def _no_year(match: re.Match[str], word: Word, month: int, today: date) -> Misread:
    name = f"{int(match['day'])}{MONTHS[month - 1]}".upper()
    behind = ((word.place + 1, ""),) if " " in match.string else ()
    years = (today.year % 100, today.year % 100 + 1)
    fixes = (Fix(f"{name}{year}", ((word.place, f"{name}{year}"), *behind)) for year in years)
    return misread("{}: of which year?", word, f"Type it like {name}{today.year % 100}.", *fixes)


def _slashed(word: Word, match: re.Match[str]) -> date:
    """`12/18/26` month first, as the exchanges write it. Where both ways are a day, nothing is guessed."""
    first, second, year = int(match[1]), int(match[2]), _year(match[3])
    if first != second and first <= 12 and second <= 12:
        names = [day_text(_real(word, year, *pair)) for pair in ((first, second), (second, first))]
        fixes = (Fix(name, ((word.place, name),)) for name in names)
        raise misread("{} can be two days.", word, f"Type {' or '.join(names)}.", *fixes)
    if first > 12:
        raise misread("{} has no such month.", word, "The month comes first: 12/18/26; or type 18DEC26.")
    return _real(word, year, first, second)
