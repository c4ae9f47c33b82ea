"""REST of tokens and sessions: the token endpoint, validation, quote tokens."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from yarl import URL

from senexsim.broker.brokerage import Brokerage
from senexsim.broker.gateway import BEARER
from senexsim.broker.oauth import OAuthRefusal
from senexsim.broker.queries import body_of
from senexsim.broker.wire import Refusal, answer, ok

OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class SessionRoutes:
    """Handlers over one brokerage; `dxlink_url` says where quotes are streamed."""

    def __init__(self, house: Brokerage, dxlink_url: Callable[[], str]) -> None:
        self.house, self.dxlink_url = house, dxlink_url

    def table(self) -> list[web.RouteDef]:
        return [
            web.post("/oauth/token", self.token),
            web.post("/sessions/validate", self.validate),
            web.get("/api-quote-tokens", self.quote_token),
        ]

    async def token(self, request: web.Request) -> web.Response:
        """JSON and form bodies alike; the answer has no `data` around it."""
        if request.content_type == "application/x-www-form-urlencoded":
            form = {key: str(value) for key, value in (await request.post()).items()}
        else:
            try:
                form = await body_of(request)
            except Refusal:
                form = {}
        if not isinstance(form, dict):
            raise OAuthRefusal(400, "invalid_request", "The body is not an object")
        return answer(self.house.tokens.exchange(form))

    async def validate(self, request: web.Request) -> web.Response:
        customer = self.house.customers[request[BEARER].user]
        who = {
            "email": f"{customer.user_name}@example.invalid",
            "username": customer.user_name,
            "external-id": customer.external_id,
            "id": int(customer.accounts[0][3:]),
        }
        return ok(who, request.path, 201)

    async def quote_token(self, request: web.Request) -> web.Response:
        token = self.house.tokens.quote_token()
        url = URL(self.dxlink_url())
        # Careful clients call no other host than the one they asked.
        if request.url.host in OWN_NAMES and request.url.port == url.port:
            url = url.with_host(request.url.host)
        data = {"token": token, "dxlink-url": str(url), "level": "api"}
        return ok(data, request.path)
