"""The database server of the tests that run on both kinds of store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stores import postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres_server() as url:
        yield url
