"""What the broker pushes about accounts. Protocols."""

from __future__ import annotations

from typing import Protocol

from senexbot.domain.links import Link
from senexbot.domain.orders.broker_orders import BrokerOrder


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
