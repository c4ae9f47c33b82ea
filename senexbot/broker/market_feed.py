"""Last trades of a wanted set of symbols over one supervised DXLink connection of one link.

It keeps the newest price and the extremes, says since when it was blind, and never blocks a reader. Beside
what is wanted it subscribes the probes of pulse.py, whose prints show that prices move; nobody is shown them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime

from senexbot.broker import dxlink, pulse, raw, websocket
from senexbot.broker.backoff import Backoff
from senexbot.broker.conflation import Conflation
from senexbot.broker.drift import Drift
from senexbot.broker.market_line import MarketLimits, MarketLine
from senexbot.broker.quote_token import quote_token
from senexbot.broker.rest import Rest
from senexbot.broker.standstill import Hours, PricesFrozen, SessionOf, Watchdog
from senexbot.broker.websocket import LineLost
from senexbot.domain.alerts import Tick
from senexbot.domain.errors import BrokerFault, GrantExpired, NotConnected
from senexbot.domain.links import Link
from senexbot.ports import FeedBatch

log = logging.getLogger(__name__)

AT_ONCE = 1012  # "Reconnection is required": routine at the broker (pitfall 63)


class TastytradeMarketFeed:
    """Implements ports.MarketFeed."""

    def __init__(
        self,
        rest: Rest,
        link: Link,
        drift: Drift,
        hours: Hours,
        *,
        limits: MarketLimits | None = None,
        backoff: Callable[[], Backoff] = Backoff,
    ) -> None:
        self._rest = rest
        self._clock = rest.clock
        self._link = link
        self._watchdog = Watchdog(link, hours, rest.clock)
        self._frozen = False  # the last line's prices stood still, and those of this one do not flow yet
        self._still: dict[str, datetime] = {}
        self._still_news = False
        self._drift = drift
        self._limits = limits or MarketLimits()
        self._backoff = backoff
        self._ticks = Conflation()
        self._wanted: frozenset[str] = frozenset()
        self._rewanted = asyncio.Event()
        self._news = asyncio.Event()
        self._up = False
        self._lost: tuple[datetime, float] | None = None  # wall and monotonic time of the real loss
        self._heard: tuple[datetime, float] | None = None
        self._announced = False
        self._recovered: datetime | None = None
        self._settles = 0.0  # until then the first batch after a gap collects what the snapshot brings

    # -- what the alert engine uses --------------------------------------------------------------------

    def want(self, streamer_symbols: frozenset[str]) -> None:
        self._wanted = streamer_symbols
        self._ticks.want(streamer_symbols)
        self._rewanted.set()

    def latest(self, streamer_symbol: str) -> Tick | None:
        return self._ticks.latest(streamer_symbol)

    async def changes(self) -> FeedBatch:
        """Waits for ticks, for a gap long enough to be told, or for its end. For one reader."""
        while True:
            self._news.clear()
            due = self._due()
            if due is not None and due <= 0:
                self._announced = True
                return self._batch()
            if self._recovered is not None and (due := self._settles - self._clock.monotonic()) <= 0:
                return self._batch()
            if (self._ticks.has_changes or self._still_news) and self._recovered is None:
                return self._batch()
            await self._hear_news(due)

    async def _hear_news(self, seconds: float | None) -> None:
        """Until there is news or the time is over."""
        if seconds is None:
            await self._news.wait()
            return
        timer = asyncio.create_task(self._clock.sleep(seconds))
        timer.add_done_callback(lambda over: None if over.cancelled() else self._news.set())
        try:
            await self._news.wait()
        finally:
            timer.cancel()

    def _due(self) -> float | None:
        """Seconds until the present gap is announced; None when there is none or it has been."""
        if self._lost is None or self._announced or not self._wanted:
            return None
        return self._lost[1] + self._limits.announce - self._clock.monotonic()

    def _batch(self) -> FeedBatch:
        recovered, self._recovered = self._recovered, None
        blind = self._lost[0] if self._lost is not None and self._announced else None
        ticks, self._still_news = self._ticks.take(), False
        return FeedBatch(
            ticks,
            blind_since=blind,
            recovered_from=recovered,
            still=dict(self._still),
            late=self._watchdog.symbols.late(tick.symbol for tick in ticks),
        )

    # -- the line ---------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled; NotConnected (the link is gone) ends it."""
        backoff = self._backoff()
        while True:
            while not self._wanted:
                self._rewanted.clear()
                await self._rewanted.wait()
            self._lose(self._clock.now(), self._clock.monotonic())
            began, pause, at_once = self._clock.monotonic(), 0.0, False
            try:
                await self._live()
            except NotConnected:
                raise
            except PricesFrozen as trouble:
                log.warning("market data: %s", trouble)
                self._heard, self._frozen = trouble.since, True
            except LineLost as trouble:
                log.info("market data: %s", trouble)
                at_once = trouble.code == AT_ONCE
            except GrantExpired:
                pause = self._limits.grant_pause
            except BrokerFault as trouble:
                log.info("market data: %s", trouble)
            except Exception:
                log.exception("market data stream")
            steady = self._up and not self._frozen and self._clock.monotonic() - began >= self._limits.steady
            if self._heard is not None:
                self._lose(*self._heard)
            self._up, self._heard = False, None
            if steady:
                backoff.reset()
            await self._clock.sleep(0.0 if at_once and steady else max(pause, backoff.next()))

    def _lose(self, at: datetime, monotonic: float) -> None:
        if self._lost is None:
            self._lost = (at, monotonic)
            self._news.set()

    def _found(self) -> None:
        """Prices can be seen. A gap that is long enough is told, also when nobody came to read its beginning."""
        if self._lost is not None and (self._announced or self._is_long(self._lost[1])):
            self._recovered = self._lost[0]
            self._settles = self._clock.monotonic() + self._limits.settle
        self._frozen, self._announced, self._lost = False, False, None
        self._news.set()

    def _is_long(self, since: float) -> bool:
        return self._clock.monotonic() - since >= self._limits.announce

    async def _live(self) -> None:
        token, url = await quote_token(self._rest, self._link.id, self._link.environment)
        token_at = self._clock.not_before()
        async with websocket.connected(url, limit=self._limits.connect) as socket:
            line = MarketLine(socket, token, token_at, self._limits, self._drift, self._note_heard)
            await line.open(lambda message: self._take(line, message))
            await self._subscribe(line)
            self._up = True
            self._watchdog.opened()
            if not self._frozen:
                self._found()
            await self._serve(line)

    def _note_heard(self) -> None:
        self._heard = (self._clock.now(), self._clock.monotonic())

    async def _serve(self, line: MarketLine) -> None:
        """Read, write and look after it side by side; the first to end takes the others along."""
        tasks = [asyncio.create_task(work(line)) for work in (self._read, self._write, self._guard)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, line: MarketLine) -> None:
        while True:
            self._take(line, await line.hear())

    async def _write(self, line: MarketLine) -> None:
        """Keep-alives and changes of the wanted set; a token that grows old ends the line (F59)."""
        ends = self._clock.monotonic()
        while True:
            if self._clock.not_before() - line.token_at >= self._limits.token_age:
                raise LineLost("the token for market data is renewed", AT_ONCE)
            if self._clock.monotonic() >= ends:
                await line.send(dxlink.KEEPALIVE)
                ends = self._clock.monotonic() + self._limits.keepalive
            await self._subscribe(line)
            await _wait(self._rewanted, max(ends - self._clock.monotonic(), 0.01))

    async def _guard(self, line: MarketLine) -> None:
        """Prices that stand still behind keep-alives end the line; one symbol alone is subscribed again (F56)."""
        while True:
            await self._clock.sleep(pulse.SLOT)
            if not self._wanted:
                continue
            suspects = await self._watchdog.look(self._ticks.stamps, self._wanted)
            for message in dxlink.subscriptions(suspects & line.sent, suspects & line.sent):
                await line.send(message)
            if self._frozen and self._watchdog.knows_closed:
                self._found()  # with the closing prices
            still = self._watchdog.symbols.still()
            if still != self._still:
                self._still, self._still_news = still, True
                self._news.set()

    async def _subscribe(self, line: MarketLine) -> None:
        """Send the difference between what is wanted and what this connection was told."""
        self._rewanted.clear()
        wanted = self._wanted | pulse.PROBES if self._wanted else self._wanted
        for message in dxlink.subscriptions(wanted - line.sent, line.sent - wanted):
            await line.send(message)
        line.sent = wanted
        # a print that looks like a spike is believed when the market's quote stands near it
        suspects = self._ticks.suspects
        for message in dxlink.subscriptions(suspects - line.quoted, line.quoted - suspects, dxlink.QUOTE):
            await line.send(message)
        line.quoted = suspects

    def _take(self, line: MarketLine, message: raw.Raw) -> None:
        kind = raw.text(message.get("type"), 40)
        if kind == "FEED_DATA":
            self._feed(line, message.get("data"))
        elif kind == "FEED_CONFIG":
            line.layouts = dxlink.layouts(message, line.layouts)
        elif kind == "ERROR":
            raise LineLost(f"the broker reported {_word(message.get('error'))}")
        elif kind == "CHANNEL_CLOSED" and message.get("channel") == dxlink.CHANNEL:
            raise LineLost("the broker closed the channel")
        elif kind == "AUTH_STATE" and message.get("state") == "UNAUTHORIZED" and self._up:
            raise LineLost("the broker took the authorisation back", AT_ONCE)
        elif kind not in {"SETUP", "KEEPALIVE", "AUTH_STATE"}:
            self._drift.note("market data message of an unknown kind", message)

    def _feed(self, line: MarketLine, data: object) -> None:
        trades = dxlink.trades(data, line.layouts)
        quotes = dxlink.quotes(data, line.layouts) if line.quoted else []
        if trades is None or quotes is None:
            self._drift.note("market data rows that cannot be read", data)
            return
        at = self._clock.now()
        if trades:
            self._watchdog.flow.add(trades, (at, self._clock.monotonic()))
            if self._frozen and self._watchdog.flow.flowing:
                self._found()
        self._ticks.add(trades, at)
        self._ticks.confirm(quotes, at)
        if self._ticks.suspects != line.quoted:
            self._rewanted.set()
        if self._ticks.has_changes:
            self._news.set()


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    """Until the event or the end of time. Python 3.11's wait_for may swallow a cancel; this does not."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _word(value: object) -> str:
    """An error's name as the protocol has it; nothing else from outside is repeated."""
    word = raw.text(value, 30)
    return word if word.replace("_", "").isalpha() else "an error"


class TastytradeMarketFeeds:
    """Implements ports.MarketFeeds: each call opens a feed of its own; `run` connects it."""

    def __init__(
        self,
        rest: Rest,
        drift: Drift,
        session_of: SessionOf,
        *,
        limits: MarketLimits | None = None,
        backoff: Callable[[], Backoff] = Backoff,
    ) -> None:
        self._rest = rest
        self._drift = drift
        self._hours = Hours(session_of, rest.clock)
        self._limits = limits
        self._backoff = backoff

    def open(self, link: Link) -> TastytradeMarketFeed:
        return TastytradeMarketFeed(
            self._rest, link, self._drift, self._hours, limits=self._limits, backoff=self._backoff
        )
