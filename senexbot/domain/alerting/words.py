"""An alert's terms in words for people: `SPY last under 590.00 for 2 min, once a day, regular hours, to Fri 18 Dec`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from senexbot.domain.alerting.normal import crossed_of, outside_of, plain_text
from senexbot.domain.alerting.reading_numbers import VOLATILITY
from senexbot.domain.alerting.terms import (
    AlertTerms,
    All,
    Amount,
    Any,
    Band,
    Condition,
    Cross,
    Direction,
    Extreme,
    Field,
    Gap,
    Held,
    Hours,
    Level,
    Move,
    Not,
    Often,
    Reach,
    Repeat,
    Severity,
    Side,
    Source,
    Sum,
    Test,
    Trail,
    Value,
)
from senexbot.domain.alerting.trees import sources_of
from senexbot.domain.money import price_text, quantity_text

Names = Mapping[str, str]
"""Of a Source's symbol what people call it; a symbol that is not there stands for itself."""

_FIELDS = {Field.IV: "IV", Field.IV_RANK: "IV rank"}
_SIDES = {Side.ABOVE: "above", Side.BELOW: "under"}
_MOVES = {Direction.EITHER: "moves", Direction.UP: "up", Direction.DOWN: "down"}
_GAPS = {Direction.EITHER: "gaps", Direction.UP: "gaps up", Direction.DOWN: "gaps down"}
_UNITS = (("day", 86_400), ("h", 3_600), ("min", 60))


def words_of(terms: AlertTerms, names: Names) -> str:
    """All that the terms say but where it is told."""
    pieces = (
        condition_words(terms.condition, names),
        repeat_words(terms.repeat),
        "regular hours" if terms.hours is Hours.REGULAR else "",
        "" if terms.severity is Severity.WARNING else terms.severity.value,
        "" if terms.until is None else f"to {terms.until:%a} {terms.until.day} {terms.until:%b}",
    )
    return ", ".join(piece for piece in pieces if piece)


def repeat_words(repeat: Repeat) -> str:
    """`once`, `once a day`, `every time, back by 1.00 in between, at most every 30 min`."""
    often = {Often.ONCE: "once", Often.DAILY: "once a day", Often.EVERY: "every time"}[repeat.often]
    back = "" if repeat.rearm is None else f", back by {amount_words(repeat.rearm)} in between"
    cool = "" if repeat.cooldown is None else f", at most every {time_words(repeat.cooldown)}"
    return often + back + cool


def condition_words(condition: Condition, names: Names) -> str:
    """Brackets stand wherever two connectives meet. What follows on the same value does not name it again."""
    if isinstance(condition, Not):
        band = outside_of(condition.part)
        if band is not None:
            return f"{value_words(band.value, names)} {_between(band)}"
        return f"not ({condition_words(condition.part, names)})"
    if isinstance(condition, Held):
        return f"{_inner(condition.part, names)} for {time_words(condition.time)}"
    if isinstance(condition, All):
        return _chain(condition.parts, " and ", names)
    if isinstance(condition, Any):
        short = _short(condition)
        return (
            short.format(value_words(_value(condition), names))
            if short
            else _chain(condition.parts, " or ", names)
        )
    return f"{_subject(condition, names)} {test_words(condition)}"


def _short(condition: Any) -> str:
    """The words of two tests that are said as one, with {} for the value; "" for others."""
    band, cross = outside_of(condition), crossed_of(condition)
    if band is not None:
        return f"{{}} outside {level_words(band.value, band.low)} to {level_words(band.value, band.high)}"
    return f"{{}} crosses {level_words(cross.value, cross.level)} either way" if cross else ""


def _value(condition: Any) -> Value:
    first = condition.parts[0]
    assert isinstance(first, Level | Cross), "of two tests that are said as one"
    return first.value


def _between(band: Band) -> str:
    return f"between {level_words(band.value, band.low)} and {level_words(band.value, band.high)}"


def _chain(parts: tuple[Condition, ...], joint: str, names: Names) -> str:
    said: list[str] = []
    shown: Value | None = None
    for part in parts:
        if isinstance(part, All | Any | Not | Held | Gap | Extreme):
            said.append(_inner(part, names))
            shown = None
            continue
        said.append(test_words(part) if part.value == shown else _inner(part, names))
        shown = part.value
    return joint.join(said)


def _inner(part: Condition, names: Names) -> str:
    words = condition_words(part, names)
    is_open = isinstance(part, All | Held) or (isinstance(part, Any) and not _short(part))
    return f"({words})" if is_open else words


def _subject(test: Test, names: Names) -> str:
    if isinstance(test, Gap | Extreme):
        return names.get(test.symbol, test.symbol)
    return value_words(test.value, names)


def test_words(test: Test) -> str:
    """What is said of its value: `under 590.00`, `5 % off its high since it was set`."""
    if isinstance(test, Level):
        return f"{_SIDES[test.side]} {level_words(test.value, test.level)}"
    if isinstance(test, Cross):
        return f"crosses {_SIDES[test.side]} {level_words(test.value, test.level)}"
    if isinstance(test, Band):
        low, high = (level_words(test.value, level) for level in (test.low, test.high))
        return f"{test.way.value} {low} to {high}"
    if isinstance(test, Move):
        return f"{_MOVES[test.direction]} {amount_words(test.by)} within {time_words(test.window)}"
    if isinstance(test, Trail):
        side = "off its high" if test.reach is Reach.HIGH else "up from its low"
        return f"{amount_words(test.by)} {side} since it was set"
    if isinstance(test, Gap):
        return f"{_GAPS[test.direction]} {amount_words(test.by)} at the open"
    return f"at a new {test.period.value} {test.reach.value}"


def value_words(value: Value, names: Names) -> str:
    """`SPY last`, `SPY - 2 QQQ last`, `SPY / QQQ mid`; fields that differ stand behind each."""
    sources = sources_of(value)
    fields = {source.field for source in sources}
    if isinstance(value, Source):
        return _source(value, names, each=True)
    each = len(fields) > 1
    once = "" if each else f" {_field(sources[0].field)}"
    if isinstance(value, Sum):
        said = ""
        for i, part in enumerate(value.parts):
            sign = ("- " if part.weight < 0 else "+ ") if i else ("-" if part.weight < 0 else "")
            count = "" if abs(part.weight) == 1 else f"{quantity_text(abs(part.weight))} "
            said += f"{' ' if i else ''}{sign}{count}{_source(part.source, names, each=each)}"
        return said + once
    return " / ".join(_source(source, names, each=each) for source in sources) + once


def _source(source: Source, names: Names, *, each: bool) -> str:
    name = names.get(source.symbol, source.symbol)
    return f"{name} {_field(source.field)}" if each else name


def _field(field: Field) -> str:
    return _FIELDS.get(field, field.value)


def level_words(value: Value, level: Decimal) -> str:
    """In the value's own units: `590.00`, `45 %`, `10,000,000`."""
    if isinstance(value, Source) and value.field is Field.VOLUME:
        return quantity_text(level)
    if isinstance(value, Source) and value.field in VOLATILITY:
        return f"{plain_text(level)} %"
    return price_text(level)


def amount_words(amount: Amount) -> str:
    return f"{plain_text(amount.value)} %" if amount.is_percent else price_text(amount.value)


def time_words(time: timedelta) -> str:
    """`2 min`, `1 h`, `3 days`, `90 s`."""
    seconds = int(time.total_seconds())
    for unit, size in _UNITS:
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
    return f"{seconds} s"
