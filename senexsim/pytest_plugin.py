"""Fixtures `broker` and `slack`: a simulator of each for every test that asks.

Nothing is loaded where no test asks. Where one does the simulator is imported once the tests are collected, so that
the first start takes no longer than the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from senexsim.testing import Broker, Slack

MARKERS = (
    "broker_sim(**options): how the fixture `broker` starts: seed, speed, scenario",
    "slack_sim(**options): how the fixture `slack` starts: manifest, request_url, seed, workspaces",
)


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Import the simulators that the collected tests will start; fixtures of others by the same names are not ours."""
    if session.config.option.collectonly:
        return
    for name in ("broker", "slack"):
        if any(_asks(item, name) for item in session.items):
            import_module("senexsim.testing")
            import_module(f"senexsim.{name}.server")


def _asks(item: pytest.Item, name: str) -> bool:
    known = getattr(item, "_fixtureinfo", None)
    found = known.name2fixturedefs.get(name, ()) if known is not None else ()
    return any(definition.func.__module__ == __name__ for definition in found[-1:])


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """A broker simulator on a free port, with customers, accounts and a moving market."""
    from senexsim.testing import running_broker

    marker = request.node.get_closest_marker("broker_sim")
    with running_broker(**(marker.kwargs if marker else {})) as running:
        yield running


@pytest.fixture
def slack(request: pytest.FixtureRequest) -> Iterator[Slack]:
    """A Slack workspace on a free port, with people, channels and one installed app."""
    from senexsim.testing import running_slack

    marker = request.node.get_closest_marker("slack_sim")
    with running_slack(**(marker.kwargs if marker else {})) as running:
        yield running
