"""Socket Mode: tickets, sockets, envelopes and their acknowledgements, refreshes and rude endings."""

import asyncio
import json
import random
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from senexsim.slack.controls.asked import WORKSPACE
from senexsim.slack.delivery.answers import Answer, Heard, Letter
from senexsim.slack.workspace import Workspace

Json = dict[str, Any]

MOST_SOCKETS = 10
TICKET_SECONDS = 30.0
CONNECTION_SECONDS = 18_060
DEBUG_CONNECTION_SECONDS = 360
WARNING_SECONDS = 10
PING_SECONDS = 10
GRACE_SECONDS = 0.5
HOST = "applink-senexsim"
_RESPONDS = frozenset({"slash_commands", "interactive"})


class Socket:
    """One connection of the app. `frozen`: it hears nothing and says nothing, pings included."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws, self._request = ws, request
        self.frozen = False
        self.refresh_now = asyncio.Event()
        self.ending = asyncio.Event()
        self._order = asyncio.Lock()

    async def send(self, frame: Json) -> None:
        if self.frozen or self.ws.closed:
            return
        async with self._order:
            try:
                await self.ws.send_str(json.dumps(frame))
            except ConnectionError:
                return

    async def disconnect(self, reason: str, *, close: bool) -> None:
        await self.send({"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}})
        if close:
            self.ending.set()

    def kill(self) -> None:
        """Gone without a close frame, as a dropped network."""
        if self._request.transport is not None:
            self._request.transport.abort()


@dataclass
class Waiting:
    """An envelope that was sent and not yet acknowledged."""

    future: asyncio.Future[Answer]
    socket: Socket
    heard: Heard | None


class SocketMode:
    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._random = random.Random(ws.seed)
        self._tickets: dict[str, float] = {}
        self._waiting: dict[str, Waiting] = {}
        self._held: list[tuple[Socket, Json]] = []
        self.sockets: list[Socket] = []

    def ticket(self) -> str:
        """The path and query of a single-use, short-lived address."""
        now = self._ws.clock.now()
        self._tickets = {key: until for key, until in self._tickets.items() if until > now}
        made = self._ws.ids.uuid()
        self._tickets[made] = now + TICKET_SECONDS
        return f"/link/?ticket={made}&app_id={self._ws.app.id}"

    def admit(self, ticket: str) -> bool:
        return self._tickets.pop(ticket, 0.0) > self._ws.clock.now()

    async def send(self, letter: Letter) -> Answer:
        """One envelope to one socket chosen at random; waits for its acknowledgement without end."""
        if not self.sockets:
            return Answer(error="dispatch_failed", reason="connection_failed")
        staying = [socket for socket in self.sockets if not socket.ending.is_set()]
        socket = self._random.choice(staying or self.sockets)
        envelope_id = self._ws.ids.uuid()
        envelope: Json = {
            "envelope_id": envelope_id,
            "payload": letter.payload,
            "type": letter.kind,
            "accepts_response_payload": letter.kind in _RESPONDS,
        } | letter.retry
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = Waiting(future, socket, letter.heard)
        try:
            await self._hand_over(socket, envelope, letter.kinds_of_fault)
            return await future
        finally:
            self._waiting.pop(envelope_id, None)

    async def _hand_over(self, socket: Socket, envelope: Json, kinds: set[str]) -> None:
        if "drop" in kinds:
            return
        if "reorder" in kinds:
            self._held.append((socket, envelope))
            return
        await socket.send(envelope)
        if kinds & {"duplicate", "replay"}:
            others = [other for other in self.sockets if other is not socket]
            await (self._random.choice(others) if others else socket).send(envelope)
        held, self._held = self._held, []
        for waiting, earlier in held:
            await waiting.send(earlier)

    def acknowledge(self, socket: Socket, frame: Json) -> None:
        """Match a frame of the app with its envelope. An unknown or late one changes nothing."""
        waiting = self._waiting.get(str(frame.get("envelope_id")))
        if waiting is None or waiting.future.done():
            return
        if waiting.socket is not socket and self._ws.faults.stands("socket", "strict-ack"):
            return
        answer = Answer(acked=True, body=frame.get("payload") or None)
        if waiting.heard is not None:
            waiting.heard(answer)
        waiting.future.set_result(answer)

    async def act(self, kind: str) -> None:
        """The faults of target `socket` that happen at once, to every open socket."""
        for socket in list(self.sockets):
            match kind:
                case "warning":
                    socket.refresh_now.set()
                case "refresh_requested" | "link_disabled" | "too_many_websockets":
                    await socket.disconnect(kind, close=True)
                case "kill" | "reset":
                    socket.kill()
                case "freeze":
                    socket.frozen = True

    def thaw(self) -> None:
        for socket in self.sockets:
            socket.frozen = False

    def opened(self, socket: Socket) -> None:
        self.sockets.append(socket)
        self._ws.sockets_open = len(self.sockets)

    def closed(self, socket: Socket) -> None:
        self.sockets.remove(socket)
        self._ws.sockets_open = len(self.sockets)

    async def stop(self) -> None:
        for socket in list(self.sockets):
            await socket.ws.close()


async def link(request: web.Request) -> web.StreamResponse:
    """`GET /link/?ticket=…`: the WebSocket itself."""
    from senexsim.slack.delivery.courier import COURIER

    mode = request.app[COURIER].socket_mode
    if not mode.admit(request.query.get("ticket", "")):
        raise web.HTTPForbidden(text="invalid ticket")
    ws = web.WebSocketResponse(autoping=False, max_msg_size=4 * 1024 * 1024)
    await ws.prepare(request)
    socket = Socket(ws, request)
    if len(mode.sockets) >= MOST_SOCKETS:
        await socket.disconnect("too_many_websockets", close=False)
        await ws.close()
        return ws
    seconds = (
        DEBUG_CONNECTION_SECONDS if request.query.get("debug_reconnects") == "true" else CONNECTION_SECONDS
    )
    mode.opened(socket)
    life = asyncio.gather(_refresh(request.app[WORKSPACE], socket, seconds), _ping(socket), _end(socket))
    try:
        await socket.send(_hello(request.app[WORKSPACE], len(mode.sockets), seconds))
        async for frame in ws:
            await _hear(mode, socket, frame)
    finally:
        mode.closed(socket)
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)
    return ws


def _hello(ws: Workspace, count: int, seconds: int) -> Json:
    return {
        "type": "hello",
        "num_connections": count,
        "debug_info": {
            "host": HOST,
            "build_number": 1,
            "approximate_connection_time": seconds,
        },
        "connection_info": {"app_id": ws.app.id},
    }


async def _hear(mode: SocketMode, socket: Socket, frame: WSMessage) -> None:
    if socket.frozen:
        return
    if frame.type is WSMsgType.PING:
        await socket.ws.pong(frame.data)
    elif frame.type is WSMsgType.TEXT:
        try:
            said = json.loads(frame.data)
        except ValueError:
            return
        if isinstance(said, dict):
            mode.acknowledge(socket, said)


async def _refresh(ws: Workspace, socket: Socket, seconds: int) -> None:
    """Every connection ends after its time: a warning, ten seconds, then the end."""
    try:
        await ws.clock.within(seconds - WARNING_SECONDS, socket.refresh_now.wait())
    except TimeoutError:
        pass
    await socket.disconnect("warning", close=False)
    await ws.clock.sleep(WARNING_SECONDS)
    await socket.disconnect("refresh_requested", close=True)


async def _end(socket: Socket) -> None:
    """After a `disconnect` frame the app may hang up by itself; if it does not, the server does."""
    await socket.ending.wait()
    await asyncio.sleep(GRACE_SECONDS)
    await socket.ws.close()


async def _ping(socket: Socket) -> None:
    while not socket.ws.closed:
        await asyncio.sleep(PING_SECONDS)
        if not socket.frozen:
            try:
                await socket.ws.ping(f"Ping from {HOST}".encode())
            except ConnectionError:
                return
