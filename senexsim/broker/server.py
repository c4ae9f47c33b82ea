"""The broker simulator as one embeddable server: market, house, gateway and routes on one loopback port."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from senexsim.broker.accounts.history import HistoryRoutes
from senexsim.broker.accounts.routes import AccountRoutes
from senexsim.broker.backtest.routes import BacktestRoutes
from senexsim.broker.board import Board
from senexsim.broker.brokerage import Brokerage
from senexsim.broker.clock import SimClock
from senexsim.broker.consent import ConsentRoutes
from senexsim.broker.controls import Controls
from senexsim.broker.faults import Faults
from senexsim.broker.gateway import BEARER, Gateway
from senexsim.broker.market import Market, routes
from senexsim.broker.oauth import TokenDesk
from senexsim.broker.orders.complex_routes import ComplexOrderRoutes
from senexsim.broker.orders.routes import OrderRoutes
from senexsim.broker.scenario.player import Player
from senexsim.broker.scenario.script import load
from senexsim.broker.session_routes import SessionRoutes
from senexsim.broker.shapes.checker import Inspector
from senexsim.broker.wire import answer
from senexsim.wire_log import WireLog

HOST = "127.0.0.1"
IDLE_LIMIT = 65.0
GRACE = 0.5


class BrokerSim:
    """`async with BrokerSim(port=0, seed=1) as sim: sim.info`.

    `check_shapes` compares every answer with the shape tables; what does not fit is collected in
    `shape_faults`. `idle_limit` is how many seconds a silent account stream lives. `scenario` is the name of one that
    comes along or the path of a file; raises ScenarioFault when there is none or it cannot be read.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 1,
        speed: float = 1.0,
        check_shapes: bool = False,
        idle_limit: float = IDLE_LIMIT,
        scenario: str | None = None,
    ) -> None:
        self._port = port
        script = load(scenario, speed=speed) if scenario is not None else None
        self.clock = SimClock(speed=speed)
        begins = script.begins(self.clock.now()) if script is not None else None
        if begins is not None:
            self.clock.set(begins)
        self.market = Market(clock=self.clock, seed=seed)
        self.faults = Faults()
        self.wire_log = WireLog()
        tokens = TokenDesk(self.clock, seed)
        self.house = Brokerage(
            market=self.market,
            clock=self.clock,
            tokens=tokens,
            faults=self.faults,
            idle_limit=idle_limit,
            wire=self.wire_log,
        )
        self.backtests = BacktestRoutes(self.market, self._who)
        self.player = Player(script, self.house, self.faults) if script is not None else None
        self.inspector = Inspector() if check_shapes else None
        self.gateway = Gateway(
            clock=self.clock, tokens=tokens, faults=self.faults, inspector=self.inspector, wire=self.wire_log
        )
        self._runner: web.AppRunner | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # -- where it is ------------------------------------------------------------------------------------

    @property
    def port(self) -> int:
        """The bound port; 0 before the start if a free one was asked for."""
        return self._port

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def shape_faults(self) -> list[str]:
        return self.inspector.faults if self.inspector else []

    @property
    def info(self) -> dict[str, Any]:
        """The contract's first line of standard output."""
        streams = f"ws://{HOST}:{self._port}"
        return {
            "api_url": self.origin,
            "streamer_url": f"{streams}/streamer",
            "dxlink_url": f"{streams}/dxlink",
            "users": [
                {
                    "name": customer.name,
                    "provider_secret": self.house.grants[customer.name].provider_secret,
                    "refresh_token": self.house.grants[customer.name].refresh_token,
                    "accounts": customer.accounts,
                }
                for customer in self.house.customers.values()
            ],
        }

    # -- life ---------------------------------------------------------------------------------------------

    def _who(self, header: str | None) -> str | None:
        bearer = self.house.tokens.bearer(header)
        return bearer.user if bearer is not None else None

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self.gateway.middleware()])
        app.add_routes(SessionRoutes(self.house, lambda: self.info["dxlink_url"]).table())
        app.add_routes(ConsentRoutes(self.house, lambda: self.origin).table())
        app.add_routes(OrderRoutes(self.house).table())
        app.add_routes(ComplexOrderRoutes(self.house).table())
        app.add_routes(HistoryRoutes(self.house).table())
        app.add_routes(AccountRoutes(self.house).table())
        app.add_routes(self.backtests.table())
        app.add_routes([web.get("/_sim/scenario", self._scenario)])
        app.add_routes(Controls(self.house, self.gateway).table())
        app.add_routes(Board(self.house, self.faults, self.wire_log).table())
        app.add_routes([web.get("/streamer", self.house.streamer.serve)])
        app.add_routes(
            routes(
                self.market,
                origin=lambda: self.origin,
                faults=self.faults,
                valid_quote_token=self.house.tokens.valid_quote_token,
                owner=lambda request: request[BEARER].user,
                wire=self.wire_log,
            )
        )
        return app

    async def _scenario(self, _request: web.Request) -> web.Response:
        return answer({"name": None} if self.player is None else self.player.told())

    async def start(self) -> None:
        """Bind and let the market run. Raises OSError when the port is taken."""
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=GRACE)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        if self.player is not None:
            self.player.begin()
        self._tasks = [asyncio.create_task(self.market.run()), asyncio.create_task(self.house.run())]

    async def stop(self) -> None:
        """End everything; safe to call twice."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self.house.engine.close()
        await self.backtests.desk.close()
        await self.gateway.close()
        await self.house.streamer.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
