"""Raised alerts and what became of each, the places and people they are told to. Protocols, and the values they exchange."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from senexbot.domain.alerting.firing import Firing
from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.routing.digest import InMessage
from senexbot.domain.routing.entry import Entry, Person, Place
from senexbot.domain.routing.escalation import Escalation
from senexbot.domain.routing.planning import Snooze
from senexbot.domain.routing.quiet_hours import QuietHours
from senexbot.domain.routing.raised import Raised


@dataclass(frozen=True, slots=True)
class Look:
    """`due`: as AlertRows.due; `people`: whom these concern; `snoozed`: by subject, what is snoozed now."""

    place: Place
    due: tuple[Entry, ...]
    people: Mapping[str, Person]
    snoozed: Mapping[str, Snooze]


class AlertRows(Protocol):
    async def add(self, alerts: Sequence[Raised]) -> frozenset[str]:
        """Those that were not known yet, which wait now; by id."""

    async def look(self, place: str, now: datetime, limit: int) -> Look:
        """All that planning needs, in one moment (and, while something is due, in one statement)."""

    async def due(self, place: str, now: datetime, limit: int) -> tuple[Entry, ...]:
        """Not told and not held back, or held back for quiet hours that are over at `now`; oldest first."""

    async def numbered(self, numbers: Sequence[int]) -> tuple[Entry, ...]: ...
    async def save(self, entries: Sequence[Entry]) -> None:
        """What became of them; the alerts themselves do not change."""

    async def change(self, entry: Entry) -> None:
        """The alert itself too: its news have changed."""

    async def find(self, number: int) -> Entry | None: ...
    async def by_id(self, alert_id: str) -> Entry | None: ...
    async def in_message(self, channel: str, ts: str, top: int) -> InMessage | None: ...
    async def page(self, channel: str, ts: str, offset: int, limit: int) -> tuple[Entry, ...]:
        """Of one message, the most urgent first."""

    async def open_critical(self, channel: str, ts: str) -> tuple[Entry, ...]:
        """Of one message, those that nobody has yet."""

    async def of_person(self, team_id: str, person: str, limit: int) -> tuple[Entry, ...]:
        """Owned by them or told to them, newest first."""

    async def of_subject(self, subject: str, limit: int) -> tuple[Entry, ...]:
        """Newest first."""

    async def quieted(self, place: str) -> tuple[Entry, ...]:
        """Held back for quiet hours, over or not."""

    async def moved_message(self, channel: str, ts: str, to: str) -> None:
        """What stood in one message stands in another of the same channel now."""

    async def place_of(self, place: str) -> Place: ...
    async def put_place(self, place: Place) -> None: ...
    async def people(self, ids: Collection[str]) -> Mapping[str, Person]:
        """Those of whom something is known."""

    async def set_quiet(self, person: str, quiet: QuietHours | None) -> None: ...
    async def buzzed(self, people: Collection[str], at: datetime) -> None: ...
    async def snooze(self, subject: str, snooze: Snooze) -> None: ...
    async def desk_escalation(self, team_id: str) -> Escalation | None:
        """What this workspace has said; None: nothing, so that the usual holds."""

    async def set_desk_escalation(self, team_id: str, escalation: Escalation | None) -> None: ...


class FiringRows(Protocol):
    async def store(self, fired: Sequence[tuple[AlertRule, Firing]]) -> frozenset[str]:
        """Each rule as it is after its firing, and the record of it, in a few statements for any number.

        The ids of the firings that were stored: a rule of which another version is stored by now is left out with
        its firing (I40, I46).
        """
