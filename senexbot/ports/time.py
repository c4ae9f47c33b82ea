"""The clock and randomness. Protocols, and the values they exchange."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from senexbot.domain.links import Environment


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall clock, aware UTC: what is shown and stored."""

    def not_before(self) -> datetime:
        """Wall clock that never runs behind the monotonic one: expiries use it, so that a jump of the
        wall clock can shorten a confirmation and never extend it (I67)."""

    def monotonic(self) -> float:
        """Seconds that never jump: time-outs, watchdogs, leases."""

    async def sleep(self, seconds: float) -> None: ...


class Ids(Protocol):
    def row(self) -> str:
        """A new id for a row: 26 characters, sorts by time."""

    def handle(self) -> str:
        """128 random bits for a button, URL-safe."""

    def identifier(self, environment: Environment) -> str:
        """A new external identifier: `sx1-` + environment letter + `-` + 26 characters."""
