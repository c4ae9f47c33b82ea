"""INSERT … ON CONFLICT for both databases: SQLAlchemy spells it once per dialect, alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from senexbot.store.work import Work


def insert(work: Work, table: sa.Table) -> Any:
    """The dialect's INSERT, which knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if work.on_postgresql else sqlite.insert(table)


def prepared(make: Callable[[Any], Any]) -> Callable[[Work], Any]:
    """A statement of the hot path, built once for each dialect from its `insert`: SQLAlchemy then knows its key too."""
    on_sqlite, on_postgresql = make(sqlite.insert), make(postgresql.insert)
    return lambda work: on_postgresql if work.on_postgresql else on_sqlite


async def inserted(work: Work, table: sa.Table, **values: Any) -> bool:
    """Insert one row; False when any unique constraint has it already. Never fails the transaction."""
    statement = insert(work, table).values(**values).on_conflict_do_nothing()
    return bool((await work.write(statement)).rowcount)
