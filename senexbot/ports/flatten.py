"""The store's rows about plans to flatten an account."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from senexbot.domain.halts.flatten_plan import FlattenPlan


class FlattenRows(Protocol):
    async def add(self, plan: FlattenPlan) -> None:
        """Stale when this id exists already."""

    async def get(self, plan_id: str) -> FlattenPlan | None: ...
    async def save(self, plan: FlattenPlan) -> None:
        """Compare-and-set on version - 1, else Stale."""

    async def running(self) -> tuple[FlattenPlan, ...]:
        """Oldest first."""

    async def lapsing(self, now: datetime) -> tuple[FlattenPlan, ...]:
        """Planned ones whose time to be confirmed is over."""
