"""How far back a value has to come before the next crossing of its level counts. Pure."""

from __future__ import annotations

from decimal import Decimal

from senexbot.domain.alerting.terms import Field, Repeat, Source, Sum, Test
from senexbot.domain.alerting.trees import value_of

PRICES = frozenset({Field.LAST, Field.BID, Field.ASK, Field.MID, Field.MARK, Field.VOLUME})
OF_PRICE = Decimal("0.0025")
OF_OTHER = Decimal("0.01")
_CENT, _FINE = Decimal("0.01"), Decimal("0.0001")


def rearm_band(test: Test, level: Decimal, repeat: Repeat) -> Decimal:
    """As the alert says; else 0.25 % of the level for a price, 1 % for a greek, a volatility, a sum or a ratio, whose
    levels may be near zero: there at least a cent (a sum) or 0.0001."""
    if repeat.rearm is not None:
        return abs(level) * repeat.rearm.value / 100 if repeat.rearm.is_percent else repeat.rearm.value
    value = value_of(test)
    if isinstance(value, Source) and value.field in PRICES:
        return abs(level) * OF_PRICE
    return max(abs(level) * OF_OTHER, _CENT if isinstance(value, Sum) else _FINE)
