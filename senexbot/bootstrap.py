"""The only place that knows every class: settings in, a bot that can be started and stopped out."""

from __future__ import annotations

import asyncio
import os
import platform
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import structlog

from senexbot import __version__
from senexbot.alerts.engine import Engine
from senexbot.blocks.kit import Message
from senexbot.broker.adapter import Tastytrade
from senexbot.broker.endpoints import Endpoints
from senexbot.clock import SystemClock
from senexbot.control import ControlServer
from senexbot.handlers.asking import Desk
from senexbot.handlers.listeners import Listeners
from senexbot.health import HealthServer
from senexbot.host import HostCommands
from senexbot.ids import RandomIds
from senexbot.ports import Lease
from senexbot.runtime import Supervisor, side_by_side
from senexbot.services.accounts import Accounts
from senexbot.services.alert_rules import AlertRules
from senexbot.services.cancelling import Cancelling
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.following import Following
from senexbot.services.gate import Gate
from senexbot.services.halts import Halts
from senexbot.services.leading import Leading
from senexbot.services.links import Links, StoredGrants
from senexbot.services.market_facts import MarketReader
from senexbot.services.orders import Orders
from senexbot.services.outbox import Relay
from senexbot.services.previews import Previews
from senexbot.services.quotes import Quotes
from senexbot.services.rules import DeskRules
from senexbot.services.sending import Sending
from senexbot.services.settling import Settling
from senexbot.services.streams import AccountStreams, PeopleSweep
from senexbot.settings import Settings
from senexbot.slack.app import build_app, identify
from senexbot.slack.messenger import SlackMessenger, http_session, web_client
from senexbot.slack.prefixing import Prefixing
from senexbot.slack.replies import Replier, ReplyAddresses
from senexbot.slack.transport import HttpTransport, SocketTransport, Transport
from senexbot.store.engine import SqlStore
from senexbot.vault import KeyRing, Vault

log = structlog.get_logger()
BUILD = f"senexbot/{__version__}"
DRAIN_SECONDS = 15.0  # of the 25 that a SIGTERM may take
LAPSE_SECONDS = 1.0
GENERATION_SECONDS = 5.0
UPKEEP_SECONDS = 3600.0
ROLES = ("all", "web", "stream", "relay")


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
        desk, parts = self._wire(store, broker, slack, vault, clock, rules, supervisor)
        await parts["settling"].recover(alone=self._role == "all")
        if store.opened_older_copy:
            log.error(
                "database.older_copy", why=store.older_copy_reason
            )  # the store has halted the desk (I62)
        self._run_tasks(supervisor, store, broker, slack, clock, rules, desk, parts)
        self._stack.push_async_callback(supervisor.stop)
        await self._serve_health(supervisor, store)
        if self._role in {"all", "web"}:
            await self._serve_control(desk, store, vault)
            replier = Replier(
                session=session, addresses=ReplyAddresses(settings.slack_api_url), prefixing=prefixing
            )
            await self._serve_slack(desk, client, identity, clock, replier, session)

    def _wire(
        self,
        store: SqlStore,
        broker: Tastytrade,
        slack: SlackMessenger,
        vault: Vault,
        clock: SystemClock,
        rules: DeskRules,
        supervisor: Supervisor,
    ) -> tuple[Desk, dict[str, Any]]:
        ids, gate = RandomIds(clock=clock), Gate()
        accounts = Accounts(store=store, reads=broker.reads)
        quotes = Quotes(accounts=accounts, reads=broker.reads)
        market = MarketReader(reads=broker.reads)
        following = Following(store=store, desk=broker.desk, clock=clock, rules=rules, gate=gate)
        sending = Sending(
            store=store,
            desk=broker.desk,
            market=market,
            clock=clock,
            rules=rules,
            gate=gate,
            following=following,
        )
        settling = Settling(
            store=store,
            desk=broker.desk,
            following=following,
            clock=clock,
            exchange_zone=EXCHANGE_ZONE,
            in_flight=sending.in_flight,
        )
        engine = Engine(store=store, feeds=broker.market_feeds, clock=clock, ids=ids)
        halts = Halts(store=store, clock=clock, rules=rules)
        links = Links(
            store=store,
            reads=broker.reads,
            box=vault,
            clock=clock,
            ids=ids,
            admin_channel=rules.admin_channel,
        )
        desk = Desk(
            rules=rules,
            store=store,
            clock=clock,
            ids=ids,
            slack=slack,
            accounts=accounts,
            quotes=quotes,
            links=links,
            previews=Previews(
                store=store,
                desk=broker.desk,
                accounts=accounts,
                quotes=quotes,
                market=market,
                clock=clock,
                ids=ids,
                rules=rules,
            ),
            sending=sending,
            cancelling=Cancelling(store=store, desk=broker.desk, following=following, clock=clock),
            settling=settling,
            orders=Orders(
                store=store,
                desk=broker.desk,
                accounts=accounts,
                following=following,
                messenger=slack,
                clock=clock,
                ids=ids,
                exchange_zone=EXCHANGE_ZONE,
            ),
            alerts=AlertRules(
                store=store, accounts=accounts, quotes=quotes, messenger=slack, clock=clock, ids=ids
            ),
            halts=halts,
            alerts_changed=engine.rules_changed,
            health=lambda: _health_words(supervisor),
        )
        self._sending = sending
        return desk, {"following": following, "settling": settling, "engine": engine, "halts": halts}

    def _run_tasks(
        self,
        supervisor: Supervisor,
        store: SqlStore,
        broker: Tastytrade,
        slack: SlackMessenger,
        clock: SystemClock,
        rules: DeskRules,
        desk: Desk,
        parts: Mapping[str, Any],
    ) -> None:
        # An earlier start in the role "all" is fenced: its lease is taken over without waiting for the term.
        owner = "all" if self._role == "all" else f"{socket.gethostname()}:{os.getpid()}"
        following: Following = parts["following"]
        if self._role in {"all", "stream"}:
            engine: Engine = parts["engine"]
            settling: Settling = parts["settling"]
            streams = AccountStreams(
                store=store,
                feeds=broker.account_feeds,
                sink=following,
                clock=clock,
                forget=broker.reads.forget,
            )

            async def stream(lease: Lease) -> None:
                await side_by_side(
                    supervisor,
                    {
                        "alerts": lambda: engine.run(lease),
                        "account streams": streams.run,
                        "sweeps": lambda: following.run(desk.links.broken),
                        "settling": settling.run,
                    },
                )

            leading = Leading(
                store=store, clock=clock, owner=owner, name="stream", alone=store.path is not None
            )
            supervisor.start("streams", lambda: leading.run(stream))
            supervisor.start("previews", lambda: _lapse(desk, clock))
        if self._role in {"all", "relay"}:
            relay = Relay(store=store, messenger=slack, clock=clock, rules=rules, owner=owner)
            people = PeopleSweep(store=store, messenger=slack, links=desk.links, clock=clock)
            supervisor.start("messages", relay.run)
            supervisor.start("people", people.run)
        supervisor.start("upkeep", lambda: _keep_up(store, clock))
        supervisor.start("generation", lambda: _watch_generation(store, clock))

    async def _serve_slack(
        self, desk: Desk, client: Any, identity: Any, clock: SystemClock, replier: Replier, session: Any
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
            store=store, halts=desk.halts, box=vault, team_id=desk.rules.team_id, health=desk.health
        )
        control = ControlServer(state_dir=self._settings.state_dir, commands=commands.table())
        await control.start()
        self._stack.push_async_callback(control.stop)

    async def _serve_health(self, supervisor: Supervisor, store: SqlStore) -> None:
        port = self._settings.health_port
        if port is None:
            return

        async def depth() -> int:
            async with store.read() as tx:
                return await tx.outbox.depth()

        health = HealthServer(host=self._settings.host, port=port, tasks=supervisor.health, depth=depth)
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


async def _lapse(desk: Desk, clock: SystemClock) -> None:
    while True:
        await desk.previews.lapse_due()
        await clock.sleep(LAPSE_SECONDS)


async def _keep_up(store: SqlStore, clock: SystemClock) -> None:
    """Forget what has served, every hour."""
    while True:
        await store.prune()
        await clock.sleep(UPKEEP_SECONDS)


async def _watch_generation(store: SqlStore, clock: SystemClock) -> None:
    """Raises Fenced, which ends the program, when a newer start owns the database (I65)."""
    while True:
        async with store.begin() as tx:
            await tx.check_generation()
        await clock.sleep(GENERATION_SECONDS)


def _health_words(supervisor: Supervisor) -> dict[str, str]:
    return {
        name: "runs" if task.running else f"down ({task.last_error or 'starting'})"
        for name, task in supervisor.health.items()
    }
