"""The account streamer: websocket connections, their subscriptions, and the notifications pushed to them.

Notifications are full objects in REST shape; nothing is replayed after a reconnect.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from aiohttp import WSMessage, WSMsgType, web

from senexsim.broker.clock import SimClock
from senexsim.broker.faults import Fault, Faults
from senexsim.broker.oauth import TokenDesk
from senexsim.broker.wire import dumps
from senexsim.wire_log import WireLog

TARGET: Final = "account-stream"
USER_LEVEL: Final = frozenset(
    {"public-watchlists-subscribe", "quote-alerts-subscribe", "user-message-subscribe"}
)
ACTIONS: Final = USER_LEVEL | {"connect", "account-subscribe", "heartbeat"}
KICK: Final = object()


@dataclass(eq=False)
class Connection:
    """One websocket: what it listens to, and its frames waiting to be written in order."""

    socket: web.WebSocketResponse
    session: str
    user: str | None = None
    accounts: set[str] = field(default_factory=set)
    topics: set[str] = field(default_factory=set)
    frames: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)


class Streamer:
    """All connections of the account streamer."""

    def __init__(
        self,
        *,
        tokens: TokenDesk,
        faults: Faults,
        owners: Callable[[str], str | None],
        idle_limit: float,
        clock: SimClock,
        wire: WireLog | None = None,
    ) -> None:
        self._wire = wire or WireLog()
        self._tokens, self._faults, self._owners, self._clock = tokens, faults, owners, clock
        self._idle_limit = idle_limit
        self._connections: set[Connection] = set()

    # -- pushing ----------------------------------------------------------------------------------------

    def push_account(self, account: str, kind: str, data: Mapping[str, Any]) -> None:
        """Notify everyone connected to the account; `data` is rendered now."""
        self._push(kind, data, lambda connection: account in connection.accounts)

    def push_user(self, user: str, kind: str, data: Mapping[str, Any]) -> None:
        """Notify the user's connections that subscribed to quote alerts."""
        topic = "quote-alerts-subscribe"
        self._push(kind, data, lambda connection: connection.user == user and topic in connection.topics)

    def _push(self, kind: str, data: Mapping[str, Any], wants: Callable[[Connection], bool]) -> None:
        listeners = [connection for connection in self._connections if wants(connection)]
        if listeners:
            stamp = int(self._clock.now().timestamp() * 1000)
            frame = dumps({"type": kind, "data": data, "timestamp": stamp}).decode()
            for connection in listeners:
                connection.frames.put_nowait(frame)

    def kick(self) -> None:
        """Wake the writers, so that a fault that closes connections acts at once."""
        for connection in self._connections:
            connection.frames.put_nowait(KICK)

    async def close(self) -> None:
        for connection in list(self._connections):
            with contextlib.suppress(ConnectionError):
                await connection.socket.close(code=1001)

    # -- serving ----------------------------------------------------------------------------------------

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection from upgrade to end."""
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        connection = Connection(socket, secrets.token_hex(4))
        self._connections.add(connection)
        writer = asyncio.create_task(self._write(connection, request))
        try:
            await self._read(connection)
        finally:
            self._connections.discard(connection)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await writer
        return socket

    async def _read(self, connection: Connection) -> None:
        """Answer messages; a connection with no heartbeat and no ping for too long is dropped."""
        while True:
            try:
                message: WSMessage = await connection.socket.receive(timeout=self._idle_limit)
            except TimeoutError:
                await connection.socket.close(code=1000, message=b"idle")
                return
            if message.type is WSMsgType.PING:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._note("in", message.data)
                connection.frames.put_nowait(dumps(self._answer(connection, message.data)).decode())
            elif message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                await connection.socket.close()
                return

    def _answer(self, connection: Connection, text: str) -> dict[str, Any]:
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict):
            return self._status(connection, {}, "failed")
        action = message.get("action")
        if action not in ACTIONS:
            return self._status(connection, message, "not implemented")
        bearer = self._tokens.bearer(_text(message.get("auth-token")))
        if action == "connect":
            return self._connect(connection, message, bearer.user if bearer else None)
        if connection.user is None:
            return self._status(connection, message, "connect-not-completed")
        if bearer is None:
            return self._status(connection, message, "failed")
        if action == "account-subscribe":
            return self._connect(connection, message, bearer.user)
        if action in USER_LEVEL:
            connection.topics.add(action)
        return self._status(connection, message)

    def _connect(self, connection: Connection, message: dict[str, Any], user: str | None) -> dict[str, Any]:
        if user is None:
            return self._status(connection, message, "connect-not-completed")
        wanted = message.get("value") or []
        wanted = [wanted] if isinstance(wanted, str) else wanted
        if not isinstance(wanted, list) or any(self._owners(str(number)) != user for number in wanted):
            return self._status(connection, message, "failed")
        connection.user = user
        connection.accounts |= {str(number) for number in wanted}
        return {**self._status(connection, message), "value": wanted}

    @staticmethod
    def _status(
        connection: Connection, message: Mapping[str, Any], refused: str | None = None
    ) -> dict[str, Any]:
        status: dict[str, Any] = {
            "status": "error" if refused else "ok",
            "action": message.get("action"),
            "web-socket-session-id": connection.session,
        }
        if refused:
            status["message"] = refused
        if "request-id" in message:
            status["request-id"] = message["request-id"]
        return status

    # -- writing, with trouble ----------------------------------------------------------------------------

    async def _write(self, connection: Connection, request: web.Request) -> None:
        held: str | None = None
        while True:
            frame = await connection.frames.get()
            if frame is KICK or self._faults.standing(TARGET, "freeze"):
                fault = self._faults.take(TARGET, {"reset"}) if frame is KICK else None
                if fault is not None and request.transport is not None:
                    request.transport.abort()
                continue
            fault = self._faults.take(TARGET)
            if fault is None:
                sent = [frame]
            elif fault.kind == "reorder" and held is None:
                held = frame
                continue
            else:
                sent = await self._spoiled(frame, fault, request)
            for text in [*sent, *([held] if held is not None else [])]:
                self._note("out", text)
                await connection.socket.send_str(text)
            held = None

    def _note(self, way: str, text: str) -> None:
        """For people; heartbeats, and their answers, are gathered."""
        try:
            told = orjson.loads(text)
        except orjson.JSONDecodeError:
            told = text
        named = told if isinstance(told, dict) else {}
        title = str(named.get("type") or named.get("action") or "what is no JSON")
        if title == "heartbeat":
            self._wire.gather(f"heartbeat {way}", TARGET, way, title, told)
        else:
            self._wire.note(TARGET, way, title, told)

    async def _spoiled(self, frame: str, fault: Fault, request: web.Request) -> list[str]:
        """What goes out instead of the frame."""
        if fault.kind == "reset" and request.transport is not None:
            request.transport.abort()
            return []
        if fault.kind in ("accepted-then-dropped", "status", "rate-limit", "expired-grant"):
            return []
        if fault.kind in ("delay", "late-effect", "late-listing"):
            await asyncio.sleep((fault.delay_ms or 1000) / 1000)
        if fault.kind == "malformed":
            return [frame[: len(frame) // 2]]
        return [frame, frame] if fault.kind == "duplicate" else [frame]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
