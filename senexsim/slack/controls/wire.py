"""The wire for people to look at: what this workspace told and heard, and the broker's side of it, by its own controls."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
from aiohttp import web

from senexsim.slack.controls.asked import WORKSPACE, Asked, ControlMalformedError

Json = dict[str, Any]

PATIENCE = 10.0
CONTROLS = frozenset(
    {"board", "wire", "fault", "quote", "halt", "clock", "fill", "reject", "orders", "scenario"}
)


async def wire(request: web.Request) -> web.Response:
    """`?since_seq=`: people's acts, deliveries to the app and its Web API calls, new or answered since then."""
    asked = await Asked.read(request)
    log = asked.ws.wire_log
    return web.json_response({"events": log.since(asked.number("since_seq", 0)), "seq": log.seq})


async def broker(request: web.Request) -> web.Response:
    """`/_sim/broker/{control}`: the same control of the broker simulator this workspace was told of (`broker_url`).

    The page may only speak to its own origin. 404 `no_broker` where none was told of, 502 where it does not answer.
    """
    origin = request.app[WORKSPACE].broker_url
    control = request.match_info["control"]
    if not origin:
        return web.json_response({"ok": False, "error": "no_broker"}, status=404)
    if control not in CONTROLS:
        raise ControlMalformedError("unknown_control", control)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE), trust_env=False) as session,
            session.request(
                request.method,
                f"{origin}/_sim/{control}",
                params=request.query,
                data=await request.read() or None,
                allow_redirects=False,
            ) as answer,
        ):
            return web.json_response(json.loads(await answer.read()), status=answer.status)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return web.json_response({"ok": False, "error": "the broker simulator does not answer"}, status=502)
