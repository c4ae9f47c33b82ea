"""Acknowledging a signed slash command: `senexbot run` over HTTP beside a stock Bolt app, and with the broker stalled.

Both answer to the Slack simulator's reply addresses; both are processes of their own.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.children import child
from benchmarks.figures import Figures, Goal, Row, Sizes, number, percentile
from tests.e2e.stage import Stage, stage

SLACKS_LIMIT = 3_000  # milliseconds
STALLED = ("quote AAPL SPY", "balances", "positions", "order buy 1 AAPL @ 100", "orders", "alert AAPL > 900")


class Commands:
    """Signs and sends commands as Slack does."""

    def __init__(self, desk: Stage) -> None:
        self._desk = desk
        self._ws = desk.slack.workspace
        self._secret = desk.slack.info["signing_secret"].encode()
        self._person = next(u for u in desk.slack.info["users"] if u["name"] == "ana")
        self._channel = next(c["id"] for c in desk.slack.info["channels"] if c["name"] == "trading")
        self._serial = itertools.count()

    def body(self, text: str) -> str:
        user = self._person["id"]
        address = self._ws.tickets.reply_address("commands", self._ws.team_id, user, self._channel, None)
        return urlencode(
            {
                "command": "/senex",
                "text": text,
                "user_id": user,
                "team_id": self._person["team_id"],
                "channel_id": self._channel,
                "trigger_id": f"bench-{next(self._serial)}",
                "api_app_id": "A0",
                "response_url": f"{self._ws.origin}/{address.key}",
            }
        )

    async def send(self, url: str, text: str) -> float:
        """Milliseconds until 200."""
        body = self.body(text)
        stamp = str(int(time.time()))
        digest = hmac.new(self._secret, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
        }
        began = time.perf_counter()
        async with self._desk.http.post(url, data=body, headers=headers) as answer:
            await answer.read()
            assert answer.status == 200, answer.status
        return (time.perf_counter() - began) * 1e3

    async def load(self, url: str, *, count: int, at_once: int) -> tuple[list[float], float]:
        """(each acknowledgement in milliseconds, acknowledged a second); then waits for the last answer."""
        before = self._answers()
        left = iter(range(count))
        took: list[float] = []

        async def person() -> None:
            for _ in left:
                took.append(await self.send(url, "help"))

        began = time.perf_counter()
        await asyncio.gather(*(person() for _ in range(at_once)))
        rate = count / (time.perf_counter() - began)
        answered = await self._ws.bus.until(lambda: self._answers() >= before + count, 20_000)
        assert answered, "not every command was answered"
        return took, rate

    def _answers(self) -> int:
        return sum(call["method"] == "response_url" for call in self._ws.calls)


async def run(sizes: Sizes) -> list[Row]:
    with tempfile.TemporaryDirectory() as place:
        async with stage(Path(place), http_mode=True) as desk:
            secret = desk.slack.info["signing_secret"]
            desk.slack.workspace.limits.mode = "off"
            async with child("benchmarks.stock_bolt", secret) as stock:
                commands, ours = Commands(desk), desk.bot.ready["url"]
                rows = await _one(sizes, commands, ours, stock["url"])
                rows += await _ten(sizes, commands, ours, stock["url"])
            rows.append(await _stalled(sizes, desk, commands, ours))
    return rows


async def _loads(
    sizes: Sizes, commands: Commands, urls: Sequence[str], *, count: int, at_once: int
) -> list[tuple[Figures, Figures, Figures]]:
    """For each address p50, p99 and rate, a figure a round, the addresses in turn."""
    seen: list[list[tuple[float, float, float]]] = [[] for _ in urls]
    for url in urls:
        await commands.load(url, count=at_once, at_once=at_once)  # warm
    for _ in range(sizes.rounds):
        for url, mine in zip(urls, seen, strict=True):
            took, rate = await commands.load(url, count=count, at_once=at_once)
            mine.append((percentile(took, 0.5), percentile(took, 0.99), rate))
    return [
        (
            Figures(tuple(p50 for p50, _, _ in mine), "ms"),
            Figures(tuple(p99 for _, p99, _ in mine), "ms"),
            Figures(tuple(rate for _, _, rate in mine), "/s"),
        )
        for mine in seen
    ]


async def _one(sizes: Sizes, commands: Commands, ours: str, stock: str) -> list[Row]:
    mine, other = await _loads(sizes, commands, (ours, stock), count=sizes.of(60, 3), at_once=1)
    return [
        Row(
            "acknowledgement, one at a time, p50", mine[0], other[0], "stock Bolt", Goal(0.15, at_least=False)
        ),
        Row("acknowledgement, one at a time, p99", mine[1], other[1], "stock Bolt"),
    ]


async def _ten(sizes: Sizes, commands: Commands, ours: str, stock: str) -> list[Row]:
    mine, other = await _loads(sizes, commands, (ours, stock), count=sizes.of(150, 10), at_once=10)
    return [
        Row("acknowledgement, ten at a time, p50", mine[0], other[0], "stock Bolt"),
        Row("acknowledgement, ten at a time, p99", mine[1], other[1], "stock Bolt"),
        Row(
            "acknowledged a second, ten at a time", mine[2], other[2], "stock Bolt", Goal(1.5, at_least=True)
        ),
    ]


async def _stalled(sizes: Sizes, desk: Stage, commands: Commands, url: str) -> Row:
    """The slowest of each round, every verb that asks the broker, while the broker answers nothing."""
    await desk.connect("ana")
    for method in ("GET", "POST"):
        fault = {"target": f"{method} /*", "kind": "freeze", "probability": 1}
        await desk.sim("/_sim/fault", fault, side="broker")
    slowest = []
    for _ in range(sizes.rounds):
        took = await asyncio.gather(*(commands.send(url, text) for text in STALLED))
        slowest.append(max(took))
    async with desk.http.delete(f"{desk.broker.info['api_url']}/_sim/fault") as answer:
        assert answer.status == 200
    goal = Goal(SLACKS_LIMIT, at_least=False, absolute=True, note=f"ms (worst {number(max(slowest))})")
    return Row(f"slowest of {len(STALLED)} at once, broker stalled", Figures(tuple(slowest), "ms"), goal=goal)
