"""What an alert remembers from look to look, and what one look makes of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from senexbot.domain.alerting.moments import Nodes
from senexbot.domain.alerting.rules import RuleState
from senexbot.domain.alerting.terms import Often, Repeat, Source

_DAILY = Often.DAILY  # by its name it costs as much as the rest of the question
AT_ONCE = timedelta(microseconds=1)  # looks come in order of time, so the next one is later


class Memory(NamedTuple):
    """What an alert remembers from look to look.

    `phase`: WAITING, ARMED, RESTING or FIRED (done). `nodes`: what its parts remember, in the order in which they are
    written: the side of a crossing, since when a part holds, the extreme of a trail. `cleared`: it has been false, by
    its band if it rests, and arms as soon as its cooldown and day allow.
    """

    phase: RuleState
    nodes: Nodes
    cleared: bool = False
    fired_at: datetime | None = None
    fired_day: date | None = None


class Stepped(NamedTuple):
    """`fired`: its condition became true. `value`: of the part that decided, at that moment; without a firing the
    newest of its first part, None if unknown. `values`: of every known source at that moment (only when fired).
    `due`: look again then even if nothing has changed; None: only when a value changes (or the exchange's day).
    """

    memory: Memory
    fired: bool
    value: Decimal | None
    values: tuple[tuple[Source, Decimal], ...] = ()
    due: datetime | None = None


def is_ready(repeat: Repeat, memory: Memory, at: datetime, day: date) -> bool:
    """Whether its cooldown is over and, for a daily one, another day than that of its last firing has come."""
    if repeat.often is _DAILY and memory.fired_day is not None and day <= memory.fired_day:
        return False
    return repeat.cooldown is None or memory.fired_at is None or at >= memory.fired_at + repeat.cooldown


def ready_at(repeat: Repeat, memory: Memory, at: datetime) -> datetime | None:
    """When one that was clear can arm, by the clock: at its cooldown's end. None: it is not clear, or waits for another
    day of the exchange."""
    if not memory.cleared or repeat.often is _DAILY:
        return None
    if repeat.cooldown is None or memory.fired_at is None:
        return at + AT_ONCE
    return max(memory.fired_at + repeat.cooldown, at + AT_ONCE)
