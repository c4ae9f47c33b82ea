"""The simulated house: its customers, accounts, engine and streams as one object. It speaks no HTTP itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from aiohttp import web

from senexsim.broker.accounts.book import Account
from senexsim.broker.accounts.people import Customer, customers, open_account
from senexsim.broker.clock import SimClock
from senexsim.broker.faults import Faults
from senexsim.broker.gateway import BEARER
from senexsim.broker.market import Market
from senexsim.broker.oauth import TokenDesk
from senexsim.broker.orders.engine import Engine
from senexsim.broker.orders.model import ComplexOrder, Order
from senexsim.broker.orders.settlement import Settlement
from senexsim.broker.orders.timekeeper import Timekeeper
from senexsim.broker.quote_alerts import QuoteAlerts
from senexsim.broker.streamer import Streamer
from senexsim.broker.wire import not_found, not_permitted
from senexsim.wire_log import WireLog

SWEEP_SECONDS = 0.05
log = logging.getLogger(__name__)


class Brokerage:
    """State and its moving parts; `run` keeps time flowing."""

    def __init__(
        self,
        *,
        market: Market,
        clock: SimClock,
        tokens: TokenDesk,
        faults: Faults,
        idle_limit: float,
        wire: WireLog | None = None,
    ) -> None:
        self.market, self.clock, self.tokens = market, clock, tokens
        self.customers: dict[str, Customer] = {c.name: c for c in customers()}
        self.accounts: dict[str, Account] = {
            opening.number: open_account(opening, customer, market, clock.now())
            for customer in self.customers.values()
            for opening in customer.openings
        }
        self.grants = {name: tokens.grant(name) for name in self.customers}
        self.streamer = Streamer(
            tokens=tokens,
            faults=faults,
            owners=self.owner_of,
            idle_limit=idle_limit,
            clock=clock,
            wire=wire,
        )
        self.engine = Engine(
            prices=market, clock=clock, accounts=self.accounts, notify=self.streamer.push_account
        )
        self.settlement = Settlement(
            prices=market, clock=clock, accounts=self.accounts, news=self.engine.news
        )
        self.timekeeper = Timekeeper(
            engine=self.engine, settlement=self.settlement, prices=market, clock=clock
        )
        self.alerts = QuoteAlerts(prices=market, clock=clock, push=self.streamer.push_user)
        market.on_tick(self.engine.on_tick)
        market.on_tick(self.alerts.on_tick)

    async def run(self) -> None:
        """Look at what time does to orders, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                self.timekeeper.sweep()
            except Exception:
                log.exception("looking after the orders failed")

    def owner_of(self, account: str) -> str | None:
        found = self.accounts.get(account)
        return found.owner if found else None

    def customer(self, request: web.Request) -> Customer:
        """Who asks. Raises 403 when the path names another customer."""
        customer = self.customers[request[BEARER].user]
        named = request.match_info.get("customer", "me")
        if named not in ("me", customer.external_id):
            raise not_permitted()
        return customer

    def account(self, request: web.Request, number: str | None = None) -> Account:
        """The account named in the path (or given). Raises 403 for one of another customer, or of none."""
        number = number or request.match_info["account"]
        account = self.accounts.get(number)
        if account is None or account.owner != request[BEARER].user:
            raise not_permitted()
        return account

    def order(self, request: web.Request) -> Order:
        return self.find_order(self.account(request), request.match_info["order"])

    def find_order(self, account: Account, key: str) -> Order:
        order = account.orders.get(int(key)) if key.isascii() and key.isdigit() else None
        if order is None:
            raise not_found("Couldn't find order")
        return order

    def complex_order(self, request: web.Request) -> ComplexOrder:
        key = request.match_info["order"]
        known = self.account(request).complex_orders
        found = known.get(int(key)) if key.isascii() and key.isdigit() else None
        if found is None:
            raise not_found("Couldn't find complex order")
        return found

    def all_orders(self) -> Iterator[Order]:
        for account in self.accounts.values():
            yield from account.orders.values()
