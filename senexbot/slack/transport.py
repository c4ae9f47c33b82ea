"""How interactions reach the app: Socket Mode, or signed HTTP at /slack/events."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Callable
from hashlib import sha256
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from senexbot.domain.errors import Transient
from senexbot.ports import Clock
from senexbot.slack.app import refused, unreached
from senexbot.slack.incoming import is_certificate_probe, is_legible
from senexbot.slack.messenger import http_session
from senexbot.slack.own_origin import at_own_origin, is_readable

MAX_BODY = 512 * 1024  # Slack's own payloads stay under 300 KB (a view is at most 250 KB)
MAX_SKEW_SECONDS = 300
BODY_SECONDS = 10.0
PATH = "/slack/events"
NO_OBJECT = (TypeError, AttributeError)  # Bolt looks into the body already while it is made a request
START_SECONDS = 30.0


class Transport(Protocol):
    mode: str
    url: str

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class SocketTransport:
    """One Socket Mode connection; slack_sdk reconnects it."""

    mode = "socket"

    def __init__(self, *, app: AsyncApp, app_token: str, client: AsyncWebClient) -> None:
        self.url = client.base_url
        self._web = client
        self._token = app_token
        # Its own client: no retries, no proxy, and never the bot token.
        self._handler = AsyncSocketModeHandler(
            app, app_token, web_client=client, logger=logging.getLogger("slack_sdk.socket_mode")
        )
        self._handler.client.proxy = None
        # Also for each reconnection: the SDK would go to whatever address it is told (I76).
        self._handler.client.issue_new_wss_url = self._address  # type: ignore[method-assign]  # it has no hook

    async def start(self) -> None:
        """Raises ConfigError when the token is refused, Transient when Slack does not answer."""
        client = self._handler.client
        try:
            # The SDK's own session would follow a redirect of the socket to anywhere (I76).
            await client.aiohttp_client_session.close()
            client.aiohttp_client_session = http_session()
            client.wss_uri = await self._address()  # the SDK itself would try a refused token for ever
            async with asyncio.timeout(START_SECONDS):
                await client.connect()  # type: ignore[no-untyped-call]  # untyped in slack_sdk
        except BaseException as error:
            await self.stop()
            if isinstance(error, TimeoutError):
                raise unreached(self._web, error) from None
            raise

    async def stop(self) -> None:
        await self._handler.client.close()  # type: ignore[no-untyped-call]  # untyped in slack_sdk

    async def _address(self) -> str:
        """A fresh socket's address. Raises Transient when it is neither Slack's nor this simulator's."""
        url = at_own_origin(await open_socket(self._web, self._token), self._web.base_url)
        if not _may_connect(url, self._web.base_url):
            raise Transient("Slack named a socket whose address is not on the list")
        return url

    async def connected(self) -> bool:
        return bool(await self._handler.client.is_connected())


async def open_socket(client: AsyncWebClient, app_token: str) -> str:
    """The address Slack gives. Raises ConfigError when it refuses the token, Transient when it does not answer."""
    try:
        answer = await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        raise refused("SLACK_APP_TOKEN", error) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise unreached(client, error) from None
    return str(answer.get("url", ""))


def _may_connect(url: str, base_url: str) -> bool:
    if not is_readable(url):
        return False
    there, base = urlsplit(url), urlsplit(base_url)
    if base.hostname == "slack.com":
        host = there.hostname or ""
        slacks = host == "slack.com" or host.endswith(".slack.com")
        return there.scheme == "wss" and slacks and there.port in {None, 443}
    return there.scheme in {"ws", "wss"} and there.hostname == base.hostname and there.port == base.port


class HttpTransport:
    """A small HTTP server: the signature is checked over the raw bytes before anything is parsed."""

    mode = "http"

    def __init__(
        self,
        *,
        app: AsyncApp,
        signing_secret: str,
        host: str,
        port: int,
        clock: Clock,
        refused: Callable[[str], None] = lambda _: None,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._body_seconds = body_seconds
        self._app = app
        self._secret = signing_secret.encode()
        self._host = host
        self._port = port
        self._clock = clock
        self._refused = refused
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        """Raises Transient when the port is taken."""
        server = web.Application(client_max_size=MAX_BODY)
        server.router.add_post(PATH, self._receive)
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=5, keepalive_timeout=30)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise Transient(
                f"HOST {self._host} and PORT {self._port} cannot be used ({error.strerror})"
            ) from None
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(self._body_seconds):
                raw = await request.read()
        except TimeoutError:
            return web.Response(status=408, text="too slow")
        fault = self._signature_fault(request, raw)
        if fault and is_certificate_probe(raw):
            return web.Response()
        if fault:
            self._refused(fault)
            return web.Response(status=401, text=fault)
        try:
            body = raw.decode("utf-8")
            bolt_request = AsyncBoltRequest(
                body=body, query=request.query_string, headers=dict(request.headers)
            )
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, ValueError, *NO_OBJECT):
            return web.Response(status=400, text="not readable")
        if not is_legible(bolt_request.body):
            return web.Response(status=400, text="not readable")
        return await to_aiohttp_response(await self._app.async_dispatch(bolt_request))

    def _signature_fault(self, request: web.Request, raw: bytes) -> str:
        """Why the request is not Slack's, or "" when it is."""
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        given = request.headers.get("X-Slack-Signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            return "bad timestamp"
        if abs(self._clock.now().timestamp() - int(timestamp)) > MAX_SKEW_SECONDS:
            return "old timestamp"
        base = b"v0:" + timestamp.encode() + b":" + raw
        wanted = "v0=" + hmac.new(self._secret, base, sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")):
            return "bad signature"
        return ""
