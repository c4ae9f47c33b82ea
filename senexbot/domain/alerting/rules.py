"""A standing alert and what may become of it: a table of moves, one function for each. Pure.

What its condition is worth is decided elsewhere; a moved rule has the next version, which is what compare-and-set
asks for. A move from a state that does not know it raises ValueError.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from senexbot.domain.alerting.terms import AlertTerms, Often


class RuleState(enum.StrEnum):
    WAITING = "waiting"  # true already when set, or not known: arms once it is not true
    ARMED = "armed"
    RESTING = (
        "resting"  # has fired; arms again outside of its band, its cooldown over, a daily one the next day
    )
    FIRED = "fired"  # has fired once and is done
    PAUSED = "paused"  # by its owner, until `snoozed_until` or until resumed
    PARKED = "parked"  # cannot be watched; `reason` says why
    EXPIRED = "expired"
    DELETED = "deleted"


WATCHED = frozenset({RuleState.WAITING, RuleState.ARMED, RuleState.RESTING})
"""Those that the feed is followed for."""
STANDING = WATCHED | {RuleState.PAUSED, RuleState.PARKED}
"""Those that stand in a list; the others are over."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One instrument of a condition. `symbol` is the Source's; `words` name it for people."""

    symbol: str
    broker_symbol: str
    streamer_symbol: str
    words: str


@dataclass(frozen=True, slots=True)
class AlertRule:
    """`text`: the normal form of its terms; `number`: what people call it by, from 1, in one workspace.

    `channel`: where its firing is posted, "" means the direct message of `to_user`, or of its owner when that is "".
    `expires_at`: the end of its last exchange day. `last_value`: of the first value of the condition, when last
    looked at. `fired_day`: the exchange's day of the last firing. `mark`: the extreme that a trailing condition is
    measured from, stored when it has moved by a meaningful step, so that a restart does not forget it.
    """

    id: str
    number: int
    team_id: str
    owner: str
    link_id: str
    terms: AlertTerms
    text: str
    instruments: tuple[Watched, ...]
    channel: str
    state: RuleState
    version: int
    created_at: datetime
    to_user: str = ""
    armed_at: datetime | None = None
    fired_at: datetime | None = None
    fired_day: date | None = None
    expires_at: datetime | None = None
    snoozed_until: datetime | None = None
    last_value: Decimal | None = None
    mark: Decimal | None = None
    reason: str = ""
    grammar: int = 2

    def instrument(self, symbol: str) -> Watched:
        """Raises KeyError for a symbol that its condition does not name."""
        for one in self.instruments:
            if one.symbol == symbol:
                return one
        raise KeyError(symbol)


_FROM: Mapping[str, frozenset[RuleState]] = {
    "arm": frozenset({RuleState.WAITING, RuleState.RESTING}),
    "fire": WATCHED,  # a waiting one when its owner asks to be told now
    "pause": WATCHED | {RuleState.PARKED},
    "snooze": WATCHED | {RuleState.PAUSED},
    "resume": frozenset({RuleState.PAUSED}),
    "park": WATCHED,
    "unpark": frozenset({RuleState.PARKED}),
    "mark": WATCHED,
    "expire": STANDING,
    "delete": frozenset(RuleState) - {RuleState.DELETED},
    "edit": frozenset(RuleState) - {RuleState.DELETED},
}


def may(rule: AlertRule, move: str) -> bool:
    """Whether a rule in this state knows the move: arm, fire, pause, snooze, resume, park, unpark, mark, expire, delete, edit."""
    return rule.state in _FROM[move]


def _moved(rule: AlertRule, move: str, **changes: Any) -> AlertRule:
    if not may(rule, move):
        raise ValueError(f"an alert that is {rule.state.value} cannot {move}")
    return replace(rule, version=rule.version + 1, **changes)


def new_rule(
    terms: AlertTerms,
    *,
    id: str,  # noqa: A002 - the field's own name
    number: int,
    team_id: str,
    owner: str,
    link_id: str,
    text: str,
    instruments: tuple[Watched, ...],
    channel: str,
    now: datetime,
    is_true: bool | None,
    to_user: str = "",
    expires_at: datetime | None = None,
    last_value: Decimal | None = None,
) -> AlertRule:
    """The rule that the terms ask for. `is_true`: of its condition now, None for not known; only False arms it (I46)."""
    rule = AlertRule(
        id=id,
        number=number,
        team_id=team_id,
        owner=owner,
        link_id=link_id,
        terms=terms,
        text=text,
        instruments=instruments,
        channel=channel,
        state=RuleState.WAITING,
        version=1,
        created_at=now,
        to_user=to_user,
        expires_at=expires_at,
        last_value=last_value,
    )
    return replace(rule, state=RuleState.ARMED, armed_at=now) if is_true is False else rule


def armed(rule: AlertRule, now: datetime) -> AlertRule:
    """Its condition was not true (WAITING), or it has its band, cooldown and day behind it (RESTING)."""
    return _moved(rule, "arm", state=RuleState.ARMED, armed_at=now)


def fired(rule: AlertRule, at: datetime, day: date, value: Decimal | None) -> AlertRule:
    """`day`: the exchange's at `at`. Once: FIRED; every time and daily: RESTING. The mark of a trail begins anew."""
    after = RuleState.FIRED if rule.terms.repeat.often is Often.ONCE else RuleState.RESTING
    return _moved(rule, "fire", state=after, fired_at=at, fired_day=day, last_value=value, mark=None)


def may_fire(rule: AlertRule, now: datetime, day: date) -> bool:
    """Whether its cooldown is over and, for a daily one, the exchange's `day` is another than that of its last firing.

    It holds in every watched state: a daily alert that was paused and resumed does not fire twice on one day.
    """
    repeat = rule.terms.repeat
    if repeat.often is Often.DAILY and rule.fired_day is not None and day <= rule.fired_day:
        return False
    return repeat.cooldown is None or rule.fired_at is None or now >= rule.fired_at + repeat.cooldown


def paused(rule: AlertRule) -> AlertRule:
    """Not watched until its owner resumes it."""
    return _moved(rule, "pause", state=RuleState.PAUSED, snoozed_until=None, reason="")


def snoozed(rule: AlertRule, until: datetime) -> AlertRule:
    """Not watched until then; who watches resumes it."""
    return _moved(rule, "snooze", state=RuleState.PAUSED, snoozed_until=until)


def resumed(rule: AlertRule) -> AlertRule:
    """Watched again. It waits: what happened meanwhile is not told, and it arms at the first look that is not true."""
    return _moved(rule, "resume", state=RuleState.WAITING, snoozed_until=None, mark=None)


def parked(rule: AlertRule, reason: str) -> AlertRule:
    """It cannot be watched, and why, in words for its owner."""
    return _moved(rule, "park", state=RuleState.PARKED, reason=reason)


def unparked(rule: AlertRule) -> AlertRule:
    """It can be watched again. It waits, as a resumed one does."""
    return _moved(rule, "unpark", state=RuleState.WAITING, reason="")


def marked(rule: AlertRule, mark: Decimal) -> AlertRule:
    """The extreme of its trail has moved by a step that is worth a row."""
    return _moved(rule, "mark", mark=mark)


def is_over(rule: AlertRule, now: datetime) -> bool:
    """Whether it stands although its last day has ended."""
    return rule.state in STANDING and rule.expires_at is not None and now >= rule.expires_at


def expired(rule: AlertRule) -> AlertRule:
    return _moved(rule, "expire", state=RuleState.EXPIRED)


def deleted(rule: AlertRule) -> AlertRule:
    return _moved(rule, "delete", state=RuleState.DELETED)


def edited(
    rule: AlertRule,
    terms: AlertTerms,
    *,
    text: str,
    instruments: tuple[Watched, ...],
    now: datetime,
    is_true: bool | None,
    expires_at: datetime | None,
    last_value: Decimal | None,
    channel: str,
    to_user: str = "",
) -> AlertRule:
    """The same alert with other terms, watched anew as if it were set now; a paused one stays paused.

    A done one (FIRED, EXPIRED) is taken up again: that is what *Move level* on a fired alert asks for.
    """
    state = RuleState.ARMED if is_true is False else RuleState.WAITING
    if rule.state is RuleState.PAUSED:
        state = RuleState.PAUSED
    return _moved(
        rule,
        "edit",
        terms=terms,
        text=text,
        instruments=instruments,
        channel=channel,
        to_user=to_user,
        state=state,
        armed_at=now if state is RuleState.ARMED else None,
        expires_at=expires_at,
        last_value=last_value,
        mark=None,
        reason="",
        fired_day=None,
        fired_at=None,
        snoozed_until=rule.snoozed_until if state is RuleState.PAUSED else None,
    )
