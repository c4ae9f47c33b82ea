"""auth.test, api.test, apps.connections.open, and who the bot and the team are."""

from typing import Any

from senexsim.slack.people.payloads import bot_profile
from senexsim.slack.webapi.method import Call, RefusedError, method

Json = dict[str, Any]


@method("api.test", "4", no_token=True)
async def api_test(call: Call) -> Json:
    error = call.text("error")
    if error:
        raise RefusedError(error, args=call.args)
    return {"args": call.args}


@method("auth.test", "special")
async def auth_test(call: Call) -> Json:
    ws = call.ws
    return {
        "url": f"https://{ws.team_domain}.slack.com/",
        "team": ws.team_name,
        "user": ws.bot.name,
        "team_id": ws.team_id,
        "user_id": ws.bot.id,
        "bot_id": ws.app.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", "3", "connections:write", app_token=True)
async def connections_open(call: Call) -> Json:
    """A single-use address for a WebSocket of this server."""
    address = call.ws.origin.replace("http", "ws", 1)
    return {"url": address + call.machinery.courier.socket_mode.ticket()}


@method("bots.info", "3", "users:read")
async def bots_info(call: Call) -> Json:
    if call.text("bot") not in {"", call.ws.app.bot_id}:
        raise RefusedError("bot_not_found")
    profile = bot_profile(call.ws)
    return {"bot": {key: value for key, value in profile.items() if key != "team_id"}}


@method("team.info", "3", "team:read")
async def team_info(call: Call) -> Json:
    ws = call.ws
    if call.text("team") not in {"", ws.team_id}:
        raise RefusedError("team_not_found")
    icon = {"image_default": True}
    team = {
        "id": ws.team_id,
        "name": ws.team_name,
        "domain": ws.team_domain,
        "email_domain": "",
        "icon": icon,
    }
    return {"team": {**team, "url": f"https://{ws.team_domain}.slack.com/"}}


@method("usergroups.list", "2", "usergroups:read")
async def usergroups(_call: Call) -> Json:
    """The workspace has none."""
    return {"usergroups": []}


@method("usergroups.users.list", "2", "usergroups:read")
async def usergroup_users(_call: Call) -> Json:
    raise RefusedError("no_such_subteam")
