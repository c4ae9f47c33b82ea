"""Commands while a bot runs: reading ones read, writing ones go through its socket."""

from __future__ import annotations

import csv
import io
import os
import socket
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from tests.cli.kit import KEY, OTHER_KEY, Desk, senexbot, served


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_ready_line_says_what_the_contract_promises(desk: Desk) -> None:
    ready = desk.bot.ready
    assert ready["ready"] is True
    assert ready["mode"] == "socket"
    assert ready["pid"] == desk.bot.pid
    assert ready["url"] == desk.workspace.info["api_url"]
    assert str(desk.state.resolve()) in desk.bot.log.read_text()


def test_only_the_owner_can_open_what_the_bot_keeps(desk: Desk) -> None:
    socket_file = desk.state / "senexbot.sock"
    assert stat.S_ISSOCK(socket_file.stat().st_mode)
    assert mode(socket_file) == 0o600
    assert mode(desk.database) == 0o600
    assert [mode(p) for p in desk.state.glob("generation-*")] == [0o600]


def test_a_second_bot_on_the_same_database_refuses(desk: Desk) -> None:
    """I57, F71; the first one goes on."""
    answer = desk.run("run")
    assert answer.code == 1
    assert f"pid {desk.bot.pid}" in answer.err
    assert answer.out == ""
    assert desk.run("status").lines[0] == f"bot: running (pid {desk.bot.pid})"


def test_halt_and_resume_go_through_the_running_bot(desk: Desk) -> None:
    """I25: committed when the command returns."""
    halted = desk.run("halt", "drill")
    assert (halted.code, halted.lines[0].split(":")[0]) == (0, "the desk is halted")
    told = desk.run("status")
    assert told.code == 0
    assert any(line.startswith("desk: halted") and "(drill)" in line for line in told.lines)
    again = desk.run("halt", "drill")
    assert (again.code, again.out) == (1, "")
    assert "halted already" in again.err
    assert desk.run("resume").code == 0
    assert any(line.startswith("desk: active") for line in desk.run("status").lines)


def test_an_account_or_a_person_is_halted_by_itself(desk: Desk) -> None:
    """I25: and the account that nobody knows is told."""
    halted = desk.run("halt", "gone home", "--user", "U012AB3CD", "--reducing")
    assert (halted.code, halted.lines[0].split(":")[0]) == (0, "this person is reducing")
    told = desk.run("status")
    assert any(line.startswith("desk: active") for line in told.lines)
    assert "user:U012AB3CD: reducing by host (gone home)" in told.lines
    assert desk.run("halt", "--account", "9999").code == 1
    assert desk.run("resume", "--user", "U012AB3CD").code == 0
    assert "user:U012AB3CD" not in desk.run("status").out


def test_the_policy_is_shown_and_set_through_the_running_bot(desk: Desk) -> None:
    """I38: break-glass; a wrong word is told and changes nothing."""
    assert desk.run("policy", "show").lines[0] == "version 0"
    done = desk.run("policy", "set", "notional", "100000/250000", "--role", "trader")
    assert done.code == 0
    assert done.lines == [
        "policy version 1: notional for role trader: approval over $100,000.00, denied over $250,000.00"
    ]
    assert desk.run("policy", "set", "restricted", "GME,", "TSLA", "until", "2026-12-01").code == 0
    wrong = desk.run("policy", "set", "notional", "many")
    assert (wrong.code, "“many” is not a limit" in wrong.err) == (1, True)
    told = desk.run("policy", "show").lines
    assert told[0] == "version 2"
    assert "notional for role trader\t100000/250000" in told
    assert any(line.startswith("restricted\tGME, TSLA until 2026-12-01\t") for line in told)
    assert desk.run("policy", "set", "notional", "1", "--role", "risk", "--user", "U012AB3CD").code == 2


def test_roles_are_granted_listed_and_taken_back(desk: Desk) -> None:
    """I38: with the bot's own workspace; the record has it."""
    user, team = desk.workspace.people[1], desk.workspace.team
    assert desk.run("roles", "grant", user, "risk").code == 0
    assert f"{team}\t{user}\trisk" in desk.run("roles", "list").lines
    elsewhere = desk.run("roles", "grant", user, "risk", "--team", "T0ELSEWHERE")
    assert elsewhere.code == 1
    assert team in elsewhere.err
    assert desk.run("roles", "revoke", user, "risk").code == 0
    assert user not in desk.run("roles", "list").out
    rows = list(csv.DictReader(io.StringIO(desk.run("audit", "export", "--subject", user).out)))
    assert [row["action"] for row in rows][-2:] == ["role.grant", "role.revoke"]
    assert desk.run("audit", "verify").out == "the record is whole\n"


def test_the_database_is_checked_and_copied_while_it_is_in_use(desk: Desk, tmp_path: Path) -> None:
    """I71, F74, F99: the copy is sound, for its owner only, and holds no key."""
    assert desk.run("db", "check").out == "the database is sound\n"
    copy = tmp_path / "copy.sqlite3"
    assert desk.run("db", "backup", str(copy)).code == 0
    assert mode(copy) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert KEY.encode() not in copy.read_bytes()
    before = copy.read_bytes()
    again = desk.run("db", "backup", str(copy))
    assert (again.code, copy.read_bytes()) == (1, before)
    assert "exists already" in again.err


def test_upgrade_finds_the_running_bot_s_schema_done(desk: Desk) -> None:
    answer = desk.run("db", "upgrade")
    assert (answer.code, len(answer.lines)) == (0, 1)


def test_keys_are_rotated_by_the_running_bot(desk: Desk) -> None:
    """I71: with the bot's own keys, whatever this shell holds."""
    answer = desk.run("keys", "rotate", SENEXBOT_ENCRYPTION_KEYS=OTHER_KEY)
    assert answer.code == 0
    assert "re-sealed 0" in answer.lines[0]


def test_the_socket_answers_nonsense_and_goes_on(desk: Desk) -> None:
    for line in (
        b"\n",
        b"[]\n",
        b'{"command": "rm"}\n',
        b"\xff\xfe\n",
        b"[" * 5000 + b"\n",
        b'"halt"\n',
        b"{}\n",
    ):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(str(desk.state / "senexbot.sock"))
            client.sendall(line)
            assert b'"ok": false' in client.recv(65536), line
    assert desk.run("status").code == 0


def test_a_wrong_key_refuses_beside_a_running_bot(desk: Desk) -> None:
    """I72: what reads with keys says so."""
    answer = desk.run("audit", "verify", SENEXBOT_ENCRYPTION_KEYS=OTHER_KEY)
    assert answer.code == 78
    assert OTHER_KEY not in answer.all


def test_the_socket_works_in_a_folder_with_a_long_name(desk: Desk, tmp_path: Path) -> None:
    """A Unix socket's path is short; a folder's need not be."""
    long = tmp_path / ("a" * 90) / "state"
    long.mkdir(parents=True)
    env = {**desk.env, "SENEXBOT_STATE_DIR": str(long), "DATABASE_URL": f"sqlite:///{tmp_path / 'd.sqlite3'}"}
    assert len(os.fsencode(long / "senexbot.sock")) > 107
    halted = senexbot("halt", "drill", "--reducing", env=env)
    assert (halted.code, "reducing" in halted.out) == (0, True)
    with served("senexbot", "run", env=env, log=tmp_path / "log") as bot:
        assert f"bot: running (pid {bot.pid})" in senexbot("status", env=env).out
