"""What the broker pushes: account events, and last trades of a set of symbols. Protocols, and the values they exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from senexbot.domain.alerts import Tick
from senexbot.domain.broker_orders import BrokerOrder
from senexbot.domain.links import Link


class AccountSink(Protocol):
    """Who listens to account feeds (services). Called one at a time for one link."""

    async def feed_connected(self, link: Link) -> None:
        """Acknowledged, after every (re)connect: the receiver sweeps by REST."""

    async def feed_order(self, link: Link, order: BrokerOrder) -> None: ...

    async def feed_account_changed(self, link: Link, account: str) -> None:
        """A balance or position notification came; figures are read by REST when somebody asks."""

    async def feed_lost(self, link: Link, why: str) -> None: ...


class AccountFeeds(Protocol):
    async def run(self, link: Link, sink: AccountSink) -> None:
        """One supervised account streamer connection; runs until cancelled, reconnects by itself
        (heartbeat 20 s, silence noticed within 45 s, every wait limited)."""


@dataclass(frozen=True, slots=True)
class FeedBatch:
    """What changed since the last batch: conflated, at most one tick a symbol.

    `blind_since`: set while nothing can be seen. `recovered_from`: set once on the first batch after. `still`:
    symbols that printed often and print no more while others do, though they were subscribed again, each with
    the time of its last print. `late`: symbols whose ticks here come after such a standstill.
    """

    ticks: tuple[Tick, ...]
    blind_since: datetime | None = None
    recovered_from: datetime | None = None
    still: Mapping[str, datetime] = field(default_factory=dict)
    late: frozenset[str] = frozenset()


class MarketFeed(Protocol):
    """Last trades of a set of symbols over one supervised DXLink connection of one link."""

    def want(self, streamer_symbols: frozenset[str]) -> None:
        """The full wanted set; changes are sent in chunks, kept while the line is down, replayed after."""

    async def run(self) -> None:
        """Until cancelled; reconnects by itself, also when prices stand still behind living keep-alives."""

    async def changes(self) -> FeedBatch:
        """Waits until something changed (a tick, or the state of the line)."""

    def latest(self, streamer_symbol: str) -> Tick | None: ...


class MarketFeeds(Protocol):
    def open(self, link: Link) -> MarketFeed: ...
