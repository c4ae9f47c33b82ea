"""An alert's terms as text: the normal form, which `parse_alert` reads back to equal terms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from senexbot.domain.alerting.reading_numbers import VOLATILITY, time_text
from senexbot.domain.alerting.reading_tests import PREDICATES
from senexbot.domain.alerting.reading_values import default_field, is_field
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
    Repeat,
    Severity,
    Side,
    Source,
    Sum,
    Test,
    Value,
    Way,
    Weighted,
)
from senexbot.domain.alerting.trees import sources_of
from senexbot.domain.language.expirations import day_text
from senexbot.domain.money import price_text
from senexbot.domain.routing.escalation import Escalation

_SIGN = {Side.ABOVE: ">", Side.BELOW: "<"}
_MOVES: Mapping[Direction, str] = {Direction.EITHER: "moves", Direction.UP: "up", Direction.DOWN: "down"}
_GAPS: Mapping[Direction, str] = {
    Direction.EITHER: "gaps",
    Direction.UP: "gaps up",
    Direction.DOWN: "gaps down",
}


def text_of(terms: AlertTerms) -> str:
    """`AAPL > 200.00 and SPY < 590.00 daily until 4DEC26`."""
    pieces = (
        condition_text(terms.condition),
        _repeat_text(terms.repeat),
        "market hours" if terms.hours is Hours.REGULAR else "",
        "" if terms.severity is Severity.WARNING else terms.severity.value,
        "" if terms.until is None else f"until {day_text(terms.until)}",
        _to_text(terms.to),
        "" if terms.escalate is None else escalation_text(terms.escalate),
    )
    return " ".join(piece for piece in pieces if piece)


def _repeat_text(repeat: Repeat) -> str:
    pieces = (
        "" if repeat.often is Often.ONCE else repeat.often.value,
        "" if repeat.rearm is None else f"rearm {amount_text(repeat.rearm)}",
        "" if repeat.cooldown is None else f"cooldown {time_text(repeat.cooldown)}",
    )
    return " ".join(piece for piece in pieces if piece)


def _to_text(to: str) -> str:
    if not to:
        return ""
    return f"to <@{to}>" if to[0] in "UW" else f"to <#{to}>"


def escalation_text(escalation: Escalation) -> str:
    """`escalate to risk after 10m`, as it is typed."""
    role = escalation.role
    to = f" to {role.value}" if role else f" {_to_text(escalation.to)}" if escalation.to else ""
    after = "" if escalation.after is None else f" after {time_text(escalation.after)}"
    return f"escalate{to}{after}"


def condition_text(condition: Condition) -> str:
    """Brackets stand wherever two connectives meet, so that no rule of precedence has to be known."""
    if isinstance(condition, Not):
        outside = outside_of(condition.part)
        if outside is not None:
            return _band_text(outside, "between")
        return f"not {_inner(condition.part)}"
    if isinstance(condition, Held):
        return f"{_inner(condition.part)} for {time_text(condition.time)}"
    if isinstance(condition, All):
        return " and ".join(_inner(part) for part in condition.parts)
    if isinstance(condition, Any):
        outside = outside_of(condition)
        if outside is not None:
            return _band_text(outside, "outside")
        crossed = crossed_of(condition)
        if crossed is not None:
            return f"{value_text(crossed.value)} crosses {level_text(crossed.value, crossed.level)}"
        return " or ".join(_inner(part) for part in condition.parts)
    return _test_text(condition)


def _inner(part: Condition) -> str:
    text = condition_text(part)
    return text if is_single(part) else f"({text})"


def is_single(condition: Condition) -> bool:
    """Whether it is said as one test, so that it needs no brackets."""
    if isinstance(condition, Not):
        return outside_of(condition.part) is not None
    if isinstance(condition, Any):
        return outside_of(condition) is not None or crossed_of(condition) is not None
    return not isinstance(condition, All | Held)


def outside_of(condition: Condition) -> Band | None:
    """The band that a condition is outside of; None when it says something else. `way` says nothing here."""
    if not isinstance(condition, Any) or len(condition.parts) != 2:
        return None
    below, above = condition.parts
    if (
        isinstance(below, Level)
        and isinstance(above, Level)
        and (below.side, above.side) == (Side.BELOW, Side.ABOVE)
        and below.value == above.value
        and below.level < above.level
    ):
        return Band(below.value, Way.LEAVES, below.level, above.level)
    return None


def crossed_of(condition: Condition) -> Cross | None:
    """The level that is crossed in either direction; None when it says something else. `side` says nothing here."""
    if not isinstance(condition, Any) or len(condition.parts) != 2:
        return None
    up, down = condition.parts
    if (
        isinstance(up, Cross)
        and isinstance(down, Cross)
        and (up.side, down.side) == (Side.ABOVE, Side.BELOW)
        and (up.value, up.level) == (down.value, down.level)
    ):
        return up
    return None


def _band_text(band: Band, word: str) -> str:
    low, high = (level_text(band.value, level) for level in (band.low, band.high))
    return f"{value_text(band.value)} {word} {low}..{high}"


def _test_text(test: Test) -> str:
    if isinstance(test, Gap):
        return f"{value_text(Source(test.symbol))} {_GAPS[test.direction]} {amount_text(test.by)}"
    if isinstance(test, Extreme):
        return f"{value_text(Source(test.symbol))} new {test.period.value} {test.reach.value}"
    said = value_text(test.value)
    if isinstance(test, Level):
        return f"{said} {_SIGN[test.side]} {level_text(test.value, test.level)}"
    if isinstance(test, Cross):
        return f"{said} crosses {test.side.value} {level_text(test.value, test.level)}"
    if isinstance(test, Band):
        return _band_text(test, test.way.value)
    if isinstance(test, Move):
        return f"{said} {_MOVES[test.direction]} {amount_text(test.by)} in {time_text(test.window)}"
    return f"{said} trails {amount_text(test.by)} from {test.reach.value}"


def value_text(value: Value) -> str:
    """`SPY`, `SPY iv rank`, `2 SPY - 3 QQQ`, `SPY / QQQ`; of several, one field is said once, behind the last."""
    sources = sources_of(value)
    fields = {source.field for source in sources}
    symbols = tuple(source.symbol for source in sources)
    plain = fields == {default_field(symbols)} and not any(_is_word(s.lower()) for s in symbols)
    once = "" if plain or len(fields) > 1 else f" {sources[0].field.value}"
    each = len(fields) > 1
    if isinstance(value, Sum):
        return _sum_text(value.parts, each=each) + once
    return " / ".join(_source_text(source, each=each) for source in sources) + once


def _is_word(symbol: str) -> bool:
    """A symbol that reads as a word of the language where a symbol may be left out."""
    return symbol in PREDICATES or is_field(symbol)


def _source_text(source: Source, *, each: bool) -> str:
    return f"{source.symbol} {source.field.value}" if each else source.symbol


def _sum_text(parts: tuple[Weighted, ...], *, each: bool) -> str:
    said = ""
    for i, part in enumerate(parts):
        sign = "-" if part.weight < 0 else "+" if i else ""
        gap = " " if i else ""
        weight = abs(part.weight)
        count = "" if weight == 1 else f"{plain_text(weight)} "
        said += f"{gap}{sign}{gap}{count}{_source_text(part.source, each=each)}"
    return said


def plain_text(number: Decimal) -> str:
    """`2`, `0.5`, `1000000`: no digit more than there is."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def level_text(value: Value, level: Decimal) -> str:
    """In the value's own units, as it is typed."""
    if isinstance(value, Source) and value.field is Field.VOLUME:
        return plain_text(level)
    if isinstance(value, Source) and value.field in VOLATILITY:
        return f"{plain_text(level)}%"
    return price_text(level)


def amount_text(amount: Amount) -> str:
    return f"{plain_text(amount.value)}%" if amount.is_percent else price_text(amount.value)
