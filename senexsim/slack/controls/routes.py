"""Where each control stands, and the shape of a malformed one's answer."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from senexsim.slack.controls import act, arrange, look, wire
from senexsim.slack.controls.asked import Asked, ControlMalformedError

PERSONS = frozenset(
    f"/_sim/{what}" for what in ("command", "message", "shortcut", "click", "submit", "close", "home")
)
Handler = Callable[[web.Request], Awaitable[web.Response]]


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except ControlMalformedError as error:
            body = {"ok": False, "error": error.error, "detail": error.detail}
            return web.json_response(body, status=400)

    return guarded


def _noted(what: str, handler: Handler) -> Handler:
    """Something a person does: it begins what follows on the wire."""

    async def noted(request: web.Request) -> web.Response:
        asked = await Asked.read(request)
        person = asked.ws.directory.user(str(asked.fields.get("user", "")))
        log = asked.ws.wire_log
        event = log.note(
            "person", "in", _words(what, asked), {"by": person.name if person else "", **asked.fields}
        )
        response = await handler(request)
        log.answered(event, _outcome(response))
        return response

    return noted


def _words(what: str, asked: Asked) -> str:
    fields = asked.fields
    match what:
        case "command":
            return f"{fields.get('command', '')} {fields.get('text', '')}".strip()
        case "message":
            return f"says {fields.get('text', '')}"
        case "click":
            return f"presses {fields.get('action_id', '')}"
        case "shortcut":
            return f"shortcut {fields.get('callback_id', '')}"
        case _:
            return {"submit": "submits a window", "close": "closes a window", "home": "opens the home"}[what]


def _outcome(response: web.Response) -> str:
    told = json.loads(response.text or "{}")
    if not told.get("ok"):
        return str(told.get("error") or response.status)
    return "acknowledged" if told.get("acked") else str(told.get("error") or "not acknowledged")


def add(app: web.Application) -> None:
    for path, handler in {
        "/_sim/command": act.command,
        "/_sim/message": act.message,
        "/_sim/shortcut": act.shortcut,
        "/_sim/suggest": act.suggest,
        "/_sim/click": act.click,
        "/_sim/submit": act.submit,
        "/_sim/close": act.close,
        "/_sim/react": act.react,
        "/_sim/home": act.open_home,
        "/_sim/app": arrange.app,
        "/_sim/clock": arrange.clock,
        "/_sim/user": arrange.user,
        "/_sim/channel": arrange.channel,
        "/_sim/fault": arrange.fault,
    }.items():
        noted = _noted(path.removeprefix("/_sim/"), handler) if path in PERSONS else handler
        app.router.add_post(path, _guarded(noted))
    for path, handler in {
        "/_sim/messages": look.messages,
        "/_sim/updates": look.updates,
        "/_sim/views": look.views,
        "/_sim/home": look.home,
        "/_sim/calls": look.calls,
        "/_sim/deliveries": look.deliveries,
        "/_sim/workspace": look.workspace,
        "/_sim/fault": arrange.faults,
        "/_sim/files/{file_id}": look.file,
        "/_sim/wire": wire.wire,
    }.items():
        app.router.add_get(path, _guarded(handler))
    app.router.add_delete("/_sim/fault", _guarded(arrange.clear_faults))
    app.router.add_route("*", "/_sim/broker/{control}", _guarded(wire.broker))
