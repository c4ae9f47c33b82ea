"""Accepts DXLink websockets, spreads the market's changes over them, and refuses when told to fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market.dxlink.connection import TARGET, Connection
from senexsim.broker.market.dxlink.protocol import MAX_MESSAGE
from senexsim.broker.market.dxlink.record import SentFrames
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.ports import Faults
from senexsim.wire_log import WireLog

FLUSH_PATIENCE: Final = 2.0  # seconds a control waits for a client that does not read


class DXLinkServer:
    """The websocket endpoint. One instance serves all connections of one market."""

    def __init__(
        self,
        market: Market,
        *,
        faults: Faults,
        valid_quote_token: Callable[[str], bool],
        wire: WireLog | None = None,
    ) -> None:
        self._market = market
        self._faults = faults
        self._valid_quote_token = valid_quote_token
        self._connections: set[Connection] = set()
        self.record = SentFrames(wire=wire)
        market.on_tick(self._touch)
        market.on_flush(self._flush)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The route's handler: upgrades, unless a `status` fault is set for `dxlink`."""
        fault = self._faults.take(TARGET, ("status", "rate-limit"))
        if fault is not None:
            status = 429 if fault.kind == "rate-limit" else fault.status
            wait = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
            return web.Response(status=status, text="<html><body>Bad Gateway</body></html>", headers=wait)
        socket = web.WebSocketResponse(max_msg_size=MAX_MESSAGE, compress=False)
        await socket.prepare(request)
        connection = Connection(
            socket,
            request.transport,
            market=self._market,
            faults=self._faults,
            valid_quote_token=self._valid_quote_token,
            record=self.record,
        )
        self._connections.add(connection)
        try:
            await connection.serve()
        finally:
            self._connections.discard(connection)
        return socket

    async def frames(self, request: web.Request) -> web.Response:
        """`GET /_sim/frames?since_seq=`: what went out on each connection, oldest first."""
        asked = request.query.get("since_seq", "0")
        if not (asked.isascii() and asked.isdigit()):
            return wire.answer({"error": "since_seq: a whole number"}, 400)
        found = [frame.view() for frame in self.record.since(int(asked))]
        return wire.answer({"frames": found, "forgotten": self.record.forgotten})

    def _touch(self, changed: frozenset[str]) -> None:
        for connection in self._connections:
            connection.touch(changed)

    async def _flush(self, changed: frozenset[str]) -> None:
        waiting = [connection.flush(changed) for connection in list(self._connections)]
        futures = [future for future in waiting if future is not None]
        if futures:
            await asyncio.wait(futures, timeout=FLUSH_PATIENCE)

    async def close(self) -> None:
        """Drop every connection, as a server that goes down does."""
        for connection in list(self._connections):
            connection.abort()
