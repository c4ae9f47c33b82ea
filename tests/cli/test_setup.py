"""`senexbot setup` against the Slack simulator: with options, and typed in a terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import stat
import subprocess
import termios
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.kit import KEY, PATIENCE, Answer, Workspace, command, environment, senexbot, served


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def install(tmp_path: Path, *more: str, env: Mapping[str, str]) -> Answer:
    return senexbot("setup", "--yes", *more, env={"HOME": str(tmp_path / "home"), **env}, cwd=tmp_path)


def sourced(path: Path) -> dict[str, str]:
    """What a shell reads out of the file."""
    script = f"set -a; . {path}; set +a; env -0"
    done = subprocess.run(
        ["sh", "-euc", script], env={"PATH": os.environ["PATH"]}, capture_output=True, check=True
    )
    pairs = (entry.split("=", 1) for entry in done.stdout.decode().split("\0") if entry)
    return {name: value for name, value in pairs if name not in {"PWD", "_", "SHLVL", "OLDPWD"}}


def cards(workspace: Workspace, user: str) -> list[str]:
    """What this person has in the direct message with the bot."""
    url = f"{workspace.info['page_url'].rstrip('/')}/_sim/messages?channel=@bot&user={user}"
    with urllib.request.urlopen(url) as answer:
        return [message["text"] for message in json.load(answer)["messages"]]


def test_from_nothing_to_a_test_card_and_a_bot_that_starts(workspace: Workspace, tmp_path: Path) -> None:
    operator = workspace.people[0]
    before = len(cards(workspace, operator))
    done = install(tmp_path, "--operator", operator, env=workspace.variables())
    assert done.code == 0, done.all
    state, keys = tmp_path / "state", tmp_path / "home" / ".config" / "senexbot" / "encryption.keys"
    assert (mode(state), mode(keys), mode(keys.parent), mode(tmp_path / ".env")) == (
        0o700,
        0o600,
        0o700,
        0o600,
    )
    assert not [secret for secret in (*workspace.secrets, keys.read_text().strip()) if secret in done.all]
    assert json.loads((tmp_path / "slack-manifest.json").read_text())["settings"]["socket_mode_enabled"]
    assert "senexbot is installed" in cards(workspace, operator)[before:][0]
    env = sourced(tmp_path / ".env")
    assert env["SENEXBOT_ENCRYPTION_KEYS_FILE"] == str(keys)
    assert f"{workspace.team}\t{operator}\toperator" in senexbot("roles", "list", env=env).lines
    with served("senexbot", "run", env=env, log=tmp_path / "log") as bot:
        assert bot.ready["ready"]


def test_a_second_run_keeps_key_and_other_variables(workspace: Workspace, tmp_path: Path) -> None:
    first, second = workspace.people[:2]
    keys, file = tmp_path / "apart" / "keys", tmp_path / "with blank" / "env"
    file.parent.mkdir()
    places = ("--key-file", str(keys), "--env-file", str(file), "--state-dir", str(tmp_path / "my state"))
    assert install(tmp_path, "--operator", first, *places, env=workspace.variables()).code == 0
    key = keys.read_bytes()
    with file.open("a") as text:
        text.write("export SENEXBOT_CONFIRM_SECONDS=60\n# a note\nUNRELATED='two words'\n")
    assert install(tmp_path, "--operator", second, *places, env=workspace.variables()).code == 0
    assert keys.read_bytes() == key
    env = sourced(Path(str(file).replace(" ", "\\ ")))
    assert env["SENEXBOT_CONFIRM_SECONDS"] == "60"
    assert env["UNRELATED"] == "two words"
    assert env["SENEXBOT_STATE_DIR"] == str(tmp_path / "my state")
    roles = senexbot("roles", "list", env=env).out
    assert first in roles
    assert second in roles


def test_http_needs_an_address_and_its_manifest_names_it(workspace: Workspace, tmp_path: Path) -> None:
    env = workspace.variables(http=True)
    refused = install(tmp_path, "--operator", workspace.people[0], env=env)
    assert (refused.code, "--url" in refused.err) == (78, True)
    done = install(tmp_path, "--operator", workspace.people[0], "--url", "https://desk.example.com", env=env)
    assert done.code == 0, done.all
    manifest = json.loads((tmp_path / "slack-manifest.json").read_text())
    assert manifest["settings"]["interactivity"]["request_url"] == "https://desk.example.com/slack/events"
    assert sourced(tmp_path / ".env")["SLACK_SIGNING_SECRET"] == workspace.info["signing_secret"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-canary"}, "SLACK_BOT_TOKEN: invalid_auth"),
        ({"SLACK_APP_TOKEN": "xapp-canary"}, "SLACK_APP_TOKEN: invalid_auth"),
        ({"SLACK_API_URL": "https://canary.example/"}, "SLACK_API_URL"),
        ({"SENEXBOT_ENCRYPTION_KEYS": "canary"}, "encryption key 1"),
        ({"operator": "guest"}, "no full member"),
        ({"operator": ""}, "--operator"),
    ],
)
def test_what_cannot_be_right_stops_it_before_anything_is_granted(
    workspace: Workspace, tmp_path: Path, change: dict[str, str], words: str
) -> None:
    env = {**workspace.variables(), **change}
    operator = env.pop("operator", workspace.people[0])
    operator = workspace.guest if operator == "guest" else operator
    answer = install(tmp_path, "--operator", operator, env=env)
    assert answer.code == 78, answer.all
    assert words in answer.err
    assert "canary" not in answer.all
    assert not (tmp_path / ".env").exists()
    assert not (tmp_path / "state" / "senexbot.sqlite3").exists()


def test_the_key_may_not_lie_beside_the_database(workspace: Workspace, tmp_path: Path) -> None:
    answer = install(
        tmp_path, "--operator", workspace.people[0], "--key-file", "state/keys", env=workspace.variables()
    )
    assert (answer.code, "beside the database" in answer.err) == (78, True)


@pytest.mark.parametrize("option", ["--manifest-file", "--env-file"])
@pytest.mark.parametrize("place", ["missing/it", "folder"])
def test_a_file_that_cannot_be_written_is_named_with_its_option(
    workspace: Workspace, tmp_path: Path, option: str, place: str
) -> None:
    (tmp_path / "folder").mkdir()
    answer = install(tmp_path, "--operator", workspace.people[0], option, place, env=workspace.variables())
    assert answer.code == 78, answer.all
    assert option in answer.err
    assert not (tmp_path / "state" / "senexbot.sqlite3").exists()


class Typist:
    """A person at a terminal of their own: waits for words on the screen, then types."""

    def __init__(self, cwd: Path, env: Mapping[str, str]) -> None:
        self.screen, theirs = pty.openpty()
        self.seen = ""
        self._read_until = 0

        def own_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            command("senexbot", "setup"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            env={"PATH": os.environ["PATH"], "HOME": str(cwd / "home"), "TERM": "dumb", **env},
            preexec_fn=own_terminal,  # noqa: PLW1509 - getpass opens the controlling terminal; no thread runs here
        )
        os.close(theirs)

    def answers(self, question: str, typed: str) -> None:
        self.waits_for(question)
        os.write(self.screen, f"{typed}\n".encode())

    def waits_for(self, words: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while words not in self.seen[self._read_until :]:
            assert self._more(deadline), f"never said {words!r}:\n{self.seen}"
        self._read_until = self.seen.index(words, self._read_until) + len(words)

    def _more(self, deadline: float) -> bool:
        readable, _, _ = select.select([self.screen], [], [], max(deadline - time.monotonic(), 0))
        try:
            chunk = os.read(self.screen, 65536) if readable else b""
        except OSError:  # the other end is closed
            chunk = b""
        self.seen += chunk.decode(errors="replace")
        return bool(chunk)

    def leaves(self) -> int:
        deadline = time.monotonic() + PATIENCE
        while self._more(deadline):
            pass
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            os.close(self.screen)


def test_typed_in_a_terminal_no_secret_is_echoed(workspace: Workspace, tmp_path: Path) -> None:
    """I69; a wrong answer is asked again."""
    (tmp_path / ".env").write_text("OLD=1\n")
    person = Typist(tmp_path, {"SLACK_API_URL": workspace.info["api_url"]})
    person.answers("Enter for Socket Mode", "desk.example.com")
    person.waits_for("https://desk.example.com")
    person.answers("Enter for Socket Mode", "")
    person.answers("Ready?", "")
    person.answers("SLACK_BOT_TOKEN (not shown)", "xoxb-canary-typo")
    person.waits_for("invalid_auth")
    person.answers("SLACK_BOT_TOKEN (not shown)", workspace.info["bot_token"])
    person.answers("SLACK_APP_TOKEN (not shown)", workspace.info["app_token"])
    person.answers("member id", "me")
    person.answers("member id", workspace.people[0])
    person.answers("write it anew", "y")
    person.waits_for("Sent: ")
    assert person.leaves() == 0
    assert not [secret for secret in (*workspace.secrets, "canary") if secret in person.seen]
    env = sourced(tmp_path / ".env")
    assert env["SLACK_BOT_TOKEN"] == workspace.info["bot_token"]
    assert env["OLD"] == "1"


def test_an_existing_file_stays_when_the_person_says_no(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OLD=1\n")
    person = Typist(tmp_path, workspace.variables())
    person.answers("Ready?", "")
    person.answers("member id", workspace.people[0])
    person.answers("write it anew", "n")
    person.waits_for("was left as it is")
    assert person.leaves() == 78
    assert (tmp_path / ".env").read_text() == "OLD=1\n"


def test_the_key_in_use_is_kept_in_the_new_file(workspace: Workspace, tmp_path: Path, state: Path) -> None:
    """A database that exists already goes on being readable."""
    env = environment(workspace, state)
    assert senexbot("halt", env=env).code == 0
    done = install(tmp_path, "--operator", workspace.people[0], "--state-dir", str(state), env=env)
    assert done.code == 0, done.all
    read = sourced(tmp_path / ".env")
    assert Path(read["SENEXBOT_ENCRYPTION_KEYS_FILE"]).read_text().strip() == KEY
    assert "SENEXBOT_ENCRYPTION_KEYS" not in read
    assert senexbot("audit", "verify", env=read).code == 0
