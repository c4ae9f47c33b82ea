"""Opening: one writer, the right schema, the right keys, the newest copy, the newest generation."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from senexbot.domain.errors import ConfigError, Fenced, InUse, StoreUnavailable, WrongKey
from senexbot.ports import AuditEntry, HaltRow
from senexbot.store.engine import SqlStore, upgrade
from senexbot.store.migrations import HEAD
from senexbot.vault import KeyRing, Vault, generate_key
from tests.store.values import a_link, an_intent, outgoing, seal
from tests.stores import HandClock, Home, run_sql

ENTRY = AuditEntry("U1", "order", "i", "ok")


async def audited(store: SqlStore, times: int = 1) -> None:
    for _ in range(times):
        async with store.begin() as tx:
            await tx.audit(ENTRY)


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


# --- one writer ----------------------------------------------------------------------------------


async def test_a_second_writer_refuses_and_names_the_first(sqlite: Home) -> None:
    """I57, F71."""
    store = await sqlite.open()
    with pytest.raises(InUse, match=rf"another senexbot \(pid {os.getpid()}\) uses .*senexbot\.sqlite3"):
        await sqlite.open()
    with pytest.raises(InUse):
        await upgrade(sqlite.url)
    await audited(store)  # the first one is not disturbed
    await store.close()
    await audited(await sqlite.open())


async def test_another_process_is_refused_too(sqlite: Home) -> None:
    """F71: the lock holds between processes and goes with the process that had it."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys, pathlib; from senexbot.store.lock import WriterLock\n"
        "lock = WriterLock(pathlib.Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()",
        str(sqlite.path),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"held\n"
    with pytest.raises(InUse, match=f"pid {holder.pid}"):
        await sqlite.open()
    holder.kill()
    await holder.wait()
    await sqlite.open()


async def test_a_refused_start_leaves_no_lock(sqlite: Home) -> None:
    await (await sqlite.open()).close()
    with pytest.raises(WrongKey):
        await sqlite.open(box=Vault(KeyRing.parse(generate_key())))
    await sqlite.open()


async def test_readers_work_beside_the_writer_and_without_one(sqlite: Home) -> None:
    """I57: tools read with mode=ro."""
    with pytest.raises(StoreUnavailable, match="no database"):
        await sqlite.open(readonly=True)
    store = await sqlite.open()
    await audited(store, 3)
    reader = await sqlite.open(readonly=True)
    assert (await reader.audit_head()).seq == 3
    with pytest.raises(StoreUnavailable, match="reading only"):
        async with reader.begin():
            pass
    await reader.close()
    await store.close()
    reader = await sqlite.open(readonly=True)
    assert await reader.verify_audit() is None
    assert reader.generation is None


async def test_only_the_owner_may_read_the_files(sqlite: Home) -> None:
    store = await sqlite.open()
    await audited(store)
    for file in sqlite.state_dir.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


async def test_a_database_in_memory_is_refused(sqlite: Home) -> None:
    for url in ("sqlite://", "sqlite:///:memory:", "mysql://x", "nonsense"):
        sqlite.url = url
        with pytest.raises(ConfigError, match="DATABASE_URL"):
            await sqlite.open()


# --- schema --------------------------------------------------------------------------------------


async def test_sqlite_migrates_by_itself_and_postgresql_names_the_command(
    server: str, tmp_path: Path
) -> None:
    from tests.stores import postgres_home, sqlite_home

    async with sqlite_home(tmp_path / "a", upgraded=False) as home:
        await home.open()
    async with postgres_home(server, tmp_path / "b") as home:
        await run_sql(
            home.url, "DROP TABLE alembic_version", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"
        )
        for readonly in (False, True):
            with pytest.raises(ConfigError, match="senexbot db upgrade"):
                await home.open(readonly=readonly)
        assert await upgrade(home.url) == HEAD
        assert await upgrade(home.url) == HEAD
        await home.open()


async def test_a_newer_schema_refuses_to_start(home: Home) -> None:
    """I62, F77: and nothing in it is changed."""
    store = await home.open()
    await store.close()
    newer = "UPDATE alembic_version SET version_num = '9999'"
    if home.on_sqlite:
        with closing(sqlite3.connect(home.path)) as connection:
            connection.execute(newer)
            connection.commit()
        before = dump(home.path)
    else:
        await run_sql(home.url, newer)
    for attempt in (home.open(), home.open(readonly=True), upgrade(home.url)):
        with pytest.raises(ConfigError, match="newer version"):
            await attempt
    if home.on_sqlite:
        assert dump(home.path) == before


async def test_another_programs_database_is_left_alone(sqlite: Home) -> None:
    with closing(sqlite3.connect(sqlite.path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(ConfigError, match="another program"):
        await sqlite.open()


# --- keys ----------------------------------------------------------------------------------------


async def test_a_wrong_key_stops_the_start_and_changes_nothing(home: Home) -> None:
    """I72, F102."""
    store = await home.open()
    link = a_link()
    async with store.begin() as tx:
        await tx.links.add(link, seal(home.box, link))
    await store.close()
    before = dump(home.path) if home.on_sqlite else await run_sql(home.url, "SELECT * FROM deployment")
    files = sorted(file.name for file in home.state_dir.iterdir())
    for readonly in (False, True):
        with pytest.raises(WrongKey):
            await home.open(box=Vault(KeyRing.parse(generate_key())), readonly=readonly)
    assert before == (
        dump(home.path) if home.on_sqlite else await run_sql(home.url, "SELECT * FROM deployment")
    )
    assert files == sorted(file.name for file in home.state_dir.iterdir())
    again = await home.open()
    await again.check_keys(home.box)
    with pytest.raises(WrongKey):
        await again.check_keys(Vault(KeyRing.parse(generate_key())))


async def test_a_missing_old_key_stops_the_start(sqlite: Home) -> None:
    """I71, I72: the ring opens the canary, but not each record."""
    old, new = generate_key(), generate_key()
    link = a_link()
    store = await sqlite.open(box=Vault(KeyRing.parse(new)))
    async with store.begin() as tx:
        await tx.links.add(link, seal(Vault(KeyRing.parse(old)), link))
    await store.close()
    with pytest.raises(WrongKey):
        await sqlite.open(box=Vault(KeyRing.parse(new)))
    await sqlite.open(box=Vault(KeyRing.parse(f"{new},{old}")))


# --- generations ---------------------------------------------------------------------------------


async def test_a_newer_start_fences_the_older_one(postgres: Home) -> None:
    """I65, F83: the older program's claim fails in its own transaction."""
    older = await postgres.open(build="1")
    async with older.begin() as tx:
        await tx.check_generation()
    newer = await postgres.open(build="2")
    assert (older.generation, newer.generation) == (1, 2)
    with pytest.raises(Fenced):  # noqa: PT012  the end of the block is what is tested
        async with older.begin() as tx:
            await tx.intents.add(an_intent())
            await tx.check_generation()
    async with newer.begin() as tx:
        await tx.check_generation()
        assert await tx.intents.get("intent0001") is None


async def test_a_claim_in_progress_ends_before_a_newer_start_takes_over(postgres: Home) -> None:
    """I65: no claim commits after the generation has moved."""
    older = await postgres.open()
    async with older.begin() as tx:
        await tx.check_generation()
        opening = asyncio.create_task(postgres.open())
        while not await run_sql(postgres.url, "SELECT 1 FROM pg_locks WHERE NOT granted"):
            assert not opening.done()
        await tx.intents.add(an_intent())
    newer = await opening
    assert newer.generation == 2
    async with newer.read() as reading:
        assert await reading.intents.get("intent0001") is not None


async def test_processes_of_one_deployment_share_a_generation_and_tools_take_none(postgres: Home) -> None:
    web = await postgres.open(generation="build", build="1")
    relay = await postgres.open(generation="build", build="1")
    tool = await postgres.open(generation="keep", build="other")
    for store in (web, relay, tool):
        async with store.begin() as tx:
            await tx.check_generation()
    upgraded = await postgres.open(generation="build", build="2")
    assert upgraded.generation == 2
    for store in (web, relay, tool):
        with pytest.raises(Fenced):
            async with store.begin() as tx:
                await tx.check_generation()


async def test_each_start_on_sqlite_is_a_new_generation(sqlite: Home) -> None:
    for expected in (1, 2, 3):
        store = await sqlite.open()
        assert (store.generation, store.opened_older_copy) == (expected, False)
        await store.close()


# --- older copies --------------------------------------------------------------------------------


@pytest.fixture
def copy(sqlite: Home, tmp_path: Path) -> Iterator[Path]:
    return tmp_path / "copy.sqlite3"


def put_back(home: Home, copy: Path) -> None:
    for leftover in home.state_dir.glob("senexbot.sqlite3-*"):
        leftover.unlink()
    shutil.copy(copy, home.path)


async def test_yesterdays_copy_is_noticed(sqlite: Home, copy: Path) -> None:
    """I62, F73: a copy made before the last start."""
    store = await sqlite.open()
    async with store.begin() as tx:
        await tx.outbox.put(outgoing("old"))
    await store.close()
    shutil.copy(sqlite.path, copy)
    await (await sqlite.open()).close()
    put_back(sqlite, copy)
    store = await sqlite.open()
    assert store.opened_older_copy
    assert "generation 2 was seen" in store.older_copy_reason
    await store.close()
    store = await sqlite.open()
    assert not store.opened_older_copy  # said once: the halt itself is kept in the database
    async with store.read() as tx:
        halt = await tx.halts.get("desk")
        assert halt is not None
        assert halt.state == "halted"


async def test_a_copy_made_since_the_last_start_is_noticed(sqlite: Home, copy: Path) -> None:
    """I62, F73, F74: same generation, fewer decisions."""
    store = await sqlite.open()
    await audited(store, 2)
    await store.backup(copy)
    await audited(store)
    await store.close()
    put_back(sqlite, copy)
    store = await sqlite.open()
    assert store.opened_older_copy
    assert "3 audit entries were seen, the database has 2" in store.older_copy_reason
    async with store.read() as tx:
        halt = await tx.halts.get("desk")
    assert halt is not None
    assert (halt.state, halt.by, halt.version) == ("halted", "bot", 1)
    assert store.older_copy_reason in halt.reason
    assert [record.entry.action async for record in store.export_audit()] == ["order", "order", "halt"]
    assert await store.verify_audit() is None


async def test_a_tool_that_opens_the_copy_first_does_not_hide_it(sqlite: Home, copy: Path) -> None:
    """I62: the halt is committed with the first opening for writing, whatever comes after."""
    store = await sqlite.open()
    async with store.begin() as tx:
        await tx.halts.put(HaltRow("desk", "active", "U1", "", sqlite.clock.now(), 1))
    await store.backup(copy)
    await audited(store)
    await store.close()
    put_back(sqlite, copy)
    for generation in ("keep", "new"):
        store = await sqlite.open(generation=generation, box=None)
        await store.close()
    reader = await sqlite.open(readonly=True)
    async with reader.read() as tx:
        halt = await tx.halts.get("desk")
    assert halt is not None
    assert (halt.state, halt.version) == ("halted", 2)


async def test_a_copy_that_went_its_own_way_is_noticed(sqlite: Home, copy: Path, tmp_path: Path) -> None:
    """I62: as many decisions, but others."""
    store = await sqlite.open()
    await store.backup(copy)
    await audited(store, 2)
    await store.close()
    elsewhere = Home(f"sqlite:///{copy}", tmp_path / "elsewhere", clock=HandClock(), box=sqlite.box)
    other = await elsewhere.open()
    assert other.opened_older_copy  # a database with a past and no witness
    async with other.begin() as tx:
        await tx.audit(AuditEntry("U2", "other", "i", "ok"))
    await audited(other)
    await other.close()
    put_back(sqlite, copy)
    store = await sqlite.open()
    assert "another than the one that was seen" in store.older_copy_reason


async def test_a_garbled_generation_file_is_no_proof(sqlite: Home) -> None:
    await (await sqlite.open()).close()
    (witness,) = sqlite.state_dir.glob("generation-*")
    witness.write_text("garbage")
    store = await sqlite.open()
    assert "cannot be understood" in store.older_copy_reason
