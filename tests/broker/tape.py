"""The law that conflation is held to, in exact numbers: prints of one symbol, conflated into ticks without losing a crossing and without believing a spike.

A print more than 10 % away from the last trusted one is held until the next print comes near it. The low
and high are of trusted prints only, so rules may test them as they are, however the feed is cut up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from senexbot.broker.conflation import SPIKE


@dataclass(frozen=True, slots=True)
class Tick:
    """One symbol since the last cut: the newest trusted print, and the low and high on the way."""

    symbol: str
    last: Decimal
    low: Decimal
    high: Decimal
    at: datetime


def is_price(value: Decimal) -> bool:
    """A number above zero: anything else is no price (I54)."""
    return value.is_finite() and value > 0


def _near(price: Decimal, other: Decimal) -> bool:
    return abs(price - other) <= SPIKE * other


@dataclass(frozen=True, slots=True)
class Tape:
    """The state of one symbol between two evaluations; `last`: the newest trusted print."""

    symbol: str
    last: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    at: datetime | None = None
    held: Decimal | None = None  # a suspect that waits for a second print

    def take(self, price: Decimal, at: datetime) -> Tape:
        """After one print. What is no price (zero, negative, NaN) changes nothing (I54)."""
        if not is_price(price):
            return self
        if self.last is None or _near(price, self.last):
            return _trust(self, price, at)
        if self.held is None or not _near(price, self.held):
            return replace(self, held=price)
        return _trust(_trust(self, self.held, at), price, at)

    def cut(self) -> tuple[Tape, Tick | None]:
        """What was trusted since the last cut as one tick, None when nothing was, and the tape from here."""
        if self.last is None or self.low is None or self.high is None or self.at is None:
            return self, None
        tick = Tick(self.symbol, last=self.last, low=self.low, high=self.high, at=self.at)
        return replace(self, low=None, high=None, at=None), tick


def _trust(tape: Tape, price: Decimal, at: datetime) -> Tape:
    low = price if tape.low is None else min(tape.low, price)
    high = price if tape.high is None else max(tape.high, price)
    return replace(tape, last=price, low=low, high=high, at=at, held=None)
