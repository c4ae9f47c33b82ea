"""The store's rows about orders placed elsewhere whose owner is asked for a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from senexbot.domain.orders.external import ExternalOrder


class ExternalRows(Protocol):
    async def add(self, order: ExternalOrder) -> bool:
        """False when it is known already: somebody else was faster."""

    async def get(self, external_id: str) -> ExternalOrder | None: ...
    async def these(self, external_ids: Sequence[str]) -> tuple[ExternalOrder, ...]:
        """Those of them that are known, in no order."""

    async def save(self, order: ExternalOrder) -> None:
        """Compare-and-set on version - 1; else Stale."""
