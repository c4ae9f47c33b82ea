"""Mandates and their uses: compare-and-set on the version, and the day's uses counted under the mandate's guard."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from senexbot.domain.approval.approvals import RequestState
from senexbot.domain.approval.mandates import Mandate, Use
from senexbot.domain.errors import Stale
from senexbot.domain.links import AccountRef
from senexbot.store.codec import decode, encode
from senexbot.store.tables import mandate_uses, mandates
from senexbot.store.upserts import insert, inserted
from senexbot.store.work import Work

_OPEN = mandates.c.state == RequestState.OPEN.value
_GRANTED = mandates.c.is_granted.in_([True])


class SqlMandates:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, mandate: Mandate) -> None:
        if not await inserted(self._work, mandates, **_columns(mandate)):
            raise Stale("this mandate is there already")

    async def get(self, mandate_id: str) -> Mandate | None:
        """Raises Unreadable: what cannot be read covers nothing."""
        await self._work.guard(f"mandate:{mandate_id}", exclusive=True)
        statement = sa.select(mandates.c.data).where(mandates.c.id == mandate_id)
        data = (await self._work.read(statement)).scalar()
        return None if data is None else decode(Mandate, data)

    async def save(self, mandate: Mandate) -> None:
        columns = _columns(mandate)
        where = (mandates.c.id == columns.pop("id")) & (mandates.c.version == mandate.version - 1)
        if not await self._work.changed(mandates.update().where(where).values(**columns)):
            raise Stale("the mandate has moved on")

    async def granted_to(self, team_id: str, holder: str, account: AccountRef) -> tuple[Mandate, ...]:
        theirs = (mandates.c.team_id == team_id) & (mandates.c.holder == holder)
        here = (mandates.c.environment == account.environment.value) & (mandates.c.account == account.number)
        return await self._all(theirs & here & _GRANTED)

    async def standing(self, team_id: str) -> tuple[Mandate, ...]:
        return await self._all((mandates.c.team_id == team_id) & (_OPEN | _GRANTED))

    async def granted(self) -> tuple[Mandate, ...]:
        return await self._all(_GRANTED)

    async def due(self, now: datetime, limit: int) -> tuple[Mandate, ...]:
        undecided = _OPEN & ((mandates.c.expires_at <= now) | (mandates.c.widen_at <= now))
        return await self._all(undecided | (_GRANTED & (mandates.c.ends_at <= now)), limit)

    async def put_use(self, use: Use) -> None:
        values = {"mandate_id": use.mandate_id, "day": use.day.isoformat(), "data": encode(use)}
        new = insert(self._work, mandate_uses).values(intent_id=use.intent_id, **values)
        await self._work.write(
            new.on_conflict_do_update(index_elements=[mandate_uses.c.intent_id], set_=values)
        )

    async def use_of(self, intent_id: str) -> Use | None:
        statement = sa.select(mandate_uses.c.data).where(mandate_uses.c.intent_id == intent_id)
        data = (await self._work.read(statement)).scalar()
        return None if data is None else decode(Use, data)

    async def uses(self, mandate_id: str, day: date) -> tuple[Use, ...]:
        """Raises Unreadable: a limit is not counted without one of its uses."""
        table = mandate_uses
        of_day = (table.c.mandate_id == mandate_id) & (table.c.day == day.isoformat())
        rows = await self._work.read(sa.select(table.c.data).where(of_day).order_by(table.c.intent_id))
        return tuple(decode(Use, row.data) for row in rows)

    async def _all(self, where: sa.ColumnElement[bool], limit: int | None = None) -> tuple[Mandate, ...]:
        statement = (
            sa.select(mandates.c.id, mandates.c.data).where(where).order_by(mandates.c.id).limit(limit)
        )
        rows = await self._work.read(statement)
        return self._work.readable(mandates, rows, lambda r: r.id, lambda r: decode(Mandate, r.data))


def _columns(mandate: Mandate) -> dict[str, Any]:
    return {
        "id": mandate.id,
        "team_id": mandate.team_id,
        "holder": mandate.requester,
        "environment": mandate.environment.value,
        "account": mandate.account,
        "state": mandate.state.value,
        "version": mandate.version,
        "is_granted": mandate.is_granted,
        "expires_at": mandate.expires_at,
        "widen_at": mandate.widen_at,
        "ends_at": mandate.ends_at,
        "data": encode(mandate),
    }
