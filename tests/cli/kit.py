"""Child processes for the command line's tests: one-shot commands, servers with a first line, and where they live."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from tests.forks import fork

Json = dict[str, Any]
PATIENCE = 60.0  # far above what anything takes; only a hang meets it
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
OTHER_KEY = base64.urlsafe_b64encode(bytes(range(100, 132))).decode().rstrip("=")


def until(holds: Callable[[], bool], what: str) -> None:
    """Return as soon as it holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.02)


def command(module: str, *words: str) -> list[str]:
    return [sys.executable, "-m", module, *words]


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def all(self) -> str:
        return self.out + self.err


def senexbot(*words: str, env: Mapping[str, str], cwd: Path | None = None) -> Answer:
    """One command with exactly these variables; never a traceback."""
    child = fork("senexbot", *words, env={"PATH": os.environ["PATH"], **env}, cwd=cwd)
    out, err = child.communicate(PATIENCE)
    answer = Answer(child.wait(), out.decode(), err.decode())
    assert "Traceback" not in answer.all, answer.all
    return answer


class Server:
    """A command that prints one JSON line when it is ready and then serves; its standard error goes to a file."""

    def __init__(self, module: str, *words: str, env: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                command(module, *words),
                env={"PATH": os.environ["PATH"], **env},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        try:
            self.ready: Json = json.loads(self._first_line())
        except BaseException:
            self.kill()
            raise

    def _first_line(self) -> bytes:
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if readable else b""
        if not line:
            self._did_not_start()
        return line

    def _did_not_start(self) -> NoReturn:
        raise AssertionError(f"no first line:\n{self.log.read_text(errors='replace')}")

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> tuple[int, float]:
        """SIGTERM; the exit code and how long it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE)
        finally:
            self.kill()
        return code, time.monotonic() - began

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextlib.contextmanager
def served(module: str, *words: str, env: Mapping[str, str] | None = None, log: Path) -> Iterator[Server]:
    server = Server(module, *words, env=env or {}, log=log)
    try:
        yield server
    finally:
        server.kill()


@dataclass(frozen=True)
class Workspace:
    """The Slack simulator as a process of its own."""

    info: Json

    @property
    def people(self) -> list[str]:
        return [u["id"] for u in self.info["users"] if not (u["is_restricted"] or u["is_stranger"])]

    @property
    def guest(self) -> str:
        return next(u["id"] for u in self.info["users"] if u["is_restricted"])

    @property
    def team(self) -> str:
        return str(self.info["users"][0]["team_id"])

    def variables(self, *, http: bool = False) -> dict[str, str]:
        way_in = (
            {"SLACK_SIGNING_SECRET": self.info["signing_secret"], "PORT": "0"}
            if http
            else {"SLACK_APP_TOKEN": self.info["app_token"]}
        )
        return {"SLACK_BOT_TOKEN": self.info["bot_token"], "SLACK_API_URL": self.info["api_url"], **way_in}

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.info["bot_token"], self.info["app_token"], self.info["signing_secret"])


@dataclass(frozen=True)
class Desk:
    """A bot that runs, and what a command needs to reach it."""

    bot: Server
    workspace: Workspace
    state: Path
    env: dict[str, str]

    def run(self, *words: str, **variables: str) -> Answer:
        return senexbot(*words, env={**self.env, **variables})

    @property
    def database(self) -> Path:
        return self.state / "senexbot.sqlite3"


def environment(workspace: Workspace, state: Path, **more: str) -> dict[str, str]:
    return {
        **workspace.variables(),
        "SENEXBOT_STATE_DIR": str(state),
        "SENEXBOT_ENCRYPTION_KEYS": KEY,
        **more,
    }
