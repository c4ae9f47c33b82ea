"""The broker by hand, at the ports: it lists what the test has put there and answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from senexbot.broker import composing
from senexbot.domain.errors import BrokerFault
from senexbot.domain.instruments import Instrument, OptionContract, TickSize
from senexbot.domain.links import AccountRef, Grant
from senexbot.domain.market import Balances, Position, Quote, SessionState, TradingStatus
from senexbot.domain.options.chain import Greeks, OptionChain
from senexbot.domain.orders.broker_orders import (
    BrokerOrder,
    CancelOutcome,
    CancelWanted,
    NotProven,
    OrdersLook,
    PlaceOutcome,
)
from senexbot.domain.orders.terms import Estimate, OptionQuery, OrderTerms
from senexbot.domain.risk.view import Metrics
from senexbot.ports import Clock, OptionMatch, VerifiedGrant
from tests.domain.builders import PENNIES, future, quote, share


@dataclass
class HandDesk:
    """ports.OrderDesk. `sent` is the judge: every create request that began (I4)."""

    clock: Clock
    outcome: Callable[[bytes], PlaceOutcome] = lambda _: NotProven("the answer was lost")
    replaced: Callable[[int, bytes], PlaceOutcome] = lambda _, __: NotProven("the answer was lost")
    cancelled: Callable[[int], CancelOutcome] = lambda _: CancelOutcome(None, words="nothing heard")
    listed: list[BrokerOrder] = field(default_factory=list)
    complete: bool = True
    trouble: BrokerFault | None = None
    hold: asyncio.Event | None = None  # an answer waits for it
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[bytes] = field(default_factory=list)
    replaces: list[tuple[int, bytes]] = field(default_factory=list)
    cancels: list[int] = field(default_factory=list)
    looks: int = 0
    used: Decimal = Decimal(1)  # of the buying power, by each order
    dry_runs: list[bytes] = field(default_factory=list)
    refused: BrokerFault | None = None  # what a dry run answers

    def compose(self, terms: OrderTerms, identifier: str) -> bytes:
        return composing.compose(terms, identifier)

    async def dry_run(self, account: AccountRef, body: bytes) -> Estimate:
        self.dry_runs.append(body)
        if self.refused is not None:
            raise self.refused
        before = Decimal(100_000)
        return Estimate(-self.used, Decimal(0), before, before - self.used, (), self.clock.now())

    async def place(self, account: AccountRef, body: bytes) -> PlaceOutcome:
        self.sent.append(body)
        self.arrived.set()
        if self.hold is not None:
            await self.hold.wait()
        return self.outcome(body)

    def compose_replacement(self, terms: OrderTerms, identifier: str) -> bytes:
        return composing.compose_replacement(terms, identifier)

    async def replace(self, account: AccountRef, order_id: int, body: bytes) -> PlaceOutcome:
        self.replaces.append((order_id, body))
        self.arrived.set()
        if self.hold is not None:
            await self.hold.wait()
        return self.replaced(order_id, body)

    async def cancel(self, account: AccountRef, order_id: int) -> CancelOutcome:
        self.cancels.append(order_id)
        return self.cancelled(order_id)

    async def cancel_complex(self, account: AccountRef, complex_id: int) -> CancelOutcome:
        self.cancels.append(complex_id)
        return self.cancelled(complex_id)

    async def cancel_many(
        self, account: AccountRef, wanted: Sequence[CancelWanted], *, seconds: float
    ) -> Mapping[CancelWanted, CancelOutcome]:
        self.cancels += [one.number for one in wanted]
        return {one: self.cancelled(one.number) for one in wanted}

    async def order(self, account: AccountRef, order_id: int) -> BrokerOrder | None:
        return next((order for order in self.listed if order.id == order_id), None)

    async def look(self, account: AccountRef, since: datetime) -> OrdersLook:
        self.looks += 1
        if self.trouble is not None:
            raise self.trouble
        mine = tuple(order for order in self.listed if order.account == account.number)
        return OrdersLook(mine, self.complete, self.clock.now(), "" if self.complete else "page 2 is missing")


@dataclass
class HandReads:
    """ports.BrokerReads: one share, always quoted, nothing held."""

    clock: Clock
    positions_held: tuple[Position, ...] = ()
    balances_told: Balances | None = None
    forgotten: list[str] = field(default_factory=list)
    steps: tuple[TickSize, ...] = PENNIES  # what the broker says; its exchange may think otherwise

    async def verify(self, grant: Grant) -> VerifiedGrant:
        raise AssertionError(grant)

    async def forget(self, link_id: str) -> None:
        self.forgotten.append(link_id)

    async def instrument(self, link_id: str, symbol: str) -> Instrument | None:
        return future(symbol) if symbol.startswith("/") else share(symbol, tick_sizes=self.steps)

    async def option(self, link_id: str, query: OptionQuery | OptionContract) -> OptionMatch:
        raise AssertionError(query)

    async def chain(self, link_id: str, underlying: str) -> OptionChain:
        raise AssertionError(underlying)

    async def greeks(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Greeks]:
        raise AssertionError(instruments)

    async def similar(self, link_id: str, word: str) -> tuple[str, ...]:
        return ()

    async def quotes(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Quote]:
        return {one.symbol: quote(one, at=self.clock.now()) for one in instruments}

    async def metrics(self, link_id: str, symbols: Sequence[str]) -> Mapping[str, Metrics]:
        return {}

    async def recent_quotes(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Quote]:
        return await self.quotes(link_id, instruments)

    async def session_state(self, link_id: str) -> SessionState:
        return SessionState.OPEN

    async def balances(self, account: AccountRef) -> Balances:
        if self.balances_told is None:
            raise BrokerFault("the balances cannot be read", code="unavailable")
        return self.balances_told

    async def positions(self, account: AccountRef) -> tuple[Position, ...]:
        return self.positions_held

    async def trading_status(self, account: AccountRef) -> TradingStatus:
        return TradingStatus()
