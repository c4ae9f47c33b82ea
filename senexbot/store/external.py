"""Orders placed elsewhere whose owner is asked for a reason: one row each, compare-and-set on the version."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from senexbot.domain.errors import Stale
from senexbot.domain.orders.external import ExternalOrder
from senexbot.store.codec import decode, encode
from senexbot.store.tables import external_orders
from senexbot.store.upserts import inserted
from senexbot.store.work import Work


class SqlExternals:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, order: ExternalOrder) -> bool:
        return await inserted(
            self._work, external_orders, id=order.id, version=order.version, data=encode(order)
        )

    async def get(self, external_id: str) -> ExternalOrder | None:
        """Raises Unreadable when the row does not decode."""
        statement = sa.select(external_orders.c.data).where(external_orders.c.id == external_id)
        data = (await self._work.read(statement)).scalar()
        return None if data is None else decode(ExternalOrder, data)

    async def these(self, external_ids: Sequence[str]) -> tuple[ExternalOrder, ...]:
        rows = await self._work.read(
            sa.select(external_orders.c.id, external_orders.c.data).where(
                external_orders.c.id.in_(external_ids)
            )
        )
        return self._work.readable(
            external_orders, rows, lambda row: row.id, lambda row: decode(ExternalOrder, row.data)
        )

    async def save(self, order: ExternalOrder) -> None:
        this = (external_orders.c.id == order.id) & (external_orders.c.version == order.version - 1)
        changed = external_orders.update().where(this).values(version=order.version, data=encode(order))
        if not await self._work.changed(changed):
            raise Stale("the record of this order has moved on")
