"""One workspace and one running bot for all tests of the command line that need no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.kit import Desk, Workspace, environment, served


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    log = tmp_path_factory.mktemp("slack") / "log"
    with served("senexsim", "slack", "--port", "0", log=log) as server:
        yield Workspace(server.ready)


@pytest.fixture(scope="session")
def desk(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("desk")
    state = home / "state"
    state.mkdir(mode=0o700)
    env = environment(workspace, state)
    with served("senexbot", "run", env=env, log=home / "log") as bot:
        yield Desk(bot, workspace, state, env)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory that nobody has used."""
    directory = tmp_path / "state"
    directory.mkdir(mode=0o700)
    return directory
