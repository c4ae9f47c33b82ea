"""What an underlying's options chain lists, and the greeks of listed contracts. Shapes and look-ups only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from senexbot.domain.instruments import Instrument, InstrumentType, OptionContract, Right, TickSize


@dataclass(frozen=True, slots=True)
class ListedStrike:
    """The call and the put of one strike; "" where one is not listed."""

    strike: Decimal
    call: str
    call_streamer: str
    put: str
    put_streamer: str


@dataclass(frozen=True, slots=True)
class ListedExpiration:
    """One expiration of one root. `kind` and `settlement` are the broker's words (Regular, Weekly; AM, PM).

    `standard`: a contract delivers 100 of the underlying (or their value in cash) and nothing else.
    """

    underlying: str
    root: str
    day: date
    kind: str
    settlement: str
    multiplier: Decimal
    standard: bool
    ticks: tuple[TickSize, ...]
    strikes: tuple[ListedStrike, ...]

    @property
    def is_monthly(self) -> bool:
        return self.kind == "Regular"

    @property
    def words(self) -> str:
        """`18 Dec 26`."""
        return f"{self.day.day} {self.day:%b %y}"

    def listed(self, right: Right) -> tuple[Decimal, ...]:
        """The strikes of a right, rising."""
        return tuple(sorted(s.strike for s in self.strikes if _symbols(s, right)[0]))

    def contract(self, strike: Decimal, right: Right) -> Instrument | None:
        """The listed option of a strike; None when there is none."""
        row = next((s for s in self.strikes if s.strike == strike), None)
        symbol, streamer = _symbols(row, right) if row is not None else ("", "")
        if not symbol:
            return None
        option = OptionContract(self.root, self.day, right, strike)
        return Instrument(
            symbol=symbol,
            type=InstrumentType.EQUITY_OPTION,
            streamer_symbol=streamer,
            description=option.words,
            underlying=self.underlying,
            tick_sizes=self.ticks,
            multiplier=self.multiplier,
            option=option,
        )


def _symbols(row: ListedStrike, right: Right) -> tuple[str, str]:
    return (row.call, row.call_streamer) if right is Right.CALL else (row.put, row.put_streamer)


@dataclass(frozen=True, slots=True)
class OptionChain:
    """All listed expirations of an underlying, the nearest first; an index may have several roots."""

    underlying: str
    expirations: tuple[ListedExpiration, ...]

    def standard(self, root: str = "") -> Iterator[ListedExpiration]:
        """What delivers the ordinary thing, of one root when it is named."""
        return (e for e in self.expirations if e.standard and root in {"", e.root})

    @property
    def roots(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(e.root for e in self.expirations))


@dataclass(frozen=True, slots=True)
class Greeks:
    """Of one contract, per share, as the feed has them. `volatility` is a fraction; None: not told."""

    delta: Decimal
    gamma: Decimal | None
    theta: Decimal | None
    vega: Decimal | None
    volatility: Decimal | None
    price: Decimal | None
    at: datetime
