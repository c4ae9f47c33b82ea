"""What an alert remembers and what becomes of it at one look: the exact state machine of a rule. Pure.

An alert fires when its condition becomes true. It waits until it was known to be false once (I46); after a firing it
rests until it was false by its re-arm band, its cooldown is over and, for a daily one, another day has come.

Between two looks a value has been at its lowest and its highest: each is a moment of its own, taken together with the
newest of everything else, and so is now. A crossing and back is therefore seen. What the extremes cannot tell is
their order: a rule that is armed misses no crossing however its ticks are cut into looks, and fires on none that was
not there; one that waits or rests may miss a round trip that began and ended between two looks.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from senexbot.domain.alerting.looks import Look, is_sound, worth
from senexbot.domain.alerting.memory import AT_ONCE, Memory, Stepped, is_ready, ready_at
from senexbot.domain.alerting.moments import NOW, Moment, Node, Walk, first_nodes, remembering
from senexbot.domain.alerting.plain import plain_source, step_level
from senexbot.domain.alerting.rules import AlertRule, RuleState
from senexbot.domain.alerting.terms import (
    AlertTerms,
    Condition,
    Cross,
    Gap,
    Held,
    Hours,
    Level,
    Move,
    Often,
    Repeat,
    Trail,
)
from senexbot.domain.alerting.trees import sources_in, sources_of, tests_of, value_of
from senexbot.domain.alerting.windows import bucket_width

__all__ = ["Memory", "Stepped", "begin", "is_true", "mark_of", "recall", "step"]


def begin(terms: AlertTerms) -> Memory:
    """Of an alert that was just set: nothing is known."""
    return Memory(RuleState.WAITING, first_nodes(terms.condition))


def recall(rule: AlertRule) -> Memory:
    """Of a stored alert, after a restart. Its next look tells what is not stored: since when a part holds (it begins
    anew), and on which side the parts of a composite were."""
    nodes = first_nodes(rule.terms.condition, rule.mark)
    return Memory(rule.state, nodes, fired_at=rule.fired_at, fired_day=rule.fired_day)


def step(terms: AlertTerms, memory: Memory, look: Look) -> Stepped:
    """After one look. Looks come in order of time, and one at `due` before any later one (it may change nothing).

    Nonsense changes nothing, nor does the time outside of market hours for an alert that keeps to them, except that
    nothing holds across it.
    """
    condition = terms.condition
    if memory.phase is RuleState.FIRED:
        return Stepped(memory, False, None)
    if terms.hours is Hours.REGULAR and not look.is_open:
        return Stepped(_at_rest(condition, memory), False, None)
    source = plain_source(condition)
    if source is not None:
        assert isinstance(condition, Level | Cross)
        return step_level(terms, condition, source, memory, look, look.values.get(source))
    if not _is_sound(condition, look):
        return Stepped(memory, False, None)
    ready = is_ready(terms.repeat, memory, look.at, look.day)
    phase = RuleState.ARMED if memory.cleared and ready else memory.phase
    rests = phase is RuleState.RESTING
    walk = Walk(condition, memory.nodes, look, terms.repeat)
    touched: Moment | None = None  # at which it was true although it is not now
    was_clear = is_clear = False
    now: bool | None = None
    for moment in walk.moments():
        loose = walk.loose(moment) if rests else None
        now = walk.truth(moment)
        is_clear = now is False and (loose is False or not rests)
        if moment is not NOW:
            was_clear = was_clear or is_clear
            touched = moment if now is True and touched is None else touched
    cleared = False
    if phase is RuleState.ARMED:
        fired = now is True or touched is not None
    else:
        fired = ready and was_clear and now is True
        cleared = is_clear or (now is not True and (memory.cleared or was_clear))
        if cleared and ready:
            phase, cleared = RuleState.ARMED, False
    if fired:
        return _fired(terms, look, walk, NOW if now is True or touched is None else touched)
    after = Memory(phase, tuple(walk.after), cleared, memory.fired_at, memory.fired_day)
    return Stepped(after, False, _told(condition, walk, NOW), due=_due(terms, after, look, walk))


def is_true(condition: Condition, look: Look) -> bool | None:
    """Whether it is true now, as far as one look can tell; None: a value that decides is unknown."""
    if not _is_sound(condition, look):
        return None
    return Walk(condition, first_nodes(condition), look, Repeat()).truth(NOW)


def mark_of(terms: AlertTerms, memory: Memory) -> Decimal | None:
    """The extreme of its first trail, for the row."""
    for part, node in zip(remembering(terms.condition), memory.nodes, strict=True):
        if isinstance(part, Trail):
            assert node is None or isinstance(node, Decimal)
            return node
    return None


def _fired(terms: AlertTerms, look: Look, walk: Walk, told: Moment) -> Stepped:
    value = _told(terms.condition, walk, told)
    sources = sources_in(terms.condition)
    values = tuple((one, at) for one in sources if (at := walk.get(one)) is not None)
    if terms.repeat.often is Often.ONCE:
        return Stepped(Memory(RuleState.FIRED, (), False, look.at, look.day), True, value, values)
    cleared = told is not NOW and walk.loose(NOW) is False
    nodes = _anew(terms.condition, walk)
    if any(isinstance(part, Trail) for part in remembering(terms.condition)):
        walk.happened = True  # what was measured from the old extreme is over with it: the next look tells
    after = Memory(RuleState.RESTING, nodes, cleared, look.at, look.day)
    return Stepped(after, True, value, values, _due(terms, after, look, walk))


def _anew(condition: Condition, walk: Walk) -> tuple[Node, ...]:
    """A trail begins anew at what it is worth now."""
    parts = zip(remembering(condition), walk.after, strict=True)
    return tuple(worth(part.value, walk.get) if isinstance(part, Trail) else node for part, node in parts)


def _at_rest(condition: Condition, memory: Memory) -> Memory:
    """Outside of its hours: what was held is not held any more."""
    parts = tuple(remembering(condition))
    if not any(isinstance(part, Held) for part in parts):
        return memory
    kept = tuple(
        None if isinstance(part, Held) else node for part, node in zip(parts, memory.nodes, strict=True)
    )
    return Memory(memory.phase, kept, memory.cleared, memory.fired_at, memory.fired_day)


def _is_sound(condition: Condition, look: Look) -> bool:
    for source in sources_in(condition):
        seen = look.values.get(source)
        if seen is not None and not is_sound(source, seen):
            return False
    return True


def _told(condition: Condition, walk: Walk, moment: Moment) -> Decimal | None:
    """Of the first part that looks at what moved, else of the first that is known."""
    walk.at(moment)
    first: Decimal | None = None
    for test in tests_of(condition):
        value = (
            walk.day_open(test) if isinstance(test, Gap) else worth(test_value := value_of(test), walk.get)
        )
        if value is None:
            continue
        if moment.source is None or (not isinstance(test, Gap) and moment.source in sources_of(test_value)):
            return value
        first = value if first is None else first
    return first


def _due(terms: AlertTerms, after: Memory, look: Look, walk: Walk) -> datetime | None:
    dues = [look.at + AT_ONCE] if walk.happened else []
    for part, node in zip(remembering(terms.condition), after.nodes, strict=True):
        if isinstance(part, Held) and isinstance(node, datetime) and node + part.time > look.at:
            dues.append(node + part.time)
    if walk.moved:
        windows = [test.window for test in tests_of(terms.condition) if isinstance(test, Move)]
        dues += [look.at + bucket_width(window) for window in windows]
    over = ready_at(terms.repeat, after, look.at)
    if over is not None:
        dues.append(over)
    return min(dues, default=None)
