"""How a code of the page of consent becomes a token, and one token another; and how an app lets go of it."""

from typing import Any

from senexsim.slack.app import TOKEN_SECONDS
from senexsim.slack.machinery import Code, Machinery
from senexsim.slack.webapi.method import Call, RefusedError, method

Json = dict[str, Any]


def _is_the_app(call: Call) -> None:
    registration = call.ws.app.registration
    if call.text("client_id") != registration.client_id:
        raise RefusedError("invalid_client_id")
    if call.text("client_secret") != registration.client_secret:
        raise RefusedError("bad_client_secret")


@method("oauth.v2.access", "special", no_token=True)
async def access(call: Call) -> Json:
    """A code for a token, or with `grant_type=refresh_token` the key of one for the next."""
    _is_the_app(call)
    grant = call.text("grant_type") or "authorization_code"
    if grant == "refresh_token":
        machinery = call.machinery.installs.refreshing(call.text("refresh_token"))
        if machinery is None or not machinery.ws.app.refresh_token:
            raise RefusedError("invalid_refresh_token")
        machinery.ws.app.renew(call.ws.ids, call.ws.clock.now())
        return _installed(machinery, None)
    if grant != "authorization_code":
        raise RefusedError("invalid_grant_type")
    code = _code(call)
    machinery = call.machinery.installs.machineries[code.team_id]
    machinery.ws.app.install(call.ws.ids, call.ws.clock.now(), code.scopes)
    machinery.ws.bus.tick()
    return _installed(machinery, code.user)


def _code(call: Call) -> Code:
    found = call.machinery.installs.codes.get(call.text("code"))
    if found is None or found.until <= call.ws.clock.now():
        raise RefusedError("invalid_code")
    if found.used:
        raise RefusedError("code_already_used")
    if found.redirect_uri != (call.text("redirect_uri") or found.redirect_uri):
        raise RefusedError("bad_redirect_uri")
    found.used = True
    return found


def _installed(machinery: Machinery, user: str | None) -> Json:
    ws, app = machinery.ws, machinery.ws.app
    answer: Json = {
        "app_id": app.id,
        "authed_user": {"id": user} if user else {},
        "scope": ",".join(app.scopes),
        "token_type": "bot",
        "access_token": app.bot_token,
        "bot_user_id": app.bot_user_id,
        "team": {"id": ws.team_id, "name": ws.team_name},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if app.refresh_token is not None:
        answer |= {"refresh_token": app.refresh_token, "expires_in": TOKEN_SECONDS}
    return answer


@method("oauth.v2.exchange", "special", no_token=True)
async def exchange(call: Call) -> Json:
    """A token that stays for one that rotates, once the app's manifest says so."""
    _is_the_app(call)
    machinery = call.machinery.installs.holder(call.text("token") or call.token)
    if machinery is None or machinery.ws.app.token_error:
        raise RefusedError("invalid_auth")
    app = machinery.ws.app
    if not app.rotates:
        raise RefusedError("token_rotation_not_enabled")
    if app.refresh_token is not None:
        raise RefusedError("token_already_exchanged")
    app.tokens.clear()
    app.renew(call.ws.ids, call.ws.clock.now())
    return _installed(machinery, None)


@method("auth.revoke", "3")
async def revoke(call: Call) -> Json:
    """The token ends; the app is told as when a person revokes it. `test`: nothing happens."""
    if call.flag("test"):
        return {"revoked": False}
    let_go(call.machinery, "token_revoked")
    return {"revoked": True}


@method("apps.uninstall", "1")
async def uninstall(call: Call) -> Json:
    _is_the_app(call)
    let_go(call.machinery, "account_inactive", uninstalled=True)
    return {}


@method("auth.teams.list", "2")
async def teams(call: Call) -> Json:
    """A bot's token is one workspace's: it sees that one."""
    team = {"id": call.ws.team_id, "name": call.ws.team_name}
    return call.page([team], "teams", 100, 1000)


def let_go(machinery: Machinery, error: str, *, uninstalled: bool = False) -> None:
    """The app hears of it; from then on its token is refused."""
    machinery.events.tokens_revoked()
    if uninstalled:
        machinery.events.app_uninstalled()
        machinery.ws.app.installed = False
    machinery.ws.app.token_error = error
    machinery.ws.app.refresh_token = None
