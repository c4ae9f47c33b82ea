"""SIGKILL between tick and commit, between commit and post, between post and mark: one alert, never lost, at most a
marked repeat (I40, I41, I42, I47; F60, F66, F80). A real child process is killed; the simulators are the judge.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import asyncpg
import pytest

from senexbot.domain.alerting.rules import AlertRule, RuleState
from senexbot.vault import KeyRing, Vault, generate_key
from tests.alerts.live import PATIENCE, Live, live
from tests.alerts.running import QuickClock
from tests.e2e.stage import piped
from tests.forks import Fork, fork
from tests.stores import Home, postgres_home, sqlite_home

SPEED = 25.0
MINUTE = 130.0  # market seconds in which a whole minute of the market lies


@dataclass
class Child:
    """The bot as a process of its own."""

    desk: Live
    keys: str
    log: Path
    process: Fork | None = None
    heard: dict[str, str] = field(default_factory=dict)
    _reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        clock = self.desk.clock
        assert isinstance(clock, QuickClock)
        told = {
            "speed": clock.speed,
            "began": clock.began,
            "url": self.desk.home.url,
            "state_dir": str(self.desk.home.state_dir),
            "keys": self.keys,
            "sides": self.desk.sides,
            "limits": {k: v for k, v in asdict(self.desk.limits).items() if k != "token_age"},
        }
        self.heard = {}
        with self.log.open("ab") as errors:
            environment = {"PATH": os.environ["PATH"], "RUNNING": json.dumps(told)}
            self.process = fork("tests.alerts.running", env=environment, err=errors)
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process is not None
        out, transport = await piped(self.process.stdout)
        while line := await out.readline():
            if line.startswith(b"{"):  # and not a line of the log
                self.heard = json.loads(line)
        transport.close()

    async def hears(self, price: float) -> None:
        async with asyncio.timeout(PATIENCE * 2):
            while float(self.heard.get("AAPL", 0)) != price:
                assert self.process is not None
                assert self.process.poll() is None, self.log.read_text()
                await asyncio.sleep(0.005)

    async def kill(self) -> None:
        """SIGKILL: nothing is tidied up."""
        if self.process is not None:
            assert self._reading is not None
            self.process.kill()
            await self.process.ended()
            await self._reading


@contextlib.asynccontextmanager
async def locked(home: Home) -> AsyncIterator[None]:
    """Nothing can be committed meanwhile: somebody else writes."""
    if home.on_sqlite:
        with contextlib.closing(sqlite3.connect(home.path, timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    server = await asyncpg.connect(home.url)
    try:
        async with server.transaction():
            await server.execute("LOCK TABLE rules, outbox IN EXCLUSIVE MODE")
            yield
    finally:
        await server.close()


@pytest.fixture(params=["sqlite", "postgres"])
async def desk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Live, Child]]:
    keys = generate_key()
    box = Vault(KeyRing.parse(keys))
    if request.param == "sqlite":
        at = sqlite_home(tmp_path, box=box)
    else:
        at = postgres_home(request.getfixturevalue("server"), tmp_path, box=box)
    async with at as home, live(tmp_path, speed=SPEED, home=home) as running:
        child = Child(running, keys, tmp_path / "log")
        try:
            yield running, child
        finally:
            await child.kill()


async def stored(desk: Live, rule: AlertRule) -> RuleState:
    """Of a database whose bot is dead."""
    store = await desk.home.open(readonly=True) if desk.home.on_sqlite else await desk.home.open()
    async with store.read() as tx:
        found = await tx.rules.get(rule.id)
    await store.close()
    assert found is not None
    return found.state


async def called(desk: Live, room: str) -> None:
    """Until a post into this room has reached Slack, whatever came of it."""
    async with asyncio.timeout(PATIENCE):
        while True:
            calls = (await desk.sim("/_sim/calls", side="slack"))["calls"]
            if any(c["method"] == "chat.postMessage" and c["args"].get("channel") == room for c in calls):
                return
            await asyncio.sleep(0.01)


def told(posts: list[str], level: str) -> tuple[int, int]:
    """How many tell of it without a mark, how many are marked as a possible repeat."""
    found = [post for post in posts if f"over {level}" in post]
    marked = sum("possible repeat" in post.lower() for post in found)
    return len(found) - marked, marked


async def test_i41_i42_a_bot_that_is_killed_loses_no_alert(desk: tuple[Live, Child]) -> None:
    at, child = desk
    await at.fault("slack", target="ratelimit", kind="off")
    await at.pin("AAPL", 190.0)
    rooms = [at.room(f"killed-{n}") for n in range(3)]
    levels = ("192.01", "194.02", "196.03")
    rules = [
        await at.watch(f"AAPL > {level}", channel=room) for level, room in zip(levels, rooms, strict=True)
    ]
    await at.heard("AAPL", lambda _: 190.0)
    await at.stop()

    # Between tick and commit: it has heard the price, and nothing is stored. On SQLite the price is back when it
    # returns, and a whole minute of the market has passed; on PostgreSQL the price is where it was.
    await child.start()
    await child.hears(190.0)
    async with locked(at.home):
        await at.pin("AAPL", 193.0)
        await child.hears(193.0)
        await child.kill()
    killed = at.clock.now()
    assert await stored(at, rules[0]) is RuleState.ARMED
    assert await at.posts(rooms[0]) == []
    while at.home.on_sqlite and (at.clock.now() - killed).total_seconds() < MINUTE:
        await asyncio.sleep(0.02)
    await at.pin("AAPL", back := 190.0 if at.home.on_sqlite else 193.0)
    await child.start()
    posts = await at.until(lambda posts: any("192.01" in post for post in posts), channel=rooms[0])
    assert not at.home.on_sqlite or "Found in the candles" in posts[-1]
    await child.hears(back)

    # Between commit and post: Slack takes nothing.
    await at.fault("slack", target="chat.postMessage", kind="ratelimited", retry_after=1)
    await at.pin("AAPL", 195.0)
    await called(at, rooms[1])
    await child.kill()
    await at.clear("slack")
    await at.fault("slack", target="ratelimit", kind="off")
    assert await stored(at, rules[1]) is RuleState.FIRED
    assert await at.posts(rooms[1]) == []
    await child.start()
    await at.until(lambda posts: sum(told(posts, "194.02")) > 0, channel=rooms[1])
    await child.hears(195.0)

    # Between post and mark: Slack has it on its desk when the bot dies, and takes it.
    await at.fault("slack", target="chat.postMessage", kind="freeze", count=1)
    await at.pin("AAPL", 197.0)
    await called(at, rooms[2])
    await child.kill()
    await at.clear("slack")
    await at.fault("slack", target="ratelimit", kind="off")
    await at.until(lambda posts: told(posts, "196.03") == (1, 0), channel=rooms[2])
    await child.start()
    await at.until(lambda posts: told(posts, "196.03") == (1, 1), channel=rooms[2])
    await child.kill()
    await at.start()  # what is owed is told by the next one
    await at.quiet()
    for level, room in zip(levels, rooms, strict=True):
        loose, marked = told(await at.posts(room), level)
        assert loose + marked >= 1, level
        assert loose <= 1, level
    assert sum(told(await at.posts(rooms[0]), "192.01")) == 1
