"""The implied volatility surface: smile and term structure of one underlying, free of static arbitrage.

The surface is Gatheral and Jacquier's SSVI with phi(theta) = eta / sqrt(theta * (1 + theta)), for which
eta * (1 + |rho|) <= 2 excludes butterfly arbitrage, and total variance that never falls with time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

MIN_YEARS: Final = 1.0 / (365 * 24 * 6)  # ten minutes: an option about to expire keeps a finite smile
_LONG_PULL: Final = 4.0  # how fast short volatility returns to the long-run one, per year


@dataclass(frozen=True, slots=True)
class Surface:
    """`short` and `long` are at-the-money volatilities at once and far out; `rho` the skew, `eta` its strength."""

    short: float
    long: float
    rho: float
    eta: float

    def at_the_money(self, years: float) -> float:
        """Implied volatility of the forward strike at that time to expiry."""
        years = max(years, MIN_YEARS)
        weight = (1 - math.exp(-_LONG_PULL * years)) / (_LONG_PULL * years)
        return math.sqrt(self.long**2 + (self.short**2 - self.long**2) * weight)

    def volatility(self, log_moneyness: float, years: float) -> float:
        """Implied volatility at log(strike / forward)."""
        years = max(years, MIN_YEARS)
        theta = self.at_the_money(years) ** 2 * years
        phi = self.eta / math.sqrt(theta * (1 + theta))
        tilted = phi * log_moneyness + self.rho
        total = 0.5 * theta * (1 + self.rho * phi * log_moneyness + math.sqrt(tilted**2 + 1 - self.rho**2))
        return math.sqrt(total / years)


def surface_of(volatility: float, *, index_like: bool) -> Surface:
    """A plausible surface around a yearly volatility: broad indices have the steeper skew."""
    if index_like:
        return Surface(short=volatility * 0.92, long=volatility * 1.18, rho=-0.65, eta=1.05)
    return Surface(short=volatility * 0.98, long=volatility * 1.08, rho=-0.35, eta=0.95)
