"""The halt state: survives restarts; whoever reads it while claiming is done before it changes (I25)."""

from __future__ import annotations

import sqlalchemy as sa

from senexbot.domain.errors import Stale
from senexbot.ports import HaltRow
from senexbot.store.tables import halts
from senexbot.store.upserts import inserted
from senexbot.store.work import Work


class SqlHalts:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def get(self, scope: str, *, changing: bool = False) -> HaltRow | None:
        await self._work.guard(f"halt:{scope}", exclusive=changing)
        row = (await self._work.read(sa.select(halts).where(halts.c.scope == scope))).first()
        if row is None:
            return None
        return HaltRow(row.scope, row.state, row.by, row.reason, row.since, row.version)

    async def all(self) -> tuple[HaltRow, ...]:
        rows = await self._work.read(sa.select(halts).order_by(halts.c.scope))
        found = [HaltRow(r.scope, r.state, r.by, r.reason, r.since, r.version) for r in rows]
        return tuple(sorted(found, key=lambda row: (row.scope != "desk", row.scope)))

    async def put(self, row: HaltRow) -> None:
        await self._work.guard(f"halt:{row.scope}", exclusive=True)
        values = {"state": row.state, "by": row.by, "reason": row.reason, "since": row.since}
        where = (halts.c.scope == row.scope) & (halts.c.version == row.version - 1)
        if await self._work.changed(halts.update().where(where).values(version=row.version, **values)):
            return
        if row.version <= 1 and await inserted(
            self._work, halts, scope=row.scope, version=row.version, **values
        ):
            return
        raise Stale("the halt state has moved on")
