"""The commonest alert of all, one value and one level, without the machinery of the others: the same law, six times as
fast (tests hold both against each other)."""

from __future__ import annotations

from decimal import Decimal

from senexbot.domain.alerting.bands import rearm_band
from senexbot.domain.alerting.looks import Look, Seen, is_sound
from senexbot.domain.alerting.memory import Memory, Stepped, is_ready, ready_at
from senexbot.domain.alerting.rules import RuleState
from senexbot.domain.alerting.terms import AlertTerms, Condition, Cross, Level, Often, Side, Source

_FRESH = {
    (phase, cleared): Memory(phase, (), cleared) for phase in RuleState for cleared in (False, True)
}  # shared by all that have not fired yet: most of a hundred thousand alerts

# A member of an enumeration by its name costs as much as a comparison of decimals: here it counts.
_ARMED, _RESTING, _FIRED = RuleState.ARMED, RuleState.RESTING, RuleState.FIRED
_ABOVE, _ONCE = Side.ABOVE, Often.ONCE
PLAIN = (Level, Cross)  # made once: the union of two types is made anew each time it is written


def plain_source(condition: Condition) -> Source | None:
    """Of one value beyond one level; None of every other condition."""
    if isinstance(condition, PLAIN) and type(condition.value) is Source:
        return condition.value
    return None


def _memory(before: Memory, phase: RuleState, cleared: bool) -> Memory:
    if phase is before.phase and cleared is before.cleared:
        return before
    if before.fired_at is None and not before.nodes:
        return _FRESH[phase, cleared]
    return Memory(phase, before.nodes, cleared, before.fired_at, before.fired_day)


def step_level(
    terms: AlertTerms, level: Level | Cross, source: Source, memory: Memory, look: Look, seen: Seen | None
) -> Stepped:
    """As evaluating.step, for an alert that is not done, within its hours, whose level is of one source. `seen`: its
    value in this look. A crossing that stands alone is a level that does (moments.py)."""
    repeat = terms.repeat
    if seen is not None and not is_sound(source, seen):
        return Stepped(memory, False, None)
    phase, ready = memory.phase, True
    if phase is not _ARMED:
        ready = is_ready(repeat, memory, look.at, look.day)
        phase = _ARMED if memory.cleared and ready else phase
    if seen is None:
        cleared = memory.cleared and phase is not _ARMED
        after = _memory(memory, phase, cleared)
        return Stepped(after, False, None, due=ready_at(repeat, after, look.at))
    last, far, near, line = seen.last, seen.high, seen.low, level.level
    is_above = level.side is _ABOVE
    if not is_above:
        far, near = near, far
    now = last > line if is_above else last < line
    cleared = False
    if phase is _ARMED:
        if now or (far > line if is_above else far < line):
            return _fired(terms, level, source, memory, look, last if now else far, last)
    else:
        bar = line
        if phase is _RESTING:
            slack = rearm_band(level, line, repeat)
            bar = line - slack if is_above else line + slack
        was_clear = near <= bar if is_above else near >= bar
        if ready and was_clear and now:
            return _fired(terms, level, source, memory, look, last, last)
        is_clear = last <= bar if is_above else last >= bar
        cleared = is_clear or (not now and (memory.cleared or was_clear))
        if cleared and ready:
            phase, cleared = _ARMED, False
    after = _memory(memory, phase, cleared)
    return Stepped(after, False, last, (), ready_at(repeat, after, look.at) if cleared else None)


def _fired(
    terms: AlertTerms,
    level: Level | Cross,
    source: Source,
    memory: Memory,
    look: Look,
    value: Decimal,
    last: Decimal,
) -> Stepped:
    values = ((source, value),)
    if terms.repeat.often is _ONCE:
        return Stepped(Memory(_FIRED, (), False, look.at, look.day), True, value, values)
    slack = rearm_band(level, level.level, terms.repeat)
    cleared = last <= level.level - slack if level.side is _ABOVE else last >= level.level + slack
    after = Memory(_RESTING, memory.nodes, cleared, look.at, look.day)
    return Stepped(after, True, value, values, ready_at(terms.repeat, after, look.at) if cleared else None)
