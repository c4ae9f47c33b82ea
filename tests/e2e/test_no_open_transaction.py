"""I58: while anything is asked of the broker or of Slack, no transaction is open.

The real desk in this process, against both simulators: at the ports the store notes what is open, and everything
that goes out looks at it, also from tasks that were begun inside a transaction.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp

from senexbot.blocks.kit import Message
from senexbot.broker.adapter import Tastytrade
from senexbot.broker.endpoints import Endpoints
from senexbot.clock import SystemClock
from senexbot.handlers.listeners import Listeners
from senexbot.runtime import Supervisor
from senexbot.services.links import StoredGrants
from senexbot.services.rules import DeskRules
from senexbot.slack.app import build_app, identify
from senexbot.slack.messenger import SlackMessenger, http_session, web_client
from senexbot.slack.pictures import Pictures
from senexbot.slack.replies import Replier, ReplyAddresses
from senexbot.slack.transport import SocketTransport
from senexbot.store.engine import SqlStore
from senexbot.tasks import start_tasks
from senexbot.vault import KeyRing, Vault, generate_key
from senexbot.wiring import World, wire
from senexsim.broker.server import BrokerSim
from senexsim.slack.server import SlackSim
from tests.e2e.stage import BotChild, Stage, has_action, shown


@dataclass
class Transaction:
    kind: str
    open: bool = True


OPEN: ContextVar[tuple[Transaction, ...]] = ContextVar("open transactions", default=())


class NotingStore:
    """The store at its port; a transaction counts as open from before BEGIN until after its end."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        async with self._noted("begin", self._store.begin()) as tx:
            yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        async with self._noted("read", self._store.read()) as tx:
            yield tx

    async def write(self, act: Any) -> Any:
        async with self._noted("write", nullcontext()):
            return await self._store.write(act)

    async def look(self, act: Any) -> Any:
        async with self._noted("look", nullcontext()):
            return await self._store.look(act)

    @asynccontextmanager
    async def _noted(self, kind: str, inner: Any) -> AsyncIterator[Any]:
        noted = Transaction(kind)
        before = OPEN.set((*OPEN.get(), noted))
        try:
            async with inner as tx:
                yield tx
        finally:
            noted.open = False
            OPEN.reset(before)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@dataclass
class Watch:
    """Everything that went out, and what went out of an open transaction."""

    calls: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    def note(self, name: str) -> None:
        self.calls.add(name)
        self.broken += [f"{name} within {one.kind}" for one in OPEN.get() if one.open]

    def around(self, name: str, inner: Any) -> Any:
        return Outside(name, inner, self)


class Outside:
    """An adapter at its port."""

    def __init__(self, name: str, inner: Any, watch: Watch) -> None:
        self._name, self._inner, self._watch = name, inner, watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def noted(*args: Any, **more: Any) -> Any:
            self._watch.note(f"{self._name}.{name}")
            return await found(*args, **more)

        return noted


@asynccontextmanager
async def watched_desk(tmp: Path, watch: Watch) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        broker_sim = await stack.enter_async_context(BrokerSim(port=0, seed=1))
        slack_sim = await stack.enter_async_context(SlackSim(port=0))
        clock, vault = SystemClock(), Vault(KeyRing.parse(generate_key()))
        sql = await SqlStore.open(
            f"sqlite:///{tmp / 'd.sqlite3'}", state_dir=tmp, clock=clock, build="test", box=vault
        )
        stack.push_async_callback(sql.close)
        store: Any = NotingStore(sql)
        session = await stack.enter_async_context(http_session())
        api = slack_sim.info["api_url"]
        client = web_client(slack_sim.info["bot_token"], base_url=api, session=session)
        identity = await identify(client)
        endpoints = Endpoints(
            practice_api=broker_sim.info["api_url"], practice_streamer=broker_sim.info["streamer_url"]
        )
        real = Tastytrade(endpoints=endpoints, grants=StoredGrants(store=store, box=vault), clock=clock)
        stack.push_async_callback(real.close)
        await real.warm()
        broker: Any = SimpleNamespace(
            **{
                part: watch.around(part, getattr(real, part))
                for part in ("reads", "desk", "account_feeds", "value_feeds", "candles")
            }
        )
        slack: Any = watch.around(
            "slack", SlackMessenger(client=client, clock=clock, team_id=identity.team_id)
        )
        rules = DeskRules(
            team_id=identity.team_id,
            live_trading=False,
            has_practice=True,
            confirm_seconds=120,
            admin_channel="",
            build="test",
        )
        supervisor = Supervisor(clock=clock, on_fenced=lambda: None)
        house = wire(
            World(
                store=store,
                broker=broker,
                slack=slack,
                pictures=watch.around("pictures", Pictures(client=client, session=session)),
                vault=vault,
                clock=clock,
                rules=rules,
            ),
            dict,
        )
        await house.settling.recover(alone=True)
        start_tasks(house, supervisor, "all")
        stack.push_async_callback(supervisor.stop)
        replier = Replier(session=session, addresses=ReplyAddresses(api))

        async def send(url: str, message: Message | None, replace: bool) -> None:
            watch.note("replies.send")
            await replier.send(url, message, replace=replace)

        app = build_app(client=client, identity=identity, signing_secret="")
        listeners = Listeners(desk=house.desk, send=send, prefix="")
        listeners.attach(app)
        token = slack_sim.info["app_token"]
        transport = SocketTransport(
            app=app, app_token=token, client=web_client("", base_url=api, session=session)
        )
        await transport.start()
        stack.push_async_callback(transport.stop)
        yield Stage(broker_sim, slack_sim, BotChild({}), http)
        await house.desk.sending.drain(10)
        await listeners.drain(5)


async def test_i58_no_transaction_is_open_while_somebody_is_asked(tmp_path: Path) -> None:
    """The main job and what is beside it: link, read, preview, confirm, fill, cancel, alert, unlink."""
    watch = Watch()
    async with watched_desk(tmp_path, watch) as desk:
        await desk.connect("ana")
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
        for text, words in (("quote AAPL", "187.4"), ("balances", "et liq"), ("accounts", "linked")):
            await desk.command("ana", text)
            await desk.says("ana", words)
        preview = await desk.preview("ana", "order buy 10 AAPL @ 187.50", "Buy 10 AAPL")
        await desk.press("ana", preview, "order_confirm")
        await desk.says("ana", "Filled: bought 10 AAPL")
        preview = await desk.preview("ana", "order buy 5 AAPL @ 150", "Buy 5 AAPL")
        await desk.press("ana", preview, "order_step_up")
        preview = await desk.until("ana", lambda m: m["ts"] == preview["ts"] and "limit 150.01" in shown(m))
        await desk.press("ana", preview, "order_confirm")
        card = await desk.until("ana", lambda m: m["ts"] == preview["ts"] and has_action(m, "order_cancel"))
        await desk.until_listed("ana", "5 AAPL")
        await desk.press("ana", card, "order_cancel")
        await desk.until("ana", lambda m: m["ts"] == preview["ts"] and "Cancelled" in shown(m))
        await desk.command("ana", "AAPL > 200", command="/alert", channel="trading")
        await desk.says("ana", "Watching", channel="trading")
        await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "200.40", "ask": "200.60"}, side="broker")
        await desk.until("ben", lambda m: "200.50" in shown(m), channel="trading")
        await desk.sim("/_sim/home", {"user": "ana"})
        await desk.command("ana", "positions")
        await desk.says("ana", "position")
        await desk.command("ana", "risk usual")
        await desk.says("ana", "All the usual is watched")
        await desk.command("ana", "disconnect")
        asked = await desk.until("ana", lambda m: has_action(m, "link_erase"))
        await desk.press("ana", asked, "link_erase")
        await desk.says("ana", "Disconnected")
    assert watch.broken == []
    assert watch.calls >= {
        "reads.verify",
        "reads.quotes",
        "reads.balances",
        "reads.metrics",
        "reads.positions",
        "reads.trading_status",
        "reads.forget",
        "desk.dry_run",
        "desk.place",
        "desk.cancel",
        "desk.look",
        "slack.post",
        "slack.update",
        "slack.permalink",
        "slack.person",
        "slack.channel",
        "slack.open_direct",
        "slack.open_view",
        "slack.publish_home",
        "replies.send",
    }


async def test_i58_the_watch_sees_a_call_within_a_transaction(tmp_path: Path) -> None:
    """Also one in a task of its own that is begun inside; and none that begins afterwards."""
    watch = Watch()

    async def asked() -> None:
        return None

    async with AsyncExitStack() as stack:
        sql = await SqlStore.open(
            f"sqlite:///{tmp_path / 'd.sqlite3'}", state_dir=tmp_path, clock=SystemClock(), build="test"
        )
        stack.push_async_callback(sql.close)
        store, out = NotingStore(sql), watch.around("slack", SimpleNamespace(post=asked))
        for opened in (store.begin, store.read):
            await out.post()
            async with opened():
                await asyncio.gather(out.post())
    assert watch.broken == ["slack.post within begin", "slack.post within read"]
