"""Price rules and what they do with a tick. Pure: `evaluate` gets everything as arguments."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


class Direction(enum.StrEnum):
    ABOVE = "above"
    BELOW = "below"


class RuleState(enum.StrEnum):
    WAITING = "waiting"  # true already when set: arms once it is not
    ARMED = "armed"
    FIRED = "fired"
    PARKED = "parked"  # cannot be watched; `reason` says why
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert as understood from a text: `symbol` equity or option words as in a quote."""

    symbol: str
    direction: Direction
    level: Decimal


@dataclass(frozen=True, slots=True)
class PriceRule:
    """Watches the last trade of one symbol; fires once on a move through `level`.

    `channel`: where its firing is posted; "" means the owner's direct message.
    """

    id: str
    team_id: str
    owner: str
    link_id: str
    symbol: str
    streamer_symbol: str
    words: str
    direction: Direction
    level: Decimal
    channel: str
    state: RuleState
    version: int
    created_at: datetime
    armed_at: datetime | None = None
    fired_at: datetime | None = None
    last_price: Decimal | None = None
    reason: str = ""
    grammar: int = 1


@dataclass(frozen=True, slots=True)
class Tick:
    """One symbol since the last evaluation: newest last trade, and the low and high on the way.

    Exact decimals; `at` is when the newest arrived.
    """

    symbol: str
    last: Decimal
    low: Decimal
    high: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Firing:
    """One event of a rule, for the outbox. `late`: seen after a blind time; `asked`: fired by the button."""

    id: str
    rule_id: str
    rule_version: int
    price: Decimal
    at: datetime
    late: bool = False
    asked: bool = False
