"""Where "Move level" puts the level of a fired alert: a sensible step beyond the present value."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from senexbot.domain.alerting.terms import AlertTerms, Condition, Cross, Field, Held, Level, Side, Source

NEXT_PERCENT = Decimal(1)
SMALLEST = Decimal("0.01")
NEXT_GREEK_PERCENT = Decimal(10)  # of deltas, volatilities and the like, which move more


def single_level(condition: Condition) -> Level | Cross | None:
    """The one level of this condition, `for` or not; None when it has none or several."""
    if isinstance(condition, Held):
        return single_level(condition.part)
    return condition if isinstance(condition, Level | Cross) else None


def moved(terms: AlertTerms, value: Decimal) -> AlertTerms | None:
    """The same terms with the level beyond `value`, the way it went: a percent of it (ten of a greek or a
    volatility), to a round step. None when it has no single level."""
    test = single_level(terms.condition)
    if test is None:
        return None
    changed = replace(test, level=_next(test, value))
    condition: Condition = changed
    if isinstance(terms.condition, Held):
        condition = replace(terms.condition, part=changed)
    return replace(terms, condition=condition)


def _next(test: Level | Cross, value: Decimal) -> Decimal:
    # A value that came back is measured from the level: the next one is beyond both.
    beyond = max if test.side is Side.ABOVE else min
    start = beyond(value, test.level)
    percent = NEXT_PERCENT if _is_price(test) else NEXT_GREEK_PERCENT
    distance = abs(start) * percent / 100 or SMALLEST
    step = _round_step(distance)
    if test.side is Side.ABOVE:
        return ((start + distance) / step).to_integral_value(ROUND_FLOOR) * step
    return ((start - distance) / step).to_integral_value(ROUND_CEILING) * step


def _round_step(distance: Decimal) -> Decimal:
    """A power of ten, or five of the one below, at most half of the distance: 5.90 → 1, 1.20 → 0.5."""
    power = Decimal(1).scaleb(distance.adjusted())
    return power if distance >= 2 * power else power / 2


def _is_price(test: Level | Cross) -> bool:
    prices = {Field.LAST, Field.BID, Field.ASK, Field.MID, Field.MARK}
    return not isinstance(test.value, Source) or test.value.field in prices
