"""The store's rows about mandates, and what orders used of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from senexbot.domain.approval.mandates import Mandate, Use
from senexbot.domain.links import AccountRef


class MandateRows(Protocol):
    """In a writing transaction `get` and `of_account` hold what they name until it ends: nobody else uses, ends
    or revokes it meanwhile. Asked last in a transaction, behind roles, halts and reservations, always in that order."""

    async def add(self, mandate: Mandate) -> None: ...
    async def get(self, mandate_id: str) -> Mandate | None: ...
    async def save(self, mandate: Mandate) -> None:
        """Compare-and-set on version - 1, else Stale."""

    async def granted_to(self, team_id: str, holder: str, account: AccountRef) -> tuple[Mandate, ...]:
        """Those of this person in this account that are granted and not closed, the oldest first."""

    async def standing(self, team_id: str) -> tuple[Mandate, ...]:
        """Asked and undecided, or granted and not closed; of everybody, the oldest first."""

    async def due(self, now: datetime, limit: int) -> tuple[Mandate, ...]:
        """Open ones to be decided or widened by now, and granted ones whose end has come."""

    async def granted(self) -> tuple[Mandate, ...]:
        """All that are granted and not closed."""

    async def put_use(self, use: Use) -> None:
        """Add it, or replace what this order has used."""

    async def use_of(self, intent_id: str) -> Use | None: ...
    async def uses(self, mandate_id: str, day: date) -> tuple[Use, ...]: ...
