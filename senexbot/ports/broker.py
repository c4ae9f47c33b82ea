"""What is asked of the broker: reads, and the thin order port. Protocols, and the values they exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from senexbot.domain.instruments import Instrument, OptionContract
from senexbot.domain.links import AccountRef, BrokerAccount, Grant
from senexbot.domain.market import Balances, Position, Quote, SessionState, TradingStatus
from senexbot.domain.options.chain import Greeks, OptionChain
from senexbot.domain.orders.broker_orders import (
    BrokerOrder,
    CancelOutcome,
    CancelWanted,
    OrdersLook,
    PlaceOutcome,
)
from senexbot.domain.orders.terms import Estimate, OptionQuery, OrderTerms
from senexbot.domain.risk.view import Metrics


@dataclass(frozen=True, slots=True)
class VerifiedGrant:
    customer_id: str
    accounts: tuple[BrokerAccount, ...]


@dataclass(frozen=True, slots=True)
class OptionMatch:
    """`exact` when the contract is listed; else the nearest expirations and strikes that are."""

    exact: Instrument | None
    expirations: tuple[date, ...] = ()
    strikes: tuple[Decimal, ...] = ()


class BrokerReads(Protocol):
    """Reads through one link. All raise Unavailable, GrantExpired, BrokerRateLimited or Refused."""

    async def verify(self, grant: Grant) -> VerifiedGrant:
        """Check a grant that is not stored. GrantExpired.what says what is wrong:
        "client_secret", "refresh_token" or "environment"."""

    async def forget(self, link_id: str) -> None:
        """Drop the session of a link and everything in memory that came with its grant."""

    async def instrument(self, link_id: str, symbol: str) -> Instrument | None:
        """An equity, index, future (`/ESZ6`) or (OCC symbol) an option; None when the broker knows none."""

    async def option(self, link_id: str, query: OptionQuery | OptionContract) -> OptionMatch: ...

    async def chain(self, link_id: str, underlying: str) -> OptionChain:
        """All that is listed on an underlying (or one root of an index), read once in a trading day;
        without expirations when it has no options."""

    async def greeks(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Greeks]:
        """By tastytrade symbol, asked once; what the feed does not tell within seconds is missing.
        Unavailable when it tells nothing, or more than 1000 are asked."""

    async def similar(self, link_id: str, word: str) -> tuple[str, ...]:
        """At most three symbols whose name is near `word`; empty when the search is not served."""

    async def quotes(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Quote]:
        """By tastytrade symbol; what the broker does not answer is missing. At most 100 a request inside."""

    async def metrics(self, link_id: str, symbols: Sequence[str]) -> Mapping[str, Metrics]:
        """Of underlyings, by symbol; what the broker does not list is missing. A sandbox serves none."""

    async def recent_quotes(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Quote]:
        """As `quotes`, for somebody who looks: what came over the link's shared connection a few seconds ago
        at most is taken from there, with its age. Nothing is traded on it."""

    async def session_state(self, link_id: str) -> SessionState: ...

    async def balances(self, account: AccountRef) -> Balances: ...

    async def positions(self, account: AccountRef) -> tuple[Position, ...]: ...

    async def trading_status(self, account: AccountRef) -> TradingStatus: ...


class OrderDesk(Protocol):
    """The thin order port: keeps status and body, and knows whether the first byte left."""

    def compose(self, terms: OrderTerms, identifier: str) -> bytes:
        """The exact request body of these terms; the same for the dry run and the order."""

    async def dry_run(self, account: AccountRef, body: bytes) -> Estimate:
        """Raises Refused with the broker's words, or Unavailable and its kin. Never places."""

    async def place(self, account: AccountRef, body: bytes) -> PlaceOutcome:
        """Sends one create request at most once, without any retry. Never raises for trouble on the way;
        when cancelled mid-way the caller has to treat the outcome as not proven."""

    def compose_replacement(self, terms: OrderTerms, identifier: str) -> bytes:
        """The exact body that puts these terms in the place of a working order; all but the legs."""

    async def replace(self, account: AccountRef, order_id: int, body: bytes) -> PlaceOutcome:
        """Sends one replace request at most once; as `place` in all else. Accepted names the new order."""

    async def cancel(self, account: AccountRef, order_id: int) -> CancelOutcome:
        """Cancels one order and reads it back until it is terminal or 10 s have passed."""

    async def cancel_complex(self, account: AccountRef, complex_id: int) -> CancelOutcome:
        """Cancels a complex order by its own number and reads all its parts back, likewise."""

    async def cancel_many(
        self, account: AccountRef, wanted: Sequence[CancelWanted], *, seconds: float
    ) -> Mapping[CancelWanted, CancelOutcome]:
        """Cancels all of them side by side, at the broker's pace, and reads them back together until all are over
        or the time is up. One outcome for each."""

    async def order(self, account: AccountRef, order_id: int) -> BrokerOrder | None: ...

    async def look(self, account: AccountRef, since: datetime) -> OrdersLook:
        """Complete paged read of today's orders, history since `since`, and complex orders' children."""
