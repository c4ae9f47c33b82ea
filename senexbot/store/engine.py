"""SqlStore: ports.Store on SQLite (one process) or PostgreSQL (several)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from senexbot.domain.errors import InvariantBroken, StoreUnavailable
from senexbot.ports import Clock, OutboxRow, SecretBox, Store
from senexbot.store import audit, keys, schema, upkeep
from senexbot.store.opening import Connections, Generation, Opened, Opening, connect, parsed
from senexbot.store.transactions import in_one_go, transaction
from senexbot.store.tx import SqlTx
from senexbot.store.witness import Sighting
from senexbot.store.work import SetAside, Work

PATIENCE = 5.0  # seconds that a writer waits for its turn, and for a lock
POLL = 0.5  # seconds between looks for news that another process has put

T = TypeVar("T")


class SqlStore:
    """Made by `SqlStore.open`; has to be closed."""

    def __init__(
        self, connections: Connections, opened: Opened, *, clock: Clock, set_aside: SetAside, patience: float
    ) -> None:
        self._connections = connections
        self._opened = opened
        self._clock = clock
        self._set_aside = set_aside
        self._patience = patience
        self._turn = asyncio.Lock()  # first come, first served
        self._turn_of: asyncio.Task[object] | None = None
        self._news = asyncio.Event()
        self._scrubbing: asyncio.Task[None] | None = None
        self._closed = False
        self._hand: tuple[str, Callable[[OutboxRow], None]] | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        state_dir: Path,
        clock: Clock,
        build: str,
        box: SecretBox | None = None,
        readonly: bool = False,
        generation: Generation = "new",
        patience: float = PATIENCE,
    ) -> SqlStore:
        """Open, check and (SQLite) migrate the database; nothing is changed when a check fails.

        `box` is checked against what is sealed there, and unlocks the audit; without it, auditing fails.
        `generation`: "new" fences every earlier start; "build" only starts of another build (several
        processes of one deployment on PostgreSQL); "keep" fences nobody (command-line tools).
        Raises InUse, WrongKey, ConfigError (schema, URL), StoreUnavailable.
        """
        connections = connect(parsed(url), readonly=readonly, patience=patience)
        set_aside = SetAside()
        opening = Opening(connections, clock=clock, set_aside=set_aside)
        try:
            if readonly:
                opened = await opening.read_only(box)
            else:
                opened = await opening.for_writing(
                    state_dir=state_dir, build=build, box=box, generation=generation
                )
        except BaseException:
            await connections.dispose()
            raise
        return cls(connections, opened, clock=clock, set_aside=set_aside, patience=patience)

    async def close(self) -> None:
        """Waits for the writer's turn, tidies up and lets go of the lock. May be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._scrubbing is not None:
            self._scrubbing.cancel()
            with suppress(asyncio.CancelledError):
                await self._scrubbing
        with suppress(StoreUnavailable):
            async with self._writers_turn():
                await self._connections.reader.dispose()
                if self._connections.on_sqlite and self._connections.writer is not None:
                    await upkeep.truncate_log(self._connections.writer)
        await self._connections.dispose()
        if self._opened.witness is not None:
            self._opened.witness.close()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTx]:
        writer = self._connections.writer
        if self._closed or writer is None:
            raise StoreUnavailable(
                "the store is closed" if self._closed else "the store is open for reading only"
            )
        work: Work | None = None
        head: audit.AuditHead | None = None
        async with self._writers_turn():
            try:
                async with transaction(
                    writer, clock=self._clock, set_aside=self._set_aside, writing=True
                ) as work:
                    work.hand_owner = "" if self._hand is None else self._hand[0]
                    tx = self._tx(work)
                    yield tx
                    head = await tx.finish()
            finally:
                if work is not None and work.committed:
                    await self._after_commit(work, head)

    async def write(self, act: Callable[[SqlTx], Awaitable[T]]) -> T:
        writer = self._connections.writer
        if self._closed or writer is None or not self._connections.on_sqlite:
            async with self.begin() as tx:
                return await act(tx)
        work = self._whole(writer, writing=True)
        tx, head = self._tx(work), None

        async def acted() -> T:
            nonlocal head
            found = await act(tx)
            head = await tx.finish()
            return found

        async with self._writers_turn():
            work.hand_owner = "" if self._hand is None else self._hand[0]
            try:
                return await in_one_go(work, acted)
            finally:
                if work.committed:
                    await self._after_commit(work, head)

    async def look(self, act: Callable[[SqlTx], Awaitable[T]]) -> T:
        if self._closed or not self._connections.on_sqlite:
            async with self.read() as tx:
                return await act(tx)
        work = self._whole(self._connections.reader, writing=False)
        return await in_one_go(work, lambda: act(self._tx(work)))

    def _whole(self, engine: AsyncEngine, *, writing: bool) -> Work:
        return Work(
            engine.connect(), self._clock, self._set_aside, writing, on_postgresql=False, in_one_go=True
        )

    def _tx(self, work: Work) -> SqlTx:
        return SqlTx(work, generation=self._opened.generation, audit_key=self._opened.audit_key)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTx]:
        if self._closed:
            raise StoreUnavailable("the store is closed")
        async with transaction(
            self._connections.reader, clock=self._clock, set_aside=self._set_aside, writing=False
        ) as work:
            yield self._tx(work)

    def hand_to(self, owner: str, take: Callable[[OutboxRow], None] | None) -> None:
        self._hand = None if take is None else (owner, take)

    async def outbox_ready(self, seconds: float) -> None:
        """May return early without news. On PostgreSQL another process's news is seen within 0.5 s."""
        deadline = self._clock.monotonic() + seconds
        while not self._news.is_set():
            left = deadline - self._clock.monotonic()
            if left <= 0:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(left if self._connections.on_sqlite else min(left, POLL)):
                    await self._news.wait()
            if not self._connections.on_sqlite and await upkeep.news_is_due(self):
                break
        self._news.clear()

    # --- what the contract does not name ---------------------------------------------------------

    @property
    def generation(self) -> int | None:
        """The deployment generation this start took; None for a reader."""
        return self._opened.generation

    @property
    def opened_older_copy(self) -> bool:
        """The database knew less than its witness, so opening it has halted the desk (I62).

        `older_copy_reason` says why, in words; lifting the halt is a person's business.
        """
        return bool(self._opened.older_copy)

    @property
    def older_copy_reason(self) -> str:
        return self._opened.older_copy

    @property
    def unreadable_rows(self) -> frozenset[tuple[str, str]]:
        """(table, id) of each row that was set aside since the start (F77)."""
        return self._set_aside.rows

    @property
    def path(self) -> Path | None:
        """The SQLite file."""
        return self._connections.path

    async def check_keys(self, box: SecretBox) -> None:
        """Raises WrongKey when a sealed record does not open with these keys; changes nothing."""
        async with self.read() as tx:
            await keys.check(tx, box)

    async def key_uses(self) -> Mapping[str, int]:
        """Sealed records by key id: an old key may be removed when it is not among them."""
        async with self.read() as tx:
            return await keys.uses(tx.work)

    async def audit_head(self) -> audit.AuditHead:
        """The end of the chain, for publishing outside the database."""
        async with self.read() as tx:
            return await audit.head(tx.work)

    async def verify_audit(self, *published: audit.AuditHead) -> audit.AuditFault | None:
        """The first entry that does not fit the chain or a published head; None when all is well."""
        async with self.read() as tx:
            return await audit.first_fault(tx.work, self._opened.audit_key, published)

    async def export_audit(self, *, subject: str | None = None) -> AsyncIterator[audit.AuditRecord]:
        """Oldest first; `audit.csv_text` makes it safe for spreadsheets."""
        async with self.read() as tx:
            async for record in audit.records(tx.work, subject=subject):
                yield record

    async def prune(self) -> None:
        """Forget what has served: keys seen 24 h ago, messages sent a week ago, handles dead for a month."""
        async with self.begin() as tx:
            await upkeep.prune(tx.work)

    async def check_integrity(self) -> tuple[str, ...]:
        """What the database itself finds wrong; empty when nothing (SQLite only).

        Reads every stored value too: what does not decode is in `unreadable_rows` afterwards.
        """
        async with self.read() as tx:
            await upkeep.read_everything(tx.work)
            return await upkeep.integrity(tx.work)

    async def backup(self, target: Path) -> None:
        """A consistent copy of the SQLite file while it is written to. Raises StoreUnavailable."""
        if self._connections.path is None:
            raise StoreUnavailable("back PostgreSQL up with its own tools (pg_dump)")
        await upkeep.backup(self._connections.path, target)

    # --- inside ----------------------------------------------------------------------------------

    @asynccontextmanager
    async def _writers_turn(self) -> AsyncIterator[None]:
        if not self._connections.on_sqlite:
            yield
            return
        task = asyncio.current_task()
        if self._turn_of is task:
            raise InvariantBroken("a writing transaction was begun inside another one")
        try:
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreUnavailable("nothing was stored: the writer's turn did not come in time") from None
        self._turn_of = task
        try:
            yield
        finally:
            self._turn_of = None
            self._turn.release()

    async def _after_commit(self, work: Work, head: audit.AuditHead | None) -> None:
        if work.put_news:
            self._news.set()
        if self._hand is not None:  # else their claims lapse, as of a relay that has died
            for row in work.handed:
                self._hand[1](row)
        if head is not None and self._opened.witness is not None and self._opened.generation is not None:
            with suppress(OSError):  # a lower bound may lag behind
                self._opened.witness.note(Sighting(self._opened.generation, head))
        writer = self._connections.writer
        if not (work.erased and self._connections.on_sqlite and writer is not None):
            return
        if not await upkeep.truncate_log(writer) and self._scrubbing is None:
            self._scrubbing = asyncio.create_task(self._scrub(), name="store-scrub")

    async def _scrub(self) -> None:
        """A reader was in the way of emptying the log of an erased secret: try again until it is done."""
        writer = self._connections.writer
        assert writer is not None
        try:
            done = False
            while not done:
                await asyncio.sleep(POLL)
                with suppress(StoreUnavailable):
                    async with self._writers_turn():
                        done = await upkeep.truncate_log(writer)
        finally:
            self._scrubbing = None


async def upgrade(url: str, *, patience: float = PATIENCE) -> str:
    """Bring a database's schema to the newest (`senexbot db upgrade`); the revision it has then.

    Raises InUse while a bot runs on an SQLite file, ConfigError when the schema is newer.
    """
    connections = connect(parsed(url), readonly=False, patience=patience)
    writer = connections.writer
    assert writer is not None
    try:
        return await schema.upgrade_in_one(writer)
    finally:
        await connections.dispose()


if TYPE_CHECKING:

    def _fits_the_port(store: SqlStore) -> Store:
        return store
