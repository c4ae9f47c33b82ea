"""`senexbot doctor`: names what is wrong with how to mend it, shows no secret, and never breaks itself."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from senexbot.cli.checks import finding as findings
from senexbot.cli.checks.finding import Finding, Level, Patient, examine
from senexbot.domain.errors import StoreUnavailable
from senexbot.settings import readable
from senexbot.slack.manifest import SCOPES
from tests.cli.kit import KEY, OTHER_KEY, Answer, Desk, Workspace, environment, senexbot


def lines(answer: Answer, level: str) -> list[str]:
    return [line for line in answer.lines if line.startswith(level)]


def silent_about(answer: Answer, *secrets: str) -> None:
    assert not [secret for secret in secrets if secret in answer.all]


def test_all_is_well_beside_a_running_bot(desk: Desk) -> None:
    desk.run("roles", "grant", desk.workspace.people[0], "operator")
    answer = desk.run("doctor")
    assert answer.code == 0, answer.out
    assert lines(answer, "fail") == []
    for name in (
        "settings",
        "keys",
        "state",
        "disk",
        "time zones",
        "bot",
        "database",
        "slack",
        "scopes",
        "clock",
    ):
        assert any(line.startswith(f"ok    {name}: ") for line in answer.lines), name
    assert any(f"runs (pid {desk.bot.pid})" in line for line in answer.lines)
    assert any("socket mode: opens" in line for line in answer.lines)
    silent_about(answer, *desk.workspace.secrets, KEY)


def test_what_a_person_should_look_at_is_a_warning(workspace: Workspace, state: Path) -> None:
    env = environment(workspace, state)
    assert senexbot("halt", "storm", env=env).code == 0
    state.chmod(0o755)
    answer = senexbot("doctor", env=env)
    assert answer.code == 0, answer.out
    warnings = "\n".join(lines(answer, "warn"))
    assert "desk: halted by host (storm) -> `senexbot resume`" in warnings
    assert f"open to others -> chmod 700 {state}" in warnings
    assert "nobody is operator" in warnings


def test_every_fault_of_the_settings_is_named_and_the_rest_still_checked(tmp_path: Path) -> None:
    """I76: with a faulty address nothing is called there."""
    env = {
        "SLACK_BOT_TOKEN": "canary-token",
        "SLACK_API_URL": "http://canary.example/api/",
        "PORT": "canary",
        "SENEXBOT_ENCRYPTION_KEYS": "canary-key",
    }
    answer = senexbot("doctor", env=env, cwd=tmp_path)
    assert answer.code == 78
    failures = "\n".join(lines(answer, "fail"))
    for name in ("SLACK_APP_TOKEN", "SLACK_API_URL", "PORT", "SENEXBOT_ENCRYPTION_KEYS"):
        assert name in failures
    assert not any(": " in line and line.split()[1] == "slack:" for line in answer.lines)
    assert any(line.startswith("ok    disk: ") for line in answer.lines)
    silent_about(answer, "canary-token", "canary-key", "canary.example")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_key_and_open_files_are_told(workspace: Workspace, state: Path, tmp_path: Path) -> None:
    """I72."""
    env = environment(workspace, state)
    assert senexbot("halt", env=env).code == 0
    keys = tmp_path / "keys"
    keys.write_text(OTHER_KEY)
    keys.chmod(0o644)
    (state / "senexbot.sqlite3").chmod(0o644)
    del env["SENEXBOT_ENCRYPTION_KEYS"]
    answer = senexbot("doctor", env={**env, "SENEXBOT_ENCRYPTION_KEYS_FILE": str(keys)})
    assert answer.code == 1
    failures = "\n".join(lines(answer, "fail"))
    assert "keys: do not fit the database" in failures
    assert f"chmod 600 {keys}" in failures
    assert f"chmod 600 {state / 'senexbot.sqlite3'}" in failures
    silent_about(answer, OTHER_KEY)


def test_a_broken_database_is_told_and_nothing_escapes(workspace: Workspace, state: Path) -> None:
    env = environment(workspace, state)
    (state / "senexbot.sqlite3").write_bytes(b"this is no database at all" * 1000)
    (state / "senexbot.sqlite3").chmod(0o600)
    answer = senexbot("doctor", env=env)
    assert answer.code == 1
    assert any("database" in line for line in lines(answer, "fail"))
    assert any(line.startswith("ok    slack: ") for line in answer.lines)


def test_another_program_s_database_and_a_newer_one_are_told(workspace: Workspace, state: Path) -> None:
    """I62, F77."""
    env = environment(workspace, state)
    with closing(sqlite3.connect(state / "senexbot.sqlite3")) as connection:
        connection.execute("CREATE TABLE theirs (id)")
    assert any("another program" in line for line in lines(senexbot("doctor", env=env), "fail"))
    (state / "senexbot.sqlite3").unlink()
    assert senexbot("halt", env=env).code == 0
    with closing(sqlite3.connect(state / "senexbot.sqlite3")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
        connection.commit()
    newer = senexbot("doctor", env=env)
    assert any("newer version" in line for line in lines(newer, "fail"))
    assert senexbot("run", env=env).code == 78


def test_refused_tokens_and_a_silent_practice_broker_are_told(workspace: Workspace, state: Path) -> None:
    env = environment(workspace, state) | {
        "SLACK_BOT_TOKEN": "xoxb-canary-bot",
        "SLACK_APP_TOKEN": "xapp-canary-app",
        "TASTYTRADE_API_URL": "http://127.0.0.1:1",
        "TASTYTRADE_STREAMER_URL": "ws://127.0.0.1:1",
    }
    answer = senexbot("doctor", env=env)
    assert answer.code == 1
    failures = "\n".join(lines(answer, "fail"))
    assert "slack: refuses SLACK_BOT_TOKEN: invalid_auth" in failures
    assert "socket mode: Slack refuses SLACK_APP_TOKEN: invalid_auth" in failures
    assert "practice broker: nobody answers" in failures
    silent_about(answer, "canary")


@contextmanager
def slack_that_says(ahead: timedelta, scopes: str) -> Iterator[str]:
    """A Web API whose clock and scopes are told; the Slack simulator's are always right."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.dumps(
                {"ok": True, "team_id": "T1", "user_id": "U1", "url": "ws://127.0.0.1:1/"}
            ).encode()
            self.send_response_only(200)
            self.send_header("Date", format_datetime(datetime.now(UTC) + ahead, usegmt=True))
            self.send_header("x-oauth-scopes", scopes)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_wrong_clock_and_missing_scopes_are_named(workspace: Workspace, state: Path) -> None:
    """F88: the machine's clock against Slack's."""
    scopes = ",".join(scope for scope in SCOPES if scope not in {"im:write", "chat:write"})
    with slack_that_says(timedelta(minutes=10), scopes) as url:
        answer = senexbot("doctor", env={**environment(workspace, state), "SLACK_API_URL": url})
    assert answer.code == 1
    failures = "\n".join(lines(answer, "fail"))
    assert (
        "clock: 600 s behind Slack's" in failures or "clock: 599 s" in failures or "clock: 601 s" in failures
    )
    assert "scopes: missing: chat:write, im:write" in failures
    with slack_that_says(timedelta(seconds=-60), ",".join(SCOPES)) as url:
        answer = senexbot("doctor", env={**environment(workspace, state), "SLACK_API_URL": url})
    assert answer.code == 0
    assert any(line.startswith("warn  clock: ") and "ahead of" in line for line in answer.lines)


async def test_whatever_a_check_raises_becomes_a_line() -> None:
    """I69: of a foreign error only the kind is told."""

    async def told(error: BaseException) -> list[Finding]:
        async def check(_: Patient) -> Any:
            yield findings.ok("one", "fine")
            raise error

        patient = Patient({}, *readable({}))
        return [finding async for finding in examine(check, patient, "one")]

    for error in (ValueError("canary"), OSError("canary"), RecursionError("canary"), KeyError("canary")):
        first, last = await told(error)
        assert first.level is Level.OK
        assert last.level is Level.FAIL
        assert "canary" not in last.words
        assert type(error).__name__ in last.words
    assert (await told(StoreUnavailable("the disk is full")))[-1].words == "the disk is full"
    assert "no answer" in (await told(TimeoutError()))[-1].words
    try:
        await told(asyncio.CancelledError())
    except asyncio.CancelledError:
        return
    raise AssertionError("a cancelled doctor has to end")
