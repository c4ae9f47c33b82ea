"""What needs neither Slack nor a database: help, usage faults, keys, the manifest, settings that are missing."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.kit import KEY, senexbot, served

CONTRACT = ("run", "setup", "doctor", "manifest", "halt", "resume", "status", "roles", "db", "keys", "audit")
HEAVY = ("tastytrade", "sqlalchemy", "slack_sdk", "slack_bolt", "aiohttp", "pydantic", "cryptography")


def imported_by(*words: str) -> set[str]:
    """Which of the heavy packages a command loads before it is done."""
    script = (
        "import sys\n"
        "from senexbot.cli import cli\n"
        "try:\n"
        f"    cli({list(words)!r})\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1].replace("'", '"')))


def test_help_names_every_command_and_loads_no_library() -> None:
    answer = senexbot("--help", env={})
    assert answer.code == 0
    assert all(name in answer.out for name in CONTRACT)
    assert imported_by("--help") == set()


def test_making_a_key_does_not_wait_for_the_broker_or_slack() -> None:
    assert imported_by("keys", "generate") <= {"cryptography", "pydantic"}
    assert "tastytrade" not in imported_by("manifest")


@pytest.mark.parametrize(
    "words",
    [
        ("bogus",),
        ("run", "--role", "everything"),
        ("roles", "grant", "U012AB3CD"),
        ("roles", "grant", "U012AB3CD", "king"),
        ("roles", "grant", "<!channel>", "trader"),
        ("roles", "grant", "U012AB3CD", "trader", "--team", "nowhere"),
        ("db", "backup"),
        ("manifest", "--url", "not an address"),
        ("setup", "--url", "ftp://desk.example.com"),
    ],
)
def test_a_wrong_use_is_told_with_exit_code_2(words: tuple[str, ...]) -> None:
    answer = senexbot(*words, env={})
    assert answer.code == 2
    assert "Usage" in answer.err


def test_a_generated_key_is_one_line_of_32_bytes() -> None:
    first, second = senexbot("keys", "generate", env={}), senexbot("keys", "generate", env={})
    assert first.code == 0
    (line,) = first.lines
    assert len(base64.urlsafe_b64decode(line + "=" * (-len(line) % 4))) == 32
    assert "+" not in line
    assert "/" not in line
    assert first.out != second.out


def test_missing_settings_are_all_told_at_once(tmp_path: Path) -> None:
    answer = senexbot("run", env={}, cwd=tmp_path)
    assert answer.code == 78
    assert answer.out == ""
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SENEXBOT_ENCRYPTION_KEYS"):
        assert name in answer.err
    assert "senexbot doctor" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_wrong_settings_are_all_told_at_once_and_without_their_values(tmp_path: Path) -> None:
    """I69, I72, I76: nothing is made, called or shown."""
    env = {
        "SLACK_BOT_TOKEN": "xoxb-canary-1",
        "SLACK_APP_TOKEN": "xapp-canary-2",
        "SLACK_API_URL": "https://slack.com.canary.example/api/",
        "TASTYTRADE_API_URL": "https://canary.example/",
        "TASTYTRADE_STREAMER_URL": "ws://127.0.0.1:1/",
        "SENEXBOT_ENCRYPTION_KEYS": f"{KEY},canary-key",
        "SENEXBOT_LIVE_TRADING": "perhaps-canary",
        "PORT": "canary",
        "SENEXBOT_CONFIRM_SECONDS": "0",
    }
    answer = senexbot("run", env=env, cwd=tmp_path)
    assert answer.code == 78
    for name in env.keys() - {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "TASTYTRADE_STREAMER_URL"}:
        assert name in answer.err
    assert "canary" not in answer.all
    assert KEY not in answer.all
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["", "https://desk.example.com"])
def test_the_manifest_is_one_that_slack_takes(url: str, tmp_path: Path) -> None:
    answer = senexbot("manifest", *(("--url", url) if url else ()), env={"SENEXBOT_COMMAND_PREFIX": "dev-"})
    assert answer.code == 0
    manifest = json.loads(answer.out)
    assert manifest["settings"]["socket_mode_enabled"] is not bool(url)
    commands = manifest["features"]["slash_commands"]
    assert [c["command"] for c in commands if c["should_escape"]] == [
        "/dev-alert",
        "/dev-alerts",
        "/dev-halt",
    ]  # they name people
    assert {"/dev-senex", "/dev-order"} <= {entry["command"] for entry in commands}
    assert {entry.get("url", "") for entry in commands} == {f"{url}/slack/events" if url else ""}
    file = tmp_path / "manifest.json"
    file.write_text(answer.out)
    with served("senexsim", "slack", "--manifest", str(file), log=tmp_path / "log") as slack:
        assert slack.ready["bot_token"]


def test_a_manifest_that_slack_would_refuse_does_not_pass(tmp_path: Path) -> None:
    """So that the test above can fail."""
    manifest = json.loads(senexbot("manifest", env={}).out)
    manifest["features"]["slash_commands"][0]["command"] = "/status"
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(manifest))
    done = subprocess.run(
        [sys.executable, "-m", "senexsim", "slack", "--manifest", str(file)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2


def test_a_prefix_that_fits_no_command_is_a_settings_fault() -> None:
    assert senexbot("manifest", env={"SENEXBOT_COMMAND_PREFIX": "Dev /"}).code == 78
