"""Walking over a condition: its tests, values and instruments."""

from __future__ import annotations

from collections.abc import Iterator

from senexbot.domain.alerting.terms import (
    All,
    Any,
    Band,
    Condition,
    Cross,
    Extreme,
    Gap,
    Held,
    Not,
    Ratio,
    Source,
    Sum,
    Test,
    Value,
)


def tests_of(condition: Condition) -> tuple[Test, ...]:
    """All tests, from left to right."""
    return tuple(_tests(condition))


def _tests(condition: Condition) -> Iterator[Test]:
    if isinstance(condition, All | Any):
        for part in condition.parts:
            yield from _tests(part)
    elif isinstance(condition, Not | Held):
        yield from _tests(condition.part)
    else:
        yield condition


def value_of(test: Test) -> Value:
    """What a test looks at; a gap and a record look at the last trade."""
    return Source(test.symbol) if isinstance(test, Gap | Extreme) else test.value


def sources_of(value: Value) -> tuple[Source, ...]:
    if isinstance(value, Sum):
        return tuple(part.source for part in value.parts)
    if isinstance(value, Ratio):
        return value.over, value.under
    return (value,)


def sources_in(condition: Condition) -> tuple[Source, ...]:
    """Every source that the condition names, once, in the order in which it is written."""
    return tuple(dict.fromkeys(one for test in tests_of(condition) for one in sources_of(value_of(test))))


def days_in(condition: Condition) -> frozenset[str]:
    """The symbols whose day figures it needs."""
    return frozenset(test.symbol for test in tests_of(condition) if isinstance(test, Gap | Extreme))


def instruments_of(condition: Condition) -> tuple[str, ...]:
    """The symbols of all its sources, each once, in the order said."""
    return tuple(dict.fromkeys(source.symbol for source in sources_in(condition)))


def is_moment(condition: Condition, *, anywhere: bool = False) -> bool:
    """Whether it can be true at single moments only: a crossing, a band entered or left, a record.

    `anywhere`: whether any of its tests is such.
    """
    if anywhere:
        return any(isinstance(test, Cross | Band | Extreme) for test in tests_of(condition))
    if isinstance(condition, All):
        return any(map(is_moment, condition.parts))
    if isinstance(condition, Any):
        return all(map(is_moment, condition.parts))
    return isinstance(condition, Cross | Band | Extreme)
