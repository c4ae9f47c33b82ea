"""How likely an order makes money at expiration, by a model: the underlying's price then is lognormal, on the
average where it is now, and as wide as the legs' implied volatility says. Rates and dividends are left out.

A model and no promise: whoever shows the figure names the volatility it was made with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log, sqrt
from statistics import NormalDist

from senexbot.domain.instruments import InstrumentType
from senexbot.domain.options.chain import Greeks
from senexbot.domain.options.payoff import Gain, gains_of_terms
from senexbot.domain.orders.terms import OrderTerms

_NORMAL = NormalDist()
_TENTH_OF_A_PERCENT = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Model:
    """`spot`: the underlying's price, dollars. `volatility`: a fraction a year. `years` to the expiration.
    `shares`: those of the underlying that are held already, which short calls and long puts stand on."""

    spot: Decimal
    volatility: Decimal
    years: Decimal
    shares: Decimal = Decimal(0)


def chance_of_profit(terms: OrderTerms, model: Model) -> Decimal | None:
    """0 to 1, in tenths of a percent; None where the outcome is not known (payoff_of_terms), the legs expire
    on several days, or nothing expires."""
    if all(leg.type is InstrumentType.EQUITY for leg in terms.legs):
        return None
    gains = gains_of_terms(terms, spot=model.spot, held_shares=model.shares)
    return None if gains is None else chance(gains, model).quantize(_TENTH_OF_A_PERCENT)


def chance(gains: Sequence[Gain], model: Model) -> Decimal:
    """That the price ends within one of these stretches, which do not overlap."""
    inside = sum(_below(high, model) - _below(low, model) for low, high in gains)
    return Decimal(min(max(inside, 0.0), 1.0))


def _below(price: Decimal | None, model: Model) -> float:
    """That the price ends at or below this one; None stands for any price."""
    if price is None:
        return 1.0
    if price <= 0:
        return 0.0
    spread = float(model.volatility) * sqrt(model.years)
    return _NORMAL.cdf(log(price / model.spot) / spread + spread / 2)


def volatility_of(terms: OrderTerms, greeks: Mapping[str, Greeks]) -> Decimal | None:
    """The mean implied volatility of the option legs by contracts; None where one is not known."""
    weighed = contracts = Decimal(0)
    for leg in terms.legs:
        if leg.type is InstrumentType.EQUITY:
            continue
        known = greeks.get(leg.symbol)
        if known is None or known.volatility is None or known.volatility <= 0:
            return None
        weighed += known.volatility * leg.quantity
        contracts += leg.quantity
    return weighed / contracts if contracts else None
