"""Leases with epochs: who runs a stream or the relay. Orders never depend on one (I60)."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from senexbot.domain.errors import Fenced
from senexbot.ports import Lease
from senexbot.store.tables import leases
from senexbot.store.upserts import insert
from senexbot.store.work import Work

HELD = sa.select(leases.c.epoch).where(
    leases.c.name == sa.bindparam("of"),
    leases.c.owner == sa.bindparam("by"),
    leases.c.epoch == sa.bindparam("since"),
)
HELD_UNTIL_THE_END = HELD.with_for_update(read=True)


class SqlLeases:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def take(self, name: str, owner: str, *, seconds: float, now: datetime) -> Lease | None:
        until = now + timedelta(seconds=seconds)
        implausible = now + 4 * timedelta(seconds=seconds)  # of a clock that had jumped ahead (I67)
        new = insert(self._work, leases).values(name=name, owner=owner, epoch=1, until=until)
        statement = new.on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={"owner": owner, "epoch": leases.c.epoch + 1, "until": until},
            where=(leases.c.until <= now) | (leases.c.until > implausible) | (leases.c.owner == owner),
        ).returning(leases.c.epoch)
        epoch = (await self._work.write(statement)).scalar()
        return None if epoch is None else Lease(name, owner, epoch, until)

    async def renew(self, lease: Lease, *, seconds: float, now: datetime) -> Lease | None:
        """None when it was lost; one that lapsed and that nobody took is still ours."""
        until = now + timedelta(seconds=seconds)
        if not await self._work.changed(leases.update().where(_held(lease)).values(until=until)):
            return None
        return Lease(lease.name, lease.owner, lease.epoch, until)

    async def check(self, lease: Lease) -> None:
        """In a writing transaction nobody takes the lease over before it ends."""
        statement = HELD_UNTIL_THE_END if self._work.writing else HELD
        values = {"of": lease.name, "by": lease.owner, "since": lease.epoch}
        if (await self._work.read(statement, values)).scalar() is None:
            raise Fenced(f"the lease {lease.name} has another holder")

    async def release(self, lease: Lease) -> None:
        """Free for anybody at once; the epoch stays, so that it never repeats."""
        lapsed = leases.update().where(_held(lease))
        await self._work.write(
            lapsed.values(owner="", until=datetime.fromtimestamp(0, tz=lease.until.tzinfo))
        )

    async def until(self, name: str) -> datetime | None:
        statement = sa.select(leases.c.until).where(leases.c.name == name)
        found: datetime | None = (await self._work.read(statement)).scalar()
        return found


def _held(lease: Lease) -> sa.ColumnElement[bool]:
    return (leases.c.name == lease.name) & (leases.c.owner == lease.owner) & (leases.c.epoch == lease.epoch)
