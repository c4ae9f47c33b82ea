"""When an alert's instruments trade, by the exchange's clock: outside of it silence is no trouble. Pure."""

from __future__ import annotations

from datetime import datetime, time, tzinfo

from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.alerting.terms import Hours
from senexbot.domain.calendar import in_regular_hours
from senexbot.domain.market import SessionState

_EARLY, _LATE = time(4), time(20)  # shares trade before and after their session
_BREAK, _AGAIN = time(17), time(18)  # of futures, every day
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6


def is_open(session: SessionState, moment: datetime, zone: tzinfo) -> bool:
    """Whether the regular session runs, as the broker has it; UNKNOWN: by the table of hours, which knows no holidays."""
    if session is SessionState.UNKNOWN:
        return in_regular_hours(moment, zone)
    return session is SessionState.OPEN


def trades(rule: AlertRule, session: SessionState, moment: datetime, zone: tzinfo) -> bool:
    """Whether one of its instruments may trade at an aware moment, in the hours that it keeps to."""
    if rule.terms.hours is Hours.REGULAR:
        return is_open(session, moment, zone)
    return any(_trades(one.broker_symbol, session, moment.astimezone(zone)) for one in rule.instruments)


def _trades(symbol: str, session: SessionState, local: datetime) -> bool:
    day, clock = local.weekday(), local.time()
    if symbol.startswith((".", "/", "./")):
        if day == _SATURDAY or (day == _SUNDAY and clock < _AGAIN) or (day == _FRIDAY and clock >= _BREAK):
            return False
        return not _BREAK <= clock < _AGAIN
    if symbol.endswith("/USD"):
        return True  # a coin
    if session is not SessionState.UNKNOWN:
        return session is not SessionState.CLOSED
    return day < _SATURDAY and _EARLY <= clock < _LATE
