"""When an alert's instruments trade, by the exchange's clock: outside of it silence is no trouble. Pure."""

from __future__ import annotations

from datetime import datetime, time, tzinfo

from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.alerting.terms import Hours
from senexbot.domain.calendar import in_regular_hours

_EARLY, _LATE = time(4), time(20)  # shares trade before and after their session
_BREAK, _AGAIN = time(17), time(18)  # of futures, every day
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6


def trades(rule: AlertRule, moment: datetime, zone: tzinfo) -> bool:
    """Whether one of its instruments may trade at an aware moment, in the hours that it keeps to. Holidays are not
    known here."""
    if rule.terms.hours is Hours.REGULAR:
        return in_regular_hours(moment, zone)
    return any(_trades(one.broker_symbol, moment.astimezone(zone)) for one in rule.instruments)


def _trades(symbol: str, local: datetime) -> bool:
    day, clock = local.weekday(), local.time()
    if symbol.startswith((".", "/", "./")):
        if day == _SATURDAY or (day == _SUNDAY and clock < _AGAIN) or (day == _FRIDAY and clock >= _BREAK):
            return False
        return not _BREAK <= clock < _AGAIN
    if symbol.endswith("/USD"):
        return True  # a coin
    return day < _SATURDAY and _EARLY <= clock < _LATE
