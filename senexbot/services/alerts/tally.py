"""How many alerts went which way since this process started, by outcome and reason: for the metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from senexbot.domain.routing.entry import Entry, Outcome


class AlertTally:
    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, entries: Iterable[Entry]) -> None:
        """Each once, when it is told or held back; one that waits is counted later."""
        for entry in entries:
            if entry.outcome is not Outcome.WAITING:
                self._counts[entry.outcome.value, entry.reason.value if entry.reason else ""] += 1

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """By (outcome, reason); reason "" for a message of its own."""
        return dict(self._counts)
