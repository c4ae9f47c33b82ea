"""What a mandate lets pass, as it was said: so many units a day of one kind in one symbol, and its limits.

Shapes and the normal form, which reads back to the same terms (mandates_parsing.py).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from senexbot.domain.calendar import day_bounds
from senexbot.domain.money import credit_or_debit, quantity_text
from senexbot.domain.orders.terms import Side


class Kind(enum.StrEnum):
    """What is traded, as it is said of several."""

    STRANGLE = "strangles"
    STRADDLE = "straddles"
    VERTICAL = "verticals"
    IRON_CONDOR = "iron condors"
    IRON_BUTTERFLY = "iron butterflies"
    PUT = "puts"
    CALL = "calls"
    OPTION = "options"  # a single one, put or call
    SHARE = "shares"

    @property
    def one(self) -> str:
        return "iron butterfly" if self is Kind.IRON_BUTTERFLY else self.value.removesuffix("s")


class Per(enum.StrEnum):
    DAY = "a day"
    ORDER = "an order"


@dataclass(frozen=True, slots=True)
class Cap:
    """Dollars, positive: of one order, or of all that are sent under the mandate in a trading day."""

    amount: Decimal
    per: Per


@dataclass(frozen=True, slots=True)
class MandateTerms:
    """`count`: units a day (an order for 2 strangles uses 2). `until`: the last day, or that day's `minute` after
    midnight, by the exchange's clock. `side` None: sold and bought. `delta`: of each leg, in hundredths.
    `price`: the worst one, signed and per unit. `account`: its last characters or its environment, "" for the default.
    """

    count: Decimal
    symbol: str
    kind: Kind
    until: date
    minute: int | None = None
    side: Side | None = None
    delta: Decimal | None = None
    price: Decimal | None = None
    notional: Cap | None = None
    loss: Cap | None = None
    account: str = ""

    def ends(self, zone: tzinfo) -> datetime:
        """The moment from which it covers nothing any more, in UTC."""
        if self.minute is None:
            return day_bounds(self.until, zone)[1]
        start = datetime.combine(self.until, time(), tzinfo=zone) + timedelta(minutes=self.minute)
        return start.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class MandateMark:
    """What an order keeps of the mandate that covers it. `used`: units of that day, this order's included once it
    is claimed (`taken`); `count`: of how many; `given`: who granted it; `last`: its end as it is shown."""

    mandate_id: str
    given: tuple[str, ...]
    last: datetime
    count: Decimal
    used: Decimal
    taken: bool = False


def mandate_text(terms: MandateTerms) -> str:
    """The normal form: `at most 10 short SPY strangles a day at 16 delta or less until 2026-12-04`."""
    side = {Side.SELL: "short ", Side.BUY: "long ", None: ""}[terms.side]
    what = terms.kind.one if terms.count == 1 else terms.kind.value
    parts = [f"at most {quantity_text(terms.count)} {side}{terms.symbol} {what} a day"]
    if terms.delta is not None:
        parts.append(f"at {quantity_text(terms.delta)} delta or less")
    if terms.price is not None:
        parts.append(f"for {credit_or_debit(terms.price)} or better")
    if terms.notional is not None:
        parts.append(f"notional {_cap(terms.notional)}")
    if terms.loss is not None:
        parts.append(f"loss {_cap(terms.loss)}")
    if terms.account:
        parts.append(f"in {terms.account}")
    parts.append(f"until {terms.until.isoformat()}")
    if terms.minute is not None:
        parts.append(f"{terms.minute // 60:02d}:{terms.minute % 60:02d}")
    return " ".join(parts)


def _cap(cap: Cap) -> str:
    return f"${quantity_text(cap.amount)} {cap.per}"
