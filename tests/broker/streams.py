"""A loopback broker for stream tests: token call, quote token, and websockets whose behaviour a test scripts."""

import asyncio
import json
from contextlib import asynccontextmanager

from aiohttp import WSMsgType, web

from .kit import CANARY, PATIENCE


class StreamServer:
    """Serves /oauth/token, /api-quote-tokens, /streamer and /dxlink; `lines` are the open sockets."""

    def __init__(self, script):
        self.script = script  # async (server, socket, number of this connection, from 1)
        self.tokens = 0
        self.quote_tokens = 0
        self.connections = 0
        self.lines = []
        self.heard = []
        self.news = asyncio.Event()
        self.session = "Open"  # of the market; "" is not served
        self.sessions_asked = 0
        self.port = 0

    async def token(self, _):
        self.tokens += 1
        return web.json_response({"access_token": f"at-{self.tokens}-{CANARY}", "expires_in": 900})

    async def quote_token(self, _):
        self.quote_tokens += 1
        url = f"ws://127.0.0.1:{self.port}/dxlink"
        return web.json_response(
            {"data": {"token": f"qt-{self.quote_tokens}", "dxlink-url": url, "level": "api"}}
        )

    async def market_session(self, _):
        self.sessions_asked += 1
        if not self.session:
            return web.json_response({"error": {"code": "record_not_found"}}, status=404)
        items = [{"instrument-collection": "Equity", "state": self.session}]
        return web.json_response({"data": {"items": items}})

    async def moved(self, _):
        return web.Response(status=302, headers={"Location": "/streamer"})

    async def line(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        self.lines.append(socket)
        self.news.set()
        try:
            await self.script(self, socket, self.connections)
        finally:
            self.lines.remove(socket)
        return socket

    async def hear(self, socket):
        """The next JSON message of the client; None at the end of the line."""
        message = await socket.receive()
        if message.type is not WSMsgType.TEXT:
            return None
        told = json.loads(message.data)
        self.heard.append(told)
        self.news.set()
        return told

    async def until(self, condition, seconds=PATIENCE):
        async with asyncio.timeout(seconds):
            while not condition(self):
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def serving(script):
    server = StreamServer(script)
    app = web.Application()
    app.add_routes(
        [
            web.post("/oauth/token", server.token),
            web.get("/api-quote-tokens", server.quote_token),
            web.get("/market-time/sessions/current", server.market_session),
            web.get("/streamer", server.line),
            web.get("/dxlink", server.line),
            web.get("/moved", server.moved),
        ]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        for socket in list(server.lines):
            await socket.close()
        await runner.cleanup()


async def forever(server, socket):
    """Keep listening; returns when the line ends."""
    while await server.hear(socket) is not None:
        pass


async def silence(_):
    """A server that reads nothing more and says nothing."""
    await asyncio.Event().wait()


# --- account stream ------------------------------------------------------------------------------------


async def acknowledge(server, socket):
    told = await server.hear(socket)
    if told is not None:
        await socket.send_json(
            {"status": "ok", "action": told["action"], "request-id": told["request-id"], "value": []}
        )
    return told


async def answering(server, socket):
    """Acknowledges everything, as a healthy account stream does."""
    while await acknowledge(server, socket) is not None:
        pass


# --- DXLink --------------------------------------------------------------------------------------------


async def open_feed(server, socket, *, fields=("eventType", "eventSymbol", "price")):
    """A correct handshake up to FEED_CONFIG, which tells the fields of a Trade; asserts the order of the
    client's messages."""
    assert (await server.hear(socket))["type"] == "SETUP"
    await socket.send_json({"type": "SETUP", "channel": 0, "keepaliveTimeout": 60, "version": "1.0-test"})
    await socket.send_json({"type": "AUTH_STATE", "channel": 0, "state": "UNAUTHORIZED"})
    assert (await server.hear(socket))["type"] == "AUTH"
    await socket.send_json({"type": "AUTH_STATE", "channel": 0, "state": "AUTHORIZED", "userId": "u"})
    asked = await server.hear(socket)
    assert (asked["type"], asked["channel"] % 2) == ("CHANNEL_REQUEST", 1)
    await socket.send_json({"type": "CHANNEL_OPENED", "channel": asked["channel"], "service": "FEED"})
    setup = await server.hear(socket)
    assert setup["type"] == "FEED_SETUP"
    config = {"type": "FEED_CONFIG", "channel": asked["channel"], "dataFormat": "COMPACT"}
    if fields:
        config["eventFields"] = {"Trade": list(fields)}
    await socket.send_json(config)


async def trade(socket, *rows, channel=1):
    """Rows are (symbol, price)."""
    flat = [value for symbol, price in rows for value in ("Trade", symbol, price)]
    await socket.send_json({"type": "FEED_DATA", "channel": channel, "data": ["Trade", flat]})
