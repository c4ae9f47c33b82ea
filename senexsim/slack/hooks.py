"""Addresses that need no token: reply addresses (`response_url`) and upload addresses."""

import json
from typing import Any

from aiohttp import BodyPartReader, web

from senexsim.slack.escapes import warnings_of
from senexsim.slack.faults import Fault
from senexsim.slack.machinery import MACHINERY, Machinery
from senexsim.slack.people.replies import reply_with
from senexsim.slack.posting import PostRefusedError
from senexsim.slack.tickets import ReplyAddress
from senexsim.slack.webapi.door import DroppedError, outcome_of, suffer

Json = dict[str, Any]

REPLY = "response_url"


async def reply(request: web.Request) -> web.StreamResponse:
    """`POST` to a response_url: `ok`, or 404 with `expired_url`, `used_url`; in the ledger as `response_url`."""
    machinery = request.app[MACHINERY]
    info = request.match_info
    key = f"{info['kind']}/{info['team']}/{info['serial']}/{info['secret']}"
    address = machinery.ws.tickets.find_reply(key)
    entry: Json = {
        "seq": machinery.ws.bus.tick(),
        "at": machinery.ws.clock.now(),
        "method": REPLY,
        "args": {},
    }
    entry |= {"answer": None, "status": None, "ms": None, "warnings": []}
    machinery.ws.calls.append(entry)
    noted = machinery.ws.wire_log.note("web-api", "in", REPLY)
    response = await _reply(request, machinery, entry, address)
    noted.detail = entry["args"]
    machinery.ws.wire_log.answered(noted, outcome_of(entry), entry["answer"])
    return response


async def _reply(
    request: web.Request, machinery: Machinery, entry: Json, address: ReplyAddress | None
) -> web.Response:
    if address is None:
        return _said(entry, 404, {"ok": False, "error": "no_service"})
    faults = machinery.ws.faults.strike(REPLY, channel=address.channel)
    try:
        early = await suffer(machinery, entry, faults)
        return early or await _take(request, machinery, entry, address, faults)
    except DroppedError:
        entry["status"] = 0
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)


async def _take(
    request: web.Request, machinery: Machinery, entry: Json, address: ReplyAddress, faults: list[Fault]
) -> web.Response:
    refusal = machinery.ws.tickets.refusal(address)
    if refusal is not None:
        return _said(entry, 404, {"ok": False, "error": refusal})
    try:
        fields = await _fields(request)
    except ValueError:
        return _said(entry, 400, {"ok": False, "error": "invalid_payload"})
    entry["args"], entry["warnings"] = fields, warnings_of(machinery.ws, fields)
    try:
        reply_with(machinery, address, fields)
    except PostRefusedError as refused:
        return _said(entry, 400, {"ok": False, "error": refused.error})
    address.uses += 1
    if any(fault.kind == "accepted-then-dropped" for fault in faults):
        raise DroppedError
    entry["answer"], entry["status"] = {"ok": True}, 200
    return web.Response(text="ok")


async def _fields(request: web.Request) -> Json:
    """The message: a JSON body, or a form's `payload`."""
    raw = await request.read()
    if request.content_type == "application/x-www-form-urlencoded":
        raw = str((await request.post()).get("payload") or "").encode() or raw
    fields = json.loads(raw)
    if not isinstance(fields, dict):
        raise ValueError("an object is expected")  # noqa: TRY004 - one kind of error for a body that will not do
    return fields


def _said(entry: Json, status: int, answer: Json) -> web.Response:
    entry["answer"], entry["status"] = answer, status
    return web.json_response(answer, status=status)


async def upload(request: web.Request) -> web.StreamResponse:
    """The bytes of a file, bare or as the first part of a form."""
    files = request.app[MACHINERY].ws.files
    stored = files.by_ticket(request.match_info["ticket"])
    if stored is None or stored.completed:
        raise web.HTTPNotFound(text="not found")
    body = b""
    if request.content_type.startswith("multipart/"):
        part = await (await request.multipart()).next()
        if isinstance(part, BodyPartReader):
            body = bytes(await part.read())
    else:
        body = await request.read()
    if len(body) != stored.length:
        raise web.HTTPBadRequest(text=f"{stored.length} bytes were announced, {len(body)} came")
    stored.body = body
    return web.Response(text=f"OK - {len(body)}")
