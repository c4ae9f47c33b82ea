"""`senexsim demo`: both simulators, and the bot as a child process, started exactly as an operator would.

The bot gets environment variables and nothing else; it does not know that this is a demo.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from senexsim.broker.server import BrokerSim
from senexsim.slack.server import SlackSim

TOUR = Path(__file__).parent / "tours" / "first_day.json"
READY_SECONDS = 60.0
# Who holds which role on the demo's desk, given with the command line as an operator would.
ROLES = (("ben", "approver"), ("cara", "approver"), ("cara", "risk"))
STOP_SECONDS = 25.0
RESTART_PAUSE = 1.0
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "TZ",
    "VIRTUAL_ENV",
    "DATABASE_URL",
    "SENEXBOT_LOG_LEVEL",
    "SENEXBOT_CONFIRM_SECONDS",
)


class BotProcess:
    """The bot as a child: started, awaited until ready, started again when it dies, ended with SIGTERM."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def start(self) -> dict[str, Any]:
        """Returns its ready line. Raises RuntimeError when it ends before that."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "senexbot",
            "run",
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(READY_SECONDS):
            line = await self._process.stdout.readline()
        if not line:
            code = await self._process.wait()
            msg = f"the bot ended with exit code {code} before it was ready"
            raise RuntimeError(msg)
        ready: dict[str, Any] = json.loads(line)
        return ready

    async def keep(self) -> None:
        """Until cancelled: a bot that was killed comes back."""
        while True:
            assert self._process is not None
            code = await self._process.wait()
            say(f"The bot ended (exit code {code}); starting it again.")
            await asyncio.sleep(RESTART_PAUSE)
            try:
                await self.start()
            except (RuntimeError, TimeoutError) as error:
                say(f"It did not start: {error}")
            else:
                say(f"The bot is back (process {self.pid}).")

    async def stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def run(*, port: int, seed: int = 1) -> int:
    """Serve until SIGTERM or Ctrl-C. 0, or 1 when the bot did not start."""
    try:
        return asyncio.run(_serve(port, seed))
    except (RuntimeError, TimeoutError, OSError) as error:
        say(f"The demo could not start: {error}")
        return 1


async def _serve(port: int, seed: int) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        state_dir = _state_dir(stack)
        broker = await stack.enter_async_context(BrokerSim(port=0, seed=seed))
        manifest = await _manifest()
        slack = await stack.enter_async_context(
            SlackSim(
                port=port,
                manifest=manifest,
                grants=grants(broker.info["users"]),
                broker_url=broker.info["api_url"],
                tour=json.loads(TOUR.read_text(encoding="utf-8")),
            )
        )
        bot = BotProcess(_environment(slack.info, broker.info, state_dir))
        stack.push_async_callback(bot.stop)
        starting = asyncio.ensure_future(bot.start())
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return 0
        ready = starting.result()
        await _give_roles(slack.info["users"], bot.environment)
        _announce(slack.info, broker.info, bot.pid, ready, state_dir)
        keeping = asyncio.ensure_future(bot.keep())
        await stopping
        keeping.cancel()
        say("Ending.")
    return 0


def _announce(
    slack: dict[str, Any], broker: dict[str, Any], pid: int, ready: dict[str, Any], state_dir: Path
) -> None:
    database = os.environ.get("DATABASE_URL") or f"sqlite:///{state_dir / 'senexbot.sqlite3'}"
    line = {
        "page_url": slack["page_url"],
        "slack": slack,
        "broker": broker,
        "bot": {"pid": pid, "database_url": database, "mode": ready["mode"]},
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    say(f"\n  The desk is open: {slack['page_url']}\n")
    say("  Pick who you are, take your practice grant from the page, and say /senex connect.")
    say("  Then: /quote AAPL   /order buy 10 AAPL @ 187.50   /alert AAPL > 188")
    say("  Ctrl-C ends everything.\n")


def say(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def _state_dir(stack: contextlib.AsyncExitStack) -> Path:
    """Temporary, unless told."""
    told = os.environ.get("SENEXBOT_STATE_DIR")
    if told:
        directory = Path(told).resolve()
        directory.mkdir(parents=True, exist_ok=True)
        return directory
    return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="senexbot-demo-")))


async def _give_roles(users: list[dict[str, Any]], environment: dict[str, str]) -> None:
    """Without a second person with a role there is nobody to ask. Raises RuntimeError."""
    ids = {user["name"]: user["id"] for user in users}
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "senexbot", "roles", "grant", ids[person], role,
            env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        )
        for person, role in ROLES
    ]  # fmt: skip
    if any([await process.wait() for process in processes]):
        msg = "`senexbot roles grant` failed"
        raise RuntimeError(msg)


async def _manifest() -> dict[str, Any]:
    """The bot's own manifest, asked for as an operator would, so that the page can complete commands."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "senexbot",
        "manifest",
        stdout=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    if process.returncode != 0:
        msg = "`senexbot manifest` failed"
        raise RuntimeError(msg)
    manifest: dict[str, Any] = json.loads(out)
    return manifest


def grants(users: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each full member of the workspace gets one customer's practice grant."""
    people = ("ana", "ben", "cara")
    return [
        {
            "user": person,
            "name": user["name"],
            "provider_secret": user["provider_secret"],
            "refresh_token": user["refresh_token"],
            "accounts": user["accounts"],
        }
        for person, user in zip(people, users, strict=False)
    ]


def _environment(slack: dict[str, Any], broker: dict[str, Any], state_dir: Path) -> dict[str, str]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment |= {
        "SENEXBOT_STATE_DIR": str(state_dir),
        "SENEXBOT_ENCRYPTION_KEYS": os.environ.get("SENEXBOT_ENCRYPTION_KEYS") or _key(state_dir),
        "SLACK_BOT_TOKEN": slack["bot_token"],
        "SLACK_APP_TOKEN": slack["app_token"],
        "SLACK_API_URL": slack["api_url"],
        "TASTYTRADE_API_URL": broker["api_url"],
        "TASTYTRADE_STREAMER_URL": broker["streamer_url"],
    }
    return environment


def _key(state_dir: Path) -> str:
    """A key for this demo's database; kept beside it only because everything in it is practice."""
    path = state_dir / "practice.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(base64.urlsafe_b64encode(os.urandom(32)).decode(), encoding="ascii")
    return path.read_text(encoding="ascii").strip()
