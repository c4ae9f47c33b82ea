"""Booking of matches: fills onto legs, cash and positions onto the account. It decides no prices."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from senexsim.broker.accounts.book import Account, Trade
from senexsim.broker.accounts.fees import of_leg
from senexsim.broker.accounts.prices import Prices
from senexsim.broker.clock import SimClock
from senexsim.broker.orders.matching import Match, ratio
from senexsim.broker.orders.model import Fill, Leg, Order

ZERO = Decimal(0)
VENUE: Final = "SIM_A"


class Executions:
    """Every fill of the house gets its own id; the fills of one match share an execution id."""

    def __init__(self, *, prices: Prices, clock: SimClock, accounts: Mapping[str, Account]) -> None:
        self._prices, self._clock, self._accounts = prices, clock, accounts
        self._ids = itertools.count(1)

    def book(self, order: Order, found: Match) -> None:
        """Book one match on all legs at once.

        The fills of legs after the first are `held`: money has moved, but they are shown a moment later,
        as the broker does.
        """
        now, exec_id, before = self._clock.now(), uuid.uuid4().hex[:12], order.remaining
        for index, (leg, price) in enumerate(zip(order.legs, found.prices, strict=True)):
            parts = found.slices if len(order.legs) == 1 else (found.units,)
            for part in parts:
                fill = self._fill(part * ratio(order, leg), price, now, exec_id)
                self._post(order, leg, fill)
                (leg.held if index else leg.fills).append(fill)
        order.reserved = order.reserved * order.remaining / before if before else ZERO

    def _fill(self, quantity: Decimal, price: Decimal, now: datetime, exec_id: str) -> Fill:
        serial = next(self._ids)
        return Fill(f"1_SIM::{now:%Y%m%d}.{serial}", quantity, price, now, VENUE, str(serial), exec_id)

    def _post(self, order: Order, leg: Leg, fill: Fill) -> None:
        instrument = self._prices.instrument(leg.symbol)
        assert instrument is not None
        assert order.id is not None
        done = leg.filled
        trade = Trade(
            instrument=instrument,
            action=leg.action,
            quantity=fill.quantity,
            price=fill.price,
            fees=of_leg(instrument, leg.action, done + fill.quantity) - of_leg(instrument, leg.action, done),
            at=fill.at,
            order_id=order.id,
            fill_id=fill.id,
            exec_id=fill.exec_id,
            group_id=fill.group_id,
            venue=fill.venue,
            legs=len(order.legs),
        )
        leg.remaining -= fill.quantity
        self._accounts[order.account].book_fill(trade)
