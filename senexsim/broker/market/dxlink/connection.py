"""One DXLink connection: handshake in its order, keepalives both ways, and the only writer to the socket.

How strictly the order is held. The protocol wants each step after the answer to the one before, and since
2026-06 the real server enforces it, though not always (its "Session not found" is intermittent). Decided here:
- An AUTH that did not wait for AUTH_STATE UNAUTHORIZED is taken, because the vendor's own JavaScript client
  sends it so; a standing fault `delay` makes the server slow, and then it is refused as the real one does.
- Whatever belongs to a channel before AUTH_STATE AUTHORIZED was said is refused with UNAUTHORIZED, without
  exception: no client of the vendor's does that. Authorising takes a moment, so that requests sent in one
  breath with the AUTH are refused too. The line stays, and the same request is taken afterwards.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable
from typing import Final

import orjson
from aiohttp import WSMsgType, web

from senexsim.broker.market.dxlink.channel import Channel
from senexsim.broker.market.dxlink.events import Events
from senexsim.broker.market.dxlink.protocol import (
    SERVER_VERSION,
    Message,
    ProtocolError,
    feed_setup,
    number,
    parse,
    subscription_items,
)
from senexsim.broker.market.dxlink.record import SentFrames
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.ports import Faults

log = logging.getLogger(__name__)
TARGET: Final = "dxlink"
FRAME_FAULTS: Final = frozenset({"delay", "reset", "duplicate", "reorder", "malformed"})
HANDSHAKE_PAUSE: Final = 0.005  # before each AUTH_STATE, so that what is sent without waiting comes before it
THAW_CHECK: Final = 0.05
IDLE_CHECK: Final = 0.5
MAX_CONTROL: Final = 256
MAX_CHANNELS: Final = 256
DEFAULT_TIMEOUT: Final = 60.0
MIN_SEND_PATIENCE: Final = 5.0
_CONTRACTS: Final = frozenset({"AUTO", "TICKER", "STREAM", "HISTORY"})


class Connection:
    """Serves one accepted websocket until either side ends it."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        *,
        market: Market,
        faults: Faults,
        valid_quote_token: Callable[[str], bool],
        record: SentFrames,
    ) -> None:
        self._record, self._number = record, record.accepted()
        self._socket = socket
        self._transport = transport
        self._market = market
        self._events = Events(market)
        self._faults = faults
        self._valid_quote_token = valid_quote_token
        self._loop = asyncio.get_running_loop()
        self._channels: dict[int, Channel] = {}
        self._control: deque[Message] = deque()
        self._room = asyncio.Event()
        self._wake = asyncio.Event()
        self._flushed: list[asyncio.Future[None]] = []
        self._held: bytes | None = None
        self._state = "NEW"
        self._patience = DEFAULT_TIMEOUT
        self._keepalive = DEFAULT_TIMEOUT / 2
        self._heard = self._told = self._loop.time()

    # -- life ---------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Read and write until the client goes, breaks the rules fatally, or is silent too long."""
        writer = self._loop.create_task(self._write())
        try:
            await self._read()
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            _release(self._flushed)

    async def _read(self) -> None:
        async for message in self._socket:
            await self._thaw()
            self._heard = self._loop.time()
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                continue
            said = message.data if isinstance(message.data, str) else message.data.decode("utf-8", "replace")
            self._record.heard(self._number, said)
            try:
                self._handle(parse(message.data))
            except ProtocolError as error:
                self._say(error.frame())
                if error.fatal:
                    self._state = "CLOSING"
            while len(self._control) > MAX_CONTROL:
                self._room.clear()
                await self._room.wait()

    def abort(self) -> None:
        """Drop the line without a close frame."""
        if self._transport is not None:
            self._transport.abort()

    async def _thaw(self) -> None:
        while self._faults.standing(TARGET, "freeze"):
            await asyncio.sleep(THAW_CHECK)
            self._heard = self._told = self._loop.time()

    # -- what the client says -----------------------------------------------------------------------

    def _handle(self, message: Message) -> None:
        kind, channel = message["type"], message["channel"]
        if kind == "KEEPALIVE":
            return
        if kind in {"SETUP", "AUTH", "ERROR"}:
            if channel != 0:
                raise ProtocolError("INVALID_MESSAGE", f"{kind} belongs on channel 0.", channel)
            if kind != "ERROR":
                self._set_up(message) if kind == "SETUP" else self._authorize(message)
            return
        if self._state != "AUTHORIZED":
            raise ProtocolError("UNAUTHORIZED", "Authorization is required.", 0)
        if channel % 2 == 0:
            raise ProtocolError("BAD_ACTION", "Protocol violation with an even channel usage.", 0)
        if kind == "CHANNEL_REQUEST":
            self._open(message)
        elif kind in {"CHANNEL_CANCEL", "FEED_SETUP", "FEED_SUBSCRIPTION"}:
            found = self._channels.get(channel)
            if found is None:
                raise ProtocolError("BAD_ACTION", "The channel is not open.", channel)
            self._on_channel(kind, found, message)
        else:
            raise ProtocolError("INVALID_MESSAGE", f"Unknown message type {kind[:40]!r}.", channel)

    def _set_up(self, message: Message) -> None:
        version = message.get("version", "0.1")
        if not isinstance(version, str) or not re.match(r"[01]\.\d", version):
            raise ProtocolError("UNSUPPORTED_PROTOCOL", "The protocol version is not supported.", fatal=True)
        self._patience = min(number(message, "keepaliveTimeout", DEFAULT_TIMEOUT) or DEFAULT_TIMEOUT, 3600.0)
        accepts = number(message, "acceptKeepaliveTimeout", DEFAULT_TIMEOUT) or DEFAULT_TIMEOUT
        self._keepalive = max(min(accepts, DEFAULT_TIMEOUT) / 2, 0.05)
        self._say(
            {
                "type": "SETUP",
                "channel": 0,
                "keepaliveTimeout": int(DEFAULT_TIMEOUT),
                "acceptKeepaliveTimeout": _plain(self._patience),
                "version": SERVER_VERSION,
            }
        )
        if self._state == "NEW":
            self._state = "SET_UP"
            self._loop.call_later(HANDSHAKE_PAUSE, self._ask_for_token)

    def _ask_for_token(self) -> None:
        if self._state == "SET_UP":
            self._state = "UNAUTHORIZED"
            self._say({"type": "AUTH_STATE", "channel": 0, "state": "UNAUTHORIZED"})

    def _authorize(self, message: Message) -> None:
        hasty = self._state == "SET_UP"
        if self._state == "NEW" or (hasty and self._faults.standing(TARGET, "delay")):
            raise ProtocolError("UNAUTHORIZED", "AuthException: Session not found", fatal=True)
        if hasty:
            self._ask_for_token()
        token = message.get("token")
        if not isinstance(token, str):
            raise ProtocolError("INVALID_MESSAGE", "AUTH carries no token.")
        if not self._valid_quote_token(token):
            raise ProtocolError("UNAUTHORIZED", "AuthException: Invalid token", fatal=True)
        self._loop.call_later(HANDSHAKE_PAUSE, self._let_in)

    def _let_in(self) -> None:
        if self._state != "CLOSING":
            self._state = "AUTHORIZED"
            self._say({"type": "AUTH_STATE", "channel": 0, "state": "AUTHORIZED", "userId": "senexsim"})

    def _open(self, message: Message) -> None:
        asked = message["channel"]
        if asked in self._channels:
            raise ProtocolError("BAD_ACTION", "The channel is already open.", asked)
        if message.get("service") != "FEED":
            raise ProtocolError("BAD_ACTION", "The service is not available.", asked)
        if len(self._channels) >= MAX_CHANNELS:
            raise ProtocolError("BAD_ACTION", "Too many channels.", asked)
        parameters = message.get("parameters") or {}
        contract = parameters.get("contract", "AUTO") if isinstance(parameters, dict) else None
        if contract not in _CONTRACTS:
            raise ProtocolError("BAD_ACTION", "The contract is not available.", asked)
        answer = {"contract": contract, "subFormat": "LIST"}
        self._channels[asked] = Channel(self._market, self._events, asked, answer)
        self._say({"type": "CHANNEL_OPENED", "channel": asked, "service": "FEED", "parameters": answer})

    def _on_channel(self, kind: str, channel: Channel, message: Message) -> None:
        if kind == "CHANNEL_CANCEL":
            del self._channels[channel.number]
            self._say({"type": "CHANNEL_CLOSED", "channel": channel.number})
        elif kind == "FEED_SETUP":
            self._say(channel.set_up(feed_setup(message)))
        else:
            self._subscribe(channel, message)
        self._wake.set()

    def _subscribe(self, channel: Channel, message: Message) -> None:
        added, removed = subscription_items(message, "add"), subscription_items(message, "remove")
        if message.get("reset") is True:
            channel.reset()
        for item in removed:
            channel.remove(item)
        told = [channel.add(item) for item in added]
        if any(told):
            self._say(channel.config())

    # -- what the market says -----------------------------------------------------------------------

    def touch(self, changed: frozenset[str]) -> None:
        """Prices changed: the writer picks up what matters here when it is due."""
        moved = [channel.touch(changed) for channel in self._channels.values()]
        if any(moved):
            self._wake.set()

    def flush(self, changed: frozenset[str]) -> asyncio.Future[None] | None:
        """Let these symbols out now; done when their frames were written. None if nothing is to send."""
        moved = [channel.touch(changed, at_once=True) for channel in self._channels.values()]
        if not any(moved) or self._faults.standing(TARGET, "freeze") or self._faults.data_stand_still(TARGET):
            return None
        done: asyncio.Future[None] = self._loop.create_future()
        self._flushed.append(done)
        self._wake.set()
        return done

    # -- the writer ---------------------------------------------------------------------------------

    def _say(self, message: Message) -> None:
        self._control.append(message)
        self._wake.set()

    async def _write(self) -> None:
        try:
            while await self._turn():
                pass
        except (ConnectionError, TimeoutError):
            log.debug("a DXLink client is gone or does not read")
            self.abort()
        except Exception:
            log.exception("a DXLink connection failed")
            self.abort()

    async def _turn(self) -> bool:
        await self._wait_for_work()
        await self._thaw()
        while self._control:
            await self._send(orjson.dumps(self._control.popleft()))
        self._room.set()
        if self._state == "CLOSING":
            await self._socket.close()
            return False
        await self._keep_alive(await self._send_due())
        return True

    async def _send_due(self) -> int:
        """The data frames that are due; whoever waited for them is told, also when the line broke."""
        waiters, self._flushed = self._flushed, []
        sent = 0
        frozen = self._faults.symbols_standing_still(TARGET)
        try:
            for channel in self._flowing():
                for frame in channel.frames(self._loop.time(), frozen):
                    sent += 1
                    await self._send_data(frame)
        finally:
            _release(waiters)
        return sent

    def _flowing(self) -> list[Channel]:
        """The channels that may send data now: all of them, or none while data stand still."""
        return [] if self._faults.data_stand_still(TARGET) else list(self._channels.values())

    async def _wait_for_work(self) -> None:
        now, frozen = self._loop.time(), self._faults.symbols_standing_still(TARGET)
        waits = [channel.wait(now, frozen) for channel in self._flowing()]
        soonest = min((wait for wait in waits if wait is not None), default=IDLE_CHECK)
        if self._control or self._flushed or soonest <= 0:
            await asyncio.sleep(0)
            self._wake.clear()
            return
        self._wake.clear()
        timer = self._loop.call_later(min(soonest, IDLE_CHECK, self._keepalive), self._wake.set)
        await self._wake.wait()
        timer.cancel()

    async def _keep_alive(self, sent: int) -> None:
        now = self._loop.time()
        if not sent and self._faults.take(TARGET, ("reset",)) is not None:
            self.abort()
        if now - self._heard > self._patience:
            error = ProtocolError("TIMEOUT", "No message was received in the keepalive timeout.", fatal=True)
            self._say(error.frame())
            self._state = "CLOSING"
        elif self._state != "NEW" and now - self._told >= self._keepalive:
            self._say({"type": "KEEPALIVE", "channel": 0})

    async def _send_data(self, frame: bytes) -> None:
        """One data frame, with the trouble scripted for it."""
        fault = self._faults.take(TARGET, FRAME_FAULTS)
        kind = fault.kind if fault is not None else ""
        if kind == "reset":
            self.abort()
            raise ConnectionResetError
        if kind == "reorder" and self._held is None:
            self._held = frame
            return
        if kind == "delay" and fault is not None:
            await asyncio.sleep(fault.delay_ms / 1000)
        await self._send(frame[: len(frame) // 2] if kind == "malformed" else frame)
        if kind == "duplicate":
            await self._send(frame)
        if self._held is not None:
            held, self._held = self._held, None
            await self._send(held)

    async def _send(self, frame: bytes) -> None:
        await self._thaw()
        if self._socket.closed:
            raise ConnectionResetError
        async with asyncio.timeout(max(self._patience, MIN_SEND_PATIENCE)):
            text = frame.decode()
            # before: who is cancelled while the socket drains has sent it all the same
            self._record.sent(self._number, self._market.clock.now(), text)
            await self._socket.send_str(text)
        self._told = self._loop.time()


def _release(waiters: list[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)


def _plain(seconds: float) -> int | float:
    return int(seconds) if seconds == int(seconds) else seconds
