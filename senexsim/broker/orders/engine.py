"""The life of orders: routing, working, filling, cancelling, replacing, expiring, with news of each step.

Steps take some tens of milliseconds of real time on the event loop. Everything an order does to money
goes through the account's books. It must not know HTTP or websockets.
"""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from senexsim.broker.accounts.book import Account
from senexsim.broker.accounts.prices import Prices
from senexsim.broker.clock import SimClock
from senexsim.broker.orders.effects import leg_prices
from senexsim.broker.orders.executions import Executions
from senexsim.broker.orders.matching import (
    Match,
    conditions_met,
    match,
    off_tick,
    ratio,
    stop_reached,
    units_left,
)
from senexsim.broker.orders.model import (
    AT_EXCHANGE,
    EDITABLE,
    STOPS,
    TERMINAL,
    UNROUTED,
    ComplexOrder,
    Leg,
    Order,
)
from senexsim.broker.orders.news import News, Notify
from senexsim.broker.wire import Refusal

ZERO = Decimal(0)
STEP: Final = 0.015
REMATCH: Final = 0.05


class Engine:
    """All working orders of all accounts."""

    def __init__(
        self, *, prices: Prices, clock: SimClock, accounts: Mapping[str, Account], notify: Notify
    ) -> None:
        self.prices, self.clock, self.accounts = prices, clock, accounts
        self.news = News(prices=prices, clock=clock, accounts=accounts, notify=notify)
        self.working: dict[int, Order] = {}
        self._executions = Executions(prices=prices, clock=clock, accounts=accounts)
        self._order_ids = itertools.count(1_075_001)
        self._complex_ids = itertools.count(56_001)
        self._timers: set[asyncio.TimerHandle] = set()

    # -- entering -------------------------------------------------------------------------------------

    def submit(self, order: Order) -> Order:
        """Take an order that passed the checks; it gets its id and starts on its way."""
        self._register(order)
        self.enter(order)
        return order

    def submit_complex(self, wanted: ComplexOrder) -> ComplexOrder:
        """Take a complex order; all parts answer Contingent, then the first ones are routed."""
        wanted.id = next(self._complex_ids)
        for part in wanted.parts:
            part.waits_for_trigger = wanted.trigger is not None and part is not wanted.trigger
            self._register(part)
        wanted.bind(wanted.id)
        self.accounts[wanted.account].complex_orders[wanted.id] = wanted
        first = [wanted.trigger] if wanted.trigger else wanted.orders
        for part in wanted.parts:
            self.news.order(part)
        for part in first:
            self._later(STEP, self._enter_if_waiting, part)
        return wanted

    def _register(self, order: Order) -> None:
        order.id = next(self._order_ids)
        order.received_at = self.clock.now()
        order.global_request_id = uuid.uuid4().hex
        self.accounts[order.account].orders[order.id] = order
        self.working[order.id] = order
        self._touch(order)

    def _enter_if_waiting(self, order: Order) -> None:
        if order.status == "Contingent":
            self.enter(order)

    def enter(self, order: Order) -> None:
        """Route the order, or let it wait for its condition or for the session."""
        if self.held_back(order):
            self._set(order, "Contingent", contingent="Pending Condition")
        elif self.prices.session_state(order.legs[0].instrument_type) != "Open":
            self._set(order, "Received")
        else:
            self._set(order, "Routed")
            self._later(STEP, self._fly, order)

    def held_back(self, order: Order) -> bool:
        """Whether its time or its conditions to be routed have not come."""
        if order.route_after is not None and self.clock.now() < order.route_after:
            return True
        routing = any(condition["action"] == "route" for condition in order.conditions)
        return routing and not conditions_met(self.prices, order, "route")

    def _fly(self, order: Order) -> None:
        if order.status != "Routed":
            return
        step = off_tick(self.prices, order)
        if step is not None:
            order.reject_reason = f"Price is not in the allowed increment of {step}"
            self._set(order, "Rejected")
            return
        order.in_flight_at = self.clock.now()
        self._set(order, "In Flight")
        self._later(STEP, self._go_live, order)

    def _go_live(self, order: Order) -> None:
        if order.status != "In Flight":
            return
        self._live(order)
        self.match(order)
        if order.time_in_force == "IOC" and not order.is_terminal:
            self._set(order, "Cancelled")

    def _live(self, order: Order) -> None:
        order.live_at = self.clock.now()
        order.in_flight_at = order.in_flight_at or order.live_at
        self._set(order, "Live")

    # -- filling --------------------------------------------------------------------------------------

    def match(self, order: Order) -> None:
        """Fill what the market gives now; a part-filled order looks again a moment later."""
        if (
            order.status not in AT_EXCHANGE
            or self.prices.session_state(order.legs[0].instrument_type) != "Open"
        ):
            return
        if not stop_reached(self.prices, order):
            return
        order.triggered = order.order_type in STOPS
        self._notional_quantity(order)
        found = match(self.prices, order, self._units_open(order))
        if found is None or not found.units:
            return
        self.execute(order, found)
        if not order.is_terminal:
            self._later(REMATCH, self.match, order)

    def _units_open(self, order: Order) -> Decimal:
        """Units left, less what the other side of an OCO has taken."""
        taken = max((s.legs[0].filled for s in self.news.siblings(order)), default=ZERO)
        return units_left(order) - taken / ratio(order, order.legs[0])

    def _notional_quantity(self, order: Order) -> None:
        leg = order.legs[0]
        if leg.quantity is None and order.value is not None:
            quote = self.prices.quote(leg.symbol)
            price = (quote.ask if leg.sign > 0 else quote.bid) if quote else ZERO
            leg.quantity = leg.remaining = round(order.value / price, 5) if price else None or ZERO

    def execute(self, order: Order, found: Match) -> None:
        """Book one match and tell the world: the order, its positions, the balance."""
        self._executions.book(order, found)
        if order.remaining:
            self._touch(order)
            self.news.order(order)
        else:
            self._set(order, "Filled")
        for index, leg in enumerate(order.legs):
            if leg.held:
                self._later(STEP * index, self._show_fills, order, leg)
            self.news.position(order.account, leg.symbol)
        self.news.balance(order.account)
        self._after_execution(order)

    def fill_by_hand(self, order: Order, quantity: Decimal | None, price: Decimal | None) -> None:
        """Execute so many units (default: all left) at a price per leg unit, whatever the market says.

        Raises Refusal 422 when the order is over or less is left.
        """
        left = units_left(order)
        units = left if quantity is None else quantity
        if order.is_terminal or not 0 < units <= left:
            raise Refusal(422, "cannot_update_order", "the order cannot be filled so")
        if order.status not in AT_EXCHANGE:
            self._live(order)
        prices = [price] if price is not None and len(order.legs) == 1 else leg_prices(self.prices, order)
        self.execute(order, Match(units, tuple(prices), (units,)))

    def reject_by_hand(self, order: Order, reason: str) -> None:
        """The exchange refuses it with this reason. Raises Refusal 422 when the order is over."""
        if order.is_terminal:
            raise Refusal(422, "cannot_update_order", "the order is over")
        order.reject_reason = reason
        self._set(order, "Rejected")

    def _show_fills(self, order: Order, leg: Leg) -> None:
        leg.fills += leg.held
        leg.held = []
        self._touch(order)
        self.news.order(order)

    def _after_execution(self, order: Order) -> None:
        if not order.is_terminal:
            return
        for sibling in self.news.siblings(order):
            if not sibling.is_terminal:
                self.withdraw(sibling)
        whole = self.news.complex_of(order)
        if whole is not None and order is whole.trigger:
            for child in whole.orders:
                child.waits_for_trigger = False
                self._later(STEP, self._enter_if_waiting, child)

    # -- ending ---------------------------------------------------------------------------------------

    def cancel(self, order: Order) -> Order:
        """Ask for cancellation. Raises Refusal 422 `cannot_update_order` when it is too late or too early."""
        if order.status not in EDITABLE:
            raise Refusal(422, "cannot_update_order", "the order could not be cancelled")
        self.withdraw(order)
        return order

    def withdraw(self, order: Order) -> None:
        """Cancel whatever state it is in; what is at the exchange takes a moment."""
        if order.status in UNROUTED:
            self._set(order, "Cancelled")
        elif not order.is_terminal:
            self._set(order, "Cancel Requested")
            self._later(STEP, self._confirm_cancel, order)

    def _confirm_cancel(self, order: Order) -> None:
        if not order.is_terminal:
            self._set(order, "Cancelled")

    def cancel_complex(self, whole: ComplexOrder) -> ComplexOrder:
        """Cancel all parts: what is at the exchange is Cancel Requested, the others are Cancelled."""
        if whole.terminal_at is not None:
            raise Refusal(422, "cannot_update_order", "the order could not be cancelled")
        for part in whole.parts:
            if not part.is_terminal:
                self.withdraw(part)
        return whole

    def replace(self, old: Order, new: Order) -> Order:
        """Cancel the old order and let the new one follow; a fill meanwhile drops the new one."""
        if old.status not in EDITABLE:
            raise Refusal(422, "cannot_update_order", "the order could not be updated")
        self._register(new)
        new.replaces, old.replacing, old.edited = old.id, new.id, True
        new.complex_id, new.complex_tag = old.complex_id, old.complex_tag
        self._inherit(old, new)
        new.status, new.contingent_status = "Contingent", "Pending Order"
        if old.status in UNROUTED:
            self._set(old, "Cancelled")
        else:
            old.status = "Replace Requested"
            self._touch(old)
        self.news.order(new)
        self._later(STEP, self._finish_replace, old, new)
        return new

    def _inherit(self, old: Order, new: Order) -> None:
        whole = self.news.complex_of(old)
        if whole is None:
            return
        new.waits_for_trigger = old.waits_for_trigger
        whole.orders = [new if part is old else part for part in whole.orders]
        if whole.trigger is old:
            whole.trigger = new

    def _finish_replace(self, old: Order, new: Order) -> None:
        if old.status in TERMINAL - {"Cancelled"} or new.status != "Contingent":
            if not new.is_terminal:
                self._set(new, "Cancelled")
            return
        if not old.is_terminal:
            self._set(old, "Cancelled")
        for leg, former in zip(new.legs, old.legs, strict=True):
            leg.quantity = leg.remaining = former.remaining
        if not new.waits_for_trigger:
            self.enter(new)

    # -- time and prices ------------------------------------------------------------------------------

    def on_tick(self, symbols: frozenset[str]) -> None:
        """Look at the orders that a change of these prices may concern."""
        for order in list(self.working.values()):
            if order.underlying in symbols or any(leg.symbol in symbols for leg in order.legs):
                self.match(order)

    def expire(self, order: Order) -> None:
        self._set(order, "Expired")

    # -- news -----------------------------------------------------------------------------------------

    def _set(self, order: Order, status: str, *, contingent: str | None = None) -> None:
        order.status, order.contingent_status = status, contingent
        if order.is_terminal:
            now = self.clock.now()
            order.terminal_at = now
            order.cancelled_at = now if status == "Cancelled" else None
            self.working.pop(order.id or 0, None)
        self._touch(order)
        self.news.order(order)
        if order.is_terminal:
            self._after_end(order)

    def _after_end(self, order: Order) -> None:
        whole = self.news.complex_of(order)
        if whole is None:
            return
        if order is whole.trigger and order.status != "Filled":
            for child in whole.orders:
                if not child.is_terminal:
                    self.withdraw(child)
        if whole.terminal_at is None and all(part.is_terminal for part in whole.parts):
            whole.terminal_at = self.clock.now()
            self.news.order(order)

    def _touch(self, order: Order) -> None:
        self.news.touch(order)

    def _later(self, delay: float, step: Callable[..., None], *args: object) -> None:
        def fire() -> None:
            self._timers.discard(handle)
            step(*args)

        handle = asyncio.get_running_loop().call_later(delay, fire)
        self._timers.add(handle)

    def close(self) -> None:
        """Drop every step not yet taken."""
        for handle in self._timers:
            handle.cancel()
        self._timers.clear()
