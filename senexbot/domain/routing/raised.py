"""One alert as it enters routing, whatever raised it: a price rule or a condition of risk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from senexbot.domain.alerting.terms import Severity
from senexbot.domain.news import AlertNews, RiskNews

PRICE = "price"


@dataclass(frozen=True, slots=True)
class Raised:
    """`id`: raising the same one again changes nothing. `kind`: PRICE, or the kind of risk ("short_strike", …).

    `channel` or `to_user`: where it is told; both "": the owner's direct message. `words`: one line for its owner,
    money and account included; `room_words`: the same for a room, with neither. `money_at_risk`: in dollars,
    at least zero, None when unknown; it ranks. `subject`: what may be snoozed as a whole (a rule's or condition's
    id). `group`: alerts of one group at one place within the cooldown are one: the later ones are held back as
    `duplicate`; "" is never a duplicate. `doer`: who caused it themselves, and is not told; "" if nobody.
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
    link_id: str = ""
    account: str = ""
    symbol: str = ""
    money_at_risk: Decimal | None = None
    channel: str = ""
    to_user: str = ""
    subject: str = ""
    group: str = ""
    doer: str = ""
    late: bool = False

    @property
    def place(self) -> str:
        """Where it is told: a channel's id ("C…", "G…"), or a person's ("U…", "W…")."""
        return self.channel or self.to_user or self.owner
