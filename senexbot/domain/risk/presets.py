"""What a risk alert can watch, one preset each: its words, unit, threshold and how far back it has to come.

A condition holds at its line, not only beyond. It is over once the value is back by more than the release, so that a
value that trembles on its line raises one alert.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from senexbot.domain.alerting.terms import Amount, Severity, Side

D = Decimal
SMALLEST, LARGEST = D("0.01"), D(100_000_000)


class Preset(enum.StrEnum):
    """The value is how a person says it."""

    DAY_LOSS = "day loss"
    DRAWDOWN = "drawdown"
    FLOOR = "floor"
    BUYING_POWER = "buying power"
    CUSHION = "cushion"
    MARGIN_CALL = "margin call"
    SIZE = "size"
    CONCENTRATION = "concentration"
    BETA_DELTA = "beta delta"
    THETA = "theta"
    VEGA = "vega"
    TESTED = "tested"
    DELTA = "delta"
    PROFIT = "profit"
    LOSS = "loss"
    MAX_LOSS = "max loss"
    DTE = "dte"
    ASSIGNMENT = "assignment"
    EXERCISE = "exercise"
    DIVIDEND = "dividend"
    EARNINGS = "earnings"
    EX_DIVIDEND = "ex dividend"
    REJECTED = "rejected"
    PART_FILLED = "part filled"
    RESTRICTED = "restricted"


class Unit(enum.StrEnum):
    DOLLARS = "dollars"
    PERCENT = "percent"
    DELTA = "delta"  # of one share
    SHARES = "shares"  # of the benchmark
    DAYS = "days"
    MINUTES = "minutes"
    TIMES = "times"
    FLAG = "flag"  # nothing to set: on or off


@dataclass(frozen=True, slots=True)
class Line:
    """A threshold in the preset's own unit; `of_net_liq`: in percent of net liquidation instead."""

    value: Decimal
    of_net_liq: bool = False


FLAG = Line(D(1))


@dataclass(frozen=True, slots=True)
class Kind:
    """`side`: where it is bad. `default` None: off until somebody says a number. `least`, `most`: what may be said.

    `scales`: may be said in percent of net liquidation. `usual`: among "all the usual".
    """

    unit: Unit
    side: Side
    default: Line | None
    severity: Severity
    release: Amount
    about: str
    least: Decimal = SMALLEST
    most: Decimal = LARGEST
    scales: bool = False
    usual: bool = True
    also: tuple[str, ...] = ()


_NOTICE, _WARNING, _CRITICAL = Severity.NOTICE, Severity.WARNING, Severity.CRITICAL
_ABOVE, _BELOW = Side.ABOVE, Side.BELOW
_TENTH = Amount(D(10), is_percent=True)
_NONE = Amount(D(0))


def _flag(severity: Severity, about: str, *also: str) -> Kind:
    return Kind(Unit.FLAG, _ABOVE, FLAG, severity, _NONE, about, also=also)


def _days(default: int, severity: Severity, about: str, *also: str) -> Kind:
    line = Line(D(default))
    return Kind(Unit.DAYS, _BELOW, line, severity, _NONE, about, D(0), D(365), also=also)


KINDS: Mapping[Preset, Kind] = {
    Preset.DAY_LOSS: Kind(
        Unit.DOLLARS, _ABOVE, Line(D(2), of_net_liq=True), _CRITICAL, _TENTH, "lost today", scales=True,
        also=("daily loss",),
    ),
    Preset.DRAWDOWN: Kind(
        Unit.PERCENT, _ABOVE, Line(D(3)), _WARNING, _TENTH, "down from today's highest net liquidation", most=D(100)
    ),
    Preset.FLOOR: Kind(
        Unit.DOLLARS, _BELOW, None, _CRITICAL, Amount(D(1), is_percent=True), "net liquidation at or under",
        also=("net liq",),
    ),
    Preset.BUYING_POWER: Kind(
        Unit.PERCENT, _ABOVE, Line(D(50)), _WARNING, Amount(D(2)), "of buying power used", most=D(100), also=("bp",)
    ),
    Preset.CUSHION: Kind(
        Unit.PERCENT, _BELOW, Line(D(10)), _CRITICAL, Amount(D(2)),
        "margin cushion: net liquidation over the maintenance margin", most=D(100), also=("margin", "margin cushion"),
    ),
    Preset.MARGIN_CALL: _flag(_CRITICAL, "the account is in a margin call", "call"),
    Preset.SIZE: Kind(
        Unit.PERCENT, _ABOVE, Line(D(10)), _WARNING, Amount(D(1)),
        "of net liquidation at stake in one trade with a capped loss", most=D(1000), also=("position size",),
    ),
    Preset.CONCENTRATION: Kind(
        Unit.PERCENT, _ABOVE, Line(D(200)), _WARNING, Amount(D(5)),
        "of net liquidation in one underlying, short options by their strike", most=D(10_000), usual=False,
    ),
    Preset.BETA_DELTA: Kind(
        Unit.SHARES, _ABOVE, Line(D(100), of_net_liq=True), _WARNING, _TENTH,
        "beta-weighted delta, in SPY shares, to either side", scales=True, also=("beta", "delta band"),
    ),
    Preset.THETA: Kind(
        Unit.DOLLARS, _ABOVE, Line(D("0.5"), of_net_liq=True), _NOTICE, _TENTH, "of theta a day, either way",
        scales=True,
    ),
    Preset.VEGA: Kind(
        Unit.DOLLARS, _ABOVE, Line(D("0.5"), of_net_liq=True), _NOTICE, _TENTH,
        "of vega for a point of volatility, either way", scales=True,
    ),
    Preset.TESTED: Kind(
        Unit.PERCENT, _BELOW, Line(D(0)), _WARNING, Amount(D("0.5")), "from the price to a short strike", D(0), D(50),
        also=("strike",),
    ),
    Preset.DELTA: Kind(
        Unit.DELTA, _ABOVE, Line(D("0.35")), _WARNING, Amount(D("0.03")), "delta of a short option", most=D(1),
        also=("short delta",),
    ),
    Preset.PROFIT: Kind(
        Unit.PERCENT, _ABOVE, Line(D(50)), _NOTICE, Amount(D(5)), "of the most a trade can make", most=D(100),
        also=("max profit",),
    ),
    Preset.LOSS: Kind(
        Unit.TIMES, _ABOVE, Line(D(2)), _CRITICAL, Amount(D("0.2")), "its credit is what a trade has lost", most=D(20)
    ),
    Preset.MAX_LOSS: Kind(
        Unit.PERCENT, _ABOVE, Line(D(75)), _WARNING, Amount(D(5)), "of the most a trade can lose", most=D(100)
    ),
    Preset.DTE: _days(21, _NOTICE, "to expiration of a trade with short options", "expiration", "days"),
    Preset.ASSIGNMENT: _days(3, _WARNING, "to expiration, and a short option is in the money"),
    Preset.EXERCISE: _days(1, _WARNING, "to expiration, and a long option is in the money"),
    Preset.DIVIDEND: _days(
        5, _CRITICAL, "to the ex-dividend day, and a short call in the money is worth less beyond its value"
    ),
    Preset.EARNINGS: _days(7, _NOTICE, "to earnings before a trade expires"),
    Preset.EX_DIVIDEND: _days(3, _NOTICE, "to the ex-dividend day before a trade expires", "ex-dividend", "exdiv"),
    Preset.REJECTED: _flag(_WARNING, "an order placed elsewhere was rejected", "reject"),
    Preset.PART_FILLED: Kind(
        Unit.MINUTES, _ABOVE, Line(D(5)), _WARNING, _NONE, "an order filled in part rests", D(1), D(1440),
        also=("partial", "part"),
    ),
    Preset.RESTRICTED: _flag(_CRITICAL, "the account may not trade as usual", "restriction"),
}  # fmt: skip


def preset_named(words: str) -> Preset | None:
    """By how it is said, in small letters."""
    for preset, kind in KINDS.items():
        if words in {preset.value, *kind.also}:
            return preset
    return None


def longest_name(words: tuple[str, ...]) -> tuple[Preset, int] | None:
    """The preset that these words begin with, and how many words name it; the longest name wins."""
    for count in range(min(3, len(words)), 0, -1):
        found = preset_named(" ".join(words[:count]))
        if found is not None:
            return found, count
    return None
