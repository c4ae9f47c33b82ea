"""The life of one risk alert: raised once for an episode, followed in silence, over when the condition ends.

Knowledge that is missing changes nothing: neither raises nor ends. When it lasts, the card says so.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from senexbot.domain.alerting.terms import Severity, Side
from senexbot.domain.links import Environment
from senexbot.domain.risk.looking import Finding, Look, Stand, release_of
from senexbot.domain.risk.presets import KINDS, Line, Preset, Unit
from senexbot.domain.risk.reading import Figures
from senexbot.domain.routing.escalation import Escalation

SAID_AFTER = timedelta(minutes=3)  # so long unknown, before the card says so
EDIT_EVERY = timedelta(minutes=1)
STEP = Decimal("0.05")  # of the line: a smaller move is no news


class State(enum.StrEnum):
    OPEN = "open"
    OVER = "over"


class Why(enum.StrEnum):
    """Why it is over."""

    BACK = "back"  # the condition does not hold any more
    GONE = "gone"  # what it was about is not held, or not listed, any more
    OFF = "off"  # its owner does not watch this any more
    MOVED = "moved"  # its owner has drawn the line further
    UNLINKED = "unlinked"  # the account cannot be read for them any more


@dataclass(frozen=True, slots=True)
class RiskAlert:
    """`watch_id`: of the settings it came from. `first`, `last`, `worst`: values in the preset's unit, `line`: its
    threshold when it was last looked at. `unknown_since`: the value cannot be told since then, `unknown_said`: the card
    says so. `handle`: behind all its buttons."""

    id: str
    watch_id: str
    team_id: str
    owner: str
    link_id: str
    environment: Environment
    account: str
    preset: Preset
    subject: str
    version: int
    state: State
    line: Decimal
    first: Decimal
    last: Decimal
    worst: Decimal
    raised_at: datetime
    seen_at: datetime
    shown_at: datetime
    figures: Figures
    severity: Severity
    handle: str
    at_stake: Decimal | None = None
    channel: str = ""
    to_user: str = ""
    over_at: datetime | None = None
    why_over: Why | None = None
    unknown_since: datetime | None = None
    unknown_said: bool = False
    escalate: Escalation | None = None

    @property
    def key(self) -> tuple[Preset, str]:
        return self.preset, self.subject

    @property
    def open_key(self) -> str:
        """One for each condition of a watch, the same in every episode."""
        return f"{self.watch_id}|{self.preset.value}|{self.subject}"

    @property
    def is_open(self) -> bool:
        return self.state is State.OPEN


def followed(alert: RiskAlert, look: Look, on: frozenset[Preset], now: datetime) -> RiskAlert | None:
    """An open alert after one more look; None: nothing to store. `on`: the presets that are watched."""
    if alert.preset not in on:
        return ended(alert, Why.OFF, now)
    finding = look.findings.get(alert.key)
    if finding is None:
        return _unknown(alert, now) if alert.preset in look.blind else ended(alert, Why.GONE, now)
    if finding.stand is Stand.UNKNOWN:
        return _unknown(alert, now)
    if finding.stand is Stand.CLEAR:
        seen = _seen(alert, finding, now) if finding.reading.value is not None else alert
        return ended(seen, Why.BACK, now, version=alert.version)
    return _kept(alert, finding, now)


def ended(alert: RiskAlert, why: Why, now: datetime, *, version: int | None = None) -> RiskAlert:
    after = (alert.version if version is None else version) + 1
    return replace(
        alert,
        state=State.OVER,
        version=after,
        over_at=now,
        why_over=why,
        unknown_since=None,
        unknown_said=False,
    )


def redrawn(alert: RiskAlert, line: Line, now: datetime) -> RiskAlert:
    """Over, because its owner has drawn the line further: beyond that one another is raised."""
    return replace(ended(alert, Why.MOVED, now), line=line.value)


def moved_line(alert: RiskAlert) -> Line | None:
    """The line one step further, for a button; None where there is nothing sensible."""
    kind = KINDS[alert.preset]
    if kind.unit is Unit.DELTA:
        step = Decimal("0.05")
        further = (max(alert.last, alert.line) / step).to_integral_value(rounding="ROUND_FLOOR") * step + step
    elif kind.unit in {Unit.PERCENT, Unit.TIMES, Unit.DOLLARS} and kind.side is Side.ABOVE:
        further = _nice(max(alert.last, alert.line) * Decimal("1.2"))
    else:
        return None
    return Line(further) if kind.least <= further <= kind.most else None


def _nice(value: Decimal) -> Decimal:
    """Two figures that count, rounded up."""
    if value <= 0:
        return Decimal(0)
    place = Decimal(1).scaleb(value.adjusted() - 1)
    return (value / place).to_integral_value(rounding="ROUND_CEILING") * place


def _unknown(alert: RiskAlert, now: datetime) -> RiskAlert | None:
    if alert.unknown_since is None:
        return replace(alert, version=alert.version + 1, unknown_since=now)
    if alert.unknown_said or now - alert.unknown_since < SAID_AFTER:
        return None
    return replace(alert, version=alert.version + 1, unknown_said=True, shown_at=now)


def _kept(alert: RiskAlert, finding: Finding, now: datetime) -> RiskAlert | None:
    """It goes on. Stored when somebody would want to see it: known again, or clearly moved."""
    after = _seen(alert, finding, now)
    if alert.unknown_since is not None:
        return after
    if now - alert.shown_at < EDIT_EVERY:
        return None
    step = max(release_of(alert.preset, after.line), abs(after.line) * STEP)
    if abs(after.last - alert.last) < step or (after.last == alert.last and after.line == alert.line):
        return None
    return replace(after, shown_at=now)


def _seen(alert: RiskAlert, finding: Finding, now: datetime) -> RiskAlert:
    value, line = finding.reading.value, finding.line
    assert value is not None
    assert line is not None
    worse = max if KINDS[alert.preset].side is Side.ABOVE else min
    return replace(
        alert,
        version=alert.version + 1,
        last=value,
        line=line,
        worst=worse(alert.worst, value),
        seen_at=now,
        figures=finding.reading.figures,
        at_stake=finding.reading.at_stake,
        unknown_since=None,
        unknown_said=False,
    )


def to_raise(look: Look, known: frozenset[tuple[Preset, str]]) -> tuple[Finding, ...]:
    """The conditions that hold and have no open alert yet."""
    return tuple(f for f in look.findings.values() if f.stand is Stand.HOLDS and f.key not in known)
