"""Plans to flatten an account: compare-and-set on the version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from senexbot.domain.errors import Stale
from senexbot.domain.halts.flatten_plan import FlattenPlan, PlanState
from senexbot.store.codec import decode, encode
from senexbot.store.tables import flatten_plans
from senexbot.store.upserts import inserted
from senexbot.store.work import Work


class SqlFlatten:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, plan: FlattenPlan) -> None:
        if not await inserted(self._work, flatten_plans, **_columns(plan)):
            raise Stale("this plan exists already")

    async def get(self, plan_id: str) -> FlattenPlan | None:
        """Raises Unreadable when the row does not decode."""
        statement = sa.select(flatten_plans.c.data).where(flatten_plans.c.id == plan_id)
        data = (await self._work.read(statement)).scalar()
        return None if data is None else decode(FlattenPlan, data)

    async def save(self, plan: FlattenPlan) -> None:
        columns = _columns(plan)
        this = flatten_plans.c.id == columns.pop("id")
        this &= flatten_plans.c.version == plan.version - 1
        if not await self._work.changed(flatten_plans.update().where(this).values(**columns)):
            raise Stale("the plan has moved on")

    async def running(self) -> tuple[FlattenPlan, ...]:
        return await self._in_state(PlanState.RUNNING)

    async def lapsing(self, now: datetime) -> tuple[FlattenPlan, ...]:
        return tuple(plan for plan in await self._in_state(PlanState.PLANNED) if plan.expires_at <= now)

    async def _in_state(self, state: PlanState) -> tuple[FlattenPlan, ...]:
        plans = flatten_plans.c
        statement = sa.select(plans.id, plans.data).where(plans.state == state.value)
        rows = await self._work.read(statement.order_by(plans.created_at, plans.id))
        return self._work.readable(
            flatten_plans, rows, lambda row: row.id, lambda row: decode(FlattenPlan, row.data)
        )


def _columns(plan: FlattenPlan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "team_id": plan.team_id,
        "owner": plan.owner,
        "state": plan.state.value,
        "version": plan.version,
        "created_at": plan.created_at,
        "data": encode(plan),
    }
