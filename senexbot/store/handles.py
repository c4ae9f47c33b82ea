"""What the random values on buttons point to (I30)."""

from __future__ import annotations

import sqlalchemy as sa

from senexbot.domain.errors import Stale
from senexbot.ports import Handle
from senexbot.store.tables import handles
from senexbot.store.upserts import inserted
from senexbot.store.work import Work


class SqlHandles:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def issue(self, handle: Handle) -> None:
        """Raises Stale when the value exists already."""
        if not await inserted(
            self._work,
            handles,
            value=handle.value,
            kind=handle.kind,
            subject=handle.subject,
            version=handle.version,
            owner=handle.owner,
            expires_at=handle.expires_at,
            created_at=self._work.clock.now(),
        ):
            raise Stale("this handle exists already")

    async def find(self, value: str) -> Handle | None:
        """Also an expired one: the caller says so to the person."""
        row = (await self._work.read(sa.select(handles).where(handles.c.value == value))).first()
        if row is None:
            return None
        return Handle(row.value, row.kind, row.subject, row.version, row.owner, row.expires_at)
