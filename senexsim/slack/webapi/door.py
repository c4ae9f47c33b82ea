"""The door of the Web API: reads arguments, checks token, faults, limits and scopes, keeps the ledger."""

import asyncio
import base64
import json
import time
from typing import Any

from aiohttp import web

from senexsim.slack.escapes import warnings_of
from senexsim.slack.faults import Fault
from senexsim.slack.machinery import MACHINERY, Machinery
from senexsim.slack.posting import PostRefusedError
from senexsim.slack.webapi import (  # noqa: F401 - loading them fills METHODS
    chat,
    conversations,
    files,
    identity,
    oauth,
    pins,
    reactions,
    schedule,
    users,
    views,
)
from senexsim.slack.webapi.method import METHODS, Call, Method, RateLimitedError, RefusedError

Json = dict[str, Any]


LARGEST_CALL = 1024 * 1024
SECRETS = frozenset({"client_secret", "code", "refresh_token"})


class DroppedError(Exception):
    """Close the connection with no byte of an answer."""


async def call(request: web.Request) -> web.StreamResponse:
    """One Web API call, `GET` or `POST /api/{method}`."""
    own = request.app[MACHINERY]
    machinery = own.installs.holder(_bearer(request)) or own
    name = request.match_info["method"]
    begun = time.monotonic()
    entry: Json = {"seq": machinery.ws.bus.tick(), "at": machinery.ws.clock.now(), "method": name, "args": {}}
    entry |= {"answer": None, "status": None, "ms": None, "warnings": []}
    machinery.ws.calls.append(entry)
    noted = machinery.ws.wire_log.note("web-api", "in", name, entry["args"])
    try:
        response = await _answer(request, machinery, name, entry)
    except DroppedError:
        entry["status"] = 0
        if request.transport is not None:
            request.transport.abort()
        response = web.Response(status=500)
    entry["ms"] = round((time.monotonic() - begun) * 1000)
    noted.detail = entry["args"]
    machinery.ws.wire_log.answered(noted, outcome_of(entry), entry["answer"])
    return response


def outcome_of(entry: Json) -> str:
    answer = entry["answer"] or {}
    return "ok" if answer.get("ok") else str(answer.get("error") or entry["status"] or "no answer")


async def _answer(request: web.Request, machinery: Machinery, name: str, entry: Json) -> web.Response:
    try:
        token, args = await _read(request, METHODS.get(name))
    except RefusedError as refused:
        return _respond(machinery, entry, {"ok": False, "error": refused.error})
    machinery = machinery.installs.holder(token) or machinery
    entry["args"] = {key: "***" if key in SECRETS else value for key, value in args.items()}
    entry["warnings"] = warnings_of(machinery.ws, args)
    faults = machinery.ws.faults.strike(
        name, channel=str(args.get("channel") or args.get("channel_id") or "")
    )
    early = await suffer(machinery, entry, faults)
    if early is not None:
        return early
    status, headers = 200, {}
    try:
        answer = await _perform(machinery, name, token, args)
    except RefusedError as refused:
        answer = {"ok": False, "error": refused.error, **refused.more}
    except PostRefusedError as refused:
        answer = refused_post(refused)
    except RateLimitedError as limited:
        status, headers = 429, {"Retry-After": str(limited.retry_after)}
        answer = {"ok": False, "error": "ratelimited"}
    if any(fault.kind == "accepted-then-dropped" for fault in faults):
        entry["answer"] = answer
        raise DroppedError
    if any(fault.kind == "malformed" for fault in faults):
        entry["status"] = 200
        return web.Response(text="<html>upstream trouble</html>", content_type="text/html")
    return _respond(machinery, entry, answer, status=status, headers=headers, known=METHODS.get(name))


def refused_post(refused: PostRefusedError) -> Json:
    """The body for a message that was not taken, with the complaints about its blocks."""
    answer: Json = {"ok": False, "error": refused.error}
    if refused.messages:
        answer["errors"] = refused.messages
        answer["response_metadata"] = {"messages": [f"[ERROR] {line}" for line in refused.messages]}
    return answer


async def _read(request: web.Request, known: Method | None) -> tuple[str | None, Json]:
    """(token, arguments) of a query, a form or a JSON body. The token never stays among the arguments.

    An app-level token is taken from the header alone: among the arguments it counts as none.
    """
    if (request.content_length or 0) > LARGEST_CALL:
        raise RefusedError("request_too_large")
    args: Json = dict(request.query)
    kind = request.content_type
    if request.method == "POST" and kind == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError:
            raise RefusedError("invalid_json") from None
        if not isinstance(body, dict):
            raise RefusedError("json_not_object")
        args |= body
    elif request.method == "POST" and kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    given = args.pop("token", None)
    token = _bearer(request)
    if known is not None and known.no_token:
        args |= _basic(request)
    if token is None and given and not (known is not None and known.app_token):
        token = str(given)
    return token or None, args


def _bearer(request: web.Request) -> str | None:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else None


def _basic(request: web.Request) -> Json:
    """The app's own id and secret, as oauth.v2.access takes them from the header too."""
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": client_id, "client_secret": secret}


async def suffer(machinery: Machinery, entry: Json, faults: list[Fault]) -> web.Response | None:
    """Faults that strike before anything is done."""
    for fault in faults:
        match fault.kind:
            case "delay":
                await asyncio.sleep(fault.delay_ms / 1000)
            case "freeze":
                await machinery.ws.faults.thaw()
            case "reset":
                raise DroppedError
            case "status":
                entry["status"] = fault.status
                return web.Response(status=fault.status, text="")
            case "ratelimited":
                headers = {"Retry-After": str(fault.retry_after)}
                return _respond(
                    machinery, entry, {"ok": False, "error": "ratelimited"}, status=429, headers=headers
                )
            case "error":
                return _respond(machinery, entry, {"ok": False, "error": fault.error})
            case _:
                continue
    return None


async def _perform(machinery: Machinery, name: str, token: str | None, args: Json) -> Json:
    known = METHODS.get(name)
    if known is None:
        raise RefusedError("unknown_method", req_method=name)
    if not known.no_token:
        _check_token(machinery, known, token)
    wait = machinery.ws.limits.call(name, known.tier)
    if wait is not None:
        raise RateLimitedError(wait)
    call_ = Call(machinery, name, args, token)
    if known.scope and not known.app_token:
        call_.needs(known.scope)
    return {"ok": True, **await known.answer(call_)}


def _check_token(machinery: Machinery, known: Method, token: str | None) -> None:
    app = machinery.ws.app
    if not token:
        raise RefusedError("not_authed")
    if known.app_token:
        if token in app.tokens:
            raise RefusedError("not_allowed_token_type")
        if token != app.app_token:
            raise RefusedError("invalid_auth")
    elif token == app.app_token:
        raise RefusedError("not_allowed_token_type")
    elif token not in app.tokens:
        raise RefusedError("invalid_auth")
    if app.token_error:
        raise RefusedError(app.token_error)
    ends = app.tokens.get(token)
    if ends is not None and ends <= machinery.ws.clock.now():
        raise RefusedError("token_expired")


def _respond(
    machinery: Machinery,
    entry: Json,
    answer: Json,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    known: Method | None = None,
) -> web.Response:
    entry["answer"], entry["status"] = answer, status
    out = {"x-slack-req-id": machinery.ws.ids.hexadecimal(32), **(headers or {})}
    if known is not None and not known.app_token:
        out["x-oauth-scopes"] = ",".join(machinery.ws.app.scopes)
        out["x-accepted-oauth-scopes"] = known.scope or ""
    return web.json_response(answer, status=status, headers=out)
