"""Housekeeping beside the transactions: the write-ahead log, pruning, integrity, backups."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import AbstractAsyncContextManager, closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from senexbot.domain.alerting.firing import Firing
from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.approval.approvals import ApprovalRequest
from senexbot.domain.approval.mandates import Mandate, Use
from senexbot.domain.errors import StoreUnavailable
from senexbot.domain.halts.flatten_plan import FlattenPlan
from senexbot.domain.links import Link
from senexbot.domain.orders.intents import Intent
from senexbot.domain.policy.changes import PolicyChange
from senexbot.domain.policy.reservations import Reservation
from senexbot.domain.policy.rules import Policy
from senexbot.domain.risk.alerts import RiskAlert
from senexbot.domain.risk.watches import Watch
from senexbot.store.codec import decode_one_of
from senexbot.store.faults import words
from senexbot.store.finishing import to_the_end
from senexbot.store.outbox import KINDS, SENT, WAITING
from senexbot.store.tables import (
    approvals,
    firings,
    flatten_plans,
    handles,
    intents,
    links,
    mandate_uses,
    mandates,
    outbox,
    outbox_keys,
    policies,
    policy_changes,
    reservations,
    risk_alerts,
    risk_watches,
    rules,
    seen,
)
from senexbot.store.tx import SEEN_LASTS, SqlTx
from senexbot.store.work import Work

SENT_KEPT = timedelta(days=7)
HANDLES_KEPT = timedelta(days=30)
PAGE = 500
VALUES: tuple[tuple[sa.Table, sa.Column[str], tuple[type, ...]], ...] = (
    (links, links.c.data, (Link,)),
    (intents, intents.c.data, (Intent,)),
    (rules, rules.c.data, (AlertRule,)),
    (firings, firings.c.data, (Firing,)),
    (approvals, approvals.c.data, (ApprovalRequest,)),
    (flatten_plans, flatten_plans.c.data, (FlattenPlan,)),
    (mandates, mandates.c.data, (Mandate,)),
    (mandate_uses, mandate_uses.c.data, (Use,)),
    (outbox, outbox.c.news, KINDS),
    (policies, policies.c.data, (Policy,)),
    (policy_changes, policy_changes.c.data, (PolicyChange,)),
    (reservations, reservations.c.data, (Reservation,)),
    (risk_watches, risk_watches.c.data, (Watch,)),
    (risk_alerts, risk_alerts.c.data, (RiskAlert,)),
)


class Reading(Protocol):
    def read(self) -> AbstractAsyncContextManager[SqlTx]: ...


async def truncate_log(writer: AsyncEngine) -> bool:
    """Move the write-ahead log into the database and empty it, so that nothing erased stays there.

    False when a reader was in the way (it waits for none). The caller holds the writer's turn.
    """
    return await to_the_end(_truncate_log(writer))


async def _truncate_log(writer: AsyncEngine) -> bool:
    try:
        async with writer.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            (patience,) = await _pragma(raw, "busy_timeout")
            await _pragma(raw, "busy_timeout=0")
            try:
                busy, _, _ = await _pragma(raw, "wal_checkpoint(TRUNCATE)")
            finally:
                await _pragma(raw, f"busy_timeout={patience}")
            return not busy
    except (SQLAlchemyError, sqlite3.Error):
        return False


async def _pragma(raw: object, pragma: str) -> tuple[int, ...]:
    cursor = await raw.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]  # aiosqlite's connection
    row = await cursor.fetchone()
    await cursor.close()
    return tuple(row or ())


async def news_is_due(store: Reading) -> bool:
    """Something waits in the outbox that may be sent now."""
    async with store.read() as tx:
        now = tx.work.clock.now()
        free = outbox.c.claimed_until.is_(None) | (outbox.c.claimed_until <= now)
        due = sa.select(sa.exists().where(outbox.c.state == WAITING, outbox.c.not_before <= now, free))
        return bool((await tx.work.read(due)).scalar())


async def prune(work: Work) -> None:
    now = work.clock.now()
    await work.write(seen.delete().where(seen.c.at <= now - SEEN_LASTS))
    await work.write(outbox.delete().where(outbox.c.state == SENT, outbox.c.ended_at <= now - SENT_KEPT))
    await work.write(outbox_keys.delete().where(outbox_keys.c.at <= now - SENT_KEPT))
    await work.write(handles.delete().where(handles.c.expires_at <= now - HANDLES_KEPT))


async def read_everything(work: Work) -> None:
    """Decode each stored value once, page by page, so that what cannot be read is counted (F77)."""
    for table, column, kinds in VALUES:
        key = next(iter(table.primary_key))
        last = None
        while True:
            page = sa.select(key.label("key"), column.label("data")).order_by(key).limit(PAGE)
            rows = (await work.read(page if last is None else page.where(key > last))).all()
            work.readable(table, rows, lambda row: row.key, partial(_decoded, kinds))
            if len(rows) < PAGE:
                break
            last = rows[-1].key


def _decoded(kinds: tuple[type, ...], row: Any) -> Any:
    return decode_one_of(kinds, row.data)


async def integrity(work: Work) -> tuple[str, ...]:
    if work.on_postgresql:
        return ()
    found = [str(line) for line in (await work.read(sa.text("PRAGMA integrity_check"))).scalars()]
    orphans = (await work.read(sa.text("PRAGMA foreign_key_check"))).all()
    return tuple(line for line in found if line != "ok") + tuple(
        f"row {row.rowid} of {row.table} belongs to nothing" for row in orphans
    )


async def backup(source: Path, target: Path) -> None:
    try:
        await asyncio.to_thread(_backup, source, target)
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"no copy was made: {words(error)}") from error


def _backup(source: Path, target: Path) -> None:
    # for its owner only, and never over something that is there
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        with (
            closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing)
            found = writing.execute("PRAGMA integrity_check").fetchone()
            if found != ("ok",):
                raise sqlite3.DatabaseError("malformed copy")
    except BaseException:
        target.unlink()  # half a copy must not be taken for one
        raise
