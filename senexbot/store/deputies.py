"""Who may decide in place of whom, and who is asked first; read in the transaction that relies on it (I29)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from senexbot.domain.approval.approvers import Deputy
from senexbot.store.tables import deputies, rota
from senexbot.store.upserts import insert
from senexbot.store.work import Work


class SqlDeputies:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def put(self, team_id: str, deputy: Deputy) -> None:
        await self._work.guard(f"deputies:{team_id}", exclusive=True)
        new = insert(self._work, deputies).values(
            team_id=team_id, principal=deputy.principal, deputy=deputy.deputy, until=deputy.until
        )
        keys = [deputies.c.team_id, deputies.c.principal, deputies.c.deputy]
        await self._work.write(new.on_conflict_do_update(index_elements=keys, set_={"until": deputy.until}))

    async def remove(self, team_id: str, principal: str, deputy: str) -> bool:
        await self._work.guard(f"deputies:{team_id}", exclusive=True)
        pair = (deputies.c.principal == principal) & (deputies.c.deputy == deputy)
        return await self._work.changed(deputies.delete().where(deputies.c.team_id == team_id, pair))

    async def all(self, team_id: str, now: datetime) -> tuple[Deputy, ...]:
        await self._work.guard(f"deputies:{team_id}")
        statement = (
            sa.select(deputies)
            .where(deputies.c.team_id == team_id, deputies.c.until > now)
            .order_by(deputies.c.principal, deputies.c.deputy)
        )
        rows = await self._work.read(statement)
        return tuple(Deputy(row.principal, row.deputy, row.until) for row in rows)

    async def rota(self, team_id: str, weekday: str) -> tuple[str, ...]:
        statement = (
            sa.select(rota.c.person)
            .where(rota.c.team_id == team_id, rota.c.weekday == weekday)
            .order_by(rota.c.position)
        )
        return tuple((await self._work.read(statement)).scalars())

    async def set_rota(self, team_id: str, weekday: str, people: Sequence[str]) -> None:
        await self._work.guard(f"rota:{team_id}:{weekday}", exclusive=True)
        await self._work.write(rota.delete().where(rota.c.team_id == team_id, rota.c.weekday == weekday))
        rows = [
            {"team_id": team_id, "weekday": weekday, "position": position, "person": person}
            for position, person in enumerate(people)
        ]
        if rows:
            await self._work.write(rota.insert(), rows)
