"""What one user of a shared connection sees, and the connections of all session owners."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from senexbot.broker.backoff import Backoff
from senexbot.broker.conflation import View
from senexbot.broker.drift import Drift
from senexbot.broker.market_connection import MarketConnection
from senexbot.broker.market_line import MarketLimits
from senexbot.broker.market_values import DayUser
from senexbot.broker.rest import Rest
from senexbot.broker.standstill import Hours, Owner, SessionOf
from senexbot.ports import DayFigures, Key, Quiet, Span, Spans

log = logging.getLogger(__name__)


class Follower(DayUser):
    """Implements ports.ValueFeed. For one reader."""

    def __init__(self, connection: MarketConnection) -> None:
        super().__init__()
        self.connection = connection
        self.wanted: frozenset[str] = frozenset()
        self._clock = connection.clock
        self._values = connection.values
        self._views: dict[Key, View] = {}
        self._days: frozenset[str] = frozenset()
        self._changed_days: set[str] = set()
        self._news = asyncio.Event()
        self._announced = False
        self._recovered: datetime | None = None
        self._returned: frozenset[str] = frozenset()  # printed again after a standstill; told as late once
        self._still_news = False
        self._gone: Exception | None = None
        connection.users.append(self)

    # -- what its user does ------------------------------------------------------------------------------

    def want(self, keys: Mapping[Key, Quiet], days: frozenset[str] = frozenset()) -> None:
        """As the port. Raises ValueError for what is not streamed, and then changes nothing."""
        new = {k: self._values.follow(self, k, q) for k, q in keys.items() if k not in self._views}
        for key in self._views.keys() - keys.keys():
            self._values.unfollow(self._views.pop(key))
        for key, view in self._views.items():
            view.quieten(keys[key])
        self._views |= new
        for name in days - self._days:
            self._values.follow_day(self, name)
        for name in self._days - days:
            self._values.unfollow_day(self, name)
        self._days = days
        self._changed_days &= days
        self.wanted = frozenset(key.streamer_symbol for key in self._views) | days
        self._returned &= self.wanted
        self.connection.rewanted()

    def quieten(self, key: Key, quiet: Quiet) -> None:
        self._views[key].quieten(quiet)

    def cut(self, keys: Sequence[Key]) -> tuple[Span, ...]:
        return tuple(s for k in keys if (v := self._views.get(k)) is not None and (s := v.cut()) is not None)

    def latest(self, key: Key) -> Span | None:
        view = self._views.get(key)
        return None if view is None else view.latest()

    def day(self, streamer_symbol: str) -> DayFigures | None:
        return self._values.days.get(streamer_symbol) if streamer_symbol in self._days else None

    def close(self) -> None:
        if self in self.connection.users:
            self.want({})
            self.connection.users.remove(self)
            self.connection.rewanted()

    async def changes(self) -> Spans:
        """As the port: also for a gap long enough to be told, and for its end. Raises NotConnected for good."""
        while True:
            self._news.clear()
            if self._gone is not None:
                raise self._gone
            due = self._due()
            if due is not None and due <= 0:
                self._announced = True
                return self._batch()
            if self._recovered is not None:
                due = self.connection.settles - self._clock.monotonic()
                if due <= 0:
                    return self._batch()
            elif self.changed or self._changed_days or self._still_news:
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
        lost = self.connection.lost
        if lost is None or self._announced or not self.wanted:
            return None
        return lost[1] + self.connection.limits.announce - self._clock.monotonic()

    def _batch(self) -> Spans:
        recovered, self._recovered = self._recovered, None
        days, self._changed_days = self._changed_days, set()
        lost, self._still_news = self.connection.lost, False
        spans = tuple(span for view in tuple(self.changed) if (span := view.cut()) is not None)
        return Spans(
            spans,
            days={name: self._values.days[name] for name in days if name in self._values.days},
            blind_since=lost[0] if lost is not None and self._announced else None,
            recovered_from=recovered,
            still={n: since for n, since in self.connection.still.items() if n in self.wanted},
            late=self._late(span.key.streamer_symbol for span in spans),
        )

    def _late(self, names: Iterable[str]) -> frozenset[str]:
        symbols = self.connection.watchdog.symbols
        late = frozenset(n for n in names if n in self._returned or symbols.is_suspect(n))
        self._returned -= late
        return late

    # -- what the connection tells -------------------------------------------------------------------------

    def wake(self) -> None:
        self._news.set()

    def day_changed(self, streamer_symbol: str) -> None:
        self._changed_days.add(streamer_symbol)
        self._news.set()

    def line_lost(self) -> None:
        self._news.set()

    def line_found(self, since: datetime, *, is_long: bool) -> None:
        if self._announced or (is_long and self.wanted):
            self._recovered = since
        self._announced = False
        self._news.set()

    def still_changed(self, returned: frozenset[str]) -> None:
        self._returned |= returned & self.wanted
        self._still_news = True
        self._news.set()

    def ended(self, why: Exception) -> None:
        self._gone = why
        self._news.set()


class SharedConnections:
    """Implements ports.ValueFeeds: one connection a link, for a link is what has a session of its own."""

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
        self._limits = limits or MarketLimits()
        self._backoff = backoff
        self._connections: dict[str, MarketConnection] = {}
        self._opened = asyncio.Event()
        self.is_running = False

    def open(self, link: Owner) -> Follower:
        return Follower(self.connection(link))

    def connection(self, link: Owner) -> MarketConnection:
        """The one of this link, which is made when there is none."""
        connection = self._connections.get(link.id)
        if connection is None or connection.is_gone:
            connection = self._connections[link.id] = MarketConnection(
                self._rest,
                link,
                self._drift,
                self._hours,
                limits=self._limits,
                backoff=self._backoff,
            )
            self._opened.set()
        return connection

    def of(self, link_id: str) -> MarketConnection | None:
        """The connection that there is."""
        return self._connections.get(link_id)

    async def run(self) -> None:
        """As the port."""
        tasks: dict[MarketConnection, asyncio.Task[None]] = {}
        self.is_running = True
        try:
            while True:
                self._opened.clear()
                for connection, task in tuple(tasks.items()):
                    if task.done():
                        del tasks[connection]
                        self._end(connection, task)
                for key, connection in self._connections.items():
                    if connection not in tasks:
                        tasks[connection] = asyncio.create_task(connection.run(), name=f"market-data-{key}")
                        tasks[connection].add_done_callback(lambda _: self._opened.set())
                await self._opened.wait()
        finally:
            self.is_running = False
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    def _end(self, connection: MarketConnection, task: asyncio.Task[None]) -> None:
        """Forget a connection that nobody needs any more, or whose link is gone; another one is begun again."""
        if not task.cancelled() and task.exception() is not None:
            log.info("market data: a connection ended (%s)", type(task.exception()).__name__)
        if connection.is_gone or not connection.users:
            for key, other in tuple(self._connections.items()):
                if other is connection:
                    del self._connections[key]
