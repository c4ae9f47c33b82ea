"""A live desk without a process of its own: the bot's services and long tasks as bootstrap wires them, over real
sockets to both simulators, which run beside it in one loop. What a person says goes in at the boundary; what Slack got
and what the broker sent stand in the simulators' records.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from senexbot.blocks.kit import Message
from senexbot.broker.adapter import Tastytrade
from senexbot.broker.endpoints import Endpoints
from senexbot.broker.market_line import MarketLimits
from senexbot.clock import SystemClock
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.rules import AlertRule, RuleState, Watched, deleted, new_rule
from senexbot.domain.links import Environment, Grant, Secret
from senexbot.handlers.boundary import Boundary
from senexbot.runtime import Supervisor
from senexbot.services.links import StoredGrants
from senexbot.services.rules import DeskRules
from senexbot.slack.app import identify
from senexbot.slack.messenger import SlackMessenger, http_session, web_client
from senexbot.slack.pictures import Pictures
from senexbot.tasks import start_tasks
from senexbot.wiring import House, World, wire
from senexsim.broker.server import BrokerSim
from senexsim.slack.server import SlackSim
from tests.e2e.stage import shown
from tests.stores import Home, sqlite_home

PATIENCE = 30.0
Json = dict[str, Any]
QUICK = MarketLimits(silence=2.0, handshake=3.0, connect=3.0, send=3.0)  # real seconds


class QuickClock(SystemClock):
    """So many seconds in one: what waits for a minute of silence does not wait for long."""

    def __init__(self, speed: float) -> None:
        began, base = time.time(), time.monotonic()
        super().__init__(
            wall=lambda: began + (time.monotonic() - base) * speed,
            monotonic=lambda: base + (time.monotonic() - base) * speed,
        )
        self._speed = speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0) / self._speed)


@dataclass
class Said:
    """handlers.Reply that keeps what was answered."""

    messages: list[Message] = field(default_factory=list)
    cleared: bool = False

    async def progress(self, message: Message) -> None:
        self.messages.append(message)

    async def final(self, message: Message) -> None:
        self.messages.append(message)

    async def clear(self) -> None:
        self.cleared = True

    @property
    def last(self) -> str:
        return shown({"text": self.messages[-1].text, "blocks": list(self.messages[-1].blocks)})


@dataclass
class Live:
    broker: BrokerSim
    slack: SlackSim
    http: aiohttp.ClientSession
    home: Home
    limits: MarketLimits
    user: str
    channel: str
    clock: SystemClock
    house: House | None = None
    _stack: contextlib.AsyncExitStack | None = None

    # --- the bot -------------------------------------------------------------------------------

    async def start(self) -> None:
        stack = self._stack = contextlib.AsyncExitStack()
        clock = self.clock
        store = await self.home.open(clock=clock, generation="new")
        stack.push_async_callback(store.close)
        session = await stack.enter_async_context(http_session())
        client = web_client(
            self.slack.info["bot_token"], base_url=self.slack.info["api_url"], session=session
        )
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
            endpoints=Endpoints(self.broker.info["api_url"], self.broker.info["streamer_url"]),
            grants=StoredGrants(store=store, box=self.home.box),
            clock=clock,
            market_limits=self.limits,
        )
        stack.push_async_callback(broker.close)
        await broker.warm()
        world = World(
            store=store,
            broker=broker,
            slack=SlackMessenger(client=client, clock=clock, team_id=team),
            pictures=Pictures(client=client, session=session),
            vault=self.home.box,
            clock=clock,
            rules=rules,
        )
        supervisor = Supervisor(clock=clock, on_fenced=lambda: None)
        self.house = wire(world, dict)
        async with store.begin() as tx:
            await tx.outbox.lapse_claims(clock.now())
        start_tasks(self.house, supervisor, "all")
        stack.push_async_callback(supervisor.stop)

    async def stop(self) -> None:
        if self._stack is not None:
            stack, self._stack = self._stack, None
            await stack.aclose()

    async def connect(self, customer: int = 0) -> None:
        """Link a practice customer to the person."""
        assert self.house is not None
        desk, person = self.house.desk, self.broker.info["users"][customer]
        actor = await desk.slack.person(self.user)
        request = await desk.links.begin(actor)
        grant = Grant(
            Environment.PRACTICE, Secret(person["provider_secret"]), Secret(person["refresh_token"])
        )
        await desk.links.complete(actor, request.value, grant)

    async def say(self, text: str, *, direct: bool = True) -> str:
        """What a person is answered, all of it as read."""
        assert self.house is not None
        reply = Said()
        channel = self.channel if not direct else ""
        await Boundary(desk=self.house.desk).say(
            user_id=self.user, text=text, channel=channel, direct=direct, reply=reply
        )
        assert reply.messages, text
        return reply.last

    async def watch(self, text: str, *, symbol: str = "AAPL", channel: str = "") -> AlertRule:
        """An alert that is not true now, set past the words of a person; the engine has it in memory."""
        assert self.house is not None
        desk, now = self.house.desk, self.clock.now()
        async with desk.store.begin() as tx:
            links = await tx.links.all()
            number = await tx.rules.next_number(links[0].team_id)
            rule = new_rule(
                parse_alert(text, now.date()),
                id=desk.ids.row(),
                number=number,
                team_id=links[0].team_id,
                owner=self.user,
                link_id=links[0].id,
                text=text,
                instruments=(Watched(symbol, symbol, symbol, symbol),),
                channel=channel,
                now=now,
                is_true=False,
            )
            await tx.rules.add(rule)
        desk.alerts_changed()
        async with asyncio.timeout(PATIENCE):
            while not any(rule.id in one.watch.board.entries for one in self.house.engine._running.values()):
                await asyncio.sleep(0.01)
        return rule

    def room(self, name: str) -> str:
        """A new channel in which the person and the bot are: its id."""
        workspace = self.slack.workspace
        bot = workspace.app.bot_user_id
        return str(workspace.directory.add_channel(name, self.user, [self.user, bot]).id)

    async def state(self, rule: AlertRule) -> AlertRule:
        assert self.house is not None
        async with self.house.desk.store.read() as tx:
            found = await tx.rules.get(rule.id)
        assert found is not None
        return found

    async def forget(self, *rules: AlertRule) -> None:
        assert self.house is not None
        for rule in rules:
            async with self.house.desk.store.begin() as tx:
                found = await tx.rules.get(rule.id)
                if found is not None and found.state is not RuleState.DELETED:
                    await tx.rules.save(deleted(found))
        self.house.desk.alerts_changed()

    # --- the two sides -------------------------------------------------------------------------

    async def sim(
        self, path: str, body: Json | None = None, *, side: str = "broker", method: str = ""
    ) -> Json:
        origin = self.slack.info["page_url"].rstrip("/") if side == "slack" else self.broker.info["api_url"]
        method = method or ("GET" if body is None else "POST")
        async with self.http.request(method, f"{origin}{path}", json=body) as answer:
            found: Json = await answer.json()
            assert answer.status < 300, found
            return found

    async def pin(self, symbol: str, last: float, *, width: float = 0.05) -> None:
        quote = {"symbol": symbol, "bid": round(last - width, 4), "ask": round(last + width, 4), "last": last}
        await self.sim("/_sim/quote", quote)

    async def fault(self, side: str = "broker", **wanted: Any) -> None:
        await self.sim("/_sim/fault", wanted, side=side)

    async def clear(self, side: str = "broker") -> None:
        await self.sim("/_sim/fault", side=side, method="DELETE")

    async def frames(self) -> list[Json]:
        found = await self.sim("/_sim/frames")
        assert not found["forgotten"], "the record is too short for this test"
        return list(found["frames"])

    async def posts(self, channel: str = "@bot") -> list[str]:
        """Every message of the channel, the person's own with the bot unless told, as read now, oldest first."""
        found = await self.sim(f"/_sim/messages?channel={channel}&user={self.user}", side="slack")
        return [shown(message) for message in found["messages"] if not message.get("deleted")]

    async def until(
        self, condition: Callable[[list[str]], bool], seconds: float = PATIENCE, *, channel: str = "@bot"
    ) -> list[str]:
        """The posts once they are so."""
        async with asyncio.timeout(seconds):
            while True:
                posts = await self.posts(channel)
                if condition(posts):
                    return posts
                await asyncio.sleep(0.05)

    async def watching(self, *symbols: str) -> None:
        """Wait until the newest connection has been sent a print of each."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frames = await self.frames()
                newest = max((f["connection"] for f in frames), default=0)
                text = "".join(f["frame"] for f in frames if f["connection"] == newest)
                if all(f'"{symbol}"' in text for symbol in symbols):
                    return
                await asyncio.sleep(0.02)

    async def heard(self, symbol: str, newest: Callable[[list[Json]], float]) -> None:
        """Wait until the watch has met the newest price of a symbol that the frames tell."""
        assert self.house is not None
        async with asyncio.timeout(PATIENCE):
            while True:
                price = newest(await self.frames())
                for one in self.house.engine._running.values():
                    span = one.watch.latest(symbol)
                    if span is not None and float(span.last) == price:
                        return
                await asyncio.sleep(0.02)

    async def blind(self) -> None:
        """Wait until the bot has noticed by itself that it sees nothing."""
        assert self.house is not None
        async with asyncio.timeout(PATIENCE):
            while not any(one.watch.blindness.is_blind for one in self.house.engine._running.values()):
                await asyncio.sleep(0.02)

    async def quiet(self) -> None:
        """Wait until nothing waits to be told."""
        assert self.house is not None
        async with asyncio.timeout(PATIENCE):
            while True:
                async with self.house.desk.store.read() as tx:
                    if not await tx.outbox.depth():
                        return
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def live(
    tmp: Path, *, limits: MarketLimits = QUICK, seed: int = 1, speed: float = 1.0
) -> AsyncIterator[Live]:
    """A desk that runs, with a linked trader; ends everything. `speed`: of the bot's clock and of the market's."""
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        broker = await stack.enter_async_context(BrokerSim(port=0, seed=seed, speed=speed))
        slack = await stack.enter_async_context(SlackSim(port=0))
        home = await stack.enter_async_context(sqlite_home(tmp))
        users = [u for u in slack.info["users"] if not u["is_restricted"] and not u["is_stranger"]]
        channel = next(c for c in slack.info["channels"] if not c["is_im"] and not c["is_ext_shared"])
        clock = SystemClock() if speed == 1.0 else QuickClock(speed)
        desk = Live(broker, slack, http, home, limits, users[0]["id"], channel["id"], clock)
        stack.push_async_callback(desk.stop)
        await desk.start()
        await desk.connect()
        yield desk
