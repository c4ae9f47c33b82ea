"""What became of one raised alert, and what is known of the place and the people it is told to."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from senexbot.domain.alerting.terms import Severity
from senexbot.domain.routing.quiet_hours import QuietHours
from senexbot.domain.routing.raised import Raised


class Outcome(enum.StrEnum):
    WAITING = "waiting"
    BUZZ = "buzz"  # a new message that buzzes somebody
    POST = "post"  # a new message in a room that buzzes nobody
    DIGEST = "digest"  # in one message with others
    SUMMARY = "summary"  # in the message that ends quiet hours
    HELD = "held"  # for a named reason


class Reason(enum.StrEnum):
    """Why an alert is not a message of its own, or not at the place its rule names."""

    SNOOZED = "snoozed"
    QUIET_HOURS = "quiet_hours"
    DUPLICATE = "duplicate"
    COOLDOWN = "cooldown"
    OWN_ACTION = "own_action"
    MERGED_INTO = "merged_into"  # a burst: it stands in one message with others
    RATE = "rate"  # its person was buzzed within the minute, or the place has had its posts
    AUDIENCE = "audience"  # the room may not, or cannot, be told: it goes to the owner


TOLD = frozenset({Outcome.BUZZ, Outcome.POST, Outcome.DIGEST, Outcome.SUMMARY})


@dataclass(frozen=True, slots=True)
class Entry:
    """`number`: people call it f1042. `place`: where it is told now. `ref`: the entry it repeats. `until`: when what
    holds it back ends. `channel`, `ts`: its message in Slack."""

    number: int
    alert: Raised
    place: str
    outcome: Outcome = Outcome.WAITING
    reason: Reason | None = None
    ref: int = 0
    until: datetime | None = None
    channel: str = ""
    ts: str = ""
    told_at: datetime | None = None
    acked_by: str = ""
    acked_at: datetime | None = None
    escalated_at: datetime | None = None
    moved_from: str = ""
    maybe_sent: bool = False

    @property
    def name(self) -> str:
        return f"f{self.number}"

    @property
    def is_open(self) -> bool:
        """Critical, and nobody has it yet."""
        return self.alert.is_critical and not self.acked_by and not self.alert.is_over


@dataclass(frozen=True, slots=True)
class Said:
    """What a place was told a short while ago, as far as a duplicate has to know."""

    group: str
    subject: str
    severity: Severity
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A room or a person's direct message. `posts`: when messages were posted here, of the present burst and of the
    last minute. `channel`, `ts`: the newest message, which takes what may not be one of its own. `owed`: critical
    ones that were put there without a buzz. `heard`: when its last few alerts came, which tells a storm."""

    id: str
    burst_since: datetime | None = None
    last_at: datetime | None = None
    posts: tuple[datetime, ...] = ()
    channel: str = ""
    ts: str = ""
    owed: int = 0
    said: tuple[Said, ...] = ()
    heard: tuple[datetime, ...] = ()

    @property
    def is_room(self) -> bool:
        return self.id[:1] in {"C", "G"}


@dataclass(frozen=True, slots=True)
class Person:
    """`zone`: the IANA name that the quiet hours are read in."""

    id: str
    quiet: QuietHours | None = None
    last_buzz: datetime | None = None
