"""What an order would do to fees and buying power if it were filled at its own price. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from senexsim.broker.accounts.balances import Change, Worth, buying_power, isolated, worth
from senexsim.broker.accounts.book import Account
from senexsim.broker.accounts.fees import Fees, of_leg, signed
from senexsim.broker.accounts.prices import Prices, mark
from senexsim.broker.orders.model import Leg, Order

ZERO = Decimal(0)


@dataclass(frozen=True)
class Effect:
    """Signed dollars as the customer sees them: a negative change takes buying power away."""

    change: Decimal
    margin_change: Decimal
    current: Decimal
    isolated: Decimal
    fees: Fees
    is_spread: bool
    uncovered: bool

    @property
    def after(self) -> Decimal:
        return self.current + self.change

    @property
    def affordable(self) -> bool:
        return self.change >= 0 or self.after >= 0

    def view(self) -> dict[str, Any]:
        """The `buying-power-effect` object."""
        return {
            **signed("change-in-margin-requirement", round(-self.margin_change, 6)),
            **signed("change-in-buying-power", round(self.change, 6)),
            **signed("current-buying-power", round(self.current, 6)),
            **signed("new-buying-power", round(self.after, 6)),
            **signed("isolated-order-margin-requirement", round(-self.isolated, 6)),
            "is-spread": self.is_spread,
            "impact": signed("impact", round(self.change, 6))["impact"],
            "effect": signed("effect", self.change)["effect-effect"],
        }


def touch(prices: Prices, leg: Leg) -> Decimal:
    """The price on the other side of the book: the ask for a buy, the bid for a sell; else the mark."""
    quote = prices.quote(leg.symbol)
    if quote is None:
        return ZERO
    return (quote.ask if leg.sign > 0 else quote.bid) or quote.mid


def estimated_quantity(prices: Prices, order: Order, leg: Leg) -> Decimal:
    """The leg's quantity; for a notional order what its value buys now, to five decimals."""
    if leg.quantity is not None:
        return leg.quantity
    price = touch(prices, leg)
    return round((order.value or ZERO) / price, 5) if price else ZERO


def leg_prices(prices: Prices, order: Order) -> list[Decimal]:
    """A price per leg that nets to the order's own price; the book's where it has none.

    The difference between the marks and a spread's net price is put on the first leg.
    """
    if len(order.legs) == 1:
        own = order.price if order.price is not None else order.stop_trigger
        return [own if own is not None else touch(prices, order.legs[0])]
    found = [mark(prices, leg.symbol) for leg in order.legs]
    unit, size = order.unit_price, Decimal(order.size or 1)
    if unit is None:
        return [touch(prices, leg) for leg in order.legs]
    ratios = [leg.sign * (leg.quantity or ZERO) / size for leg in order.legs]
    net = -sum((ratio * price for ratio, price in zip(ratios, found, strict=True)), ZERO)
    found[0] -= (unit - net) / ratios[0]
    return found


def fees_of(prices: Prices, order: Order) -> Fees:
    total = Fees()
    for leg in order.legs:
        instrument = prices.instrument(leg.symbol)
        if instrument is not None:
            total += of_leg(instrument, leg.action, estimated_quantity(prices, order, leg))
    return total


def effect_of(account: Account, prices: Prices, order: Order, replaced: int | None = None) -> Effect:
    """The order's effect at its own price, valued so that a good or bad price makes no gain or loss."""
    changes = tuple(
        Change(instrument, leg.sign * estimated_quantity(prices, order, leg), price)
        for leg, price in zip(order.legs, leg_prices(prices, order), strict=True)
        if (instrument := prices.instrument(leg.symbol)) is not None
    )
    single = len(changes) == 1
    marks = {changes[0].instrument.symbol: changes[0].price} if single else {}
    fees = fees_of(prices, order)
    before = worth(account, prices, marks=marks)
    after = worth(account, prices, changes=changes, cost=fees.total, marks=marks)
    return Effect(
        change=after.excess - before.excess,
        margin_change=after.initial - before.initial,
        current=buying_power(account, prices, replaced),
        isolated=isolated(account, prices, changes, marks).initial,
        fees=fees,
        is_spread=len(order.legs) > 1,
        uncovered=_naked(account, after) > _naked(account, before),
    )


def _naked(account: Account, state: Worth) -> Decimal:
    """Contracts short without cover; puts of a cash account are secured by their strike."""
    return sum(
        (
            -quantity
            for group in state.groups
            for strategy in group.strategies
            if strategy.name == "NAKED_OPTION"
            for holding, quantity in strategy.entries
            if account.is_margin or holding.terms.right == "C"
        ),
        ZERO,
    )
