"""Full disks, read-only files, locks, lost connections, cancellations: never half, never stuck, never silent."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from senexbot.domain.errors import InvariantBroken, Stale, StoreUnavailable, Unreadable
from senexbot.domain.orders.intents import IntentState
from senexbot.ports import AuditEntry, HaltRow
from senexbot.store.engine import PATIENCE, SqlStore
from senexbot.store.tables import intents, outbox, rules
from tests.store.values import a_rule, an_intent, moved, outgoing
from tests.stores import NOON, Home, run_sql


async def pragma(store: SqlStore, text: str) -> None:
    async with store.begin() as tx:
        await tx.work.connection.exec_driver_sql(f"PRAGMA {text}")


async def count(store: SqlStore) -> int:
    async with store.read() as tx:
        return len(await tx.intents.in_states(list(IntentState)))


# --- disk ----------------------------------------------------------------------------------------


async def test_a_full_disk_refuses_and_recovers(sqlite: Home) -> None:
    """F67, I61: no commit without room; nothing of it is left; it works again when there is."""
    store = await sqlite.open()
    async with store.read() as tx:
        pages = (await tx.work.read(sa.text("PRAGMA page_count"))).scalar_one()
    await pragma(store, f"max_page_count={pages}")
    with pytest.raises(StoreUnavailable, match="the disk is full"):  # noqa: PT012  the end of the block is what is tested
        async with store.begin() as tx:
            for number in range(200):
                await tx.intents.add(an_intent(number))
    assert await count(store) == 0
    await pragma(store, "max_page_count=1000000")
    async with store.begin() as tx:
        await tx.intents.add(an_intent(1))
    assert await count(store) == 1
    assert await store.check_integrity() == ()


async def test_a_disk_that_fails_at_the_commit_refuses(sqlite: Home) -> None:
    """F67, F68, I61: the operating system itself refuses to let the log grow."""
    code = """
import asyncio, resource, signal, sys
from pathlib import Path
from senexbot.domain.errors import StoreUnavailable
from tests.store.values import an_intent
from tests.stores import Home

async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    home = Home(sys.argv[1], Path(sys.argv[2]))
    store = await home.open()
    stored, refused = 0, 0
    log = Path(str(home.path) + "-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 30_000, resource.RLIM_INFINITY))
    for number in range(60):
        try:
            async with store.begin() as tx:
                await tx.intents.add(an_intent(number))
            stored += 1
        except StoreUnavailable as error:
            refused += 1
            print(error, file=sys.stderr)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert stored and refused, (stored, refused)
    async with store.begin() as tx:
        await tx.intents.add(an_intent(1000))
    async with store.read() as tx:
        from senexbot.domain.orders.intents import IntentState
        found = len(await tx.intents.in_states([IntentState.PREVIEWED]))
    assert found == stored + 1, (found, stored)
    assert await store.check_integrity() == ()
    await home.close()
    print("ok")

asyncio.run(main())
"""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        sqlite.url,
        str(sqlite.state_dir),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    assert out == b"ok\n", err.decode()
    assert b"nothing was stored" in err or b"not proven" in err


async def test_a_read_only_database_refuses(sqlite: Home) -> None:
    """F68."""
    store = await sqlite.open()
    await pragma(store, "query_only=ON")
    with pytest.raises(StoreUnavailable, match="read-only"):
        async with store.begin() as tx:
            await tx.intents.add(an_intent(1))
    async with store._connections.writer.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        await driver.execute("PRAGMA query_only=OFF")
    async with store.begin() as tx:
        await tx.intents.add(an_intent(1))


async def test_a_read_only_postgresql_refuses(postgres: Home) -> None:
    """F68, F75: what is left after a fail-over to a standby."""
    database = f'ALTER DATABASE "{urlsplit(postgres.url).path[1:]}"'
    await run_sql(postgres.url, f"{database} SET default_transaction_read_only = on")
    try:
        with pytest.raises(StoreUnavailable, match="read-only"):
            await postgres.open()
    finally:
        writable = "SET default_transaction_read_only = off"
        await run_sql(postgres.url, writable, f"{database} RESET default_transaction_read_only")


async def test_a_file_that_is_no_database_refuses(sqlite: Home) -> None:
    sqlite.path.write_bytes(b"garbage" * 1000)
    with pytest.raises(StoreUnavailable, match="no database"):
        await sqlite.open()
    assert sqlite.path.read_bytes() == b"garbage" * 1000


# --- locks and turns -----------------------------------------------------------------------------


async def test_a_foreign_lock_is_waited_for_and_then_refused(sqlite: Home) -> None:
    """F69: bounded, and over when the lock is."""
    store = await sqlite.open(patience=0.2)
    with closing(sqlite3.connect(sqlite.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked by another program"):
            async with store.begin() as tx:
                await tx.intents.add(an_intent(1))
        assert await count(store) == 0  # readers go on
    async with store.begin() as tx:
        await tx.intents.add(an_intent(1))


async def test_every_writing_transaction_takes_the_lock_at_its_beginning(sqlite: Home) -> None:
    """F70: no deferred transaction that could fail at its first write."""
    store = await sqlite.open()
    async with store.begin():
        other = sqlite3.connect(sqlite.path, isolation_level=None, timeout=0)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


async def test_the_writer_runs_with_the_safe_settings(sqlite: Home) -> None:
    """I56, I57: as promised in the design, read back from both kinds of connection."""
    store = await sqlite.open(patience=PATIENCE)

    async def settings(work: object, *names: str) -> list[object]:
        return [(await work.connection.exec_driver_sql(f"PRAGMA {name}")).scalar() for name in names]

    async with store.begin() as tx:
        names = (
            "journal_mode",
            "synchronous",
            "foreign_keys",
            "trusted_schema",
            "secure_delete",
            "busy_timeout",
        )
        assert await settings(tx.work, *names) == ["wal", 2, 1, 0, 1, 5000]
    async with store.read() as tx:
        assert await settings(tx.work, "query_only", "trusted_schema") == [1, 0]


async def test_writers_take_turns_in_the_order_they_came(sqlite: Home) -> None:
    store = await sqlite.open()
    order: list[int] = []

    async def write(number: int) -> None:
        async with store.begin():
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(write(number) for number in range(20)))
    assert order == list(range(20))


async def test_a_turn_that_does_not_come_is_refused(sqlite: Home) -> None:
    store = await sqlite.open(patience=0.05)

    async def late() -> None:
        async with store.begin():
            raise AssertionError

    async with store.begin() as tx:
        await tx.intents.add(an_intent(1))
        with pytest.raises(StoreUnavailable, match="turn"):
            await asyncio.create_task(late())
    assert await count(store) == 1


async def test_a_transaction_inside_another_one_is_a_bug(sqlite: Home) -> None:
    store = await sqlite.open()
    with pytest.raises(InvariantBroken):
        async with store.begin(), store.begin():
            pass
    async with store.begin() as tx:
        await tx.intents.add(an_intent(1))


# --- cancellation --------------------------------------------------------------------------------


async def test_a_cancelled_transaction_is_rolled_back_and_the_next_one_works(any_store: SqlStore) -> None:
    """Wherever the cancellation strikes: nothing or all of it is stored, and the store goes on."""

    async def write(number: int, reached: asyncio.Event) -> None:
        async with any_store.begin() as tx:
            reached.set()
            await tx.intents.add(an_intent(number))
            await tx.outbox.put(outgoing(f"d{number}"))
            await tx.audit(AuditEntry("U1", "order", str(number), "ok"))

    for number in range(40):
        reached = asyncio.Event()
        task = asyncio.create_task(write(number, reached))
        await reached.wait()
        for _ in range(number):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
    async with any_store.begin() as tx:
        await tx.intents.add(an_intent(1000))
    stored = await count(any_store) - 1
    async with any_store.read() as tx:
        assert await tx.outbox.depth() == stored
    assert (await any_store.audit_head()).seq == stored
    assert await any_store.verify_audit() is None


async def test_cancellations_never_cost_the_one_writing_connection(sqlite: Home) -> None:
    """I57: it is the same connection before and after; none is left behind in the middle of a statement."""
    store = await sqlite.open()

    async def connection() -> object:
        async with store.begin() as tx:
            return (await tx.work.connection.get_raw_connection()).driver_connection

    async def write(number: int) -> None:
        async with store.begin() as tx:
            await tx.intents.add(an_intent(number))
            await tx.audit(AuditEntry("U1", "order", str(number), "ok"))

    before = await connection()
    for number in range(40):
        task = asyncio.create_task(write(number))
        for _ in range(number):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
    assert await connection() is before


async def test_a_cancellation_before_the_turn_takes_nothing(sqlite: Home) -> None:
    store = await sqlite.open()

    async def write() -> None:
        async with store.begin() as tx:
            await tx.intents.add(an_intent(1))

    async with store.begin():
        task = asyncio.create_task(write())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
    assert await count(store) == 0
    async with store.begin() as tx:
        await tx.intents.add(an_intent(2))


async def test_cancelled_readers_leave_the_pool_whole(any_store: SqlStore) -> None:
    async def read() -> None:
        async with any_store.read() as tx:
            await tx.intents.in_states(list(IntentState))
            await asyncio.sleep(3600)

    for number in range(15):
        task = asyncio.create_task(read())
        for _ in range(number * 3):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
    async with asyncio.timeout(30):
        assert await count(any_store) == 0


# --- PostgreSQL: lost connections, races ---------------------------------------------------------


@asynccontextmanager
async def cutting_proxy(socket: str, word: bytes) -> AsyncIterator[tuple[int, Callable[[], None]]]:
    """Forwards to the server; once armed, passes on what holds `word` and cuts before the answer comes back."""
    armed = False

    def arm() -> None:
        nonlocal armed
        armed = True

    async def serve(client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        nonlocal armed
        server_in, server_out = await asyncio.open_unix_connection(socket)

        async def answers() -> None:
            while data := await server_in.read(65536):
                client_out.write(data)
            client_out.close()

        answering = asyncio.create_task(answers())
        try:
            while data := await client_in.read(65536):
                server_out.write(data)
                if armed and word in data:
                    armed = False
                    answering.cancel()
                    await asyncio.wait({answering})
                    await server_in.read(1)  # the server has done it
                    break
        finally:
            answering.cancel()
            server_out.close()
            client_out.close()

    proxy = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield proxy.sockets[0].getsockname()[1], arm
    finally:
        proxy.close()


def socket_of(url: str) -> str:
    return f"{parse_qs(urlsplit(url).query)['host'][0]}/.s.PGSQL.5432"


async def test_a_connection_lost_at_the_commit_is_never_success(postgres: Home) -> None:
    """F75, I61: the commit took place, its answer was lost: the caller hears that it is not proven."""
    async with cutting_proxy(socket_of(postgres.url), b"COMMIT") as (port, arm):
        through_proxy = f"postgres://postgres@127.0.0.1:{port}{urlsplit(postgres.url).path}?sslmode=disable"
        home = Home(through_proxy, postgres.state_dir, box=postgres.box)
        store = await home.open()
        with pytest.raises(StoreUnavailable, match="not proven"):  # noqa: PT012  the end of the block is what is tested
            async with store.begin() as tx:
                await tx.intents.add(an_intent(1))
                arm()
        assert await count(store) == 1  # it had been stored: claims are re-read by key, never repeated
        async with store.begin() as tx:
            await tx.intents.add(an_intent(2))
        await home.close()


async def test_a_connection_lost_in_a_transaction_stores_nothing(postgres: Home) -> None:
    """F75."""
    store = await postgres.open()
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    for at_commit in (False, True):
        with pytest.raises(StoreUnavailable):  # noqa: PT012  the end of the block is what is tested
            async with store.begin() as tx:
                await tx.intents.add(an_intent(1))
                await run_sql(postgres.url, kill)
                if not at_commit:
                    await tx.intents.add(an_intent(2))
        assert await count(store) == 0
    async with store.begin() as tx:
        await tx.intents.add(an_intent(1))


async def test_a_server_that_is_not_there_is_unavailable_and_shows_no_password(sqlite: Home) -> None:
    """I69."""
    sqlite.url = "postgresql://someone:canary-password@127.0.0.1:1/nowhere"
    with pytest.raises(StoreUnavailable) as caught:
        await sqlite.open()
    error: BaseException | None = caught.value
    while error is not None:
        assert "canary-password" not in f"{error} {error!r}"
        error = error.__cause__


async def test_a_deadlock_loses_the_race_and_changes_nothing(postgres: Home) -> None:
    """F76: the database step may be tried again; nothing of it was stored."""
    store = await postgres.open()
    one, two = an_intent(1), an_intent(2)
    async with store.begin() as tx:
        await tx.intents.add(one)
        await tx.intents.add(two)
    met = asyncio.Barrier(2)

    async def cross(first: object, second: object) -> None:
        async with store.begin() as tx:
            await tx.intents.save(moved(first, IntentState.DISCARDED))
            await met.wait()
            await tx.intents.save(moved(second, IntentState.DISCARDED))

    results = await asyncio.gather(cross(one, two), cross(two, one), return_exceptions=True)
    assert sorted(type(result) for result in results if result) == [Stale]
    async with store.read() as tx:
        assert {i.version for i in await tx.intents.in_states([IntentState.DISCARDED])} == {2}


async def test_a_claim_that_has_seen_no_halt_commits_before_it(postgres: Home) -> None:
    """I25: once the halt is committed, no claim that read "active" can still commit."""
    store = await postgres.open()
    events: list[str] = []

    async def halt() -> None:
        async with store.begin() as tx:
            await tx.halts.put(HaltRow("desk", "halted", "U1", "", NOON, 1))
        events.append("halted")

    async with store.begin() as tx:
        assert await tx.halts.get("desk") is None
        halting = asyncio.create_task(halt())
        while not await run_sql(postgres.url, "SELECT 1 FROM pg_locks WHERE NOT granted"):
            assert not halting.done()
        await tx.intents.add(an_intent(1))
        events.append("claimed")
    await halting
    assert events == ["claimed", "halted"]


# --- rows that cannot be read --------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "nonsense",
        "null",
        "[]",
        "{}",
        '{"$v":2,"$":"Intent"}',
        '{"$v":1,"$":"Rule"}',
        '{"$v":1,"$":"Intent"}',
        "[" * 100_000,
    ],
)
async def test_a_damaged_row_is_set_aside(sqlite: Home, damage: str) -> None:
    """F77, I66: counted, kept as it is, and the list goes on without it."""
    store = await sqlite.open()
    async with store.begin() as tx:
        await tx.intents.add(an_intent(1))
        await tx.intents.add(an_intent(2))
        await tx.work.write(intents.update().where(intents.c.id == "intent0001").values(data=damage))
    async with store.read() as tx:
        for _ in range(2):
            assert [i.id for i in await tx.intents.in_states([IntentState.PREVIEWED])] == ["intent0002"]
        with pytest.raises(Unreadable):
            await tx.intents.get("intent0001")
        kept = (await tx.work.read(sa.select(intents.c.data).where(intents.c.id == "intent0001"))).scalar()
    assert kept == damage
    assert store.unreadable_rows == {("intents", "intent0001")}


async def test_an_unknown_word_is_set_aside_on_both(any_store: SqlStore) -> None:
    """F77: a state that this program does not know."""
    async with any_store.begin() as tx:
        await tx.rules.add(a_rule(1))
        await tx.rules.add(a_rule(2))
        data = (await tx.work.read(sa.select(rules.c.data).where(rules.c.id == "rule1"))).scalar_one()
        foreign = data.replace('"armed"', '"dreaming"')
        assert foreign != data
        await tx.work.write(rules.update().where(rules.c.id == "rule1").values(data=foreign))
    async with any_store.read() as tx:
        assert [rule.id for rule in await tx.rules.live()] == ["rule2"]
    assert any_store.unreadable_rows == {("rules", "rule1")}


async def test_a_check_reads_every_row(any_store: SqlStore) -> None:
    """F77: what nobody has asked for yet is found too, behind many that are well."""
    async with any_store.begin() as tx:
        for number in range(501):
            await tx.outbox.put(outgoing(str(number)))
        await tx.intents.add(an_intent(1))
        await tx.work.write(outbox.update().where(outbox.c.id == 501).values(news="{}"))
        await tx.work.write(intents.update().values(data="{}"))
    assert await any_store.check_integrity() == ()
    assert any_store.unreadable_rows == {("outbox", "501"), ("intents", "intent0001")}


async def test_a_naive_time_is_a_bug_and_stores_nothing(any_store: SqlStore) -> None:
    with pytest.raises(InvariantBroken):
        async with any_store.begin() as tx:
            await tx.intents.add(an_intent(1, created_at=NOON.replace(tzinfo=None)))
    assert await count(any_store) == 0
