"""The page where somebody signs in and lets an application in: GET and POST `/auth.html`, and `/_sim/oauth`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web
from yarl import URL

from senexsim.broker.accounts.people import Customer
from senexsim.broker.brokerage import Brokerage
from senexsim.broker.oauth import ALL_SCOPES
from senexsim.broker.oauth_apps import MOST_URIS, Application
from senexsim.broker.queries import body_of
from senexsim.broker.wire import answer

PASSWORD: Final = "practice"  # noqa: S105 - shown on the page: these people are invented
ASKED: Final = ("client_id", "redirect_uri", "response_type", "scope", "state")
TOLD: Final = {
    "read": "see accounts, balances, positions and orders",
    "trade": "place, change and cancel orders",
    "openid": "know who you are",
}
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}
STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #f4f4f2; color: #1c1c1a; }
main { max-width: 26rem; margin: 8vh auto; padding: 1.5rem; background: #fff; border-radius: 8px; }
label { display: block; margin-top: .75rem; } input { width: 100%; padding: .5rem; font: inherit; box-sizing: border-box; }
button { font: inherit; padding: .6rem 1.2rem; margin: 1rem .5rem 0 0; } .fault { color: #a4161a; }
@media (prefers-color-scheme: dark) { body { background: #1c1c1a; color: #eee; } main { background: #2a2a27; }
.fault { color: #ff8a8a; } }
"""


class ConsentRoutes:
    """Handlers over one brokerage; `origin` is where it is served."""

    def __init__(self, house: Brokerage, origin: Callable[[], str]) -> None:
        self.house, self._origin = house, origin

    def table(self) -> list[web.RouteDef]:
        return [
            web.get("/auth.html", self.ask),
            web.post("/auth.html", self.decide),
            web.get("/_sim/oauth", self.application),
            web.post("/_sim/oauth", self.change),
        ]

    async def ask(self, request: web.Request) -> web.Response:
        asked = {name: request.query.get(name, "") for name in ASKED}
        app = self._application(asked)
        if isinstance(app, web.Response):
            return app
        refused = _refused(asked)
        return refused if refused is not None else _page(_form(app, asked))

    async def decide(self, request: web.Request) -> web.Response:
        """Sign in and agree: away with a code. Cancel: away with `access_denied`. A wrong password: once more."""
        form = {key: str(value) for key, value in (await request.post()).items()}
        asked = {name: form.get(name, "") for name in ASKED}
        app = self._application(asked)
        if isinstance(app, web.Response):
            return app
        if (refused := _refused(asked)) is not None:
            return refused
        if "deny" in form:
            return _away(asked, error="access_denied")
        customer = self._customer(form.get("username", ""))
        if customer is None or form.get("password") != PASSWORD:
            return _page(_form(app, asked, "This name and password do not belong together."), 401)
        scopes = frozenset(asked["scope"].split()) or ALL_SCOPES
        code = self.house.tokens.codes.issue(customer.name, app, asked["redirect_uri"], scopes)
        return _away(asked, code=code)

    def _application(self, asked: Mapping[str, str]) -> Application | web.Response:
        """The application that asks; a page that leads nowhere when it or its address is not known."""
        app = self.house.tokens.application
        if asked["client_id"] != app.client_id:
            return _page("<h1>Unknown application</h1><p>No application has this client id.</p>", 400)
        if not app.takes(asked["redirect_uri"]):
            return _page("<h1>Unknown address</h1><p>This redirect address is not registered.</p>", 400)
        return app

    def _customer(self, name: str) -> Customer | None:
        people = self.house.customers.values()
        return next((one for one in people if one.user_name == name.strip().lower()), None)

    # -- the application itself ---------------------------------------------------------------------------

    async def application(self, _request: web.Request) -> web.Response:
        return answer(self._view())

    async def change(self, request: web.Request) -> web.Response:
        """`{redirect_uris?: [...], regenerate?: true}`; a new secret ends the grants given for the old one."""
        body = await body_of(request)
        if not isinstance(body, dict) or body.keys() - {"redirect_uris", "regenerate"}:
            raise ValueError("redirect_uris and regenerate are known")
        if "redirect_uris" in body:
            self.house.tokens.application.redirect_uris = _uris(body["redirect_uris"])
        if body.get("regenerate"):
            self.house.tokens.regenerate()
        return answer(self._view())

    def _view(self) -> dict[str, Any]:
        app = self.house.tokens.application
        return {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "redirect_uris": app.redirect_uris,
            "authorize_url": f"{self._origin()}/auth.html",
            "token_url": f"{self._origin()}/oauth/token",
            "usernames": [customer.user_name for customer in self.house.customers.values()],
            "password": PASSWORD,
        }


def _uris(given: object) -> list[str]:
    if not isinstance(given, list) or len(given) > MOST_URIS:
        raise ValueError(f"redirect_uris: a list of at most {MOST_URIS}")
    for uri in given:
        parts = urlsplit(uri) if isinstance(uri, str) else None
        if parts is None or not parts.scheme or not parts.netloc or parts.fragment:
            raise ValueError("redirect_uris: whole addresses without a fragment")
    return list(given)


def _refused(asked: Mapping[str, str]) -> web.Response | None:
    """What is told to the application itself, for its address is known."""
    if asked["response_type"] != "code":
        return _away(asked, error="unsupported_response_type")
    if not frozenset(asked["scope"].split()) <= ALL_SCOPES:
        return _away(asked, error="invalid_scope")
    return None


def _away(asked: Mapping[str, str], **fields: str) -> web.Response:
    state = {"state": asked["state"]} if asked["state"] else {}
    target = URL(asked["redirect_uri"]).update_query({**fields, **state})
    return web.Response(status=302, headers={**HEADERS, "Location": str(target)})


def _page(inner: str, status: int = 200) -> web.Response:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Practice broker</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><main>{inner}</main></body></html>"
    )
    return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)


def _form(app: Application, asked: Mapping[str, str], fault: str = "") -> str:
    scopes = asked["scope"].split() or sorted(ALL_SCOPES)
    wishes = "".join(f"<li>{escape(TOLD[scope])}</li>" for scope in scopes)
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in asked.items()
    )
    told = f'<p class="fault" role="alert">{escape(fault)}</p>' if fault else ""
    return (
        f"<h1>Sign in</h1><p><b>{escape(app.name)}</b> would like to:</p><ul>{wishes}</ul>{told}"
        f'<form method="post" action="/auth.html">{hidden}'
        '<label>Username <input name="username" autocomplete="username" autofocus></label>'
        '<label>Password <input name="password" type="password" autocomplete="current-password"></label>'
        '<button name="allow" value="1">Allow</button><button name="deny" value="1">Cancel</button></form>'
        f"<p><small>A practice broker on this machine: every password is <code>{PASSWORD}</code>.</small></p>"
    )
