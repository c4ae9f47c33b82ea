"""What has to be told: typed facts that travel through the outbox and are rendered at the last moment."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


class Buzz(enum.StrEnum):
    """Events that make a new short line (design decision 6). All else edits the card in silence."""

    FILLED = "filled"
    PART_FILLED_END = "part_filled_end"  # cancelled or expired with fills
    REFUSED = "refused"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    NEEDS_PERSON = "needs_person"
    FOUND = "found"  # an unknown one was found at the broker
    FOUND_LATE = "found_late"  # after it was presumed not placed
    PRESUMED_NOT_PLACED = "presumed_not_placed"
    NOT_SENT = "not_sent"
    EXIT_FILLED = "exit_filled"  # a child of a complex order
    EXIT_PART_FILLED_END = "exit_part_filled_end"
    EXIT_REJECTED = "exit_rejected"
    APPROVED = "approved"
    DECLINED = "declined"
    HELD = "held"  # approved, and not sent: outside of what was approved, or the desk said no
    QUESTION = "question"  # one who is asked to approve asks back
    MOVE_FAILED = "move_failed"  # the price of a working order was not moved
    MOVE_UNKNOWN = "move_unknown"  # whether it was moved is not proven
    MOVE_NEEDS_PERSON = "move_needs_person"
    WALK_PAUSED = "walk_paused"
    WALK_ENDED = "walk_ended"  # at its limit or with the session, unfilled


@dataclass(frozen=True, slots=True)
class CardNews:
    """The card of this intent is to show its present state (first time: post it to the owner).

    `again`: also when it is believed to show that already, because a late edit may have covered it (I43).
    """

    intent_id: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class CardDoubtNews:
    """An edit of the message there may still arrive, or arrived late: whatever card it is by then is shown again."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class StoryNews:
    """One line for the thread of the card."""

    intent_id: str
    line: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BuzzNews:
    """A new short line to the owner, linking to the card. Rendered from the intent and these facts."""

    intent_id: str
    buzz: Buzz
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertNews:
    """A rule has fired. Everything needed to say it; the rule may be gone when it is rendered."""

    firing_id: str
    rule_id: str
    owner: str
    words: str  # the rule in words: "AAPL above 200"
    symbol: str
    price: Decimal
    level: Decimal
    direction: str
    at: datetime
    late: bool = False
    asked: bool = False
    trade: str = ""  # the handle of its Trade button, which anybody who reads it may press
    headline: str = (
        ""  # what is told, without age: "SPY 589.80, under 590 for 2 min"; "": made of the fields above
    )
    again: str = ""  # what the rule does now: "it fires once, so it is done"
    snooze: str = ""  # the handles of its owner's buttons; "": no such button
    move: str = ""
    gap_check: bool = False  # found in candles after a blind time


@dataclass(frozen=True, slots=True)
class RiskButton:
    """`action`: a value of blocks.actions.ActionId; `handle`: what its press carries. `about`: the trade that it acts on
    ("SPY 18 Dec"), "" of what is about no one trade."""

    action: str
    label: str
    handle: str
    number: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class RiskNews:
    """A condition of risk, as it is to be shown: to its owner, and in a room (no dollars, no account).

    `headline` without age; `lines` at most four; `over`: the condition has ended, `headline` says so.
    """

    alert_id: str
    kind: str
    owner: str
    environment: str
    headline: str
    lines: tuple[str, ...]
    room_headline: str
    room_lines: tuple[str, ...]
    at: datetime
    buttons: tuple[RiskButton, ...] = ()
    late: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class AlertsNews:
    """Whatever waits for this room or person is to be told. `numbers`: these are to be told there once more,
    whatever became of them since (a dead letter that is sent again)."""

    place: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertsDueNews:
    """An appointment: what had to wait for this room or person may be told now."""

    place: str


@dataclass(frozen=True, slots=True)
class AlertEditNews:
    """A message of alerts is to show what is true now."""

    place: str
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class EscalationDueNews:
    """An appointment: whether somebody has these critical alerts by now. `numbers`: which ones, wherever they stand
    then; empty (stored by an earlier version): all of this message."""

    place: str
    channel: str
    ts: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class EscalatedNews:
    """Nobody has these critical alerts: told to whoever is asked next. `numbers`: as in EscalationDueNews."""

    place: str
    channel: str
    ts: str
    at: datetime
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeNews:
    """A plain notice to one person or channel: `kind` chooses the words in blocks/notices.py."""

    kind: str
    params: tuple[tuple[str, str], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalNews:
    """The message of one person who is asked to approve is to show the request's present state.

    `again`: as in CardNews.
    """

    request_id: str
    person: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class MandateNews:
    """The message of one person about a mandate is to show its present state. `again`: as in CardNews."""

    mandate_id: str
    person: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class PlanNews:
    """The card of this plan to flatten is to show its present state. `again`: as in CardNews."""

    plan_id: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class ExternalNews:
    """The message that asks for the reason of an order placed elsewhere is to show its present state.

    `again`: as in CardNews.
    """

    external_id: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class ReminderNews:
    """That reason is still to come, if it is."""

    external_id: str


APPOINTMENTS = (CardDoubtNews, AlertsDueNews, EscalationDueNews)
"""These are looks at something later, and no messages."""

UNREADABLE = "unreadable"  # the kind of notice that stands for a stored message that does not decode

News = (
    CardNews
    | CardDoubtNews
    | StoryNews
    | BuzzNews
    | AlertNews
    | AlertsNews
    | AlertsDueNews
    | AlertEditNews
    | EscalationDueNews
    | EscalatedNews
    | NoticeNews
    | ApprovalNews
    | ExternalNews
    | ReminderNews
    | PlanNews
    | MandateNews
)
