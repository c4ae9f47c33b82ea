"""Exact money, prices and quantities as people read them, and the steps that prices move in.

Nothing here rounds a price by itself: what is off the grid is told, with its neighbours.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

from senexbot.domain.instruments import TickSize, tick_at

_CENT = Decimal("0.01")
_ONE = Decimal(1)
_WIDE = Context(prec=60)  # the default 28 digits refuse to quantize what is huge


def _fixed(value: Decimal, places: Decimal) -> Decimal:
    """Rounded half even to these places; never a negative zero."""
    rounded = value.quantize(places, rounding=ROUND_HALF_EVEN, context=_WIDE)
    return abs(rounded) if rounded == 0 else rounded


def dollars(amount: Decimal, *, sign: bool = False) -> str:
    """`$18,750.00`, `-$3.10`; with `sign` a gain carries its plus: `+$3.10`. Zero carries none."""
    value = _fixed(amount, _CENT)
    mark = "-" if value < 0 else "+" if sign and value > 0 else ""
    return f"{mark}${value.copy_abs():,.2f}"


def signed_dollars(amount: Decimal) -> str:
    """`+$3.10`, `-$3.10`, `$0.00`."""
    return dollars(amount, sign=True)


def price_text(price: Decimal) -> str:
    """`187.50`: all digits that count, at least two behind the point, without groups."""
    value = _WIDE.normalize(price)
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), "a price is a number"
    places = max(2, -exponent)
    text = f"{value.copy_abs():.{places}f}"
    return f"-{text}" if value < 0 else text


def credit_or_debit(amount: Decimal) -> str:
    """A signed price per unit in words: `1.20 credit`, `1.20 debit`; zero is `0.00 even`."""
    word = "even" if amount == 0 else "credit" if amount > 0 else "debit"
    return f"{price_text(amount.copy_abs())} {word}"


def quantity_text(quantity: Decimal) -> str:
    """`1,000`, `0.5`: grouped, no digit more than there is."""
    value = abs(quantity) if quantity == 0 else quantity
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent_text(percent: Decimal, *, places: int = 1, sign: bool = False) -> str:
    """`2.0 %` of a number that is in percent already; with `sign` `+2.0 %`."""
    value = _fixed(percent, _ONE.scaleb(-places))
    return f"{value:{'+' if sign and value else ''},f} %"


def on_tick(price: Decimal, ticks: tuple[TickSize, ...]) -> bool:
    """Whether a positive price lies on the grid that holds at it."""
    return _WIDE.remainder(price, tick_at(ticks, price)) == 0


def _snap(price: Decimal, tick: Decimal, rounding: str) -> Decimal:
    steps = _WIDE.divide(price, tick).to_integral_value(rounding=rounding)
    return _WIDE.multiply(steps, tick)


def nearest_ticks(price: Decimal, ticks: tuple[TickSize, ...]) -> tuple[Decimal, Decimal]:
    """The valid prices at or around `price`: (lower, upper), equal when it is valid itself.

    The lower one can be zero, which is no price for an order.
    """
    tick = tick_at(ticks, price)
    return _snap(price, tick, ROUND_FLOOR), _snap(price, tick, ROUND_CEILING)


def step(price: Decimal, ticks: tuple[TickSize, ...], direction: int) -> Decimal | None:
    """The next valid price up (`direction` > 0) or down; None when there is none above zero.

    Across a threshold the step of the side it enters holds: 3.00 goes down by what holds below 3.
    """
    lower, upper = nearest_ticks(price, ticks)
    if direction > 0:
        return upper if upper > price else upper + tick_at(ticks, upper)
    if lower < price:
        return lower if lower > 0 else None
    below = lower - _smallest(ticks)
    if below <= 0:
        return None
    down = _snap(below, tick_at(ticks, below), ROUND_FLOOR)
    return down if down > 0 else None


def _smallest(ticks: tuple[TickSize, ...]) -> Decimal:
    return min((t.value for t in ticks), default=_CENT)
