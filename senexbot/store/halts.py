"""The halt state: survives restarts; whoever reads it while claiming is done before it changes (I25)."""

from __future__ import annotations

import sqlalchemy as sa

from senexbot.domain.errors import Stale
from senexbot.ports import HaltRow, ResumeWish
from senexbot.store.tables import halts, resume_wishes
from senexbot.store.upserts import insert, inserted
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

    async def wish(self, scope: str) -> ResumeWish | None:
        statement = sa.select(resume_wishes).where(resume_wishes.c.scope == scope)
        row = (await self._work.read(statement)).first()
        return None if row is None else ResumeWish(row.scope, row.halt_version, row.state, row.by, row.at)

    async def put_wish(self, wish: ResumeWish) -> None:
        values = {"halt_version": wish.halt_version, "state": wish.state, "by": wish.by, "at": wish.at}
        statement = insert(self._work, resume_wishes).values(scope=wish.scope, **values)
        await self._work.write(
            statement.on_conflict_do_update(index_elements=[resume_wishes.c.scope], set_=values)
        )
