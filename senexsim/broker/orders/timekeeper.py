"""What time does to orders: sessions that open and close, conditions, cancel times, expiry."""

from __future__ import annotations

from typing import Final

from senexsim.broker.accounts.book import trading_day
from senexsim.broker.accounts.prices import EQUITY, FUTURE, Prices
from senexsim.broker.clock import SimClock
from senexsim.broker.orders.engine import Engine
from senexsim.broker.orders.matching import conditions_met
from senexsim.broker.orders.model import EDITABLE, Order
from senexsim.broker.orders.settlement import Settlement

KINDS: Final = (EQUITY, FUTURE)
DAY_ORDERS: Final = frozenset({"Day", "Ext", "Ext Overnight", "IOC"})


class Timekeeper:
    """Called a few times a second; it only tells the engine what is due."""

    def __init__(self, *, engine: Engine, settlement: Settlement, prices: Prices, clock: SimClock) -> None:
        self._settlement = settlement
        self._engine, self._prices, self._clock = engine, prices, clock
        self._sessions = {kind: prices.session_state(kind) for kind in KINDS}

    def sweep(self) -> None:
        before, self._sessions = self._sessions, {kind: self._prices.session_state(kind) for kind in KINDS}
        for order in list(self._engine.working.values()):
            kind = FUTURE if order.underlying_type == FUTURE else EQUITY
            session = self._sessions[kind]
            closed = before[kind] == "Open" and session != "Open"
            if self._to_cancel(order):
                self._engine.withdraw(order)
            elif self._over(order, closed=closed):
                self._engine.expire(order)
            elif self._due(order, session):
                self._engine.enter(order)
        self._settlement.sweep()

    def _to_cancel(self, order: Order) -> bool:
        late = order.cancel_at is not None and self._clock.now() >= order.cancel_at
        return order.status in EDITABLE and (late or conditions_met(self._prices, order, "cancel"))

    def _over(self, order: Order, *, closed: bool) -> bool:
        """Past its date, or that of its future; a day order also at the close. One waiting for the next session is not
        over."""
        today = trading_day(self._clock.now())
        if order.gtc_date is not None and today > order.gtc_date:
            return True
        instrument = (
            self._prices.instrument(order.legs[0].symbol) if order.underlying_type == FUTURE else None
        )
        if instrument is not None and instrument.future is not None and not instrument.future.active:
            return True
        if order.time_in_force not in DAY_ORDERS or order.replacing is not None:
            return False
        assert order.received_at is not None
        yesterday = today > trading_day(order.received_at) and order.status != "Received"
        return yesterday or (closed and order.live_at is not None)

    def _due(self, order: Order, session: str) -> bool:
        if order.status == "Received":
            return session == "Open"
        return order.contingent_status == "Pending Condition" and not self._engine.held_back(order)
