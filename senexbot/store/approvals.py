"""Requests to approve, and their decisions: compare-and-set on the version, one decision a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from senexbot.domain.approval.approvals import ApprovalRequest, RequestState
from senexbot.domain.errors import Stale
from senexbot.store.codec import decode, encode
from senexbot.store.tables import approval_decisions, approvals
from senexbot.store.upserts import inserted
from senexbot.store.work import Work


class SqlApprovals:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, request: ApprovalRequest) -> None:
        if not await inserted(self._work, approvals, **_columns(request)):
            raise Stale("this order was asked to be approved already")

    async def get(self, request_id: str) -> ApprovalRequest | None:
        """Raises Unreadable when the row does not decode."""
        statement = sa.select(approvals.c.data).where(approvals.c.id == request_id)
        data = (await self._work.read(statement)).scalar()
        return None if data is None else decode(ApprovalRequest, data)

    async def save(self, request: ApprovalRequest) -> None:
        columns = _columns(request)
        statement = (
            approvals.update()
            .where(
                approvals.c.id == columns.pop("id"),
                approvals.c.version == request.version - 1,
                approvals.c.intent_id == columns.pop("intent_id"),
            )
            .values(**columns)
        )
        if not await self._work.changed(statement):
            raise Stale("the request has moved on")
        for decision in request.decisions:
            await inserted(
                self._work,
                approval_decisions,
                request_id=request.id,
                person=decision.person,
                choice=decision.choice.value,
                at=decision.at,
            )
        count = sa.select(sa.func.count()).where(approval_decisions.c.request_id == request.id)
        if (await self._work.read(count)).scalar_one() != len(request.decisions):
            raise Stale("somebody has decided on this already")

    async def open(self, team_id: str, now: datetime) -> tuple[ApprovalRequest, ...]:
        statement = (
            sa.select(approvals.c.id, approvals.c.data)
            .where(
                approvals.c.team_id == team_id,
                approvals.c.state == RequestState.OPEN.value,
                approvals.c.expires_at > now,
            )
            .order_by(approvals.c.expires_at, approvals.c.id)
        )
        return await self._readable(statement)

    async def due(self, now: datetime, limit: int) -> tuple[ApprovalRequest, ...]:
        over = (approvals.c.expires_at <= now) | (approvals.c.widen_at <= now)
        statement = (
            sa.select(approvals.c.id, approvals.c.data)
            .where(approvals.c.state == RequestState.OPEN.value, over)
            .order_by(approvals.c.expires_at, approvals.c.id)
            .limit(limit)
        )
        return await self._readable(statement)

    async def _readable(self, statement: sa.Select[tuple[str, str]]) -> tuple[ApprovalRequest, ...]:
        rows = await self._work.read(statement)
        return self._work.readable(
            approvals, rows, lambda row: row.id, lambda row: decode(ApprovalRequest, row.data)
        )


def _columns(request: ApprovalRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "intent_id": request.intent_id,
        "team_id": request.team_id,
        "state": request.state.value,
        "version": request.version,
        "expires_at": request.expires_at,
        "widen_at": request.widen_at,
        "data": encode(request),
    }
