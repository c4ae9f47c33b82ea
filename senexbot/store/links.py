"""Links and their sealed grants. A grant's row goes with its link and leaves no bytes behind (I37)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from senexbot.domain.errors import NotFound, Stale
from senexbot.domain.links import Link
from senexbot.ports import Sealed
from senexbot.store.codec import decode, encode
from senexbot.store.tables import grants, links
from senexbot.store.upserts import inserted
from senexbot.store.work import Work

ALL = sa.select(links.c.id, links.c.data).order_by(links.c.created_at, links.c.id)
OF_USER = ALL.where(links.c.team_id == sa.bindparam("team"), links.c.user_id == sa.bindparam("user"))


class SqlLinks:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, link: Link, sealed: Sealed) -> None:
        """Raises Stale when a link of this id exists."""
        if not await inserted(
            self._work,
            links,
            id=link.id,
            team_id=link.team_id,
            user_id=link.user_id,
            created_at=link.created_at,
            data=encode(link),
        ):
            raise Stale("this link exists already")
        await self._work.write(
            grants.insert().values(
                link_id=link.id, key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext
            )
        )

    async def get(self, link_id: str) -> Link | None:
        """In a writing transaction the link stays as it is until the end of it. Raises Unreadable."""
        statement = sa.select(links.c.data).where(links.c.id == link_id)
        if self._work.writing:
            statement = statement.with_for_update(read=True)
        data = (await self._work.read(statement)).scalar()
        return None if data is None else decode(Link, data)

    async def of_user(self, team_id: str, user_id: str) -> tuple[Link, ...]:
        return self._read(await self._work.read(OF_USER, {"team": team_id, "user": user_id}))

    async def all(self) -> tuple[Link, ...]:
        return self._read(await self._work.read(ALL))

    async def sealed(self, link_id: str) -> Sealed | None:
        row = (await self._work.read(sa.select(grants).where(grants.c.link_id == link_id))).first()
        return None if row is None else Sealed(row.key_id, row.nonce, row.ciphertext)

    async def reseal(self, link_id: str, old: Sealed, new: Sealed) -> bool:
        """Compare-and-set of a sealed grant; False when it is another one by now, or gone."""
        statement = (
            grants.update()
            .where(grants.c.link_id == link_id, grants.c.key_id == old.key_id, grants.c.nonce == old.nonce)
            .values(key_id=new.key_id, nonce=new.nonce, ciphertext=new.ciphertext)
        )
        self._work.erased = True
        return await self._work.changed(statement)

    async def sealed_otherwise(self, key_id: str, after: str, limit: int) -> tuple[str, ...]:
        """Ids of links, from `after` on, whose grant is not sealed under `key_id`."""
        statement = (
            sa.select(grants.c.link_id)
            .where(grants.c.key_id != key_id, grants.c.link_id > after)
            .order_by(grants.c.link_id)
            .limit(limit)
        )
        return tuple((await self._work.read(statement)).scalars())

    async def set_default(self, link_id: str, account: str) -> None:
        """Raises NotFound when the link is gone."""
        await self._replace(link_id, default_account=account)

    async def set_broken(self, link_id: str, why: str) -> None:
        """Raises NotFound when the link is gone."""
        await self._replace(link_id, broken=why)

    async def erase(self, link_id: str) -> None:
        await self._work.write(grants.delete().where(grants.c.link_id == link_id))
        await self._work.write(links.delete().where(links.c.id == link_id))
        self._work.erased = True

    async def _replace(self, link_id: str, **changes: Any) -> None:
        statement = sa.select(links.c.data).where(links.c.id == link_id).with_for_update()
        data = (await self._work.read(statement)).scalar()
        if data is None:
            raise NotFound("the link is gone")
        changed = encode(replace(decode(Link, data), **changes))
        await self._work.write(links.update().where(links.c.id == link_id).values(data=changed))

    def _read(self, rows: Iterable[Any]) -> tuple[Link, ...]:
        return self._work.readable(links, rows, lambda row: row.id, lambda row: decode(Link, row.data))
