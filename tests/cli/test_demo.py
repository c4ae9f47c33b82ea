"""`senexsim demo`: what `make demo` runs, from its one line to its end."""

from __future__ import annotations

import os
import urllib.request
from pathlib import Path

from tests.cli.kit import senexbot, served, until


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_demo_prints_one_line_and_ends_with_its_child(tmp_path: Path) -> None:
    """The contract's JSON; no credentials; a temporary database; SIGTERM ends all of it."""
    env = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    with served("senexsim", "demo", "--port", "0", env=env, log=tmp_path / "log") as demo:
        line = demo.ready
        assert {"page_url", "slack", "broker", "bot"} <= line.keys()
        assert line["page_url"] == line["slack"]["page_url"]
        assert {"api_url", "streamer_url", "dxlink_url", "users"} <= line["broker"].keys()
        with urllib.request.urlopen(line["page_url"]) as page:
            assert page.status == 200
        pid, url = line["bot"]["pid"], line["bot"]["database_url"]
        assert alive(pid)
        state = Path(url.removeprefix("sqlite:///")).parent
        told = senexbot("status", env={"SENEXBOT_STATE_DIR": str(state)})
        assert told.lines[0] == f"bot: running (pid {pid})"
        code, seconds = demo.stop()
    assert (code, seconds < 25) == (0, True)
    until(lambda: not alive(pid), "the end of the bot")
    assert not state.exists()
