"""The store's rows about risk: what is watched, the alerts, and the day's highest net liquidation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Protocol

from senexbot.domain.risk.alerts import RiskAlert
from senexbot.domain.risk.watches import Watch


class RiskRows(Protocol):
    async def watch(self, watch_id: str) -> Watch | None: ...
    async def watches(self) -> tuple[Watch, ...]:
        """All of everybody, also those with nothing on."""

    async def put_watch(self, watch: Watch) -> None:
        """Compare-and-set on version - 1 (0: new), else Stale."""

    async def add(self, alert: RiskAlert) -> bool:
        """False when its watch has an open one about the same already: an episode is told once."""

    async def get(self, alert_id: str) -> RiskAlert | None: ...
    async def save(self, alert: RiskAlert) -> None:
        """Compare-and-set on version - 1, else Stale."""

    async def open_of(self, watch_id: str) -> tuple[RiskAlert, ...]:
        """The oldest first."""

    async def open_watches(self) -> frozenset[str]:
        """The watches with an open alert."""

    async def peak(self, account: str) -> tuple[date, Decimal] | None:
        """The highest net liquidation of the last day on which one was noted. `account`: environment:number."""

    async def put_peak(self, account: str, day: date, peak: Decimal) -> None:
        """In the place of the one before."""
