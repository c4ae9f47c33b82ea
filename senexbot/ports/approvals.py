"""The store's rows about approvals: requests with their decisions, deputies, and who is asked first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from senexbot.domain.approval.approvals import ApprovalRequest
from senexbot.domain.approval.approvers import Deputy


class ApprovalRows(Protocol):
    async def add(self, request: ApprovalRequest) -> None:
        """Stale when this intent was asked to be approved already."""

    async def get(self, request_id: str) -> ApprovalRequest | None: ...
    async def save(self, request: ApprovalRequest) -> None:
        """Compare-and-set on version - 1, and one row for each person who has decided; else Stale."""

    async def open(self, team_id: str, now: datetime) -> tuple[ApprovalRequest, ...]:
        """Those still to be decided, the one that ends first first."""

    async def due(self, now: datetime, limit: int) -> tuple[ApprovalRequest, ...]:
        """Open ones whose time to decide, or to ask only the first of them, is over."""


class DeputyRows(Protocol):
    """Read in the transaction that relies on it; who changes one waits for that (I29)."""

    async def put(self, team_id: str, deputy: Deputy) -> None:
        """Also in the place of an earlier one of the same two persons."""

    async def remove(self, team_id: str, principal: str, deputy: str) -> bool: ...
    async def all(self, team_id: str, now: datetime) -> tuple[Deputy, ...]:
        """Those whose time is not over."""

    async def rota(self, team_id: str, weekday: str) -> tuple[str, ...]: ...
    async def set_rota(self, team_id: str, weekday: str, people: Sequence[str]) -> None: ...
