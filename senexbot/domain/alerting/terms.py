"""What an alert watches and when it counts as met: a tree of conditions over market values.

Values are exact decimals in the market's own units: dollars a share, index points, contracts of volume;
volatility and IV rank in percent (32.5), greeks as the feed has them (delta of one share, per contract / 100).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from senexbot.domain.routing.escalation import Escalation


class Field(enum.StrEnum):
    LAST = "last"
    BID = "bid"
    ASK = "ask"
    MID = "mid"  # half way between bid and ask
    MARK = "mark"  # the last trade, kept between bid and ask
    VOLUME = "volume"  # of the day
    IV = "iv"  # of an option, or of an underlying over all its options
    IV_RANK = "iv rank"
    DELTA = "delta"
    GAMMA = "gamma"
    THETA = "theta"
    VEGA = "vega"
    RHO = "rho"

    __hash__ = str.__hash__  # an enumeration's own is not made in C, and every look-up of a value asks for it


class Side(enum.StrEnum):
    ABOVE = "above"
    BELOW = "below"


class Direction(enum.StrEnum):
    UP = "up"
    DOWN = "down"
    EITHER = "either"


class Way(enum.StrEnum):
    ENTERS = "enters"
    LEAVES = "leaves"


class Reach(enum.StrEnum):
    HIGH = "high"
    LOW = "low"


class Period(enum.StrEnum):
    DAY = "day"
    WEEKS_52 = "52-week"


@dataclass(frozen=True, slots=True)
class Source:
    """One number of one instrument. `symbol`: the normal form of its term, as a quote reads it."""

    symbol: str
    field: Field = Field.LAST


@dataclass(frozen=True, slots=True)
class Weighted:
    """`weight`: signed; -1 is what is subtracted or sold."""

    weight: Decimal
    source: Source


@dataclass(frozen=True, slots=True)
class Sum:
    """A spread of two symbols, or the price of a position of several legs: the weighted sum, per unit."""

    parts: tuple[Weighted, ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    over: Source
    under: Source


Value = Source | Sum | Ratio


@dataclass(frozen=True, slots=True)
class Amount:
    """In the value's own units, or in percent of what it is measured from. Above zero."""

    value: Decimal
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """True while the value is beyond `level`; the level itself is not beyond."""

    value: Value
    side: Side
    level: Decimal


@dataclass(frozen=True, slots=True)
class Cross:
    """True at the moment at which the value moves through `level`, from at or before it to beyond it."""

    value: Value
    side: Side
    level: Decimal


@dataclass(frozen=True, slots=True)
class Band:
    """True at the moment at which the value enters, or leaves, `low` to `high` (both ends belong to the band)."""

    value: Value
    way: Way
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Move:
    """True while the value is at least `by` from its lowest (up) or highest (down) of the last `window`."""

    value: Value
    direction: Direction
    by: Amount
    window: timedelta


@dataclass(frozen=True, slots=True)
class Trail:
    """True while the value is at least `by` under its highest (HIGH), or over its lowest (LOW), since the alert armed."""

    value: Value
    reach: Reach
    by: Amount


@dataclass(frozen=True, slots=True)
class Gap:
    """True once the day's open is at least `by` from the close before; said once a day."""

    symbol: str
    direction: Direction
    by: Amount


@dataclass(frozen=True, slots=True)
class Extreme:
    """True at a last trade beyond the highest or lowest of the day, or of 52 weeks, before it."""

    symbol: str
    reach: Reach
    period: Period


Test = Level | Cross | Band | Move | Trail | Gap | Extreme


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


@dataclass(frozen=True, slots=True)
class Held:
    """True once `part` has been true without a break for `time`."""

    part: Condition
    time: timedelta


Condition = Test | All | Any | Not | Held


class Often(enum.StrEnum):
    ONCE = "once"
    EVERY = "every time"
    DAILY = "daily"  # at most once on an exchange day


@dataclass(frozen=True, slots=True)
class Repeat:
    """`rearm`: how far back beyond the level the value has to come before the next crossing counts (None: the
    default band, see evaluating.py); `cooldown`: at least so long between two firings."""

    often: Often = Often.ONCE
    rearm: Amount | None = None
    cooldown: timedelta | None = None


class Hours(enum.StrEnum):
    ALL = "all hours"
    REGULAR = "market hours"


class Severity(enum.StrEnum):
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class AlertTerms:
    """Everything a text of an alert says. `until`: the last exchange day on which it watches, None for ever.

    `to`: where it is told, as a channel's or person's id ("C…", "U…"); "" is where it was set. `escalate`: of a
    critical one, to whom it goes when nobody has it; None is as the desk has it.
    """

    condition: Condition
    repeat: Repeat = Repeat()
    until: date | None = None
    hours: Hours = Hours.ALL
    severity: Severity = Severity.WARNING
    to: str = ""
    escalate: Escalation | None = None
