"""A statement on SQLite costs one turn of its connection's thread, and tells what any driver's cursor tells."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from senexbot.store import one_hop
from tests.store.values import an_intent
from tests.stores import Home


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[one_hop.OneHopConnection]:
    opened = one_hop.connect(str(tmp_path / "a.sqlite3"), isolation_level=None, check_same_thread=False)
    async with opened:
        await opened.cursor().execute("CREATE TABLE t (n INTEGER PRIMARY KEY, word TEXT NOT NULL)")
        yield opened


async def test_rows_names_and_numbers_are_there_after_one_call(
    connection: one_hop.OneHopConnection,
) -> None:
    put = await connection.cursor().execute("INSERT INTO t (word) VALUES (?), (?)", ("a", "b"))
    assert (put.rowcount, put.lastrowid, put.description) == (2, 2, None)
    many = await connection.cursor().executemany("INSERT INTO t VALUES (?, ?)", [(7, "c"), (8, "d")])
    assert many.rowcount == 2
    async with connection.cursor() as read:
        await read.execute("SELECT n, word FROM t ORDER BY n")
        assert read.description is not None
        assert [column[0] for column in read.description] == ["n", "word"]
        assert await read.fetchall() == [(1, "a"), (2, "b"), (7, "c"), (8, "d")]
        assert await read.fetchall() == []


async def test_what_sqlite_refuses_is_raised_and_the_connection_goes_on(
    connection: one_hop.OneHopConnection,
) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        await connection.cursor().execute("INSERT INTO t (word) VALUES (NULL)")
    with pytest.raises(sqlite3.OperationalError):
        await connection.cursor().execute("SELECT nothing")
    assert (await connection.cursor().execute("SELECT 1")).description is not None


async def test_a_transaction_of_one_statement_is_three_turns_of_the_thread(
    upgraded_sqlite: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Begin, the statement, commit: each turn that is saved is a tenth of a millisecond of every alert."""
    store = await upgraded_sqlite.open()
    async with store.begin() as tx:
        await tx.intents.add(an_intent(1))
    async with store.read():  # connects
        pass
    with caplog.at_level(logging.DEBUG, logger="aiosqlite"):
        async with store.read() as tx:
            assert await tx.intents.get(an_intent(1).id) is not None
    turns = [record for record in caplog.records if record.getMessage().startswith("executing")]
    assert len(turns) == 3
