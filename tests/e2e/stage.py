"""The whole desk on loopback: both simulators, and the real bot as the child process an operator would start.

Everything is driven through the simulators' controls and judged by their ledgers.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import aiohttp

from senexsim.broker.server import BrokerSim
from senexsim.demo import TOUR, grants
from senexsim.slack.server import SlackSim
from tests.forks import Fork, fork

PATIENCE = 40.0  # a machine that is busy with other things is no failure
Json = dict[str, Any]


@dataclass
class BotChild:
    """`senexbot run` with these variables."""

    environment: dict[str, str]
    role: str = "all"
    process: Fork | None = None
    ready: Json = field(default_factory=dict)
    log: bytearray = field(default_factory=bytearray)
    _reading: asyncio.Task[None] | None = None
    _out: asyncio.ReadTransport | None = None

    async def start(self) -> Json:
        self.process = fork("senexbot", "run", "--role", self.role, env=self.environment)
        out, self._out = await piped(self.process.stdout)
        self._reading = asyncio.create_task(self._read_log())
        async with asyncio.timeout(PATIENCE * 2):
            line = await out.readline()
        assert line, f"the bot did not start:\n{self.log.decode()}"
        self.ready = json.loads(line)
        return self.ready

    async def _read_log(self) -> None:
        assert self.process is not None
        assert self.process.stderr is not None
        errors, transport = await piped(self.process.stderr)
        while chunk := await errors.read(65536):
            self.log.extend(chunk)
        transport.close()

    async def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        assert self.process is not None
        self.process.kill()
        await self._end()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return await self._end()

    async def _end(self) -> int:
        assert self.process is not None
        assert self._reading is not None
        async with asyncio.timeout(30):
            code = await self.process.ended()
            await self._reading
        assert self._out is not None
        self._out.close()
        return code


async def piped(pipe: BinaryIO) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    """What comes out of a pipe; the transport has to be closed."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return reader, transport


@dataclass
class Stage:
    broker: BrokerSim
    slack: SlackSim
    bot: BotChild
    http: aiohttp.ClientSession

    # --- the two sides -------------------------------------------------------------------------

    async def sim(self, path: str, body: Json | None = None, *, side: str = "slack") -> Json:
        """A control: POST with a body, else GET."""
        origin = self.slack.info["page_url"].rstrip("/") if side == "slack" else self.broker.info["api_url"]
        method = "GET" if body is None else "POST"
        async with self.http.request(method, f"{origin}{path}", json=body) as answer:
            text = await answer.text()
            assert answer.status < 500, text
            return json.loads(text) if text else {}

    async def orders(self) -> list[Json]:
        return (await self.sim("/_sim/orders", side="broker"))["orders"]

    async def live_order(self) -> str:
        return (await self.live_orders(1))[0]

    async def live_orders(self, count: int) -> list[str]:
        """The ids of so many orders that work at the broker; after a replace they are on their way there for a moment."""
        async with asyncio.timeout(PATIENCE * 2):
            while True:
                live = [str(order["id"]) for order in await self.orders() if order["status"] == "Live"]
                if len(live) >= count:
                    return live
                await asyncio.sleep(0.05)

    async def creates(self) -> list[Json]:
        """Every create request that reached the broker: the judge (I4)."""
        requests = (await self.sim("/_sim/requests", side="broker"))["requests"]
        return [
            r
            for r in requests
            if r["method"] == "POST"
            and r["path"].startswith("/accounts/")
            and r["path"].endswith(("/orders", "/complex-orders"))
        ]

    async def host(self, *words: str) -> tuple[int, str]:
        """A command on the bot's machine: its exit code and what it prints; of one that fails, its errors too."""
        child = fork("senexbot", *words, env=self.bot.environment)
        out, errors = await asyncio.to_thread(child.communicate, PATIENCE)
        assert child.returncode is not None
        return child.returncode, (out + errors if child.returncode else out).decode()

    # --- a person ------------------------------------------------------------------------------

    async def command(self, user: str, text: str, *, channel: str = "@bot", command: str = "/senex") -> Json:
        answer = await self.sim(
            "/_sim/command", {"user": user, "channel": channel, "command": command, "text": text}
        )
        assert answer["acked"], answer
        return answer

    async def messages(self, user: str, channel: str = "@bot") -> list[Json]:
        return (await self.sim(f"/_sim/messages?channel={channel}&user={user}"))["messages"]

    async def until(
        self, user: str, wanted: Callable[[Json], bool], *, channel: str = "@bot", seconds: float = PATIENCE
    ) -> Json:
        """The first message there that fits, as soon as it does."""
        since = 0
        known: dict[Any, Json] = {}
        async with asyncio.timeout(seconds):
            while True:
                path = f"/_sim/messages?channel={channel}&user={user}&since_seq={since}&wait_ms=2000"
                answer = await self.sim(path)
                for message in answer["messages"]:
                    known[message["ts"]] = message
                    since = max(since, int(message["seq"]))
                for message in known.values():
                    if not message.get("deleted") and wanted(message):
                        return message

    async def says(self, user: str, words: str, *, channel: str = "@bot", seconds: float = PATIENCE) -> Json:
        """The message that contains these words somewhere."""
        try:
            return await self.until(user, lambda m: words in shown(m), channel=channel, seconds=seconds)
        except TimeoutError:
            seen = "\n---\n".join(shown(m) for m in await self.messages(user, channel))
            raise AssertionError(
                f"nobody said {words!r}; seen:\n{seen}\n{self.bot.log.decode()[-3000:]}"
            ) from None

    async def press(
        self, user: str, message: Json, action: str, *, channel: str = "@bot", **more: Any
    ) -> Json:
        return await self.sim(
            "/_sim/click",
            {"user": user, "channel": channel, "ts": message["ts"], "action_id": action, **more},
        )

    async def connect(self, user: str, customer: int = 0) -> None:
        """Link a practice customer through the form."""
        await self.command(user, "connect")
        view = await self.view(user)
        await self.sim("/_sim/submit", {"user": user, "view_id": view["id"], "state": self.grant(customer)})
        await self.says(user, "Linked")

    def grant(self, customer: int = 0, **changes: str) -> Json:
        person = self.broker.info["users"][customer]
        return {
            "connect_environment": {"environment": changes.get("environment", "practice")},
            "connect_client_secret": {
                "client_secret": changes.get("client_secret", person["provider_secret"])
            },
            "connect_refresh_token": {"refresh_token": changes.get("refresh_token", person["refresh_token"])},
        }

    async def view(self, user: str) -> Json:
        async with asyncio.timeout(PATIENCE):
            while True:
                views = (await self.sim(f"/_sim/views?user={user}"))["views"]
                if views:
                    return views[-1]
                await asyncio.sleep(0)

    async def until_listed(self, user: str, words: str) -> Json:
        """Say `orders` until the list shows these words."""
        async with asyncio.timeout(PATIENCE):
            while True:
                before = {m["ts"] for m in await self.messages(user)}
                await self.command(user, "orders")
                listed = await self.until(
                    user, lambda m, b=before: m["ts"] not in b and not shown(m).startswith("Asking")
                )
                if words in shown(listed):
                    return listed

    async def preview(self, user: str, text: str, words: str) -> Json:
        """Say an order and wait for its preview card."""
        await self.command(user, text)
        return await self.until(user, lambda m: words in shown(m) and has_action(m, "order_confirm"))


def monthly() -> date:
    """The third Friday that is two weeks away or more: a date that a text names has to stay ahead."""
    day = datetime.now(UTC).date() + timedelta(days=14)
    while not (day.weekday() == 4 and 15 <= day.day <= 21):
        day += timedelta(days=1)
    return day


def shown(message: Mapping[str, Any]) -> str:
    """All that a person reads of a message."""
    parts = [str(message.get("text", ""))]

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("text"), str):
                parts.append(node["text"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(message.get("blocks") or [])
    return "\n".join(parts)


def has_action(message: Mapping[str, Any], action: str) -> bool:
    return f'"action_id": "{action}"' in json.dumps(message.get("blocks") or [])


@contextlib.asynccontextmanager
async def stage(
    tmp: Path, *, http_mode: bool = False, seed: int = 1, role: str = "all", **variables: str
) -> AsyncIterator[Stage]:
    """Open the stage with a linked nobody; ends everything."""
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        broker = await stack.enter_async_context(BrokerSim(port=0, seed=seed))
        tour = json.loads(TOUR.read_text(encoding="utf-8"))
        slack = await stack.enter_async_context(
            SlackSim(
                port=0, grants=grants(broker.info["users"]), broker_url=broker.info["api_url"], tour=tour
            )
        )
        environment = {
            "PATH": os.environ["PATH"],
            "SENEXBOT_STATE_DIR": str(tmp / "state"),
            "SENEXBOT_ENCRYPTION_KEYS": base64.urlsafe_b64encode(bytes(range(32))).decode(),
            "SLACK_BOT_TOKEN": slack.info["bot_token"],
            "SLACK_API_URL": slack.info["api_url"],
            "TASTYTRADE_API_URL": broker.info["api_url"],
            "TASTYTRADE_STREAMER_URL": broker.info["streamer_url"],
            "PORT": "0",
            **variables,
        }
        if http_mode:
            environment["SLACK_SIGNING_SECRET"] = slack.info["signing_secret"]
        else:
            environment["SLACK_APP_TOKEN"] = slack.info["app_token"]
        bot = BotChild(environment, role)
        (tmp / "state").mkdir(exist_ok=True)
        await bot.start()
        here = Stage(broker, slack, bot, http)
        if http_mode:
            await here.sim("/_sim/app", {"request_url": bot.ready["url"]})
        try:
            yield here
        finally:
            if bot.process is not None and bot.process.returncode is None:
                await bot.stop()
