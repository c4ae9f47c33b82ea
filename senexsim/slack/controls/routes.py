"""Where each control stands, and the shape of a malformed one's answer."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from senexsim.slack.controls import act, arrange, look
from senexsim.slack.controls.asked import ControlMalformedError

Handler = Callable[[web.Request], Awaitable[web.Response]]


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except ControlMalformedError as error:
            body = {"ok": False, "error": error.error, "detail": error.detail}
            return web.json_response(body, status=400)

    return guarded


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
        app.router.add_post(path, _guarded(handler))
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
    }.items():
        app.router.add_get(path, _guarded(handler))
    app.router.add_delete("/_sim/fault", _guarded(arrange.clear_faults))
