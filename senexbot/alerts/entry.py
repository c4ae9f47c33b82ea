"""One alert in memory, beside its row."""

from __future__ import annotations

from datetime import datetime

from senexbot.domain.alerting.book import Place
from senexbot.domain.alerting.memory import Memory
from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.alerting.terms import Source
from senexbot.ports.values import Key


class Entry:
    """`places`: at each of its sources, in the order in which they are named. `holds`: whether a part has to hold for
    a time. `due`: when it is to be looked at even if nothing changes. `since`: the serial number of the loading that
    brought it; what was cut from the feed before that is older than the alert. `plain`: the one source of the commonest
    condition (plain.py), the same object for all that look at it; None of others."""

    __slots__ = ("due", "holds", "memory", "places", "plain", "rule", "since")

    def __init__(self, rule: AlertRule, memory: Memory, holds: bool, since: int) -> None:
        self.rule = rule
        self.memory = memory
        self.holds = holds
        self.since = since
        self.places: tuple[Place[Key, Entry], ...] = ()
        self.plain: Source | None = None
        self.due: datetime | None = None
