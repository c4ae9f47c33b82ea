"""The unmodified SDK pointed at a running simulator, and plain clients for what the SDK hides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from tastytrade import Session

from senexsim.broker.server import BrokerSim

DEADLINE = 30.0
AGENT = "tests/1.0"


@asynccontextmanager
async def sdk_session(sim: BrokerSim, user: int = 0) -> AsyncIterator[Session]:
    who = sim.info["users"][user]
    async with Session(who["provider_secret"], who["refresh_token"]) as session:
        session._client.base_url = sim.origin
        yield session


class Client:
    """Plain HTTP with a bearer, for statuses and bodies."""

    def __init__(self, sim: BrokerSim, http: aiohttp.ClientSession, user: int) -> None:
        self.sim, self.http, self.user = sim, http, user
        self.headers = {"User-Agent": AGENT}

    async def token(self) -> str:
        who = self.sim.info["users"][self.user]
        body = {
            "grant_type": "refresh_token",
            "refresh_token": who["refresh_token"],
            "client_secret": who["provider_secret"],
        }
        _, answer = await self.call("POST", "/oauth/token", body)
        self.headers["Authorization"] = f"Bearer {answer['access_token']}"
        return str(answer["access_token"])

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        url = self.sim.origin + path
        async with self.http.request(method, url, json=body, headers=self.headers, **options) as response:
            if response.content_type == "application/json":
                return response.status, await response.json()
            return response.status, await response.text()

    async def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        status, answer = await self.call(method, f"/_sim/{path}", body)
        assert status < 300, answer
        return answer

    async def pin(self, symbol: str, bid: str, ask: str, last: str | None = None) -> None:
        body = {"symbol": symbol, "bid": bid, "ask": ask}
        await self.control("quote", body if last is None else {**body, "last": last})

    async def fault(self, target: str, kind: str, **more: Any) -> None:
        await self.control("fault", {"target": target, "kind": kind, **more})

    async def requests(self) -> list[dict[str, Any]]:
        return list((await self.control("requests", method="GET"))["requests"])

    async def orders(self) -> list[dict[str, Any]]:
        return list((await self.control("orders", method="GET"))["orders"])

    async def order(self, number: int, account: str = "5WT00001") -> dict[str, Any]:
        status, answer = await self.call("GET", f"/accounts/{account}/orders/{number}")
        assert status == 200
        return dict(answer["data"])

    async def until(self, number: int, *statuses: str, account: str = "5WT00001") -> dict[str, Any]:
        """The order once it has one of these statuses."""

        async def reached() -> dict[str, Any] | None:
            order = await self.order(number, account)
            return order if order["status"] in statuses else None

        return await eventually(reached)


async def eventually(check: Callable[[], Awaitable[Any]], deadline: float = DEADLINE) -> Any:
    """The first true answer of the check; fails after the deadline."""
    async with asyncio.timeout(deadline):
        while True:
            found = await check()
            if found:
                return found
            await asyncio.sleep(0.005)


@asynccontextmanager
async def plain_client(sim: BrokerSim, user: int = 0) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        made = Client(sim, http, user)
        await made.token()
        yield made


def limit(
    action: str, quantity: Any, symbol: str, price: str, tif: str = "Day", **more: Any
) -> dict[str, Any]:
    """A single-leg limit order's body."""
    return {
        "order-type": "Limit",
        "time-in-force": tif,
        "price": price,
        "price-effect": "Debit" if action.startswith("Buy") else "Credit",
        "legs": [leg(action, quantity, symbol)],
        **more,
    }


def market(action: str, quantity: Any, symbol: str, **more: Any) -> dict[str, Any]:
    return {
        "order-type": "Market",
        "time-in-force": "Day",
        "legs": [leg(action, quantity, symbol)],
        **more,
    }


def leg(action: str, quantity: Any, symbol: str) -> dict[str, Any]:
    kind = "Equity Option" if len(symbol) > 10 else "Equity"
    return {"instrument-type": kind, "symbol": symbol, "action": action, "quantity": quantity}
