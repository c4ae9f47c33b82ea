"""A live desk without a process of its own: the bot's services and long tasks as bootstrap wires them, over real
sockets to both simulators, which run beside it in one loop. What a person says goes in at the boundary; what Slack got
and what the broker sent stand in the simulators' records.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from senexbot.blocks.kit import Message
from senexbot.broker.market_line import MarketLimits
from senexbot.clock import SystemClock
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.rules import AlertRule, RuleState, Watched, deleted, new_rule
from senexbot.domain.links import Environment, Grant, Secret
from senexbot.handlers.boundary import Boundary
from senexbot.wiring import House
from senexsim.broker.server import BrokerSim
from senexsim.slack.server import SlackSim
from tests.alerts.running import QuickClock, Sides, running
from tests.e2e.stage import shown
from tests.stores import Home, sqlite_home

PATIENCE = 60.0
Json = dict[str, Any]
QUICK = MarketLimits(silence=2.0, handshake=3.0, connect=3.0, send=3.0)  # real seconds


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
        bot = running(self.home, self.clock, self.sides, self.limits)
        self.house = await stack.enter_async_context(bot)

    @property
    def sides(self) -> Sides:
        return {
            "api_url": self.broker.info["api_url"],
            "streamer_url": self.broker.info["streamer_url"],
            "slack_url": self.slack.info["api_url"],
            "bot_token": self.slack.info["bot_token"],
        }

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

    async def down(self) -> None:
        """Wait until no line stands."""
        assert self.house is not None
        async with asyncio.timeout(PATIENCE):
            while any(one.watch._feed.connection.up for one in self.house.engine._running.values()):  # type: ignore[attr-defined]
                await asyncio.sleep(0.01)

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
    tmp: Path,
    *,
    limits: MarketLimits = QUICK,
    seed: int = 1,
    speed: float = 1.0,
    home: Home | None = None,
) -> AsyncIterator[Live]:
    """A desk that runs, with a linked trader; ends everything. `speed`: of the bot's clock and of the market's;
    `home`: its database, a new file unless given."""
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        broker = await stack.enter_async_context(BrokerSim(port=0, seed=seed, speed=speed))
        slack = await stack.enter_async_context(SlackSim(port=0))
        home = home or await stack.enter_async_context(sqlite_home(tmp))
        users = [u for u in slack.info["users"] if not u["is_restricted"] and not u["is_stranger"]]
        channel = next(c for c in slack.info["channels"] if not c["is_im"] and not c["is_ext_shared"])
        clock = SystemClock() if speed == 1.0 else QuickClock(speed)
        desk = Live(broker, slack, http, home, limits, users[0]["id"], channel["id"], clock)
        stack.push_async_callback(desk.stop)
        await desk.start()
        await desk.connect()
        yield desk
