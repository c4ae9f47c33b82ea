"""What the world is told of orders, positions and balances, and which complex order an order is part of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from senexsim.broker.accounts.balances import balance_view
from senexsim.broker.accounts.book import Account
from senexsim.broker.accounts.positions import position_view
from senexsim.broker.accounts.prices import Prices
from senexsim.broker.clock import SimClock
from senexsim.broker.orders.model import ComplexOrder, Order
from senexsim.broker.orders.views import complex_view, order_view

Notify = Callable[[str, str, Mapping[str, Any]], None]


class News:
    """Full objects in REST shape, one notification per change."""

    def __init__(
        self, *, prices: Prices, clock: SimClock, accounts: Mapping[str, Account], notify: Notify
    ) -> None:
        self._prices, self._clock, self._accounts, self._notify = prices, clock, accounts, notify

    def touch(self, order: Order) -> None:
        """Move `updated-at` on; it never stands still between two states."""
        order.updated_ms = max(order.updated_ms + 1, int(self._clock.now().timestamp() * 1000))

    def order(self, order: Order) -> None:
        self._notify(order.account, "Order", order_view(order))
        whole = self.complex_of(order)
        if whole is not None:
            self._notify(order.account, "ComplexOrder", complex_view(whole))

    def position(self, account: str, symbol: str) -> None:
        position = self._accounts[account].positions[symbol]
        self._notify(account, "CurrentPosition", position_view(account, position, self._prices))

    def balance(self, account: str) -> None:
        view = balance_view(self._accounts[account], self._prices, self._clock.now())
        self._notify(account, "AccountBalance", view)

    def complex_of(self, order: Order) -> ComplexOrder | None:
        if order.complex_id is None:
            return None
        return self._accounts[order.account].complex_orders.get(order.complex_id)

    def siblings(self, order: Order) -> list[Order]:
        whole = self.complex_of(order)
        return whole.siblings(order) if whole else []
