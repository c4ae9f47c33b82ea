"""One supervised DXLink connection of one session owner, shared by everybody who follows values over it.

It says since when it was blind, and never blocks a reader. Beside what is wanted it subscribes the probes of
pulse.py, whose prints show that prices move; nobody is shown them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import aiohttp

from senexbot.broker import dxlink, pulse, raw, websocket
from senexbot.broker.backoff import Backoff
from senexbot.broker.drift import Drift
from senexbot.broker.market_line import MarketLimits, MarketLine
from senexbot.broker.market_values import MarketValues
from senexbot.broker.pulse import Moment
from senexbot.broker.quote_token import quote_token
from senexbot.broker.rest import Rest
from senexbot.broker.standstill import Hours, Owner, PricesFrozen, Watchdog
from senexbot.broker.websocket import LineLost
from senexbot.domain.errors import BrokerFault, GrantExpired, NotConnected

log = logging.getLogger(__name__)

AT_ONCE = 1012  # "Reconnection is required": routine at the broker (pitfall 63)


class LineUser(Protocol):
    """Who is told what becomes of the line."""

    @property
    def wanted(self) -> frozenset[str]:
        """The streamer symbols of what it wants."""

    def line_lost(self) -> None: ...

    def line_found(self, since: datetime, *, is_long: bool) -> None:
        """Prices can be seen again; `since` they could not. `is_long`: long enough to be told to anybody."""

    def still_changed(self, returned: frozenset[str]) -> None:
        """`MarketConnection.still` is another now, or these symbols printed again after a standstill."""

    def ended(self, why: Exception) -> None:
        """The connection will not be made any more."""


class MarketConnection:
    """`run` keeps it connected while something is wanted. `lost`: since when nothing can be seen, None while it can."""

    def __init__(
        self,
        rest: Rest,
        owner: Owner,
        drift: Drift,
        hours: Hours,
        *,
        limits: MarketLimits,
        backoff: Callable[[], Backoff],
    ) -> None:
        self.owner = owner
        self.clock = rest.clock
        self.limits = limits
        self.users: list[LineUser] = []
        self.watchdog = Watchdog(owner, hours, rest.clock)
        self.still: dict[str, datetime] = {}
        self.lost: Moment | None = None
        self.settles = 0.0  # until then the first batch after a gap collects what the snapshot brings
        self.up = False
        self.is_gone = False  # the link is; it will not be made any more
        self._rewanted = asyncio.Event()
        self.values = MarketValues(self._rewanted.set)
        self._again: set[dxlink.Subscription] = set()
        self._rest = rest
        self._drift = drift
        self._backoff = backoff
        self._frozen = False  # the last line's prices stood still, and those of this one do not flow yet
        self._heard: Moment | None = None
        self._turn: Moment | None = None  # one moment serves all that is read in one turn of the loop
        self._is_wanted = False

    # -- what its users do -------------------------------------------------------------------------------

    @property
    def heard(self) -> Moment | None:
        """When the living line was last heard."""
        return self._heard if self.up else None

    def is_current(self, streamer_symbol: str) -> bool:
        """Whether what is known of this symbol is what the broker says now, as far as anybody can tell."""
        return self.up and self.lost is None and not self.watchdog.symbols.is_suspect(streamer_symbol)

    def rewanted(self) -> None:
        """What its users want has changed: the probes come and go with it."""
        is_wanted = any(user.wanted for user in self.users)
        if is_wanted is not self._is_wanted:
            self._is_wanted = is_wanted
            (self.values.probe if is_wanted else self.values.unprobe)(pulse.PROBES)
        self._rewanted.set()

    def ask_again(self, lines: set[dxlink.Subscription]) -> None:
        """Have the snapshot of these sent once more."""
        self._again |= lines
        self._rewanted.set()

    # -- its life ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled, or idle with no user left; NotConnected (the link is gone) ends it."""
        backoff = self._backoff()
        try:
            while True:
                while not self._is_wanted:
                    if not self.users:
                        return
                    self._rewanted.clear()
                    await self._rewanted.wait()
                await self._once(backoff)
        except NotConnected as gone:
            self.is_gone = True
            for user in tuple(self.users):
                user.ended(gone)
            raise
        finally:
            if self._heard is not None:
                self._lose(self._heard)
            self.up, self._heard = False, None

    async def _once(self, backoff: Backoff) -> None:
        """One connection, whatever its end, and the pause after it."""
        self._lose(self._now())
        began, pause, at_once, is_idle = self.clock.monotonic(), 0.0, False, False
        try:
            is_idle = await self._live()
        except NotConnected:
            raise
        except PricesFrozen as trouble:
            log.warning("market data: %s", trouble)
            self._heard, self._frozen = trouble.since, True
        except LineLost as trouble:
            log.info("market data: %s", trouble)
            at_once = trouble.code == AT_ONCE
        except GrantExpired:
            pause = self.limits.grant_pause
        except BrokerFault as trouble:
            log.info("market data: %s", trouble)
        except Exception:
            log.exception("market data stream")
        steady = self.up and not self._frozen and self.clock.monotonic() - began >= self.limits.steady
        if is_idle:
            self.up, self._heard, self.lost = False, None, None
            return
        if self._heard is not None:
            self._lose(self._heard)
        self.up, self._heard = False, None
        if steady:
            backoff.reset()
        await self.clock.sleep(0.0 if at_once and steady else max(pause, backoff.next()))

    def _now(self) -> Moment:
        return self.clock.now(), self.clock.monotonic()

    def _lose(self, at: Moment) -> None:
        if self.lost is None:
            self.lost = at
            for user in self.users:
                user.line_lost()

    def _found(self) -> None:
        """Prices can be seen. A gap that is long enough is told, also when nobody came to read its beginning."""
        lost, self.lost, self._frozen = self.lost, None, False
        if lost is not None:
            self.settles = self.clock.monotonic() + self.limits.settle
            is_long = self.clock.monotonic() - lost[1] >= self.limits.announce
            for user in self.users:
                user.line_found(lost[0], is_long=is_long)

    async def _live(self) -> bool:
        """One line until it ends; True when it was not wanted any more."""
        token, url = await quote_token(self._rest, self.owner.id, self.owner.environment)
        token_at = self.clock.not_before()
        async with websocket.connected(url, limit=self.limits.connect) as socket:
            line = MarketLine(socket, token, token_at, self.limits, self._drift, self._note_heard)
            await line.open(lambda message: self._take(line, message))
            await self._subscribe(line, is_new=True)
            self.up = True
            self.watchdog.opened()
            if not self._frozen:
                self._found()
            return await self._serve(line)

    async def _serve(self, line: MarketLine) -> bool:
        """Read, write and look after it side by side; the first to end takes the others along."""
        works = (self._read(line), self._write(line), self._guard(line), self._listen())
        tasks = [asyncio.create_task(work) for work in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            return True
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, line: MarketLine) -> None:
        """Everything that has arrived before the turn is given up: `receive` waits only when nothing is there."""
        receive, read = line.socket.receive, line.read
        text, binary = aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY
        while True:
            told = await receive()
            kind = told.type
            if kind is not text and kind is not binary:
                raise websocket.line_end(line.socket)
            if self._turn is None:
                self._note_heard()
            message = read(told.data)
            if message is None:
                continue
            if message.get("type") == "FEED_DATA":
                self._feed(line, message.get("data"))
            else:
                self._take(line, message)

    async def _listen(self) -> None:
        """Silence ends the line: nothing of any kind for too long, by the time of this machine's loop (I49)."""
        silence, loop = self.limits.silence, asyncio.get_running_loop()
        heard, since = self._heard, loop.time()
        while True:
            await _wait(asyncio.Event(), max(min(silence / 20, since + silence - loop.time()), 0.001))
            if self._heard is not heard:
                heard, since = self._heard, loop.time()
            elif loop.time() - since >= silence:
                raise LineLost(f"nothing heard for {silence:g} s")

    async def _write(self, line: MarketLine) -> None:
        """Keep-alives and changes of the wanted set; a token that grows old ends the line (F59). Ends when idle."""
        ends = self.clock.monotonic()
        idle_since: float | None = None
        while True:
            now = self.clock.monotonic()
            if self.clock.not_before() - line.token_at >= self.limits.token_age:
                raise LineLost("the token for market data is renewed", AT_ONCE)
            idle_since = None if self._is_wanted else now if idle_since is None else idle_since
            if idle_since is not None and now - idle_since >= self.limits.linger:
                return
            if now >= ends:
                await line.send(dxlink.KEEPALIVE)
                ends = now + self.limits.keepalive
            await self._subscribe(line)
            await _wait(self._rewanted, max(ends - self.clock.monotonic(), 0.01))

    async def _guard(self, line: MarketLine) -> None:
        """Prices that stand still behind keep-alives end the line; one symbol alone is subscribed again (F56)."""
        while True:
            await self.clock.sleep(pulse.SLOT)
            self.values.let_stand(self._now())
            if not self._is_wanted:
                continue
            wanted = frozenset().union(*(user.wanted for user in self.users))
            suspects = await self.watchdog.look(self.values.stamps(), wanted)
            lines = self.values.lines_of(suspects) & line.sent
            for message in dxlink.subscriptions(lines, lines):
                await line.send(message)
            if self._frozen and self.watchdog.knows_closed:
                self._found()  # with the closing prices
            still, returned = self.watchdog.symbols.still(), self.watchdog.symbols.returned()
            if still != self.still or returned:
                self.still = still
                for user in self.users:
                    user.still_changed(returned)

    async def _subscribe(self, line: MarketLine, *, is_new: bool = False) -> None:
        """Send the difference between what is needed and what this connection was told."""
        self._rewanted.clear()
        values = self.values
        looked, values.dirty = values.needed() if is_new else values.dirty, set()
        again, self._again = self._again & line.sent, set()
        added = {sub for sub in looked if values.is_needed(sub) and sub not in line.sent}
        removed = {sub for sub in looked if not values.is_needed(sub) and sub in line.sent}
        line.sent = (line.sent | added) - removed
        for message in dxlink.subscriptions(added | again, removed | again):
            await line.send(message)

    # -- what it hears -----------------------------------------------------------------------------------

    def _note_heard(self) -> None:
        """The clocks are read once for all that is read in this turn of the loop."""
        if self._turn is None:
            self._turn = self._heard = self._now()
            asyncio.get_running_loop().call_soon(self._end_turn)

    def _end_turn(self) -> None:
        self._turn = None

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
        elif kind == "AUTH_STATE" and message.get("state") == "UNAUTHORIZED" and self.up:
            raise LineLost("the broker took the authorisation back", AT_ONCE)
        elif kind not in {"SETUP", "KEEPALIVE", "AUTH_STATE"}:
            self._drift.note("market data message of an unknown kind", message)

    def _feed(self, line: MarketLine, data: object) -> None:
        told = dxlink.columns(data, line.layouts)
        if told is None:
            self._drift.note("market data rows that cannot be read", data)
            return
        at, flow = self._turn or self._now(), self.watchdog.flow
        for event, columns in told:
            if event == dxlink.TRADE and columns[0]:
                flow.add(columns[0], at)
                if self._frozen and flow.flowing:
                    self._found()
        self.values.feed(told, at)


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    """Until the event or the end of time. Python 3.11's wait_for may swallow a cancel; this does not."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _word(value: object) -> str:
    """An error's name as the protocol has it; nothing else from outside is repeated."""
    word = raw.text(value, 30)
    return word if word.replace("_", "").isalpha() else "an error"
