"""An account against its thresholds: which conditions hold, which do not, and which cannot be told."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from senexbot.domain.alerting.terms import Side
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.market import Position, SessionState
from senexbot.domain.risk import account_measures as account
from senexbot.domain.risk import trade_measures as trade
from senexbot.domain.risk.presets import KINDS, Line, Preset, Unit
from senexbot.domain.risk.reading import Reading
from senexbot.domain.risk.view import BENCHMARK, HUNDRED, RiskView

MEASURES: Mapping[Preset, Callable[[RiskView], account.Readings]] = {
    Preset.DAY_LOSS: account.day_loss,
    Preset.DRAWDOWN: account.drawdown,
    Preset.FLOOR: account.floor,
    Preset.BUYING_POWER: account.buying_power,
    Preset.CUSHION: account.cushion,
    Preset.MARGIN_CALL: account.margin_call,
    Preset.SIZE: account.size,
    Preset.CONCENTRATION: account.concentration,
    Preset.BETA_DELTA: account.beta_delta,
    Preset.THETA: account.theta,
    Preset.VEGA: account.vega,
    Preset.TESTED: trade.tested,
    Preset.DELTA: trade.short_delta,
    Preset.PROFIT: trade.profit,
    Preset.LOSS: trade.loss,
    Preset.MAX_LOSS: trade.max_loss,
    Preset.DTE: trade.dte,
    Preset.ASSIGNMENT: trade.assignment,
    Preset.EXERCISE: trade.exercise,
    Preset.DIVIDEND: trade.dividend,
    Preset.EARNINGS: trade.earnings,
    Preset.EX_DIVIDEND: trade.ex_dividend,
    Preset.REJECTED: account.rejected,
    Preset.PART_FILLED: account.part_filled,
    Preset.RESTRICTED: account.restricted,
}


AT_ANY_TIME = frozenset({Preset.MARGIN_CALL, Preset.RESTRICTED, Preset.REJECTED})
WITH_FUTURES = frozenset(
    {Preset.DAY_LOSS, Preset.DRAWDOWN, Preset.FLOOR, Preset.BUYING_POWER, Preset.CUSHION}
)


def awake(session: SessionState, positions: Sequence[Position] | None) -> frozenset[Preset]:
    """What can change now. Outside of regular hours quotes of options are nothing to act on, and a new day of the
    calendar wakes nobody; futures go on."""
    if session is SessionState.OPEN:
        return frozenset(Preset)
    if any(p.instrument_type is InstrumentType.FUTURE for p in positions or ()):
        return AT_ANY_TIME | WITH_FUTURES
    return AT_ANY_TIME


class Stand(enum.StrEnum):
    HOLDS = "holds"
    BETWEEN = "between"  # back from the line, not yet by the release: nothing changes
    CLEAR = "clear"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition now. `line`: the threshold in the preset's own unit; None where it is not known."""

    preset: Preset
    reading: Reading
    line: Decimal | None
    stand: Stand

    @property
    def key(self) -> tuple[Preset, str]:
        return self.preset, self.reading.subject


@dataclass(frozen=True, slots=True)
class Look:
    """`blind`: the presets of which nothing at all could be told."""

    findings: Mapping[tuple[Preset, str], Finding]
    blind: frozenset[Preset] = frozenset()

    def of(self, preset: Preset) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings.values() if finding.preset is preset)


def look(view: RiskView, lines: Mapping[Preset, Line]) -> Look:
    """`lines`: the presets that are on."""
    findings: dict[tuple[Preset, str], Finding] = {}
    blind: set[Preset] = set()
    for preset, line in lines.items():
        readings = MEASURES[preset](view)
        if readings is None:
            blind.add(preset)
            continue
        level = level_of(preset, line, view)
        for reading in readings:
            finding = Finding(preset, reading, level, stand_of(preset, reading, level))
            findings[finding.key] = finding
    return Look(findings, frozenset(blind))


def level_of(preset: Preset, line: Line, view: RiskView) -> Decimal | None:
    """A threshold in the preset's own unit; None where it is a share of something not known."""
    if not line.of_net_liq:
        return line.value
    worth = view.net_liq
    if worth is None:
        return None
    dollars = worth * line.value / HUNDRED
    if KINDS[preset].unit is not Unit.SHARES:
        return dollars
    price = view.price(BENCHMARK)
    return dollars / price if price else None


def release_of(preset: Preset, level: Decimal) -> Decimal:
    """How far back from its line a value has to be before the condition is over."""
    release = KINDS[preset].release
    return abs(level) * release.value / HUNDRED if release.is_percent else release.value


def stand_of(preset: Preset, reading: Reading, level: Decimal | None) -> Stand:
    if not reading.matters:
        return Stand.CLEAR
    if reading.value is None or level is None:
        return Stand.UNKNOWN
    beyond = reading.value - level if KINDS[preset].side is Side.ABOVE else level - reading.value
    if beyond >= 0:
        return Stand.HOLDS
    return Stand.CLEAR if -beyond > release_of(preset, level) else Stand.BETWEEN
