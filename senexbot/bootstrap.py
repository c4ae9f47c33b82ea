"""Settings in, a bot that can be started and stopped out: what is opened, in which order, and closed again.

The use cases are wired in wiring.py, the long tasks listed in tasks.py.
"""

from __future__ import annotations

import asyncio
import os
import platform
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from senexbot import __version__
from senexbot.blocks.kit import Message
from senexbot.broker.adapter import Tastytrade
from senexbot.broker.endpoints import Endpoints
from senexbot.clock import SystemClock
from senexbot.control import ControlServer
from senexbot.handlers.asking import Desk
from senexbot.handlers.listeners import Listeners
from senexbot.health import HealthServer
from senexbot.host import HostCommands
from senexbot.runtime import Supervisor
from senexbot.services.links import StoredGrants
from senexbot.services.orders.sending import Sending
from senexbot.services.rules import DeskRules
from senexbot.settings import Settings
from senexbot.slack.app import Identity, build_app, identify
from senexbot.slack.messenger import SlackMessenger, http_session, web_client
from senexbot.slack.pictures import Pictures
from senexbot.slack.prefixing import Prefixing
from senexbot.slack.replies import Replier, ReplyAddresses
from senexbot.slack.transport import HttpTransport, SocketTransport, Transport
from senexbot.store.engine import SqlStore
from senexbot.tasks import start_tasks
from senexbot.vault import KeyRing, Vault
from senexbot.wiring import House, World, wire

log = structlog.get_logger()
BUILD = f"senexbot/{__version__}"
DRAIN_SECONDS = 15.0  # of the 25 that a SIGTERM may take


class Bot:
    """One process of the bot. `start` returns when it is ready; `stop` drains and closes everything."""

    def __init__(self, settings: Settings, role: str = "all") -> None:
        self._settings = settings
        self._role = role
        self._stack = AsyncExitStack()
        self.stopped = asyncio.Event()
        self.fenced = False
        self.transport: Transport | None = None
        self._sending: Sending | None = None
        self._listeners: Listeners | None = None

    async def start(self) -> None:
        """Open, check, recover, connect. Raises ConfigError and StoreFaults: nothing is left running."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise

    async def stop(self) -> None:
        """No new claim, wait for answers, close. What has no answer is unknown at the next start (I63)."""
        if self._sending is not None:
            await self._sending.drain(DRAIN_SECONDS)
        if self._listeners is not None:
            await self._listeners.drain(2.0)
        await self._stack.aclose()

    async def _start(self) -> None:
        settings, clock = self._settings, SystemClock()
        vault = Vault(KeyRing.parse(settings.keys_text()))
        store = await SqlStore.open(
            settings.url_of_database(),
            state_dir=settings.state_dir,
            clock=clock,
            build=BUILD,
            box=vault,
            generation="new" if self._role == "all" else "build",
        )
        self._stack.push_async_callback(store.close)
        session = await self._stack.enter_async_context(http_session())
        client = web_client(
            settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url, session=session
        )
        identity = await identify(client)
        rules = DeskRules(
            team_id=identity.team_id,
            live_trading=settings.live_trading,
            has_practice=settings.has_practice,
            confirm_seconds=settings.confirm_seconds,
            admin_channel=settings.admin_channel,
            build=BUILD,
            approval_minutes=settings.approval_minutes,
        )
        prefixing = Prefixing(settings.command_prefix)
        slack = SlackMessenger(client=client, clock=clock, team_id=identity.team_id, prefixing=prefixing)
        broker = Tastytrade(
            endpoints=Endpoints(
                practice_api=settings.practice_api_url or None,
                practice_streamer=settings.practice_streamer_url or None,
            ),
            grants=StoredGrants(store=store, box=vault),
            clock=clock,
        )
        self._stack.push_async_callback(broker.close)
        await broker.warm()  # the SDK's import takes seconds; nobody's first click should wait for it
        supervisor = Supervisor(clock=clock, on_fenced=self._on_fenced)
        world = World(
            store=store,
            broker=broker,
            slack=slack,
            pictures=Pictures(client=client, session=session),
            vault=vault,
            clock=clock,
            rules=rules,
        )
        house = wire(world, lambda: _health_words(supervisor))
        desk, self._sending = house.desk, house.desk.sending
        await house.settling.recover(alone=self._role == "all")
        await house.settling_replaces.recover(alone=self._role == "all")
        if self._role == "all":
            # No other process tells: what a killed one had in hand need not wait for its claim to lapse.
            async with store.begin() as tx:
                await tx.outbox.lapse_claims(clock.now())
        if store.opened_older_copy:
            # The store has halted the desk by itself (I62).
            log.error("database.older_copy", why=store.older_copy_reason)
        start_tasks(house, supervisor, self._role)
        self._stack.push_async_callback(supervisor.stop)
        await self._serve_health(supervisor, house)
        if self._role in {"all", "web"}:
            await self._serve_control(desk, store, vault)
            replier = Replier(
                session=session, addresses=ReplyAddresses(settings.slack_api_url), prefixing=prefixing
            )
            await self._serve_slack(desk, client, identity, clock, replier, session)

    async def _serve_slack(
        self,
        desk: Desk,
        client: AsyncWebClient,
        identity: Identity,
        clock: SystemClock,
        replier: Replier,
        session: aiohttp.ClientSession,
    ) -> None:
        settings = self._settings

        async def send(url: str, message: Message | None, replace: bool) -> None:
            await replier.send(url, message, replace=replace)

        secret = "" if settings.socket_mode else settings.slack_signing_secret.get_secret_value()
        app = build_app(client=client, identity=identity, signing_secret=secret)
        self._listeners = Listeners(desk=desk, send=send, prefix=settings.command_prefix)
        self._listeners.attach(app)
        if settings.socket_mode:
            token = settings.slack_app_token.get_secret_value()
            # Its own client: it opens sockets with the app token and never sees the bot token.
            socket_client = web_client("", base_url=settings.slack_api_url, session=session)
            self.transport = SocketTransport(app=app, app_token=token, client=socket_client)
        else:
            self.transport = HttpTransport(
                app=app,
                signing_secret=secret,
                host=settings.host,
                port=settings.port,
                clock=clock,
                refused=lambda why: log.warning("request.refused", why=why),
            )
        await self.transport.start()
        self._stack.push_async_callback(self.transport.stop)

    async def _serve_control(self, desk: Desk, store: SqlStore, vault: Vault) -> None:
        commands = HostCommands(
            store=store,
            halts=desk.halts,
            policies=desk.policies,
            box=vault,
            clock=desk.clock,
            team_id=desk.rules.team_id,
            health=desk.health,
        )
        control = ControlServer(state_dir=self._settings.state_dir, commands=commands.table())
        await control.start()
        self._stack.push_async_callback(control.stop)

    async def _serve_health(self, supervisor: Supervisor, house: House) -> None:
        port = self._settings.health_port
        if port is None:
            return

        async def depth() -> int:
            async with house.world.store.read() as tx:
                return await tx.outbox.depth()

        health = HealthServer(
            host=self._settings.host,
            port=port,
            tasks=supervisor.health,
            depth=depth,
            alerts=lambda: house.tally.counts,
            registry=house.registry,
        )
        await health.start()
        self._stack.push_async_callback(health.stop)

    def _on_fenced(self) -> None:
        self.fenced = True
        self.stopped.set()

    def ready_line(self) -> dict[str, Any]:
        """What `senexbot run` prints once it is ready (design section 2)."""
        transport = self.transport
        return {
            "ready": True,
            "mode": transport.mode if transport else "none",
            "url": transport.url if transport else "",
            "pid": os.getpid(),
            "role": self._role,
            "state_dir": str(self._settings.state_dir.resolve()),
            "python": platform.python_version(),
        }


def _health_words(supervisor: Supervisor) -> dict[str, str]:
    return {
        name: "runs" if task.running else f"down ({task.last_error or 'starting'})"
        for name, task in supervisor.health.items()
    }
