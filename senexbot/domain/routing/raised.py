"""One alert as it enters routing, whatever raised it: a price rule or a condition of risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from senexbot.domain.alerting.terms import Severity
from senexbot.domain.news import AlertNews, RiskNews
from senexbot.domain.routing.escalation import Escalation

PRICE = "price"

WEIGHT = {Severity.NOTICE: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


@dataclass(frozen=True, slots=True)
class Raised:
    """`id`: raising the same one again changes nothing. `kind`: PRICE, or the kind of risk ("short_strike", …).

    `channel` or `to_user`: where it is told; both "": the owner's direct message. `words`: one line for its owner,
    money and account included; `room_words`: the same for everybody else, with neither. `handle`: a fresh
    Ids.handle(), which its buttons carry. `money_at_risk`: in dollars, at least zero, None when unknown; it ranks.
    `subject`: what is snoozed as a whole (the id of the rule or condition). `group`: the same thing said by
    another subject within a minute is a duplicate; within `cooldown_seconds` of the last one told it is held back,
    whoever says it; "" is compared with nothing. A worse one is never held back. `doer`: who caused it
    themselves, and is not told; "" if nobody. `escalate`: of a critical one, what its rule says; None as the desk has it.
    """

    id: str
    kind: str
    owner: str
    team_id: str
    severity: Severity
    words: str
    room_words: str
    at: datetime
    news: AlertNews | RiskNews
    handle: str = ""
    link_id: str = ""
    account: str = ""
    symbol: str = ""
    money_at_risk: Decimal | None = None
    channel: str = ""
    to_user: str = ""
    subject: str = ""
    group: str = ""
    cooldown_seconds: int = 0
    doer: str = ""
    late: bool = False
    escalate: Escalation | None = None

    @property
    def place(self) -> str:
        """Where it is told: a channel's id ("C…", "G…"), or a person's ("U…", "W…")."""
        return self.channel or self.to_user or self.owner

    @property
    def is_critical(self) -> bool:
        return self.severity is Severity.CRITICAL

    @property
    def is_over(self) -> bool:
        return isinstance(self.news, RiskNews) and self.news.over


def rank(alert: Raised) -> tuple[int, Decimal, datetime]:
    """The most urgent sorts first: by severity, then by money at risk (unknown last), then the oldest."""
    money = Decimal(-1) if alert.money_at_risk is None else alert.money_at_risk
    return -WEIGHT[alert.severity], -money, alert.at
