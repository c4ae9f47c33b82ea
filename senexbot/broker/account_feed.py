"""The account streamer of one link: supervised, with heartbeats, a watchdog and reconnects of its own.

News only: what was missed while it was down is read by REST by whoever listens (`feed_connected`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from senexbot.broker import faults, raw, websocket
from senexbot.broker.backoff import Backoff
from senexbot.broker.drift import Drift
from senexbot.broker.mapping import broker_order, complex_parts
from senexbot.broker.sdk import user_agent
from senexbot.broker.sessions import Sessions
from senexbot.broker.websocket import LineLost
from senexbot.domain.errors import BrokerFault, Fenced, GrantExpired, NotConnected
from senexbot.domain.links import Link
from senexbot.ports import AccountSink

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """Seconds. `silence` stays under the 45 s within which a silent stream has to be noticed (I49)."""

    connect: float = 10.0
    acknowledge: float = 10.0
    heartbeat: float = 20.0
    silence: float = 40.0
    send: float = 5.0
    steady: float = 1.0  # a line that lived shorter does not count as a success
    grant_pause: float = 300.0  # between tries with a grant that is refused


@dataclass(slots=True)
class _Line:
    """One connection."""

    socket: aiohttp.ClientWebSocketResponse
    link: Link
    token: str = field(default="", repr=False)
    request: int = 0


class TastytradeAccountFeeds:
    """Runs account streams; implements ports.AccountFeeds."""

    def __init__(
        self,
        sessions: Sessions,
        drift: Drift,
        *,
        limits: FeedLimits | None = None,
        backoff: Callable[[], Backoff] = Backoff,
    ) -> None:
        self._sessions = sessions
        self._clock = sessions.clock
        self._drift = drift
        self._limits = limits or FeedLimits()
        self._backoff = backoff

    async def run(self, link: Link, sink: AccountSink) -> None:
        """Until cancelled. NotConnected (the link is gone) and Fenced end it; all else is reconnected."""
        backoff = self._backoff()
        told = False
        refused = ""
        while True:
            up: list[float] = []
            pause = 0.0
            try:
                await self._live(link, sink, up, refused)
            except (NotConnected, Fenced):
                raise
            except _Refused as trouble:
                why, refused = str(trouble), trouble.token
            except GrantExpired as trouble:
                why, pause = str(trouble), self._limits.grant_pause
            except (LineLost, BrokerFault) as trouble:
                why = str(trouble)
            except Exception as trouble:
                log.exception("account stream")
                why = f"trouble of our own ({type(trouble).__name__})"
            if up:
                refused, told = "", False
                if self._clock.monotonic() - up[0] >= self._limits.steady:
                    backoff.reset()
            if not told:
                told = True
                await self._tell(sink.feed_lost(link, why))
            await self._clock.sleep(max(pause, backoff.next()))

    async def _live(self, link: Link, sink: AccountSink, up: list[float], refused: str) -> None:
        """One connection from opening to its end; `up` gets the moment of the acknowledgement."""
        url = self._sessions.endpoints.streamer(link.environment)
        await self._sessions.of(link.id, link.environment)
        token = await self._sessions.token(link.id, unlike=refused)
        async with websocket.connected(url, limit=self._limits.connect) as socket:
            line = _Line(socket, link, token)
            early = await self._connect(line)
            up.append(self._clock.monotonic())
            await self._tell(sink.feed_connected(link))
            for message in early:
                await self._notify(link, sink, message)
            heart = asyncio.create_task(self._beat(line))
            try:
                await self._read(line, sink, heart)
            finally:
                heart.cancel()
                await asyncio.gather(heart, return_exceptions=True)

    async def _connect(self, line: _Line) -> list[raw.Raw]:
        """Subscribe all accounts of the link; returns notifications that overtook the acknowledgement."""
        numbers = [a.number for a in line.link.accounts if not a.is_closed]
        await self._send(line, "connect", value=numbers)
        early: list[raw.Raw] = []
        try:
            async with asyncio.timeout(self._limits.acknowledge):
                while True:
                    message = self._parse(await websocket.next_text(line.socket, self._limits.acknowledge))
                    if message is None:
                        continue
                    if message.get("action") == "connect" and message.get("status") == "ok":
                        return early
                    if message.get("status") == "error":
                        raise _Refused(message, line.token)
                    if "type" in message and len(early) < 1000:
                        early.append(message)
        except TimeoutError:
            raise LineLost("the broker did not acknowledge the subscription") from None

    async def _send(self, line: _Line, action: str, **extra: Any) -> None:
        line.request += 1
        message = {
            "action": action,
            "auth-token": f"Bearer {line.token}",
            "request-id": line.request,
            "source": user_agent(),
            **extra,
        }
        await websocket.send(line.socket, orjson.dumps(message), limit=self._limits.send)

    async def _beat(self, line: _Line) -> None:
        """Heartbeats, each with a token that is valid then (F54)."""
        while True:
            await asyncio.sleep(self._limits.heartbeat)
            with contextlib.suppress(BrokerFault):  # the old token may do; the watchdog sees if not
                line.token = await self._sessions.token(line.link.id)
            await self._send(line, "heartbeat")

    async def _read(self, line: _Line, sink: AccountSink, heart: asyncio.Task[None]) -> None:
        while True:
            if heart.done():
                heart.result()
            message = self._parse(await websocket.next_text(line.socket, self._limits.silence))
            if message is None:
                continue
            if message.get("status") == "error":
                raise _Refused(message, line.token)
            if "type" in message:
                await self._notify(line.link, sink, message)

    def _parse(self, text: str | bytes) -> raw.Raw | None:
        """One message; what is none is kept aside and counted, the stream goes on (I53, F50)."""
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict):
            self._drift.note("account stream message that cannot be read", text)
            return None
        return message

    async def _notify(self, link: Link, sink: AccountSink, message: raw.Raw) -> None:
        """One notification; whatever is wrong with it stays with it (I53)."""
        try:
            await self._deliver(link, sink, message)
        except (Fenced, NotConnected):
            raise
        except Exception:
            self._drift.note("account stream message that broke our reading", message)
            log.exception("account stream message")

    async def _deliver(self, link: Link, sink: AccountSink, message: raw.Raw) -> None:
        kind, data = raw.text(message.get("type"), 40), message.get("data")
        if kind == "Order":
            await self._order(link, sink, data)
        elif kind == "ComplexOrder":
            for part, whole in complex_parts(data):
                await self._order(link, sink, part, whole)
        elif kind in {"AccountBalance", "CurrentPosition", "TradingStatus"}:
            account = raw.text(raw.mapping(data).get("account-number"), 40)
            if link.account(account) is None:
                self._drift.note("account stream message without an account of ours", message)
                return
            await self._tell(sink.feed_account_changed(link, account))

    async def _order(
        self, link: Link, sink: AccountSink, data: object, complex_id: int | None = None
    ) -> None:
        order = broker_order(data, complex_id=complex_id)
        if order is None or link.account(order.account) is None:
            self._drift.note("order notification that cannot be read", data)
            return
        await self._tell(sink.feed_order(link, order))

    async def _tell(self, call: Awaitable[None]) -> None:
        """What the listener trips over must not end the stream; the sweep finds what it missed."""
        try:
            await call
        except (Fenced, NotConnected):
            raise
        except Exception:
            self._drift.note("news the listener did not take")
            log.exception("listener of the account stream")


class _Refused(LineLost):
    """The broker's own `status: error`; `token`: the one it was given."""

    def __init__(self, message: raw.Raw, token: str) -> None:
        words = faults.clean(raw.text(message.get("message"), 100)) or "no reason"
        super().__init__(f"the broker refused the stream ({words})")
        self.token = token
