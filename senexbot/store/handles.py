"""What the random values on buttons point to (I30)."""

from __future__ import annotations

import sqlalchemy as sa

from senexbot.domain.errors import Stale
from senexbot.ports import Handle
from senexbot.store.tables import handles
from senexbot.store.upserts import prepared
from senexbot.store.work import Work

ISSUE = prepared(lambda insert: insert(handles).on_conflict_do_nothing().returning(handles.c.value))


class SqlHandles:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def issue(self, *issued: Handle) -> None:
        """Raises Stale when one of the values exists already."""
        if not issued:
            return
        now = self._work.clock.now()
        rows = [
            {
                "value": one.value,
                "kind": one.kind,
                "subject": one.subject,
                "version": one.version,
                "owner": one.owner,
                "expires_at": one.expires_at,
                "created_at": now,
            }
            for one in issued
        ]
        if len((await self._work.write(ISSUE(self._work), rows)).all()) < len(rows):
            raise Stale("this handle exists already")

    async def find(self, value: str) -> Handle | None:
        """Also an expired one: the caller says so to the person."""
        row = (await self._work.read(sa.select(handles).where(handles.c.value == value))).first()
        if row is None:
            return None
        return Handle(row.value, row.kind, row.subject, row.version, row.owner, row.expires_at)
