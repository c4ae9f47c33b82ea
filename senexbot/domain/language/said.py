"""What an order's words say, before anything is looked up: shapes only.

Nothing here is filled in. `45d` stays "about 45 days", `16Δ` stays a delta; the live chain decides later
(domain/resolving). Quantities and prices are positive and exact; credit and debit are words.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from senexbot.domain.instruments import OptionContract, Right
from senexbot.domain.orders.terms import Side, TimeInForce


class Strategy(enum.StrEnum):
    """The names traders use; `LEGS` is any legs listed."""

    SINGLE = "single"
    VERTICAL = "vertical"
    STRANGLE = "strangle"
    STRADDLE = "straddle"
    IRON_CONDOR = "iron condor"
    IRON_BUTTERFLY = "iron butterfly"
    BUTTERFLY = "butterfly"
    CALENDAR = "calendar"
    DIAGONAL = "diagonal"
    RATIO = "ratio"
    COVERED_CALL = "covered call"
    COLLAR = "collar"
    LEGS = "legs"


class Effect(enum.StrEnum):
    """What the person calls the price; never guessed from a sign."""

    CREDIT = "credit"
    DEBIT = "debit"


# How much


@dataclass(frozen=True, slots=True)
class Units:
    """Shares, contracts or units of a strategy."""

    number: Decimal


@dataclass(frozen=True, slots=True)
class Notional:
    """`$500`: dollars to spend or to raise."""

    dollars: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the position: `half` is 1/2, `a third` 1/3, `25%` 1/4, `all` 1."""

    numerator: int
    denominator: int


Amount = Units | Notional | Part


# Which contract


@dataclass(frozen=True, slots=True)
class OnDate:
    """An expiration named exactly (`18DEC26`, `next friday` of a known today)."""

    day: date


@dataclass(frozen=True, slots=True)
class InDays:
    """`45d`: the listed expiration nearest to so many days; a tie takes the later one."""

    days: int


@dataclass(frozen=True, slots=True)
class Monthly:
    """The standard monthly expiration (third Friday): `monthly` the next one, `dec monthly` of a month."""

    year: int | None = None
    month: int | None = None


Expiration = OnDate | InDays | Monthly


@dataclass(frozen=True, slots=True)
class AtStrike:
    strike: Decimal


@dataclass(frozen=True, slots=True)
class AtDelta:
    """Absolute delta in hundredths: `16Δ`, `20-delta`, `0.16 delta` are 16, 20, 16."""

    delta: Decimal


@dataclass(frozen=True, slots=True)
class PercentOut:
    """So many percent out of the money."""

    percent: Decimal


@dataclass(frozen=True, slots=True)
class AtTheMoney:
    pass


@dataclass(frozen=True, slots=True)
class WideFrom:
    """A wing: so many dollars further out of the money than the strike before it. Of a butterfly: so many
    dollars from its middle, the first leg below it and the last above it."""

    width: Decimal


@dataclass(frozen=True, slots=True)
class SameDelta:
    """Of a roll: the delta that the leg has now."""


@dataclass(frozen=True, slots=True)
class SameStrike:
    """Of a roll; of a calendar's far leg: the strike that the near leg gets (one strike for both)."""


Strike = AtStrike | AtDelta | PercentOut | AtTheMoney | WideFrom | SameDelta | SameStrike


@dataclass(frozen=True, slots=True)
class LegSaid:
    """`side` None: the strategy's own. `right` None only where the strategy gives it. `ratio` units a unit."""

    strike: Strike
    right: Right | None = None
    expiration: Expiration | None = None  # None: the order's
    side: Side | None = None
    ratio: int = 1


@dataclass(frozen=True, slots=True)
class Shares:
    """A share, ETF, index or future by its symbol (`AAPL`, `SPX`, `/ESZ6`)."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Contract:
    """One listed option by its OCC symbol."""

    contract: OptionContract


@dataclass(frozen=True, slots=True)
class Spread:
    """One or several option legs of one underlying. `legs` in the order of the strategy:

    - single: one leg. Covered call: the call. Strangle, straddle, collar: put, call.
    - vertical: the leg worth more first; it has the order's side (sold put vertical: the higher put sold).
    - ratio: as listed, with their ratios; the first has the order's side.
    - iron condor, iron butterfly: inner put, outer put, inner call, outer call; the inner ones have the
      order's side.
    - butterfly: lower wing, middle (ratio 2), upper wing; the wings have the order's side.
    - calendar, diagonal: near leg, far leg, each with its expiration; the far one has the order's side.
    - legs: as listed, each with its side and ratio; the order's side is the first one's.
    - collar: always bought: the put bought, the call sold.

    `expiration` is None only where each leg has its own. `right` is set where all legs have one by the
    strategy's nature (single, vertical, ratio, butterfly, calendar, diagonal). `with_shares`: 100 shares a unit
    are bought with it (a bought covered call, a collar said so); else a covered call or collar is against
    shares that are held.
    """

    symbol: str
    strategy: Strategy
    legs: tuple[LegSaid, ...]
    expiration: Expiration | None = None
    right: Right | None = None  # `put vertical`
    with_shares: bool = False  # covered call, collar


What = Shares | Contract | Spread


# At which price


@dataclass(frozen=True, slots=True)
class Limit:
    """`effect` None: a single leg, where the side says it; with several legs always set."""

    price: Decimal
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Market:
    pass


class Reference(enum.StrEnum):
    MID = "mid"
    BID = "bid"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Pegged:
    """`mid`, `mid-0.05`, `bid`, `ask+0.01`: a limit once the market is known. `offset` is signed."""

    reference: Reference
    offset: Decimal = Decimal(0)
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    trigger: Decimal


@dataclass(frozen=True, slots=True)
class StopLimit:
    trigger: Decimal
    price: Decimal
    effect: Effect | None = None


Pricing = Limit | Market | Pegged | Stop | StopLimit


@dataclass(frozen=True, slots=True)
class Standing:
    """How long it stands. `until` of GTD alone."""

    time_in_force: TimeInForce
    until: date | None = None


# Exits and followers


@dataclass(frozen=True, slots=True)
class AtPrice:
    price: Decimal


@dataclass(frozen=True, slots=True)
class AtPercent:
    """Of the entry: `tp 50%` of a credit is reached when half of it is kept; of a debit, when it gained half."""

    percent: Decimal


@dataclass(frozen=True, slots=True)
class AtMultiple:
    """`sl 2x`: the price is so many times the entry."""

    times: Decimal


Level = AtPrice | AtPercent | AtMultiple


@dataclass(frozen=True, slots=True)
class Exits:
    """At least one of the two. Both: OTOCO with an entry, OCO on a position."""

    take_profit: Level | None = None
    stop_loss: Level | None = None
    standing: Standing | None = None  # `exits gtc`; None when nothing was said of it


@dataclass(frozen=True, slots=True)
class Walk:
    """`walk 0.01 every 20s to 3.40`: moves the limit by itself, within what is confirmed."""

    step: Decimal
    every: timedelta
    to: Decimal


# The sentences


@dataclass(frozen=True, slots=True)
class OrderSaid:
    side: Side
    amount: Amount
    what: What
    pricing: Pricing
    standing: Standing | None = None  # None: today
    exits: Exits | None = None
    then: tuple[OrderSaid, ...] = ()  # OTO: `then sell …`
    walk: Walk | None = None
    account_hint: str = ""
    pasted_from: str = ""  # "thinkorswim" when it was read as such


@dataclass(frozen=True, slots=True)
class CloseSaid:
    """`close AAPL`, `close half AAPL`, `close all SPY options`. `options_only` leaves shares alone; with it `right` and
    `expiration` name some of them (`close SPY puts`, `close all SPY 18DEC26 calls`). `beside`: contracts that the exits
    protect together with the first one, as many of each."""

    amount: Part | Units
    symbol: str
    contract: OptionContract | None = None
    options_only: bool = False
    pricing: Pricing | None = None  # None: at mid, shown before anything is sent
    standing: Standing | None = None
    exits: Exits | None = None  # `protect AAPL tp 210 sl 180`: an OCO instead of a close
    walk: Walk | None = None
    account_hint: str = ""
    right: Right | None = None
    expiration: OnDate | None = None
    beside: tuple[OptionContract, ...] = ()


@dataclass(frozen=True, slots=True)
class RollSaid:
    """`roll SPY 45d same delta [for 0.40 credit]`: one order that closes the legs and opens them later."""

    symbol: str
    expiration: Expiration
    strike: SameDelta | SameStrike | AtDelta | AtStrike
    right: Right | None = None  # the legs to roll, where both rights are held
    amount: Part | Units = Part(1, 1)
    pricing: Pricing | None = None
    standing: Standing | None = None
    account_hint: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceSaid:
    """`replace 12345 @ 3.40 [gtc]`: another price or time for a working order; legs and size stay."""

    order_id: int
    pricing: Pricing | None = None
    standing: Standing | None = None
    walk: Walk | None = None


Sentence = OrderSaid | CloseSaid | RollSaid | ReplaceSaid
