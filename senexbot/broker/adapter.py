"""The tastytrade adapter as one thing: every broker port over one set of sessions. Wiring only."""

from __future__ import annotations

from senexbot.broker import sdk
from senexbot.broker.account_feed import FeedLimits, TastytradeAccountFeeds
from senexbot.broker.breaker import Breaker
from senexbot.broker.cancelling import CancelLimits
from senexbot.broker.candles import LineCandles
from senexbot.broker.drift import Drift
from senexbot.broker.endpoints import Endpoints
from senexbot.broker.market_line import MarketLimits
from senexbot.broker.placing import TastytradeDesk
from senexbot.broker.reads import TastytradeReads
from senexbot.broker.rest import Rest
from senexbot.broker.sending import SendLimits
from senexbot.broker.sessions import Sessions
from senexbot.ports import (
    AccountFeeds,
    BrokerReads,
    CandleReads,
    Clock,
    Grants,
    OrderDesk,
    ValueFeeds,
)


class Tastytrade:
    """`reads`, `desk`, `account_feeds`, `value_feeds`, `candles`: the ports of those names.

    Nothing is sent, and the SDK is not imported, before the first call. `close` ends all sessions.
    """

    def __init__(
        self,
        *,
        endpoints: Endpoints,
        grants: Grants,
        clock: Clock,
        breaker: Breaker | None = None,
        send_limits: SendLimits | None = None,
        cancel_limits: CancelLimits | None = None,
        feed_limits: FeedLimits | None = None,
        market_limits: MarketLimits | None = None,
    ) -> None:
        sdk.quiet_loggers()
        self.drift = Drift()
        self.sessions = Sessions(grants=grants, endpoints=endpoints, clock=clock, breaker=breaker)
        rest = Rest(self.sessions)
        reads = TastytradeReads(self.sessions, rest, self.drift, market_limits=market_limits)
        self.reads: BrokerReads = reads
        self.value_feeds: ValueFeeds = reads.feeds
        self.candles: CandleReads = LineCandles(rest, self.drift)
        self.desk: OrderDesk = TastytradeDesk(
            rest, self.drift, send_limits=send_limits, cancel_limits=cancel_limits
        )
        self.account_feeds: AccountFeeds = TastytradeAccountFeeds(
            self.sessions, self.drift, limits=feed_limits
        )

    async def warm(self) -> None:
        """Import the SDK in a thread; worth calling once at start, before anybody waits for it."""
        await sdk.warm()

    async def close(self) -> None:
        await self.sessions.close()
