"""What one message holds, counted: how many alerts, which, how bad, from when to when (I45)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from senexbot.domain.alerting.terms import Severity
from senexbot.domain.routing.entry import Entry
from senexbot.domain.routing.raised import rank


@dataclass(frozen=True, slots=True)
class InMessage:
    """`top`: the most urgent ones; `symbols`: how many of each, the most first; `open_critical`: how many nobody has
    yet; `acked_by`: who has the critical ones, "" while one of them is open."""

    count: int
    severities: Mapping[Severity, int]
    symbols: tuple[tuple[str, int], ...]
    accounts: int
    first: datetime
    last: datetime
    top: tuple[Entry, ...]
    open_critical: int
    acked_by: str = ""
    acked_at: datetime | None = None

    @property
    def critical(self) -> int:
        return self.severities.get(Severity.CRITICAL, 0)


def gathered(entries: Sequence[Entry], top: int) -> InMessage:
    """Of at least one alert that is to be told."""
    alerts = [entry.alert for entry in entries]
    symbols = Counter(alert.symbol for alert in alerts)
    return InMessage(
        count=len(entries),
        severities=Counter(alert.severity for alert in alerts),
        symbols=tuple(sorted(symbols.items(), key=lambda item: (-item[1], item[0]))),
        accounts=len({alert.account for alert in alerts if alert.account}),
        first=min(alert.at for alert in alerts),
        last=max(alert.at for alert in alerts),
        top=tuple(sorted(entries, key=lambda entry: rank(entry.alert))[:top]),
        open_critical=sum(entry.is_open for entry in entries),
    )
