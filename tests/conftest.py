"""The order of the modules: the longest begin first, so that no worker is left with one of them at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# Started bots, then benchmarks and stores; all that is not named comes behind, in the order it was found.
LONG = ("e2e", "test_benchmarks.py", "services", "cli", "broker")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    place = item.path.relative_to(TESTS).parts[0]
    return LONG.index(place) if place in LONG else len(LONG)
