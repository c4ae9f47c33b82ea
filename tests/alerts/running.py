"""The bot's services and long tasks as bootstrap wires them, on a clock of its own speed: in the test's own loop, or
as a child process that can be killed (`python -m tests.alerts.running`, forked by tests/forks.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

from senexbot.broker.adapter import Tastytrade
from senexbot.broker.endpoints import Endpoints
from senexbot.broker.market_line import MarketLimits
from senexbot.clock import SystemClock
from senexbot.runtime import Supervisor
from senexbot.services.links import StoredGrants
from senexbot.services.rules import DeskRules
from senexbot.slack.app import identify
from senexbot.slack.messenger import SlackMessenger, http_session, web_client
from senexbot.slack.pictures import Pictures
from senexbot.tasks import start_tasks
from senexbot.vault import KeyRing, Vault
from senexbot.wiring import House, World, wire
from tests.stores import Home

Sides = dict[str, str]  # api_url, streamer_url of the broker; slack_url, bot_token of Slack


class QuickClock(SystemClock):
    """So many seconds in one: what waits for a minute of silence does not wait for long. Processes of one machine that
    are given the same `began` (wall, monotonic) agree on the time."""

    def __init__(self, speed: float, began: tuple[float, float] | None = None) -> None:
        self.speed = speed
        self.began = wall, base = began or (time.time(), time.monotonic())
        super().__init__(
            wall=lambda: wall + (time.monotonic() - base) * speed,
            monotonic=lambda: base + (time.monotonic() - base) * speed,
        )

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0) / self.speed)


@contextlib.asynccontextmanager
async def running(home: Home, clock: SystemClock, sides: Sides, limits: MarketLimits) -> AsyncIterator[House]:
    """A bot in the role `all`, until the end."""
    async with contextlib.AsyncExitStack() as stack:
        store = await home.open(clock=clock, generation="new")
        stack.push_async_callback(store.close)
        session = await stack.enter_async_context(http_session())
        client = web_client(sides["bot_token"], base_url=sides["slack_url"], session=session)
        team = (await identify(client)).team_id
        rules = DeskRules(
            team_id=team,
            live_trading=False,
            has_practice=True,
            confirm_seconds=120,
            admin_channel="",
            build="live",
        )
        broker = Tastytrade(
            endpoints=Endpoints(sides["api_url"], sides["streamer_url"]),
            grants=StoredGrants(store=store, box=home.box),
            clock=clock,
            market_limits=limits,
        )
        stack.push_async_callback(broker.close)
        await broker.warm()
        world = World(
            store=store,
            broker=broker,
            slack=SlackMessenger(client=client, clock=clock, team_id=team),
            pictures=Pictures(client=client, session=session),
            vault=home.box,
            clock=clock,
            rules=rules,
        )
        supervisor = Supervisor(clock=clock, on_fenced=lambda: None)
        house = wire(world, dict)
        async with store.begin() as tx:
            await tx.outbox.lapse_claims(clock.now())
        start_tasks(house, supervisor, "all")
        stack.push_async_callback(supervisor.stop)
        yield house


async def _child() -> None:
    """Runs until it is killed, and says each last price that its watch has heard."""
    told = json.loads(os.environ["RUNNING"])
    clock = QuickClock(told["speed"], tuple(told["began"]))
    home = Home(told["url"], Path(told["state_dir"]), box=Vault(KeyRing.parse(told["keys"])))
    heard: dict[str, str] = {}
    async with running(home, clock, told["sides"], MarketLimits(**told["limits"])) as house:
        while True:
            for one in house.engine._running.values():
                for key in one.watch.board.keys:
                    span = one.watch.latest(key.streamer_symbol)
                    if span is not None and heard.get(key.streamer_symbol) != str(span.last):
                        heard[key.streamer_symbol] = str(span.last)
                        sys.stdout.write(json.dumps(heard) + "\n")
                        sys.stdout.flush()
            await asyncio.sleep(0.002)


if __name__ == "__main__":
    asyncio.run(_child())
