"""Between which values of each source a condition has nothing to say: the bands of the feed and the book. Pure.

While every source stays within its band, a look would leave what matters of the alert's memory as it is. Bands are
floats, as the feed's values are; a decimal made of a float is its shortest text, and the bounds here are exact for that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Context, Decimal
from typing import NamedTuple

from senexbot.domain.alerting.bands import rearm_band
from senexbot.domain.alerting.looks import Look, Range, Seen, worth
from senexbot.domain.alerting.memory import Memory
from senexbot.domain.alerting.moments import Node, Reached, amount_of, band_ends, move_needed
from senexbot.domain.alerting.plain import plain_source
from senexbot.domain.alerting.rules import RuleState
from senexbot.domain.alerting.terms import (
    AlertTerms,
    All,
    Any,
    Band,
    Condition,
    Cross,
    Direction,
    Extreme,
    Gap,
    Held,
    Level,
    Move,
    Not,
    Ratio,
    Reach,
    Repeat,
    Side,
    Source,
    Sum,
    Test,
    Trail,
)
from senexbot.domain.alerting.trees import sources_in, sources_of, value_of


class Interval(NamedTuple):
    """Both ends included; one that is upside down holds nothing: every value concerns."""

    low: float
    high: float

    def meet(self, other: Interval) -> Interval:
        return Interval(max(self.low, other.low), min(self.high, other.high))


_ABOVE, _FIRED, _RESTING = Side.ABOVE, RuleState.FIRED, RuleState.RESTING  # as in plain.py
ALL = Interval(-math.inf, math.inf)
NOTHING = Interval(math.inf, -math.inf)


_SHORT = Context(prec=15)
_SMALL = 1e-290  # nearer to zero a float has fewer digits


def _is_kept(level: Decimal, near: float) -> bool:
    """Whether the float's shortest text is the level itself, as it is for any of at most 15 digits: seen without it."""
    return _SHORT.plus(level) == level and abs(near) > _SMALL


def highest_to(level: Decimal) -> float:
    """The highest float that is not above `level`."""
    near = float(level)
    if _is_kept(level, near) or Decimal(repr(near)) <= level:
        return near
    return math.nextafter(near, -math.inf)


def lowest_over(level: Decimal) -> float:
    """The lowest float that is above `level`."""
    near = float(level)
    if not _is_kept(level, near) and Decimal(repr(near)) > level:
        return near
    return math.nextafter(near, math.inf)


def lowest_from(level: Decimal) -> float:
    """The lowest float that is not below `level`."""
    near = float(level)
    if _is_kept(level, near) or Decimal(repr(near)) >= level:
        return near
    return math.nextafter(near, math.inf)


def highest_under(level: Decimal) -> float:
    """The highest float that is below `level`."""
    near = float(level)
    if not _is_kept(level, near) and Decimal(repr(near)) < level:
        return near
    return math.nextafter(near, -math.inf)


class _Part(NamedTuple):
    """A test, what it remembers, and how its level moves when the whole is loosened: -1 under an odd number of `not`."""

    test: Test
    node: Node
    sign: int


def quiet(terms: AlertTerms, memory: Memory, look: Look) -> dict[Source, Interval]:
    """For every source of the condition, after the look that made `memory`."""
    condition = terms.condition
    source = plain_source(condition)
    if source is not None:
        assert isinstance(condition, Level | Cross)
        return {source: quiet_level(condition, memory, look.values.get(source), terms.repeat)}
    found = dict.fromkeys(sources_in(condition), ALL)
    if memory.phase is RuleState.FIRED:
        return found
    rests = memory.phase is RuleState.RESTING and not memory.cleared
    for part in _parts(condition, iter(memory.nodes), 1):
        strict = not (rests and part.test is condition)  # alone and resting: only its band matters
        for source, interval in _bounds(part, look, terms.repeat, strict=strict, loose=rests).items():
            found[source] = found[source].meet(interval)
    return found


def quiet_level(test: Level | Cross, memory: Memory, seen: Seen | None, repeat: Repeat) -> Interval:
    """Of the commonest of all (plain.py), without the walk. `seen`: its one value."""
    if memory.phase is _FIRED:
        return ALL
    if seen is None:
        return NOTHING
    rests = memory.phase is _RESTING and not memory.cleared
    level = _moved(test, repeat, 1) if rests else test.level
    return _over(seen.last, level) if test.side is _ABOVE else _under(seen.last, level)


def _parts(condition: Condition, nodes: Iterator[Node], sign: int) -> Iterator[_Part]:
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from _parts(part, nodes, sign)
        case Not(part):
            yield from _parts(part, nodes, -sign)
        case Held(part, _):
            next(nodes)
            yield from _parts(part, nodes, sign)
        case Level() | Move():
            yield _Part(condition, None, sign)
        case _:
            yield _Part(condition, next(nodes), sign)


def _bounds(part: _Part, look: Look, repeat: Repeat, *, strict: bool, loose: bool) -> dict[Source, Interval]:
    test = part.test
    if isinstance(test, Gap):
        return {}  # its day's figures decide, not its trades
    value = value_of(test)
    now = worth(value, lambda source: _last(look, source))
    if now is None:
        return dict.fromkeys(sources_of(value), NOTHING)
    signs = [0] * strict + [part.sign] * loose
    if isinstance(value, Source):
        met = ALL
        for sign in signs:
            met = met.meet(_interval(test, part.node, now, look, repeat, sign))
        return {value: met}
    if not isinstance(test, Level | Cross):
        return dict.fromkeys(sources_of(value), NOTHING)
    levels = [_moved(test, repeat, sign) for sign in signs]
    return _shared(value, levels, look)


def _last(look: Look, source: Source) -> Decimal | None:
    seen = look.values.get(source)
    return None if seen is None else seen.last


def _moved(test: Level | Cross, repeat: Repeat, sign: int) -> Decimal:
    slack = sign * rearm_band(test, test.level, repeat) if sign else Decimal(0)
    return test.level - slack if test.side is _ABOVE else test.level + slack


def _interval(
    test: Level | Cross | Band | Extreme | Trail | Move,
    node: Node,
    now: Decimal,
    look: Look,
    repeat: Repeat,
    sign: int,
) -> Interval:
    """In which a test of one source keeps its truth, and what it remembers stays as it is."""
    match test:
        case Level() | Cross():
            level = _moved(test, repeat, sign)
            return _over(now, level) if test.side is Side.ABOVE else _under(now, level)
        case Band():
            low, high = band_ends(test, repeat, sign)
            return _under(now, low).meet(_over(now, high))
        case Extreme():
            assert node is None or isinstance(node, Reached)
            if node is None:
                return NOTHING
            slack = sign * rearm_band(test, node.value, repeat) if sign else Decimal(0)
            if test.reach is Reach.HIGH:
                return _over(now, node.value - slack)
            return _under(now, node.value + slack)
        case Trail():
            assert node is None or isinstance(node, Decimal)
            return _trail(test, node, now)
        case _:
            return _move(test, now, look, repeat, sign)


def _over(now: Decimal, level: Decimal) -> Interval:
    """Where `value > level` stays as it is now."""
    return Interval(lowest_over(level), math.inf) if now > level else Interval(-math.inf, highest_to(level))


def _under(now: Decimal, level: Decimal) -> Interval:
    """Where `value < level` stays as it is now."""
    return (
        Interval(-math.inf, highest_under(level)) if now < level else Interval(lowest_from(level), math.inf)
    )


def _trail(test: Trail, mark: Decimal | None, now: Decimal) -> Interval:
    by = None if mark is None else amount_of(test.by, mark)
    if mark is None or by is None:
        return NOTHING
    if test.reach is Reach.HIGH:
        if now <= mark - by:
            return Interval(-math.inf, highest_to(mark - by))
        return Interval(lowest_over(mark - by), highest_to(mark))
    if now >= mark + by:
        return Interval(lowest_from(mark + by), math.inf)
    return Interval(lowest_from(mark), highest_under(mark + by))


def _move(test: Move, now: Decimal, look: Look, repeat: Repeat, sign: int) -> Interval:
    """A new extreme of the window moves what is waited for: it concerns, unless what is waited for is there."""
    assert isinstance(test.value, Source)
    seen = look.values[test.value]
    known = look.ranges.get((test.value, test.window), Range(now, now))
    low, high = min(known.low, seen.low), max(known.high, seen.high)
    met = ALL
    if test.direction is not Direction.DOWN:
        needed = move_needed(test, low, repeat, sign)
        if needed is None:
            return NOTHING
        met = met.meet(
            Interval(lowest_from(low + needed), math.inf)
            if now >= low + needed
            else Interval(lowest_from(low), highest_under(low + needed))
        )
    if test.direction is not Direction.UP:
        needed = move_needed(test, high, repeat, sign)
        if needed is None:
            return NOTHING
        met = met.meet(
            Interval(-math.inf, highest_to(high - needed))
            if now <= high - needed
            else Interval(lowest_over(high - needed), highest_to(high))
        )
    return met


def _shared(value: Sum | Ratio, levels: list[Decimal], look: Look) -> dict[Source, Interval]:
    """The way to the nearest level, shared out evenly: while each part keeps to its share, the whole does not get there."""
    found: dict[Source, Interval] = dict.fromkeys(sources_of(value), ALL)
    for level in levels:
        weights: dict[Source, Decimal] = {}
        for source, weight in _linear(value, level):
            weights[source] = weights.get(source, Decimal(0)) + weight
        way = sum((weight * look.values[one].last for one, weight in weights.items()), Decimal(0))
        if isinstance(value, Sum):
            way -= level
        elif look.values[value.under].last <= 0:
            return dict.fromkeys(sources_of(value), NOTHING)
        share = abs(way) / len(weights)
        for source, weight in weights.items():
            if weight:
                reach, last = share / abs(weight), look.values[source].last
                bounds = Interval(lowest_over(last - reach), highest_under(last + reach))
                if isinstance(value, Ratio) and source == value.under:  # below zero the ratio is another one
                    bounds = bounds.meet(Interval(lowest_over(Decimal(0)), math.inf))
                found[source] = found[source].meet(bounds)
    return found


def _linear(value: Sum | Ratio, level: Decimal) -> list[tuple[Source, Decimal]]:
    """Weights whose sum is above the level, or for a ratio above zero, exactly where the value is above the level."""
    if isinstance(value, Sum):
        return [(part.source, part.weight) for part in value.parts]
    return [(value.over, Decimal(1)), (value.under, -level)]
