"""The audit: append-only, chained, found out when touched, safe to export."""

from __future__ import annotations

import asyncio
import csv
import io
import sqlite3
from collections.abc import Sequence
from contextlib import closing

import asyncpg
import pytest

from senexbot.domain.errors import InvariantBroken
from senexbot.ports import AuditEntry
from senexbot.store.audit import AuditHead, AuditRecord, csv_text
from senexbot.store.engine import SqlStore
from tests.store.values import an_intent
from tests.stores import NOON, Home, run_sql


async def write(store: SqlStore, *subjects: str) -> None:
    for subject in subjects:
        async with store.begin() as tx:
            await tx.audit(AuditEntry("U1", "order", subject, "ok", (("version", "1"),)))


async def past_the_triggers(home: Home, *statements: str) -> None:
    """What somebody with the file, or the server's superuser, could do."""
    if home.on_sqlite:
        with closing(sqlite3.connect(home.path)) as connection:
            for statement in (
                "DROP TRIGGER IF EXISTS audit_no_update",
                "DROP TRIGGER IF EXISTS audit_no_delete",
                *statements,
            ):
                connection.execute(statement)
            connection.commit()
    else:
        await run_sql(home.url, "SET session_replication_role = replica", *statements)


async def test_entries_come_back_as_they_were_written(any_store: SqlStore) -> None:
    """I79: who, what, to what, with which result, in the order of the decisions; also refusals."""
    entries = [
        AuditEntry(
            "U1", "order.confirm", "intent1", "not_permitted", (("version", "3"), ("note", "a\x00b\ud800"))
        ),
        AuditEntry("host", "halt", "desk", "ok"),
    ]
    async with any_store.begin() as tx:
        for entry in entries:
            await tx.audit(entry)
    found = [record async for record in any_store.export_audit()]
    assert [record.entry for record in found] == entries
    assert [record.seq for record in found] == [1, 2]
    assert {record.at for record in found} == {NOON}
    assert [r.seq async for r in any_store.export_audit(subject="desk")] == [2]
    assert await any_store.audit_head() == AuditHead(2, found[-1].mac)
    assert await any_store.verify_audit() is None


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET result = 'ok'", "DELETE FROM audit", "TRUNCATE audit"]
)
async def test_the_database_refuses_to_change_the_past(home: Home, statement: str) -> None:
    """I80: by trigger, whoever asks."""
    store = await home.open()
    await write(store, "a")
    if not home.on_sqlite:
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await run_sql(home.url, statement)
    elif not statement.startswith("TRUNCATE"):
        with (
            closing(sqlite3.connect(home.path)) as connection,
            pytest.raises(sqlite3.IntegrityError, match="append-only"),
        ):
            connection.execute(statement)
    assert await store.verify_audit() is None


TAMPERING = {
    "changed": (["UPDATE audit SET result = 'denied' WHERE seq = 3"], 3),
    "changed time": (["UPDATE audit SET at = at + 1 WHERE seq = 4"], 4),
    "changed params": (["UPDATE audit SET params = '[]' WHERE seq = 2"], 2),
    "removed": (["DELETE FROM audit WHERE seq = 3"], 3),
    "removed and closed up": (
        [
            "DELETE FROM audit WHERE seq = 3",
            "UPDATE audit SET seq = 3 WHERE seq = 4",
            "UPDATE audit SET seq = 4 WHERE seq = 5",
        ],
        3,
    ),
    "first removed": (["DELETE FROM audit WHERE seq = 1"], 1),
    "reordered": (
        [
            "UPDATE audit SET seq = 9 WHERE seq = 2",
            "UPDATE audit SET seq = 2 WHERE seq = 3",
            "UPDATE audit SET seq = 3 WHERE seq = 9",
        ],
        2,
    ),
    "added": (
        [
            "INSERT INTO audit SELECT 6, at, actor, action, 'forged', result, params, mac FROM audit WHERE seq = 5"
        ],
        6,
    ),
    "moved text": (["UPDATE audit SET actor = 'U', action = '1order' WHERE seq = 3"], 3),
}


@pytest.mark.parametrize("kind", TAMPERING)
async def test_tampering_is_found_at_its_place(home: Home, kind: str) -> None:
    """I80."""
    statements, place = TAMPERING[kind]
    store = await home.open()
    await write(store, "a", "b", "c", "d", "e")
    assert await store.verify_audit() is None
    await past_the_triggers(home, *statements)
    fault = await store.verify_audit()
    assert fault is not None
    assert fault.seq == place


async def test_an_entry_of_another_history_does_not_fit(sqlite: Home) -> None:
    """I80: genuine entries of a copy that went its own way cannot be spliced in."""
    store = await sqlite.open()
    await write(store, "a")
    copy = sqlite.state_dir / "copy.sqlite3"
    await store.backup(copy)
    await write(store, "b", "c")
    elsewhere = Home(f"sqlite:///{copy}", sqlite.state_dir / "elsewhere", box=sqlite.box)
    other = await elsewhere.open()
    await write(other, "x")
    await elsewhere.close()
    await past_the_triggers(
        sqlite,
        f"ATTACH '{copy}' AS other",
        "DELETE FROM main.audit WHERE seq = 3",
        "INSERT INTO main.audit SELECT * FROM other.audit WHERE seq = 3",
    )
    assert [record.entry.subject async for record in store.export_audit()] == [
        "a",
        "b",
        "x",
    ]  # its own second entry is the halt
    fault = await store.verify_audit()
    assert fault is not None
    assert fault.seq == 3


async def test_a_cut_end_is_found_against_a_published_head(home: Home) -> None:
    """I80: the chain alone cannot tell; the head kept outside can."""
    store = await home.open()
    await write(store, "a", "b", "c")
    published = await store.audit_head()
    await past_the_triggers(home, "DELETE FROM audit WHERE seq > 1")
    assert await store.verify_audit() is None
    fault = await store.verify_audit(published)
    assert fault is not None
    assert (fault.seq, fault.why) == (2, "the end was cut off")
    await write(store, "forged", "forged")
    fault = await store.verify_audit(published)
    assert fault is not None
    assert fault.seq == 3


async def test_parallel_decisions_make_one_chain(any_store: SqlStore) -> None:
    """I79, I80: each is there once, whatever the order of the commits."""

    async def decide(number: int) -> None:
        async with any_store.begin() as tx:
            await tx.audit(AuditEntry("U1", "first", str(number), "ok"))
            await tx.intents.add(an_intent(number))
            await tx.audit(AuditEntry("U1", "second", str(number), "ok"))

    await asyncio.gather(*(decide(number) for number in range(20)))
    found = [(record.entry.subject, record.entry.action) async for record in any_store.export_audit()]
    assert sorted(found) == sorted((str(n), word) for n in range(20) for word in ("first", "second"))
    assert [subject for subject, _ in found[::2]] == [subject for subject, _ in found[1::2]]
    assert await any_store.verify_audit() is None


async def test_without_the_key_nothing_can_be_decided(sqlite: Home) -> None:
    """I79: a decision that cannot be written down does not take place."""
    store = await sqlite.open(box=None)
    with pytest.raises(InvariantBroken):  # noqa: PT012  the end of the block is what is tested
        async with store.begin() as tx:
            await tx.intents.add(an_intent())
            await tx.audit(AuditEntry("U1", "order", "x", "ok"))
    async with store.read() as tx:
        assert await tx.intents.get("intent0001") is None


def parsed(records: Sequence[AuditRecord]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_text(records), newline="")))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_an_export_holds_no_formula(cell: str) -> None:
    """F121."""
    entry = AuditEntry(cell, cell, cell, cell, (("note", cell),))
    header, row = parsed([AuditRecord(1, NOON, entry, b"\x01\x02")])
    assert header[:3] == ["seq", "at", "actor"]
    assert row[2:6] == [f"'{cell}"] * 4
    assert row[6].startswith("{")
    assert row[7] == "0102"


def test_an_export_keeps_plain_text_and_quotes() -> None:
    entry = AuditEntry("U1", 'say "hi", twice', "a\nb", "ok")
    _, row = parsed([AuditRecord(1, NOON, entry, b"")])
    assert row[2:6] == ["U1", 'say "hi", twice', "a\nb", "ok"]
