"""One DXLink connection, for values that are followed and for candles that are asked for once: the handshake in its
order, messages in and out, each within its time limit (I50)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp
import orjson

from senexbot.broker import dxlink, raw, sdk, websocket
from senexbot.broker.drift import Drift
from senexbot.broker.dxlink import Layout, Subscription
from senexbot.broker.websocket import LineLost


@dataclass(frozen=True, slots=True)
class MarketLimits:
    """Seconds, unless said. `silence` stays under the 75 s of I49; a quote token lives 24 h."""

    connect: float = 10.0
    handshake: float = 15.0
    keepalive: float = 20.0
    silence: float = 60.0
    send: float = 5.0
    steady: float = 1.0
    announce: float = 15.0  # a shorter gap is not told
    settle: float = 1.0  # the first prices after a gap come together with its end: they are late
    aggregation: float = 0.1
    grant_pause: float = 300.0
    linger: float = 60.0  # with nothing wanted, before the line is closed
    auths: int = 3  # on one connection
    token_age: timedelta = timedelta(hours=23)


@dataclass(slots=True)
class MarketLine:
    """What the server has been asked for and how its rows are laid out. `heard` is called at each message.

    `layouts` is what the handshake asks for; afterwards it is what the server says.
    """

    socket: aiohttp.ClientWebSocketResponse
    token: str = field(repr=False)
    token_at: datetime
    limits: MarketLimits
    drift: Drift
    heard: Callable[[], None]
    layouts: dict[str, Layout] = field(default_factory=lambda: dxlink.asked(dxlink.FOLLOWED))
    contract: str = "AUTO"
    sent: set[Subscription] = field(default_factory=set)
    auths: int = 0

    async def open(self, other: Callable[[raw.Raw], None]) -> None:
        """The whole handshake; `other` gets the messages that do not belong to it. Raises LineLost."""
        try:
            async with asyncio.timeout(self.limits.handshake):
                await self._shake_hands(other)
        except TimeoutError:
            raise LineLost("the handshake was not completed") from None

    async def _shake_hands(self, other: Callable[[raw.Raw], None]) -> None:
        """Strictly in order: AUTH after UNAUTHORIZED, the channel after AUTHORIZED (pitfall 62)."""
        await self.send(dxlink.setup(sdk.constants().dxlink_version))
        while True:
            message = await self.hear()
            kind = message.get("type")
            if kind == "AUTH_STATE" and message.get("state") == "UNAUTHORIZED":
                await self._authorise()
            elif kind == "AUTH_STATE" and message.get("state") == "AUTHORIZED":
                await self.send(dxlink.channel_request(self.contract))
            elif kind == "CHANNEL_OPENED" and message.get("channel") == dxlink.CHANNEL:
                await self.send(dxlink.feed_setup(self.limits.aggregation, self.layouts))
                return
            else:
                other(message)

    async def _authorise(self) -> None:
        if self.auths >= self.limits.auths:
            raise LineLost("the broker does not authorise this token")
        self.auths += 1
        await self.send(dxlink.auth(self.token))

    async def send(self, message: bytes) -> None:
        await websocket.send(self.socket, message, limit=self.limits.send)

    async def hear(self) -> raw.Raw:
        """The next message of any kind; what is none is kept aside and counted (I53)."""
        while True:
            text = await websocket.next_text(self.socket, self.limits.silence)
            self.heard()
            message = self.read(text)
            if message is not None:
                return message

    def read(self, text: str | bytes) -> raw.Raw | None:
        """A message; None for what is none, which is kept aside and counted (I53)."""
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            message = None
        if type(message) is dict:
            return message
        self.drift.note("market data message that cannot be read", text)
        return None
