"""From a command line to an answer: `senexbot --help` and `senexbot run` beside importing everything."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figures, Goal, Row, Sizes
from senexsim.broker.server import BrokerSim
from senexsim.slack.server import SlackSim

PATIENCE = 60.0
EVERYTHING = (
    "import aiohttp.web, slack_bolt.async_app, sqlalchemy.ext.asyncio, aiosqlite, tastytrade, cryptography"
)
EVERYTHING += "; import senexbot.bootstrap"


async def run(sizes: Sizes) -> list[Row]:
    helped, imported, ready = [], [], []
    async with BrokerSim(port=0) as broker, SlackSim(port=0) as slack:
        for _ in range(sizes.rounds):
            helped.append(await _took("-m", "senexbot", "--help"))
            imported.append(await _took("-c", EVERYTHING))
            ready.append(await _ready(broker, slack))
    every = Figures(tuple(imported), "ms")
    return [
        Row("senexbot --help", Figures(tuple(helped), "ms"), every, "import all", Goal(0.25, at_least=False)),
        Row(
            "senexbot run, ready", Figures(tuple(ready), "ms"), every, "import all", Goal(0.6, at_least=False)
        ),
    ]


async def _took(*arguments: str) -> float:
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.DEVNULL, env={"PATH": os.environ["PATH"]}
    )
    assert await process.wait() == 0
    return (time.perf_counter() - began) * 1e3


async def _ready(broker: BrokerSim, slack: SlackSim) -> float:
    """A first start: the database is made, both vendors are asked, the socket is open."""
    with tempfile.TemporaryDirectory() as place:
        environment = {
            "PATH": os.environ["PATH"],
            "SENEXBOT_STATE_DIR": str(Path(place)),
            "SENEXBOT_ENCRYPTION_KEYS": base64.urlsafe_b64encode(bytes(range(32))).decode(),
            "SLACK_BOT_TOKEN": slack.info["bot_token"],
            "SLACK_APP_TOKEN": slack.info["app_token"],
            "SLACK_API_URL": slack.info["api_url"],
            "TASTYTRADE_API_URL": broker.info["api_url"],
            "TASTYTRADE_STREAMER_URL": broker.info["streamer_url"],
            "PORT": "0",
        }
        began = time.perf_counter()
        # As an operator starts it: the tests' own starts fork from a process that has imported everything.
        bot = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "senexbot", "run"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )
        assert bot.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await bot.stdout.readline()
        took = (time.perf_counter() - began) * 1e3
        assert json.loads(line)["ready"]
        bot.terminate()
        async with asyncio.timeout(PATIENCE):
            await bot.wait()
    return took
