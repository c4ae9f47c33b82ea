"""What a person wants to trade: the terms as they would be sent,
and what the broker and the market say of them at the preview.

Signs follow the SDK: a negative price or amount is a debit, a positive one a credit.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from senexbot.domain.instruments import InstrumentType, Right
from senexbot.domain.links import AccountRef, Environment


class Side(enum.StrEnum):
    BUY = "buy"
    SELL = "sell"


class Action(enum.StrEnum):
    """tastytrade's own words."""

    BUY_TO_OPEN = "Buy to Open"
    SELL_TO_OPEN = "Sell to Open"
    BUY_TO_CLOSE = "Buy to Close"
    SELL_TO_CLOSE = "Sell to Close"

    side: Side
    closes: bool

    def __init__(self, said: str) -> None:
        # Told once: every rule asks each leg for them.
        self.side = Side.BUY if said.startswith("Buy") else Side.SELL
        self.closes = said.endswith("Close")


class OrderType(enum.StrEnum):
    """tastytrade's own words. Limit and Stop Limit have a price, Stop and Stop Limit a trigger."""

    LIMIT = "Limit"
    MARKET = "Market"
    STOP = "Stop"
    STOP_LIMIT = "Stop Limit"
    NOTIONAL_MARKET = "Notional Market"


class TimeInForce(enum.StrEnum):
    """tastytrade's own words. GTD stands until `gtc_date`; the Ext family is for one leg of shares."""

    DAY = "Day"
    GTC = "GTC"
    GTD = "GTD"
    EXT = "Ext"
    GTC_EXT = "GTC Ext"
    EXT_OVERNIGHT = "Ext Overnight"
    GTC_EXT_OVERNIGHT = "GTC Ext Overnight"
    IOC = "IOC"


class Group(enum.StrEnum):
    """How an order and its children hang together; tastytrade's own words for complex orders."""

    OTO = "OTO"  # the children are routed when the order has filled
    OCO = "OCO"  # two closing orders, one Limit and one Stop or Stop Limit: one fill cancels the other
    OTOCO = "OTOCO"  # the order triggers an OCO of its two children


class ChildRole(enum.StrEnum):
    TAKE_PROFIT = "take profit"
    STOP_LOSS = "stop loss"
    THEN = "then"  # any other order that follows


@dataclass(frozen=True, slots=True)
class OptionQuery:
    """An option as a person names it. `expiration` exact; the chain decides whether it is listed."""

    underlying: str
    expiration: date
    right: Right
    strike: Decimal


@dataclass(frozen=True, slots=True)
class Leg:
    """`symbol` is tastytrade's; `words` is how a trader says it; `multiplier` shares a unit stands for."""

    symbol: str
    type: InstrumentType
    action: Action
    quantity: Decimal
    words: str
    multiplier: Decimal = Decimal(1)


def units_of(legs: Sequence[Leg]) -> Decimal:
    """How many units these legs are: their greatest common divisor; of one leg its quantity."""
    if len(legs) == 1:
        return legs[0].quantity
    return Decimal(math.gcd(*(int(leg.quantity) for leg in legs)))


def side_of(legs: Sequence[Leg], price: Decimal | None) -> Side:
    """One leg has its own side; several are sold for a credit and bought for a debit."""
    if len(legs) == 1 or not price:
        return legs[0].action.side
    return Side.SELL if price > 0 else Side.BUY


@dataclass(frozen=True, slots=True)
class ChildTerms:
    """An order that hangs on another. `price` is signed and per unit, `stop_trigger` positive."""

    role: ChildRole
    legs: tuple[Leg, ...]
    type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    stop_trigger: Decimal | None = None
    gtc_date: date | None = None

    @property
    def units(self) -> Decimal:
        return units_of(self.legs)

    @property
    def side(self) -> Side:
        return side_of(self.legs, self.price)


@dataclass(frozen=True, slots=True)
class Besides:
    """What a replacement can change of an order beside its limit; legs, quantity and type stay as they are.

    `stop_trigger` is positive, None without a stop; `gtc_date` is of GTD alone.
    """

    stop_trigger: Decimal | None
    time_in_force: TimeInForce
    gtc_date: date | None = None


@dataclass(frozen=True, slots=True)
class WalkTerms:
    """`walk 0.01 every 20s to 3.40`: the limit moves by itself, step by step, towards `to` and never past it.

    `step` is positive, `to` signed and per unit like the order's price, and dearer than it.
    """

    step: Decimal
    every_seconds: int
    to: Decimal


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """What would be sent: complete, resolved, ours to confirm.

    `price` is signed and per unit: the legs' quantities over their greatest common divisor. `stop_trigger`
    is positive. `value`: signed dollars, of a Notional Market order alone, whose leg then has quantity 0.
    `group`: with OTO and OTOCO these terms are the trigger, with OCO the first of the two; the others are
    `children`. `strategy` is how a trader calls the legs ("iron condor"), "" for a single leg or none known.
    """

    account: AccountRef
    underlying: str
    legs: tuple[Leg, ...]
    type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    stop_trigger: Decimal | None = None
    gtc_date: date | None = None
    value: Decimal | None = None
    strategy: str = ""
    group: Group | None = None
    children: tuple[ChildTerms, ...] = ()
    walk: WalkTerms | None = None

    @property
    def dearest_price(self) -> Decimal | None:
        """The worst limit that is confirmed with these terms: where a walk may end, else the price itself."""
        if self.price is None or self.walk is None:
            return self.price
        return min(self.price, self.walk.to)

    @property
    def environment(self) -> Environment:
        return self.account.environment

    @property
    def closes(self) -> bool:
        """Every leg closes: with strict position-effect validation it can only reduce."""
        return all(leg.action.closes for leg in self.legs)

    @property
    def units(self) -> Decimal:
        """What a quantity of the order counts; 0 of a notional order, whose value counts."""
        return units_of(self.legs)

    @property
    def side(self) -> Side:
        """Sell: the order brings a credit, be it of one leg or the net of several."""
        return side_of(self.legs, self.price)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The broker's own dry run. Dollars, signed (negative: leaves the account)."""

    cost: Decimal | None  # value of the order without fees; None when the broker gives none (market order)
    fees: Decimal
    buying_power_before: Decimal
    buying_power_after: Decimal
    warnings: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PriceView:
    """The market beside the order when it was previewed."""

    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    at: datetime
    delayed: bool
    session_open: bool
    tick: Decimal  # one price step at the order's price
    lower: Decimal | None = None  # the price one step down, None when there is none above zero
    higher: Decimal | None = None
    closed_at: datetime | None = None  # with the session closed: the moment the prices are of, where known
    natural: Decimal | None = None  # of several legs: taking the other side of each, signed; None: not known
