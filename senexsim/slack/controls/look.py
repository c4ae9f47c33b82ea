"""Controls that only look. Two of them are the page's:

GET /_sim/workspace ->
    {"team": {"id": "T0…", "name": "Senex Desk"},
     "app": {"id": "A0…", "name": "senex", "display_name": "senex", "bot_user_id": "U0…", "bot_id": "B0…",
             "connected": true, "mode": "socket", "home_enabled": true},
     "users": [{"id": "U0…", "name": "ana", "display_name": "Ana Trader", "is_bot": false,
                "is_restricted": false, "deleted": false, "colour": "#9f69e7"}, …],
     "channels": [{"id": "C0…", "name": "trading", "is_private": false, "is_im": false, "user": null,
                   "is_ext_shared": false, "is_archived": false, "members": ["U0…"]}, …],
     "commands": [{"command": "/quote", "description": "…", "usage_hint": "…"}],
     "shortcuts": [{"name": "…", "type": "global", "callback_id": "…", "description": "…"}],
     "grants": [{"user": "ana", "name": "…", "provider_secret": "…", "refresh_token": "…", "accounts": ["5WT…"]}],
     "now": 1700000000.0, "seq": 12}

GET /_sim/updates?user=ana&since_seq=12&wait_ms=25000 (long poll; at once when something is newer than since_seq) ->
    {"seq": 15, "channels": {"C0…": 0, "D0…": 2}, "changed": ["D0…"], "views_changed": false, "home_changed": false}
Nothing in `wait_ms`: the same shape with nothing changed. Ask again with the `seq` that came. A channel in
`changed` has a new or edited message: GET /_sim/messages?user=ana&channel=D0…&since_seq=… (that also marks it read).
"""

import time
from typing import Any

from aiohttp import web

from senexsim.slack import seen
from senexsim.slack.controls.asked import WORKSPACE, Asked
from senexsim.slack.directory import Channel, User
from senexsim.slack.files import StoredFile
from senexsim.slack.people.payloads import view_json
from senexsim.slack.views import View
from senexsim.slack.workspace import Workspace

Json = dict[str, Any]


async def messages(request: web.Request) -> web.Response:
    """`{messages: […], seq}`; without a user: all of them, everybody's ephemerals included."""
    asked = await Asked.read(request)
    ws, user = asked.ws, asked.optional_user()
    channel = asked.channel(user)
    since = asked.number("since_seq", 0)
    if user is not None and not ws.directory.sees(user, channel):
        return web.json_response({"messages": [], "seq": ws.bus.seq, "error": "channel_not_found"})
    found = await ws.bus.until(
        lambda: seen.messages_for(ws, channel, user, since), asked.number("wait_ms", 0)
    )
    if user is not None:
        seen.mark_read(ws, user, channel)
    return web.json_response({"messages": found, "seq": ws.bus.seq})


async def updates(request: web.Request) -> web.Response:
    asked = await Asked.read(request)
    ws, user = asked.ws, asked.user()
    since = asked.number("since_seq", 0)
    found = await ws.bus.until(lambda: seen.updates_for(ws, user, since), asked.number("wait_ms", 0))
    return web.json_response(found or seen.updates_now(ws, user))


async def views(request: web.Request) -> web.Response:
    """Open modals, the top one last; each is the view's payload with `errors` as the person sees them."""
    asked = await Asked.read(request)
    stack = asked.ws.views.stacks.get(asked.user().id, [])
    return web.json_response({"views": [_shown(asked.ws, view) for view in stack], "seq": asked.ws.bus.seq})


async def home(request: web.Request) -> web.Response:
    asked = await Asked.read(request)
    view = asked.ws.views.homes.get(asked.user().id)
    return web.json_response({"view": _shown(asked.ws, view) if view else None, "seq": asked.ws.bus.seq})


def _shown(ws: Workspace, view: View) -> Json:
    return {**view_json(ws, view), "errors": view.errors}


async def calls(request: web.Request) -> web.Response:
    """Every Web API call: `{calls: [{seq, at, method, args, answer, status, ms, warnings}]}`, tokens left out."""
    asked = await Asked.read(request)
    since, method = asked.number("since_seq", 0), asked.optional("method")
    chosen = [
        call
        for call in asked.ws.calls
        if call["seq"] > since and (method is None or call["method"] == method)
    ]
    return web.json_response({"calls": chosen})


async def deliveries(request: web.Request) -> web.Response:
    """Every try to tell the app something: `{deliveries: [{at, type, mode, attempt, acked, ms, error}]}`."""
    asked = await Asked.read(request)
    return web.json_response({"deliveries": list(asked.ws.deliveries)})


async def workspace(request: web.Request) -> web.Response:
    ws = request.app[WORKSPACE]
    return web.json_response(
        {
            "team": {"id": ws.team_id, "name": ws.team_name},
            "app": {
                "id": ws.app.id,
                "name": ws.app.name,
                "display_name": ws.bot.real_name,
                "bot_user_id": ws.app.bot_user_id,
                "bot_id": ws.app.bot_id,
                "connected": ws.connected(),
                "mode": "http" if ws.app.request_url else "socket",
                "home_enabled": ws.app.manifest is None
                or ws.app.manifest.home("home_tab_enabled", default=False),
            },
            "users": [_person(user) for user in ws.directory.users.values() if user.id != "USLACKBOT"],
            "channels": [_room(channel) for channel in ws.directory.channels.values()],
            "commands": ws.app.commands,
            "shortcuts": ws.app.manifest.shortcuts if ws.app.manifest else [],
            "grants": ws.grants,
            "tour": ws.tour,
            "has_broker": bool(ws.broker_url),
            "now": ws.clock.now(),
            "at": time.time(),
            "seq": ws.bus.seq,
        }
    )


def _person(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "display_name": user.real_name,
        "is_bot": user.is_bot,
        "is_restricted": user.is_restricted,
        "deleted": user.deleted,
        "colour": f"#{user.colour}",
    }


def _room(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.is_private,
        "is_im": channel.is_im,
        "is_mpim": channel.is_mpim,
        "user": channel.im_user,
        "is_ext_shared": channel.is_ext_shared,
        "is_archived": channel.is_archived,
        "members": channel.members,
    }


async def file(request: web.Request) -> web.Response:
    """The bytes of an uploaded file, for the page's pictures."""
    stored: StoredFile | None = request.app[WORKSPACE].files.find(request.match_info["file_id"])
    if stored is None or stored.body is None:
        raise web.HTTPNotFound
    return web.Response(body=stored.body, content_type=stored.mimetype)
