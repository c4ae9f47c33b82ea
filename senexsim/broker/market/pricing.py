"""Black, Scholes and Merton: option value and greeks. Floats, pure functions, no market."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from senexsim.broker.market.model import Right

_SQRT2: Final = math.sqrt(2.0)
_SQRT2PI: Final = math.sqrt(2.0 * math.pi)
DAYS: Final = 365.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What an option's value depends on. Rates and volatility are fractions per year, time in years."""

    spot: float
    strike: float
    years: float
    rate: float
    dividend_yield: float
    volatility: float
    right: Right
    american: bool = True


@dataclass(frozen=True, slots=True)
class Greeks:
    """Sensitivities as dxFeed sends them: theta per day, vega and rho per one percent point."""

    price: float
    delta: float
    gamma: float
    theta: float
    vega: float
    rho: float


def _normal(x: float) -> float:
    return 0.5 * math.erfc(-x / _SQRT2)


def _density(x: float) -> float:
    return math.exp(-0.5 * x * x) / _SQRT2PI


def intrinsic(terms: Terms) -> float:
    """What exercising at once is worth, never below zero."""
    gain = terms.spot - terms.strike
    return max(gain if terms.right == "C" else -gain, 0.0)


def value(terms: Terms) -> float:
    """The theoretical value; an American option is worth at least its intrinsic value."""
    if terms.years <= 0 or terms.volatility <= 0:
        return intrinsic(terms)
    d1, d2 = _d(terms)
    spot = terms.spot * math.exp(-terms.dividend_yield * terms.years)
    strike = terms.strike * math.exp(-terms.rate * terms.years)
    if terms.right == "C":
        european = spot * _normal(d1) - strike * _normal(d2)
    else:
        european = strike * _normal(-d2) - spot * _normal(-d1)
    return max(european, intrinsic(terms) if terms.american else 0.0)


def greeks(terms: Terms) -> Greeks:
    """Value and sensitivities of the European formula; at expiry only delta is left."""
    price = value(terms)
    call = terms.right == "C"
    if terms.years <= 0 or terms.volatility <= 0:
        inside = intrinsic(terms) > 0
        return Greeks(price, (1.0 if call else -1.0) if inside else 0.0, 0.0, 0.0, 0.0, 0.0)
    d1, d2 = _d(terms)
    root = math.sqrt(terms.years)
    carry = math.exp(-terms.dividend_yield * terms.years)
    discount = math.exp(-terms.rate * terms.years)
    sign = 1.0 if call else -1.0
    decay = -terms.spot * carry * _density(d1) * terms.volatility / (2 * root)
    financing = sign * terms.rate * terms.strike * discount * _normal(sign * d2)
    income = sign * terms.dividend_yield * terms.spot * carry * _normal(sign * d1)
    return Greeks(
        price=price,
        delta=sign * carry * _normal(sign * d1),
        gamma=carry * _density(d1) / (terms.spot * terms.volatility * root),
        theta=(decay - financing + income) / DAYS,
        vega=terms.spot * carry * _density(d1) * root / 100,
        rho=sign * terms.strike * terms.years * discount * _normal(sign * d2) / 100,
    )


def _d(terms: Terms) -> tuple[float, float]:
    spread = terms.volatility * math.sqrt(terms.years)
    drift = (terms.rate - terms.dividend_yield + 0.5 * terms.volatility**2) * terms.years
    d1 = (math.log(terms.spot / terms.strike) + drift) / spread
    return d1, d1 - spread
