"""Versions of the policy, its changes, and what orders hold of the limits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from senexbot.domain.errors import Stale
from senexbot.domain.links import AccountRef
from senexbot.domain.policy.changes import ChangeState, PolicyChange
from senexbot.domain.policy.reservations import Reservation
from senexbot.domain.policy.rules import Policy
from senexbot.store.codec import decode, encode
from senexbot.store.tables import loss_trips, policies, policy_changes, reservations
from senexbot.store.upserts import insert, inserted
from senexbot.store.work import Work

GUARD = "policy"
OPEN = (ChangeState.PROPOSED.value, ChangeState.WAITING.value)


class SqlPolicies:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def current(self, *, changing: bool = False) -> Policy:
        """Raises Unreadable: limits that cannot be read are not taken for none."""
        await self._work.guard(GUARD, exclusive=changing)
        newest = sa.select(policies.c.data).order_by(policies.c.version.desc()).limit(1)
        data = (await self._work.read(newest)).scalar()
        return Policy() if data is None else decode(Policy, data)

    async def add(self, policy: Policy, *, by: str, why: str) -> None:
        await self._work.guard(GUARD, exclusive=True)
        if not await inserted(
            self._work,
            policies,
            version=policy.version,
            by=by,
            why=why,
            at=self._work.clock.now(),
            data=encode(policy),
        ):
            raise Stale("the policy has moved on")

    async def add_change(self, change: PolicyChange) -> None:
        await inserted(self._work, policy_changes, id=change.id, **_columns(change))

    async def change(self, change_id: str) -> PolicyChange | None:
        statement = sa.select(policy_changes.c.data).where(policy_changes.c.id == change_id)
        data = (await self._work.read(statement)).scalar()
        return None if data is None else decode(PolicyChange, data)

    async def save_change(self, change: PolicyChange) -> None:
        where = (policy_changes.c.id == change.id) & (policy_changes.c.version == change.version - 1)
        if not await self._work.changed(policy_changes.update().where(where).values(**_columns(change))):
            raise Stale("the change of the policy has moved on")

    async def open_changes(self) -> tuple[PolicyChange, ...]:
        table = policy_changes
        statement = sa.select(table.c.id, table.c.data).where(table.c.state.in_(OPEN))
        rows = await self._work.read(statement.order_by(table.c.at, table.c.id))
        return self._work.readable(table, rows, lambda r: r.id, lambda r: decode(PolicyChange, r.data))

    async def trip(self, scope: str, day: date) -> bool:
        return await inserted(
            self._work, loss_trips, scope=scope, day=day.isoformat(), at=self._work.clock.now()
        )

    async def tripped(self, scope: str, day: date) -> bool:
        here = (loss_trips.c.scope == scope) & (loss_trips.c.day == day.isoformat())
        return (await self._work.read(sa.select(loss_trips.c.day).where(here))).scalar() is not None


def _columns(change: PolicyChange) -> dict[str, Any]:
    return {
        "state": change.state.value,
        "version": change.version,
        "at": change.at,
        "due_at": change.due_at,
        "data": encode(change),
    }


class SqlReservations:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def around(
        self, account: AccountRef, owner: str, *, day: date, since: datetime
    ) -> tuple[Reservation, ...]:
        """Raises Unreadable: a limit is not counted without one that it holds."""
        table = reservations
        # Always in this order, so that two claims never wait for one another.
        await self._work.guard(
            f"reserve:account:{account.environment.value}:{account.number}", exclusive=True
        )
        await self._work.guard(f"reserve:user:{owner}", exclusive=True)
        mine = (table.c.environment == account.environment.value) & (table.c.account == account.number)
        counts = (
            table.c.is_open.in_([True]) | (table.c.day == day.isoformat()) | (table.c.changed_at >= since)
        )
        statement = sa.select(table.c.data).where(mine | (table.c.owner == owner), counts)
        rows = await self._work.read(statement.order_by(table.c.at, table.c.intent_id))
        return tuple(decode(Reservation, row.data) for row in rows)

    async def get(self, intent_id: str) -> Reservation | None:
        statement = sa.select(reservations.c.data).where(reservations.c.intent_id == intent_id)
        data = (await self._work.read(statement)).scalar()
        return None if data is None else decode(Reservation, data)

    async def put(self, reservation: Reservation) -> None:
        values = {
            "environment": reservation.environment.value,
            "account": reservation.account,
            "owner": reservation.owner,
            "day": reservation.day.isoformat(),
            "is_open": reservation.is_open,
            "at": reservation.at,
            "changed_at": reservation.changed_at or reservation.at,
            "data": encode(reservation),
        }
        new = insert(self._work, reservations).values(intent_id=reservation.intent_id, **values)
        await self._work.write(
            new.on_conflict_do_update(index_elements=[reservations.c.intent_id], set_=values)
        )
