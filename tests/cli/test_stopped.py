"""Commands without a bot, starts that are refused, and the end of a bot."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.kit import KEY, OTHER_KEY, Workspace, environment, senexbot, served


def contents(directory: Path) -> dict[str, bytes]:
    """What is kept; the lock only names the last holder, and the log files come and go."""
    kept = (
        path for path in directory.iterdir() if path.name.endswith(".sqlite3") or "generation" in path.name
    )
    return {path.name: path.read_bytes() for path in kept}


def test_a_desk_is_halted_before_its_first_start_and_stays_so(workspace: Workspace, state: Path) -> None:
    """I25: without Slack, and over starts."""
    env = {"SENEXBOT_STATE_DIR": str(state), "SENEXBOT_ENCRYPTION_KEYS": KEY}
    assert senexbot("halt", "before the start", env=env).code == 0
    granted = senexbot("roles", "grant", "U012AB3CD", "operator", env=env)
    assert (granted.code, "--team" in granted.err) == (1, True)
    assert senexbot("roles", "grant", "U012AB3CD", "operator", "--team", "T012AB3CD", env=env).code == 0
    assert senexbot("policy", "set", "throttle", "5", env=env).code == 0
    assert "throttle\t5\tdenied over 5" in senexbot("policy", "show", env=env).lines
    with served("senexbot", "run", env=environment(workspace, state), log=state.parent / "log") as bot:
        told = senexbot("status", env=env)
        assert any("halted" in line and "before the start" in line for line in told.lines)
        code, seconds = bot.stop()
    assert code == 0
    assert seconds < 25
    assert not (state / "senexbot.sock").exists()
    told = senexbot("status", env=env)
    assert told.lines[0] == "bot: not running here"
    assert any(line.startswith("desk: halted") for line in told.lines)


def test_reading_commands_make_no_database(state: Path) -> None:
    env = {"SENEXBOT_STATE_DIR": str(state), "SENEXBOT_ENCRYPTION_KEYS": KEY}
    for words in (("status",), ("audit", "verify"), ("policy", "show")):
        answer = senexbot(*words, env=env)
        assert answer.code == 1
        assert "there is no database" in answer.err
    assert senexbot("db", "backup", str(state / "copy"), env=env).code == 1
    assert list(state.iterdir()) == []


def test_writing_without_a_key_is_a_settings_fault(state: Path) -> None:
    answer = senexbot("halt", env={"SENEXBOT_STATE_DIR": str(state)})
    assert answer.code == 78
    assert "SENEXBOT_ENCRYPTION_KEYS" in answer.err


def test_a_wrong_key_refuses_the_start_and_changes_nothing(workspace: Workspace, state: Path) -> None:
    """I72, F102."""
    env = environment(workspace, state)
    assert senexbot("halt", "first", env=env).code == 0
    before = contents(state)
    assert len(before) == 2
    wrong = {**env, "SENEXBOT_ENCRYPTION_KEYS": OTHER_KEY}
    for words in (("run",), ("keys", "rotate")):
        answer = senexbot(*words, env=wrong)
        assert answer.code == 78, answer
        assert OTHER_KEY not in answer.all
        assert contents(state) == before
    assert senexbot("resume", env=env).code == 0


def test_keys_are_rotated_without_a_bot_and_the_old_one_can_go(state: Path, tmp_path: Path) -> None:
    """I71, F101: both read while both are given; afterwards the new one is enough, the old one is not."""
    keys = tmp_path / "keys"
    keys.write_text(f"{KEY}\n")
    env = {"SENEXBOT_STATE_DIR": str(state), "SENEXBOT_ENCRYPTION_KEYS_FILE": str(keys)}
    assert senexbot("halt", env=env).code == 0
    keys.write_text(f"{OTHER_KEY}\n{KEY}\n")
    assert senexbot("audit", "verify", env=env).code == 0
    done = senexbot("keys", "rotate", env=env)
    assert done.code == 0
    assert "re-sealed 1" in done.lines[0]
    assert not set(done.out.split()) & {KEY, OTHER_KEY}
    keys.write_text(f"{OTHER_KEY}\n")
    assert senexbot("audit", "verify", env=env).code == 0
    keys.write_text(f"{KEY}\n")
    assert senexbot("audit", "verify", env=env).code == 78


@pytest.mark.parametrize("variable", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_a_token_that_slack_refuses_is_a_settings_fault(
    workspace: Workspace, state: Path, variable: str
) -> None:
    answer = senexbot("run", env={**environment(workspace, state), variable: "xoxb-canary-of-a-token"})
    assert answer.code == 78
    assert variable in answer.err
    assert "canary" not in answer.all


def test_slack_out_of_reach_is_no_settings_fault(workspace: Workspace, state: Path) -> None:
    """A service manager has to start the bot again once the network is there: 78 would forbid it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/api/"
        answer = senexbot("run", env={**environment(workspace, state), "SLACK_API_URL": url})
    assert answer.code == 1
    assert "cannot be reached" in answer.err


def test_a_taken_port_is_told(workspace: Workspace, state: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        env = environment(workspace, state) | workspace.variables(http=True)
        del env["SLACK_APP_TOKEN"]
        answer = senexbot("run", env={**env, "PORT": str(taken.getsockname()[1])})
    assert answer.code == 1
    assert "PORT" in answer.err


def test_http_mode_says_where_it_listens_and_ends_at_once(workspace: Workspace, state: Path) -> None:
    env = environment(workspace, state) | workspace.variables(http=True)
    del env["SLACK_APP_TOKEN"]
    with served("senexbot", "run", env=env, log=state.parent / "log") as bot:
        assert bot.ready["mode"] == "http"
        assert bot.ready["url"].startswith("http://127.0.0.1:")
        assert bot.ready["url"].endswith("/slack/events")
        assert bot.stop()[0] == 0
