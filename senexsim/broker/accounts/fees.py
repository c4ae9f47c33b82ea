"""Commissions and fees of a fill, by the broker's public price list. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from senexsim.broker.market.model import Instrument
from senexsim.broker.wire import money

ZERO = Decimal(0)
OPTION_COMMISSION = Decimal("1.00")
OPTION_COMMISSION_CAP = Decimal("10.00")
OPTION_CLEARING = Decimal("0.10")
OPTION_ORF = Decimal("0.02")
OPTION_TAF = Decimal("0.00279")
SHARE_CLEARING = Decimal("0.0008")
SHARE_TAF = Decimal("0.000166")
FRACTION_CLEARING = Decimal("0.10")
MILL = Decimal("0.001")
FUTURE_COMMISSION = Decimal("1.25")
MICRO_COMMISSION = Decimal("0.85")
FUTURE_OPTION_COMMISSION = Decimal("2.50")
MICRO_OPTION_COMMISSION = Decimal("1.50")
FUTURE_CLEARING = Decimal("0.30")
NFA = Decimal("0.02")
BROAD_INDICES = frozenset({"SPX", "XSP", "NDX", "RUT", "VIX", "DJX"})


@dataclass(frozen=True)
class Fees:
    """Amounts in dollars, positive when the customer pays."""

    commission: Decimal = ZERO
    clearing: Decimal = ZERO
    orf: Decimal = ZERO
    taf: Decimal = ZERO
    exchange: Decimal = ZERO
    nfa: Decimal = ZERO

    def __add__(self, other: Fees) -> Fees:
        return Fees(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __sub__(self, other: Fees) -> Fees:
        return Fees(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    @property
    def regulatory(self) -> Decimal:
        return self.orf + self.taf + self.exchange + self.nfa

    @property
    def total(self) -> Decimal:
        return self.commission + self.clearing + self.regulatory


def of_leg(instrument: Instrument, action: str, quantity: Decimal) -> Fees:
    """Fees of so many contracts or shares traded by one leg of one order.

    The option commission is capped per leg and order, so a later part fill costs the difference between
    two calls. SEC fees are nought, as the captures of 2026 show.
    """
    selling = action.startswith("Sell")
    if instrument.future is not None:
        terms = instrument.future
        return Fees(
            commission=quantity * (MICRO_COMMISSION if terms.small else FUTURE_COMMISSION),
            clearing=quantity * FUTURE_CLEARING,
            exchange=quantity * terms.fees,
            nfa=quantity * NFA,
        )
    if instrument.on_future is not None:
        option = instrument.on_future
        each = MICRO_OPTION_COMMISSION if option.small else FUTURE_OPTION_COMMISSION
        return Fees(
            commission=quantity * each if action.endswith("Open") else ZERO,
            clearing=quantity * FUTURE_CLEARING,
            exchange=quantity * option.fees,
            nfa=quantity * NFA,
        )
    if instrument.option is not None:
        commission = quantity * OPTION_COMMISSION if action.endswith("Open") else ZERO
        broad_index = _is_index_option(instrument)
        return Fees(
            commission=commission if broad_index else min(commission, OPTION_COMMISSION_CAP),
            clearing=quantity * OPTION_CLEARING,
            orf=quantity * OPTION_ORF,
            taf=quantity * OPTION_TAF if selling else ZERO,
        )
    whole = quantity == quantity.to_integral_value()
    clearing = (quantity * SHARE_CLEARING).quantize(MILL, ROUND_HALF_UP) if whole else FRACTION_CLEARING
    return Fees(clearing=clearing if quantity else ZERO, taf=quantity * SHARE_TAF if selling else ZERO)


def _is_index_option(instrument: Instrument) -> bool:
    return instrument.option is not None and instrument.option.underlying in BROAD_INDICES


def effect(amount: Decimal) -> str:
    """The word beside an unsigned amount, seen from the customer: what is paid is a Debit."""
    return "Debit" if amount < 0 else "Credit" if amount > 0 else "None"


def paid(key: str, amount: Decimal) -> dict[str, str]:
    """`{key, key-effect}` of something the customer pays."""
    return {key: money(abs(amount)), f"{key}-effect": effect(-amount)}


def signed(key: str, amount: Decimal) -> dict[str, str]:
    """`{key, key-effect}` of an amount whose sign is the customer's: negative is a Debit."""
    return {key: money(abs(amount)), f"{key}-effect": effect(amount)}


def _line(name: str, amount: Decimal) -> dict[str, str]:
    return {"name": name, "value": money(abs(amount)), "effect": effect(-amount)}


def calculation(fees: Fees) -> dict[str, Any]:
    """The `fee-calculation` object with its breakdowns, as captured since 2025."""
    return {
        **paid("regulatory-fees", fees.regulatory),
        "regulatory-fees-breakdown": [
            _line("exchange", fees.exchange),
            _line("nfa", fees.nfa),
            _line("orf", fees.orf),
            _line("sec", ZERO),
            _line("taf", fees.taf),
        ],
        **paid("clearing-fees", fees.clearing),
        "clearing-fees-breakdown": [_line("clearing", fees.clearing)],
        **paid("commission", fees.commission),
        "commission-breakdown": [_line("brokerage", fees.commission)],
        **paid("proprietary-index-option-fees", ZERO),
        "proprietary-fees-breakdown": [_line("proprietary", ZERO)],
        **paid("total-fees", fees.total),
        **paid("rebates", ZERO),
        "rebates-breakdown": [_line("rebate", ZERO)],
        "per-quantity": False,
    }
