"""Symbols and contracts: what can be quoted and traded, and the price steps it trades in."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

EQUITY_SYMBOL = re.compile(r"[A-Z][A-Z0-9]{0,5}(?:[/.][A-Z]{1,2})?\Z", re.ASCII)
# `/ESZ6`: product, month, one digit of the year or two; `/ES`: the product alone, which starts with no month
FUTURE_SYMBOL = re.compile(r"/([A-Z0-9]{1,4})([FGHJKMNQUVXZ])(\d{1,2})\Z", re.ASCII)
FUTURE_PRODUCT = re.compile(r"/(?=\d*[A-Z])[A-Z0-9]{1,4}\Z", re.ASCII)
OCC_SYMBOL = re.compile(r"([A-Z0-9]{1,6}) *(\d{2})(\d{2})(\d{2})([CP])(\d{8})\Z", re.ASCII)


class InstrumentType(enum.StrEnum):
    """tastytrade's own words."""

    EQUITY = "Equity"
    EQUITY_OPTION = "Equity Option"
    INDEX = "Index"
    FUTURE = "Future"
    FUTURE_OPTION = "Future Option"
    CRYPTOCURRENCY = "Cryptocurrency"


class Right(enum.StrEnum):
    CALL = "C"
    PUT = "P"

    @property
    def word(self) -> str:
        return "call" if self is Right.CALL else "put"


@dataclass(frozen=True, slots=True)
class OptionContract:
    """A listed equity or index option. `strike` in dollars, at most three decimals (OCC)."""

    root: str
    expiration: date
    right: Right
    strike: Decimal

    @property
    def occ(self) -> str:
        """tastytrade's symbol: root padded to 6, yymmdd, C or P, strike times 1000 in 8 digits."""
        return f"{self.root:<6}{self.expiration:%y%m%d}{self.right}{int(self.strike * 1000):08d}"

    @property
    def words(self) -> str:
        """As a trader says it: `SPY 18 Dec 26 590 put`."""
        strike = f"{self.strike.normalize():f}"
        return f"{self.root} {self.expiration.day} {self.expiration:%b %y} {strike} {self.right.word}"

    @classmethod
    def from_occ(cls, symbol: str) -> OptionContract | None:
        """Read an OCC symbol, padded or not; None when it is none (or its date does not exist)."""
        return _contract(symbol)


@lru_cache(maxsize=4_096)
def _contract(symbol: str) -> OptionContract | None:
    """Kept, for every rule asks for the contract of a leg again."""
    match = OCC_SYMBOL.match(symbol)
    if match is None:
        return None
    root, yy, mm, dd, right, strike = match.groups()
    try:
        expiration = date(2000 + int(yy), int(mm), int(dd))
    except ValueError:
        return None
    return OptionContract(root, expiration, Right(right), Decimal(int(strike)) / 1000)


def product_of(symbol: str) -> str:
    """`/ES` of `/ESZ6`; "" for what is no future with its month."""
    match = FUTURE_SYMBOL.match(symbol)
    return f"/{match[1]}" if match else ""


def names_future(said: str, symbol: str) -> bool:
    """Whether a person who says `/ES`, `/ESZ6` or `/ESZ26` may mean the contract that the broker calls `/ESZ6`."""
    wanted, found = FUTURE_SYMBOL.match(said), FUTURE_SYMBOL.match(symbol)
    if found is None:
        return False
    if wanted is None:
        return said == product_of(symbol)
    year, own = sorted((wanted[3], found[3]), key=len)
    return (wanted[1], wanted[2]) == (found[1], found[2]) and own.endswith(year)


@dataclass(frozen=True, slots=True)
class FutureContract:
    """A listed future's dates, as far as the broker tells. `product` (`/ES`); `exchange` is whose hours it keeps;
    `active_month`: the month that the broker takes for the product's front one."""

    product: str
    exchange: str = "CME"
    last_trade: date | None = None
    first_notice: date | None = None
    closing_only: date | None = None
    active_month: bool = False
    rolls_to: str = ""


@dataclass(frozen=True, slots=True)
class TickSize:
    """One row of tastytrade's tick table: `value` holds below `threshold`; None: from there on."""

    value: Decimal
    threshold: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """What the broker says of a symbol. `symbol` is tastytrade's, `streamer_symbol` the feed's. `multiplier`:
    dollars for each point of the price."""

    symbol: str
    type: InstrumentType
    streamer_symbol: str
    description: str
    underlying: str
    tick_sizes: tuple[TickSize, ...]
    multiplier: Decimal = Decimal(1)
    option: OptionContract | None = None
    is_closing_only: bool = False
    active: bool = True
    future: FutureContract | None = None

    @property
    def words(self) -> str:
        return self.option.words if self.option else self.symbol


def tick_at(ticks: tuple[TickSize, ...], price: Decimal) -> Decimal:
    """The price step that holds at `price`; 0.01 when the broker names none."""
    below = sorted(
        (t for t in ticks if t.threshold is not None and price < t.threshold),
        key=lambda t: t.threshold or Decimal(0),
    )
    if below:
        return below[0].value
    return next((t.value for t in ticks if t.threshold is None), Decimal("0.01"))
