"""The policy's rows, its changes, and what orders hold of the limits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from senexbot.domain.links import AccountRef
from senexbot.domain.policy.changes import PolicyChange
from senexbot.domain.policy.reservations import Reservation
from senexbot.domain.policy.rules import Policy


class PolicyRows(Protocol):
    async def current(self, *, changing: bool = False) -> Policy:
        """The newest version; that of a fresh desk when none was stored. Nobody changes it until this
        transaction ends; `changing`: nobody relies on it either, for this one will."""

    async def add(self, policy: Policy, *, by: str, why: str) -> None:
        """The next version; Stale when another was faster."""

    async def add_change(self, change: PolicyChange) -> None: ...
    async def change(self, change_id: str) -> PolicyChange | None: ...
    async def save_change(self, change: PolicyChange) -> None:
        """Compare-and-set on version - 1, else Stale."""

    async def open_changes(self) -> tuple[PolicyChange, ...]:
        """Proposed and waiting ones, oldest first."""

    async def trip(self, scope: str, day: date) -> bool:
        """The account's loss of this trading day has turned it to reducing; False when it had already."""

    async def tripped(self, scope: str, day: date) -> bool: ...


class ReservationRows(Protocol):
    async def around(
        self, account: AccountRef, owner: str, *, day: date, since: datetime
    ) -> tuple[Reservation, ...]:
        """Of the account, and of the person in any: those still open, those of the trading day, and those
        changed since. In a writing transaction nobody else reserves there until it ends (I23)."""

    async def get(self, intent_id: str) -> Reservation | None: ...
    async def put(self, reservation: Reservation) -> None:
        """Add it, or replace what this intent holds."""
