"""The first line of a fired alert, which a phone shows: the value, then what it did. Without its age."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from senexbot.domain import money
from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.alerting.terms import (
    Amount,
    Band,
    Cross,
    Direction,
    Extreme,
    Field,
    Gap,
    Held,
    Level,
    Move,
    Ratio,
    Reach,
    Side,
    Source,
    Sum,
    Test,
    Trail,
    Value,
    Way,
)

VALUES_SHOWN = 3
_PERCENT = frozenset({Field.IV, Field.IV_RANK})
_GREEK = frozenset({Field.DELTA, Field.GAMMA, Field.THETA, Field.VEGA, Field.RHO})
_SIDES = {Side.ABOVE: "over", Side.BELOW: "under"}
_WAYS = {Way.ENTERS: "entered", Way.LEAVES: "left"}


def headline(rule: AlertRule, value: Decimal, values: Sequence[tuple[Source, Decimal]]) -> str:
    """`SPY 589.80, under 590 for 2 min`; of a condition of several parts its newest values and its text."""
    known = dict(values)
    whole = rule.terms.condition
    condition = whole.part if isinstance(whole, Held) else whole
    held = f" for {_span(whole.time)}" if isinstance(whole, Held) else ""
    if isinstance(condition, Test):
        name, shown = _subject(rule, condition, value, known)
        return f"{name} {shown}, {_what(condition)}{held}"
    named = [f"{_name(rule, source)} {_number(known[source], source.field)}" for source in known]
    return f"{', '.join(named[:VALUES_SHOWN])}: {rule.text}" if named else rule.text


def _subject(rule: AlertRule, test: Test, value: Decimal, known: Mapping[Source, Decimal]) -> tuple[str, str]:
    watched: Value = Source(test.symbol) if isinstance(test, Gap | Extreme) else test.value
    match watched:
        case Source():
            return _name(rule, watched), _number(known.get(watched, value), watched.field)
        case Ratio():
            name = f"{_name(rule, watched.over)} / {_name(rule, watched.under)}"
            return name, _rounded(value)
        case _:
            return _sum_name(rule, watched), money.price_text(_places(value, 4))


def _sum_name(rule: AlertRule, total: Sum) -> str:
    """`AAPL − MSFT`, `−SPY … 562p + SPY … 550p`: signs as weighted."""
    named = ""
    for part in total.parts:
        size = "" if abs(part.weight) == 1 else f"{money.quantity_text(abs(part.weight))} "
        sign = "−" if part.weight < 0 else "+" if named else ""
        named += f"{' ' if named else ''}{sign}{' ' if named else ''}{size}{_name(rule, part.source)}"
    return named


def _name(rule: AlertRule, source: Source) -> str:
    words = next((one.words for one in rule.instruments if one.symbol == source.symbol), source.symbol)
    return words if source.field is Field.LAST else f"{words} {_field(source.field)}"


def _field(field: Field) -> str:
    return {Field.IV: "IV", Field.IV_RANK: "IV rank"}.get(field, field.value)


def _what(test: Test) -> str:
    match test:
        case Level(value, side, level):
            return f"{_SIDES[side]} {_level(level, value)}"
        case Cross(value, side, level):
            return f"crossed {'up' if side is Side.ABOVE else 'down'} through {_level(level, value)}"
        case Band(value, way, low, high):
            return f"{_WAYS[way]} {_level(low, value)} to {_level(high, value)}"
        case Move(direction=direction, by=by, window=window):
            ways = {Direction.UP: "up ", Direction.DOWN: "down ", Direction.EITHER: "moved "}
            return f"{ways[direction]}{_amount(by)} within {_span(window)}"
        case Trail(reach=reach, by=by):
            return f"{_amount(by)} {'under its high' if reach is Reach.HIGH else 'over its low'}"
        case Gap(direction=direction, by=by):
            ways = {Direction.UP: " up", Direction.DOWN: " down", Direction.EITHER: ""}
            return f"opened with a gap{ways[direction]} of {_amount(by)} or more"
        case _:
            return f"new {test.period.value} {test.reach.value}"


def _level(level: Decimal, value: Value) -> str:
    return _number(level, value.field if isinstance(value, Source) else Field.LAST, short=True)


def _number(value: Decimal, field: Field, *, short: bool = False) -> str:
    """`short`: a whole level as people type it, `590`; else a price with its cents."""
    if field in _PERCENT:
        return f"{_plain(_places(value, 1))} %"
    if field in _GREEK:
        return _plain(_places(value, 3))
    if field is Field.VOLUME:
        return f"{value:,.0f}"
    if short and value == value.to_integral_value():
        return _plain(value)
    return money.price_text(_places(value, 5))


def _amount(by: Amount) -> str:
    return f"{_plain(by.value)} %" if by.is_percent else _plain(by.value)


def _rounded(value: Decimal) -> str:
    return _plain(_places(value, 4))


def _places(value: Decimal, most: int) -> Decimal:
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -most:
        return value.quantize(Decimal(1).scaleb(-most), rounding=ROUND_HALF_EVEN)
    return value


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds % size == 0 and seconds >= size:
            many = seconds // size
            return f"{many} {'day' if unit == 'days' and many == 1 else unit}"
    return f"{seconds} s"
