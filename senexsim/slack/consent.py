"""The page on which somebody lets the app into their workspace: `GET` and `POST /oauth/v2/authorize`."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from aiohttp import web
from yarl import URL

from senexsim.slack.delivery.http_mode import is_loopback
from senexsim.slack.machinery import MACHINERY, Code, Machinery

CODE_SECONDS = 600
ASKED = ("client_id", "scope", "user_scope", "state", "redirect_uri", "team")
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #f4f4f2; color: #1c1c1a; }
main { max-width: 28rem; margin: 8vh auto; padding: 1.5rem; background: #fff; border-radius: 8px; }
label { display: block; margin-top: .75rem; } select { width: 100%; padding: .5rem; font: inherit; }
button { font: inherit; padding: .6rem 1.2rem; margin: 1rem .5rem 0 0; }
@media (prefers-color-scheme: dark) { body { background: #1c1c1a; color: #eee; } main { background: #2a2a27; } }
"""


async def ask(request: web.Request) -> web.Response:
    machinery = request.app[MACHINERY]
    asked = {name: request.query.get(name, "") for name in ASKED}
    fault = _fault(machinery, asked)
    return _refused(fault) if fault else _page(_form(machinery, asked))


async def decide(request: web.Request) -> web.Response:
    """`Allow` brings a code that is good once and for ten minutes; `Cancel` the word access_denied."""
    machinery = request.app[MACHINERY]
    sent = {name: str(value) for name, value in (await request.post()).items()}
    asked = {name: sent.get(name, "") for name in ASKED}
    fault = _fault(machinery, asked)
    if fault:
        return _refused(fault)
    back = URL(asked["redirect_uri"] or _urls(machinery)[0])
    if sent.get("decision") != "allow":
        return _away(back, error="access_denied", state=asked["state"])
    team, _, user = sent.get("who", "").partition("/")
    chosen = machinery.installs.machineries.get(team)
    person = chosen.ws.directory.users.get(user) if chosen else None
    if chosen is None or person is None or person.is_guest or person.is_bot or person.deleted:
        return _refused("invalid_team_for_non_distributed_app")
    ids, now = machinery.ws.ids, machinery.ws.clock.now()
    code = f"{ids.digits(12)}.{ids.digits(13)}.{ids.hexadecimal(64)}"
    machinery.installs.codes[code] = Code(
        team, user, asked["redirect_uri"], _scopes(machinery, asked), now + CODE_SECONDS
    )
    return _away(back, code=code, state=asked["state"])


def _urls(machinery: Machinery) -> tuple[str, ...]:
    manifest = machinery.ws.app.manifest
    return manifest.redirect_urls if manifest else ()


def _scopes(machinery: Machinery, asked: Mapping[str, str]) -> tuple[str, ...]:
    listed = tuple(scope for scope in asked["scope"].replace(" ", ",").split(",") if scope)
    return listed or machinery.ws.app.scopes


def _fault(machinery: Machinery, asked: Mapping[str, str]) -> str | None:
    """Why nobody may be asked: the browser is sent nowhere then. Addresses are those of the manifest, or of this machine."""
    registration = machinery.ws.app.registration
    if asked["client_id"] != registration.client_id:
        return "invalid_client_id"
    known, wanted = _urls(machinery), asked["redirect_uri"]
    if not wanted:
        return None if known else "bad_redirect_uri"
    fits = any(wanted.startswith(url) for url in known) if known else is_loopback(wanted)
    if not fits:
        return "bad_redirect_uri"
    manifest = registration.manifest
    if manifest is not None and set(_scopes(machinery, asked)) - set(manifest.scopes):
        return "invalid_scope"
    if asked["team"] and asked["team"] not in machinery.installs.machineries:
        return "team_not_found"
    return None


def _form(machinery: Machinery, asked: Mapping[str, str]) -> str:
    name = escape(machinery.ws.app.name)
    hidden = "".join(
        f'<input type="hidden" name="{key}" value="{escape(value, quote=True)}">'
        for key, value in asked.items()
    )
    scopes = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in _scopes(machinery, asked))
    return (
        f"<h1>{name} asks to be let into a workspace</h1><p>It will be able to use</p><ul>{scopes}</ul>"
        f'<form method="post" action="/oauth/v2/authorize">{hidden}'
        f'<label>Workspace and who you are <select name="who">{"".join(_choices(machinery, asked["team"]))}'
        "</select></label>"
        '<button name="decision" value="allow">Allow</button>'
        '<button name="decision" value="cancel">Cancel</button></form>'
    )


def _choices(machinery: Machinery, team: str) -> Iterator[str]:
    for team_id, other in machinery.installs.machineries.items():
        if team not in ("", team_id):
            continue
        for user in other.ws.directory.users.values():
            if not (user.is_bot or user.is_guest or user.deleted or user.id == "USLACKBOT"):
                label = escape(f"{other.ws.team_name}: {user.real_name}")
                yield f'<option value="{team_id}/{user.id}">{label}</option>'


def _refused(fault: str) -> web.Response:
    return _page(f"<h1>Something is wrong with this link</h1><p>{escape(fault)}</p>", 400)


def _page(body: str, status: int = 200) -> web.Response:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Let an app in</title>'
        f"<style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status, headers=HEADERS)


def _away(back: URL, **query: Any) -> web.Response:
    filled = {key: value for key, value in query.items() if value}
    return web.Response(status=302, headers={"Location": str(back.update_query(filled)), **HEADERS})
