"""Numbers of an alert: levels, amounts, spans of time. Each is exact and within bounds, or refused at its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from senexbot.domain.alerting.reading_bits import Cursor, Stumble
from senexbot.domain.alerting.terms import Amount, Field, Ratio, Source, Sum, Value
from senexbot.domain.words import Word, looks_numeric, read_number

_UNITS: Mapping[str, int] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
}
_TIME = re.compile(r"(?P<count>\d{1,6})(?P<unit>[a-z]*)\Z", re.ASCII)
_THOUSANDS = {"k": Decimal(1_000), "m": Decimal(1_000_000)}
SIGNED = frozenset({Field.DELTA, Field.THETA, Field.RHO})
GREEKS = SIGNED | {Field.GAMMA, Field.VEGA}
VOLATILITY = frozenset({Field.IV, Field.IV_RANK})
_WHAT = {Field.VOLUME: "volume", Field.IV: "volatility", Field.IV_RANK: "rank"}


def what_of(value: Value) -> str:
    """What a level of this value is called: price, volume, delta, ratio."""
    if isinstance(value, Ratio):
        return "ratio"
    if isinstance(value, Sum):
        return "level"
    return value.field.value if value.field in GREEKS else _WHAT.get(value.field, "price")


def may_be_negative(value: Value) -> bool:
    return isinstance(value, Sum) or (isinstance(value, Source) and value.field in SIGNED)


def read_level(cursor: Cursor, value: Value) -> Decimal:
    """The number that stands here, in the value's own units. Raises ParseError."""
    what = what_of(value)
    if cursor.is_done:
        raise cursor.missing(f"Behind {{}} the {what} is missing.")
    word, text = cursor.word, cursor.text()
    at = cursor.at
    cursor.at += 1
    percent = text.endswith("%") or cursor.take("%")
    field = value.field if isinstance(value, Source) else None
    if percent and field not in VOLATILITY:
        raise cursor.stumble(
            f"{{}}: a {what} is no percentage.",
            index=at,
            hint="For a move say up 2% in 1h, down 5% from high, or gaps 2%.",
        )
    number = word.text.removesuffix("%")
    if number in {"-", "+"}:
        raise cursor.stumble("{} stands alone.", index=at, hint=f"Write the sign at the number: {number}5.")
    factor = Decimal(1)
    if field is Field.VOLUME and number[-1:].lower() in _THOUSANDS:
        factor, number = _THOUSANDS[number[-1].lower()], number[:-1]
    sign = Decimal(1)
    if may_be_negative(value) and number[:1] in {"-", "+"}:
        sign, number = Decimal(-1 if number[0] == "-" else 1), number[1:]
    level = read_number(Word(number, word.place), what) * factor * sign
    _check(cursor, at, value, level, what)
    return level


def _check(cursor: Cursor, at: int, value: Value, level: Decimal, what: str) -> None:
    """Raises Stumble for a level that this value never moves through."""
    if level == 0 and not may_be_negative(value):
        raise cursor.stumble(f"{{}}: a {what} of zero is never crossed.", index=at)
    if not isinstance(value, Source):
        return
    if value.field is Field.IV_RANK and level >= 100:
        raise cursor.stumble("{}: an IV rank runs from 0 to 100.", index=at, hint="Say 50.")
    if value.field is Field.DELTA and abs(level) >= 1:
        fixes: tuple[tuple[str, str], ...] = ()
        if abs(level) < 100:
            meant = f"{level / 100:f}"
            fixes = ((meant, cursor.with_(at, at + 1, meant)),)
        raise cursor.stumble("{}: a delta runs from -1 to 1.", index=at, hint="Say 0.30.", fixes=fixes)


def is_amount(cursor: Cursor) -> bool:
    """Whether what stands here means to be a number without a sign."""
    return looks_numeric(cursor.text()) and cursor.text()[0] not in "-+"


def read_amount(cursor: Cursor, value: Value, *, at_most_all: bool = False) -> Amount:
    """`3`, `$3`, `2%`, `2 %`. `at_most_all`: of a fall, which 100 % is too much for. Raises ParseError."""
    if cursor.is_done:
        raise cursor.missing("Behind {} the amount is missing.", "Say how far: 2% or 3.")
    word, text, at = cursor.word, cursor.text(), cursor.at
    cursor.at += 1
    is_percent = text.endswith("%") or bool(cursor.take("%"))
    what = "percentage" if is_percent else "price"
    number = read_number(Word(word.text.removesuffix("%"), word.place), what)
    if number == 0:
        raise cursor.stumble("{}: it has to move by something.", index=at, hint="Say how far: 2% or 3.")
    if is_percent and may_be_negative(value):
        raise cursor.stumble(
            "{}: what can be zero or below is not measured in percent.", index=at, hint="Say an amount: 3."
        )
    if is_percent and at_most_all and number >= 100:
        raise cursor.stumble("{}: nothing falls by that much.", index=at, hint="Say less than 100%.")
    if is_percent and number > 1_000:
        raise cursor.stumble("{} is more than any move.", index=at, hint="At most 1,000%.")
    return Amount(number, is_percent)


def read_time(cursor: Cursor, what: str, least: timedelta, most: timedelta) -> timedelta:
    """`5m`, `90s`, `2 hours`, `1d`. `what`: what it is for, in messages. Raises Stumble."""
    hint = f"Say a time such as {time_text(max(least, timedelta(minutes=5)))} or 2h."
    if cursor.is_done:
        raise cursor.missing(f"Behind {{}} the time is missing: {what}.", hint)
    at = cursor.at
    match = _TIME.match(cursor.text())
    if match is None or (match["unit"] and match["unit"] not in _UNITS):
        raise cursor.stumble("{} is not a time.", hint=hint)
    cursor.at += 1
    unit = match["unit"]
    if not unit:
        unit = cursor.text()
        if unit not in _UNITS:
            fixes = tuple(
                (f"{match['count']}{u}", cursor.with_(at, at + 1, f"{match['count']}{u}")) for u in ("m", "h")
            )
            raise cursor.stumble("{}: minutes or hours?", index=at, hint=hint, fixes=fixes)
        cursor.at += 1
    seconds = int(match["count"]) * _UNITS[unit]
    if not least.total_seconds() <= seconds <= most.total_seconds():
        raise _beyond(cursor, at, what, least, most)
    return timedelta(seconds=seconds)


def _beyond(cursor: Cursor, at: int, what: str, least: timedelta, most: timedelta) -> Stumble:
    return cursor.stumble(
        f"{{}}: {what} is {time_text(least)} to {time_text(most)}.", index=at, hint="Say a time within that."
    )


def time_text(time: timedelta) -> str:
    """`90s`, `5m`, `2h`, `1d`: in the largest unit that leaves no rest. Whole seconds."""
    seconds = int(time.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
