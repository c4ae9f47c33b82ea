"""A mandate: a standing envelope that others have granted to one person in one account. Pure.

Until it is granted it is a request like any other (approvals.py): N of M with the role, other persons, in time. Then
it lives until its end, a revocation, a halt of its desk, account or person, or until who granted it may not any more.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from senexbot.domain.approval.approvals import Decision, Request, RequestState, decide_whole
from senexbot.domain.approval.mandates_terms import MandateTerms
from senexbot.domain.errors import AlreadyHandled
from senexbot.domain.links import Environment
from senexbot.domain.orders.intents import Intent, IntentState

# The only ends that prove that an order never was at the market: what it used is free again.
_NEVER_AT_MARKET = frozenset({IntentState.NOT_SENT, IntentState.REFUSED})


class End(enum.StrEnum):
    """Why a granted mandate covers nothing any more."""

    OVER = "over"  # its time
    REVOKED = "revoked"
    HALTED = "halted"  # a halt after it was granted; a resume does not bring it back


@dataclass(frozen=True, slots=True)
class Use:
    """What one order has used of its mandate, in the transaction of its claim. `counts` False: given back.

    `units`: of the order; `notional` and `loss`: positive dollars, None where they could not be told.
    """

    mandate_id: str
    intent_id: str
    day: date
    at: datetime
    units: Decimal
    notional: Decimal | None
    loss: Decimal | None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Used:
    """The uses of one trading day together. `orders`: how many; `last_at`: the newest."""

    day: date
    units: Decimal = Decimal(0)
    notional: Decimal | None = Decimal(0)
    loss: Decimal | None = Decimal(0)
    orders: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate(Request):
    """`requester` is the person it is for. `text`: the terms' normal form, by that version of the grammar.

    `proposed_by`: one who may grant it and named its holder unasked; then the holder hears of it once it is granted.
    `holder_handle` stands behind the holder's button. What follows `granted_at` is set once the last approval that
    was needed is in.
    """

    environment: Environment
    account: str
    terms: MandateTerms
    text: str
    grammar: int
    ends_at: datetime
    holder_handle: str
    proposed_by: str = ""
    granted_at: datetime | None = None
    end: End | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    today: Used | None = None  # of the last day on which it was used

    @property
    def is_granted(self) -> bool:
        """And not closed; that its time is not over is for `is_live`."""
        return self.state is RequestState.APPROVED and self.end is None

    @property
    def last(self) -> datetime:
        """Its end as people say it: of a day without a time the day's last minute, not the next day's first."""
        return self.ends_at - timedelta(minutes=1) if self.terms.minute is None else self.ends_at

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who has a message about it."""
        asked = tuple(a.person for a in self.asked)
        return asked if self.proposed_by and self.granted_at is None else (self.requester, *asked)

    def button_of(self, person: str) -> str:
        """The handle behind this person's buttons, "" without."""
        return self.holder_handle if person == self.requester else self.handle_of(person)

    def used_on(self, day: date) -> Used:
        return self.today if self.today is not None and self.today.day == day else Used(day)


@dataclass(frozen=True, slots=True)
class MandateRow:
    """One line of the list. `handle`: for the reader's Revoke, "" without, or with `may_grant` for their Grant; `lapsed`: why it covers nothing, though nobody has ended it."""

    mandate: Mandate
    handle: str = ""
    lapsed: tuple[str, ...] = ()
    may_grant: bool = False


def is_live(mandate: Mandate, now: datetime) -> bool:
    return mandate.is_granted and now < mandate.ends_at


def decided(mandate: Mandate, decision: Decision) -> Mandate:
    """After one person's decision; granted when it was the last approval that was needed. Raises as `decide`."""
    after = decide_whole(mandate, decision)
    return replace(after, granted_at=decision.at) if after.state is RequestState.APPROVED else after


def closed(mandate: Mandate, end: End, by: str, now: datetime) -> Mandate:
    """Raises AlreadyHandled when it is not, or not any more, granted."""
    if not mandate.is_granted:
        word = mandate.end.value if mandate.end else mandate.state.value
        raise AlreadyHandled(f"This mandate is {word} already.", code=word)
    return replace(mandate, version=mandate.version + 1, end=end, closed_at=now, closed_by=by)


def together(uses: tuple[Use, ...], day: date) -> Used:
    """What the uses of one mandate come to on a day; those that were given back do not count."""
    counted = [use for use in uses if use.day == day and use.counts]
    notional, loss = [u.notional for u in counted], [u.loss for u in counted]
    return Used(
        day,
        units=sum((u.units for u in counted), Decimal(0)),
        notional=_sum(notional),
        loss=_sum(loss),
        orders=len(counted),
        last_at=max((u.at for u in counted), default=None),
    )


def _sum(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def after_use(mandate: Mandate, used: Used) -> Mandate:
    """The next version, with what is used now: who was slower has to read again."""
    return replace(mandate, version=mandate.version + 1, today=used)


def counts(intent: Intent) -> bool:
    """Whether what the order has used goes on counting. A cancelled or expired order keeps it, filled or not."""
    return intent.state not in _NEVER_AT_MARKET
