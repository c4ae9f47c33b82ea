"""The backtester's REST under `/backtester`, where the broker has a host of its own: camelCase, no envelope."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from senexsim.broker.backtest.desk import Backtest, BacktestDesk, closing, moment
from senexsim.broker.backtest.request import wish_of
from senexsim.broker.market import Market, symbols
from senexsim.broker.queries import body_of
from senexsim.broker.wire import Refusal, answer, instant, invalid, not_found

PREFIX: Final = "/backtester"
MOST_SESSIONS: Final = 1_000
MOST_LEGS: Final = 4


class BacktestRoutes:
    """Handlers over one market; `who` tells whose broker token that is, None for nobody's."""

    def __init__(self, market: Market, who: Callable[[str | None], str | None]) -> None:
        self.desk, self._who = BacktestDesk(market), who
        self._sessions: dict[str, str] = {}

    def table(self) -> list[web.RouteDef]:
        return [
            web.post(f"{PREFIX}/sessions", self.open),
            web.delete(f"{PREFIX}/sessions", self.close),
            web.get(f"{PREFIX}/available-dates", self.dates),
            web.get(f"{PREFIX}/backtests/const/available-dates", self.dates),
            web.post(f"{PREFIX}/backtests", self.create),
            web.get(f"{PREFIX}/backtests", self.all),
            web.get(f"{PREFIX}/backtests/{{backtest}}", self.one),
            web.get(f"{PREFIX}/backtests/{{backtest}}/logs", self.logs),
            web.post(f"{PREFIX}/backtests/{{backtest}}/cancel", self.cancel),
            web.post(f"{PREFIX}/simulate-trade", self.trade),
        ]

    async def open(self, request: web.Request) -> web.Response:
        """A broker's access token becomes one of the backtester's own."""
        body = await body_of(request)
        given = body.get("tastytradeToken") if isinstance(body, dict) else None
        user = self._who(f"Bearer {given}") if isinstance(given, str) else None
        if user is None:
            raise _nobody()
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        token = secrets.token_urlsafe(24)
        self._sessions[token] = user
        return answer({"token": token}, 201)

    async def close(self, request: web.Request) -> web.Response:
        self._user(request)
        self._sessions.pop(_token(request), None)
        return web.Response(status=204)

    def _user(self, request: web.Request) -> str:
        """Whose token this is: the backtester's own, or the broker's as it stands."""
        user = self._sessions.get(_token(request)) or self._who(request.headers.get("Authorization"))
        if user is None:
            raise _nobody()
        return user

    def _found(self, request: web.Request) -> Backtest:
        found = self.desk.find(self._user(request), request.match_info["backtest"])
        if found is None:
            raise not_found("Couldn't find backtest")
        return found

    async def dates(self, request: web.Request) -> web.Response:
        self._user(request)
        return answer(self.desk.available())

    async def create(self, request: web.Request) -> web.Response:
        user, body = self._user(request), await body_of(request)
        made = self.desk.start(
            user, wish_of(body), {k: v for k, v in body.items() if k not in ("id", "status")}
        )
        return answer(made.view(), 201)

    async def all(self, request: web.Request) -> web.Response:
        return answer(self.desk.of(self._user(request)))

    async def one(self, request: web.Request) -> web.Response:
        return answer(self._found(request).view())

    async def logs(self, request: web.Request) -> web.Response:
        return answer(self._found(request).run.log)

    async def cancel(self, request: web.Request) -> web.Response:
        self.desk.cancel(self._found(request))
        return web.Response(status=204)

    async def trade(self, request: web.Request) -> web.Response:
        """What a given trade was worth at each close of the span, signed by `effect`."""
        self._user(request)
        body = await body_of(request)
        if not isinstance(body, dict):
            raise invalid("body", "is not an object")
        start, end = moment(body.get("startTime"), "startTime"), moment(body.get("endTime"), "endTime")
        return answer(self._points(body, start, end))

    def _points(self, body: dict[str, Any], start: datetime, end: datetime) -> list[dict[str, Any]]:
        listing = self.desk.listing(str(body.get("underlying")))
        legs = [_leg(leg) for leg in body.get("legs") or []]
        if not 1 <= len(legs) <= MOST_LEGS or any(symbols.parse_occ(leg[0]) is None for leg in legs):
            raise invalid("legs", f"1 to {MOST_LEGS} listed options are needed")
        prices, points = self.desk.prices(listing), []
        for day in self.desk.days(listing, start.date(), end.date()):
            if not start <= closing(day.day) <= end:
                continue
            price = delta = 0.0
            for symbol, signed in legs:
                key = symbols.parse_occ(symbol)
                assert key is not None
                left, strike = max((key[1] - day.day).days, 0), float(key[3])
                price += signed * prices.value(day.close, strike, left, key[2])
                delta += signed * prices.delta(day.close, strike, left, key[2])
            points.append(
                {
                    "dateTime": instant(closing(day.day)),
                    "price": round(abs(price), 4),
                    "effect": "Debit" if price > 0 else "Credit",
                    "delta": round(delta, 6),
                    "underlyingPrice": day.close,
                }
            )
        return points


def _leg(leg: object) -> tuple[str, int]:
    """Symbol and signed quantity."""
    if not isinstance(leg, dict) or leg.get("direction") not in ("long", "short"):
        raise invalid("legs", "have symbol, direction and quantity")
    quantity = leg.get("quantity", 1)
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= 100:
        raise invalid("quantity", "does not have a valid value")
    return str(leg.get("symbol")), quantity if leg["direction"] == "long" else -quantity


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


def _nobody() -> Refusal:
    return Refusal(401, "unauthorized", "Unauthorized")
