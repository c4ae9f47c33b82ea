"""The door every request passes: ledger, faults, user agent, bearer, error envelopes. No business rule."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import orjson
from aiohttp import web
from aiohttp.typedefs import Middleware

from senexsim.broker.clock import SimClock
from senexsim.broker.faults import KINDS, Fault, Faults
from senexsim.broker.ledger import Entry, Ledger, parsed
from senexsim.broker.oauth import Bearer, OAuthRefusal, TokenDesk
from senexsim.broker.shapes.checker import Inspector
from senexsim.broker.wire import Refusal, answer, dumps, error
from senexsim.wire_log import LONGEST_DETAIL, WireLog

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logging.getLogger(__name__)

BEARER: Final = web.RequestKey("bearer", Bearer)
LISTING_DELAY: Final = web.RequestKey("listing_delay", float)
OPEN_PATHS: Final = frozenset(
    {"/oauth/token", "/auth.html", "/margin-requirements-public-configuration", "/streamer", "/dxlink"}
)
# The backtester has tokens of its own; the search for symbols asks for none.
OPEN_PREFIXES: Final = ("/backtester/", "/symbols/search/")
SOCKETS: Final = frozenset({"/streamer", "/dxlink"})
OLDEST_VERSION: Final = "20240501"
ANSWER_KINDS: Final = KINDS - {"late-listing"}
PATIENCE: Final = 1.0
NOT_AUTHORIZED_PAGE: Final = (
    "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n"
    "<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


class Gateway:
    """One middleware; `processing` turns a request into an answer, `passing` adds record and trouble."""

    def __init__(
        self,
        *,
        clock: SimClock,
        tokens: TokenDesk,
        faults: Faults,
        inspector: Inspector | None,
        wire: WireLog | None = None,
    ) -> None:
        self.clock, self.tokens, self.faults, self.inspector = clock, tokens, faults, inspector
        self.ledger = Ledger()
        self._wire = wire or WireLog()
        self._thaw = asyncio.Event()
        self._done = asyncio.Event()
        self._late: set[asyncio.Task[None]] = set()

    def middleware(self) -> Middleware:
        @web.middleware
        async def passing(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith("/_sim"):
                return await self._control(request, handler)
            return await self._record(request, handler)

        return passing

    def clear_faults(self) -> None:
        """Forget all faults and end the frozen requests."""
        self.faults.clear()
        self._thaw.set()
        self._thaw = asyncio.Event()

    async def close(self) -> None:
        self._thaw.set()
        for task in list(self._late):
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    # -- record and trouble -----------------------------------------------------------------------------

    async def _control(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        if peer is None or not (peer[0].startswith("127.") or peer[0] in ("::1", "::ffff:127.0.0.1")):
            return answer({"error": "controls are for this machine only"}, 403)
        try:
            return await handler(request)
        except Refusal as refusal:
            return answer({"error": refusal.message, "errors": refusal.errors}, refusal.status)
        except (KeyError, ValueError, TypeError, ArithmeticError) as fault:
            return answer({"error": f"{type(fault).__name__}: {fault}"}, 400)

    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.rel_url.raw_path if "%" in request.rel_url.raw_path else request.path
        entry = self.ledger.arrived(self.clock.now(), request.method, path, request.query_string)
        try:
            entry.body = parsed(await request.read(), request.content_type)
        except (ConnectionError, web.RequestPayloadError):
            entry.outcome = "incomplete"
            return web.Response(status=499)
        except web.HTTPRequestEntityTooLarge as refusal:
            entry.outcome = str(refusal.status)
            raise
        if request.path in SOCKETS:
            return await self._passed(request, handler, entry)  # their messages are noted one by one
        query = f"?{request.query_string}" if request.query_string else ""
        noted = self._wire.note("rest", "in", f"{request.method} {path}{query}", entry.body)
        response = await self._passed(request, handler, entry)
        self._wire.answered(noted, entry.outcome, _shown(response))
        return response

    async def _passed(self, request: web.Request, handler: Handler, entry: Entry) -> web.StreamResponse:
        target = f"{request.method} {request.path}"
        listing = self.faults.take(target, {"late-listing"})
        if listing is not None:
            request[LISTING_DELAY] = (listing.delay_ms or 1000) / 1000
        fault = self.faults.take(target, ANSWER_KINDS)
        if fault is None:
            response = await self._process(request, handler)
            entry.outcome = str(response.status)
        else:
            response = await self._troubled(request, handler, fault, entry)
        self._done.set()
        self._done = asyncio.Event()
        return response

    async def _troubled(
        self, request: web.Request, handler: Handler, fault: Fault, entry: Entry
    ) -> web.StreamResponse:
        """One request under a fault: first the kinds that hinder it, then those that spoil the answer."""
        kind, seconds = fault.kind, fault.delay_ms / 1000
        entry.outcome = kind
        if kind == "reset":
            return _hang_up(request, hard=True)
        if kind in ("status", "rate-limit", "expired-grant"):
            return _refusal(request, fault)
        if kind == "late-effect":
            self._act_later(request, handler, seconds or PATIENCE, entry)
            return _lost(request, fault)
        if kind == "freeze" and not await self._frozen(seconds):
            return _hang_up(request)
        if kind == "delay":
            await asyncio.sleep(seconds or PATIENCE)
        if kind == "reorder":
            with suppress(TimeoutError):
                await asyncio.wait_for(self._done.wait(), seconds or PATIENCE)
        response = await self._process(request, handler)
        entry.outcome = f"{kind}: {response.status}"
        if kind == "duplicate":
            again = await self._process(request, handler)
            entry.outcome += f", {again.status}"
        if kind == "accepted-then-dropped":
            return _lost(request, fault)
        if kind == "malformed":
            return _cut(response)
        return _repeated(response, kind) if request.method == "GET" else response

    async def _frozen(self, seconds: float) -> bool:
        """Hold the request; True when its time is over and it may go on, False when faults were cleared."""
        thaw = self._thaw
        try:
            await asyncio.wait_for(thaw.wait(), seconds or None)
        except TimeoutError:
            return True
        return False

    def _act_later(self, request: web.Request, handler: Handler, seconds: float, entry: Entry) -> None:
        async def act() -> None:
            await asyncio.sleep(seconds)
            response = await self._process(request, handler)
            entry.outcome = f"late-effect: {response.status}"

        task = asyncio.get_running_loop().create_task(act())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    # -- processing -------------------------------------------------------------------------------------

    async def _process(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._admit(request)
            response = await handler(request)
        except (Refusal, OAuthRefusal) as refusal:
            response = refusal.response()
        except web.HTTPException as exception:
            response = _http_error(exception)
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            text = f"An internal server error occurred. {support_id()}"
            response = error(500, "internal_server_error", text)
        if self.inspector is not None and isinstance(response, web.Response):
            self.inspector.inspect(request, response)
        return response

    def _admit(self, request: web.Request) -> None:
        if request.path in SOCKETS:
            return
        if not request.headers.get("User-Agent"):
            raise web.HTTPUnauthorized(text=NOT_AUTHORIZED_PAGE, content_type="text/html")
        version = request.headers.get("Accept-Version")
        if version is not None and not (version.isdigit() and version >= OLDEST_VERSION):
            raise Refusal(406, 406, "The requested version is not supported.")
        if request.path in OPEN_PATHS or request.path.startswith(OPEN_PREFIXES):
            return
        header = request.headers.get("Authorization")
        if header is None:
            raise Refusal(401, "unauthorized", f"Unauthorized. {support_id()}")
        bearer = self.tokens.bearer(header)
        if bearer is None:
            raise Refusal(401, "invalid_session", f"Session user not present. {support_id()}")
        if not _may(bearer, request):
            raise Refusal(403, "not_permitted", "User not permitted access")
        request[BEARER] = bearer


def _shown(response: web.StreamResponse) -> Any:
    """The body of an answer for people; a very long one only by its length."""
    body = response.body if isinstance(response, web.Response) else None
    if not isinstance(body, bytes) or not body:
        return None
    if len(body) > LONGEST_DETAIL:
        return f"{len(body):,} bytes"
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")[:2000]


def support_id() -> str:
    return f"Unique customer support identifier: {uuid.uuid4().hex}"


def _may(bearer: Bearer, request: web.Request) -> bool:
    trading = request.method != "GET" and "orders" in request.path
    return ("trade" if trading else "read") in bearer.scopes


def _http_error(exception: web.HTTPException) -> web.Response:
    if exception.status in (404, 405):
        return error(404, "record_not_found", "Couldn't find record")
    return web.Response(text=exception.text, status=exception.status, content_type=exception.content_type)


def gateway_page(status: int) -> web.Response:
    """The HTML page of a proxy in front of the broker."""
    title = f"{status} {'Bad Gateway' if status == 502 else 'Gateway Time-out' if status == 504 else 'Error'}"
    text = f"<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n"
    return web.Response(text=text, status=status, content_type="text/html")


def _refusal(request: web.Request, fault: Fault) -> web.Response:
    """An answer without effect."""
    if fault.kind == "expired-grant":
        if request.path == "/oauth/token":
            return OAuthRefusal(400, "invalid_grant", "Invalid JWT").response()
        return error(401, "invalid_session", f"Session user not present. {support_id()}")
    if fault.kind == "rate-limit":
        response = error(429, "too_many_requests", "Too many requests")
        response.headers["Retry-After"] = str(fault.retry_after if fault.retry_after is not None else 1)
        return response
    codes = {
        400: ("validation_error", "Request validation failed"),
        401: ("unauthorized", f"Unauthorized. {support_id()}"),
        403: ("not_permitted", "User not permitted access"),
        404: ("record_not_found", "Couldn't find record"),
        500: ("internal_server_error", f"An internal server error occurred. {support_id()}"),
    }
    if fault.status in codes:
        return error(fault.status, *codes[fault.status])
    if fault.status == 422:
        items = [{"code": "order_refused", "message": "The order was refused."}]
        return error(422, "preflight_check_failure", "One or more preflight checks failed", items)
    return gateway_page(fault.status)


def _lost(request: web.Request, fault: Fault) -> web.Response:
    """What the client sees of an answer that got lost: nothing, or a proxy's page if a status was given."""
    return gateway_page(fault.status) if fault.status_given else _hang_up(request)


def _hang_up(request: web.Request, *, hard: bool = False) -> web.Response:
    """Close the connection without a byte of an answer; hard: with a TCP reset."""
    transport = request.transport
    if transport is not None:
        if hard:
            raw = transport.get_extra_info("socket")
            with suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()
    return web.Response(status=499)


def _cut(response: web.StreamResponse) -> web.Response:
    """The same answer with the second half of its body missing."""
    body = (
        bytes(response.body)
        if isinstance(response, web.Response) and isinstance(response.body, bytes)
        else b""
    )
    cut = web.Response(body=body[: len(body) // 2], status=response.status)
    cut.headers["Content-Type"] = response.headers.get("Content-Type", "application/json")
    return cut


def _repeated(response: web.StreamResponse, kind: str) -> web.StreamResponse:
    """A list answer with each item twice (duplicate) or in the opposite order (reorder)."""
    if kind not in ("duplicate", "reorder") or not isinstance(response, web.Response):
        return response
    if not isinstance(response.body, bytes):
        return response
    body: Any = orjson.loads(response.body)
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("items"), list):
        return response
    rows = data["items"]
    data["items"] = [row for row in rows for _ in (0, 1)] if kind == "duplicate" else rows[::-1]
    again = web.Response(body=dumps(body), status=response.status)
    again.headers["Content-Type"] = response.headers["Content-Type"]
    return again
