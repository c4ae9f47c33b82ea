"""What holds for all tests: the order of the modules, and that a busy machine is no failure of a law."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# hypothesis would fail an example that takes 200 ms, or examples that are slowly made: the machine's doing, not ours.
# Where a commit is judged the examples are the same each time, so that luck judges nobody; elsewhere, and in `make
# proof`, they are others at each run.
settings.register_profile(
    "busy",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("busy")

TESTS = Path(__file__).parent
# The longest begin first, so that no worker is left with one of them at the end: started bots, then benchmarks and stores; all that is not named comes behind, in the order it was found.
LONG = ("e2e", "test_benchmarks.py", "alerts", "services", "cli", "broker")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    place = item.path.relative_to(TESTS).parts[0]
    return LONG.index(place) if place in LONG else len(LONG)
