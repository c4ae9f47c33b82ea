"""The commonest alert of all, one value and one level, without the machinery of the others: the same law, six times as
fast (tests hold both against each other)."""

from __future__ import annotations

from decimal import Decimal

from senexbot.domain.alerting.bands import rearm_band
from senexbot.domain.alerting.looks import Look, is_sound
from senexbot.domain.alerting.memory import Memory, Stepped, is_ready, ready_at
from senexbot.domain.alerting.rules import RuleState
from senexbot.domain.alerting.terms import AlertTerms, Cross, Level, Often, Side, Source

_FRESH = {
    (phase, cleared): Memory(phase, (), cleared) for phase in RuleState for cleared in (False, True)
}  # shared by all that have not fired yet: most of a hundred thousand alerts


def _memory(before: Memory, phase: RuleState, cleared: bool) -> Memory:
    if phase is before.phase and cleared is before.cleared:
        return before
    if before.fired_at is None and not before.nodes:
        return _FRESH[phase, cleared]
    return Memory(phase, before.nodes, cleared, before.fired_at, before.fired_day)


def step_level(terms: AlertTerms, level: Level | Cross, memory: Memory, look: Look) -> Stepped:
    """As evaluating.step, for an alert that is not done, within its hours, whose level is of one source.
    A crossing that stands alone is a level that does (moments.py)."""
    repeat, source = terms.repeat, level.value
    assert isinstance(source, Source)
    seen = look.values.get(source)
    if seen is not None and not is_sound(source, seen):
        return Stepped(memory, False, None)
    ready = is_ready(repeat, memory, look.at, look.day)
    phase = RuleState.ARMED if memory.cleared and ready else memory.phase
    if seen is None:
        cleared = memory.cleared and phase is not RuleState.ARMED
        after = _memory(memory, phase, cleared)
        return Stepped(after, False, None, due=ready_at(repeat, after, look.at))
    last, far, near, line = seen.last, seen.high, seen.low, level.level
    is_above = level.side is Side.ABOVE
    if not is_above:
        far, near = near, far
    now = last > line if is_above else last < line
    cleared = False
    if phase is RuleState.ARMED:
        if now or (far > line if is_above else far < line):
            return _fired(terms, level, memory, look, last if now else far)
    else:
        bar = line
        if phase is RuleState.RESTING:
            slack = rearm_band(level, line, repeat)
            bar = line - slack if is_above else line + slack
        was_clear = near <= bar if is_above else near >= bar
        if ready and was_clear and now:
            return _fired(terms, level, memory, look, last)
        is_clear = last <= bar if is_above else last >= bar
        cleared = is_clear or (not now and (memory.cleared or was_clear))
        if cleared and ready:
            phase, cleared = RuleState.ARMED, False
    after = _memory(memory, phase, cleared)
    return Stepped(after, False, last, due=ready_at(repeat, after, look.at))


def _fired(terms: AlertTerms, level: Level | Cross, memory: Memory, look: Look, value: Decimal) -> Stepped:
    source = level.value
    assert isinstance(source, Source)
    values = ((source, value),)
    if terms.repeat.often is Often.ONCE:
        return Stepped(Memory(RuleState.FIRED, (), False, look.at, look.day), True, value, values)
    slack, last = rearm_band(level, level.level, terms.repeat), look.values[source].last
    cleared = last <= level.level - slack if level.side is Side.ABOVE else last >= level.level + slack
    after = Memory(RuleState.RESTING, memory.nodes, cleared, look.at, look.day)
    return Stepped(after, True, value, values, ready_at(terms.repeat, after, look.at))
